"""Entries beside the images of a layout: replaced, renamed, safe from others."""

from pathlib import Path

import pytest

from ironhull.errors import ReferenceFault
from ironhull.model import Descriptor
from ironhull.oci.manifests import OCI_INDEX, OCI_MANIFEST
from ironhull.oci.referrers import Companion, companion_of
from ironhull.store._layout import read_index
from ironhull.store.companions import LayoutKeeper, directory_keeper, store_keeper
from ironhull.store.images import ImageStore
from tests.images import layout, stored

ABOUT = "sha256:" + "1" * 64


def keepers(tmp_path: Path) -> list[LayoutKeeper]:
    store = ImageStore(tmp_path / "store")
    stored(store, "web:1", {"a": "b"})
    return [store_keeper(store), directory_keeper(layout(tmp_path, "web:1", {"a": "b"}))]


def companion(number: int, tag: str = "") -> Companion:
    digest = f"sha256:{number:064x}"
    return Companion(Descriptor(OCI_MANIFEST, digest, 2, {"n": str(number)}), ABOUT, tag)


def test_a_referrer_stands_once_and_a_tag_means_the_last(tmp_path: Path) -> None:
    for keeper in keepers(tmp_path):
        before = read_index(keeper.root)
        for item in (companion(1), companion(2), companion(1)):
            keeper.enlist(item)
        for number in (3, 4):
            keeper.enlist(companion(number, "sha256-1.att"))
        found = [companion_of(entry) for entry in read_index(keeper.root)]
        assert [item for item in found if item] == [
            companion(2),
            companion(1),
            companion(4, "sha256-1.att"),
        ]
        assert read_index(keeper.root)[: len(before)] == before


def test_a_referrer_that_another_tool_listed_stands_once(tmp_path: Path) -> None:
    from ironhull.store._layout import write_index

    for keeper in keepers(tmp_path):
        plain = companion(1).descriptor
        write_index(keeper.root, (*read_index(keeper.root), plain))
        keeper.enlist(companion(1))
        same = [e for e in read_index(keeper.root) if e.digest == plain.digest]
        assert [companion_of(entry) for entry in same] == [companion(1)]


def test_a_name_means_another_index_and_other_names_do_not(tmp_path: Path) -> None:
    store = ImageStore(tmp_path / "store")
    image = stored(store, "web:1", {"a": "b"})
    store.publish(image, ["web:2"])
    after = Descriptor(OCI_INDEX, "sha256:" + "9" * 64, 7)
    store_keeper(store).rename(image.digest, after, "web:2")
    names = {e.annotations["org.opencontainers.image.ref.name"]: e for e in read_index(store.root)}
    assert names["web:1"].digest == image.digest
    assert (names["web:2"].digest, names["web:2"].size) == (after.digest, 7)
    assert names["web:2"].media_type == OCI_INDEX
    with pytest.raises(ReferenceFault, match="changed meanwhile"):
        store_keeper(store).rename(image.digest, after, "web:2")
    store_keeper(store).rename(image.digest, after, "")
    assert {entry.digest for entry in read_index(store.root)} == {after.digest}


def test_blobs_are_kept_and_nothing_else_is_left(tmp_path: Path) -> None:
    for keeper in keepers(tmp_path):
        before = {path.name for path in keeper.root.iterdir()}
        keeper.put([("sha256:" + "0" * 64, b"x")])
        assert (keeper.root / "blobs" / "sha256" / ("0" * 64)).read_bytes() == b"x"
        assert {path.name for path in keeper.root.iterdir()} == before
