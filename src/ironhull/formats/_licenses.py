"""Licences in every format: sections of texts, rows of documents.

Lists hold what `commands._licensing.of_concern` leaves; JSON holds all, each with what lists say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ironhull.formats._grid import grid, wrapped
from ironhull.formats._html import table as html_table
from ironhull.formats._html import text
from ironhull.formats._markdown import bounded, cell
from ironhull.formats.text_table import plural, safe
from ironhull.model import LICENSE_CATEGORIES, SEVERITIES, LicenseFinding, Report

__all__ = [
    "html_licenses",
    "license_key",
    "license_lines",
    "license_name",
    "license_sentence",
    "licenses_json",
    "markdown_licenses",
]

_NONE = "none told"
_WIDTH = 60  # characters of a line of a cell
_HEADING = "Licences"
_HEADER = ("Package", "Type", "License", "Category", "Severity", "Because")
_MANY = 100  # licences in a Markdown document


def license_name(found: LicenseFinding) -> str:
    """The expression, or that there is none."""
    return found.license or _NONE


def license_key(found: LicenseFinding) -> str:
    """What a licence is of: the package URL, or the path."""
    return found.package.purl if found.package is not None else found.path


def license_sentence(found: LicenseFinding) -> str:
    """What is said of it in one line: `bash 5.2 is under GPL-3.0-or-later (restricted)`."""
    package = found.package
    what = f"{package.name} {package.version}".rstrip() if package is not None else found.path
    said = f"is under {found.license}" if found.license else "tells no licence"
    if package is None:
        said = f"holds the text of {found.license}" if found.license else "holds an unknown text"
    because = f": {found.because}" if found.because else ""
    return safe(f"{what} {said} ({found.category}){because}")


# ── texts ────────────────────────────────────────────────────────────────────────────────────────


def license_lines(report: Report, shown: Sequence[LicenseFinding]) -> list[str]:
    """The section of a text; none where nobody looked."""
    if report.licenses is None:
        return []
    lines = ["", _HEADING, "=" * len(_HEADING), _total(shown), *_overview(report.licenses)]
    denied = [found for found in shown if found.state == "denied"]
    if denied:
        rows = [(_what(f), _kind(f), safe(license_name(f)), safe(f.because)) for f in denied]
        cells = [tuple(wrapped(cell, _WIDTH) for cell in row) for row in rows]
        lines += ["", f"Denied: {len(denied)}", ""]
        lines += grid(("Package", "Type", "License", "Because"), cells)
    rest = [found for found in shown if found.state != "denied"]
    if rest:
        lines += ["", *grid(("Package", "Type", "License", "Category", "Severity"), _cells(rest))]
    return lines


def _total(shown: Sequence[LicenseFinding]) -> str:
    numbers = Counter(found.severity for found in shown)
    words = [f"{_severity(name)}: {numbers[name]}" for name in reversed(SEVERITIES)]
    return f"Total: {len(shown)} ({', '.join(words)})"


def _overview(licenses: Sequence[LicenseFinding]) -> Iterator[str]:
    """What there is before anything is filtered, and how much of it is allowed."""
    packages = {found.package.purl for found in licenses if found.package is not None}
    files = {found.path for found in licenses if found.package is None}
    numbers = Counter(found.category for found in licenses)
    words = [f"{numbers[name]} {name}" for name in LICENSE_CATEGORIES if numbers[name]]
    of = plural(len(packages), "package") + (f" and {plural(len(files), 'file')}" if files else "")
    yield f"       {of}: {', '.join(words) or 'no licences'}"
    untold = len({license_key(found) for found in licenses if not found.license})
    if untold:
        yield f"       {untold} of them tell no licence"
    allowed = sum(found.state == "allowed" for found in licenses)
    if allowed:
        yield f"       {plural(allowed, 'licence')} allowed by lists: not listed"


def _cells(licenses: Iterable[LicenseFinding]) -> list[tuple[str, ...]]:
    """A row for each package (or file) and category, with all its licences of that."""
    joined: dict[tuple[str, ...], dict[str, None]] = {}
    for found in licenses:
        key = (license_key(found), _what(found), _kind(found), found.category, found.severity)
        joined.setdefault(key, {})[safe(license_name(found))] = None
    return [
        (wrapped(what, _WIDTH), kind, wrapped(", ".join(names), _WIDTH), category, _severity(level))
        for (_, what, kind, category, level), names in joined.items()
    ]


def _what(found: LicenseFinding) -> str:
    return safe(found.package.name if found.package is not None else found.path)


def _kind(found: LicenseFinding) -> str:
    return safe(found.package.ecosystem) if found.package is not None else "file"


def _severity(severity: str) -> str:
    return "UNKNOWN" if severity == "unspecified" else severity.upper()


# ── documents ────────────────────────────────────────────────────────────────────────────────────


def licenses_json(report: Report) -> dict[str, Any] | None:
    """`licenses` of a report; None where nobody looked."""
    if report.licenses is None:
        return None
    return {
        "total": len(report.licenses),
        "denied": sum(found.state == "denied" for found in report.licenses),
        "findings": [_json(found) for found in report.licenses],
    }


def _json(found: LicenseFinding) -> dict[str, Any]:
    package = found.package
    made: dict[str, Any] = {
        "license": found.license or None,
        "category": found.category,
        "severity": found.severity,
        "state": found.state or None,
        "because": found.because,
        "source": found.source,
        "path": found.path,
        "layer": found.layer,
    }
    if found.source == "text":
        made["coverage"] = found.coverage or None
    if package is not None:
        made["package"] = {"name": package.name, "version": package.version, "purl": package.purl}
    return made


# ── Markdown, HTML ───────────────────────────────────────────────────────────────────────────────


def markdown_licenses(report: Report, shown: Sequence[LicenseFinding]) -> Iterator[str]:
    """A heading and a table of the first licences; nothing where nobody looked."""
    if report.licenses is None:
        return
    yield from ("", f"### Licences: {_counted(shown)}")
    if shown:
        yield from ("", f"| {' | '.join(_HEADER)} |", "| --- | --- | --- | --- | --- | --- |")
    for found in shown[:_MANY]:
        yield f"| {' | '.join(cell(bounded(safe(each), 2 * _WIDTH)) for each in _row(found))} |"
    if len(shown) > _MANY:
        yield from ("", f"and {len(shown) - _MANY} more")


def html_licenses(report: Report, shown: Sequence[LicenseFinding]) -> str:
    """A table of the licences; "" where nobody looked."""
    if report.licenses is None:
        return ""
    rows = [[*map(text, _row(found))] for found in shown]
    listed = html_table(_HEADING, _HEADER, rows) if rows else ""
    return (
        '<section aria-labelledby="licences">\n<h2 id="licences">Licences</h2>\n'
        f"<p>{text(_counted(shown))}</p>\n{listed}</section>\n"
    )


def _counted(shown: Sequence[LicenseFinding]) -> str:
    """`3 listed (1 denied, 2 restricted)`."""
    denied = sum(found.state == "denied" for found in shown)
    numbers = Counter(found.category for found in shown if found.state != "denied")
    words = [f"{numbers[name]} {name}" for name in LICENSE_CATEGORIES if numbers[name]]
    words = [f"{denied} denied", *words] if denied else words
    return f"{len(shown)} listed" + (f" ({', '.join(words)})" if words else "")


def _row(found: LicenseFinding) -> tuple[str, ...]:
    package = found.package
    what = f"{package.name} {package.version}".rstrip() if package is not None else found.path
    name = license_name(found)
    return (what, _kind(found), name, found.category, _severity(found.severity), found.because)
