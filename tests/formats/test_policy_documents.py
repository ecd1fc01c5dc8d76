"""Verdicts as Markdown, SARIF and JUnit: valid, bounded, and no data never looks like met."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.formats.json_policy import write_policies_json
from ironhull.formats.junit_policy import write_policies_junit
from ironhull.formats.markdown_policy import write_policies_markdown
from ironhull.formats.sarif_policy import write_policies_sarif
from ironhull.limits import LIMITS
from ironhull.model import VERDICT_STATES, Report, Verdict, Violation
from ironhull.values import replace
from tests import reports
from tests.formats.test_sarif import SCHEMA
from tests.formats.verdicts import VERDICTS, judged

ANY = st.text(st.characters(), max_size=20)
REPORTS = st.builds(
    lambda title, state, message, detail: judged(
        Verdict(
            title or "p",
            title,
            title,
            state,
            message=message,
            violations=(Violation(message, detail, title),) if state == "not met" else (),
        )
    ),
    ANY,
    st.sampled_from(VERDICT_STATES),
    ANY,
    st.dictionaries(ANY, ANY | st.integers() | st.none() | st.lists(ANY), max_size=3),
)


def _run(report: Report) -> dict[str, Any]:
    (only,) = json.loads(write_policies_sarif(report))["runs"]
    return only


@pytest.mark.network
def test_sarif_is_valid(npm_package: Callable[[str], Path]) -> None:
    path = npm_package(SCHEMA) / "lib" / "schemas" / "sarif-2.1.0-rtm.5.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    for name in ("run", "toolComponent"):  # a bracket too many; no log of ours has a language
        del schema["definitions"][name]["properties"]["language"]["pattern"]
    validator = jsonschema_rs.Draft4Validator(schema, validate_formats=True)
    document = json.loads(write_policies_sarif(judged()))
    assert [f"{e.instance_path}: {e.message}" for e in validator.iter_errors(document)] == []


def test_sarif_has_a_rule_per_policy_and_a_result_per_deviation() -> None:
    found = _run(judged())
    rules = [rule["id"] for rule in found["tool"]["driver"]["rules"]]
    assert rules == [verdict.name for verdict in VERDICTS]
    results = [(result["ruleId"], result["level"]) for result in found["results"]]
    assert results[:3] == [("vulnerable", "error"), ("vulnerable", "note"), ("root", "error")]
    assert all(rules[r["ruleIndex"]] == r["ruleId"] for r in found["results"])
    (invocation,) = found["invocations"]
    kinds = [n["descriptor"]["id"] for n in invocation["toolExecutionNotifications"]]
    assert kinds[:3] == ["no-data", "no-data", "error"]
    assert invocation["executionSuccessful"] is False
    assert _run(judged(*VERDICTS[:4]))["invocations"][0]["executionSuccessful"] is True


def test_sarif_leaves_out_what_readers_do_not_take() -> None:
    many = (Violation("m"),) * (LIMITS.sarif_results + 3)
    found = _run(judged(Verdict("p", "P", "Q", "not met", violations=many)))
    assert len(found["results"]) == LIMITS.sarif_results
    notes = found["invocations"][0]["toolExecutionNotifications"]
    assert "3 deviations left out" in notes[0]["message"]["text"]


def test_junit_has_a_case_per_policy() -> None:
    root = ElementTree.fromstring(write_policies_junit(judged()))
    (suite,) = root
    cases = {case.get("classname"): [part.tag for part in case] for case in suite.iter("testcase")}
    assert {name: cases[name] for name in ("agpl", "vulnerable", "stale", "broken")} == {
        "agpl": [],
        "vulnerable": ["failure"],
        "stale": ["skipped"],
        "broken": ["error"],
    }
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert int(root.get(attribute, "")) == len(list(root.iter(tag))) > 0
    assert int(root.get("tests", "")) == len(list(root.iter("testcase")))


def test_markdown_shows_all_in_a_table_and_folds_the_rest() -> None:
    text = write_policies_markdown(judged())
    assert "| ? no data | Not stale | No data |" in text
    assert "| ⚠ not evaluated | Broken | not evaluated |" in text
    assert text.count("<details>") == text.count("</details>") == 3
    assert "| CVE-1 in openssl | pkg:deb/openssl | HIGH |" in text
    assert "```" not in text.replace("\\`\\`\\`", "")


def test_markdown_never_exceeds_a_comment() -> None:
    many = tuple(Violation("m" * 500, {f"k{n}": "v" * 500 for n in range(5)}) for _ in range(60))
    verdicts = [Verdict(f"p{n}", f"P{n}", f"Q{n}", "not met", violations=many) for n in range(20)]
    text = write_policies_markdown(judged(*verdicts))
    assert len(text) <= LIMITS.markdown_characters
    assert "do not fit here" in text


@given(REPORTS)
def test_whatever_policies_say_documents_are_sound(report: Report) -> None:
    root = ElementTree.fromstring(write_policies_junit(report))
    met = report.verdicts[0].state == "met"
    bad = [part.tag for part in root.iter() if part.tag in ("failure", "error", "skipped")]
    assert met == (len(bad) == len(report.sbom.problems) + len(report.problems))
    found = _run(report)
    assert bool(found["results"]) == (report.verdicts[0].state == "not met")
    text = write_policies_markdown(report)
    assert text.isprintable() or all(c == "\n" or c.isprintable() for c in text)


def test_no_document_says_met_without_what_nobody_looked_up() -> None:
    partly = reports.report("web:1", [reports.OPENSSL, reports.FLASK], pypi="not checked")
    verdict = Verdict("p", "P", "Q", "met", result_type="vulnerability")
    report = replace(partly, verdicts=(verdict,))
    note = "not checked: PyPI (1 package)"
    assert "not checked: PyPI" in write_policies_markdown(report)  # its brackets are escaped
    notes = _run(report)["invocations"][0]["toolExecutionNotifications"]
    assert [each["message"]["text"] for each in notes] == [f"vulnerabilities: {note}"]
    suite = ElementTree.fromstring(write_policies_junit(report))[0]
    skipped = [
        case.get("name") for case in suite.iter("testcase") if case.find("skipped") is not None
    ]
    assert skipped == [f"vulnerabilities: {note}"]
    scopes = {
        row["scope"]: row["checked"] for row in json.loads(write_policies_json(report))["coverage"]
    }
    assert scopes["PyPI"] == "not checked"
