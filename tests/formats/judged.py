"""Reports the format tests write: one with every kind of finding, and hostile and large ones."""

from dataclasses import replace
from functools import cache

from hypothesis import strategies as st

from ironhull.formats.text_cves import Shown
from ironhull.model import (
    KINDS,
    SEVERITIES,
    SIGNATURE_STATES,
    STATUSES,
    VEX_STATUSES,
    Advisory,
    Component,
    Coverage,
    Cvss,
    Distro,
    Finding,
    Ignored,
    Location,
    MadeWith,
    Package,
    Platform,
    Problem,
    Range,
    Report,
    RuleUse,
    Sbom,
    Statement,
    Subject,
    Upstream,
)
from tests import reports


def said(status: str, **facts: str) -> Statement:
    """A VEX statement as a finding has one."""
    return Statement("CVE-1", status, (Component(("pkg:oci/web",)),), **facts)


EVIL = reports.wheel("evilpkg", "1.0")
NODE = Package(
    "npm",
    "@babel/core",
    "7.0.0",
    locations=(
        Location("srv/my app/node_modules/@babel/core/package.json", reports.LAYER),
        Location("srv/ünï/node_modules/@babel/core/package.json", reports.LAYER),
    ),
)
UNKNOWN = Package("conan", "zlib", "1.3", locations=(Location("opt/conan.lock", ""),))

