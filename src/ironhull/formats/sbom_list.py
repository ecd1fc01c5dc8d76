"""The packages of an SBOM as a table: name, version, type."""

from __future__ import annotations

from collections import Counter

from ironhull.formats.text_table import layer_name, safe
from ironhull.model import Package, Sbom

__all__ = ["write_list"]

_HEADINGS = ("Name", "Version", "Type")


def write_list(sbom: Sbom, *, created: str = "") -> bytes:
    """A text table, one package a line, and what the table adds up to; `created` is not used."""
    del created
    rows = [(safe(p.name), safe(p.version), p.ecosystem + _removed(p, sbom)) for p in sbom.packages]
    widths = [max((len(r[n]) for r in (*rows, _HEADINGS)), default=0) for n in range(3)]
    lines = [_line(_HEADINGS, widths), "─" * (sum(widths) + 8)]
    lines += [_line(row, widths) for row in rows]
    lines += ["", _summary(sbom)]
    lines += [
        f"warning: {safe(p.stage)}: {safe(p.where)}: {safe(p.message)}" for p in sbom.problems
    ]
    return ("\n".join(lines) + "\n").encode("utf-8", "replace")


def _line(cells: tuple[str, str, str], widths: list[int]) -> str:
    text = "   ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return f"  {text.rstrip()}"


def _summary(sbom: Sbom) -> str:
    counted = sbom.counted
    kinds = Counter(package.ecosystem for package in counted)
    by_kind = ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items()))
    text = f"{len(counted)} package{'' if len(counted) == 1 else 's'}"
    text += f" ({by_kind})" if by_kind else ""
    removed = len(sbom.removed)
    if removed:
        text += f"; {removed} more were removed by later layers and still ship"
    owned = len(sbom.packages) - len(sbom.judged)
    if owned:
        text += f"; {owned} more belong to one of them and are not counted again"
    return text


def _removed(package: Package, sbom: Sbom) -> str:
    if not package.removed_in:
        return ""
    return f"   removed in {safe(layer_name(package.removed_in, sbom.subject))}"
