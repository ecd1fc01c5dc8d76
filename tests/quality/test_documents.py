"""The same packages out of an SBOM somebody else wrote: the command line finds what the index does.

The documents are CycloneDX, their package URLs made by the reference library."""

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packageurl import PackageURL

from ironhull.model import Distro, Package
from ironhull.store.advisories import AdvisoryIndex
from tests.acceptance.cli import Ironhull
from tests.quality._cases import Case, of_world
from tests.quality._gate import built, found_ids

_NAMESPACES = {"rhel": "redhat", "opensuse-leap": "opensuse", "opensuse-tumbleweed": "opensuse"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, AdvisoryIndex]]:
    place = tmp_path_factory.mktemp("documents")
    with built(place) as index:
        yield place, index


def cases() -> dict[Distro | None, list[Case]]:
    """By distribution, one of each package; what a document cannot say (owners) left out."""
    groups: dict[Distro | None, dict[Package, Case]] = defaultdict(dict)
    for family in of_world(""):
        for case in family.cases:
            if not (case.package.owned_by or case.package.supplier):
                groups[case.distro].setdefault(case.package, case)
    return {distro: list(group.values()) for distro, group in groups.items()}


def purl(package: Package, distro: Distro | None) -> str:
    """As the purl specification's types want it; `upstream` as Syft writes it."""
    name, namespace = package.name, ""
    if package.ecosystem == "maven":
        namespace, name = name.split(":")
    elif package.ecosystem in ("npm", "golang", "composer", "swift") and "/" in name:
        namespace, _, name = name.rpartition("/")
    elif package.ecosystem in ("deb", "apk", "rpm") and distro is not None:
        namespace = _NAMESPACES.get(distro.id, distro.id)
    version, qualifiers = package.version, dict(package.qualifiers)
    if package.ecosystem == "rpm" and ":" in version:
        qualifiers["epoch"], _, version = version.partition(":")
    if distro is not None and package.ecosystem in ("deb", "apk", "rpm"):
        qualifiers["distro"] = f"{distro.id}-{distro.version}"
    if package.upstream:
        same = package.upstream.version == package.version
        source = package.upstream.name
        qualifiers["upstream"] = source if same else f"{source}@{package.upstream.version}"
    return PackageURL(package.ecosystem, namespace, name, version, qualifiers).to_string()


def document(group: list[Case], distro: Distro | None) -> dict[str, Any]:
    components: list[dict[str, Any]] = [
        {
            "type": "library",
            "bom-ref": str(number),
            "name": case.package.name,
            "version": case.package.version,
            "purl": purl(case.package, distro),
        }
        for number, case in enumerate(group)
    ]
    if distro is not None:
        like = [{"name": "ironhull:distro:id_like", "value": " ".join(distro.id_like)}]
        components.append(
            {
                "type": "operating-system",
                "name": distro.id,
                "version": distro.version,
                **({"properties": like} if distro.id_like else {}),
            }
        )
    return {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": components}


def plain(version: str) -> str:
    """Of Go's own library a document says 1.19.7 as well as v1.19.7."""
    return version.removeprefix("v")


@pytest.mark.parametrize("distro", cases(), ids=str)
def test_a_document_is_judged_as_an_image_is(
    home: tuple[Path, AdvisoryIndex], distro: Distro | None, tmp_path: Path
) -> None:
    place, index = home
    group = cases()[distro]
    path = tmp_path / "sbom.cdx.json"
    path.write_text(json.dumps(document(group, distro)))
    report = Ironhull(place).json("cves", f"sbom://{path}")
    found: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for finding in report["findings"]:
        for package in finding["installed"]:
            ecosystem = package["purl"].removeprefix("pkg:").partition("/")[0]
            found[ecosystem, package["name"], plain(package["version"])].add(finding["id"])
    wrong = []
    for case in group:
        package = case.package
        got = found.get((package.ecosystem, package.name, plain(package.version)), set())
        if got != (expected := found_ids(index, case)):
            wrong.append(f"{case} ({purl(package, distro)}): {got or 'nothing'}, not {expected}")
    assert not wrong, "\n".join(wrong)
