"""Tables, sizes and count rows as Docker prints them; plain text, the same on every terminal.

Everything that came out of an image passes `safe`, so that a package name cannot move the cursor
or reorder a line of somebody's terminal.
"""

from __future__ import annotations

from collections.abc import Sequence

from ironhull.counts import Counts, count, coverage_notes, has_numbers, hidden_notes
from ironhull.errors import printable as safe
from ironhull.model import MadeWith, Problem, Report, Subject

__all__ = [
    "count_cells",
    "count_row",
    "coverage_table",
    "delta_row",
    "footer",
    "human_size",
    "image_size",
    "made_line",
    "plural",
    "problem_lines",
    "problems_of",
    "safe",
    "short_digest",
    "signed",
    "signed_size",
    "size_text",
    "table",
]

_LETTERS = "CHML?"
_UNITS = ("B", "kB", "MB", "GB", "TB", "PB", "EB")


def table(rows: Sequence[Sequence[str]], *, header: Sequence[str] = ()) -> list[str]:
    """The lines of a table with box-drawing rules; cells are left-aligned as they are given.

    A header is centred over a rule. Trailing blanks are cut, so equal data are equal text.
    """
    lines = [header, *rows] if header else list(rows)
    widths = [max(len(row[i]) for row in lines) for i in range(len(lines[0]))]
    out = []
    if header:
        out.append("│".join(f" {cell:^{w}} " for cell, w in zip(header, widths, strict=True)))
        out.append("┼".join("─" * (width + 2) for width in widths))
    out += ["│".join(f" {c:<{w}} " for c, w in zip(row, widths, strict=True)) for row in rows]
    return [line.rstrip() for line in out]


def count_row(counts: Counts) -> str:
    """`   0C     0H     1M    20L`, and `     2?` only where something is unspecified."""
    cells = [f"{n:>5}{letter}" for n, letter in zip(counts.by_severity, _LETTERS, strict=True)]
    return " ".join(cells if counts.unspecified else cells[:4])[1:]


def delta_row(new: Counts, old: Counts) -> str:
    """The signed differences under a count row; nothing where there is none."""
    deltas = [a - b for a, b in zip(new.by_severity, old.by_severity, strict=True)]
    return " ".join(f"{delta:>+6}" if delta else " " * 6 for delta in deltas)[1:].rstrip()


def count_cells(report: Report) -> list[str]:
    """The count row of a report and under it what was not checked; never a zero nobody checked."""
    rows = [count_row(count(report.findings))] if has_numbers(report) else []
    notes = (*coverage_notes(report), *hidden_notes(report))
    return rows + [f"   {safe(note)}" for note in notes]


def human_size(size: int) -> str:
    """`size` bytes in decimal units as Docker prints them: 68 MB, 6.8 MB, 512 B."""
    value, unit = float(abs(size)), 0
    while unit < len(_UNITS) - 1 and round(value, 1 if value < 10 else 0) >= 1000:
        value, unit = value / 1000, unit + 1
    digits = 1 if unit and round(value, 1) < 10 else 0
    return f"{value:.{digits}f} {_UNITS[unit]}"


def image_size(subject: Subject) -> int:
    """Bytes as stored; of a directory, which is not stored as layers, bytes on disk."""
    return subject.disk_size if subject.kind == "directory" else subject.content_size


def size_text(size: int) -> str:
    """`size` bytes as `human_size` says them; 0 is what a document that tells no size gives."""
    return human_size(size) if size else "unknown"


def signed_size(size: int, other: int) -> str:
    """` (-31 MB)` to stand behind `size`; nothing where sizes are equal or one is not known."""
    if not (size and other) or size == other:
        return ""
    return f" ({'-' if size < other else '+'}{human_size(size - other)})"


def signed(delta: int) -> str:
    """` (-57)` to stand behind a number; nothing where numbers are equal."""
    return f" ({delta:+})" if delta else ""


_STEP = 60  # characters shown of a Dockerfile step


def layer_name(diff_id: str, subject: Subject) -> str:
    """`layer 2 (RUN pip install flask)`: its number from 1 and the Dockerfile step, as known."""
    if diff_id not in subject.layers:
        return f"layer {short_digest(diff_id)}"
    number = subject.layers.index(diff_id)
    step = " ".join(subject.steps[number].split()) if number < len(subject.steps) else ""
    step = step.removeprefix("/bin/sh -c #(nop) ").removeprefix("/bin/sh -c ").strip()
    if len(step) > _STEP:
        step = f"{step[: _STEP - 1]}…"
    return f"layer {number + 1}{f' ({step})' if step else ''}"


def short_digest(digest: str) -> str:
    """The first 12 hexadecimal digits of a digest."""
    return safe(digest.partition(":")[2][:12] or digest[:12])


def plural(number: int, noun: str) -> str:
    """`1 package`, `2 packages`, `3 vulnerabilities`."""
    if number == 1:
        return f"{number} {noun}"
    return f"{number} {noun[:-1]}ies" if noun.endswith("y") else f"{number} {noun}s"


def coverage_table(report: Report) -> list[str]:
    """What was checked: scope, packages, how far, by which sources of what date."""
    if not report.coverage:
        return ["  nothing: no packages of a scope that advisories speak of"]
    rows = [
        (
            f" {safe(row.scope)}",
            f"{row.packages:>8}",
            row.checked,
            safe(", ".join(row.sources)),
            row.date[:10],
            safe(row.note),
        )
        for row in report.coverage
    ]
    return table(rows, header=("Scope", "Packages", "Checked", "Sources", "Date", "Note"))


def problems_of(report: Report) -> list[Problem]:
    """All trouble on the way, each once: of the SBOM first, then of the judgement."""
    return list(dict.fromkeys((*report.sbom.problems, *report.problems)))


def problem_lines(report: Report) -> list[str]:
    """Every problem met on the way, under a heading; nothing where there was none."""
    problems = problems_of(report)
    if not problems:
        return []
    rows = [f"  ! {safe(p.stage)}: {safe(p.where)}: {safe(p.message)}" for p in problems]
    return ["", f"Problems ({len(problems)})", "", *rows]


def footer(report: Report) -> str:
    """What the report was made with."""
    return made_line(report.made_with)


def made_line(made: MadeWith) -> str:
    """`made with ironhull 0.1.0, advisory data 0123456789ab of 2026-11-20T00:00:00Z`."""
    line = f"made with ironhull {made.ironhull}"
    if not made.index_digest:
        return f"{line}, no advisory data"
    date = f" of {made.index_date}" if made.index_date else ""
    return f"{line}, advisory data {short_digest(made.index_digest)}{date}"
