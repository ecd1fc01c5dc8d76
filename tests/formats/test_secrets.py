"""Secrets in every format: all are there, the secret is not, and that nobody looked is told."""

import json
import re
from typing import Any

import jsonschema_rs
import pytest
from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st

from ironhull.formats import REPORT_FORMATS, SCAN_FORMATS
from ironhull.formats.gitlab_secrets import write_gitlab_secrets
from ironhull.formats.text_cves import Shown
from ironhull.formats.text_scan import ScanView
from ironhull.model import SECRET_SOURCES, SEVERITIES, Ignored, Report, SecretFinding
from ironhull.values import replace
from tests import reports
from tests.formats import judged
from tests.formats.test_json_report import validated as valid

TOKEN = SecretFinding(
    *("github-token", "version control", "GitHub token", "critical", "app/.env", 3, 3),
    *("TOKEN=********", "a" * 32, "FILE", reports.LAYER),
)
FOUND = (
    TOKEN,
    replace(TOKEN, path="app/old", fingerprint="b" * 32, removed_in="sha256:" + "9" * 64),
    replace(TOKEN, rule="aws-secret", path="KEY", source="ENV", layer="", severity="unspecified"),
    replace(TOKEN, path="app/seen", ignored=Ignored("dev only", "2030-01-01", "f.yaml:3")),
)
PLACES = ("app/.env", "app/old", "KEY")
NOWHERE = ("gitlab", "cyclonedx")


def searched(findings: tuple[SecretFinding, ...] = FOUND) -> Report:
    return replace(judged.full(), secrets=findings, scanners=("vuln", "secret"))


def written(name: str, report: Report) -> str:
    shown = replace(judged.shown(report), secrets=report.secrets or ())
    for row in SCAN_FORMATS:
        if row.name == name:
            return bytes(row.write(report, ScanView(shown))).decode()
    (row,) = (row for row in REPORT_FORMATS if row.name == name)
    return bytes(row.write(report, shown)).decode()


NAMES = [*(row.name for row in REPORT_FORMATS[1:]), *(row.name for row in SCAN_FORMATS)]


@pytest.mark.parametrize("name", [n for n in NAMES if n not in (*NOWHERE, "ids")])
def test_every_secret_is_there(name: str) -> None:
    text = written(name, searched()).replace("\\_", "_").replace("\\.", ".")
    assert all(place in text for place in PLACES)
    hidden = name not in ("text", "table", "markdown", "github")
    assert ("app/seen" in text) is hidden
    assert ("dev only" in text) is hidden


@pytest.mark.parametrize("name", NAMES)
def test_reports_without_a_search_do_not_speak_of_secrets(name: str) -> None:
    if name == "gitlab-secrets":
        assert json.loads(written(name, judged.full()))["scan"]["status"] == "failure"
        return
    assert written(name, judged.full()) == written(name, replace(judged.full(), secrets=None))
    text = written(name, judged.full())
    assert not re.search(r"(?i)\bsecrets?\b", text.replace("secret/", "")), name


@pytest.mark.parametrize("name", ["text", "markdown", "html", "junit"])
def test_that_nothing_was_found_is_said(name: str) -> None:
    assert "no secrets" in written(name, searched(()))


@pytest.mark.parametrize("name", NAMES)
def test_a_search_alone_says_nothing_of_vulnerabilities(name: str) -> None:
    report = replace(searched(), scanners=("secret",), findings=(), coverage=())
    text = written(name, report)
    assert "no zero" not in text
    if name == "sarif":
        (run,) = json.loads(text)["runs"]
        assert run["invocations"][0]["executionSuccessful"] is True
    if name == "junit":
        assert {s.get("name") for s in ElementTree.fromstring(text)} == {
            f"{report.sbom.subject.name} (secrets)",
            f"{report.sbom.subject.name}: scan",
        }


def test_json_is_valid_and_whole() -> None:
    document = valid("report", written("json", searched()))
    assert document["secrets"]["total"] == 3
    assert document["scanners"] == ["vuln", "secret"]
    assert [row["ignored"] for row in document["secrets"]["findings"]] == [
        None,
        None,
        None,
        {"reason": "dev only", "until": "2030-01-01", "where": "f.yaml:3"},
    ]
    assert "secrets" not in valid("report", written("json", judged.full()))


