"""Test results as predicates: Docker Scout's and in-toto's, from JUnit XML or CTRF JSON.

Scout's holds a report in the Common Test Report Format (ctrf.io, schema: `results.tool`,
`.summary`, `.tests`), of which its policy reads `results.summary.failed`; in-toto/attestation,
spec/predicates/test-result.md. JUnit XML is what most test runners write (`testsuite`, `testcase`
with `failure`, `error`, `skipped`).
"""

from __future__ import annotations

from typing import Any

from ironhull.errors import FormatError
from ironhull.limits import LIMITS
from ironhull.predicates._shape import at, count, items, mapping, missing, parsed, text
from ironhull.values import dataclass

__all__ = [
    "RESULT_TYPE",
    "SCOUT_TYPE",
    "check_result",
    "check_tests",
    "read_result",
    "read_tests",
    "sum_up_result",
    "sum_up_tests",
]

SCOUT_TYPE = "https://scout.docker.com/tests/v0.1"
RESULT_TYPE = "https://in-toto.io/attestation/test-result/v0.1"

_RESULTS = ("PASSED", "WARNED", "FAILED")
_STATES = ("passed", "failed", "skipped", "pending", "other")
_HINT = "give JUnit XML, a CTRF report or the predicate itself"


@dataclass(frozen=True, slots=True)
class _Case:
    """One test: its name, one of _STATES, and how long it took in milliseconds."""

    name: str
    status: str
    duration: int = 0


# ── written ──────────────────────────────────────────────────────────────────────────────────────


def read_tests(data: bytes, name: str) -> Any:
    """Scout's predicate of a file of test results, called `name`; raises FormatError."""
    if _is_xml(data):
        return {"results": _ctrf("junit", _junit(data, name))}
    found = parsed(data, name, _HINT)
    if wrong := check_tests(found):
        raise FormatError(f"{name}: no test results: {wrong[0]}", _HINT)
    return found


def read_result(data: bytes, name: str) -> Any:
    """in-toto's predicate of a file of test results; raises FormatError."""
    if _is_xml(data):
        return _result(_junit(data, name))
    found = parsed(data, name, _HINT)
    if not check_tests(found):
        cases = [
            _Case(text(mapping(case).get("name")), text(mapping(case).get("status")))
            for case in items(at(found, "results.tests"))
        ]
        return _result(cases, at(found, "results.summary"))
    if wrong := check_result(found):
        raise FormatError(f"{name}: no test results: {wrong[0]}", _HINT)
    return found


def _ctrf(tool: str, cases: list[_Case]) -> dict[str, Any]:
    states = [case.status for case in cases]
    return {
        "tool": {"name": tool},
        "summary": {"tests": len(cases), **{state: states.count(state) for state in _STATES}},
        "tests": [
            {"name": case.name, "status": case.status, "duration": case.duration} for case in cases
        ],
    }


def _result(cases: list[_Case], summary: Any = None) -> dict[str, Any]:
    """Tests that were not run are in no list, as the predicate has none for them."""
    failed = [case.name for case in cases if case.status == "failed"]
    other = [case.name for case in cases if case.status == "other"]
    bad = bool(failed) or bool(mapping(summary).get("failed"))
    return {
        "result": "FAILED" if bad else "WARNED" if other else "PASSED",
        "configuration": [],
        "passedTests": [case.name for case in cases if case.status == "passed"],
        "warnedTests": other,
        "failedTests": failed,
    }


# ── JUnit XML ────────────────────────────────────────────────────────────────────────────────────


def _is_xml(data: bytes) -> bool:
    return data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<"


class _Suites:
    """What is gathered of the elements of a JUnit document."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._open: list[str] = []
        self._elements = 0
        self._state = "passed"
        self._name = ""
        self._duration = 0
        self.cases: list[_Case] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if self._elements > LIMITS.sbom_objects or len(self._open) > 100:
            raise FormatError(f"{self._where}: too many elements, or too deeply nested")
        if not self._open and name not in ("testsuites", "testsuite"):
            raise FormatError(f"{self._where}: is XML, but no JUnit report", _HINT)
        self._open.append(name)
        if name == "testcase":
            group = attributes.get("classname", "")
            own = attributes.get("name", "")
            self._name = f"{group}.{own}" if group else own
            self._state, self._duration = "passed", _milliseconds(attributes.get("time", ""))
        elif name in ("failure", "error"):
            self._worse("failed")
        elif name == "skipped" and self._state == "passed":
            self._worse("skipped")

    def end(self, name: str) -> None:
        self._open.pop()
        if name == "testcase":
            self.cases.append(_Case(self._name, self._state, self._duration))
            self._name = ""

    def _worse(self, state: str) -> None:
        if "testcase" in self._open:
            self._state = state
        else:  # a suite that failed before its first test
            self.cases.append(_Case("suite", state))

    def refuse(self, *_: object) -> None:
        raise FormatError(f"{self._where}: XML with entities or a DTD is not read", _HINT)


def _junit(data: bytes, where: str) -> list[_Case]:
    from xml.parsers import expat

    if len(data) > LIMITS.attestation_bytes:
        raise FormatError(f"{where}: more than {LIMITS.attestation_bytes} bytes")
    suites = _Suites(where)
    parser = expat.ParserCreate()
    parser.StartElementHandler = suites.start
    parser.EndElementHandler = suites.end
    parser.StartDoctypeDeclHandler = suites.refuse
    parser.EntityDeclHandler = suites.refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError as trouble:
        raise FormatError(f"{where}: not XML: {trouble}", _HINT) from None
    return suites.cases


def _milliseconds(seconds: str) -> int:
    try:
        found = float(seconds.replace(",", ""))
    except ValueError:
        return 0
    return round(found * 1000) if 0 <= found < 1e9 else 0


# ── read ─────────────────────────────────────────────────────────────────────────────────────────


def check_tests(predicate: Any) -> list[str]:
    """A CTRF report has a summary whose numbers are numbers."""
    summary = at(predicate, "results.summary")
    wrong = missing(predicate, ("results.summary",), dict)
    if wrong:
        return wrong
    return [
        f"results.summary.{key} is not a number"
        for key in ("tests", "passed", "failed")
        if not isinstance(summary.get(key), int) or isinstance(summary.get(key), bool)
    ]


def sum_up_tests(predicate: Any) -> str:
    """How many passed and failed."""
    summary = mapping(at(predicate, "results.summary"))
    passed, failed, tests = (summary.get(key) for key in ("passed", "failed", "tests"))
    return f"{passed} of {tests} passed, {failed} failed"


def check_result(predicate: Any) -> list[str]:
    """The fields that in-toto's specification requires."""
    result = at(predicate, "result")
    wrong = missing(predicate, ("configuration",), list)
    if result not in _RESULTS:
        wrong.append(f"result is {str(result)[:40]!r}, none of {', '.join(_RESULTS)}")
    return wrong


def sum_up_result(predicate: Any) -> str:
    """The result and how many tests failed."""
    failed = len(items(at(predicate, "failedTests")))
    passed = len(items(at(predicate, "passedTests")))
    return f"{text(at(predicate, 'result'))}: {count(passed, 'test')} passed, {failed} failed"
