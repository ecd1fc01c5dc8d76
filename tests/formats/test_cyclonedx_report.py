"""CycloneDX with vulnerabilities: valid by the official schema, complete, read by its library."""

import json
from dataclasses import replace
from typing import Any

import pytest
from cyclonedx.model.bom import Bom
from hypothesis import given

from ironhull.formats.cyclonedx_report import version_range, write_cyclonedx_report
from ironhull.model import Advisory, Range, Report
from tests import reports
from tests.formats import judged
from tests.formats.test_cyclonedx import validator  # noqa: F401  a fixture


def document(report: Report) -> dict[str, Any]:
    return json.loads(write_cyclonedx_report(report, judged.shown(report)))


def vulnerability(identifier: str, package: str = "") -> dict[str, Any]:
    found = document(judged.full())["vulnerabilities"]
    return next(v for v in found if v["id"] == identifier and package in v["description"])


def properties(item: dict[str, Any]) -> dict[str, str]:
    return {p["name"].removeprefix("ironhull:"): p["value"] for p in item["properties"]}


@pytest.mark.parametrize(
    "report",
    [judged.full(), judged.unchecked(), reports.report("scratch", ())],
    ids=["full", "unchecked", "empty"],
)
def test_valid_against_the_official_schema(validator: Any, report: Report) -> None:  # noqa: F811
    validator.validate(document(report))


def test_the_validator_refuses_what_is_wrong(validator: Any) -> None:  # noqa: F811
    wrong = document(judged.full())
    wrong["vulnerabilities"][0]["ratings"][0]["severity"] = "terrible"
    assert not validator.is_valid(wrong)


@given(judged.hostile)
def test_any_text_gives_a_valid_document(validator: Any, report: Report) -> None:  # noqa: F811
    found = document(report)
    validator.validate(found)
    refs = {c["bom-ref"] for c in found["components"]}
    mine = [v["bom-ref"] for v in found["vulnerabilities"]]
    assert len(set(mine)) == len(mine) == len(report.findings)
    assert not refs & set(mine)
    for item in found["vulnerabilities"]:
        assert item["affects"]
        assert {affected["ref"] for affected in item["affects"]} <= refs


def test_read_by_the_reference_library() -> None:
    bom = Bom.from_json(document(judged.full()))  # type: ignore[attr-defined]  # by a decorator
    assert len(bom.vulnerabilities) == len(judged.FINDINGS)
    bom.validate()


def test_a_vulnerability() -> None:
    found = vulnerability("CVE-2023-45133")
    assert found["source"] == {"name": "osv", "url": "https://osv.dev/vulnerability/CVE-2023-45133"}
    assert found["references"] == [
        {
            "id": "GHSA-67hx-6x53-jw92",
            "source": {
                "name": "GHSA",
                "url": "https://github.com/advisories/GHSA-67hx-6x53-jw92",
            },
        }
    ]
    assert [(r["method"], r["severity"]) for r in found["ratings"]] == [
        ("other", "critical"),
        ("CVSSv4", "critical"),
        ("CVSSv31", "critical"),
        ("CVSSv2", "high"),
    ]
    assert found["ratings"][2] == {
        "source": {"name": "nvd"},
        "score": 9.3,
        "severity": "critical",
        "method": "CVSSv31",
        "vector": "CVSS:3.1/AV:L/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H",
    }
    assert found["recommendation"] == "Update @babel/core to 7.23.2."
    assert (found["published"], found["updated"]) == (
        "2023-10-12T00:00:00Z",
        "2023-11-01T10:00:00Z",
    )
    assert found["advisories"][-1]["url"] == "https://example.org/advisory?a=1&b=(2)"


def test_what_is_affected() -> None:
    report = judged.full()
    components = {c["bom-ref"]: c for c in document(report)["components"]}
    found = vulnerability("CVE-2010-4756")
    names = {components[affected["ref"]]["name"] for affected in found["affects"]}
    assert names == {"libc-bin", "libc6"}
    (babel,) = vulnerability("CVE-2023-45133")["affects"]
    assert babel["versions"] == [
        {"version": "7.0.0", "status": "affected"},
        {"range": "vers:npm/<7.23.2|>=8.0.0-alpha.0|<8.0.0-alpha.4", "status": "affected"},
        {"version": "7.23.2", "status": "unaffected"},
    ]


@pytest.mark.parametrize(
    ("ranges", "versions", "expected"),
    [
        ((Range(),), (), "vers:pypi/*"),
        ((Range("0", "1+2"),), (), "vers:pypi/<1%2B2"),
        ((Range("2", "", "3"), Range("0", "1")), (), "vers:pypi/<1|>=2|<=3"),
        ((Range("1", limit="2"),), (), "vers:pypi/>=1|<2"),
        ((), ("1.10", "1.9", "1.9"), "vers:pypi/1.9|1.10"),
        ((), (), ""),
        ((), tuple(f"1.{n}" for n in range(2_000)), ""),
    ],
)
def test_ranges(ranges: tuple[Range, ...], versions: tuple[str, ...], expected: str) -> None:
    advisory = Advisory("X-1", "PyPI", "x", ranges=ranges, versions=versions)
    assert version_range(advisory, "pypi") == expected


def test_analyses() -> None:
    assert vulnerability("CVE-2019-9192", "glibc")["analysis"] == {
        "state": "not_affected",
        "justification": "code_not_present",
        "detail": "VEX: not affected: vulnerable_code_not_present, built without it"
        " (vex/a.json #2, 2026-10-01, by Jo, unsigned)",
    }
    assert vulnerability("CVE-2010-4756")["analysis"] == {
        "response": ["will_not_fix"],
        "detail": "will-not-fix: no-dsa: minor issue",
    }
    assert "analysis" not in vulnerability("CVE-2025-9230")


def test_an_ignored_finding_claims_nothing_about_its_impact() -> None:
    found = vulnerability("CVE-2025-47278")
    said = "ignored until 2027-01-31: no debugger here (.ironhullignore:3)"
    assert found["analysis"] == {"detail": said}
    assert properties(found)["ignored"] == said


def test_malicious_packages_and_exploited_vulnerabilities() -> None:
    bad = vulnerability("MAL-2025-1")
    assert properties(bad)["kind"] == "malicious"
    assert bad["ratings"][0]["severity"] == "critical"
    assert bad["cwes"] == [506]
    high = properties(vulnerability("CVE-2025-9230"))
    assert (high["cisa_kev"], high["epss:score"]) == ("true", "0.00043")
    assert high["because"] == "3.5.1-1 < 3.5.1-1+deb13u1"


def test_gaps_and_trouble_are_properties() -> None:
    found = document(judged.full())["properties"]
    told = {(p["name"], p["value"]) for p in found}
    assert ("ironhull:coverage", "not checked: conan (1 package)") in told
    assert ("ironhull:problem", "dpkg: var/lib/dpkg/status: line 3: no version") in told
    assert ("ironhull:checked", "npm: fixed-only, 1") in told
    assert ("ironhull:rule", "ignore rule unused: CVE-2020-2 (.ironhullignore:10)") in told


def test_equal_reports_are_equal_bytes_other_data_another_serial_number() -> None:
    report = judged.full()
    assert write_cyclonedx_report(report, judged.shown(report)) == write_cyclonedx_report(
        report, judged.shown(report)
    )
    newer = replace(report, made_with=replace(report.made_with, index_digest="sha256:" + "8" * 64))
    assert document(report)["serialNumber"] != document(newer)["serialNumber"]
