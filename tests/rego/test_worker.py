"""Functions the engine lacks, against what Go's fmt and OPA give."""

import ast
import hmac
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.rego import Module, evaluate
from ironhull.rego._worker import _sprintf

# What `fmt.Sprintf` gives (Go, package fmt).
FORMATS: list[tuple[str, list[Any], str]] = [
    ("%5.2f|", [3.14159], " 3.14|"),
    ("%-5s|", ["ab"], "ab   |"),
    ("%5s|", ["ab"], "   ab|"),
    ("%05d", [42], "00042"),
    ("%05d", [-42], "-0042"),
    ("%+d", [42], "+42"),
    ("%x %X", [255, 255], "ff FF"),
    ("%x", ["hi"], "6869"),
    ("%o %b", [8, 5], "10 101"),
    ("%.1f", [9.75], "9.8"),
    ("%.0f", [2.5], "2"),
    ("%f", [1], "1.000000"),
    ("%d%%", [50], "50%"),
    ("%q", ['a"b'], '"a\\"b"'),
    ("%t", [True], "true"),
    ("%v", [[1, "a"]], '[1, "a"]'),
    ("%v", [{"k": None}], '{"k": null}'),
    ("%s", [["x"]], '["x"]'),
    ("%v %v", [1], "1 %!v(MISSING)"),
    ("%d", ["x"], "%!d(string=x)"),
    ("%.2s", ["abcdef"], "ab"),
    ("%*d", [5, 42], "   42"),
    ("%d", [3.0], "3"),
    ("", [], ""),
]


@pytest.mark.parametrize(("form", "values", "expected"), FORMATS)
def test_sprintf(form: str, values: list[Any], expected: str) -> None:
    assert _sprintf(form, values) == expected


@given(st.text(max_size=30), st.lists(st.none() | st.booleans() | st.integers() | st.text()))
def test_sprintf_never_fails(form: str, values: list[Any]) -> None:
    assert isinstance(_sprintf(form, values), str)


@given(st.integers(-(10**12), 10**12), st.integers(0, 30))
def test_whole_numbers_are_as_python_has_them(number: int, width: int) -> None:
    assert _sprintf(f"%{width}d", [number]) == f"%{width}d" % number


def _evaluated(rule: str) -> Any:
    pytest.importorskip("regorus", reason="the Rego engine is not installed")
    (outcome,) = evaluate([Module("m", f"package p\nimport rego.v1\nx := {rule}")], {}, {})
    assert not outcome.error
    return outcome.value["x"]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ('crypto.sha256("a")', "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"),
        ('crypto.md5("a")', "0cc175b9c0f1b6a831c399e269772661"),
        ('crypto.sha1("a")', "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"),
        ('crypto.hmac.sha256("a", "k")', hmac.new(b"k", b"a", "sha256").hexdigest()),
        ('sprintf("%.1f and %-4s.", [7.25, "x"])', "7.2 and x   ."),
        ('sprintf("%v", [{2, 1}])', "{1, 2}"),
        ('time.parse_rfc3339_ns("1970-01-01T00:00:01Z")', 1_000_000_000),
    ],
)
def test_functions_within_a_policy(rule: str, expected: object) -> None:
    assert _evaluated(rule) == expected


LANGUAGE = """package differ

import rego.v1

kinds := {type | some vulnerability in input.v; type := vulnerability.s}

by_kind[kind] contains v.id if {
  some v in input.v
  kind := v.s
}

worst := max({v.n | some v in input.v})

all_named if {
  every v in input.v { startswith(v.id, "CVE-") }
}

default quiet := false

quiet if count(by_kind.HIGH) == 0

first := object.get(input.v[0], "missing", "none")

matched contains v.id if {
  some v in input.v
  regex.match(`^CVE-20[12]\\d-`, v.id)
  not v.s in {"LOW"}
}

text := concat(",", sort([v.id | some v in input.v]))

parts := [p | some v in input.v; p := split(v.id, "-")[1]]
"""


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "id": st.sampled_from(["CVE-2014-1", "CVE-2024-3094", "GHSA-x", "CVE-1999-2"]),
                "s": st.sampled_from(["HIGH", "LOW"]),
                "n": st.integers(0, 9),  # rego-cpp orders 10 before 2
            }
        ),
        min_size=1,
        max_size=6,
    )
)
def test_the_engine_agrees_with_another(found: list[dict[str, Any]]) -> None:
    """rego-cpp (package regopy), Microsoft's other engine, is the oracle."""
    regopy = pytest.importorskip("regopy", reason="the second Rego engine is not installed")
    pytest.importorskip("regorus", reason="the Rego engine is not installed")
    other = regopy.Interpreter()
    other.add_module("differ", LANGUAGE)
    other.set_input({"v": found})
    said = str(other.query("data.differ").results[0].expressions[0])  # as Python writes it
    theirs = ast.literal_eval(said)
    (ours,) = evaluate([Module("differ", LANGUAGE)], {"v": found}, {})
    assert ours.error == ""
    assert _sorted(ours.value) == _sorted(theirs)


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(each) for key, each in value.items()}
    if isinstance(value, list):
        return sorted((_sorted(each) for each in value), key=json.dumps)
    return value
