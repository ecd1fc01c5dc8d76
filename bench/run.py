"""Time and memory of reading images, beside Trivy and Syft, interleaved, on this machine.

    make bench                       all images; writes docs/benchmarks.md
    python bench/run.py DIRECTORY    the images in DIRECTORY (made there if missing)
    python bench/run.py DIRECTORY NAME…   these images only, and no page is written

Every image is read once before its rounds, so that all find it in the page cache. Cold runs begin
with empty caches, warm ones with those of one run before. Ironhull verifies the digest and the
diff_id of every layer; the peers verify neither.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path

import matching as matching_bench
from memory import peak
from report import write_page
from tools import ROOT, VENV, Tool, ironhull, packages, tools

import policies as policies_bench
import searching as searching_bench
import statements as statements_bench
from images import make

STARTS = 20
_FLOOR = """
import json, pathlib, sys, time
from isal import igzip_lib
layout = pathlib.Path(sys.argv[1])
blob = lambda d: layout / "blobs" / d["digest"].replace(":", "/")
(entry,) = json.loads((layout / "index.json").read_bytes())["manifests"]
layers = json.loads(blob(entry).read_bytes())["layers"]
begin = time.perf_counter()
for layer in layers:
    with blob(layer).open("rb") as file:
        decoder = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
        while piece := file.read(1 << 18):
            while True:
                decoder.decompress(piece, 1 << 17)
                piece = b""
                if decoder.needs_input or decoder.eof:
                    break
print(time.perf_counter() - begin)
"""


@dataclass(frozen=True)
class Cost:
    """What a run took: wall seconds, user + system seconds, MiB of memory at its largest."""

    wall: float
    cpu: float
    rss: float


@dataclass
class Row:
    """The medians over one image: by tool, cold and warm; packages by tool and purl type.

    `anew` is Ironhull with its SBOM in the cache and its answer not: the document is written again.
    """

    image: Path
    cold: dict[str, Cost] = field(default_factory=dict)
    warm: dict[str, Cost] = field(default_factory=dict)
    found: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    anew: Cost | None = None
    floor: float = 0.0


def run(command: list[str], env: dict[str, str], output: Path | None = None) -> Cost:
    """Run a command to its end and read what the kernel charged for it."""
    begin = time.perf_counter()
    with (output or Path(os.devnull)).open("wb") as sink:
        process = subprocess.Popen(
            command,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "", **env},
            stdout=sink,
            stderr=subprocess.PIPE,
        )
        assert process.stderr is not None
        errors = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begin
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{' '.join(command)} failed: {errors.decode(errors='replace')[-500:]}")
    rss = usage.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)
    return Cost(wall, usage.ru_utime + usage.ru_stime, rss)


def median(costs: list[Cost]) -> Cost:
    return Cost(
        *(statistics.median(getattr(c, name) for c in costs) for name in ("wall", "cpu", "rss"))
    )


def _read_once(image: Path) -> None:
    for path in [image] if image.is_file() else sorted(image.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                while file.read(1 << 22):
                    pass


def measure(image: Path) -> Row:
    """Cold and warm medians of all tools over one image, rounds interleaved."""
    row = Row(image)
    _read_once(image)
    chosen = tools()
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        cold: dict[str, list[Cost]] = {tool.name: [] for tool in chosen}
        for tool in chosen:
            cost, row.found[tool.name] = _list(tool, image, place)
            if not tool.caches:
                cold[tool.name].append(cost)
        warm: dict[str, list[Cost]] = {tool.name: [] for tool in chosen if tool.caches}
        anew: list[Cost] = []
        for number in range(max(tool.rounds for tool in chosen)):
            for tool in chosen:
                if number < tool.rounds:
                    fresh = place / f"{tool.name}-{number}"
                    cold[tool.name].append(run(*tool.command(image, fresh)))
                    shutil.rmtree(fresh, ignore_errors=True)
                if tool.caches:
                    kept = place / f"{tool.name}-kept"
                    warm[tool.name].append(run(*tool.command(image, kept)))
            anew.append(run(*_written_anew(image, place)))
        row.cold = {t.name: _with_memory(t, image, place, median(cold[t.name])) for t in chosen}
    row.anew = median(anew)
    row.warm = {name: median(costs) for name, costs in warm.items()}
    if image.is_dir() and not image.stem.endswith("-zst"):
        row.floor = _floor(image)
    return row


def _with_memory(tool: Tool, image: Path, place: Path, cost: Cost) -> Cost:
    """The cost of a cold run with the memory of all its processes, from a run of its own."""
    if not tool.forks:
        return cost
    fresh = place / f"{tool.name}-memory"
    held = peak(*tool.command(image, fresh))
    shutil.rmtree(fresh, ignore_errors=True)
    return cost if held is None else replace(cost, rss=held)


def _list(tool: Tool, image: Path, place: Path) -> tuple[Cost, dict[str, set[str]]]:
    """What listing costs and finds; fills the cache its warm runs use."""
    output = place / "document.json"
    cost = run(*tool.command(image, place / f"{tool.name}-kept"), output=output)
    # the kernel counts what this process held against every program it starts: it must stay small
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as elsewhere:
        return cost, elsewhere.submit(packages, output).result()


def _written_anew(image: Path, place: Path) -> tuple[list[str], dict[str, str]]:
    """Output to a file is never answered from an earlier run's output."""
    command, env = ironhull(image, place / "ironhull-kept")
    return [*command, "--output", f"cyclonedx={place / 'anew.json'}"], env


