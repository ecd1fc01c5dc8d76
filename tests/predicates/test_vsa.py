"""Verification summaries: written as the specification asks, believed only for what they say."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.predicates.vsa import Expected, check_vsa, judge_vsa, sum_up_vsa, vsa_predicate

VERIFIER = "https://example.com/verifier"


def summary(*, passed: bool = True, **change: Any) -> dict[str, Any]:
    made = vsa_predicate(
        verifier=VERIFIER,
        version={"ironhull": "1.0"},
        time="2026-11-22T10:00:00Z",
        resource="pkg:docker/web@1",
        policy=("https://example.com/policy", {"sha256": "ab"}),
        inputs=[("https://spdx.dev/Document", {"sha256": "cd"})],
        passed=passed,
        levels=["SLSA_BUILD_LEVEL_2"],
    )
    return {**made, **change}


def test_a_summary_that_passed() -> None:
    made = summary()
    assert check_vsa(made) == []
    assert made["verifiedLevels"] == ["SLSA_BUILD_LEVEL_2"]
    assert made["inputAttestations"] == [
        {"uri": "https://spdx.dev/Document", "digest": {"sha256": "cd"}}
    ]
    assert sum_up_vsa(made) == f"PASSED SLSA_BUILD_LEVEL_2 by {VERIFIER}"
    assert judge_vsa(made, Expected()) == []


def test_a_summary_that_failed_has_no_level() -> None:
    made = summary(passed=False)
    assert check_vsa(made) == []
    assert made["verifiedLevels"] == ["FAILED"]
    assert sum_up_vsa(made) == f"FAILED by {VERIFIER}"
    assert judge_vsa(made, Expected()) == ["the verification did not pass: FAILED"]


@pytest.mark.parametrize(
    "expected",
    [
        Expected((VERIFIER,)),
        Expected(("https://other", VERIFIER)),
        Expected(resource="pkg:docker/web@1"),
        Expected(policy="https://example.com/policy"),
        Expected(levels=("SLSA_BUILD_LEVEL_1", "SLSA_BUILD_LEVEL_2")),
    ],
)
def test_what_is_expected_and_said(expected: Expected) -> None:
    assert judge_vsa(summary(), expected) == []


@pytest.mark.parametrize(
    ("expected", "why"),
    [
        (Expected(("https://other",)), "verified by 'https://example.com/verifier'"),
        (Expected(resource="pkg:docker/other"), "resourceUri is 'pkg:docker/web@1'"),
        (Expected(policy="https://other"), "policy.uri is"),
        (Expected(levels=("SLSA_BUILD_LEVEL_3",)), "not verified as SLSA_BUILD_LEVEL_3"),
        (Expected(levels=("SLSA_SOURCE_LEVEL_1",)), "not verified as SLSA_SOURCE_LEVEL_1"),
        (Expected(levels=("OURS",)), "not verified as OURS, only as SLSA_BUILD_LEVEL_2"),
    ],
)
def test_what_is_expected_and_not_said(expected: Expected, why: str) -> None:
    (line,) = judge_vsa(summary(), expected)
    assert why in line


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"verifier": {}}, "verifier.id is missing"),
        ({"verifier": "me"}, "verifier.id is missing"),
        ({"timeVerified": "yesterday"}, "not a time"),
        ({"timeVerified": "2026-13-01T00:00:00Z"}, "not a time"),
        ({"policy": {}}, "policy.uri is missing"),
        ({"verificationResult": "passed"}, "neither PASSED nor FAILED"),
        ({"verifiedLevels": "all"}, "verifiedLevels is not a list"),
        ({"verifiedLevels": ["FAILED"]}, "says FAILED and verificationResult PASSED"),
        (
            {"verifiedLevels": ["SLSA_BUILD_LEVEL_1", "SLSA_BUILD_LEVEL_2"]},
            "several levels of SLSA_BUILD_LEVEL_",
        ),
        ({"inputAttestations": [{"uri": "x"}]}, "inputAttestations[0].digest holds no digest"),
        ({"inputAttestations": [{"digest": {"sha256": "xyz"}}]}, "is not hexadecimal"),
    ],
)
def test_what_is_no_summary(change: dict[str, Any], why: str) -> None:
    assert any(why in line for line in check_vsa(summary(**change)))
    assert judge_vsa(summary(**change), Expected()) != []


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(
    st.dictionaries(
        st.sampled_from(
            (
                *("verifier", "timeVerified", "resourceUri", "policy", "inputAttestations"),
                *("verificationResult", "verifiedLevels", "dependencyLevels"),
            )
        ),
        _json,
    )
)
def test_no_nonsense_is_believed(predicate: dict[str, Any]) -> None:
    assert check_vsa(predicate) != []
    assert judge_vsa(predicate, Expected((VERIFIER,), levels=("SLSA_BUILD_LEVEL_1",))) != []
