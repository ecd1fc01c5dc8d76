"""`cves` as text: an overview, then every affected package, worst first, with its findings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ironhull.counts import (
    Affected,
    by_package,
    count,
    coverage_notes,
    finding_order,
    has_numbers,
    vulnerability_id,
)
from ironhull.formats._ignored import document_lines, hidden_lines, rule_lines
from ironhull.formats.text_table import (
    count_cells,
    count_row,
    coverage_table,
    footer,
    image_size,
    layer_name,
    plural,
    problem_lines,
    safe,
    short_digest,
    size_text,
    table,
)
from ironhull.model import (
    SEVERITIES,
    Advisory,
    Cvss,
    Finding,
    LicenseFinding,
    Range,
    Report,
    SecretFinding,
    Subject,
)
from ironhull.values import dataclass, replace

__all__ = [
    "Shown",
    "affected_range",
    "best_cvss",
    "epss_percent",
    "fixed_version",
    "link",
    "percentile",
    "write_cves",
    "write_ids",
]

_NOT_FIXED = {
    "fixed": "not known",
    "unfixed": "not fixed",
    "will-not-fix": "will not fix",
    "end-of-life": "end of life, not fixed",
    "undetermined": "undetermined",
}
"""The words for a finding without a fixed version, by its status."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Which findings to print, the `filters` that chose them, and how much of each to tell.

    `ignored` are the findings that the filters leave and an ignore rule or a VEX statement hides:
    machine formats hold them too, marked, however they come (here or among `findings`); texts list
    them with `show_ignored`. `secrets` are those that the filters leave, the ignored ones too,
    `licenses` those that filters and lists leave.
    """

    findings: tuple[Finding, ...]
    filters: tuple[str, ...] = ()
    epss: bool = False
    locations: bool = False
    details: bool = False
    ignored: tuple[Finding, ...] = ()
    show_ignored: bool = False
    secrets: tuple[SecretFinding, ...] = ()
    licenses: tuple[LicenseFinding, ...] = ()

    def packages(self, report: Report) -> tuple[Affected, ...]:
        """The packages with a finding shown, worst first by what is shown.

        Their counts are of all findings of the report: a filter changes what is listed, no row.
        With `epss` the findings of a package come by their score, what has none last.
        """
        whole = {_key(affected): affected.counts for affected in by_package(report.findings)}
        return tuple(
            replace(
                affected,
                counts=whole[_key(affected)],
                findings=tuple(sorted(affected.findings, key=_by_score))
                if self.epss
                else affected.findings,
            )
            for affected in by_package(self.findings)
        )

    def hidden(self, report: Report) -> str:
        """`showing 3 of 21 findings: --only-fixed`; nothing where no filter is set."""
        if not self.filters:
            return ""
        numbers = f"{len(self.findings)} of {plural(len(report.effective), 'finding')}"
        return f"showing {numbers}: {' '.join(safe(f) for f in self.filters)}"


def write_cves(report: Report, shown: Shown) -> str:
    """Overview, packages and vulnerabilities, totals of the whole image, what was checked."""
    lines = ["## Overview", "", *_overview(report), "", "## Packages and Vulnerabilities", ""]
    if hidden := shown.hidden(report):
        lines += [hidden, ""]
    for affected in shown.packages(report):
        lines += _package(affected, shown, report.sbom.subject)
    lines += _trailer(report)
    if hidden:
        lines += ["", hidden]
    lines += hidden_lines(report, shown.ignored, each=shown.show_ignored)
    if shown.details:
        lines += [*rule_lines(report), *document_lines(report)]
    lines += ["", "What was checked", "", *coverage_table(report), *problem_lines(report)]
    return "\n".join([*lines, "", footer(report)]) + "\n"


def write_ids(shown: Shown) -> str:
    """The distinct ids of the findings shown, worst first, one a line, then secrets, licences."""
    ordered = sorted(shown.findings, key=finding_order)
    ids = dict.fromkeys(safe(vulnerability_id(finding.advisory)) for finding in ordered)
    secrets = dict.fromkeys(safe(s.rule) for s in shown.secrets if s.ignored is None)
    licenses = dict.fromkeys(safe(found.license) for found in shown.licenses if found.license)
    return "".join(f"{identifier}\n" for identifier in (*ids, *secrets, *licenses))


def _overview(report: Report) -> list[str]:
    subject = report.sbom.subject
    cells = count_cells(report)
    rows = [
        (" Target", f" {safe(subject.name)}"),
        ("   digest", f" {short_digest(subject.digest)}"),
        ("   platform", f" {safe(str(subject.platform or ''))}"),
        ("   vulnerabilities", cells[0] if cells else ""),
        *(("", cell) for cell in cells[1:]),
        ("   size", f" {size_text(image_size(subject))}"),
        ("   packages", f" {len(report.sbom.counted)}"),
        *([("   removed later", f" {len(report.sbom.removed)}")] if report.sbom.removed else []),
    ]
    return table(rows, header=("", "Analyzed Image"))


# ── one package ──────────────────────────────────────────────────────────────────────────────────


def _by_score(finding: Finding) -> float:
    return -finding.epss[0] if finding.epss else 1.0


def _key(affected: Affected) -> tuple[str, ...]:
    package = affected.package
    return (package.ecosystem, package.namespace, package.name, package.version)


def _package(affected: Affected, shown: Shown, subject: Subject) -> Iterator[str]:
    package = affected.package
    yield f"{count_row(affected.counts)}  {safe(package.name)} {safe(package.version)}"
    yield safe(package.purl)
    binaries = affected.findings[0].packages
    names = sorted({p.name for p in binaries})
    if names != [package.name]:
        yield f"installed as {safe(', '.join(names))}"
    for diff_id in dict.fromkeys(p.removed_in for p in binaries if p.removed_in):
        which = sorted({p.name for p in binaries if p.removed_in == diff_id})
        where = safe(layer_name(diff_id, subject))
        yield f"removed in {where}, but still shipped: {safe(', '.join(which))}"
    if shown.locations:
        for binary in binaries:
            for at in binary.locations:
                layer = f", {safe(layer_name(at.layer, subject))}" if at.layer else ""
                yield f"  {safe(binary.name)}: {safe(at.path)}{layer}"
    yield ""
    for finding in affected.findings:
        yield from _finding(finding, shown)
        yield ""


def _finding(finding: Finding, shown: Shown) -> Iterator[str]:
    advisory = finding.advisory
    weakness = f" [{safe(', '.join(advisory.cwes))}]" if advisory.cwes else ""
    exploited = " (CISA KEV)" if finding.kev else ""
    severity = finding.severity.upper()
    yield f"    ✗ {severity} {safe(vulnerability_id(advisory))}{weakness}{exploited}"
    yield f"      {safe(link(advisory))}"
    facts = list(_facts(finding, shown))
    width = max(len(name) for name, _ in facts)
    for name, value in facts:
        yield f"      {name:<{width}} : {safe(value)}"


def _facts(finding: Finding, shown: Shown) -> Iterator[tuple[str, str]]:
    advisory = finding.advisory
    yield "Affected range", affected_range(advisory)
    yield "Fixed version", fixed_version(finding)
    scores = advisory.cvss if shown.details else best_cvss(advisory)
    for cvss in scores:
        yield "CVSS Score", f"{cvss.score:.1f} (CVSS {cvss.version})"
        yield "CVSS Vector", cvss.vector
    if shown.epss:
        yield "EPSS Score", epss_percent(finding)
        if finding.epss:
            yield "EPSS Percentile", percentile(finding.epss[1])
    yield "Severity from", advisory.severity_source or "no source"
    if (said := finding.statement) is not None:
        by = f", says {said.author}" if said.author else ""
        yield "VEX", f"{said.status.replace('_', ' ')}{by}"
    if shown.details:
        yield from _details(finding)


def _details(finding: Finding) -> Iterator[tuple[str, str]]:
    advisory = finding.advisory
    identifier = vulnerability_id(advisory)
    aliases = sorted({advisory.id, *advisory.aliases} - {identifier})
    details = (
        ("Because", finding.because),
        ("Urgency", advisory.urgency),
        ("Aliases", ", ".join(aliases)),
        ("Sources", ", ".join(advisory.sources)),
        ("Published", advisory.published),
        ("Summary", advisory.summary),
    )
    yield from ((name, value) for name, value in details if value)


# ── one fact ─────────────────────────────────────────────────────────────────────────────────────


def affected_range(advisory: Advisory) -> str:
    """`<1.2`, `>=1.0,<1.2`, `<=1.1`, `>=0` (all versions), joined by ` | `; or the versions."""
    if advisory.ranges:
        return " | ".join(_range(r) for r in advisory.ranges)
    return ", ".join(f"={version}" for version in advisory.versions) or "not known"


def _range(r: Range) -> str:
    low = f">={r.introduced}" if r.introduced not in ("", "0") else ""
    end = r.fixed or r.limit
    high = f"<{end}" if end else f"<={r.last_affected}" if r.last_affected else ""
    return ",".join(part for part in (low, high) if part) or ">=0"


def fixed_version(finding: Finding) -> str:
    """The version that repairs it, else the words for why there is none."""
    if finding.fixed:
        return finding.fixed
    words = _NOT_FIXED.get(finding.status, finding.status)
    return f"{words} ({finding.advisory.reason})" if finding.advisory.reason else words


def best_cvss(advisory: Advisory) -> Sequence[Cvss]:
    """The vector of the newest CVSS version (the worst of several), in a list of none or one."""
    return sorted(advisory.cvss, key=lambda c: (c.version, c.score))[-1:]


def link(advisory: Advisory) -> str:
    """Where people read on: Debian's tracker for its CVEs, else OSV."""
    identifier = vulnerability_id(advisory)
    if advisory.scope.partition(":")[0] == "Debian" and identifier.startswith(("CVE-", "TEMP-")):
        return f"https://security-tracker.debian.org/tracker/{identifier}"
    return f"https://osv.dev/vulnerability/{identifier}"


def epss_percent(finding: Finding) -> str:
    """The EPSS score as a percentage: `0.04%`."""
    return f"{finding.epss[0] * 100:.2f}%" if finding.epss else "not known"


def percentile(value: float) -> str:
    """A share in 0..1 as `9th percentile`."""
    number = int(value * 100)
    suffix = "th"
    if number % 100 not in (11, 12, 13):
        suffix = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix} percentile"


def _trailer(report: Report) -> list[str]:
    if not has_numbers(report):
        return ["vulnerabilities: not checked"]
    counts = count(report.findings)
    found, packages = plural(counts.findings, "vulnerability"), plural(counts.packages, "package")
    head = f"{found} found in {packages}, {plural(counts.cves, 'distinct CVE')}"
    rows = [
        f"  {name.upper():<11}  {number}"
        for name, number in zip(SEVERITIES, counts.by_severity, strict=True)
        if number or name != "unspecified"
    ]
    gone = sum(all(p.removed_in for p in finding.packages) for finding in report.effective)
    if gone:
        head += f"; {gone} of them only in packages that later layers remove"
    return [head, *rows, *(f"  {safe(note)}" for note in coverage_notes(report))]
