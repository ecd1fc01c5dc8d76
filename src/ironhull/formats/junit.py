"""JUnit XML, as CI systems show it: a suite per packaging system of an image, a case per finding.

There is no standard; this is what Jenkins, GitLab, Azure Pipelines and CircleCI read in common. A
finding is a failed case, a suppressed one a skipped case. A package that was checked and has no
finding shown is one passed case, a package that could not be checked a skipped one: "0 failures"
never stands for what nobody looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ironhull.counts import source_package, vulnerability_id
from ironhull.ecosystems import ECOSYSTEMS
from ironhull.formats._findings import (
    everything,
    is_malicious,
    links,
    moment,
    nothing_checked,
    notices,
    ordered,
    paths,
    remedy,
    sentence,
    stated,
    suppression,
)
from ironhull.formats._license_results import license_cases
from ironhull.formats._secret_results import secret_case
from ironhull.formats._targets import OS_TYPES
from ironhull.formats._xml import attributes, text_of
from ironhull.formats.text_cves import Shown, affected_range, best_cvss
from ironhull.model import Finding, Package, Report

__all__ = ["write_junit"]


def write_junit(report: Report, shown: Shown) -> bytes:
    """The document of the findings shown; equal reports give equal bytes."""
    suites = _suites(report, shown)
    totals = [sum(numbers) for numbers in zip(*(suite[1] for suite in suites), strict=True)]
    tests, failures, errors, skipped = totals or [0, 0, 0, 0]
    described = attributes(
        name=f"ironhull {report.sbom.subject.name}",
        tests=tests,
        failures=failures,
        errors=errors,
        skipped=skipped,
        time="0",
    )
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites{described}>\n'
    body = "".join(text for text, _ in suites)
    return f"{head}{body}</testsuites>\n".encode()


_Counts = tuple[int, int, int, int]  # tests, failures, errors, skipped


def _suites(report: Report, shown: Shown) -> list[tuple[str, _Counts]]:
    """Each suite as text with its counts; the notices of the report are a suite of their own."""
    judged = report.sbom.judged if "vuln" in report.scanners else ()
    cases: dict[str, list[str]] = {p.ecosystem: [] for p in judged}
    told: set[str] = set()
    for finding in ordered(everything(shown)):
        told |= {package.purl for package in finding.packages}
        cases.setdefault(finding.package.ecosystem, []).append(_failed(finding))
    for package in judged:
        if package.purl not in told:
            cases[package.ecosystem].append(_silent(package, report))
    suites = [_suite(_title(kind, report), found, report) for kind, found in sorted(cases.items())]
    if report.secrets is not None:
        secrets = [secret_case(finding) for finding in shown.secrets]
        none = _case(attributes(classname="secrets", name="no secrets found"), "")
        name = f"{report.sbom.subject.name} (secrets)"
        suites.append(_suite(name, secrets or [none], report))
    if report.licenses is not None:
        none = _case(attributes(classname="licenses", name="no licences listed"), "")
        name = f"{report.sbom.subject.name} (licenses)"
        suites.append(_suite(name, license_cases(shown.licenses) or [none], report))
    return [
        *suites,
        _suite(f"{report.sbom.subject.name}: scan", list(_scan(report, shown)), report),
    ]


def _title(ecosystem: str, report: Report) -> str:
    distro = report.sbom.distro
    system = str(distro) if distro and ecosystem in OS_TYPES else ecosystem
    return f"{report.sbom.subject.name} ({system})"


def _suite(name: str, cases: list[str], report: Report) -> tuple[str, _Counts]:
    counts = (
        len(cases),
        sum("<failure " in case for case in cases),
        sum("<error " in case for case in cases),
        sum("<skipped " in case for case in cases),
    )
    described = attributes(
        name=name,
        tests=counts[0],
        failures=counts[1],
        errors=counts[2],
        skipped=counts[3],
        time="0",
        timestamp=moment(report)[:19],
    )
    return f"<testsuite{described}>\n{_properties(report)}{''.join(cases)}</testsuite>\n", counts


def _properties(report: Report) -> str:
    subject, made = report.sbom.subject, report.made_with
    facts = {
        "image": subject.name,
        "digest": subject.digest,
        "platform": str(subject.platform or ""),
        "distribution": str(report.sbom.distro or ""),
        "ironhull": made.ironhull,
        "advisory_data": made.index_digest,
        "advisory_data_date": made.index_date,
    }
    rows = [
        f"<property{attributes(name=name, value=value)}/>\n"
        for name, value in facts.items()
        if value
    ]
    return f"<properties>\n{''.join(rows)}</properties>\n"


def _failed(finding: Finding) -> str:
    package, hidden = source_package(finding), suppression(finding)
    identifier = vulnerability_id(finding.advisory)
    case = attributes(classname=f"{package.name} {package.version}".strip(), name=identifier)
    if hidden is not None:
        return _case(case, f"<skipped{attributes(message=str(hidden))}/>")
    kind = "malicious package" if is_malicious(finding) else finding.severity
    text = text_of("\n".join(f"{name}: {value}" for name, value in _facts(finding) if value))
    message = attributes(message=f"{sentence(finding)} {remedy(finding)}", type=kind)
    return _case(case, f"<failure{message}>{text}</failure>")


def _case(described: str, content: str) -> str:
    return f'<testcase{described} time="0">{content}</testcase>\n'


def _facts(finding: Finding) -> Iterator[tuple[str, str]]:
    advisory = finding.advisory
    yield "Package", source_package(finding).purl
    yield "Installed", ", ".join(package.purl for package in finding.packages)
    yield "Found in", ", ".join(path for path, _ in paths(finding))
    yield "Severity", f"{finding.severity}, from {advisory.severity_source or 'no source'}"
    for cvss in best_cvss(advisory):
        yield "CVSS", f"{cvss.score:.1f} {cvss.vector}"
    yield "Affected", affected_range(advisory)
    yield "Because", finding.because
    yield "Fixed version", finding.fixed
    yield "Status", finding.status
    yield "CISA KEV", "listed as exploited" if finding.kev else ""
    yield "EPSS", f"{finding.epss[0]:.5f}" if finding.epss else ""
    yield "VEX", str(stated(finding) or "")
    yield "Known as", ", ".join(name for name, _ in links(advisory))
    yield "Read on", links(advisory)[0][1]


def _silent(package: Package, report: Report) -> str:
    """A package without a finding shown: checked, or skipped because nobody could check it."""
    case = attributes(classname=f"{package.name} {package.version}".strip(), name=package.purl)
    if why := _unchecked(package, report):
        return _case(case, f"<skipped{attributes(message=f'not checked: {why}')}/>")
    return f'<testcase{case} time="0"/>\n'


def _unchecked(package: Package, report: Report) -> str:
    """Why a package was not checked; "" where it was."""
    row = ECOSYSTEMS.get(package.ecosystem)
    scopes = row.scopes(package, report.sbom.distro) if row else ()
    found = [c for c in report.coverage if c.scope in scopes or c.scope == package.ecosystem]
    if any(c.checked != "not checked" for c in found):
        return ""
    return next((f"{c.scope} {c.note}".strip() for c in found), f"no scope for {package.ecosystem}")


def _scan(report: Report, shown: Shown) -> Iterable[str]:
    """Whether the scan itself was complete: trouble is a case that is skipped, no data an error."""
    found = notices(report, shown)
    if nothing_checked(report):
        text = "; ".join(note.text for note in found if note.kind == "coverage")
        fault = attributes(message=f"nothing was checked: {text}", type="coverage")
        yield _case(attributes(classname="scan", name="coverage"), f"<error{fault}/>")
    else:
        yield _case(attributes(classname="scan", name="coverage"), "")
    for note in found:
        if not (note.kind == "coverage" and nothing_checked(report)):
            case = attributes(classname=f"scan {note.kind}", name=note.text)
            yield _case(case, f"<skipped{attributes(message=note.text)}/>")