def _floor(image: Path) -> float:
    """Seconds one core needs to inflate all layers with igzip and do nothing else."""
    command = [str(VENV / "bin" / "python"), "-c", _FLOOR, str(image)]
    times = [
        float(subprocess.run(command, check=True, capture_output=True).stdout) for _ in range(3)
    ]
    return statistics.median(times)


def start_up() -> dict[str, float]:
    """Milliseconds of `ironhull --version` and of a Python that does nothing."""
    commands = {
        "python -c pass": [str(VENV / "bin" / "python"), "-c", "pass"],
        "ironhull --version": [str(VENV / "bin" / "ironhull"), "--version"],
    }
    walls: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(STARTS):
        for name, command in commands.items():
            walls[name].append(run(command, {}).wall)
    return {name: 1000 * statistics.median(found) for name, found in walls.items()}


def matching(image: Path, advisories: Path) -> dict[str, Cost] | None:
    """Warm `cves` beside warm `sbom`, with the advisory index in the directory `advisories`."""
    if not (advisories / "advisories").is_dir():
        return None
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        shutil.copytree(advisories / "advisories", home / "advisories")
        costs: dict[str, list[Cost]] = {"sbom": [], "cves": []}
        for number in range(8):
            for name, found in costs.items():
                cost = run(*ironhull(image, home, name))
                if number:
                    found.append(cost)
    return {name: median(found) for name, found in costs.items()}


def advisory_data(home: Path) -> str:
    """What updates of advisory data and matching cost, where real data lies beside the project."""
    if not matching_bench.DATA.is_dir():
        return ""
    costs, size = matching_bench.building(matching_bench.DATA, home, run)
    return matching_bench.section(costs, size, matching_bench.judging(home))


def statements(place: Path) -> str:
    """What statements of exploitability cost, where public ones lie beside the project."""
    if not matching_bench.DATA.is_dir():
        return ""
    return statements_bench.section(*statements_bench.judging(matching_bench.DATA, place, run))


def policies(image: Path, home: Path) -> str:
    """What policies add to `quickview`, with the advisory data in `home`."""
    home.mkdir(parents=True, exist_ok=True)
    return policies_bench.section(policies_bench.judging(image, home, run))


def secrets(out: Path) -> str:
    """What searching for secrets costs, on the largest image and on one of sources."""
    fat = out / "fat.oci"
    images = [searching_bench.sources(out), *([fat] if fat.exists() else [])]
    return searching_bench.section(searching_bench.searching(images, run))


def main() -> None:
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "bench-out"
    rows = []
    for image in make(out, sys.argv[2:]):
        rows.append(measure(image))
        _say(rows[-1])
    if len(sys.argv) <= 2:
        kept = Path(os.environ.get("BENCH_ADVISORIES", str(out / "advisories")))
        judged = matching(out / "slim.oci", kept)
        told = "\n".join(
            (
                advisory_data(out / "advisory-data"),
                statements(out / "statements"),
                policies(out / "slim.oci", kept),
                secrets(out),
            )
        )
        write_page(ROOT / "docs" / "benchmarks.md", rows, start_up(), judged, told)


def _say(row: Row) -> None:
    cells = [f"{row.image.name:<16}"]
    for name, cost in row.cold.items():
        cells.append(f"{name} {cost.wall:6.2f} {cost.cpu:6.2f} {cost.rss:5.0f}")
        if name in row.warm:
            cells.append(f"warm {row.warm[name].wall:5.3f}")
    print("  ".join(cells), flush=True)


if __name__ == "__main__":
    main()
