"""SARIF: valid by the standard's schema and by GitHub's rules, complete, stable, within limits."""

import json
import platform
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given

from ironhull.formats import sarif
from ironhull.formats.sarif import write_sarif
from ironhull.formats.text_cves import Shown
from ironhull.limits import LIMITS
from ironhull.model import Location, Report
from tests import reports
from tests.formats import judged

SCHEMA = "@microsoft/jest-sarif@1.0.0-beta.0"
VALIDATOR = "@microsoft/sarif-multitool-linux@5.7.0"
_URI = re.compile(r"(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})+(?:/(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})+)*")


def log(report: Report, *, for_github: bool = False) -> dict[str, Any]:
    document = json.loads(write_sarif(report, judged.shown(report), for_github=for_github))
    assert set(document) == {"$schema", "version", "runs"}
    return document


def run(report: Report, *, for_github: bool = False) -> dict[str, Any]:
    (only,) = log(report, for_github=for_github)["runs"]
    return only


def result(found: dict[str, Any], identifier: str) -> dict[str, Any]:
    return next(r for r in found["results"] if r["ruleId"].startswith(f"{identifier}/"))


def rule(found: dict[str, Any], identifier: str) -> dict[str, Any]:
    rules = found["tool"]["driver"]["rules"]
    mine = rules[result(found, identifier)["ruleIndex"]]
    assert mine["id"] == result(found, identifier)["ruleId"]
    return mine


@pytest.fixture(scope="module")
def validator(npm_package: Callable[[str], Path]) -> Any:
    path = npm_package(SCHEMA) / "lib" / "schemas" / "sarif-2.1.0-rtm.5.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    for name in ("run", "toolComponent"):  # a bracket too many; no log of ours has a language
        del schema["definitions"][name]["properties"]["language"]["pattern"]
    return jsonschema_rs.Draft4Validator(schema, validate_formats=True)


@pytest.mark.network
@pytest.mark.parametrize("report", [judged.full(), judged.unchecked()], ids=["full", "unchecked"])
def test_valid_against_the_schema_of_the_standard(validator: Any, report: Report) -> None:
    validator.validate(log(report))
    validator.validate(log(report, for_github=True))


@pytest.mark.network
def test_the_validator_refuses_what_is_wrong(validator: Any) -> None:
    wrong = log(judged.full())
    wrong["runs"][0]["results"][0]["level"] = "fatal"
    assert not validator.is_valid(wrong)


@pytest.mark.network
@given(judged.hostile)
def test_any_text_gives_a_valid_log(validator: Any, report: Report) -> None:
    validator.validate(log(report))


@pytest.mark.network
@pytest.mark.slow
@pytest.mark.skipif(platform.machine() != "x86_64", reason="the validator is a program for x86-64")
def test_github_takes_it(npm_package: Callable[[str], Path], tmp_path: Path) -> None:
    """Microsoft's validator with the rules of GitHub Advanced Security finds nothing to object."""
    program = npm_package(VALIDATOR) / "Sarif.Multitool"
    program.chmod(0o755)
    file, verdict = tmp_path / "report.sarif", tmp_path / "verdict.sarif"
    file.write_bytes(write_sarif(judged.full(), judged.shown(judged.full())))
    command = [program, "validate", file, "--rule-kind", "Sarif;Ghas", "-o", verdict]
    got = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert got.returncode == 0, got.stdout + got.stderr
    found = json.loads(verdict.read_text(encoding="utf-8-sig"))["runs"][0]["results"]
    said = [r["ruleId"] for r in found if r.get("level", "warning") in ("error", "warning")]
    assert [name for name in said if name != "SARIF2005"] == []  # that wants a web site


@given(judged.hostile)
def test_any_text_keeps_what_github_asks_for(report: Report) -> None:
    found = run(report)
    rules = found["tool"]["driver"]["rules"]
    assert len({r["id"] for r in rules}) == len(rules)
    marks = set()
    for item in found["results"]:
        assert rules[item["ruleIndex"]]["id"] == item["ruleId"]
        assert item["message"]["text"].isprintable()
        marks.add(item["partialFingerprints"]["primaryLocationLineHash"])
        assert item["locations"]
        for location in item["locations"]:
            uri = location["physicalLocation"]["artifactLocation"]["uri"]
            assert _URI.fullmatch(uri), uri
            assert not {".", ".."} & set(uri.split("/"))
    assert len(marks) == len(found["results"])
    for item in rules:
        assert len(item["properties"]["tags"]) <= 10
        assert len(item["shortDescription"]["text"]) <= 2_000
        value = float(item["properties"].get("security-severity", "5"))
        assert 0 < value <= 10


