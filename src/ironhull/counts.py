"""What the numbers of a report mean; every command and format counts here and nowhere else.

One finding is one (source package, vulnerability) pair. A row `nC nH nM nL` counts findings by
severity. Beside it stand the distinct vulnerabilities (one in two packages counts once) and the
affected source packages. Packages nobody could check are never counted as clean: see `checked`.
"""

from __future__ import annotations

from collections.abc import Iterable

from ironhull.model import SEVERITIES, Advisory, Coverage, Finding, Package, Report
from ironhull.values import dataclass

__all__ = [
    "Affected",
    "Counts",
    "by_package",
    "checked",
    "count",
    "coverage_notes",
    "finding_order",
    "has_numbers",
    "hidden_notes",
    "ignored_note",
    "source_package",
    "suppressed_note",
    "vulnerability_id",
]

_AUTHORS = 3  # authors of statements that a note names


@dataclass(frozen=True, slots=True)
class Counts:
    """Findings by severity, and `findings` in all, distinct `cves`, affected source `packages`.

    A malicious package is a critical finding and no CVE; `malicious` counts such packages.
    """

    critical: int = 0
    high: int = 0
    medium: int = 0
    low: int = 0
    unspecified: int = 0
    findings: int = 0
    cves: int = 0
    packages: int = 0
    malicious: int = 0

    @property
    def by_severity(self) -> tuple[int, ...]:
        """The five severities, worst first (the order of `model.SEVERITIES`)."""
        return (self.critical, self.high, self.medium, self.low, self.unspecified)

    def __str__(self) -> str:
        found = _plural(self.findings, "finding")
        cves = _plural(self.cves, "distinct CVE")
        bad = f", {self.malicious} of them malicious" if self.malicious else ""
        return f"{found}, {cves}, {_plural(self.packages, 'package')}{bad}"


@dataclass(frozen=True, slots=True)
class Affected:
    """A source package with its findings, worst first, and their counts."""

    package: Package
    findings: tuple[Finding, ...]
    counts: Counts


def count(findings: Iterable[Finding]) -> Counts:
    """The counts of the active ones of `findings`, each taken as one."""
    severities = dict.fromkeys(SEVERITIES, 0)
    cves, packages, malicious, total = set(), set(), set(), 0
    for finding in findings:
        if not finding.active:
            continue
        total += 1
        severities[finding.severity] += 1
        packages.add(_source_key(finding))
        if finding.advisory.kind == "malicious":
            malicious.add(_source_key(finding))
        else:
            cves.add(vulnerability_id(finding.advisory))
    return Counts(
        **severities,
        findings=total,
        cves=len(cves),
        packages=len(packages),
        malicious=len(malicious),
    )


def by_package(findings: Iterable[Finding]) -> tuple[Affected, ...]:
    """The affected source packages, worst first (most critical, then most high, ... then name).

    Findings that a rule or a VEX statement hides are left out.
    """
    groups: dict[tuple[str, ...], list[Finding]] = {}
    for finding in findings:
        if finding.active:
            groups.setdefault(_source_key(finding), []).append(finding)
    affected = [
        Affected(source_package(group[0]), tuple(sorted(group, key=finding_order)), count(group))
        for group in groups.values()
    ]
    return tuple(sorted(affected, key=_worst_first))


def source_package(finding: Finding) -> Package:
    """The source package of a finding as a package of its own, so that it has a purl."""
    package, source = finding.package, finding.package.source
    return Package(
        package.ecosystem,
        source.name,
        source.version,
        namespace=package.namespace,
        distro=package.distro,
    )


def vulnerability_id(advisory: Advisory) -> str:
    """The CVE id of an advisory where it has one, else its own id (GHSA-..., PYSEC-...).

    A malicious package keeps the id of its record (MAL-...), whatever it is called beside it.
    """
    if advisory.kind == "malicious" or advisory.id.startswith("CVE-"):
        return advisory.id
    names = (advisory.id, *advisory.aliases)
    return next((name for name in names if name.startswith("CVE-")), advisory.id)


