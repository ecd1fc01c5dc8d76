"""Patching as a whole: named advisories, what is proven before an image gets its name."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ironhull.advisories import opening
from ironhull.builders.patch.nouns import PatchRecipe
from ironhull.building import Publication
from ironhull.config import Settings, load_settings
from ironhull.debian.repositories import parse_source
from ironhull.errors import BuildError, Error, UsageError
from ironhull.model import Advisory, Image, Range
from ironhull.patching import PatchResult, patch, patched_name
from ironhull.predicates.slsa import PREDICATE_TYPE
from ironhull.store.images import ImageStore
from tests.builders.patch.samples import Made, Shop, again, installed
from tests.images import image
from tests.indexes import index_of

LIB = Made("libtool1", "1.0-1", {"usr/lib/libtool.so": "old"}, fields={"Source": "tool"})
Known = Callable[..., None]
NEWER = again(LIB, files={"usr/lib/libtool.so": "new"})
OTHER = Made("other", "3-1", {"usr/bin/other": "1"})


@pytest.fixture
def settings(home: Path) -> Settings:
    return load_settings()


@pytest.fixture
def shop(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """An archive beside the user's store; it does not expire while the tests run."""
    shop = Shop(settings.images.parent)
    assert shop.store == ImageStore(settings.images)
    return shop


def advisory(cve: str, package: str, fixed: str) -> Advisory:
    return Advisory(
        id=cve,
        scope="Debian:13",
        package=package,
        ranges=(Range(fixed=fixed),) if fixed else (Range(),),
        sources=("test",),
        status="fixed" if fixed else "unfixed",
    )


@pytest.fixture
def known(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Known:
    """What makes these claims all that is known."""

    def write(*claims: Advisory) -> None:
        monkeypatch.setattr(opening, "SNAPSHOT", tmp_path / "none")
        path = opening.index_path(settings.advisories)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        index_of(path, *claims).close()

    return write


def patched(settings: Settings, reference: str = "web:1", **asked: object) -> PatchResult:
    recipe = PatchRecipe(**asked)  # type: ignore[arg-type]  # as given
    return patch(reference, recipe, settings, Publication(()))


def names(settings: Settings) -> set[str]:
    return {one.name for one in ImageStore(settings.images).list()}


def test_the_result_is_scanned_again_and_attested(
    shop: Shop, settings: Settings, known: Known
) -> None:
    shop.offer(NEWER, OTHER)
    shop.image(installed(shop, [LIB, OTHER]))
    known(advisory("CVE-2026-1", "tool", "1.0-2"), advisory("CVE-2026-2", "tool", ""))
    result = patched(settings)
    assert (result.gone, result.new) == (("CVE-2026-1",), ())
    assert result.build is not None
    assert names(settings) == {"web:1", "web:1-patched"}
    made = ImageStore(settings.images).find("web:1-patched")
    kinds = {attachment.predicate_type for attachment in made.attachments}
    assert {PREDICATE_TYPE, "https://spdx.dev/Document"} <= kinds


def test_an_advisory_names_its_packages(shop: Shop, settings: Settings, known: Known) -> None:
    bin_ = Made("tool-bin", "1.0-1", fields={"Source": "tool"})
    shop.offer(NEWER, again(bin_), again(OTHER, "3-2"))
    shop.image(installed(shop, [LIB, bin_, OTHER]))
    known(advisory("CVE-2026-1", "tool", "1.0-2"))
    result = patched(settings, only=("CVE-2026-1",))
    assert [one.deb.name for one in result.replaced] == ["libtool1", "tool-bin"]
    assert result.gone == ("CVE-2026-1",)


def test_a_fix_that_is_not_there_is_refused(shop: Shop, settings: Settings, known: Known) -> None:
    shop.offer(NEWER)
    shop.image(installed(shop, [LIB]))
    known(advisory("CVE-2026-1", "tool", "1.0-9"))
    with pytest.raises(BuildError, match="the newest there is, still has it"):
        patched(settings, only=("CVE-2026-1",))
    assert names(settings) == {"web:1"}


def test_an_advisory_the_image_does_not_have(shop: Shop, settings: Settings, known: Known) -> None:
    shop.offer(NEWER)
    shop.image(installed(shop, [LIB]))
    with pytest.raises(UsageError, match="no advisory data"):
        patched(settings, only=("CVE-2026-1",))
    known(advisory("CVE-2026-1", "another", "1"))
    with pytest.raises(BuildError, match="no package of Debian in the image is affected"):
        patched(settings, only=("CVE-2026-1",))


def test_without_advisory_data_the_packages_are_proven(shop: Shop, settings: Settings) -> None:
    shop.offer(NEWER)
    shop.image(installed(shop, [LIB]))
    result = patched(settings)
    assert result.before is None
    assert result.after is None
    assert result.build is not None


def test_a_dry_run_makes_nothing(shop: Shop, settings: Settings) -> None:
    shop.offer(NEWER)
    shop.image(installed(shop, [LIB]))
    result = patch("web:1", PatchRecipe(), settings, None)
    assert [str(one) for one in result.replaced] == ["libtool1 1.0-1 -> 1.0-2"]
    assert result.build is None
    assert names(settings) == {"web:1"}


def test_a_refused_patch_leaves_no_name(shop: Shop, settings: Settings) -> None:
    shop.offer(again(NEWER, fields={"Depends": "nowhere"}))
    shop.image(installed(shop, [LIB]))
    with pytest.raises(Error, match="nowhere"):
        patched(settings)
    assert names(settings) == {"web:1"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("web:1", "web:1-patched"),
        ("web", "web:latest-patched"),
        ("r.io/a/b:2", "r.io/a/b:2-patched"),
    ],
)
def test_the_name_it_gets_unasked(name: str, expected: str) -> None:
    assert patched_name(image({}, name=name)) == expected


@pytest.mark.parametrize("name", ["", "/srv/a.tar"])
def test_without_a_name_one_is_asked_for(name: str) -> None:
    named: Image = image({}, name=name)
    with pytest.raises(UsageError, match="needs a name"):
        patched_name(named)


def test_a_source_is_what_the_samples_say(shop: Shop) -> None:
    (repository,) = parse_source(shop.source.strip())
    assert repository.suite == "trixie"