def test_a_rule_helps() -> None:
    mine = rule(run(judged.full()), "CVE-2025-9230")
    assert mine["name"] == "VulnerablePackage"
    assert mine["helpUri"] == "https://security-tracker.debian.org/tracker/CVE-2025-9230"
    assert mine["properties"] == {
        "precision": "very-high",
        "tags": ["security", "vulnerability", "deb", "cisa-kev", "external/cwe/cwe-787"],
        "security-severity": "7.5",
    }
    assert "Update openssl to 3.5.1-1+deb13u1." in mine["help"]["text"]
    assert "**Update openssl to 3.5.1-1\\+deb13u1.**" in mine["help"]["markdown"]
    assert "| Exploited | listed by CISA |" in mine["help"]["markdown"]
    assert (
        "[DSA-6015-1](https://security-tracker.debian.org/tracker/DSA-6015-1)"
        in (mine["help"]["markdown"])
    )


def test_the_severity_that_counts_is_the_one_github_shows() -> None:
    """GitHub reads `security-severity` in bands; a CVSS score of another band is moved."""
    high = reports.HIGH
    low = replace(high, advisory=replace(high.advisory, severity="low"))
    report = reports.report("x", [reports.OPENSSL], [low])
    mine = rule(run(report), "CVE-2025-9230")
    assert mine["properties"]["security-severity"] == "3.9"
    assert mine["defaultConfiguration"] == {"level": "note"}


def test_severities_and_malicious_packages() -> None:
    found = run(judged.full())
    assert found["results"][0]["ruleId"] == "MAL-2025-1/pypi/evilpkg"
    bad = rule(found, "MAL-2025-1")
    assert (bad["name"], bad["properties"]["security-severity"]) == ("MaliciousPackage", "10.0")
    assert bad["properties"]["tags"][:2] == ["security", "malicious-package"]
    levels = {r["ruleId"].split("/")[0]: r["level"] for r in found["results"]}
    assert levels["CVE-2023-45133"] == "error"
    assert levels["CVE-2025-9230"] == "error"
    assert levels["CVE-2010-4756"] == "note"
    assert levels["CVE-2024-0001"] == "warning"  # nobody rated it


def test_a_result_points_to_the_files() -> None:
    found = result(run(judged.full()), "CVE-2023-45133")
    uris = [at["physicalLocation"]["artifactLocation"] for at in found["locations"]]
    assert uris == [
        {
            "uri": "srv/my%20app/node_modules/%40babel/core/package.json",
            "uriBaseId": "IMAGEROOT",
        },
        {
            "uri": "srv/%C3%BCn%C3%AF/node_modules/%40babel/core/package.json",
            "uriBaseId": "IMAGEROOT",
        },
    ]
    (logical,) = found["locations"][0]["logicalLocations"]
    assert logical["fullyQualifiedName"] == "pkg:npm/%40babel/core@7.0.0"
    assert found["message"]["text"] == (
        "@babel/core 7.0.0 is affected by CVE-2023-45133 (critical). Update @babel/core to 7.23.2."
    )


