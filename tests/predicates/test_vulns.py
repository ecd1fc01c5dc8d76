"""Reports of vulnerabilities as predicates: what counts, what is hidden, what was not checked."""

from dataclasses import replace

import pytest

from ironhull.model import Ignored, Statement
from ironhull.predicates.vulns import (
    check_cosign_vulns,
    check_scout_vulnerabilities,
    check_vulns,
    cosign_predicate,
    scout_predicate,
    sum_up_scout_vulnerabilities,
    sum_up_vulns,
    vulns_predicate,
)
from tests import reports

TIMES = {"started": "2026-11-22T10:00:00Z", "finished": "2026-11-22T10:00:05Z"}


def test_in_totos_predicate_holds_every_active_finding() -> None:
    report = reports.web()
    made = vulns_predicate(report, **TIMES)
    assert check_vulns(made) == []
    ids = [entry["id"] for entry in made["scanner"]["result"]]
    assert sorted(ids) == sorted(
        ["CVE-2010-4756", "CVE-2019-9192", "CVE-2019-9192", "CVE-2025-47278", "CVE-2025-9230"]
    )
    (openssl,) = (e for e in made["scanner"]["result"] if e["id"] == "CVE-2025-9230")
    assert openssl["severity"] == [
        {"method": "debian-tracker", "score": "high"},
        {"method": "CVSS:3.1", "score": "7.5"},
    ]
    said = {key: value for pair in openssl["annotations"] for key, value in pair.items()}
    assert said["package"] == "pkg:deb/debian/openssl@3.5.1-1?distro=debian-13"
    assert said["fixed"] == "3.5.1-1+deb13u1"
    assert made["scanner"]["db"]["lastUpdate"] == "2026-11-20T00:00:00Z"
    assert made["metadata"]["scanFinishedOn"] == TIMES["finished"]
    assert sum_up_vulns(made) == "ironhull@0.1.0: 4 vulnerabilities"


def test_what_is_hidden_is_no_result_but_is_told() -> None:
    vex = Statement(
        "CVE-2025-9230",
        "not_affected",
        (),
        justification="vulnerable_code_not_present",
        author="us",
        document="web.vex.json",
    )
    report = reports.web()
    suppressed = replace(reports.HIGH, statement=vex)
    ignored = replace(reports.OLD, ignored=Ignored("no network there"))
    report = replace(report, findings=(suppressed, ignored, reports.SHARED))
    made = vulns_predicate(report, **TIMES)
    assert [entry["id"] for entry in made["scanner"]["result"]] == ["CVE-2019-9192"]
    key = next(key for key in made if key.endswith("#hidden"))
    assert key.startswith("https://")
    assert made[key] == [
        {
            "id": "CVE-2025-9230",
            "package": "pkg:deb/debian/openssl@3.5.1-1?distro=debian-13",
            "by": "vex",
            "status": "not_affected",
            "justification": "vulnerable_code_not_present",
            "author": "us",
            "document": "web.vex.json",
        },
        {
            "id": "CVE-2010-4756",
            "package": "pkg:deb/debian/glibc@2.41-12?distro=debian-13",
            "by": "ignored",
            "reason": "no network there",
        },
    ]
    assert [e["purl"] for e in scout_predicate(report)] == [reports.APT.purl]


def test_what_was_not_checked_is_said() -> None:
    report = reports.report("web:1", (reports.APT, reports.FLASK), pypi="not checked")
    made = vulns_predicate(report, **TIMES)
    assert made["scanner"]["result"] == []
    key = next(key for key in made if key.endswith("#coverage"))
    assert {row["scope"]: row["checked"] for row in made[key]} == {
        "Debian:13": "full",
        "PyPI": "not checked",
    }


def test_scouts_list_is_by_installed_package() -> None:
    made = scout_predicate(reports.web())
    assert check_scout_vulnerabilities(made) == []
    purls = [entry["purl"] for entry in made]
    assert purls == sorted(purls)
    assert {package.purl for package in reports.GLIBC} <= set(purls)
    (openssl,) = (e for e in made if e["purl"] == reports.OPENSSL.purl)
    assert openssl["vulnerabilities"] == [
        {
            "source": "osv",
            "source_id": "CVE-2025-9230",
            "description": "Out-of-bounds read & write in RFC 3211 KEK unwrap",
            "vulnerable_range": "<3.5.1-1+deb13u1",
            "fixed_by": "3.5.1-1+deb13u1",
            "published_at": "2025-09-30T00:00:00Z",
            "cvss": {
                "severity": "HIGH",
                "score": 7.5,
                "vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N",
                "version": "3.1",
            },
            "cwes": [{"cwe_id": "CWE-787"}],
            "aliases": ["DSA-6015-1"],
            "cisa_exploited": True,
            "epss": {"score": 0.00043, "percentile": 0.0912},
        }
    ]
    assert sum_up_scout_vulnerabilities(made) == (
        "4 vulnerabilities in 5 packages (1 high, 1 medium, 3 low)"
    )


def test_cosigns_predicate_holds_a_report() -> None:
    made = cosign_predicate(reports.web(), {"schema": "x"}, **TIMES)
    assert check_cosign_vulns(made) == []
    assert made["scanner"]["result"] == {"schema": "x"}
    assert made["scanner"]["db"].keys() == {"uri", "version"}


def test_both_shapes_of_version_0_1_are_read() -> None:
    made = vulns_predicate(reports.web(), **TIMES)
    older = {
        **made,
        "scanner": {
            **made["scanner"],
            "result": [{"vulnerability": entry} for entry in made["scanner"]["result"]],
        },
    }
    assert check_vulns(older) == []
    assert sum_up_vulns(older) == sum_up_vulns(made)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"scanner": {}}, "scanner.uri is missing"),
        ({"scanner": {"uri": "u", "result": {}}}, "scanner.result is not a list"),
        ({"metadata": {"scanStartedOn": "yesterday"}}, "scanStartedOn is 'yesterday'"),
        ({"metadata": {}}, "metadata.scanFinishedOn is missing"),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, object], why: str) -> None:
    made = {**vulns_predicate(reports.web(), **TIMES), **change}
    assert any(why in line for line in check_vulns(made))


def test_a_result_without_id_or_severity() -> None:
    made = vulns_predicate(reports.web(), **TIMES)
    made["scanner"]["result"] = [{"id": "CVE-1"}, {"severity": [{"method": "x"}]}, 7]
    wrong = check_vulns(made)
    assert "scanner.result[0]: severity is not a list" in wrong
    assert "scanner.result[1]: id is missing" in wrong
    assert "scanner.result[1]: severity: score is missing" in wrong
    assert "scanner.result[2]: id is missing" in wrong
