"""Tests of policies, with functions of the contract replaced."""

import pytest

from ironhull.rego import Builtin, Module, run_tests

pytest.importorskip("regorus", reason="the Rego engine is not installed")

POLICY = Module(
    "p.rego",
    """package docker.scout

import rego.v1

# oci.referrer("in a comment")
text := "oci.referrer"

default pass := false

pass if oci.referrer("t").n == data.config.n
""",
    {"n": 2},
)
TESTS = """package docker.scout

import rego.v1

one(_) := {"n": 1}

test_replaced_by_a_rule if pass with oci.referrer as one with data.config as {"n": 1}

test_replaced_by_a_value if pass with oci.referrer as {"n": 2}

test_fails if pass with oci.referrer as one

test_not_replaced if not pass

test_text_is_left_alone if text == "oci.referrer"

test_false := false

test_breaks if nothing(1)

helper := 1
"""
BUILTINS = {"oci.referrer": Builtin(1, lambda _: {"n": 9})}


def test_every_test_runs_and_tells_how_it_ended() -> None:
    found = {each.name: each.error for each in run_tests(POLICY, [("t.rego", TESTS)], BUILTINS)}
    broken = found.pop("test_breaks")
    assert "nothing" in broken
    assert found == {
        "test_replaced_by_a_rule": "",
        "test_replaced_by_a_value": "",
        "test_fails": "is undefined, not true",
        "test_not_replaced": "",
        "test_text_is_left_alone": "",
        "test_false": "is False, not true",
    }
