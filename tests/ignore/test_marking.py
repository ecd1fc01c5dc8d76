"""Rules applied to findings: marked, divided, never dropped."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from ironhull.counts import count, ignored_note
from ironhull.ignore.files import parse
from ironhull.ignore.marking import apply
from ironhull.model import Finding, Ignored, Location, Package, RuleUse
from tests import reports

NOW = "2026-11-22T10:00:00Z"
WEB = reports.web()


def _applied(
    text: str, findings: tuple[Finding, ...] = WEB.findings, now: str = NOW
) -> tuple[tuple[Finding, ...], tuple[RuleUse, ...]]:
    return apply(findings, parse(text.encode(), ".trivyignore"), WEB.sbom.subject, now=now)


def _own(*rules: str, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    text = "ignore:\n" + "".join(f"  - {{{rule}, reason: why}}\n" for rule in rules)
    parsed = parse(text.encode(), "f.yaml")
    return apply(findings, parsed, WEB.sbom.subject, now=NOW)[0]


def test_a_finding_is_marked_with_its_rule() -> None:
    findings, uses = _applied("# minor\nCVE-2010-4756 exp:2027-01-01\n")
    hidden = [f for f in findings if f.ignored]
    assert [f.advisory.id for f in hidden] == ["CVE-2010-4756"]
    assert hidden[0].ignored == Ignored("minor", "2027-01-01", ".trivyignore:2")
    assert len(findings) == len(WEB.findings)
    assert uses == (RuleUse(".trivyignore:2", "CVE-2010-4756", "used", 1, "minor", "2027-01-01"),)


def test_totals_leave_it_out() -> None:
    findings, uses = _applied("CVE-2019-9192\n")
    assert uses[0].findings == 2
    report = replace(WEB, findings=findings, ignore_rules=uses)
    assert count(report.findings).findings == count(WEB.findings).findings - 2
    assert len(report.effective) == 3
    assert len(report.ignored) == 2
    assert ignored_note(report) == "2 findings ignored by .trivyignore"


def test_an_alias_will_do() -> None:
    findings, _ = _applied("dsa-6015-1\n")
    assert [f.advisory.id for f in findings if f.ignored] == ["CVE-2025-9230"]


def test_rules_that_hide_nothing_say_why() -> None:
    text = "ignore:\n" + "".join(
        f"  - {{id: {name}, reason: x{more}}}\n"
        for name, more in (
            ("CVE-1999-0001", ""),
            ("CVE-2010-4756", ", until: 2026-11-22"),
            ("CVE-2010-4756", ", image: other"),
        )
    )
    rules = (
        *parse(text.encode(), "f.yaml"),
        *parse(b"secrets:\n  - id: CVE-2010-4756\n", "g.yaml"),
    )
    findings, uses = apply(WEB.findings, rules, WEB.sbom.subject, now=NOW)
    assert [use.state for use in uses] == ["unused", "expired", "other image", "other scanner"]
    assert findings == WEB.findings


def test_the_first_of_several_rules_is_named_and_all_are_used() -> None:
    findings, uses = _applied("CVE-2010-4756 # one\nCVE-2010-4756 # two\n")
    assert [f.ignored.reason for f in findings if f.ignored] == ["one"]
    assert [use.state for use in uses] == ["used", "used"]


def test_a_rule_for_one_installed_package_divides_the_finding() -> None:
    (rest, hidden) = _own("purl: pkg:deb/debian/libc6", findings=(reports.OLD,))
    assert [p.name for p in rest.packages] == ["libc-bin"]
    assert [p.name for p in hidden.packages] == ["libc6"]
    assert rest.ignored is None
    assert hidden.ignored is not None
    assert rest.advisory == hidden.advisory == reports.OLD.advisory


def test_a_rule_for_one_copy_divides_the_package() -> None:
    package = Package("npm", "x", "1", locations=(Location("a/x", "l1"), Location("b/x", "l2")))
    finding = reports.finding(package, "CVE-1")
    rest, hidden = _own("id: CVE-1, paths: 'a/**'", findings=(finding,))
    assert rest.package.locations == (Location("b/x", "l2"),)
    assert hidden.package.locations == (Location("a/x", "l1"),)
    (whole,) = _own("id: CVE-1, paths: ['a/**', 'b/**']", findings=(finding,))
    assert whole.packages == finding.packages
    assert whole.ignored is not None


def test_a_package_of_a_distribution_has_one_copy() -> None:
    (finding,) = _own("id: CVE-2010-4756, paths: var/lib/dpkg/status", findings=(reports.OLD,))
    assert finding.ignored is not None
    assert finding.packages == reports.OLD.packages


def test_a_package_of_untold_place_is_under_no_path() -> None:
    finding = reports.finding(Package("npm", "x", "1"), "CVE-1")
    assert _own("id: CVE-1, paths: '**'", findings=(finding,)) == (finding,)


_LINES = st.lists(
    st.sampled_from(
        ["CVE-2010-4756", "CVE-2019-9192", "DSA-6015-1", "CVE-1-1", "PYSEC-2025-1"]
    ).flatmap(lambda name: st.sampled_from([name, f"{name} exp:2020-01-01", f"{name} # why"])),
    max_size=6,
)


@given(_LINES)
def test_nothing_is_lost_and_nothing_counted_twice(lines: list[str]) -> None:
    findings, uses = _applied("\n".join(lines))
    assert [replace(f, ignored=None) for f in findings] == list(WEB.findings)
    assert len(uses) == len(lines)
    hidden = sum(f.ignored is not None for f in findings)
    assert count(findings).findings == len(WEB.findings) - hidden
    live = {line.split()[0] for line in lines if "exp:" not in line}
    for finding in findings:
        names = {finding.advisory.id, *finding.advisory.aliases}
        assert (finding.ignored is not None) == bool(names & live)


@given(_LINES)
def test_applying_twice_is_applying_once(lines: list[str]) -> None:
    once, uses = _applied("\n".join(lines))
    assert _applied("\n".join(lines), once) == (once, uses)
