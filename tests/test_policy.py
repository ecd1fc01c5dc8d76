"""Policies: read, configured, chosen, judged."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.errors import ConfigError, PolicyError, StoreError
from ironhull.policy import (
    Policy,
    PolicyConfig,
    builtin_policies,
    chosen,
    configured,
    judge,
    policies_in,
    read_config,
    read_policy,
    run_policy_tests,
)

HEAD = """# METADATA
# title: Fine
# custom:
#   name: {name}
#   weight: {weight}
#   not_compliant_title: Not fine
package docker.scout

import rego.v1

"""


def policy(rules: str, name: str = "p", weight: int = 10) -> Policy:
    return read_policy(HEAD.format(name=name, weight=weight) + rules, f"{name}.rego")


def state(rules: str) -> tuple[str, str]:
    pytest.importorskip("regorus", reason="the Rego engine is not installed")
    (found,) = judge([policy(rules)], {"a": 1}, {})
    return found.state, found.message


PASS = "default pass := false\npass if count(violation) == 0\n"


def test_states_of_the_contract() -> None:
    assert state(PASS + "violation contains x if { x := {}; false }") == ("met", "")
    assert state(PASS + 'violation contains {"message": "m"} if input.a == 1')[0] == "not met"
    assert state("default pass := false\nviolation := set()") == ("no data", "")
    assert state("violation := set()") == ("no data", "")
    assert state('no_data := "nobody looked"') == ("no data", "nobody looked")
    assert state("pass := true\nviolation := {1}")[0] == "not met"


def test_what_cannot_be_evaluated_is_an_error_with_its_place() -> None:
    assert state("pass if")[0] == "error"
    said = state("pass if nothing(1)")
    assert said[0] == "error"
    assert said[1].startswith("p.rego:11:16: ")
    assert state("pass := true\nviolation := 1") == ("error", "p.rego: violation is no set")


def test_violations_keep_what_the_contract_has() -> None:
    pytest.importorskip("regorus", reason="the Rego engine is not installed")
    rule = """violation contains {"message": "m", "detail": {"b": 1, "a": 2}, "remediation": "r"}
