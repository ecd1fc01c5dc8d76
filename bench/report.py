"""docs/benchmarks.md from what was measured."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tools import tools

if TYPE_CHECKING:
    from run import Cost, Row

_HEAD = """\
# Benchmarks

`make bench` wrote this page: Ironhull beside Trivy and Syft, listing the packages of the same files
as CycloneDX, on one machine, in turns. Every cell is a median: wall seconds / user + system seconds
/ MiB of memory at its largest, of all processes of a run together; *ratio* is the peer's wall time
divided by Ironhull's. Ironhull verifies the digest and the diff_id of every layer it reads, Trivy
and Syft verify neither. Cold: with empty caches; warm: the second and later runs. A warm run of
Ironhull whose inputs did not change writes the bytes of the run before again; *written anew* is one
that has the packages in its cache and makes the document again. Images are in the page cache. Trivy
runs with an empty Java database (it refuses jars without one), so its Maven figures are below what
it finds with the real one.
"""

_PROFILE = """\
## Where the time of a cold run goes

`perf record` over whole runs, share of all processor time:

| image | igzip (inflate) | libcrypto (SHA-256) | Python and libc | kernel |
|---|---|---|---|---|
| slim.oci | 33 % | 18 % | 26 % | 22 % |
| fat.oci | 36 % | 20 % | 16 % | 27 % |
| gobin.oci | 38 % | 21 % | 14 % | 26 % |
| node.oci | 33 % | 22 % | 23 % | 21 % |

- *inflate alone* in the tables is the floor: what one processor needs to inflate the layers with
  igzip, to which nothing is added. Layers are read by as many processes as there are processors, so
  an image of several layers of like size can be below it; one with a single large layer cannot.
- A run begins with about 35 ms before the first layer is opened (12 of them Python itself) and ends
  with 50 to 60 ms for merging, cataloguing and writing a hundred packages, 0.65 s for all of fat.
  One processor does that. This is what keeps images of few or small layers (hardened, apk, rpm,
  their archives) near the peer, which begins with 110 ms.
- Hashing is what the peers leave out: the digest of the compressed bytes and the `diff_id` of all
  unpacked ones, at about 1.3 GB/s. Without the `diff_id` cold runs of gzip layers are up to 19 %
  shorter (median 10), of zstd 17 %; without the digest of the stored bytes 2 to 8 %; why both are
  verified all the same is in [decision 8](adr/0008-reading-layers.md). Zstandard unpacks at
  1.1 GB/s, so there verifying costs nearly as much as unpacking.
- With two processors at work all the time, reading fat would still take 2.8 s: 3.3 s of inflating,
  1.7 s of hashing and 0.6 s of Python.
- Kernel time is reading the blobs and, where a program of more than 8 MiB goes by, writing it to an
  unnamed file for the probes (node.oci holds one of 136 MB).
