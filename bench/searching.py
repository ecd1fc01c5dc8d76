"""What a search for secrets costs beside Trivy's: cold, on an image of packages and one of sources.

    python bench/searching.py DIRECTORY    the images in DIRECTORY, as bench/run.py makes them

Both tools search for secrets only. Ironhull reads every layer, verifies it, and searches below /usr
and in node_modules too, where Trivy does not look; the image of sources has text where both look.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import shutil
import sys
import sysconfig
import tarfile
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tools import VENV, Command

if TYPE_CHECKING:
    from run import Cost

_ROUNDS = 3
_COPIES = 8  # of Python's standard library
_TEXT = (".py", ".txt", ".h", ".rst", ".toml", ".cfg", ".json")

Run = Callable[[list[str], dict[str, str]], "Cost"]


def searching(
    images: Sequence[Path], run: Run, *, rounds: int = _ROUNDS
) -> dict[str, dict[str, Cost]]:
    """The median cost by image and tool, each run with empty caches; tools take turns."""
    found: dict[str, dict[str, Cost]] = {}
    for image in images:
        costs: dict[str, list[Cost]] = {}
        for _ in range(rounds):
            for name, command in _commands().items():
                with tempfile.TemporaryDirectory() as cache:
                    costs.setdefault(name, []).append(run(*command(image, Path(cache))))
        found[image.name] = {
            name: sorted(each, key=lambda cost: cost.wall)[len(each) // 2]
            for name, each in costs.items()
        }
    return found


def _commands() -> dict[str, Callable[[Path, Path], Command]]:
    made = {"ironhull": _ironhull}
    if (VENV / "bin" / "trivy").exists():
        made["trivy"] = _trivy
    return made


def _ironhull(image: Path, cache: Path) -> Command:
    words = [str(VENV / "bin" / "ironhull"), "scan", f"oci-dir://{image}"]
    return [*words, "--scanners", "secret", "--format", "json", "-q"], {"IRONHULL_HOME": str(cache)}


def _trivy(image: Path, cache: Path) -> Command:
    words = [str(VENV / "bin" / "trivy"), "image", "--input", str(image), "--scanners", "secret"]
    words += ["--format", "json", "--offline-scan", "--skip-version-check", "--disable-telemetry"]
    return [*words, "-q", "--cache-dir", str(cache)], {}


def section(found: dict[str, dict[str, Cost]]) -> str:
    """The text of docs/benchmarks.md."""
    lines = []
    for image, costs in found.items():
        cells = [f"{c.wall:.2f} / {c.cpu:.2f} / {c.rss:.0f}" for c in costs.values()]
        ours = costs["ironhull"].wall
        ratio = f"{costs['trivy'].wall / ours:.1f}" if "trivy" in costs else ""
        lines.append(f"| {image} | {' | '.join(cells)} | {ratio} |")
    return (
        "## Secrets\n\n"
        "Cold, searching for secrets only. *sources* is the standard library of Python, "
        f"{_COPIES} times below srv/app.\n\n"
        "| image | Ironhull | trivy | ratio trivy |\n| --- | --- | --- | --- |\n"
        + "\n".join(lines)
        + "\n"
    )


# ── an image of text ─────────────────────────────────────────────────────────────────────────────


def sources(place: Path) -> Path:
    """An OCI layout of one gzip layer with text below srv/app; made where it is not there."""
    layout = place / "sources.oci"
    if (layout / "index.json").exists():
        return layout
    shutil.rmtree(layout, ignore_errors=True)
    blobs = layout / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    tar = _tar()
    packed = gzip.compress(tar, 6, mtime=0)
    layer = _put(blobs, packed, "application/vnd.oci.image.layer.v1.tar+gzip")
    diff_id = f"sha256:{hashlib.sha256(tar).hexdigest()}"
    rootfs = {"type": "layers", "diff_ids": [diff_id]}
    config = {"architecture": "amd64", "os": "linux", "config": {}, "rootfs": rootfs}
    described = _put(blobs, _json(config), "application/vnd.oci.image.config.v1+json")
    kind = "application/vnd.oci.image.manifest.v1+json"
    manifest = {"schemaVersion": 2, "mediaType": kind, "config": described, "layers": [layer]}
    entry = _put(blobs, _json(manifest), kind)
    entry["annotations"] = {"org.opencontainers.image.ref.name": "bench/sources:1"}
    (layout / "oci-layout").write_bytes(_json({"imageLayoutVersion": "1.0.0"}))
    (layout / "index.json").write_bytes(_json({"schemaVersion": 2, "manifests": [entry]}))
    return layout


def _tar() -> bytes:
    library = Path(sysconfig.get_path("stdlib"))
    files = sorted(
        path
        for path in library.rglob("*")
        if path.suffix in _TEXT and path.is_file() and "site-packages" not in path.parts
    )
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for copy in range(_COPIES):
            for path in files:
                if {"test", "tests"}.isdisjoint(path.parts):
                    data = path.read_bytes()
                    entry = tarfile.TarInfo(f"srv/app/{copy}/{path.relative_to(library)}")
                    entry.size = len(data)
                    tar.addfile(entry, io.BytesIO(data))
    return packed.getvalue()


def _put(blobs: Path, data: bytes, kind: str) -> dict[str, object]:
    digest = hashlib.sha256(data).hexdigest()
    (blobs / digest).write_bytes(data)
    return {"mediaType": kind, "digest": f"sha256:{digest}", "size": len(data)}


def _json(document: object) -> bytes:
    return json.dumps(document).encode()


def main() -> None:
    from run import run

    place = Path(sys.argv[1])
    fat = place / "fat.oci"
    images = [sources(place), *([fat] if fat.exists() else [])]
    sys.stdout.write(section(searching(images, run)))


if __name__ == "__main__":
    main()
