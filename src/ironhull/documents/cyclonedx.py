"""CycloneDX 1.2 to 1.7 (ECMA-424, https://cyclonedx.org/docs/1.6/json/) into an SBOM.

Fields that were never removed are the same in all versions, so one reader reads them all. What
tools add in properties (Ironhull, Syft, Trivy, cdxgen) is in `_properties`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ironhull.documents import _facts
from ironhull.documents._assemble import Content
from ironhull.documents._entry import Entry
from ironhull.documents._properties import (
    Properties,
    first,
    locations,
    properties,
    size_of,
    upstream,
)
from ironhull.documents._values import STAGE, flatly, listed, mapping, rows, text, texts
from ironhull.model import Distro, Problem, Relation, Subject

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["read_cyclonedx", "recognises"]

_TRIVY = "aquasecurity:trivy:"
_NO_PACKAGE = frozenset({
    "operating-system", "container", "file", "data", "device", "device-driver",
    "machine-learning-model", "cryptographic-asset",
})  # fmt: skip
_RELATION = "ironhull:relation:"
_VEX = ("exploitability-statement", "exploitability-assertion")
"""Types of external references: the one of the standard (1.5 and later) and a common mistake."""


def recognises(document: Mapping[str, Any]) -> bool:
    """Whether this is a CycloneDX document (1.2 had no other mark than its `$schema`)."""
    return document.get("bomFormat") == "CycloneDX" or "cyclonedx.org/schema/bom" in text(
        document.get("$schema")
    )


def read_cyclonedx(document: Mapping[str, Any], where: str) -> Content:
    """What a CycloneDX document says; never raises."""
    metadata = mapping(document.get("metadata"))
    exact = _written_by_us(metadata)
    root = mapping(metadata.get("component"))
    content = Content(_subject(root, metadata, where), exact=exact, where=where)
    _version(text(document.get("specVersion")), content)
    _problems(document, content)
    content.vex_references += _vex_references(document, root)
    if _facts.is_package(text(root.get("purl"))) and not exact:
        said = properties(root.get("properties"))
        content.add(_entry(dict(root), said, exact=False))
    for component in _components(document, dict(root), content):
        kind = component.get("type")
        if kind == "operating-system":
            content.distros.append(_distro(component))
            continue
        said = properties(component.get("properties"))
        if _is_package(component, kind, said):
            entry = _entry(component, said, exact=exact)
            content.add(entry)
            _own_relations(said, entry, content)
    for dependency in listed(document, "dependencies", content.problems):
        ref = text(dependency.get("ref"))
        content.edges += [
            (ref, "depends-on", other) for other in texts(dependency.get("dependsOn"))
        ]
    return content


def _written_by_us(metadata: Mapping[str, Any]) -> bool:
    tools = metadata.get("tools")
    named = rows(mapping(tools).get("components")) or rows(tools)
    return any(tool.get("name") == "ironhull" for tool in named)


def _version(version: str, content: Content) -> None:
    major, _, minor = version.partition(".")
    if major != "1" or not minor.isdigit() or not 2 <= int(minor) <= 7:
        message = f"is of version {version or '(none)'}; 1.2 to 1.7 are known, it may hold more"
        content.problems.append(Problem(STAGE, "specVersion", message))


def _problems(document: Mapping[str, Any], content: Content) -> None:
    """What could not be read when the document was made."""
    for said in properties(document.get("properties")).get("ironhull:problem", ()):
        stage, _, rest = said.partition(": ")
        place, _, message = rest.partition(": ")
        content.problems.append(Problem(stage, place, message or rest))


def _vex_references(document: Mapping[str, Any], root: Mapping[str, Any]) -> list[str]:
    """Where statements of exploitability are, told of the document or of what it is about."""
    listed = (*rows(document.get("externalReferences")), *rows(root.get("externalReferences")))
    urls = (text(row.get("url")) for row in listed if row.get("type") in _VEX)
    return [url for url in urls if url]


def _components(
    document: Mapping[str, Any], root: dict[str, Any], content: Content
) -> Iterator[dict[str, Any]]:
    """Every component, those inside of others and of the root too."""
    for component in rows(root.get("components")):
        yield from flatly(component, "components")
    for component in listed(document, "components", content.problems):
        yield from flatly(component, "components")


def _is_package(component: Mapping[str, Any], kind: object, said: Properties) -> bool:
    purl = text(component.get("purl"))
    if purl:
        return _facts.is_package(purl) or kind not in ("container", "operating-system")
    if kind in _NO_PACKAGE:
        return False
    return _TRIVY + "Class" not in said


# ── the subject ──────────────────────────────────────────────────────────────────────────────────


def _subject(root: Mapping[str, Any], metadata: Mapping[str, Any], where: str) -> Subject:
    said = properties(root.get("properties"))
    purl = text(root.get("purl"))
    digest, platform = _facts.subject_from_purl(purl)
    digest = digest or next(
        (
            found
            for value in (text(root.get("version")), first(said, _TRIVY + "RepoDigest"))
            if (found := _facts.image_digest(value))
        ),
        "",
    )
    labels = properties(metadata.get("properties"))
    name = first(said, _TRIVY + "RepoTag") or text(root.get("name")) or where
    kind = "image" if root.get("type", "container") == "container" else "directory"
    layers = tuple(said.get("ironhull:layer") or said.get(_TRIVY + "DiffID") or ())
    steps = any(key.startswith("ironhull:step:") for key in said)
    return Subject(
        name=name,
        digest=digest,
        kind=kind,
        id=first(said, "ironhull:image_id") or _facts.image_digest(first(said, _TRIVY + "ImageID")),
        index_digest=first(said, "ironhull:index_digest"),
        platform=_facts.platform_of(first(said, "ironhull:platform")) or platform,
        content_size=_number(said, "ironhull:content_size"),
        disk_size=_number(said, "ironhull:disk_size", _TRIVY + "Size"),
        layers=layers,
        steps=tuple(first(said, f"ironhull:step:{n}") for n in range(len(layers)) if steps),
        user=first(said, "ironhull:user"),
        entrypoint=tuple(said.get("ironhull:entrypoint", ())),
        created=first(said, "ironhull:created") or _label(said, labels, "created"),
        source=first(said, "ironhull:source") or _label(said, labels, "source"),
        revision=first(said, "ironhull:revision") or _label(said, labels, "revision"),
    )


def _number(said: Properties, *names: str) -> int:
    number = first(said, *names)
    return int(number) if number.isascii() and number.isdigit() and len(number) < 19 else 0


def _label(said: Properties, labels: Properties, name: str) -> str:
    key = f"org.opencontainers.image.{name}"
    return first(said, f"{_TRIVY}Labels:{key}") or first(labels, f"syft:image:labels:{key}")


def _distro(component: Mapping[str, Any]) -> Distro:
    said = properties(component.get("properties"))
    name, version = text(component.get("name")), text(component.get("version"))
    pretty = text(component.get("description"))
    if identity := first(said, "ironhull:distro:id"):
        codename = first(said, "ironhull:distro:codename")
        like = tuple(said.get("ironhull:distro:id_like", ()))
        return Distro(identity, first(said, "ironhull:distro:version"), codename, pretty, like)
    return _facts.distro_of(
        first(said, "syft:distro:id") or name,
        first(said, "syft:distro:versionID") or version,
        first(said, "syft:distro:versionCodename"),
        pretty,
    )


# ── packages ─────────────────────────────────────────────────────────────────────────────────────


def _entry(component: dict[str, Any], said: Properties, *, exact: bool) -> Entry:
    group, name = text(component.get("group")), text(component.get("name"))
    summary = text(component.get("description"))
    return Entry(
        where=text(component.get("bom-ref")),
        name=f"{group}/{name}" if group and not component.get("purl") else name,
        version=text(component.get("version")),
        purl=text(component.get("purl")),
        exact=exact,
        upstream=upstream(said),
        licenses=tuple(_licences(component)),
        locations=locations(said, component),
        found_by=first(said, "ironhull:found_by", "syft:package:foundBy"),
        owned_by=first(said, "ironhull:owned_by"),
        size=size_of(said),
        summary=summary,
        homepage=_website(component),
        supplier=_supplier(component),
        checksums=tuple(_hashes(component)),
        removed_in=first(said, "ironhull:removed_in"),
    )


def _licences(component: Mapping[str, Any]) -> Iterator[str]:
    for row in rows(component.get("licenses")):
        inner = mapping(row.get("license"))
        if (found := text(row.get("expression"))) or (found := text(inner.get("id"))):
            yield _facts.licence(found)
        elif found := text(inner.get("name")):
            yield _facts.named_licence(found)


def _website(component: Mapping[str, Any]) -> str:
    for row in rows(component.get("externalReferences")):
        if row.get("type") == "website":
            return text(row.get("url"))
    return ""


def _supplier(component: Mapping[str, Any]) -> str:
    supplier = mapping(component.get("supplier"))
    name = text(supplier.get("name"))
    mail = next((text(row.get("email")) for row in rows(supplier.get("contact"))), "")
    if mail:
        return f"<{mail}>" if name in ("", mail) else f"{name} <{mail}>"
    return name or text(component.get("publisher")) or text(component.get("author"))


def _hashes(component: Mapping[str, Any]) -> Iterator[str]:
    for row in rows(component.get("hashes")):
        algorithm, value = text(row.get("alg")), text(row.get("content"))
        yield f"{algorithm.lower().replace('-', '')}:{value.lower()}"


def _own_relations(said: Properties, entry: Entry, content: Content) -> None:
    """Relations of ours that CycloneDX has no word for."""
    if entry.owned_by:
        content.relations.append(Relation(entry.purl, "owned-by", entry.owned_by))
    for name, values in said.items():
        if name.startswith(_RELATION):
            kind = name.removeprefix(_RELATION)
            content.relations += [Relation(entry.purl, kind, other) for other in values]
