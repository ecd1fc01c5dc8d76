"""The layer cache gives back what a pass found, or nothing."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.model import Layer, Problem
from ironhull.oci.encoding import decoded
from ironhull.oci.layers import Entry, LayerIndex
from ironhull.oci.probes import Probe
from ironhull.oci.tree import pass_key, read_tree
from ironhull.store.cache_files import CacheFiles
from ironhull.store.layer_cache import LayerCache, _inflated, _packed
from ironhull.values import replace
from tests.images import image

DIFF, BLOB, OTHER = ("sha256:" + digit * 64 for digit in "123")
LAYER = Layer(DIFF, BLOB, 10, "x", lambda: None)  # type: ignore[arg-type,return-value]  # not opened

numbers = st.integers(-(2**63), 2**63 - 1)
names = st.text(st.characters(exclude_characters="\0", exclude_categories=()), max_size=20).map(
    lambda text: text.encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")
)
kinds = st.sampled_from(("file", "dir", "symlink", "hardlink", "char", "block", "fifo", "other"))
entries = st.builds(Entry, names, kinds, *[numbers] * 5, names)


@st.composite
def indexes(draw: st.DrawFn) -> LayerIndex:
    listed = tuple(draw(st.lists(entries, max_size=8)))
    if not listed:
        return LayerIndex(DIFF, BLOB, 0, 0, (), {})
    positions = st.integers(0, len(listed) - 1)
    facts = st.dictionaries(st.text(max_size=5), st.binary(max_size=9), min_size=1, max_size=2)
    return LayerIndex(
        diff_id=DIFF,
        digest=BLOB,
        size=draw(st.integers(0, 2**62)),
        unpacked=draw(st.integers(0, 2**62)),
        entries=listed,
        bodies=draw(st.dictionaries(positions, st.binary(max_size=50), max_size=4)),
        unkept=draw(st.dictionaries(positions, names, max_size=2)),
        links=tuple(draw(st.lists(positions, max_size=3))),
        problems=tuple(draw(st.lists(st.builds(Problem, names, names, names), max_size=2))),
        facts=draw(st.dictionaries(positions, facts, max_size=3)),
    )


@given(indexes())
def test_what_is_kept_comes_back(index: LayerIndex) -> None:
    assert decoded(_inflated(_packed(index))) == index


@pytest.mark.parametrize(
    "entry",
    [
        Entry("a\0b", "file", 0, 0, 0, 0, 0, ""),
        Entry("a", "file", 0, 2**70, 0, 0, 0, ""),
        Entry("a", "novel", 0, 0, 0, 0, 0, ""),
    ],
)
def test_what_cannot_be_kept_as_it_is_is_not_kept(entry: Entry, tmp_path: Path) -> None:
    cache = LayerCache(tmp_path, "pass")
    cache.keep(LAYER, LayerIndex(DIFF, BLOB, 10, 10, (entry,), {}))
    assert cache.load(LAYER) is None


@given(st.data())
def test_a_file_somebody_else_wrote_is_a_miss(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Whatever stands in a file with a right checksum: a miss, or something of the right types."""
    root = tmp_path_factory.mktemp("cache")
    cache = LayerCache(root, "pass")
    raw = bytearray(_packed(data.draw(indexes())))
    if data.draw(st.booleans()):
        raw = bytearray(data.draw(st.binary(max_size=60)))
    elif raw:
        for _ in range(data.draw(st.integers(1, 3))):
            raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    CacheFiles(str(root), "layers", limit=10**6).keep(cache._key(DIFF), bytes(raw))
    found = cache.load(LAYER)
    if found is None:
        return
    assert all(0 <= position < len(found.entries) for position in found.bodies)


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    from isal import isal_zlib

    raw = (100).to_bytes(8, "big") + isal_zlib.compress(bytes(10**7), 1)
    with pytest.raises(ValueError, match="not the length"):
        _inflated(raw)
    raw = (2**60).to_bytes(8, "big") + isal_zlib.compress(bytes(10), 1)
    with pytest.raises(ValueError, match="larger"):
        _inflated(raw)


def test_another_pass_is_another_entry(tmp_path: Path) -> None:
    index = LayerIndex(DIFF, BLOB, 10, 10, (), {})
    LayerCache(tmp_path, "one").keep(LAYER, index)
    assert LayerCache(tmp_path, "two").load(LAYER) is None
    assert LayerCache(tmp_path, "one").load(LAYER) == index


def test_the_same_tar_stored_otherwise(tmp_path: Path) -> None:
    problem = Problem("layers", "a", f"entry of an unknown type in layer {BLOB}; not read")
    index = LayerIndex(DIFF, BLOB, 10, 10, (), {}, problems=(problem,))
    cache = LayerCache(tmp_path, "pass")
    cache.keep(LAYER, index)
    found = cache.load(replace(LAYER, digest=OTHER, size=20))
    assert found is not None
    assert (found.digest, found.size) == (OTHER, 20)
    assert OTHER in found.problems[0].message
    assert BLOB not in found.problems[0].message


def test_an_image_read_from_the_cache_is_the_image(tmp_path: Path) -> None:
    made = image(
        [
            {"etc/a": "1", "bin/tool": b"\x7fELF tool", "etc/gone": "x"},
            {"etc/a": "2", "etc/.wh.gone": ""},
        ]
    )
    probe = Probe("size", "1", lambda _, body: str(body.size).encode(), patterns=("bin/*",))
    asked = (("etc/*",), (probe,))
    cache = LayerCache(tmp_path, pass_key(*asked))
    fresh, problems = read_tree(made, *asked, load=cache.load, keep=cache.keep)
    assert cache.written == 2

    def unopened() -> None:
        raise AssertionError("a cached layer was opened")

    closed = replace(
        made,
        layers=tuple(replace(layer, open=unopened) for layer in made.layers),  # type: ignore[arg-type]  # never called
    )
    again, same = read_tree(closed, *asked, load=cache.load, keep=cache.keep)
    assert cache.written == 2
    assert problems == same
    assert list(fresh.paths()) == list(again.paths())
    assert again.read("etc/a") == b"2"
    assert again.facts("bin/tool", "size") == b"9"
    assert fresh.disk_size == again.disk_size
    assert not again.exists("etc/gone")