def test_sarif_has_a_rule_for_each_and_a_result_at_the_line() -> None:
    (run,) = json.loads(written("sarif", searched()))["runs"]
    results = [r for r in run["results"] if r["ruleId"].startswith("secret/")]
    rules = run["tool"]["driver"]["rules"]
    assert [rules[r["ruleIndex"]]["id"] for r in results] == [r["ruleId"] for r in results]
    assert len({rule["id"] for rule in rules}) == len(rules)
    place = results[0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "app/.env", "uriBaseId": "IMAGEROOT"}
    assert place["region"]["startLine"] == 3
    assert [bool(r.get("suppressions")) for r in results] == [False, False, False, True]


def test_junit_fails_for_each_and_skips_what_is_ignored() -> None:
    suites = ElementTree.fromstring(written("junit", searched()))
    (suite,) = (s for s in suites if s.get("name").endswith("(secrets)"))
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("4", "3", "1")


def test_ids_are_rules() -> None:
    assert written("ids", searched()).splitlines()[-2:] == ["github-token", "aws-secret"]


# ── GitLab ───────────────────────────────────────────────────────────────────────────────────────

_TEXT = {"type": "string", "minLength": 1}
_GITLAB: dict[str, Any] = {
    "type": "object",
    "required": ["version", "vulnerabilities", "scan"],
    "properties": {
        "scan": {
            "type": "object",
            "required": ["analyzer", "scanner", "type", "start_time", "end_time", "status"],
            "properties": {
                "type": {"const": "secret_detection"},
                "status": {"enum": ["success", "failure"]},
                "messages": {
                    "items": {
                        "required": ["level", "value"],
                        "properties": {
                            "level": {"enum": ["info", "warn", "fatal"]},
                            "value": _TEXT,
                        },
                    }
                },
            },
        },
        "vulnerabilities": {
            "items": {
                "required": ["id", "identifiers", "location"],
                "properties": {
                    "id": _TEXT,
                    "name": {"type": "string", "maxLength": 255},
                    "severity": {"enum": ["Info", "Unknown", "Low", "Medium", "High", "Critical"]},
                    "identifiers": {
                        "minItems": 1,
                        "items": {
                            "required": ["type", "name", "value"],
                            "properties": {"type": _TEXT, "name": _TEXT, "value": _TEXT},
                        },
                    },
                    "location": {
                        "required": ["commit"],
                        "properties": {
                            "commit": {"required": ["sha"], "properties": {"sha": _TEXT}},
                            "start_line": {"type": "number"},
                            "end_line": {"type": "number"},
                        },
                    },
                },
            }
        },
    },
}
"""What the schema asks for (secret-detection-report-format.json 15.2), in short."""

_VALIDATOR = jsonschema_rs.Draft7Validator(_GITLAB)


def test_gitlab_gets_what_its_schema_asks_for() -> None:
    document = json.loads(written("gitlab-secrets", searched()))
    _VALIDATOR.validate(document)
    assert len({row["id"] for row in document["vulnerabilities"]}) == 3
    assert [m["level"] for m in document["scan"]["messages"]] == ["info"]


# ── any text anywhere ────────────────────────────────────────────────────────────────────────────

_nasty = st.sampled_from(
    ["<script>x</script>", "]]>", "a\x00b\x1b[31m", "\u202eevil", "\udc80", "a|b\n## c", "{0}](x)"]
)
_text = st.text(max_size=12) | _nasty
_secrets = st.builds(
    SecretFinding,
    rule=_text.filter(bool),
    category=_text,
    title=_text.filter(bool),
    severity=st.sampled_from(SEVERITIES),
    path=_text,
    line=st.integers(1, 9),
    end_line=st.just(9),
    match=_text,
    fingerprint=st.text("0123456789abcdef", min_size=32, max_size=32),
    source=st.sampled_from(SECRET_SOURCES),
    layer=st.sampled_from(["", reports.LAYER, "x"]),
    removed_in=st.sampled_from(["", reports.LAYER, "y"]),
    ignored=st.none() | st.builds(Ignored, _text, st.just(""), _text),
)


@given(st.lists(_secrets, max_size=4).map(tuple))
def test_any_text_is_written_as_text(findings: tuple[SecretFinding, ...]) -> None:
    report = searched(findings)
    for name in NAMES:
        text = written(name, report)
        assert "<script>x" not in text or name in (
            "json",
            "sarif",
            "github",
            "gitlab-secrets",
            "text",
            "table",
            "ids",
        )
        assert "\x1b" not in text
        assert "\u202e" not in text or name == "json", name
    valid("report", written("json", report))
    ElementTree.fromstring(written("junit", report))
    shown = Shown((), secrets=findings)
    _VALIDATOR.validate(json.loads(write_gitlab_secrets(report, shown)))