violation contains "just text"
"""
    (found,) = judge([policy(rule)], {}, {})
    by_message = {each.message: each for each in found.violations}
    assert by_message["m"].detail == {"b": 1, "a": 2}
    assert by_message["m"].remediation == "r"
    assert by_message["just text"].detail == {}
    assert found.shown == "Not fine"


def test_verdicts_come_heaviest_first_then_by_title() -> None:
    pytest.importorskip("regorus", reason="the Rego engine is not installed")
    every = [policy("pass := true", "light", 1), policy("pass := true", "heavy", 20)]
    assert [v.name for v in judge(every, {}, {})] == ["heavy", "light"]


# ── configuration ────────────────────────────────────────────────────────────────────────────────

CONFIG = b"""{"debug": true, "bundles": ["r@sha256:aa"], "policies": [
  {"name": "p", "weight": 3, "config": {"k": [1]}}, {"name": "q", "enabled": false}]}"""


def test_a_configuration_is_read() -> None:
    found = read_config(CONFIG, "c.json")
    assert found.debug
    assert found.bundles == ("r@sha256:aa",)
    assert found.policies["p"].weight == 3
    assert found.policies["p"].config == {"k": [1]}
    assert not found.policies["q"].enabled


def test_it_changes_weight_and_config_and_leaves_out() -> None:
    config = read_config(CONFIG, "c.json")
    (kept,) = configured([policy("", "p"), policy("", "q")], config)
    assert (kept.metadata.name, kept.weight, kept.config) == ("p", 3, {"k": [1]})


def test_either_name_of_the_copyleft_policy_will_do() -> None:
    config = read_config(b'{"policies": [{"name": "no-copyleft-licenses", "weight": 1}]}', "c")
    weights = {p.metadata.name: p.weight for p in configured(builtin_policies(), config)}
    assert weights["copyleft-license"] == 1


def test_a_configuration_may_speak_of_ours_that_are_not_loaded() -> None:
    config = read_config(b'{"policies": [{"name": "no-stale-base-images"}]}', "c")
    assert configured([policy("")], config)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"[", "c.json: not JSON"),
        (b"[]", "c.json: not a mapping"),
        (b'{"policy": []}', "no key 'policy'"),
        (b'{"debug": 1}', "debug is not true or false"),
        (b'{"bundles": "x"}', "bundles is not a list"),
        (b'{"policies": {}}', "policies is not a list"),
        (b'{"policies": [1]}', "policies[0]: not a mapping"),
        (b'{"policies": [{}]}', "policies[0]: no name"),
        (b'{"policies": [{"name": "a"}, {"name": "a"}]}', "a is set twice"),
        (b'{"policies": [{"name": "a", "enabled": 1}]}', "enabled is not true or false"),
        (b'{"policies": [{"name": "a", "weight": -1}]}', "weight -1"),
        (b'{"policies": [{"name": "a", "weight": true}]}', "weight True"),
        (b'{"policies": [{"name": "a", "config": 1}]}', "config is not a mapping"),
        (b'{"policies": [{"name": "a", "levels": 1}]}', "no key 'levels'"),
    ],
)
def test_what_is_wrong_in_a_configuration_is_said(data: bytes, said: str) -> None:
    with pytest.raises(ConfigError) as raised:
        read_config(data, "c.json")
    assert said in str(raised.value)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_configuration_or_refused(data: bytes) -> None:
    try:
        read_config(data, "c")
    except ConfigError as trouble:
        assert "\n" not in trouble.message


def test_an_unknown_name_suggests_the_nearest() -> None:
    config = read_config(b'{"policies": [{"name": "default-nonroot-user"}]}', "c")
    with pytest.raises(PolicyError, match="default-non-root-user"):
        configured(builtin_policies(), config)
    with pytest.raises(PolicyError, match="supply-chain-attestations"):
        chosen(builtin_policies(), ["supply chain attestation"])


def test_two_policies_of_one_name_are_refused() -> None:
    with pytest.raises(PolicyError, match=r"p\.rego: policy p is there already"):
        configured([policy(""), policy("x := 1")], PolicyConfig())


def test_policies_are_chosen_by_name_and_by_either_title() -> None:
    every = builtin_policies()
    for name in (
        "default-non-root-user",
        "Default non-root user",
        "no default non-root user found",
    ):
        (found,) = chosen(every, [name])
        assert found.metadata.name == "default-non-root-user"
    assert chosen(every, []) == every


def test_a_profile_that_is_none_is_refused() -> None:
    with pytest.raises(PolicyError, match="lab, cis, strict"):
        builtin_policies("labb")


# ── files ────────────────────────────────────────────────────────────────────────────────────────


def test_a_directory_gives_its_modules_without_tests(tmp_path: Path) -> None:
    below = tmp_path / "below"
    below.mkdir()
    (tmp_path / "b.rego").write_text(HEAD.format(name="b", weight=1))
    (below / "a.rego").write_text(HEAD.format(name="a", weight=1))
    (below / "a_test.rego").write_text("package docker.scout")
    assert [p.metadata.name for p in policies_in(tmp_path)] == ["b", "a"]
    assert [p.metadata.name for p in policies_in(below / "a.rego")] == ["a"]


def test_a_directory_without_policies_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"no \.rego files"):
        list(policies_in(tmp_path))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"none\.rego: cannot be read"):
        list(policies_in(tmp_path / "none.rego"))
    (tmp_path / "latin.rego").write_bytes(b"package a # \xe4")
    with pytest.raises(PolicyError, match="not UTF-8"):
        list(policies_in(tmp_path / "latin.rego"))
    (tmp_path / "big.rego").write_bytes(b"#" * (2 << 20))
    with pytest.raises(PolicyError, match="larger than"):
        list(policies_in(tmp_path / "big.rego"))


def test_tests_beside_a_policy_are_run(tmp_path: Path) -> None:
    pytest.importorskip("regorus", reason="the Rego engine is not installed")
    (tmp_path / "a.rego").write_text(HEAD.format(name="a", weight=1) + "x := 1")
    (tmp_path / "a_test.rego").write_text(
        "package docker.scout\nimport rego.v1\ntest_one if x == 1\ntest_two if x == 2\n"
    )
    found = {each.name: each.error for each in run_policy_tests(tmp_path)}
    assert found == {"test_one": "", "test_two": "is undefined, not true"}