def finding_order(finding: Finding) -> tuple[object, ...]:
    """Sort key: worst severity first, malice before flaws, then by id, then package.

    Numbers in ids count as numbers.
    """
    identifier = vulnerability_id(finding.advisory)
    numbers = tuple(
        (0, int(part), "") if part.isdecimal() and len(part) < 20 else (1, 0, part)
        for part in identifier.split("-")
    )
    flaw = finding.advisory.kind != "malicious"
    return (SEVERITIES.index(finding.severity), flaw, numbers, *_source_key(finding))


def checked(report: Report) -> str:
    """How far the packages of a report were checked, in one word.

    "full": every known vulnerability of every scope; "fixed-only": no scope is unchecked, but some
    know only vulnerabilities a newer package repairs; "partial": some scope was not checked;
    "not checked": none was; "no packages": there was nothing to check.
    """
    if not report.sbom.judged:
        return "no packages"
    states = {row.checked for row in report.coverage if row.packages}
    covered = sum(row.packages for row in report.coverage)
    if not states - {"not checked"}:
        return "not checked"
    if "not checked" in states or covered < len(report.sbom.judged):
        return "partial"
    return "full" if states == {"full"} else "fixed-only"


def has_numbers(report: Report) -> bool:
    """Whether the counts say anything; a report that checked nothing has no zero to show."""
    return bool(report.findings) or checked(report) not in ("not checked", "no packages")


def coverage_notes(report: Report) -> tuple[str, ...]:
    """What must stand beside the counts of a report that was not checked in full, a line each."""
    if "vuln" not in report.scanners:
        return ()  # nobody asked
    if not report.sbom.judged:
        return ("no packages found",)
    notes = [_note(row) for row in report.coverage if row.packages and row.checked != "full"]
    rest = len(report.sbom.judged) - sum(row.packages for row in report.coverage)
    if rest > 0:
        notes.append(f"not checked: {_plural(rest, 'package')} of no known scope")
    return tuple(notes)


def ignored_note(report: Report) -> str:
    """`3 findings ignored by .trivyignore`; nothing where none is."""
    ignored = report.ignored
    files = dict.fromkeys(f.ignored.where.rpartition(":")[0] for f in ignored if f.ignored)
    by = f" by {', '.join(filter(None, files))}" if any(files) else ""
    return f"{_plural(len(ignored), 'finding')} ignored{by}" if ignored else ""


def suppressed_note(report: Report) -> str:
    """`46 findings suppressed by VEX (Docker, Inc.)`; nothing where none is."""
    suppressed = report.suppressed
    authors = dict.fromkeys(f.statement.author for f in suppressed if f.statement)
    named = [author for author in authors if author]
    more = f" and {len(named) - _AUTHORS} more" if len(named) > _AUTHORS else ""
    by = f" ({', '.join(named[:_AUTHORS])}{more})" if named else ""
    return f"{_plural(len(suppressed), 'finding')} suppressed by VEX{by}" if suppressed else ""


def hidden_notes(report: Report) -> tuple[str, ...]:
    """How many findings ignore rules and VEX statements hide, a line each."""
    return tuple(filter(None, (ignored_note(report), suppressed_note(report))))


def _note(row: Coverage) -> str:
    if row.checked == "fixed-only":
        return f"only fixed CVEs known: {row.scope} ({_plural(row.packages, 'package')})"
    return f"{row.checked}: {row.scope} ({_plural(row.packages, 'package')})"


def _source_key(finding: Finding) -> tuple[str, ...]:
    package, source = finding.package, finding.package.source
    return (package.ecosystem, package.namespace, source.name, source.version)


def _worst_first(affected: Affected) -> tuple[object, ...]:
    worst = tuple(-n for n in affected.counts.by_severity)
    package = affected.package
    return (*worst, package.name, package.version, package.ecosystem, package.namespace)


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
