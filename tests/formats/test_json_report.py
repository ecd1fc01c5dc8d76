"""The JSON of quickview and cves: valid against its schemas, equal numbers, honest nulls."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given

from ironhull.formats.json_report import dump, write_quickview_json, write_report_json
from ironhull.formats.text_cves import Shown
from ironhull.model import Problem, Report
from tests import reports
from tests.formats import judged

SCHEMAS = Path(__file__).resolve().parents[2] / "docs" / "schemas"


def validated(name: str, text: str) -> Any:
    """The document, valid against the schema of that name."""
    path = SCHEMAS / f"{name}.schema.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    validator = jsonschema_rs.validator_for(schema, base_uri=path.as_uri())
    document = json.loads(text)
    assert [f"{e.instance_path}: {e.message}" for e in validator.iter_errors(document)] == []
    return document


def _blank() -> Report:
    return reports.report("x", [reports.APT], deb="not checked")


SAMPLES = {
    "web": reports.web(),
    "hardened": reports.hardened(),
    "base": reports.base(),
    "blank": _blank(),
    "empty": reports.report("scratch", ()),
    "troubled": reports.report("x", [reports.APT], problems=(Problem("dpkg", "a", "b"),)),
    "everything": judged.full(),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_every_document_is_valid(name: str) -> None:
    report = SAMPLES[name]
    view = validated("quickview", write_quickview_json(report))
    full = validated("report", write_report_json(report, judged.shown(report)))
    same = set(view) - {"schema"}
    assert {key: view[key] for key in same} == {key: full[key] for key in same}


@pytest.mark.parametrize("name", ["common", "quickview", "report", "compare"])
def test_the_schemas_are_schemas(name: str) -> None:
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema_rs.meta.validate(schema)


def test_a_document_with_another_key_is_not_valid() -> None:
    text = write_quickview_json(reports.web()).replace('"packages": 5', '"packagez": 5')
    with pytest.raises(AssertionError, match="required property"):
        validated("quickview", text)


def test_numbers_of_an_image_and_its_base() -> None:
    document = json.loads(write_quickview_json(reports.web()))
    assert document["vulnerabilities"] == {
        "checked": "full",
        "critical": 0,
        "high": 1,
        "medium": 1,
        "low": 3,
        "unspecified": 0,
        "findings": 5,
        "distinct_cves": 4,
        "affected_packages": 4,
        "malicious_packages": 0,
        "ignored": 0,
        "suppressed": 0,
    }
    assert document["base_image"]["rule"] == "provenance"
    assert document["base_image"]["scanned"]["vulnerabilities"]["findings"] == 4
    assert document["base_image"]["difference"] == {
        "content_size": 12_000_000,
        "disk_size": 48_000_000,
        "packages": 1,
        "vulnerabilities": {"critical": 0, "high": 0, "medium": 0, "low": 1, "unspecified": 0},
    }


def test_what_was_not_checked_is_null() -> None:
    found = json.loads(write_quickview_json(_blank()))["vulnerabilities"]
    assert found.pop("checked") == "not checked"
    assert set(found.values()) == {None}


def test_a_finding() -> None:
    shown = Shown((reports.HIGH,), ("--only-fixed",))
    document = json.loads(write_report_json(reports.web(), shown))
    assert document["filters"] == {"applied": ["--only-fixed"], "shown": 1, "total": 5}
    assert document["vulnerabilities"]["findings"] == 5
    (finding,) = document["findings"]
    assert finding["id"] == "CVE-2025-9230"
    assert finding["aliases"] == ["DSA-6015-1"]
    assert finding["package"]["purl"] == "pkg:deb/debian/openssl@3.5.1-1?distro=debian-13"
    assert finding["installed"][0]["locations"] == [
        {"path": "var/lib/dpkg/status", "layer": reports.LAYER}
    ]
    assert (finding["fixed_version"], finding["cisa_kev"]) == ("3.5.1-1+deb13u1", True)
    assert finding["epss"] == {"score": 0.00043, "percentile": 0.0912}


def test_no_fixed_version_is_null() -> None:
    document = json.loads(write_report_json(reports.web(), Shown((reports.OLD,))))
    assert document["findings"][0]["fixed_version"] is None
    assert document["findings"][0]["status"] == "will-not-fix"


def test_findings_come_worst_first_in_any_order() -> None:
    web = reports.web()
    text = write_report_json(web, Shown(tuple(reversed(web.findings))))
    assert text == write_report_json(web, Shown(web.findings))


def test_undecodable_names_are_escapes() -> None:
    text = dump({"name": "a\udc80é"})
    assert text.encode()
    assert json.loads(text) == {"name": "a\\udc80é"}


@given(judged.hostile)
def test_any_text_gives_a_valid_document(report: Report) -> None:
    validated("report", write_report_json(report, judged.shown(report)))


def test_what_is_ignored_is_listed_marked_and_not_counted() -> None:
    report = judged.full()
    document = json.loads(write_report_json(report, judged.shown(report)))
    assert len(document["findings"]) == len(report.findings)
    assert document["filters"] == {"applied": [], "shown": 6, "total": 6}
    assert document["vulnerabilities"]["ignored"] == 1
    assert document["vulnerabilities"]["findings"] == 6
    assert document["vulnerabilities"]["suppressed"] == 1
    (ignored,) = (f for f in document["findings"] if f["ignored"])
    assert ignored["ignored"] == {
        "reason": "no debugger here",
        "until": "2027-01-31",
        "where": ".ironhullignore:3",
    }
    assert [rule["state"] for rule in document["ignore_rules"]] == ["used", "expired", "unused"]


def test_malicious_packages_are_a_class_of_their_own() -> None:
    report = judged.full()
    document = json.loads(write_report_json(report, judged.shown(report)))
    assert document["vulnerabilities"]["malicious_packages"] == 1
    (bad,) = (f for f in document["findings"] if f["kind"] == "malicious")
    assert bad["id"] == "MAL-2025-1"


def test_what_vex_says() -> None:
    report = judged.full()
    document = json.loads(write_report_json(report, judged.shown(report)))
    said = [f["statement"] for f in document["findings"] if f["statement"]]
    assert {s["status"] for s in said} == {"affected", "not_affected"}
    assert {
        "status": "not_affected",
        "justification": "vulnerable_code_not_present",
        "reason": "built without it",
        "action": "",
        "where": "vex/a.json #2",
        "document": "vex/a.json",
        "number": 2,
        "vulnerability": "CVE-1",
        "issued": "2026-10-01T12:00:00Z",
        "author": "Jo",
        "supplier": "",
        "format": "openvex",
        "origin": "file",
        "signature": "unsigned",
        "signer": "",
        "base": "",
    } in said


def test_vectors_and_severities_say_whose_they_are() -> None:
    report = judged.full()
    document = json.loads(write_report_json(report, judged.shown(report)))
    found = next(f for f in document["findings"] if f["id"] == "CVE-2023-45133")
    assert [c["source"] for c in found["cvss"]] == ["osv", "nvd", ""]
    assert found["severities"] == [
        {"source": "GHSA", "severity": "critical"},
        {"source": "NVD", "severity": "high"},
    ]
    assert document["made_with"]["sources"] == [
        {"name": "debian-tracker", "date": "2026-11-20T00:00:00Z"}
    ]


def test_large_documents_are_valid_and_on_one_line() -> None:
    report = judged.large(2_000)
    text = write_report_json(report, judged.shown(report))
    assert len(validated("report", text)["findings"]) == 2_000
    assert text.count("\n") == 1
    few = replace(report, findings=report.findings[:3])
    whole, part = json.loads(text), json.loads(write_report_json(few, judged.shown(few)))
    assert part["findings"][0] in whole["findings"]


def test_any_text_is_the_same_in_large_documents() -> None:
    package = reports.wheel("a\udc80é\x00", "1")
    odd = reports.finding(package, "CVE-2020-1")
    large = judged.large(2_000)
    for report in (
        replace(large, findings=(odd, *large.findings)),
        replace(large, findings=(odd,)),
    ):
        document = json.loads(write_report_json(report, judged.shown(report)))
        names = {f["package"]["name"] for f in document["findings"] if f["id"] == "CVE-2020-1"}
        assert names == {"a\\udc80é\x00"}
