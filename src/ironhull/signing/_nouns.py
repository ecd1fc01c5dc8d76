"""What verification is given and what it says."""

from __future__ import annotations

from ironhull.errors import SignatureError
from ironhull.model import Envelope
from ironhull.values import dataclass

__all__ = [
    "REASONS",
    "Check",
    "Identity",
    "LogKey",
    "Opened",
    "PrivateKey",
    "PublicKey",
    "Trust",
    "key_id",
    "signature_error",
]

REASONS = (
    "malformed",  # it cannot be read
    "unsigned",  # there is none
    "wrong-key",  # somebody else made it
    "wrong-payload",  # a trusted key signed other bytes
    "mismatch",  # no trusted key signed these bytes: another key, or other bytes; it does not tell
    "other-subject",  # it is sound and about something else
    "replaced",  # what is kept now is not what was signed
    "claims",  # it is sound, and what was asked for is not in it
    "expired",  # the key or certificate was not valid then
    "log",  # the transparency log does not show it as it should
    "identity",  # a certificate of somebody else
)
"""Why a SignatureError was raised."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that verifies: `der` is its SubjectPublicKeyInfo, `kind` such as "ECDSA P-256".

    `name` says where it came from. `starts` and `ends` (RFC 3339, UTC, "" without end) are when it
    may have signed.
    """

    der: bytes
    kind: str
    name: str = ""
    starts: str = ""
    ends: str = ""

    @property
    def id(self) -> str:
        """SHA-256 of the SubjectPublicKeyInfo, hexadecimal: the hint of Sigstore bundles."""
        return key_id(self.der)

    @property
    def title(self) -> str:
        """The key as messages name it."""
        short = f"sha256:{self.id[:16]}"
        return f"{self.name} ({short})" if self.name else short


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A key that signs: `der` is PKCS #8 without a password and stays out of every message."""

    der: bytes
    public: PublicKey

    def __repr__(self) -> str:
        return f"PrivateKey({self.public.title})"


@dataclass(frozen=True, slots=True)
class LogKey:
    """A transparency log (Rekor): `id` is the SHA-256 by which entries name it, or theirs."""

    id: bytes
    key: PublicKey


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose certificate is trusted: `subject` (an address or URL) as `issuer` (a URL) vouches.

    With `pattern` the subject is a regular expression that must match the whole of it.
    """

    subject: str
    issuer: str
    pattern: bool = False


@dataclass(frozen=True, slots=True)
class Trust:
    """What verification relies on; nothing is trusted that is not named here.

    `roots` is a Sigstore trusted root (JSON) for certificates of `identities`; `logs` are the
    transparency logs whose entries count, of which `require_log` demands one. `now` (RFC 3339, UTC)
    is the time at which keys must be valid where no log tells when a signature was made.
    """

    keys: tuple[PublicKey, ...] = ()
    logs: tuple[LogKey, ...] = ()
    require_log: bool = False
    identities: tuple[Identity, ...] = ()
    roots: bytes = b""
    now: str = ""

    def __bool__(self) -> bool:
        return bool(self.keys or self.identities)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing verification looks at: `what` ("signature", "log", …) and whether it was `done`.

    `detail` says what was found or why it was not checked. What fails is an error, not a Check.
    """

    what: str
    done: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A document out of what it was wrapped in, with what is known of its signature.

    `state` is one of model.SIGNATURE_STATES, `signer` the key or identity that was verified;
    `payload_type` is "" and `envelope` None for a document without a wrapping.
    """

    payload: bytes
    payload_type: str = ""
    state: str = "unsigned"
    signer: str = ""
    checks: tuple[Check, ...] = ()
    envelope: Envelope | None = None


def key_id(der: bytes) -> str:
    """SHA-256 of a SubjectPublicKeyInfo, hexadecimal."""
    import hashlib

    return hashlib.sha256(der).hexdigest()


def signature_error(reason: str, message: str, hint: str = "") -> SignatureError:
    """A SignatureError with one of REASONS."""
    assert reason in REASONS
    return SignatureError(message, hint, reason)
