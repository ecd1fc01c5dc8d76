"""Building the advisory index and matching against it, beside what was promised.

    python bench/matching.py DATA HOME    DATA in the layout of the public sources, HOME made anew

The sources are served on 127.0.0.1 and fetched by `ironhull db update`, as a user would. The SBOMs
are made up of package names that the index knows and as many that it does not; images of a company
share most of their package versions, so those of the 1,000 do.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools import ROOT, VENV

if TYPE_CHECKING:
    from run import Cost

DATA = ROOT.parent / "shared" / "data"
_TYPES = {
    "PyPI": "pypi",
    "npm": "npm",
    "Go": "golang",
    "Maven": "maven",
    "crates.io": "cargo",
    "RubyGems": "gem",
    "Debian:12": "deb",
}
_URLS = {
    "osv": "osv",
    "debian-tracker": "debian/tracker/data/json",
    "alpine-secdb": "alpine/secdb",
    "wolfi-secdb": "wolfi/os/security.json",
    "kev": "kev/known_exploited_vulnerabilities.json",
    "epss": "epss/epss_scores-current.csv.gz",
}
_LARGE, _IMAGES, _PER_IMAGE, _POOL = 5_000, 1_000, 300, 4_000

Run = Callable[[list[str], dict[str, str]], "Cost"]


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def served(root: Path) -> Iterator[list[str]]:
    """`--url` options for the sources below `root`; what is not there is asked of nobody."""
    handler = partial(_Quiet, directory=str(root))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        names = subprocess.run(
            [str(VENV / "bin" / "python"), "-c", _BASES], check=True, capture_output=True, text=True
        ).stdout.split()
        try:
            yield [f"--url={name}={url}/{_URLS.get(name, f'none/{name}')}" for name in names]
        finally:
            server.shutdown()


_BASES = """
from ironhull.advisories import SOURCES
print(*sorted({source.base for source in SOURCES if source.base}))
"""


def building(data: Path, home: Path, run: Run) -> tuple[dict[str, Cost], int]:
    """What updates cost: the first, one without changes, one of a single record; the index's size.

    `home` is left with the index.
    """
    shutil.rmtree(home, ignore_errors=True)
    env = {"IRONHULL_HOME": str(home)}
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        for entry in data.iterdir():
            (root / entry.name).symlink_to(entry)
        (root / "osv").unlink()
        shutil.copytree(data / "osv", root / "osv", copy_function=os.symlink)
        with served(root) as urls:
            command = [str(VENV / "bin" / "ironhull"), "db", "update", "--all", "-q", *urls]
            costs = {"everything": run(command, env), "nothing changed": run(command, env)}
            _change(root / "osv" / "PyPI")
            costs["one record of PyPI changed"] = run(command, env)
    return costs, (home / "advisories" / "index.sqlite").stat().st_size


def _change(folder: Path) -> None:
    """Give the newest record of a bucket another date and a new range."""
    import zipfile

    path = folder / "modified_id.csv"
    first, *rest = path.read_text().splitlines()
    name = first.partition(",")[2]
    with zipfile.ZipFile(folder / "all.zip") as archive:
        record = json.loads(archive.read(f"{name}.json"))
    record["modified"] = "2026-11-21T12:00:00Z"
    for affected in record["affected"]:
        affected["versions"] = [*affected.get("versions", ()), "0.0.1"]
    path.unlink()  # a link to the data
    path.write_text("\n".join((f"{record['modified']},{name}", *rest)) + "\n")
    (folder / f"{name}.json").write_text(json.dumps(record))


def judging(home: Path) -> dict[str, float]:
    """Milliseconds of matching, see `_judge`; in a process of its own."""
    command = [str(VENV / "bin" / "python"), __file__, "--judge", str(home)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: dict[str, float] = json.loads(said)
    return found


def section(costs: dict[str, Cost], size: int, judged: dict[str, float]) -> str:
    """The text of docs/benchmarks.md."""
    rows = "".join(
        f"| {name} | {cost.wall:.1f} | {cost.cpu:.1f} | {cost.rss:.0f} |\n"
        for name, cost in costs.items()
    )
    images = "".join(
        f"| {name.removeprefix('image ')} | {value:.2f} |\n"
        for name, value in judged.items()
        if name.startswith("image ")
    )
    return (
        "## Advisory data\n\n"
        "`ironhull db update --all` from sources served on this machine: OSV's buckets of 13"
        " ecosystems (82 MB of archives), Debian's tracker (31 MB), secdb of Alpine and Wolfi, KEV"
        f" and EPSS. The index has {size / 1e6:.0f} MB. Memory is that of the largest process.\n\n"
        "| update | seconds | user + system | MiB |\n|---|---|---|---|\n"
        f"{rows}\n"
        f"Matching an SBOM of {_LARGE:,} packages with {judged['findings']:.0f} findings:"
        f" {judged['first']:.0f} ms in a new process with the index in the page cache (modules and"
        f" all), {judged['warm']:.0f} ms with another SBOM in the same process,"
        f" {judged['again']:.0f} ms again.\n\n"
        f"{_IMAGES:,} SBOMs of {_PER_IMAGE} packages, drawn from {_POOL:,} package versions as"
        " images of one company share them, in one process:\n\n"
        "| image | ms each |\n|---|---|\n"
        f"{images}"
    )


# ── in the process that is measured ──────────────────────────────────────────────────────────────


def _judge(home: Path) -> dict[str, float]:
    """Milliseconds: the first large SBOM with opening, another, that again; then image by image."""
    begin = time.perf_counter()
    from ironhull.match import Matcher
    from ironhull.store.advisories import AdvisoryIndex

    loaded = time.perf_counter() - begin
    choice = random.Random(1)  # the same SBOMs each time
    pool = _packages(home, choice)
    large = [_sbom(choice.sample(pool, _LARGE)) for _ in range(2)]
    small = _images(pool[:_POOL], choice)
    begin = time.perf_counter()
    matcher = Matcher(AdvisoryIndex.open(home / "advisories" / "index.sqlite"))
    matcher.match(large[0])
    times = {"first": 1000 * (time.perf_counter() - begin + loaded)}
    found = None
    for name in ("warm", "again"):
        begin = time.perf_counter()
        found = matcher.match(large[1])
        times[name] = 1000 * (time.perf_counter() - begin)
    assert found is not None
    times["findings"] = len(found.findings)
    # images come to a process that has seen none
    matcher = Matcher(AdvisoryIndex.open(home / "advisories" / "index.sqlite"))
    done = 0
    for until in (1, 10, 100, _IMAGES):
        begin = time.perf_counter()
        for sbom in small[done:until]:
            matcher.match(sbom)
        each = 1000 * (time.perf_counter() - begin) / (until - done)
        times[f"image {done + 1}" if until == 1 else f"image {done + 1} to {until}"] = each
        done = until
    return times


def _packages(home: Path, choice: random.Random) -> list[Any]:
    """Package versions, half of them of names that the index knows."""
    from ironhull.model import Package, Upstream

    with sqlite3.connect(home / "advisories" / "index.sqlite") as db:
        known = db.execute(
            f"SELECT scope, name FROM package WHERE scope IN ({', '.join('?' * len(_TYPES))})"
            " ORDER BY scope, name",
            list(_TYPES),
        ).fetchall()
    db.close()
    found = []
    for scope, name in choice.sample(known, _LARGE):
        kind = _TYPES[scope]
        for said in (name, f"{name}-x"):
            numbers = ".".join(str(choice.randrange(9)) for _ in range(3))
            version = {"deb": f"{numbers}-1", "golang": f"v{numbers}"}.get(kind, numbers)
            source = Upstream(said, version) if kind == "deb" else None
            found.append(
                Package(kind, said, version, upstream=source)
                if source
                else Package(kind, said, version)
            )
    choice.shuffle(found)
    return found


def _images(pool: Sequence[Any], choice: random.Random) -> list[Any]:
    """SBOMs whose packages repeat: the first of the pool in most of them, the last in few."""
    weights = [1 / (place + 10) for place in range(len(pool))]
    return [
        _sbom(list({id(p): p for p in choice.choices(pool, weights, k=_PER_IMAGE)}.values()))
        for _ in range(_IMAGES)
    ]


def _sbom(packages: Sequence[Any]) -> Any:
    from ironhull.model import Distro, Sbom, Subject

    return Sbom(Subject("image"), Distro("debian", "12", "bookworm"), tuple(packages))


def main() -> None:
    if sys.argv[1] == "--judge":
        print(json.dumps(_judge(Path(sys.argv[2]))))
        return
    from run import run

    home = Path(sys.argv[2])
    costs, size = building(Path(sys.argv[1]), home, run)
    print(section(costs, size, judging(home)))


if __name__ == "__main__":
    main()
