"""Debian's words for platforms."""

import pytest

from ironhull.debian.architecture import debian_architecture
from ironhull.errors import RepositoryError
from ironhull.model import Platform


@pytest.mark.parametrize(
    ("platform", "word"),
    [
        (Platform("linux", "amd64"), "amd64"),
        (Platform("linux", "arm64", "v8"), "arm64"),
        (Platform("linux", "arm", "v7"), "armhf"),
        (Platform("linux", "386"), "i386"),
    ],
)
def test_architectures(platform: Platform, word: str) -> None:
    assert debian_architecture(platform) == word


def test_debian_is_not_made_for_everything() -> None:
    with pytest.raises(RepositoryError, match="no packages for windows/amd64"):
        debian_architecture(Platform("windows", "amd64"))
