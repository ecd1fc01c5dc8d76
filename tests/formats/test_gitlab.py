"""GitLab's report: what its schema asks for, ids that stay, and what GitLab does with findings.

The schema itself is GitLab's and in no package; the checks here are written from it (container
scanning, 15.2): required properties, patterns, lengths, enumerations.
"""

import json
import uuid
from dataclasses import replace
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given

from ironhull.formats.gitlab import write_gitlab
from ironhull.model import Report
from tests import reports
from tests.formats import judged

_ANY = {"type": "string"}
_LEVELS = ["info", "warn", "fatal"]
_TEXT = {"type": "string", "minLength": 1}
_WEB = {"type": "string", "pattern": "^(https?|ftp)://.+"}
_TIME = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$"}


def _object(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    """An object of these properties and no others."""
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **optional},
        "additionalProperties": False,
    }


_TOOL = _object({"id": _TEXT, "name": _TEXT, "version": _TEXT, "vendor": _object({"name": _TEXT})})
_NAMED_TEXT = _object({"name": _TEXT, "type": {"const": "text"}, "value": {"type": "string"}})
_NAMED_LIST = _object(
    {
        "name": _TEXT,
        "type": {"const": "list"},
        "items": {
            "type": "array",
            "items": _object({"type": {"const": "text"}, "value": {"type": "string"}}),
        },
    }
)
_IDENTIFIER = _object({"type": _TEXT, "name": _TEXT, "value": _TEXT}, url=_WEB)
_CVSS3 = "^CVSS:3[.][01]/((AV:[NALP]|AC:[LH]|PR:[NLH]|UI:[NR]|S:[UC]|[CIA]:[NLH])/)*"
_VULNERABILITY = _object(
    {
        "id": _TEXT,
        "identifiers": {
            "type": "array",
            "minItems": 1,
            "maxItems": 20,
            "items": _IDENTIFIER,
        },
        "location": _object(
            {
                "dependency": _object(
                    {
                        "package": _object({"name": {"type": "string"}}),
                        "version": {"type": "string"},
                    }
                ),
                "operating_system": _TEXT,
                "image": _TEXT,
            }
        ),
    },
    name={"type": "string", "maxLength": 255},
    description={"type": "string", "maxLength": 1_048_576},
    severity={"enum": ["Info", "Unknown", "Low", "Medium", "High", "Critical"]},
    solution={"type": "string", "maxLength": 7_000},
    links={"type": "array", "items": _object({"url": _WEB}, name={"type": "string"})},
    details={"type": "object", "additionalProperties": {"oneOf": [_NAMED_TEXT, _NAMED_LIST]}},
    cvss_vectors={
        "type": "array",
        "minItems": 1,
        "maxItems": 10,
        "items": _object(
            {
                "vendor": _TEXT,
                "vector": {"type": "string", "minLength": 32, "maxLength": 128, "pattern": _CVSS3},
            }
        ),
    },
    flags={
        "type": "array",
        "items": _object(
            {
                "type": {"enum": ["flagged-as-likely-false-positive"]},
                "origin": _TEXT,
                "description": _TEXT,
            }
        ),
    },
)
_REPORT = _object(
    {
        "version": {"type": "string", "pattern": r"^15\.[0-9]+\.[0-9]+$"},
        "schema": {"type": "string", "pattern": "^https?://.+"},
        "scan": _object(
            {
                "analyzer": _TOOL,
                "scanner": _TOOL,
                "type": {"const": "container_scanning"},
                "start_time": _TIME,
                "end_time": _TIME,
                "status": {"enum": ["success", "failure"]},
                "messages": {
                    "type": "array",
                    "items": _object(
                        {"level": {"enum": ["info", "warn", "fatal"]}, "value": _TEXT}
                    ),
                },
            }
        ),
        "vulnerabilities": {"type": "array", "items": _VULNERABILITY},
    }
)
_VALIDATOR = jsonschema_rs.Draft7Validator(_REPORT, validate_formats=True)


def document(report: Report) -> dict[str, Any]:
    found = json.loads(write_gitlab(report, judged.shown(report)))
    assert [f"{e.instance_path}: {e.message}" for e in _VALIDATOR.iter_errors(found)] == []
    return found


def vulnerability(found: dict[str, Any], identifier: str) -> dict[str, Any]:
    return next(v for v in found["vulnerabilities"] if v["identifiers"][0]["value"] == identifier)


@pytest.mark.parametrize(
    "report",
    [judged.full(), judged.unchecked(), reports.report("scratch", ())],
    ids=["full", "unchecked", "empty"],
)
def test_every_report_is_what_the_schema_asks_for(report: Report) -> None:
    document(report)


