"""Documents from many places into one pool of statements, each with what is known of its origin.

Bytes in, statements out. Whatever is not believed (a signature that does not hold, another subject,
an author the rules do not name) is kept apart with the reason and suppresses nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ironhull.errors import SignatureError
from ironhull.model import Component, Problem, Statement, VexUse
from ironhull.statements import Document, NotVexError, read_documents
from ironhull.statements._reading import STAGE
from ironhull.values import dataclass, field, replace

if TYPE_CHECKING:
    from ironhull.signing import Trust
    from ironhull.statements._kept import StatementCache

__all__ = ["NotVexError", "Pool", "Rules", "Source"]

AUTOMATIC = frozenset({"attestation", "image", "base"})
"""Origins that nobody named: what comes with an image. The rules of trust are about these."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What is believed of documents that come with an image.

    `trust` verifies signatures (None: nobody is trusted). `authors` are patterns of which one must
    match the author, in any case (`*`, `?`, `[…]`; none: anybody's). With `require`, only what was
    verified is believed.
    """

    trust: Trust | None = None
    authors: tuple[str, ...] = ()
    require: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """A document to be read: `where` names it, `origin` as in Statement.

    `digests` are those of the image it is attached to, one of which an in-toto statement must name
    (none: it may be about anything). `base` is the digest of the base image it is about,
    `annotations` those of what holds it.
    `signature` and `signer` are what is known of a signature kept beside it, `bound` that what was
    signed names the image, `distrust` why it is not to be believed, whatever it says.
    """

    where: str
    data: bytes
    origin: str = "file"
    digests: tuple[str, ...] = ()
    base: str = ""
    signature: str = "unsigned"
    signer: str = ""
    bound: bool = False
    distrust: str = ""
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Pool:
    """Statements so far, in the order the documents were added.

    `about` limits them to vulnerabilities of these names (lower case; None: all), `cache` keeps
    large documents as read. `names` are what statements attached to the image call it. `documents`
    and `problems` as in a report.
    """

    rules: Rules = field(default_factory=Rules)
    about: Collection[str] | None = None
    cache: StatementCache | None = None
    statements: list[Statement] = field(default_factory=list)
    refused: list[tuple[Statement, str]] = field(default_factory=list)
    documents: list[VexUse] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    names: dict[str, None] = field(default_factory=dict)

    def add(self, source: Source) -> None:
        """Read a document. Raises NotVexError for what is no VEX, FormatError for what is damaged
        or beyond the limits."""
        source = self._opened(source)
        subjects = _subjects(source.data) if source.digests else []
        found = read_documents(
            source.data,
            source.where,
            origin=source.origin,
            subjects=_components(source.digests),
            about=self.about,
            cache=self.cache,
            known=_known(source),
        )
        for document in found:
            self._take(document, source, subjects)

    def fail(self, where: str, message: str) -> None:
        """Note what could not be had."""
        self.problems.append(Problem(STAGE, where, message.removeprefix(f"{where}: ")))

    def _opened(self, source: Source) -> Source:
        """`source` out of its envelope, with the state of its signature."""
        if source.signature == "verified" or source.distrust:
            return source
        from ironhull.signing.opening import open_document

        trust = self.rules.trust if source.origin in AUTOMATIC else None
        try:
            opened = open_document(source.data, trust, source.where, annotations=source.annotations)
        except SignatureError as trouble:
            return replace(source, distrust=trouble.message.removeprefix(f"{source.where}: "))
        if opened.state == "unsigned":
            return source
        return replace(source, data=opened.payload, signature=opened.state, signer=opened.signer)

    def _take(self, document: Document, source: Source, subjects: Sequence[_Subject]) -> None:
        why = self._doubt(document, source, subjects)
        self.problems += document.problems
        if why:
            self.refused += [(statement, why) for statement in document.statements]
            self.problems.append(Problem(STAGE, document.document, f"not believed: {why}"))
        else:
            self.statements += document.statements
            ours = set(source.digests)
            if not source.base:
                self.names.update((name, None) for name, told in subjects if name and told & ours)
        self.documents.append(
            VexUse(
                where=document.document,
                origin=source.origin,
                format=document.format,
                author=document.author,
                signature=document.signature,
                signer=source.signer,
                statements=document.stated,
                why=why,
            )
        )

    def _doubt(self, document: Document, source: Source, subjects: Sequence[_Subject]) -> str:
        """Why the statements of `document` are not believed; "" where they are."""
        if source.distrust:
            return source.distrust
        told = {digest for _, digests in subjects for digest in digests}
        if source.digests and told and not told & set(source.digests):
            return f"it is about another image ({', '.join(sorted(told)[:2])})"
        if source.digests and not told and source.signer and not source.bound:
            return "what was signed does not say which image it is about"
        if source.origin not in AUTOMATIC:
            return ""
        if self.rules.require and not source.signer:
            return "no trusted key signed it, which the rules of trust require"
        if self.rules.authors and not _matches(document.author, self.rules.authors):
            named = f"its author {document.author[:100]!r}" if document.author else "its author"
            return f"{named} is none of those the rules of trust name"
        return ""


def _known(source: Source) -> tuple[tuple[str, str], ...]:
    """The fields of every statement that tell where it came from."""
    found = (("signature", source.signature), ("signer", source.signer), ("base", source.base))
    return tuple((name, value) for name, value in found if value not in ("", "unsigned"))


_SMALL = 1024 * 1024  # bytes
_Subject = tuple[str, frozenset[str]]
"""A name ("" for none) and digests ("sha256:…")."""


def _subjects(data: bytes) -> list[_Subject]:
    """What the in-toto statement in `data` is about; nothing for any other document."""
    if b'"predicateType"' not in data:
        return []
    try:
        said = _small(data) if len(data) < _SMALL else _large(data)
    except (ValueError, RecursionError):  # whoever reads the document says what is wrong with it
        return []
    rows = said if isinstance(said, list) else []
    return [_subject(row) for row in rows if isinstance(row, dict)]


def _small(data: bytes) -> Any:
    import json

    said = json.loads(data)
    stated = isinstance(said, dict) and "predicateType" in said
    return said.get("subject") if stated else None


def _large(data: bytes) -> Any:
    """Without making what is inside the predicate; this loads a library that takes a while."""
    import msgspec

    try:
        said = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
        stated = "predicateType" in said and "subject" in said
        return msgspec.json.decode(said["subject"]) if stated else None
    except msgspec.DecodeError as trouble:
        raise ValueError(str(trouble)) from trouble


def _subject(row: dict[str, Any]) -> _Subject:
    name, digest = row.get("name"), row.get("digest")
    digests = digest.items() if isinstance(digest, dict) else ()
    told = frozenset(f"{kind}:{value}".lower() for kind, value in digests if value)
    return (name if isinstance(name, str) and name != "_" else ""), told


def _components(digests: Sequence[str]) -> tuple[Component, ...]:
    """What a document inherits that names no product: the image it is attached to."""
    hashes = tuple((a, value) for a, _, value in (d.partition(":") for d in digests) if value)
    return (Component((), hashes),) if hashes else ()


def _matches(author: str, patterns: Sequence[str]) -> bool:
    from fnmatch import fnmatchcase

    return any(fnmatchcase(author.casefold(), pattern.casefold()) for pattern in patterns)
