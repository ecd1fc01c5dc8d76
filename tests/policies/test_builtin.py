"""The policies of ours: every one has tests in Rego, and they pass."""

import pytest

from ironhull.policies import BUILTIN, PROFILES, BuiltinPolicy, builtin_source, builtin_tests
from ironhull.policies._functions import World, builtins
from ironhull.policy import builtin_policies
from ironhull.rego import Module, read_metadata, run_tests

LAB = [
    ("AGPL v3 licenses found", "AGPL v3 licenses found", "license"),
    ("Default non-root user", "No default non-root user found", "boolean"),
    ("No AGPL v3 licenses", "AGPL v3 licenses found", "license"),
    ("No embedded secrets", "Embedded secrets found", "generic"),
    ("No embedded secrets (Rego)", "Embedded secrets found (Rego)", "generic"),
    (
        "No fixable critical or high vulnerabilities",
        "Fixable critical or high vulnerabilities found",
        "vulnerability",
    ),
    (
        "No high-profile vulnerabilities",
        "High-profile vulnerabilities found",
        "vulnerability",
    ),
    ("No unapproved base images", "Unapproved base images found", "generic"),
    ("Supply chain attestations", "Missing supply chain attestation(s)", "generic"),
    (
        "Valid hardened image or hardened base image",
        "Invalid or missing hardened image or hardened base image",
        "generic",
    ),
]
"""The ten rows people know from the lab, in their order."""


@pytest.mark.parametrize("policy", BUILTIN, ids=lambda policy: policy.file)
def test_its_rego_tests_pass(policy: BuiltinPolicy) -> None:
    pytest.importorskip("regorus", reason="the Rego engine is not installed")
    module = Module(policy.file, builtin_source(policy))
    tests = [(f"{policy.file}_test.rego", builtin_tests(policy))]
    found = list(run_tests(module, tests, builtins(World())))
    assert len(found) >= 3
    assert {test.name: test.error for test in found if test.error} == {}


@pytest.mark.parametrize("policy", BUILTIN, ids=lambda policy: policy.file)
def test_it_says_what_it_is(policy: BuiltinPolicy) -> None:
    metadata = read_metadata(builtin_source(policy), policy.file)
    assert metadata.package == "docker.scout"
    assert metadata.name != metadata.package
    assert metadata.description.endswith(".")
    assert metadata.columns
    assert set(policy.profiles) <= set(PROFILES)


def test_the_default_ten_are_those_of_the_lab() -> None:
    found = sorted(builtin_policies(), key=lambda policy: policy.metadata.title)
    rows = [(p.metadata.title, p.metadata.failed_title, p.metadata.result_type) for p in found]
    assert rows == LAB


def test_names_are_unique() -> None:
    names = [policy.metadata.name for policy in builtin_policies("strict")]
    assert len(set(names)) == len(BUILTIN)
