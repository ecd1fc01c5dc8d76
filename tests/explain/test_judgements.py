"""Verdicts on packages: those of the report, each with what decided it."""

from dataclasses import replace

from ironhull.explain.values import Considered
from ironhull.model import Coverage, Ignored, Location, Package
from tests import reports
from tests.explain.fakes import FakeIndex
from tests.explain.samples import INDEX, MERGED, OLDER, of, wheels


def test_an_affected_package() -> None:
    (found,) = of(reports.web()).judgements
    assert (found.verdict, found.scope) == ("affected", "Debian:13")
    assert found.package == reports.OPENSSL
    assert (found.looked_up, found.version) == ("openssl", "3.5.1-1")
    assert found.why == reports.HIGH.because
    assert found.finding == reports.HIGH
    assert [(c.source, c.holds) for c in found.comparisons] == [
        ("", True),
        ("debian-tracker", True),
        ("osv (DSA-6015-1)", True),
    ]
    assert found.comparisons[1].text == "3.5.1-1 < 3.5.1-1+deb13u1 (dpkg order)"
    assert found.remedies


def test_a_repaired_package() -> None:
    (found,) = of(reports.hardened()).judgements
    assert found.verdict == "not affected"
    assert found.why == "3.5.1-1+deb13u1 >= 3.5.1-1+deb13u1, which repairs it (dpkg order)"
    assert found.finding is None
    assert not found.remedies


def test_an_image_without_the_package() -> None:
    assert of(reports.report("x", (reports.APT,))).judgements == ()


def test_an_ignored_finding_is_affected_and_ignored() -> None:
    rule = Considered(".trivyignore:1", "CVE-2025-9230", "applies", True)
    web = reports.web()
    hidden = replace(reports.HIGH, ignored=Ignored("why", "", ".trivyignore:1"))
    report = replace(web, findings=(hidden,))
    (found,) = of(report, rules=lambda _: (rule,)).judgements
    assert (found.verdict, found.rules) == ("affected, ignored", (rule,))


def test_a_divided_finding_gives_both_parts() -> None:
    package = Package("npm", "x", "1", locations=(Location("a", "l"), Location("b", "l")))
    finding = reports.finding(package, "CVE-2025-9230", scope="npm")
    here = replace(finding, packages=(replace(package, locations=(Location("b", "l"),)),))
    gone = replace(
        finding,
        packages=(replace(package, locations=(Location("a", "l"),)),),
        ignored=Ignored("why", "", "f:1"),
    )
    report = replace(reports.report("x", (package,)), findings=(here, gone))
    found = of(report, FakeIndex((finding.advisory,))).judgements
    assert [(j.verdict, j.package.locations[0].path) for j in found] == [
        ("affected", "b"),
        ("affected, ignored", "a"),
    ]


def test_versions_that_are_listed() -> None:
    index, report = wheels()
    found = {j.package.version: j for j in of(report, index, "CVE-2025-47278").judgements}
    assert found["3.0.3"].verdict == "affected"
    assert [(c.source, c.text) for c in found["3.0.3"].comparisons] == [
        ("osv (PYSEC-2025-1)", "3.0.3 is listed as affected")
    ]
    assert found["3.1.1"].verdict == "not affected"
    assert found["3.1.1"].why == "3.1.1 is none of the 2 versions listed"


def test_what_was_not_checked_says_why() -> None:
    index, report = wheels()
    found = {j.package.version: j for j in of(report, index, "CVE-2025-47278").judgements}
    assert found["3.0.2"].verdict == found["not a version"].verdict == "not checked"
    assert found["3.0.2"].why == (
        "pkg:deb/debian/python3-flask@3.0 ships it: the advisories on that decide"
    )
    assert found["not a version"].why.startswith("version not compared: ")


def test_scopes_without_data_are_not_checked() -> None:
    packages = (reports.OPENSSL,)
    (found,) = of(reports.report("x", packages, deb="not checked")).judgements
    assert (found.verdict, found.why) == ("not checked", "no advisory data on Debian:13")
    report = reports.report("x", packages, deb="fixed-only")
    (found,) = of(report).judgements
    assert found.verdict == "not checked"
    assert found.why == "of Debian:13 only some packages are known, and this is none of them"
    for known in ("openssl", "*"):
        index = FakeIndex((MERGED,), examined=[("Debian:13", known)])
        (found,) = of(report, index).judgements
        assert found.verdict == "not affected"


def test_what_catalogers_find_that_nothing_is_held_against() -> None:
    package = replace(reports.OPENSSL, found_by="kernel")
    (found,) = of(reports.report("x", (package,)), unmatched={"kernel": "not matched"}).judgements
    assert (found.verdict, found.why) == ("not checked", "not matched")


def test_another_release_does_not_decide() -> None:
    index = FakeIndex((OLDER,))
    (found,) = of(reports.report("x", (reports.OPENSSL,)), index).judgements
    assert found.verdict == "not affected"
    assert found.why == "the sources that decide for Debian:13 do not hold it against 3.5.1-1"


def test_a_withdrawn_advisory_is_none() -> None:
    index = FakeIndex((replace(MERGED, withdrawn="2026-01-02T00:00:00Z"),))
    (found,) = of(reports.report("x", (reports.OPENSSL,)), index).judgements
    assert (found.verdict, found.why) == ("not affected", "withdrawn on 2026-01-02")


def test_a_system_without_an_order_is_not_checked() -> None:
    package = Package("unheard-of", "openssl", "1")
    report = reports.report("x", (package,))
    assert of(report).judgements == ()  # nothing says that the names mean the same


def test_the_same_name_of_another_system_is_another_package() -> None:
    package = Package("npm", "openssl", "1.0.0")
    coverage = (Coverage("npm", 1, "full"),)
    report = replace(reports.report("x", (package,)), coverage=coverage)
    assert of(report).judgements == ()


def test_a_finding_the_index_does_not_know_is_explained_from_the_report() -> None:
    index, report = wheels()
    bare = FakeIndex((replace(index.advisories[0], scope="npm"),))
    found = of(report, bare, "CVE-2025-47278").judgements
    assert [(j.verdict, j.scope) for j in found] == [("affected", "PyPI")]


def test_verdicts_come_worst_first() -> None:
    index, report = wheels()
    verdicts = [j.verdict for j in of(report, index, "CVE-2025-47278").judgements]
    assert verdicts == ["affected", "not checked", "not checked", "not affected"]
    assert of(reports.web(), INDEX).subject == reports.web().sbom.subject
