"""Whether a digest is signed by somebody trusted: every signature beside it is looked at.

One sound signature is enough, as with cosign: others may be of other people. Where none is, the
error says what is wrong with the one that comes nearest.
"""

from __future__ import annotations

from collections.abc import Mapping

from ironhull.attestations import Place
from ironhull.errors import Error, SignatureError
from ironhull.signatures.finding import Signature, find_signatures
from ironhull.signing import REASONS, Check, Claims, Trust, open_document, signature_error
from ironhull.signing.claims import check_claims, read_payload, read_sign_statement
from ironhull.signing.opening import check_message
from ironhull.values import dataclass, field

__all__ = ["Verification", "Verified", "verify_digest"]

_NEAREST = (
    "expired",
    "claims",
    "other-subject",
    "log",
    "wrong-payload",
    "replaced",
    "identity",
    "mismatch",
    "wrong-key",
    "malformed",
    "unsigned",
)
"""Reasons, beginning with those of signatures that come nearest to being sound."""


@dataclass(frozen=True, slots=True)
class Verified:
    """A signature that holds: whose it is, what it claims, what was checked and what was not."""

    signature: Signature
    signer: str
    claims: Claims
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class Verification:
    """The sound signatures of `digest`, at least one; `others` says why others do not count."""

    digest: str
    signatures: tuple[Verified, ...]
    others: tuple[SignatureError, ...] = field(default_factory=tuple)


def verify_digest(
    place: Place, digest: str, trust: Trust, *, annotations: Mapping[str, str] | None = None
) -> Verification:
    """That somebody `trust` names signed `digest`, with those `annotations`; raises SignatureError.

    Also raises RegistryError, ImageError.
    """
    assert sorted(_NEAREST) == sorted(REASONS)
    if not trust:
        raise Error("nobody is trusted", "give a key with --key, or set [trust] in the settings")
    found, unread = find_signatures(place, digest)
    sound: list[Verified] = []
    wrong = list(unread)
    for item in found:
        try:
            sound.append(_verified(item, trust, annotations or {}))
        except SignatureError as trouble:
            wrong.append(trouble)
    if sound:
        return Verification(digest, tuple(sound), tuple(wrong))
    if not wrong:
        raise signature_error(
            "unsigned",
            f"{place.name}: no signature of {digest} is there",
            "sign it with `ironhull sign`, or check that signatures were copied along",
        )
    nearest = min(wrong, key=lambda trouble: _NEAREST.index(trouble.reason))
    more = f" (and {len(wrong) - 1} other signatures that do not count)" if len(wrong) > 1 else ""
    raise SignatureError(nearest.message + more, nearest.hint, nearest.reason)


def _verified(item: Signature, trust: Trust, wanted: Mapping[str, str]) -> Verified:
    """The signature first, then what it says: what is not signed says nothing."""
    if item.bundle is not None:  # cosign 3
        opened = open_document(item.bundle.data, trust, item.where)
        claims = read_sign_statement(opened.payload, item.about, item.where)
        signer, checks = opened.signer, opened.checks
    else:
        signer, checks = check_message(item.payload, item.annotations, trust, item.where)
        claims = read_payload(item.payload, item.where)
    check_claims(claims, item.about, wanted, item.where)
    made = [*checks, Check("subject", True, f"it is about {item.about}")]
    if wanted:
        made.append(Check("annotations", True, ", ".join(f"{k}={v}" for k, v in wanted.items())))
    return Verified(item, signer, claims, tuple(made))
