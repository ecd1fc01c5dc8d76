"""The table of base families, and which images are chosen from it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.builders.debian_base import definition
from ironhull.errors import UsageError
from ironhull.hardening.families import FAMILIES, choose, families, family_of
from ironhull.oci.names import Reference
from tests.hardening.families_page import PAGE, page

CATALOG = Path(__file__).parents[2] / "catalog"


def test_images_of_our_own_family_are_in_the_catalog() -> None:
    ours = {}
    for path in CATALOG.rglob("*.yaml"):
        read = definition.load_definition(path.read_bytes(), str(path))
        ours.update({f"{read.image}:{tag}": read for tag in read.tags})
    for pairs in families()[0].pairs.values():
        for pair in pairs:
            assert ours[pair.run].variant == "runtime"
            assert not pair.build or ours[pair.build].variant == "dev"


@pytest.mark.parametrize("name", FAMILIES)
def test_every_image_is_a_reference_and_every_user_a_number(name: str) -> None:
    (family,) = (family for family in families() if family.name == name)
    assert family.title
    assert family.about
    for language, pairs in family.pairs.items():
        assert {p.language for p in pairs} == {language}
        for pair in pairs:
            assert Reference.parse(pair.run)
            assert not pair.build or Reference.parse(pair.build)
            user, _, group = pair.user.partition(":")
            assert int(user) > 0
            assert int(group) > 0
            assert family_of(pair.run) is family


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_has_the_main_languages(name: str) -> None:
    for language in ("python", "node", "java", "go", "rust", "cc", "static"):
        assert choose(name, language, "") is not None
    assert choose(name, "cobol", "") is None


@pytest.mark.parametrize(
    ("family", "language", "version", "has", "said"),
    [
        ("ironhull", "python", "3.13", "3.13", ""),
        ("ironhull", "python", "3.13.4", "3.13", ""),
        ("ironhull", "python", "3", "3.13", ""),
        ("ironhull", "python", "", "3.13", ""),
        ("ironhull", "python", "latest", "3.13", ""),
        ("ironhull", "python", "3.9", "3.11", "3.11 is its next newer one"),
        ("ironhull", "python", "3.12", "3.13", "3.13 is its next newer one"),
        ("ironhull", "python", "3.14", "3.13", "3.13 is its newest one"),
        ("ironhull", "node", "18", "20", "20 is its next newer one"),
        ("ironhull", "node", "22", "20", "20 is its newest one"),
        ("ironhull", "go", "1.24", "", ""),
        ("dhi", "python", "3.12", "3.12", ""),
        ("dhi", "java", "21.0.2", "21", ""),
        ("distroless", "node", "20", "22", "next newer"),
        ("chainguard", "python", "3.12", "latest", "3.12 may differ"),
        ("chainguard", "cc", "", "", ""),
    ],
)
def test_the_version_asked_for_or_the_nearest(
    family: str, language: str, version: str, has: str, said: str
) -> None:
    pair = choose(family, language, version)
    assert pair is not None
    assert pair.version == has
    assert (said in pair.said) if said else not pair.said


def test_a_family_there_is_not_is_named_with_those_there_are() -> None:
    with pytest.raises(UsageError, match="wolf") as caught:
        choose("wolf", "python", "3.13")
    assert "distroless" in caught.value.hint


def test_a_family_is_known_by_its_images() -> None:
    found = family_of("docker.io/ironhull/python:3.13-debian13@sha256:" + "0" * 64)
    assert found is not None
    assert found.name == "ironhull"
    assert family_of("python:3.13-slim-trixie") is None
    assert family_of("ironhull/pythonic:1") is None


@given(st.text(max_size=30))
def test_any_text_is_a_version(version: str) -> None:
    assert choose("ironhull", "python", version) is not None


def test_the_page_is_current() -> None:
    written = PAGE.read_text(encoding="utf-8")
    assert written == page(), "python -m tests.hardening.families_page writes it"
