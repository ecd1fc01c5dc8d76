"""Statements of exploitability: VEX documents of every format, read, written, checked.

A format is a row of FORMATS. Reading knows bytes only; where documents come from and which
statements apply is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any

from ironhull.errors import FormatError
from ironhull.lazy import lazily
from ironhull.model import Component, Problem, Statement
from ironhull.statements._decode import HINT, decode
from ironhull.statements._kept import CACHED_FROM, StatementCache
from ironhull.statements._reading import Reading, asked
from ironhull.statements._wrapping import unwrapped
from ironhull.values import dataclass, replace

__all__ = [
    "FORMATS",
    "Document",
    "NotVexError",
    "StatementCache",
    "VexFormat",
    "read_documents",
    "read_vex",
    "readings",
]


@dataclass(frozen=True, slots=True)
class Document:
    """A VEX document as read.

    `document` is what its statements name it by, `signature` "unchecked" where an envelope with
    signatures was around it. `stated` is how many statements it holds that can be used; those
    nobody asked for are not in `statements`.
    """

    document: str
    format: str
    author: str
    signature: str
    statements: tuple[Statement, ...]
    problems: tuple[Problem, ...]
    stated: int


@dataclass(frozen=True, slots=True)
class VexFormat:
    """A format of VEX documents: how to know it, and how to read it into a Reading."""

    name: str
    recognises: Callable[[Mapping[str, Any]], bool]
    read: Callable[[Mapping[str, Any], Reading], None]


FORMATS: tuple[VexFormat, ...] = (
    VexFormat(
        "OpenVEX",
        lazily("ironhull.statements.openvex", "recognises"),
        lazily("ironhull.statements.openvex", "read_openvex"),
    ),
    VexFormat(
        "CycloneDX",
        lazily("ironhull.statements.cyclonedx", "recognises"),
        lazily("ironhull.statements.cyclonedx", "read_cyclonedx"),
    ),
    VexFormat(
        "CSAF",
        lazily("ironhull.statements.csaf", "recognises"),
        lazily("ironhull.statements.csaf", "read_csaf"),
    ),
)
"""Every format of VEX documents that is read."""


def read_vex(
    data: bytes,
    document: str,
    *,
    origin: str = "file",
    issued: str = "",
    subjects: tuple[Component, ...] = (),
) -> tuple[tuple[Statement, ...], tuple[Problem, ...]]:
    """The statements in `data` and what is wrong with it; arguments as `read_documents`."""
    found = read_documents(data, document, origin=origin, issued=issued, subjects=subjects)
    statements = tuple(statement for one in found for statement in one.statements)
    return statements, tuple(problem for one in found for problem in one.problems)


def read_documents(  # noqa: PLR0913  # each is one thing that a caller may know of a document
    data: bytes,
    document: str,
    *,
    origin: str = "file",
    issued: str = "",
    subjects: tuple[Component, ...] = (),
    about: Container[str] | None = None,
    cache: StatementCache | None = None,
    known: Sequence[tuple[str, str]] = (),
) -> tuple[Document, ...]:
    """The VEX documents in `data`: one, or those of a list or of JSON lines.

    `document` names it (file, URL, digest), `origin` says how it came here; `issued` and `subjects`
    are what statements inherit that name no time or product, where the document and the in-toto
    statement around it do not either. Statements in DSSE envelopes are "unchecked": no signature is
    verified here. With `about` (names of vulnerabilities in lower case) only statements about
    these are made. `known` are fields of every statement (signature, signer, base). Raises
    FormatError where it is no VEX, damaged or beyond the limits.
    """
    start = Reading(document, origin, issued, subjects, about=about, known=known)
    if cache is None or len(data) < CACHED_FROM:
        return _documents(data, start)
    key = cache.key(data, (document, origin, issued, repr(subjects)))
    found = cache.load(key, about, known)
    if found is None:
        start.about, start.known = None, ()
        whole = _documents(data, start)
        cache.keep(key, whole)
        found = tuple(_only(one, about, known) for one in whole)
    return found


def _documents(data: bytes, start: Reading) -> tuple[Document, ...]:
    return tuple(
        Document(
            reading.document,
            reading.format,
            reading.author,
            dict(reading.known).get("signature", reading.signature),
            tuple(reading.statements),
            reading.problems(),
            reading.stated,
        )
        for reading in readings(data, start)
    )


def _only(
    document: Document, about: Container[str] | None, known: Sequence[tuple[str, str]]
) -> Document:
    """The statements that were asked for, with what is known of all of them."""
    more: dict[str, Any] = dict(known)
    kept = tuple(
        replace(one, **more) if more else one
        for one in document.statements
        if asked(about, (one.vulnerability, *one.aliases))
    )
    signature = more.get("signature", document.signature)
    return replace(document, statements=kept, signature=signature)


def readings(data: bytes, start: Reading) -> list[Reading]:
    """Each document in `data` as read; what it inherits is taken from `start`. FormatError."""
    documents = decode(data, start.document)
    found, refused = [], []
    for number, document in enumerate(documents, 1):
        name = f"{start.document}:{number}" if len(documents) > 1 else start.document
        reading = replace(start, name=name, document=name, statements=[], troubles=[])
        try:
            _read(document, reading)
        except FormatError as trouble:
            refused.append((reading, trouble))
        else:
            found.append(reading)
    if not found:
        raise refused[0][1] if refused else FormatError(f"{start.document}: holds nothing", HINT)
    for reading, fault in refused:
        if not isinstance(fault, _OtherStatementError):
            reading.say("", "not-vex", fault.message.removeprefix(f"{reading.document}: "))
            found.append(reading)
    return found


class NotVexError(FormatError):
    """Sound JSON that is something else than VEX."""


class _OtherStatementError(NotVexError):
    """An in-toto statement whose predicate is something else than VEX."""


def _read(document: object, reading: Reading) -> None:
    if not isinstance(document, dict):
        raise FormatError(f"{reading.document}: is no VEX document", HINT)
    inner = unwrapped(document, reading)
    row = next((row for row in FORMATS if row.recognises(inner)), None)
    if row is None:
        keys = ", ".join(str(key)[:24] for key in list(inner)[:4])
        raise (NotVexError if inner is document else _OtherStatementError)(
            f"{reading.document}: is no VEX document (it begins with {keys})", HINT
        )
    if reading.keep:
        reading.inner = inner
    row.read(inner, reading)
