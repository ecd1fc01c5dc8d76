"""Syft's own JSON (https://github.com/anchore/syft, schema/json, 10 to 16) into an SBOM."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ironhull.documents import _facts
from ironhull.documents._assemble import Content
from ironhull.documents._entry import Entry
from ironhull.documents._values import STAGE, listed, mapping, rows, text, texts
from ironhull.model import Distro, Location, Platform, Problem, Subject, Upstream
from ironhull.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["read_syft", "recognises"]

_OLDEST = 10


def recognises(document: Mapping[str, Any]) -> bool:
    """Whether this is Syft's own format."""
    schema = mapping(document.get("schema"))
    return "artifacts" in document and "anchore/syft" in text(schema.get("url"))


def read_syft(document: Mapping[str, Any], where: str) -> Content:
    """What Syft says; never raises."""
    content = Content(_subject(mapping(document.get("source")), where), where=where)
    version = text(mapping(document.get("schema")).get("version"))
    if not version.split(".")[0].isdigit() or int(version.split(".")[0][:6]) < _OLDEST:
        message = f"is of version {version or '(none)'}; {_OLDEST} and later are known"
        content.problems.append(Problem(STAGE, "schema", message))
    if distro := _distro(mapping(document.get("distro"))):
        content.distros.append(distro)
    for artifact in listed(document, "artifacts", content.problems):
        content.add(_entry(artifact))
    for row in listed(document, "artifactRelationships", content.problems):
        parent, child = text(row.get("parent")), text(row.get("child"))
        if row.get("type") == "ownership-by-file-overlap":
            content.edges.append((child, "owned-by", parent))
        elif row.get("type") == "dependency-of":
            content.edges.append((child, "depends-on", parent))
    return content


def _subject(source: Mapping[str, Any], where: str) -> Subject:
    said = mapping(source.get("metadata")) or mapping(source.get("target"))
    name = text(said.get("userInput")) or text(source.get("name")) or where
    if source.get("type") != "image":
        return Subject(text(source.get("name")) or text(said.get("path")) or name, kind="directory")
    tags, labels = texts(said.get("tags")), mapping(said.get("labels"))
    architecture = text(said.get("architecture"))
    size = said.get("imageSize")
    return Subject(
        name=name if name in tags or not tags else tags[0],
        digest=_facts.image_digest(text(said.get("manifestDigest"))),
        id=_facts.image_digest(text(said.get("imageID"))),
        platform=Platform(
            text(said.get("os")) or "linux", architecture, text(said.get("variant"))
        ) if architecture else None,
        disk_size=size if type(size) is int and size > 0 else 0,
        layers=tuple(text(row.get("digest")) for row in rows(said.get("layers"))),
        created=text(labels.get("org.opencontainers.image.created")),
        source=text(labels.get("org.opencontainers.image.source")),
        revision=text(labels.get("org.opencontainers.image.revision")),
    )  # fmt: skip


def _distro(said: Mapping[str, Any]) -> Distro | None:
    name = text(said.get("id")) or text(said.get("name"))
    if not name:
        return None
    found = _facts.distro_of(
        name,
        text(said.get("versionID")) or text(said.get("version")),
        text(said.get("versionCodename")),
        text(said.get("prettyName")),
    )
    return replace(found, id_like=tuple(texts(said.get("idLike"))))


def _entry(artifact: dict[str, Any]) -> Entry:
    metadata = mapping(artifact.get("metadata"))
    size = metadata.get("installedSize", metadata.get("size"))
    if type(size) is not int:
        size = 0
    elif metadata.get("architecture") and artifact.get("type") == "deb":
        size *= 1024  # Debian counts in kibibytes
    return Entry(
        where=text(artifact.get("id")),
        name=text(artifact.get("name")),
        version=text(artifact.get("version")),
        purl=text(artifact.get("purl")),
        kind=text(artifact.get("type")),
        upstream=_upstream(metadata, text(artifact.get("version"))),
        licenses=tuple(_licences(artifact.get("licenses"))),
        locations=tuple(_places(artifact)),
        found_by=text(artifact.get("foundBy")),
        size=size,
        supplier=text(metadata.get("maintainer")) or text(metadata.get("vendor")),
    )


def _upstream(metadata: Mapping[str, Any], version: str) -> Upstream | None:
    """Of dpkg `source` and `sourceVersion`, of apk `originPackage`; rpm's is in its purl."""
    name = text(metadata.get("source")) or text(metadata.get("originPackage"))
    return Upstream(name, text(metadata.get("sourceVersion")) or version) if name else None


def _licences(value: object) -> Iterator[str]:
    if not isinstance(value, list):
        return
    for item in value:
        if isinstance(item, str):
            yield _facts.licence(item)
        elif isinstance(item, dict):
            expression = text(item.get("spdxExpression"))
            yield _facts.licence(expression) or _facts.named_licence(text(item.get("value")))


def _places(artifact: Mapping[str, Any]) -> Iterator[Location]:
    """Where the evidence is; of several places those Syft calls primary."""
    places = rows(artifact.get("locations"))
    primary = [p for p in places if mapping(p.get("annotations")).get("evidence") == "primary"]
    for place in primary or places:
        if path := text(place.get("path")).lstrip("/"):
            yield Location(path, text(place.get("layerID")))
