"""What statements of exploitability cost: many of them against an image of 500 packages.

    python bench/statements.py DATA PLACE    DATA in the layout of the public sources, PLACE new

The document holds every statement of VEX Hub and one about each package of the image, whose
vulnerabilities are those the statements name: each finding has statements that could be about it.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import random
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matching import served
from tools import VENV

if TYPE_CHECKING:
    from run import Cost

_PACKAGES = 500
_ROUNDS = 7
_SETTLE = 3  # seconds: answers that rest on files written just now are not kept
_NAMES = ("without", "first", "kept", "known")

Run = Callable[[list[str], dict[str, str]], "Cost"]


def judging(data: Path, place: Path, run: Run) -> tuple[dict[str, float], int]:
    """Seconds of `cves`, the median of each of `_NAMES`, and how many statements there are.

    `without` VEX, the answer kept; `first` with a document not seen before; `kept`: the same again;
    `known`: with a document seen before and an image whose packages alone are known.
    """
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    env = {"IRONHULL_HOME": str(place / "home")}
    document = _document(data)
    _update(place, document["statements"], env)
    path = place / "all.openvex.json"
    program = str(VENV / "bin" / "ironhull")
    times: dict[str, list[float]] = {name: [] for name in _NAMES}
    for number in range(_ROUNDS):
        document["version"] = number + 1  # another document each time
        path.write_text(json.dumps(document))
        image = f"oci-dir://{_layout(place / str(number), number)}"
        other = f"oci-dir://{_layout(place / f'{number}-other', number + 1000)}"
        time.sleep(_SETTLE)
        cves = [program, "cves", image, "--format", "json", "-q"]
        run(cves, env)
        times["without"].append(run(cves, env).wall)
        told = [*cves, "--vex", str(path)]
        times["first"].append(run(told, env).wall)
        times["kept"].append(run(told, env).wall)
        run([program, "sbom", other, "-q", "-o", str(place / "sbom")], env)
        told[2] = other
        times["known"].append(run(told, env).wall)
    return {name: sorted(of_it)[_ROUNDS // 2] for name, of_it in times.items()}, len(
        document["statements"]
    )


def section(times: dict[str, float], statements: int) -> str:
    """The text of docs/benchmarks.md."""
    rows = {
        "`cves` without `--vex`, asked again": times["without"],
        "`--vex` with a document never seen": times["first"],
        "the same asked again": times["kept"],
        "the document and the packages known, the answer not": times["known"],
    }
    lines = "".join(f"| {name} | {1000 * value:.0f} |\n" for name, value in rows.items())
    return (
        "## Statements of exploitability\n\n"
        f"{statements:,} statements in one document against an image of {_PACKAGES} packages with a"
        " finding each, which it clears: the whole command, start-up and all.\n\n"
        f"| run | ms |\n|---|--:|\n{lines}"
    )


def _document(data: Path) -> dict[str, Any]:
    statements = []
    for path in sorted((data / "vexhub" / "pkg").rglob("*.json")):
        found = json.loads(path.read_bytes())
        said = found.get("statements", ())
        statements += [{"timestamp": found["timestamp"], **statement} for statement in said]
    names = sorted({s["vulnerability"]["name"] for s in statements})
    cves = [name for name in names if name.startswith("CVE-")]
    choice = random.Random(1)  # the same document each time
    statements += [
        {
            "timestamp": "2026-11-01T00:00:00Z",
            "vulnerability": {"name": choice.choice(cves)},
            "products": [{"@id": f"pkg:deb/debian/package{number}"}],
            "status": "not_affected",
            "justification": "vulnerable_code_not_present",
        }
        for number in range(_PACKAGES)
    ]
    return {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": "https://example.org/bench",
        "author": "Bench",
        "timestamp": "2026-11-01T00:00:00Z",
        "version": 1,
        "statements": statements,
    }


def _update(place: Path, statements: list[dict[str, Any]], env: dict[str, str]) -> None:
    """Advisories: each package has the vulnerability that the document clears it of."""
    tracker = {}
    for number, statement in enumerate(statements[-_PACKAGES:]):
        release = {"status": "open", "repositories": {"bookworm": "1"}, "urgency": "high"}
        issue = {"description": "x", "releases": {"bookworm": release}}
        tracker[f"package{number}"] = {statement["vulnerability"]["name"]: issue}
    path = place / "site" / "debian" / "tracker" / "data" / "json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(tracker))
    with served(place / "site") as urls:
        command = [str(VENV / "bin" / "ironhull"), "db", "update", "-q", *urls]
        subprocess.run(
            [*command, "--source", "debian-tracker"], check=True, env={**os.environ, **env}
        )


def _layout(place: Path, number: int) -> Path:
    """An OCI layout of the packages; `number` makes it another image."""
    status = "".join(
        f"Package: package{n}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1-1\n\n"
        for n in range(_PACKAGES)
    )
    files = {
        "etc/os-release": 'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n',
        "var/lib/dpkg/status": status,
        "etc/number": str(number),
    }
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    layer = packed.getvalue()
    config = {
        "architecture": "amd64",
        "os": "linux",
        "rootfs": {"type": "layers", "diff_ids": [_digest(layer)]},
    }
    kind = "application/vnd.oci.image"
    blobs = place / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{kind}.manifest.v1+json",
        "config": _put(blobs, json.dumps(config).encode(), f"{kind}.config.v1+json"),
        "layers": [_put(blobs, gzip.compress(layer, 6), f"{kind}.layer.v1.tar+gzip")],
    }
    entry = _put(blobs, json.dumps(manifest).encode(), f"{kind}.manifest.v1+json")
    (place / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))
    (place / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    return place


def _put(blobs: Path, data: bytes, kind: str) -> dict[str, Any]:
    digest = _digest(data)
    (blobs / digest.removeprefix("sha256:")).write_bytes(data)
    return {"mediaType": kind, "digest": digest, "size": len(data)}


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def main() -> None:
    from run import run

    begin = time.perf_counter()
    times, statements = judging(Path(sys.argv[1]), Path(sys.argv[2]), run)
    print(section(times, statements))
    print(f"{time.perf_counter() - begin:.0f} s in all", file=sys.stderr)


if __name__ == "__main__":
    main()
