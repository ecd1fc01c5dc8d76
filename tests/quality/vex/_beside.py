"""What Trivy does with the labelled cases: a database of one vulnerability, an SBOM of one package.

Trivy knows an image by its registry alone, so cases about images are left out, and so are those
whose vulnerability or package Trivy does not find without any statement.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from packageurl import PackageURL

from tests.quality.vex.cases import Case, families
from tests.quality.vex.trivydb import scan, version, write_cache

FAMILIES = ("names", "packages", "order")
_PLATFORMS = {
    "pypi": "pip::test",
    "npm": "npm::test",
    "golang": "go::test",
    "maven": "maven::test",
    "cargo": "rust::test",
}


@dataclass
class Beside:
    """How Trivy does: agrees, hides what no statement clears, keeps what one clears."""

    trivy: str
    asked: int = 0
    agrees: int = 0
    hides: list[Case] = field(default_factory=list)
    keeps: list[Case] = field(default_factory=list)
    left_out: int = 0


def beside(trivy: str, place: Path) -> Beside:
    """Trivy's answers to the labelled cases; its caches and inputs are written to `place`."""
    found = Beside(version(trivy))
    known: dict[str, Path | None] = {}
    for name in FAMILIES:
        for case in families()[name]:
            key = f"{case.package} {case.names[0]}"
            if key not in known:
                known[key] = _prepared(trivy, place / str(len(known)), case)
            if (prepared := known[key]) is None:
                found.left_out += 1
                continue
            _compare(case, _hidden(trivy, prepared, case), found)
    return found


def _compare(case: Case, hidden: bool, found: Beside) -> None:
    found.asked += 1
    if hidden is (case.expected in ("not_affected", "fixed")):
        found.agrees += 1
    else:
        (found.hides if hidden else found.keeps).append(case)


def _prepared(trivy: str, place: Path, case: Case) -> Path | None:
    """A directory with a database and an SBOM in which Trivy finds the case's vulnerability."""
    write_cache(place, _advisories(case))
    (place / "bom.json").write_text(json.dumps(_bom(case)))
    report = scan(trivy, place, "sbom", str(place / "bom.json"))
    return place if _finds(report) else None


def _finds(report: dict[str, Any]) -> bool:
    return any(result.get("Vulnerabilities") for result in report.get("Results", ()))


def _hidden(trivy: str, place: Path, case: Case) -> bool:
    words = ["sbom", str(place / "bom.json")]
    for number, (document, _) in enumerate(case.documents):
        path = place / f"{number}.vex.json"
        path.write_text(json.dumps(document))
        words += ["--vex", str(path)]
    return not _finds(scan(trivy, place, *words))


def _advisories(case: Case) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    purl = PackageURL.from_string(case.package.purl)
    name = case.names[0]
    if purl.type in ("deb", "apk"):
        source = case.package.source[0] if case.package.source else purl.name
        release = case.world.release
        assert release is not None
        yield f"{release.id} {release.version}", source, name, {"FixedVersion": "99:9"}
        return
    joined = ":" if purl.type == "maven" else "/"
    package = f"{purl.namespace}{joined}{purl.name}" if purl.namespace else purl.name
    platform = _PLATFORMS.get(purl.type, f"{purl.type}::test")
    yield platform, package, name, {"PatchedVersions": ["99"], "VulnerableVersions": ["<99"]}


def _bom(case: Case) -> dict[str, Any]:
    purl = PackageURL.from_string(case.package.purl)
    component: dict[str, Any] = {
        "bom-ref": "package",
        "type": "library",
        "name": purl.name,
        "version": purl.version,
        "purl": case.package.purl,
    }
    if purl.namespace and purl.type not in ("deb", "apk", "rpm"):
        component["group"] = purl.namespace
    if case.package.source:
        component["properties"] = [
            {"name": f"aquasecurity:trivy:Src{key}", "value": value}
            for key, value in zip(("Name", "Version"), case.package.source, strict=True)
        ]
    release = case.world.release
    system = {"bom-ref": "os", "type": "operating-system"}
    systems = [{**system, "name": release.id, "version": release.version}] if release else []
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"bom-ref": "image", "type": "container", "name": "web:1"}},
        "components": [*systems, component],
        "dependencies": [{"ref": "image", "dependsOn": [*(["os"] if systems else []), "package"]}],
    }


def beside_table(found: Beside) -> str:
    """What Trivy answers otherwise, as a Markdown table."""
    lines = [
        f"Of {found.asked} cases Trivy {found.trivy} answers {found.agrees} alike, hides"
        f" {len(found.hides)} findings that no statement clears, and keeps {len(found.keeps)}"
        f" that one clears; in {found.left_out} it does not find the vulnerability at all.",
        "",
        "| Trivy | trap | why |",
        "|---|---|---|",
    ]
    for word, of_it in (("hides", found.hides), ("keeps", found.keeps)):
        lines += [f"| {word} | {case.trap or '–'} | {case.family}: {case.why} |" for case in of_it]
    return "\n".join(lines) + "\n"
