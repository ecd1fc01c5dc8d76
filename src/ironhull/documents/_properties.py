"""What tools put into CycloneDX properties, and Trivy into SPDX annotations too."""

from __future__ import annotations

from collections.abc import Mapping

from ironhull.documents._values import rows, text
from ironhull.lazy import regex
from ironhull.model import Location, Upstream

__all__ = ["Properties", "locations", "properties", "size_of", "upstream"]

Properties = Mapping[str, list[str]]
"""Values by name, in the order given; names may come several times."""

_PLACE = regex(r"(?:syft|ironhull):location:(\d{1,9}):(path|layerID|layer)")
_TRIVY = "aquasecurity:trivy:"


def properties(value: object) -> dict[str, list[str]]:
    """The properties of a component, a document or the metadata."""
    found: dict[str, list[str]] = {}
    for row in rows(value):
        name, said = row.get("name"), row.get("value")
        if type(name) is not str or type(said) is not str:
            continue
        if name in found:
            found[name].append(said)
        else:
            found[name] = [said]
    return found


def first(said: Properties, *names: str) -> str:
    """The first value of the first name that has one."""
    return next((said[name][0] for name in names if name in said), "")


def locations(said: Properties, component: Mapping[str, object]) -> tuple[Location, ...]:
    """Where a component was found, as Ironhull, Syft, Trivy, cdxgen or its evidence tells."""
    places: dict[int, dict[str, str]] = {}
    for name, values in said.items():
        if ":location:" in name and (match := _PLACE.fullmatch(name)):
            places.setdefault(int(match[1]), {})[match[2]] = values[0]
    found = [
        Location(place["path"].lstrip("/"), place.get("layer") or place.get("layerID", ""))
        for _, place in sorted(places.items())
        if place.get("path", "").lstrip("/")
    ]
    if not found:
        layer = first(said, _TRIVY + "LayerDiffID")
        paths = [*said.get(_TRIVY + "FilePath", ()), *said.get("SrcFile", ())]
        found = [Location(path.lstrip("/"), layer) for path in paths if path.lstrip("/")]
    evidence = component.get("evidence")
    if not found and isinstance(evidence, dict):
        paths = [text(row.get("location")) for row in rows(evidence.get("occurrences"))]
        found = [Location(path.lstrip("/")) for path in paths if path.lstrip("/")]
    return tuple(found)


def upstream(said: Properties) -> Upstream | None:
    """The source package, as Ironhull, Trivy or Syft tells."""
    if name := first(said, "ironhull:source:name"):
        return Upstream(name, first(said, "ironhull:source:version"))
    if name := first(said, _TRIVY + "SrcName"):
        version = first(said, _TRIVY + "SrcVersion")
        if version and (release := first(said, _TRIVY + "SrcRelease")):
            version = f"{version}-{release}"
        if version and (epoch := first(said, _TRIVY + "SrcEpoch")) and ":" not in version:
            version = f"{epoch}:{version}"
        return Upstream(name, version)
    if name := first(said, "syft:metadata:source"):
        return Upstream(name, first(said, "syft:metadata:sourceVersion"))
    return None


def size_of(said: Properties) -> int:
    """Installed bytes; 0 where nobody tells."""
    number = first(said, "ironhull:installed_size")
    return int(number) if number.isascii() and number.isdigit() and len(number) < 19 else 0
