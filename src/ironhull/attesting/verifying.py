"""What holds of attestations: their bytes, what they are about, their shape, who signed them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ironhull.attest import open_statement
from ironhull.attesting.finding import STATEMENTS
from ironhull.errors import Error, SignatureError
from ironhull.model import Attachment
from ironhull.predicates import predicate_name, predicate_types
from ironhull.signing import signature_error
from ironhull.values import dataclass, replace

if TYPE_CHECKING:
    from ironhull.attest import Statement
    from ironhull.attestations import Found, Place
    from ironhull.predicates.vsa import Expected
    from ironhull.signing import Check, Trust

__all__ = ["Verified", "failed", "verify_attached"]

_FOREIGN = ("unsigned", "wrong-key", "mismatch", "identity")
"""Reasons of signing.REASONS that a statement of somebody else's is refused for."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What was checked of one attestation; `trouble` is the reason why it does not hold, or "".

    `signed` says how: "envelope" (its own), "manifest" (the manifest that holds it), "index" (the
    index it is part of), "" where no signature was looked for.
    """

    attachment: Attachment
    statement: Statement | None
    data: bytes = b""
    payload: bytes = b""
    signed: str = ""
    signer: str = ""
    checks: tuple[Check, ...] = ()
    trouble: str = ""
    reason: str = ""

    @property
    def foreign(self) -> bool:
        """Whether all that is wrong with it is that nobody trusted signed it."""
        return self.reason in _FOREIGN


def verify_attached(
    place: Place | None, found: Found, trust: Trust | None, expected: Expected | None = None
) -> tuple[Verified, ...]:
    """Read and check every attestation of `found`.

    That its bytes are those its manifest names, that it is about the image, that it is of the type
    its manifest tells and shaped as that type asks, that a verification summary says what is
    `expected`; and, where `trust` names somebody, that a signature of theirs covers it.
    """
    check = _Checking(place, found, trust, expected)
    return tuple(check.all(item) for item in found.attachments)


def failed(checked: Sequence[Verified], *, every: bool = False) -> tuple[Verified, ...]:
    """Those of `checked` that are an error: whatever does not hold.

    Those that nobody trusted signed are one where no other of their type is signed, or `every` one
    has to be: an image may have an SBOM of its builder's, or of a vendor's, beside the one that
    somebody trusted vouches for. They never count themselves.
    """
    vouched = {_kind(item) for item in checked if not item.trouble}
    return tuple(
        item
        for item in checked
        if item.trouble and (every or not item.foreign or _kind(item) not in vouched)
    )


def _kind(item: Verified) -> str:
    return predicate_name(item.attachment.predicate_type) or item.attachment.media_type


class _Checking:
    """The checks of one run; the signatures of a digest are looked for once."""

    def __init__(
        self, place: Place | None, found: Found, trust: Trust | None, expected: Expected | None
    ) -> None:
        self._place = place
        self._found = found
        self._trust = trust
        self._expected = expected
        self._known: dict[str, tuple[str, tuple[Check, ...]] | SignatureError] = {}

    def all(self, item: Attachment) -> Verified:
        made = Verified(item, None)
        try:
            made = replace(made, data=item.read())
            made = self._opened(made)
            return self._claims(made) if made.statement is not None else made
        except SignatureError as trouble:
            return replace(made, trouble=trouble.message, reason=trouble.reason)
        except Error as trouble:
            return replace(made, trouble=trouble.message, reason="malformed")

    def _opened(self, made: Verified) -> Verified:
        """With the statement and who signed it; other artifacts stay as they are."""
        item = made.attachment
        if item.media_type in STATEMENTS:
            statement, opened = open_statement(
                made.data, self._trust, item.digest, item.annotations
            )
            made = replace(made, statement=statement, payload=opened.payload)
            if opened.state == "verified":
                return replace(made, signed="envelope", signer=opened.signer, checks=opened.checks)
        else:
            made = replace(made, payload=made.data)
        if not self._trust:
            return made
        signed, (signer, checks) = self._beside(item)
        return replace(made, signed=signed, signer=signer, checks=checks)

    def _beside(self, item: Attachment) -> tuple[str, tuple[str, tuple[Check, ...]]]:
        """What covers an attestation without a signature of its own, and who signed that."""
        if item.storage == "index":
            try:
                return "index", self._signer(self._found.targets[0].digest)
            except SignatureError as trouble:
                if trouble.reason != "unsigned":
                    raise
        return "manifest", self._signer(item.manifest)

    def _signer(self, digest: str) -> tuple[str, tuple[Check, ...]]:
        """Who signed the manifest or index `digest`, as cosign keeps signatures beside it."""
        from ironhull.signatures import verify_digest

        assert self._trust is not None
        if self._place is None or not digest:
            raise signature_error("unsigned", "no signature is kept with images of an engine")
        if digest not in self._known:
            try:
                found = verify_digest(self._place, digest, self._trust).signatures[0]
                self._known[digest] = (found.signer, found.checks)
            except SignatureError as trouble:
                self._known[digest] = trouble
        known = self._known[digest]
        if isinstance(known, SignatureError):
            raise known
        return known

    def _claims(self, made: Verified) -> Verified:
        from ironhull.attest import wrong_with

        statement, item = made.statement, made.attachment
        assert statement is not None
        about = {item.subject} if item.subject else {t.digest for t in self._found.targets}
        if not statement.is_about(about):
            raise signature_error(
                "other-subject", f"{item.digest}: the statement is about another image"
            )
        said = item.annotations and item.predicate_type
        if said and said != statement.predicate_type:
            raise signature_error(
                "claims",
                f"{item.digest}: kept as {said}, but of type {statement.predicate_type}",
            )
        wrong = wrong_with(statement)
        if self._expected is not None and predicate_types(statement.predicate_type, "vsa"):
            from ironhull.predicates.vsa import judge_vsa

            wrong = judge_vsa(statement.predicate, self._expected)
        if wrong:
            raise signature_error("claims", f"{item.digest}: {'; '.join(wrong[:3])}")
        return made
