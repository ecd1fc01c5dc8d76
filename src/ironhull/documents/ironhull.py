"""Our own JSON (docs/schemas/sbom.schema.json) into an SBOM: nothing of it is lost."""

from __future__ import annotations

from collections.abc import Mapping

from ironhull.documents import _facts
from ironhull.documents._assemble import Content
from ironhull.documents._entry import Entry
from ironhull.documents._values import listed, mapping, rows, text, texts
from ironhull.errors import FormatError
from ironhull.model import Distro, Location, Problem, Relation, Subject, Upstream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["read_ironhull"]

_KNOWN = 1


def read_ironhull(document: Mapping[str, Any], where: str) -> Content:
    """What the document says; FormatError where a later, incompatible version wrote it."""
    version = document.get("schema_version")
    if version != _KNOWN:
        raise FormatError(
            f"{where}: Ironhull's SBOM of version {version!r:.20}; version {_KNOWN} is known",
            "read it with the version of Ironhull that wrote it, or write it as SPDX",
        )
    problems: list[Problem] = []
    content = Content(
        _subject(mapping(document.get("subject")), where),
        problems=problems,
        exact=True,
        where=where,
    )
    if isinstance(document.get("distro"), dict):
        content.distros.append(_distro(document["distro"]))
    for package in listed(document, "packages", problems):
        content.add(_entry(package))
    for row in listed(document, "relations", problems):
        relation = Relation(*(text(row.get(key)) for key in ("subject", "kind", "object")))
        content.relations.append(relation)
    for row in listed(document, "problems", problems):
        problem = Problem(*(text(row.get(key)) for key in ("stage", "where", "message")))
        problems.append(problem)
    return content


def _subject(said: Mapping[str, Any], where: str) -> Subject:
    return Subject(
        name=text(said.get("name")) or where,
        digest=text(said.get("digest")),
        kind="directory" if said.get("kind") == "directory" else "image",
        id=text(said.get("id")),
        index_digest=text(said.get("index_digest")),
        platform=_facts.platform_of(text(said.get("platform"))),
        content_size=_number(said.get("content_size")),
        disk_size=_number(said.get("disk_size")),
        layers=tuple(texts(said.get("layers"))),
        steps=tuple(texts(said.get("steps"))),
        user=text(said.get("user")),
        entrypoint=tuple(texts(said.get("entrypoint"))),
        created=text(said.get("created")),
        source=text(said.get("source")),
        revision=text(said.get("revision")),
    )


def _distro(said: Mapping[str, Any]) -> Distro:
    return Distro(
        text(said.get("id")),
        text(said.get("version")),
        text(said.get("codename")),
        text(said.get("pretty_name")),
        tuple(texts(said.get("id_like"))),
    )


def _entry(said: dict[str, Any]) -> Entry:
    source = mapping(said.get("source"))
    return Entry(
        where="",
        name=text(said.get("name")),
        version=text(said.get("version")),
        purl=text(said.get("purl")),
        kind=text(said.get("ecosystem")),
        exact=True,
        upstream=Upstream(text(source.get("name")), text(source.get("version")))
        if source
        else None,
        licenses=tuple(texts(said.get("licenses"))),
        locations=tuple(
            Location(text(at.get("path")), text(at.get("layer")))
            for at in rows(said.get("locations"))
        ),
        found_by=text(said.get("found_by")),
        owned_by=text(said.get("owned_by")),
        size=_number(said.get("size")),
        summary=text(said.get("summary")),
        homepage=text(said.get("homepage")),
        supplier=text(said.get("supplier")),
        checksums=tuple(texts(said.get("checksums"))),
        removed_in=text(said.get("removed_in")),
        namespace=text(said.get("namespace")),
        arch=text(said.get("arch")),
        distro=text(said.get("distro")),
    )


def _number(value: object) -> int:
    return value if type(value) is int and value >= 0 else 0
