"""A vulnerability several sources speak of, and an image with packages of every verdict."""

from dataclasses import replace

from ironhull.explain.judgements import judged
from ironhull.explain.sources import known
from ironhull.explain.values import Considered, Explanation
from ironhull.model import Advisory, Coverage, Cvss, Finding, Location, Package, Range, Report
from tests import reports
from tests.explain.fakes import FakeIndex

TRACKER = Advisory(
    "CVE-2025-9230",
    "Debian:13",
    "openssl",
    ranges=(Range("0", "3.5.1-1+deb13u1"),),
    status="fixed",
    urgency="high",
    severity="high",
    severity_source="Debian",
    sources=("debian-tracker",),
    summary="Out-of-bounds read & write",
    published="2025-10-01T00:00:00Z",
    modified="2025-11-01T00:00:00Z",
)
DSA = replace(
    TRACKER,
    id="DSA-6015-1",
    aliases=("CVE-2025-9230",),
    sources=("osv",),
    urgency="",
    words=(("GHSA", "high"),),
    cvss=(Cvss("3.1", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", 7.5, "nvd"),),
    cwes=("CWE-787",),
    published="2025-09-30T00:00:00Z",
)
MERGED = replace(
    TRACKER,
    aliases=("DSA-6015-1",),
    cvss=DSA.cvss,
    words=DSA.words,
    sources=("debian-tracker", "osv"),
)
OLDER = replace(MERGED, scope="Debian:12", ranges=(), status="unfixed", sources=("debian-tracker",))
INDEX = FakeIndex((OLDER, MERGED), (TRACKER, DSA))
RULE = ("distribution", "cvss4", "cvss3", "cvss2", "database")


def no_considered(_: Finding) -> tuple[Considered, ...]:
    """No rule and no statement."""
    return ()


def of(
    report: Report, index: FakeIndex = INDEX, asked: str = "CVE-2025-9230", **options: object
) -> Explanation:
    """The explanation of one vulnerability in a report."""
    (found,) = known(index, asked, rule=RULE)
    given = {"unmatched": {}, "rules": no_considered, "statements": no_considered, **options}
    return judged(found, report, index, **given)  # type: ignore[arg-type]  # a test's choice


def stepped(report: Report) -> Report:
    """The report with a Dockerfile step for its layer."""
    subject = replace(report.sbom.subject, steps=("/bin/sh -c #(nop) ADD rootfs.tar /",))
    return replace(report, sbom=replace(report.sbom, subject=subject))


def wheels() -> tuple[FakeIndex, Report]:
    """A PyPI advisory that lists versions, and copies of its package, one shipped by Debian."""
    claim = Advisory(
        "PYSEC-2025-1",
        "PyPI",
        "flask",
        versions=("3.0.3", "3.0.2"),
        aliases=("CVE-2025-47278",),
        sources=("osv",),
    )
    merged = replace(claim, id="CVE-2025-47278", aliases=("PYSEC-2025-1",), versions=())
    newer = Package("pypi", "Flask", "3.1.1", locations=(Location("opt/x", reports.LAYER),))
    shipped = replace(reports.wheel("flask", "3.0.2"), owned_by="pkg:deb/debian/python3-flask@3.0")
    odd = Package("pypi", "flask", "not a version")
    finding = reports.finding(
        reports.FLASK, "CVE-2025-47278", aliases=("PYSEC-2025-1",), ranges=(), sources=("osv",)
    )
    finding = replace(finding, because="3.0.3 is listed as affected")
    packages = (reports.FLASK, newer, shipped, odd)
    report = reports.report("app:1", packages, (finding,))
    coverage = (Coverage("PyPI", 3, "full", ("osv-pypi",), "2026-11-19T00:00:00Z"),)
    return FakeIndex((merged,), (claim,)), replace(report, coverage=coverage)
