"""GitHub dependency snapshots (docs.github.com, "Dependency submission API") into an SBOM."""

from __future__ import annotations

from collections.abc import Mapping

from ironhull.documents import _facts
from ironhull.documents._assemble import Content
from ironhull.documents._entry import Entry
from ironhull.documents._values import mapping, text, texts
from ironhull.documents.purl import parse_purl
from ironhull.model import Location, Subject

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["read_github", "recognises"]


def recognises(document: Mapping[str, Any]) -> bool:
    """Whether this is a snapshot: version 0, a detector and manifests by name."""
    return isinstance(document.get("manifests"), dict) and "detector" in document


def read_github(document: Mapping[str, Any], where: str) -> Content:
    """What a snapshot says; the names of its manifests are `image:/path` where Syft wrote it."""
    name = ""
    content = Content(Subject(where, kind="directory"), where=where)
    for key, manifest in mapping(document.get("manifests")).items():
        said = mapping(manifest)
        source = text(mapping(said.get("file")).get("source_location")) or str(key)
        image, colon, path = source.rpartition(":/")
        name = name or (image if colon else "")
        layer = text(mapping(said.get("metadata")).get("syft:filesystem"))
        place = Location(path if colon else source.lstrip("/") or str(key), layer)
        for resolved in mapping(said.get("resolved")).values():
            row = mapping(resolved)
            purl = text(row.get("package_url"))
            content.add(Entry(purl, "", purl=purl, locations=(place,)))
            content.edges += [(purl, "depends-on", o) for o in texts(row.get("dependencies"))]
    if name:
        content.subject = Subject(name)
    if distro := text(mapping(document.get("metadata")).get("syft:distro")):
        try:
            purl_ = parse_purl(distro)
            content.distros.append(_facts.distro_of(purl_.name, purl_.version))
        except ValueError:
            pass
    return content
