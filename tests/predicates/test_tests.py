"""Results of tests: from JUnit XML and CTRF to Scout's predicate and in-toto's."""

import json

import pytest

from ironhull.errors import FormatError
from ironhull.limits import Limits
from ironhull.predicates import tests as module
from ironhull.predicates.tests import (
    check_result,
    check_tests,
    read_result,
    read_tests,
    sum_up_result,
    sum_up_tests,
)

JUNIT = b"""<?xml version="1.0"?>
<testsuites>
  <testsuite name="pytest" tests="4">
    <testcase classname="a.B" name="one" time="0.5"/>
    <testcase name="two"><failure message="no">trace</failure><system-out/></testcase>
    <testcase name="three"><skipped/></testcase>
    <testcase name="four" time="1,000.25"><error/></testcase>
  </testsuite>
</testsuites>
"""
CTRF = {
    "results": {
        "tool": {"name": "jest"},
        "summary": {"tests": 2, "passed": 2, "failed": 0},
        "tests": [{"name": "x", "status": "passed"}, {"name": "y", "status": "other"}],
    }
}


def test_junit_becomes_scouts_predicate() -> None:
    made = read_tests(JUNIT, "junit.xml")
    assert check_tests(made) == []
    assert made["results"]["summary"] == {
        "tests": 4,
        "passed": 1,
        "failed": 2,
        "skipped": 1,
        "pending": 0,
        "other": 0,
    }
    assert made["results"]["tests"][0] == {"name": "a.B.one", "status": "passed", "duration": 500}
    assert made["results"]["tests"][3]["duration"] == 1_000_250
    assert sum_up_tests(made) == "1 of 4 passed, 2 failed"


def test_junit_becomes_in_totos_predicate() -> None:
    made = read_result(JUNIT, "junit.xml")
    assert check_result(made) == []
    assert made["result"] == "FAILED"
    assert made["passedTests"] == ["a.B.one"]
    assert made["failedTests"] == ["two", "four"]
    assert sum_up_result(made) == "FAILED: 1 test passed, 2 failed"


def test_a_suite_that_failed_before_its_first_test() -> None:
    made = read_tests(b"<testsuite><error message='no import'/></testsuite>", "x")
    assert made["results"]["summary"]["failed"] == 1


def test_ctrf_is_taken_as_it_is_and_turned_into_in_totos() -> None:
    data = json.dumps(CTRF).encode()
    assert read_tests(data, "ctrf.json") == CTRF
    assert read_result(data, "ctrf.json") == {
        "result": "WARNED",
        "configuration": [],
        "passedTests": ["x"],
        "warnedTests": ["y"],
        "failedTests": [],
    }


def test_failures_that_no_test_is_listed_for() -> None:
    summary = {"tests": 2, "passed": 1, "failed": 1}
    data = json.dumps({"results": {"summary": summary, "tests": []}}).encode()
    assert read_result(data, "ctrf.json")["result"] == "FAILED"


def test_a_predicate_is_taken_as_it_is() -> None:
    made = {"result": "PASSED", "configuration": [{"uri": "https://example.org"}]}
    assert read_result(json.dumps(made).encode(), "x") == made


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not JSON"),
        (b"[]", "no test results"),
        (b"{}", "results.summary is missing"),
        (b'{"results":{"summary":{"tests":"4"}}}', "tests is not a number"),
        (b"<html/>", "no JUnit report"),
        (b"<testsuite>", "not XML"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><testsuite/>", "entities or a DTD"),
        (b"<testsuite>" + b"<a>" * 200, "too deeply nested"),
    ],
)
def test_what_is_no_result(data: bytes, why: str) -> None:
    with pytest.raises(FormatError, match=why):
        read_tests(data, "results")


def test_too_many_elements(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LIMITS", Limits(sbom_objects=3))
    with pytest.raises(FormatError, match="too many elements"):
        read_tests(JUNIT, "x")
    monkeypatch.setattr(module, "LIMITS", Limits(attestation_bytes=3))
    with pytest.raises(FormatError, match="more than 3 bytes"):
        read_tests(JUNIT, "x")
