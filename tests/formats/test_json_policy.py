"""Verdicts as JSON: valid, complete, and Docker Scout's result file."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from ironhull.compare import compare
from ironhull.formats.json_compare import write_compare_json
from ironhull.formats.json_policy import write_policies_json, write_results
from ironhull.formats.json_report import write_quickview_json
from ironhull.model import Verdict
from tests.formats.verdicts import VERDICTS, judged

SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"


def _checked(name: str, text: str) -> Any:
    path = SCHEMAS / f"{name}.schema.json"
    validator = jsonschema_rs.validator_for(json.loads(path.read_text()), base_uri=path.as_uri())
    document = json.loads(text)
    assert [f"{e.instance_path}: {e.message}" for e in validator.iter_errors(document)] == []
    return document


def test_every_state_is_counted_and_told() -> None:
    found = _checked("policy", write_policies_json(judged()))["policies"]
    assert (found["status"], found["met"], found["not_met"]) == ("failed", 1, 3)
    assert (found["no_data"], found["errors"], found["total"]) == (2, 1, 7)
    assert found["score"] == {"grade": "E", "share": 10 / 80}
    by_name = {each["name"]: each for each in found["results"]}
    assert by_name["vulnerable"]["title"] == "Vulnerabilities found"
    assert by_name["vulnerable"]["result"] == "0C 1H 0M 1L"
    assert by_name["vulnerable"]["violations"][0]["remediation"] == "update it"
    assert by_name["stale"]["message"] == "there is no provenance"


def test_equal_verdicts_give_equal_bytes_whatever_time_they_took() -> None:
    slow = Verdict("a", "A", "B", "met", seconds=3.0)
    quick = Verdict("a", "A", "B", "met", seconds=0.1)
    assert write_policies_json(judged(slow)) == write_policies_json(judged(quick))


def test_nothing_weighs_nothing() -> None:
    found = _checked("policy", write_policies_json(judged(VERDICTS[4])))
    assert found["policies"]["score"] is None


@pytest.mark.parametrize("verdicts", [VERDICTS, VERDICTS[:1]])
def test_quickview_and_compare_hold_the_same(verdicts: tuple[Verdict, ...]) -> None:
    report = judged(*verdicts)
    alone = json.loads(write_policies_json(report))["policies"]
    assert _checked("quickview", write_quickview_json(report))["policies"] == alone
    both = _checked("compare", write_compare_json(compare(report, judged())))["policies"]
    assert both["analyzed"] == alone
    assert len(both["changes"]) == len(VERDICTS)
    assert {c["analyzed"] for c in both["changes"][len(verdicts) :]} <= {None}


def test_the_result_file_is_by_name() -> None:
    found = json.loads(write_results(judged()))
    assert list(found) == [verdict.name for verdict in VERDICTS]
    assert found["agpl"] == {
        "pass": True,
        "violations": [],
        "bindings": {"pass": True},
        "metrics": {"timer_rego_query_eval_ns": 500_000_000},
    }
    assert found["vulnerable"]["violations"] == [
        {"severity": "HIGH", "purl": "pkg:deb/openssl"},
        {"severity": "LOW", "purl": "pkg:deb/zlib"},
    ]
    assert found["broken"]["error"].startswith("b.rego:3:7")
    assert not any(found[name]["pass"] for name in list(found)[1:])
