"""Documents: SBOMs others (and we) have written, read back into the model.

A format is a row of KINDS, what formats come wrapped in a row of WRAPPINGS. Reading knows bytes
only; where they come from is the business of `sources`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ironhull.documents._assemble import Content, assemble
from ironhull.documents._row import DocumentKind, Wanted
from ironhull.documents._values import STAGE
from ironhull.documents.purl import Purl, parse_purl
from ironhull.documents.wrappings import WRAPPINGS, is_platforms
from ironhull.errors import FormatError
from ironhull.lazy import lazily
from ironhull.model import Platform, Problem, Sbom
from ironhull.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "KINDS",
    "WRAPPINGS",
    "DocumentKind",
    "Purl",
    "parse_purl",
    "read_document",
    "read_documents",
]

KINDS: tuple[DocumentKind, ...] = (
    DocumentKind(
        "Ironhull",
        lambda document: document.get("schema") == "ironhull/sbom",
        lazily("ironhull.documents.ironhull", "read_ironhull"),
    ),
    DocumentKind(
        "CycloneDX",
        lazily("ironhull.documents.cyclonedx", "recognises"),
        lazily("ironhull.documents.cyclonedx", "read_cyclonedx"),
    ),
    DocumentKind(
        "SPDX 2",
        lazily("ironhull.documents.spdx2", "recognises"),
        lazily("ironhull.documents.spdx2", "read_spdx2"),
    ),
    DocumentKind(
        "SPDX 3",
        lazily("ironhull.documents.spdx3", "recognises"),
        lazily("ironhull.documents.spdx3", "read_spdx3"),
    ),
    DocumentKind(
        "Syft",
        lazily("ironhull.documents.syft", "recognises"),
        lazily("ironhull.documents.syft", "read_syft"),
    ),
    DocumentKind(
        "GitHub snapshot",
        lazily("ironhull.documents.github", "recognises"),
        lazily("ironhull.documents.github", "read_github"),
    ),
)
"""Every format of SBOMs that is read."""

_HINT = "SPDX, CycloneDX, Syft and Ironhull documents are read, and statements around them"
_WRAPPED = 6  # statement in an envelope in a bundle …


def read_document(
    data: bytes,
    where: str,
    platform: Platform | None = None,
    *,
    prepare: Callable[[object], None] | None = None,
) -> Sbom:
    """The SBOM in `data`; `where` names it in messages, `platform` chooses where there are several.

    `prepare` is given what was decoded and may change it before it is read.

    Raises FormatError: not an SBOM we read, damaged, too large, about several images, or about
    another platform than the one asked for. What is wrong with single packages is in `problems`;
    a package without usable package URL is listed and said to be not checked.
    """
    from ironhull.documents._decode import decode

    wanted = Wanted(where, str(platform or ""), [])
    document = decode(data, where)
    if prepare is not None:
        prepare(document)
    return assemble(_content(_one(document, where), wanted, platform))


def _content(given: Mapping[str, Any], wanted: Wanted, platform: Platform | None) -> Content:
    document, where = _unwrapped(given, wanted), wanted.where
    kind = next((row for row in KINDS if row.recognises(document)), None)
    if kind is None:
        raise FormatError(f"{where}: is no SBOM in a format Ironhull reads{_seen(document)}", _HINT)
    content = kind.read(document, where)
    content.problems += [Problem(STAGE, where, note) for note in wanted.notes]
    _about(content, wanted, platform)
    return content


def read_documents(data: bytes, where: str) -> tuple[Sbom, ...]:
    """The SBOM in `data`, or one of each platform where it is a map of them (as BuildKit's is).

    Raises FormatError.
    """
    from ironhull.documents._decode import decode
    from ironhull.documents._facts import platform_of

    document = decode(data, where)
    if not isinstance(document, dict) or not is_platforms(document):
        return (read_document(data, where),)
    found = []
    for name, inner in document.items():
        content = _content(inner, Wanted(where, "", []), None)
        if content.subject.platform is None:
            content.subject = replace(content.subject, platform=platform_of(name))
        found.append(assemble(content))
    return tuple(found)


def _one(document: object, where: str) -> Mapping[str, Any]:
    """The one document of a list of one."""
    if isinstance(document, list):
        if len(document) != 1:
            raise FormatError(f"{where}: holds {len(document)} documents", "give one of them")
        document = document[0]
    if not isinstance(document, dict):
        raise FormatError(f"{where}: is no SBOM in a format Ironhull reads", _HINT)
    return document


def _unwrapped(document: Mapping[str, Any], wanted: Wanted) -> Mapping[str, Any]:
    for _ in range(_WRAPPED):
        row = next((row for row in WRAPPINGS if row.recognises(document)), None)
        if row is None:
            return document
        document = row.unwrap(document, wanted)
    raise FormatError(f"{wanted.where}: is wrapped too often", "give the SBOM itself")


def _about(content: Content, wanted: Wanted, platform: Platform | None) -> None:
    """What a statement says it is about, and whether that is what was asked for."""
    name, digest = wanted.subject
    subject = content.subject
    if digest:
        if subject.digest and subject.digest not in (digest, subject.index_digest):
            note = f"its statement is about {digest}, the document in it about {subject.digest}"
            content.problems.append(Problem(STAGE, wanted.where, note))
        subject = replace(subject, digest=digest, name=name or subject.name, kind="image")
    if platform and subject.platform and str(subject.platform) != str(platform):
        raise FormatError(
            f"{wanted.where}: is about {subject.platform}, not {platform}", "leave out --platform"
        )
    content.subject = subject


def _seen(document: Mapping[str, Any]) -> str:
    """The first keys, so that a reader sees what it is instead."""
    keys = ", ".join(str(key)[:24] for key in list(document)[:4])
    return f" (it begins with {keys})" if keys else ""