def test_without_a_place_the_image_is_the_place() -> None:
    package = replace(reports.APT, locations=())
    finding = reports.finding(package, "CVE-2020-1")
    (only,) = run(reports.report("web:init", [package], [finding]))["results"]
    place = only["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert place == "web%3Ainit"


def test_places_are_bounded() -> None:
    places = tuple(Location(f"a/{number}") for number in range(500))
    package = replace(reports.FLASK, locations=places)
    finding = reports.finding(package, "CVE-2020-1")
    (only,) = run(reports.report("x", [package], [finding]))["results"]
    assert len(only["locations"]) == LIMITS.sarif_locations


def test_what_is_suppressed_says_why() -> None:
    found = run(judged.full())
    (ignored,) = result(found, "CVE-2025-47278")["suppressions"]
    assert ignored["kind"] == "external"
    assert ignored["status"] == "accepted"
    assert ignored["justification"] == (
        "ignored until 2027-01-31: no debugger here (.ironhullignore:3)"
    )
    vex = [r for r in found["results"] if r.get("suppressions") and "glibc" in r["ruleId"]]
    assert [s["suppressions"][0]["justification"] for s in vex] == [
        "VEX: not affected: vulnerable_code_not_present, built without it"
        " (vex/a.json #2, 2026-10-01, by Jo, unsigned)"
    ]
    assert len([r for r in found["results"] if r.get("suppressions")]) == 2
    assert "suppressions" not in found["results"][0]
    assert all(r.get("suppressions") for r in found["results"][-2:])


def test_github_gets_no_alert_for_what_is_suppressed() -> None:
    found = run(judged.full(), for_github=True)
    assert not any("suppressions" in r for r in found["results"])
    assert len(found["results"]) == len(judged.FINDINGS) - 2
    (invocation,) = found["invocations"]
    told = [n["message"]["text"] for n in invocation["toolConfigurationNotifications"]]
    assert "1 finding ignored by .ironhullignore" in told
    assert "1 finding suppressed by VEX (Jo)" in told


def test_gaps_and_trouble_are_notifications() -> None:
    (invocation,) = run(judged.full())["invocations"]
    assert invocation["executionSuccessful"] is True
    told = {n["message"]["text"]: n for n in invocation["toolExecutionNotifications"]}
    assert told["dpkg: var/lib/dpkg/status: line 3: no version"] == {
        "descriptor": {"id": "problem"},
        "level": "warning",
        "message": {"text": "dpkg: var/lib/dpkg/status: line 3: no version"},
    }
    assert told["not checked: conan (1 package)"]["descriptor"] == {"id": "coverage"}
    rules = [n["message"]["text"] for n in invocation["toolConfigurationNotifications"]]
    assert "ignore rule expired: CVE-2020-1 in x (.ironhullignore:9)" in rules


def test_nothing_checked_is_no_success() -> None:
    found = run(judged.unchecked())
    (invocation,) = found["invocations"]
    assert invocation["executionSuccessful"] is False
    (gap,) = invocation["toolExecutionNotifications"]
    assert (gap["level"], gap["descriptor"]["id"]) == ("error", "coverage")
    assert found["properties"]["vulnerabilities"] is None


def test_filters_are_told() -> None:
    report = judged.full()
    text = write_sarif(report, Shown((reports.HIGH,), ("--only-severity high",)))
    (only,) = json.loads(text)["runs"]
    assert len(only["results"]) == 1
    (first, *_) = only["invocations"][0]["toolConfigurationNotifications"]
    assert first["message"]["text"] == "showing 1 of 6 findings: --only-severity high"


def test_fingerprints_outlive_versions_tags_and_words() -> None:
    old = reports.report("shop/web:1.0", [reports.OPENSSL], [reports.HIGH])
    newer = replace(
        reports.HIGH,
        packages=(replace(reports.OPENSSL, version="3.5.1-2", upstream=None, name="openssl"),),
        advisory=replace(reports.HIGH.advisory, summary="other words", severity="critical"),
    )
    new = reports.report("shop/web:2.0", newer.packages, [newer], digit="f")
    first, second = run(old), run(new)
    assert first["results"][0]["partialFingerprints"] == second["results"][0]["partialFingerprints"]
    assert first["results"][0]["ruleId"] == second["results"][0]["ruleId"]
    assert first["automationDetails"] == second["automationDetails"]
    assert first["automationDetails"] == {"id": "ironhull/shop/web/linux%2Famd64/"}


def test_two_versions_at_one_place_are_two_alerts() -> None:
    one, two = (replace(judged.NODE, version=version) for version in ("1.0.0", "2.0.0"))
    found = [replace(judged.LIBRARY, packages=(package,)) for package in (one, two)]
    results = run(reports.report("x", [one, two], found))["results"]
    marks = [r["partialFingerprints"]["primaryLocationLineHash"] for r in results]
    assert [mark[-2:] for mark in marks] == [":1", ":2"]
    assert marks[0][:-2] == marks[1][:-2]


def test_equal_reports_are_equal_bytes() -> None:
    report = judged.full()
    backwards = replace(report, findings=tuple(reversed(report.findings)))
    text = write_sarif(report, judged.shown(report))
    assert text == write_sarif(backwards, judged.shown(backwards))


def test_what_readers_do_not_take_is_left_out_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "LIMITS", replace(LIMITS, sarif_results=30))
    found = run(judged.large(100))
    assert len(found["results"]) == 30
    assert {r["properties"]["severity"] for r in found["results"]} == {"critical", "high"}
    (first, *_) = found["invocations"][0]["toolExecutionNotifications"]
    assert first["descriptor"] == {"id": "left-out"}
    assert first["message"]["text"].startswith("70 findings of 100 left out")


def test_a_file_stays_below_what_github_unpacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "LIMITS", replace(LIMITS, sarif_gzip_bytes=20_000))
    found = run(judged.large(1_000))
    assert 0 < len(found["results"]) < 1_000
    (first, *_) = found["invocations"][0]["toolExecutionNotifications"]
    assert f"{1_000 - len(found['results'])} findings of 1000 left out" in first["message"]["text"]
