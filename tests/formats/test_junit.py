"""JUnit: well-formed whatever the names, counted right, never a pass nobody checked."""

import re
from dataclasses import replace
from xml.etree import ElementTree

from hypothesis import given

from ironhull.formats.junit import write_junit
from ironhull.formats.text_cves import Shown
from ironhull.model import Problem, Report
from tests import reports
from tests.formats import judged

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\u202e]")


def parsed(report: Report, shown: Shown | None = None) -> ElementTree.Element:
    """The document; its counts and those of every suite are those of the cases."""
    data = write_junit(report, shown or judged.shown(report))
    assert not _CONTROL.search(data.decode())
    root = ElementTree.fromstring(data)
    assert root.tag == "testsuites"
    for element in (root, *root):
        cases = list(element.iter("testcase"))
        assert element.get("tests") == str(len(cases))
        for name in ("failure", "error", "skipped"):
            attribute = "skipped" if name == "skipped" else f"{name}s"
            assert element.get(attribute) == str(sum(c.find(name) is not None for c in cases))
    return root


def cases(root: ElementTree.Element, kind: str) -> dict[str, ElementTree.Element]:
    """By class and name, what the cases with a child of that kind say."""
    return {
        f"{case.get('classname')} {case.get('name')}": child
        for case in root.iter("testcase")
        if (child := case.find(kind)) is not None
    }


@given(judged.hostile)
def test_any_text_is_well_formed(report: Report) -> None:
    root = parsed(report)
    failed = [f for f in report.findings if not f.ignored and not _harmless(f.statement)]
    assert root.get("failures") == str(len(failed))


def _harmless(statement: object) -> bool:
    return getattr(statement, "status", "") in ("not_affected", "fixed")


def test_a_suite_for_each_packaging_system() -> None:
    suites = [suite.get("name") for suite in parsed(judged.full())]
    image = "registry.example:5000/shop/web:1.0"
    assert suites == [
        f"{image} (conan)",
        f"{image} (debian 13)",
        f"{image} (npm)",
        f"{image} (pypi)",
        f"{image}: scan",
    ]


def test_a_finding_is_a_failure() -> None:
    failure = cases(parsed(judged.full()), "failure")["openssl 3.5.1-1 CVE-2025-9230"]
    assert failure.get("type") == "high"
    assert failure.get("message") == (
        "openssl 3.5.1-1 is affected by CVE-2025-9230 (high): Out-of-bounds read & write in"
        " RFC 3211 KEK unwrap. Update openssl to 3.5.1-1+deb13u1."
    )
    lines = (failure.text or "").splitlines()
    assert "Because: 3.5.1-1 < 3.5.1-1+deb13u1" in lines
    assert "CISA KEV: listed as exploited" in lines
    assert "Found in: var/lib/dpkg/status" in lines


def test_malicious_packages_are_failures_of_their_own_type() -> None:
    failure = cases(parsed(judged.full()), "failure")["evilpkg 1.0 MAL-2025-1"]
    assert failure.get("type") == "malicious package"
    assert "Remove evilpkg" in (failure.get("message") or "")


def test_what_is_suppressed_is_skipped_with_its_reason() -> None:
    skipped = cases(parsed(judged.full()), "skipped")
    assert skipped["flask 3.0.3 CVE-2025-47278"].get("message") == (
        "ignored until 2027-01-31: no debugger here (.ironhullignore:3)"
    )
    assert "VEX: not affected" in (skipped["glibc 2.41-12 CVE-2019-9192"].get("message") or "")


def test_what_was_checked_passes_and_what_was_not_is_skipped() -> None:
    plain = reports.report("x", [reports.APT, reports.OPENSSL, judged.UNKNOWN], [reports.HIGH])
    root = parsed(plain)
    passed = [c.get("classname") for c in root.iter("testcase") if len(c) == 0]
    assert passed == ["apt 3.0.3", "scan"]
    skipped = cases(root, "skipped")
    assert skipped["zlib 1.3 pkg:conan/zlib@1.3"].get("message") == (
        "not checked: no scope for conan"
    )


def test_nothing_checked_is_an_error() -> None:
    root = parsed(judged.unchecked())
    (error,) = cases(root, "error").values()
    assert error.get("message") == "nothing was checked: not checked: Debian:13 (1 package)"
    assert root.get("failures") == "0"
    (skipped,) = cases(root, "skipped").values()
    assert skipped.get("message") == "not checked: Debian:13 no data"


def test_trouble_filters_and_rules_are_skipped_cases() -> None:
    report = judged.full()
    shown = replace(judged.shown(report), findings=(reports.HIGH,), filters=("--only-fixed",))
    said = [case.get("message") for case in cases(parsed(report, shown), "skipped").values()]
    assert "dpkg: var/lib/dpkg/status: line 3: no version" in said
    assert "showing 1 of 6 findings: --only-fixed" in said
    assert "ignore rule expired: CVE-2020-1 in x (.ironhullignore:9)" in said


def test_what_xml_forbids_is_an_escape() -> None:
    problem = Problem("a\x00b", "\ud800", "\ufffe ]]> <x/>")
    root = parsed(replace(judged.unchecked(), problems=(problem,)))
    said = [case.get("message") or "" for case in cases(root, "skipped").values()]
    assert "a\\x00b: \\ud800: \\ufffe ]]> <x/>" in said


def test_suites_say_what_they_are_about() -> None:
    (suite, *_) = parsed(judged.full())
    facts = {p.get("name"): p.get("value") for p in suite.iter("property")}
    assert facts["digest"] == "sha256:" + "a" * 64
    assert facts["advisory_data"] == "sha256:" + "9" * 64
    assert suite.get("timestamp") == "2026-11-20T00:00:00"