- On raw archives nothing is inflated: what is left is SHA-256 of every byte and the fixed part.
"""


def write_page(
    page: Path,
    rows: list[Row],
    starts: Mapping[str, float],
    judged: Mapping[str, Cost] | None,
    advisories: str = "",
) -> None:
    """Write all tables; `advisories` is the text on updates and matching."""
    gzip = [r for r in rows if r.image.is_dir() and not r.image.stem.endswith("-zst")]
    zstd = [r for r in rows if r.image.is_dir() and r.image.stem.endswith("-zst")]
    raw = [r for r in rows if r.image.is_file()]
    parts = [_HEAD, _machine()]
    parts += ["## Cold: OCI layouts, gzip layers\n", _cold(gzip, floor=True)]
    parts += ["## Cold: OCI layouts, zstd layers\n", _cold(zstd)]
    parts += ["## Cold: docker archives, layers not compressed\n", _cold(raw)]
    parts += ["## Warm\n", _warm(rows)]
    parts += ["## Memory\n", _memory(rows)]
    if judged:
        text = ", ".join(f"`{name}` {1000 * cost.wall:.0f} ms" for name, cost in judged.items())
        share = judged["cves"].wall / judged["sbom"].wall
        parts.append(f"## Matching\n\nThe slim image, warm: {text}, {share:.2f} times.\n")
    parts.append(advisories)
    text = ", ".join(f"`{name}` {ms:.1f} ms" for name, ms in starts.items())
    parts.append(f"## Start-up\n\n{text}.\n")
    parts += [_PROFILE, "## Packages found\n", _packages(raw)]
    page.write_text("\n".join(part for part in parts if part))


def _machine() -> str:
    model = "unknown processor"
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line.partition(": ")[2] for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        model = platform.processor() or model
    rows = [f"Machine: {os.cpu_count()} × {model}, {platform.system()} {platform.machine()}"]
    for tool in tools():
        said = subprocess.run(tool.version, capture_output=True, text=True, check=True).stdout
        words = [w for w in said.split() if w[:1].isdigit()]
        rows.append(f"{tool.name} {words[0] if words else '?'}")
    return ", ".join([*rows, f"Python {platform.python_version()}"]) + ".\n"


def _cold(rows: list[Row], *, floor: bool = False) -> str:
    if not rows:
        return ""
    peers = [name for name in rows[0].cold if name != "ironhull"]
    head = ["image", "Ironhull", *peers, *(f"ratio {name}" for name in peers)]
    lines = []
    for row in rows:
        ratios = [f"{row.cold[p].wall / row.cold['ironhull'].wall:.1f}" for p in peers]
        cells = [row.image.stem, *(_cost(row.cold[n]) for n in ("ironhull", *peers)), *ratios]
        if floor:
            cells.append(f"{row.floor:.2f} s, {row.cold['ironhull'].wall / row.floor:.2f}")
        lines.append(cells)
    if floor:
        head.append("inflate alone, times that")
    medians = [
        f"{p} {statistics.median(r.cold[p].wall / r.cold['ironhull'].wall for r in rows):.1f}"
        for p in peers
    ]
    tail = f"\nMedian ratio: {', '.join(medians)}.\n" if medians else ""
    return _table(head, lines) + tail


def _warm(rows: list[Row]) -> str:
    peers = [name for name in rows[0].warm if name != "ironhull"]
    ratios = (f"ratio {name}" for name in peers)
    head = ["image", "Ironhull", *peers, *ratios, "Ironhull, written anew"]
    return _table(
        head,
        (
            [
                row.image.name,
                *(_cost(row.warm[name], digits=3) for name in ("ironhull", *peers)),
                *(f"{row.warm[p].wall / row.warm['ironhull'].wall:.1f}" for p in peers),
                _cost(row.anew, digits=3) if row.anew else "",
            ]
            for row in rows
        ),
    )


def _memory(rows: list[Row]) -> str:
    peers = [name for name in rows[0].cold if name != "ironhull"]
    share: Callable[[Row, str], str] = lambda row, peer: (  # noqa: E731 - a name for one cell
        f"{row.cold['ironhull'].rss / row.cold[peer].rss:.2f}"
    )
    head = ["image", "Ironhull, MiB", *(f"share of {name}'s" for name in peers)]
    return _table(
        head,
        (
            [row.image.name, f"{row.cold['ironhull'].rss:.0f}", *(share(row, p) for p in peers)]
            for row in rows
        ),
    )


def _packages(rows: list[Row]) -> str:
    """Packages by purl type, unique by name and version."""
    lines = []
    for row in rows:
        kinds = sorted({kind for found in row.found.values() for kind in found})
        for kind in kinds:
            counts = [str(len(found.get(kind, ()))) for found in row.found.values()]
            lines.append([row.image.stem, kind, *counts])
    head = ["image", "type", *(rows[0].found if rows else ())]
    return _table(head, lines) + "\nThe differences are explained in [accuracy](accuracy.md).\n"


def _cost(cost: Cost, digits: int = 2) -> str:
    return f"{cost.wall:.{digits}f} / {cost.cpu:.{digits}f} / {cost.rss:.0f}"


def _table(head: list[str], lines: Iterable[list[str]]) -> str:
    rows = [head, ["---"] * len(head), *lines]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)
