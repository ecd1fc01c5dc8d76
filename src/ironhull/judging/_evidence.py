"""What is attached to an image as policies ask for it: by predicate type, about this image."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ironhull.attest import Statement, open_statement
from ironhull.errors import Error, ReferenceFault
from ironhull.model import Attachment, Image, Problem
from ironhull.oci.names import Reference
from ironhull.predicates.slsa import OLDER_TYPES, PREDICATE_TYPE

__all__ = ["Evidence"]

_PROVENANCE = (PREDICATE_TYPE, *OLDER_TYPES)


class Evidence:
    """The statements attached to `image`; each is read when a policy asks for its type.

    What cannot be read, or is about another image, is in `problems` and is no evidence.
    """

    def __init__(self, image: Image | None) -> None:
        self._image = image
        self._read: dict[str, Statement | None] = {}
        self.problems: list[Problem] = []

    def referrer(self, predicate_type: str) -> dict[str, Any] | None:
        """`{"statement", "image"}` of the first statement of the type; None where there is none.

        `image` is the manifest that holds it, by digest: what a signature of it is about.
        """
        found = next(self._statements(predicate_type), None)
        if found is None:
            return None
        attachment, statement = found
        return {
            "statement": _document(statement),
            "image": self._named(attachment.manifest or attachment.digest),
        }

    def provenance(self) -> Mapping[str, Any] | None:
        """The predicate of the newest kind of SLSA provenance there is."""
        for kind in _PROVENANCE:
            for _, statement in self._statements(kind):
                if isinstance(statement.predicate, Mapping):
                    return statement.predicate
        return None

    def holds(self, digest: str) -> bool:
        """Whether `digest` is the manifest of something attached."""
        image = self._image
        return image is not None and any(each.manifest == digest for each in image.attachments)

    def _statements(self, kind: str) -> Iterator[tuple[Attachment, Statement]]:
        image = self._image
        for attachment in image.attachments if image is not None else ():
            if attachment.predicate_type not in (kind, ""):
                continue
            if not attachment.predicate_type and not _is_statement(attachment):
                continue  # a signature
            statement = self._opened(attachment)
            if statement is not None and statement.predicate_type == kind:
                yield attachment, statement

    def _opened(self, attachment: Attachment) -> Statement | None:
        key = attachment.digest
        if key not in self._read:
            self._read[key] = self._believed(attachment)
        return self._read[key]

    def _believed(self, attachment: Attachment) -> Statement | None:
        assert self._image is not None
        where = f"attestation {attachment.digest or attachment.predicate_type}"
        try:
            statement = open_statement(attachment.read(), None, where)[0]
        except Error as trouble:
            self.problems.append(Problem("policy", where, trouble.message))
            return None
        ours = {self._image.digest, self._image.index_digest} - {""}
        if not statement.is_about(ours):
            self.problems.append(Problem("policy", where, "is a statement about another image"))
            return None
        return statement

    def _named(self, digest: str) -> str:
        assert self._image is not None
        try:
            found = Reference.parse(self._image.name)
        except ReferenceFault:
            return f"{self._image.name}@{digest}"
        return Reference(found.registry, found.repository, digest=digest).canonical


def _document(statement: Statement) -> dict[str, Any]:
    """A statement as the specification writes it."""
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": s.name, "digest": dict(s.digest)} for s in statement.subjects],
        "predicateType": statement.predicate_type,
        "predicate": statement.predicate,
    }


def _is_statement(attachment: Attachment) -> bool:
    from ironhull.attesting.finding import STATEMENTS  # loads what asks registries

    return attachment.media_type in STATEMENTS
