"""Provenance as policies see it."""

import base64
from typing import Any

import pytest

from ironhull.judging._provenance import builder_of, scout_provenance
from ironhull.model import BaseImage, Platform

BASE = BaseImage("docker.io/library/python:3.13", "sha256:aa", "provenance")
BUILDKIT = "https://mobyproject.org/buildkit@v1#metadata"
DOCKERFILE = base64.b64encode(b"FROM scratch\n").decode()
VCS = {"source": "https://example.com/x.git", "revision": "abc"}


def test_the_base_in_parts() -> None:
    assert scout_provenance(None, BASE, Platform()) == {
        "base_image": {
            "name": "python",
            "tag": "3.13",
            "digest": "sha256:aa",
            "platform": {"os": "linux", "architecture": "amd64"},
        }
    }


def test_nothing_known_is_nothing_said() -> None:
    assert scout_provenance(None, None, None) == {}


@pytest.mark.parametrize(
    "predicate",
    [
        {"metadata": {BUILDKIT: {"source": {"infos": []}}}},
        {"metadata": {BUILDKIT: {"layers": {"a": 1}}}},
        {"buildConfig": {"llbDefinition": []}},
        {"buildDefinition": {"internalParameters": {"buildConfig": {"a": 1}}}},
        {"runDetails": {"metadata": {"buildkit_metadata": {"layers": {"a": 1}}}}},
        {"runDetails": {"metadata": {"ironhull_metadata": {"source": {"infos": []}}}}},
    ],
)
def test_max_mode_is_told_by_what_only_it_has(predicate: dict[str, Any]) -> None:
    assert scout_provenance(predicate, None, None)["mode"] == "buildkit_max_mode"


def test_all_else_is_min_mode() -> None:
    for predicate in ({}, {"metadata": {BUILDKIT: {"vcs": VCS}}}, {"metadata": None}):
        assert scout_provenance(predicate, None, None)["mode"] == "buildkit_min_mode"


def test_version_control_and_dockerfile() -> None:
    details = {
        "vcs": {**VCS, "odd": 1},
        "source": {"infos": [{"filename": "Dockerfile", "data": DOCKERFILE}]},
    }
    found = scout_provenance({"metadata": {BUILDKIT: details}}, None, None)
    assert found["vcs"] == VCS
    assert found["source_map"]["dockerfile"] == DOCKERFILE


@pytest.mark.parametrize("odd", [None, 1, "x", [], {"infos": 1}, {"infos": [1, {"data": 2}]}])
def test_odd_shapes_are_read_without_harm(odd: object) -> None:
    made = scout_provenance({"metadata": {BUILDKIT: {"source": odd, "vcs": odd}}}, None, None)
    assert "source_map" not in made


def test_builders_of_both_versions() -> None:
    one = {"builder": {"id": "b"}, "buildType": "t"}
    two = {"buildDefinition": {"buildType": "t"}, "runDetails": {"builder": {"id": "b"}}}
    assert builder_of(one) == builder_of(two) == ("b", "t")
    assert builder_of({"builder": 1}) == ("", "")
