"""The index of known images: what is put in is found by name, digest and layers, and goes again."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ironhull.errors import ReferenceFault, StoreError
from ironhull.limits import LIMITS
from ironhull.model import KnownImage, Platform
from ironhull.oci.names import Reference
from ironhull.store import bases
from ironhull.store.bases import BaseIndex, kept_image, stored_images
from ironhull.store.images import ImageStore
from ironhull.values import replace
from tests.images import stored

AMD, ARM = Platform(), Platform("linux", "arm64", "v8")


def sha(char: str) -> str:
    return f"sha256:{char * 64}"


def known(name: str, digest: str, layers: str = "ab", platform: Platform = AMD) -> KnownImage:
    return KnownImage(
        name, sha(digest), sha("c"), platform, tuple(map(sha, layers)),
        index_digest=sha("9"), size=5, created="2026-01-01T00:00:00Z", history=(2, "h"),
        base=("debian:13", sha("d")), origin="registry", seen="2026-11-20T00:00:00Z",
    )  # fmt: skip


@pytest.fixture
def index(tmp_path: Path) -> BaseIndex:
    return BaseIndex(tmp_path / "bases" / "index.sqlite")


def test_what_is_put_in_comes_out(index: BaseIndex) -> None:
    image = known("python:3.13", "1")
    assert index.everything() == ()
    assert index.add([image]) == 1
    assert index.add([image]) == 0
    assert index.everything() == (image,)
    reference = Reference.parse("docker.io/library/python:3.13")
    assert index.named(reference, AMD) == (image,)
    assert index.repository(reference, AMD) == (image,)
    assert index.with_digest(sha("1"), None) == (image,)
    assert index.with_digest(sha("9"), AMD) == (image,)
    assert index.below([sha("a"), sha("b"), sha("e")], AMD) == (image,)
    assert index.below([sha("a")], AMD) == ()
    assert index.below([sha("b"), sha("a")], AMD) == ()
    assert index.below([], AMD) == ()


def test_what_a_tag_led_to_before_is_kept(index: BaseIndex) -> None:
    old, new = known("python:3.13", "1", "ab"), known("python:3.13", "2", "ae")
    index.add([old])
    index.add([new])
    reference = Reference.parse("python:3.13")
    assert index.named(reference, AMD) == (new, replace(old, current=False))
    assert index.repository(reference, AMD) == (new,)
    index.add([old])
    assert [each.digest for each in index.repository(reference, AMD)] == [sha("1")]


def test_platforms_do_not_take_each_other_s_place(index: BaseIndex) -> None:
    index.add([known("python:3.13", "1"), known("python:3.13", "2", platform=ARM)])
    reference = Reference.parse("python:3.13")
    assert [i.digest for i in index.named(reference, AMD)] == [sha("1")]
    assert [i.digest for i in index.named(reference, Platform("linux", "arm64"))] == [sha("2")]
    assert len(index.repository(reference, None)) == 2


@pytest.mark.parametrize(
    ("what", "left"),
    [
        ("python:3.13", 2), ("python", 1), ("docker.io/library/python", 1), ("1" * 64, 2),
        (sha("1"), 2), ("22222222", 2), (sha("9"), 0), (f"python@{sha('1')}", 2),
    ],
)  # fmt: skip
def test_what_is_removed_is_gone(what: str, left: int, index: BaseIndex) -> None:
    index.add([known("python:3.13", "1"), known("python:3.12", "2"), known("node:20", "3")])
    index.remove(what)
    assert len(index.everything()) == left


@pytest.mark.parametrize("what", ["ruby", "python:3", "aaaaaaaa", "%%%%%%%%", "Up:1"])
def test_what_is_not_there_cannot_be_removed(what: str, index: BaseIndex) -> None:
    with pytest.raises(ReferenceFault):
        index.remove(what)
    index.add([known("python:3.13", "1")])
    with pytest.raises(ReferenceFault):
        index.remove(what)
    assert len(index.everything()) == 1


def test_an_image_without_a_tag_is_known_by_its_digest(index: BaseIndex) -> None:
    index.add([known("", "1"), known(f"team/app@{sha('2')}", "2")])
    names = [each.name for each in index.everything()]
    assert names == ["", f"team/app@{sha('9')}"]


def test_writers_wait_for_each_other(index: BaseIndex) -> None:
    images = [known(f"python:3.{n}", f"{n:x}") for n in range(16)]
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda image: index.add([image]), images)) == 16
    assert len(index.everything()) == 16


def test_what_is_no_index_is_refused_with_what_to_do(index: BaseIndex) -> None:
    index.path.parent.mkdir()
    index.path.write_bytes(b"x" * 5000)
    for use in (index.everything, lambda: index.add([known("a:1", "1")])):
        with pytest.raises(StoreError, match="index of known images"):
            use()
    index.path.unlink()
    with sqlite3.connect(index.path) as db:
        db.execute("CREATE TABLE image (name TEXT)")
    with pytest.raises(StoreError, match="not an index of known images"):
        index.everything()
    with sqlite3.connect(index.path) as db:
        db.execute(f"PRAGMA application_id = {bases._APPLICATION}")
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match="version 99"):
        index.everything()


def test_the_index_is_bounded(index: BaseIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bases, "LIMITS", replace(LIMITS, known_images=1))
    index.add([known("a:1", "1")])
    with pytest.raises(StoreError, match="more than 1 known images"):
        index.add([known("b:1", "2")])
    assert len(index.everything()) == 1


def test_a_name_in_a_path_with_odd_characters(tmp_path: Path) -> None:
    index = BaseIndex(tmp_path / "a?b#c%d é" / "index.sqlite")
    index.add([known("python:3.13", "1")])
    assert len(index.everything()) == 1


# ── the store ────────────────────────────────────────────────────────────────────────────────────


def test_images_of_the_store_and_those_that_lost_their_name(tmp_path: Path) -> None:
    store = ImageStore(tmp_path / "images")
    assert list(stored_images(store.root, AMD)) == []
    old = stored(store, "python:3.13", {"a": "old"})
    new = stored(store, "python:3.13", {"a": "new"})
    stored(store, "arm:1", {"a": "arm"}, platform=ARM)
    found = list(stored_images(store.root, AMD))
    assert [(image.name, image.digest) for image in found] == [("python:3.13", new.digest)]
    kept = kept_image(store.root, old.digest, AMD)
    assert kept is not None
    assert [layer.diff_id for layer in kept.layers] == [layer.diff_id for layer in old.layers]
    assert kept_image(store.root, old.digest, ARM) is None
    assert kept_image(store.root, sha("f"), AMD) is None
    assert kept_image(store.root, old.layers[0].digest, AMD) is None


def test_a_damaged_image_of_the_store_hides_no_other(tmp_path: Path) -> None:
    store = ImageStore(tmp_path / "images")
    broken = stored(store, "broken:1", {"a": "1"})
    stored(store, "fine:1", {"a": "2"})
    path = store.root / "blobs" / broken.digest.replace(":", "/")
    path.chmod(0o644)
    path.write_bytes(b"{}")
    assert [image.name for image in stored_images(store.root, AMD)] == ["fine:1"]
    assert kept_image(store.root, broken.digest, AMD) is None