@given(judged.hostile)
def test_any_text_is_what_the_schema_asks_for(report: Report) -> None:
    found = document(report)
    ids = [v["id"] for v in found["vulnerabilities"]]
    assert len(ids) <= len(report.findings)
    for name in ids:
        assert uuid.UUID(name).version == 5


def test_a_vulnerability() -> None:
    found = vulnerability(document(judged.full()), "CVE-2023-45133")
    assert found["name"] == "CVE-2023-45133"
    assert found["severity"] == "Critical"
    assert found["solution"] == "Update @babel/core to 7.23.2."
    assert found["identifiers"] == [
        {
            "type": "cve",
            "name": "CVE-2023-45133",
            "value": "CVE-2023-45133",
            "url": "https://www.cve.org/CVERecord?id=CVE-2023-45133",
        },
        {
            "type": "ghsa",
            "name": "GHSA-67hx-6x53-jw92",
            "value": "GHSA-67hx-6x53-jw92",
            "url": "https://github.com/advisories/GHSA-67hx-6x53-jw92",
        },
    ]
    assert found["cvss_vectors"] == [
        {"vendor": "nvd", "vector": "CVSS:3.1/AV:L/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H"}
    ]
    assert found["location"] == {
        "dependency": {"package": {"name": "@babel/core"}, "version": "7.0.0"},
        "operating_system": "debian:13",
        "image": "registry.example:5000/shop/web:1.0",
    }
    assert found["details"]["locations"]["items"][0]["value"] == (
        "srv/my app/node_modules/@babel/core/package.json, layer 1"
    )


def test_weaknesses_are_identifiers_of_their_number() -> None:
    found = vulnerability(document(judged.full()), "CVE-2025-9230")
    assert found["identifiers"][-1] == {
        "type": "cwe",
        "name": "CWE-787",
        "value": "787",
        "url": "https://cwe.mitre.org/data/definitions/787.html",
    }
    assert found["details"]["kev"]["value"] == "listed by CISA as exploited"
    assert found["details"]["because"]["value"] == "3.5.1-1 < 3.5.1-1+deb13u1"


def test_malicious_packages_come_first() -> None:
    first = document(judged.full())["vulnerabilities"][0]
    assert first["identifiers"][0]["value"] == "MAL-2025-1"
    assert first["severity"] == "Critical"
    assert first["description"].startswith("This package was made to do harm.")
    assert first["details"]["kind"]["value"] == "malicious"


def test_gitlab_opens_nothing_that_a_rule_hides() -> None:
    found = document(judged.full())
    names = {v["identifiers"][0]["value"] for v in found["vulnerabilities"]}
    assert "CVE-2025-47278" not in names
    assert {
        "level": "info",
        "value": "CVE-2025-47278 in flask 3.0.3:"
        " ignored until 2027-01-31: no debugger here (.ironhullignore:3)",
    } in found["scan"]["messages"]


def test_what_vex_calls_harmless_has_a_flag() -> None:
    found = document(judged.full())["vulnerabilities"]
    (flagged,) = (v for v in found if "flags" in v)
    assert flagged["identifiers"][0]["value"] == "CVE-2019-9192"
    assert flagged["location"]["dependency"]["package"]["name"] == "glibc"
    assert flagged["flags"][0]["description"] == (
        "VEX: not affected: vulnerable_code_not_present, built without it"
        " (vex/a.json #2, 2026-10-01, by Jo, unsigned)"
    )


def test_gaps_and_trouble_are_messages() -> None:
    messages = {m["value"]: m["level"] for m in document(judged.full())["scan"]["messages"]}
    assert messages["not checked: conan (1 package)"] == "warn"
    assert messages["dpkg: var/lib/dpkg/status: line 3: no version"] == "warn"


def test_nothing_checked_is_a_failure() -> None:
    scan = document(judged.unchecked())["scan"]
    assert scan["status"] == "failure"
    assert document(judged.full())["scan"]["status"] == "success"


def test_ids_are_the_same_in_every_run_and_different_within_one() -> None:
    report = judged.full()
    first, again = document(report), document(replace(report, problems=()))
    ids = [v["id"] for v in first["vulnerabilities"]]
    assert ids == [v["id"] for v in again["vulnerabilities"]]
    assert len(set(ids)) == len(ids)


def test_an_image_without_a_distribution() -> None:
    report = judged.full()
    bare = replace(report, sbom=replace(report.sbom, distro=None))
    assert document(bare)["vulnerabilities"][0]["location"]["operating_system"] == "unknown"
