"""Bitnami's order: upstream's version, whatever the revision of the build."""

import itertools

import pytest

from ironhull.ecosystems import ECOSYSTEMS, ecosystem_of_scope
from ironhull.ecosystems.bitnami import ROW, names, scopes, sort_key
from ironhull.model import Package

ASCENDING = (
    *("1.25.2-9", "1.25.3-beta.1", "1.25.3-rc.1-2", "1.25.3-rc.2", "1.25.3-1", "1.25.4", "1.26.0"),
    *("2.0.0-0", "10.0.0"),
)


def test_versions_ascend() -> None:
    for left, right in itertools.combinations(ASCENDING, 2):
        assert sort_key(left) < sort_key(right), (left, right)


@pytest.mark.parametrize("build", ("1.25.2-10", "1.25.2-0", "1.25.2"))
def test_a_build_is_as_old_as_its_upstream_version(build: str) -> None:
    assert sort_key(build) == sort_key("1.25.2")


@pytest.mark.parametrize("text", ("", "latest", "1.2.3 4", "-1", "1..2"))
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a Bitnami version"):
        sort_key(text)


def test_components_are_judged_by_name_everywhere() -> None:
    redis = Package("bitnami", "redis", "7.2.4-1")
    assert (scopes(redis, None), names(redis)) == (("Bitnami",), ("redis",))
    assert ECOSYSTEMS["bitnami"] is ROW is ecosystem_of_scope("Bitnami")
