"""SPDX 3.0 JSON-LD (https://spdx.github.io/spdx-spec/v3.0.1/, annex "RDF model and serialization").

Elements lie in `@graph` and name each other by `spdxId`; blank nodes may be written in place. The
root elements of the document or its SBOM are the subject where they are containers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ironhull.documents import _facts
from ironhull.documents._assemble import Content
from ironhull.documents._entry import Entry
from ironhull.documents._values import listed, mapping, rows, text, texts
from ironhull.errors import FormatError
from ironhull.lazy import regex
from ironhull.model import Distro, Location, Problem, Subject, Upstream

__all__ = ["read_spdx3", "recognises"]

_BUILT_FROM = regex(r"built (?:from source package|package from): (\S+) ?(.*)", re.DOTALL)
_LICENSED = ("hasDeclaredLicense", "hasConcludedLicense")
_DEPENDS = frozenset({"dependsOn", "hasDynamicLink", "hasStaticLink", "hasRuntimeDependency"})
_Element = Mapping[str, Any]


def recognises(document: Mapping[str, Any]) -> bool:
    """Whether this is an SPDX 3 document, by its JSON-LD context."""
    context = document.get("@context")
    contexts = texts(context) if isinstance(context, list) else [text(context)]
    return "@graph" in document and any("spdx.org/rdf/3" in found for found in contexts)


def read_spdx3(document: Mapping[str, Any], where: str) -> Content:
    """What an SPDX 3 document says; FormatError where it is about several images."""
    problems: list[Problem] = []
    elements: dict[str, _Element] = {
        _id(element) or f"#{number}": element
        for number, element in enumerate(listed(document, "@graph", problems))
    }
    root = _root(elements, where)
    content = Content(_subject(root, where), problems=problems, where=where)
    licences = _licences(elements)
    locations = _locations(elements)
    for name, element in elements.items():
        if not _kind(element).endswith("Package") or element is root:
            continue
        purpose = text(element.get("software_primaryPurpose"))
        if purpose == "operatingSystem":
            content.distros.append(_distro(element))
        elif _purl(element) or purpose not in ("container", "file"):
            entry = _entry(name, element)
            entry.licenses = tuple(filter(None, licences.get(name, ())))
            entry.locations = tuple(locations.get(name, ()))
            content.add(entry)
    for row in _relations(elements):
        if text(row.get("relationshipType")) in _DEPENDS:
            one = text(row.get("from"))
            content.edges += [(one, "depends-on", other) for other in _ids(row.get("to"))]
    return content


def _id(element: _Element) -> str:
    return text(element.get("spdxId")) or text(element.get("@id"))


def _kind(element: _Element) -> str:
    return text(element.get("type")) or text(element.get("@type"))


def _ids(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    items = value if isinstance(value, list) else []
    return [item if isinstance(item, str) else _id(mapping(item)) for item in items]


def _relations(elements: Mapping[str, _Element]) -> Iterator[_Element]:
    return (row for row in elements.values() if _kind(row).endswith("Relationship"))


# ── the subject ──────────────────────────────────────────────────────────────────────────────────


def _root(elements: Mapping[str, _Element], where: str) -> _Element | None:
    """The package the document is about, through its SBOM element where it has one."""
    named: list[str] = []
    for kind in ("SpdxDocument", "Sbom", "Bom"):
        for element in elements.values():
            if _kind(element).rpartition("_")[2] == kind:
                named += _ids(element.get("rootElement"))
    found = [elements[name] for name in dict.fromkeys(named) if name in elements]
    packages = [e for e in found if _kind(e).endswith("Package")]
    roots = [e for e in packages if not _facts.is_package(_purl(e))]
    images = [e for e in roots if e.get("software_primaryPurpose") == "container"]
    if len(images) > 1:
        names = ", ".join(text(e.get("name")) for e in images[:4])
        raise FormatError(
            f"{where}: the document is about {len(images)} images ({names})",
            "give the SBOM of one image",
        )
    return next(iter(images or roots), None)


def _subject(root: _Element | None, where: str) -> Subject:
    if root is None:
        return Subject(where, kind="directory")
    digest, platform = _facts.subject_from_purl(_purl(root))
    hashes = [f"{text(h.get('algorithm'))}:{text(h.get('hashValue'))}" for h in _hashes(root)]
    for value in (text(root.get("software_packageVersion")), *hashes):
        digest = digest or _facts.image_digest(value)
    image = root.get("software_primaryPurpose") == "container" or bool(digest)
    return Subject(
        name=text(root.get("name")) or where,
        digest=digest,
        kind="image" if image else "directory",
        platform=platform,
    )


def _hashes(element: _Element) -> list[dict[str, Any]]:
    return rows(element.get("verifiedUsing"))


def _distro(element: _Element) -> Distro:
    version = text(element.get("software_packageVersion"))
    return _facts.distro_of(text(element.get("name")), version, "", text(element.get("summary")))


# ── packages ─────────────────────────────────────────────────────────────────────────────────────


def _purl(element: _Element) -> str:
    found = [text(element.get("software_packageUrl"))]
    found += [
        text(row.get("identifier"))
        for row in rows(element.get("externalIdentifier"))
        if row.get("externalIdentifierType") == "packageUrl"
    ]
    found = [purl for purl in found if purl]
    return next((purl for purl in found if _facts.is_package(purl)), found[0] if found else "")


def _entry(name: str, element: _Element) -> Entry:
    source = _BUILT_FROM.fullmatch(text(element.get("software_sourceInfo")))
    return Entry(
        where=name,
        name=text(element.get("name")),
        version=text(element.get("software_packageVersion")),
        purl=_purl(element),
        upstream=Upstream(source[1], source[2]) if source else None,
        summary=text(element.get("summary")),
        homepage=text(element.get("software_homePage")),
        checksums=tuple(
            f"{text(h.get('algorithm'))}:{text(h.get('hashValue')).lower()}"
            for h in _hashes(element)
        ),
    )


def _licences(elements: Mapping[str, _Element]) -> dict[str, list[str]]:
    """Declared licences by package, those concluded where none is declared."""
    found: dict[str, dict[str, list[str]]] = {}
    for row in _relations(elements):
        kind = text(row.get("relationshipType"))
        if kind in _LICENSED:
            said = [_licence(elements.get(name, {})) for name in _ids(row.get("to"))]
            found.setdefault(text(row.get("from")), {}).setdefault(kind, []).extend(said)
    return {
        name: next((kinds[kind] for kind in _LICENSED if any(kinds.get(kind, ()))), [])
        for name, kinds in found.items()
    }


def _licence(element: _Element) -> str:
    expression = text(element.get("simplelicensing_licenseExpression"))
    return _facts.licence(expression) if expression else ""


def _locations(elements: Mapping[str, _Element]) -> dict[str, list[Location]]:
    """The files packages contain."""
    found: dict[str, list[Location]] = {}
    for row in _relations(elements):
        if row.get("relationshipType") != "contains":
            continue
        for name in _ids(row.get("to")):
            element = elements.get(name, {})
            path = text(element.get("name")).lstrip("/")
            if _kind(element).endswith("File") and path:
                found.setdefault(text(row.get("from")), []).append(Location(path))
    return found