MALICIOUS = reports.finding(
    EVIL,
    "MAL-2025-1",
    "critical",
    kind="malicious",
    summary="Steals credentials",
    cwes=("CWE-506",),
    versions=("1.0",),
    ranges=(),
)
LIBRARY = reports.finding(
    NODE,
    "GHSA-67hx-6x53-jw92",
    "critical",
    fixed="7.23.2",
    scope="npm",
    aliases=("CVE-2023-45133",),
    ranges=(Range("0", "7.23.2"), Range("8.0.0-alpha.0", "8.0.0-alpha.4")),
    cvss=(
        Cvss("4.0", "CVSS:4.0/AV:L/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 9.3, "osv"),
        Cvss("3.1", "CVSS:3.1/AV:L/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 9.3, "nvd"),
        Cvss("2.0", "AV:N/AC:L/Au:N/C:P/I:P/A:P", 7.5),
    ),
    words=(("GHSA", "critical"), ("NVD", "high")),
    published="2023-10-12",
    modified="2023-11-01T10:00:00.123Z",
    url="https://example.org/advisory?a=1&b=(2)",
)
IGNORED = replace(
    reports.DEBUGGER, ignored=Ignored("no debugger here", "2027-01-31", ".ironhullignore:3")
)
HARMLESS = replace(
    reports.OTHER,
    status="unfixed",
    statement=replace(
        said("not_affected", justification="vulnerable_code_not_present", author="Jo"),
        impact_statement="built without it",
        document="vex/a.json",
        number=2,
        issued="2026-10-01T12:00:00Z",
    ),
)
AFFECTED = replace(reports.SHARED, statement=said("affected", author="Jo"))
ENDED = reports.finding(
    reports.OPENSSL, "CVE-2024-0001", "unspecified", status="end-of-life", ranges=(Range("1.0"),)
)
FINDINGS = (MALICIOUS, LIBRARY, reports.HIGH, AFFECTED, reports.OLD, HARMLESS, IGNORED, ENDED)


@cache
def full() -> Report:
    """Every kind of finding, of coverage, of rule and of trouble."""
    packages = (*reports.GLIBC, reports.OPENSSL, reports.APT, reports.SHIPPED, reports.FLASK)
    plain = reports.report(
        "registry.example:5000/shop/web:1.0",
        (*packages, EVIL, NODE, UNKNOWN),
        FINDINGS,
        problems=(Problem("dpkg", "var/lib/dpkg/status", "line 3: no version"),),
    )
    return replace(
        plain,
        coverage=(
            *plain.coverage,
            Coverage("npm", 1, "fixed-only", ("osv",), "2026-11-19T12:00:00Z"),
            Coverage("conan", 1, "not checked", note="no advisory data"),
        ),
        ignore_rules=(
            RuleUse(".ironhullignore:3", "CVE-2025-47278 in flask", "used", 1, "no debugger here"),
            RuleUse(".ironhullignore:9", "CVE-2020-1 in x", "expired", until="2026-01-01"),
            RuleUse(".ironhullignore:10", "CVE-2020-2", "unused"),
        ),
        made_with=replace(plain.made_with, sources=(("debian-tracker", "2026-11-20T00:00:00Z"),)),
    )


def shown(report: Report, *filters: str) -> Shown:
    """What a command shows of a report: all findings, the hidden ones apart."""
    return Shown(report.effective, filters, epss=True, ignored=report.hidden)


def unchecked() -> Report:
    """A report whose only package nobody could check."""
    return reports.report("blank", [reports.APT], deb="not checked")


def large(findings: int, each: int = 20) -> Report:
    """A report of as many findings, `each` in every package, over severities and systems."""
    packages: list[Package] = []
    found: list[Finding] = []
    for number in range(findings // each):
        installed = (reports.wheel(f"dist{number}", "1.0"),)
        if number % 2:
            installed = tuple(reports.deb(f"lib{number}-{n}", "1.2", f"src{number}") for n in "ab")
        packages += installed
        for place in range(each):
            vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"
            found.append(
                reports.finding(
                    installed,
                    f"CVE-{2000 + place}-{number:05}",
                    SEVERITIES[(number + place) % 5],
                    fixed="1.3" if place % 2 else "",
                    epss=(place / 1000, place / 40),
                    cwes=("CWE-787",),
                    cvss=(Cvss("3.1", vector, 7.5, "nvd"),),
                    aliases=(f"GHSA-{number:04}-{place:04}-abcd",),
                    summary=f"Out-of-bounds read number {number} in the parser of headers {place}",
                    published="2025-09-30T00:00:00Z",
                )
            )
    return reports.report("registry.example/shop/large:1", packages, found)


# ── any text anywhere ────────────────────────────────────────────────────────────────────────────

_nasty = st.sampled_from(
    [
        *("<script>alert(1)</script>", "]]>", "--><x", '" onload="x', "'`${x}`", "{0} [a](b)"),
        *("a\x00b\x1b[31m", "\u202eevil\u2066", "\udc80\ud800", "../../etc", "a|b\n## c", "%0a%"),
        *("javascript:x", "\ufffe\uffff", "é\U0001f600", " ", "\\", "&amp;", "CVE-", "::x://y"),
    ]
)
_text = st.text(max_size=12) | _nasty
_word = _text.filter(bool)
_time = st.sampled_from(["", "2025-09-30", "2025-09-30T00:00:00Z", "2025-09-30T00:00:00.5Z", "x"])
_locations = st.lists(st.builds(Location, _text, _text), max_size=2).map(tuple)
_packages = st.builds(
    Package,
    ecosystem=st.sampled_from(["deb", "pypi", "npm", "conan", "<x y='z'>&"]),
    name=_word,
    version=_text,
    arch=_text,
    upstream=st.none() | st.builds(Upstream, _word, _text),
    locations=_locations,
    namespace=_text,
    distro=_text,
    licenses=st.lists(st.sampled_from(["MIT", "LicenseRef-x"]), max_size=2).map(tuple),
    removed_in=st.sampled_from(["", reports.LAYER]),
)
_advisories = st.builds(
    Advisory,
    id=_word,
    scope=_text,
    package=_word,
    ranges=st.lists(st.builds(Range, _text, _text, _text, _text), max_size=2).map(tuple),
    versions=st.lists(_text, max_size=3).map(tuple),
    aliases=st.lists(_word, max_size=3).map(tuple),
    status=st.sampled_from(STATUSES),
    urgency=_text,
    reason=_text,
    severity=st.sampled_from(SEVERITIES),
    severity_source=_text,
    cvss=st.lists(
        st.builds(
            Cvss,
            st.sampled_from(["2.0", "3.0", "3.1", "4.0"]),
            _text,
            st.floats(0, 10).map(lambda score: round(score, 1)),
            _text,
        ),
        max_size=2,
    ).map(tuple),
    cwes=st.lists(_text | st.just("CWE-79"), max_size=12).map(tuple),
    summary=_text | st.text(min_size=1500, max_size=1600),
    published=_time,
    modified=_time,
    url=st.sampled_from(["", "https://example.org/)a<b", "javascript:x"]) | _text,
    sources=st.lists(_word, max_size=2).map(tuple),
    kind=st.sampled_from(KINDS),
    words=st.lists(st.tuples(_text, st.sampled_from(SEVERITIES)), max_size=2).map(tuple),
)
_findings = st.builds(
    Finding,
    packages=st.lists(_packages, min_size=1, max_size=2).map(tuple),
    advisory=_advisories,
    fixed=_text,
    because=_text,
    status=st.sampled_from(STATUSES),
    kev=st.booleans(),
    epss=st.none() | st.tuples(st.floats(0, 1), st.floats(0, 1)),
    statement=st.none()
    | st.builds(
        Statement,
        vulnerability=_word,
        status=st.sampled_from(VEX_STATUSES),
        products=st.just(()),
        justification=_text,
        impact_statement=_text,
        status_notes=_text,
        issued=_time,
        author=_text,
        document=_text,
        number=st.integers(0, 9),
        signature=st.sampled_from(SIGNATURE_STATES),
        signer=_text,
    ),
    ignored=st.none() | st.builds(Ignored, _text, _text, _text),
)


def _report(findings: list[Finding], subject: Subject, distro: Distro | None, note: str) -> Report:
    packages = tuple(dict.fromkeys(p for finding in findings for p in finding.packages))
    return Report(
        Sbom(subject, distro, packages, problems=(Problem(note, note, note),)),
        tuple(findings),
        (Coverage(note, len(packages), "not checked", (note,), note, note),) if packages else (),
        MadeWith("0.1.0", "sha256:" + "9" * 64, "2026-11-20T00:00:00Z"),
        ignore_rules=(RuleUse(note, note, "unused", 0, note, note, note),),
    )


hostile = st.builds(
    _report,
    st.lists(_findings, max_size=3),
    st.builds(
        Subject,
        name=_text,
        digest=st.sampled_from(["", "sha256:" + "a" * 64]),
        platform=st.none() | st.just(Platform()),
        layers=st.just((reports.LAYER,)),
        steps=st.lists(_text, max_size=1).map(tuple),
        source=_text,
    ),
    st.none() | st.builds(Distro, _word, _text, _text, _text),
    _text,
)
"""Reports with any text anywhere."""
