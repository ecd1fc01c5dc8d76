"""Layers from a cache and into one, each opened once; stages."""

import random
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import BinaryIO

import pytest

from ironhull.errors import ImageError
from ironhull.limits import LIMITS
from ironhull.model import Image, Layer
from ironhull.oci import _reading
from ironhull.oci import tree as tree_module
from ironhull.oci._hashing import Aside
from ironhull.oci.layers import LayerIndex, read_layer
from ironhull.oci.patterns import Wanted
from ironhull.oci.probes import Body, Probe
from ironhull.oci.tree import ImageTree, Stage, pass_key, read_stages, read_tree
from tests.oci._craft import digest, file, image, layer, other


def size_of(_: str, body: Body) -> bytes:
    return str(body.size).encode()


SIZES = Probe("sizes", "1", size_of, ("**/*.jar",))


def counted(made: Layer, opened: list[str]) -> Layer:
    def open_layer() -> BinaryIO:
        opened.append(made.diff_id)
        return made.open()

    return replace(made, open=open_layer)


class Cache:
    def __init__(self) -> None:
        self.kept: dict[str, LayerIndex] = {}
        self.times = 0

    def load(self, made: Layer) -> LayerIndex | None:
        return self.kept.get(made.diff_id)

    def keep(self, made: Layer, index: LayerIndex) -> None:
        assert index.diff_id == made.diff_id
        self.kept[made.diff_id] = index
        self.times += 1


# ── a cache ──────────────────────────────────────────────────────────────────────────────────────


def test_what_is_kept_is_not_opened_again() -> None:
    opened: list[str] = []
    layers = [
        counted(layer(file(f"{number}.jar", b"x" * number), file("a", b"x")), opened)
        for number in range(1, 4)
    ]
    cache = Cache()
    for _ in range(3):
        found, problems = read_tree(
            image(*layers), ["a"], [SIZES], load=cache.load, keep=cache.keep
        )
        assert problems == ()
        assert [found.facts(item.path, "sizes") for item in found.probed("sizes")] == [
            b"1",
            b"2",
            b"3",
        ]
        assert found.read("a") == b"x"
    assert sorted(opened) == sorted(made.diff_id for made in layers)
    assert cache.times == 3


def test_an_index_of_another_layer_is_not_taken() -> None:
    right, wrong = layer(file("a", "right")), layer(file("a", "wrong"))
    index = read_layer(wrong, Wanted.of(["a"]))
    found, _ = read_tree(image(right), ["a"], load=lambda _: index)
    assert found.read("a") == b"right"


def test_bodies_that_only_a_link_makes_wanted_are_added_to_what_is_kept() -> None:
    opened: list[str] = []
    lower = counted(layer(file("usr/real", "x"), file("b", "y")), opened)
    cache = Cache()
    read_tree(image(lower), ["a"], load=cache.load, keep=cache.keep)
    assert (len(opened), dict(cache.kept[lower.diff_id].bodies)) == (1, {})
    both = image(lower, layer(other("a", "symlink", "usr/real")))
    for _ in range(2):
        found, _problems = read_tree(both, ["a"], load=cache.load, keep=cache.keep)
        assert found.read("a") == b"x"
    assert (len(opened), dict(cache.kept[lower.diff_id].bodies)) == (2, {0: b"x"})
    found, _ = read_tree(image(lower), ["a"], load=cache.load)
    assert isinstance(found, ImageTree)
    assert list(found.glob("**/*")) != []
    with pytest.raises(KeyError):
        found.read("usr/real")


def test_what_an_image_had_no_room_for_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_reading, "LIMITS", replace(LIMITS, kept_bytes=1500))
    cache = Cache()
    layers = [layer(file(f"f{number}", bytes([number]) * 1000)) for number in range(3)]
    _, problems = read_tree(image(*layers), ["*"], load=cache.load, keep=cache.keep)
    assert [problem.where for problem in problems] == ["f1", "f2"]
    assert cache.kept == {}


def test_a_damaged_layer_is_not_kept() -> None:
    good = layer(file("a", "1"))
    cache = Cache()
    with pytest.raises(ImageError):
        read_tree(image(good, replace(good, diff_id=digest(b"other"))), ["*"], keep=cache.keep)
    assert cache.kept == {}


def test_the_same_layer_twice_is_read_once() -> None:
    opened: list[str] = []
    same = counted(layer(file("a", "1")), opened)
    found, _ = read_tree(image(same, layer(file(".wh.a")), same), ["*"])
    assert found.read("a") == b"1"
    assert len(opened) == 1


def test_too_many_layers_are_one_error() -> None:
    made = layer(file("a"))
    with pytest.raises(ImageError, match=f"10000 layers, more than the {LIMITS.layers} allowed"):
        read_tree(image(*[made] * 10_000), [])


def test_the_key_of_a_pass_depends_on_what_is_asked() -> None:
    keys = [
        pass_key(["a", "b"], [SIZES]),
        pass_key(["a"], [SIZES]),
        pass_key(["a", "b"]),
        pass_key(["a", "b"], [replace(SIZES, version="2")]),
        pass_key(["a", "b"], [replace(SIZES, name="x")]),
        pass_key(["a", "b"], [replace(SIZES, executables=True)]),
    ]
    assert len(set(keys)) == len(keys)
    assert pass_key(["b", "/a", "b"], [SIZES]) == keys[0]


@pytest.mark.parametrize("count", [0, 1, 5, 40])
@pytest.mark.parametrize("from_piece", [0, 3, 99])
def test_pieces_hashed_aside_are_hashed_in_order(count: int, from_piece: int) -> None:
    import hashlib

    given = 0
    pieces = [random.Random(number).randbytes(10_000) for number in range(count)]
    one, two = hashlib.sha256(), hashlib.sha512()
    aside = Aside(lambda: given >= from_piece)
    for given, piece in enumerate(pieces):  # noqa: B007 - looked at by the function above
        aside.update(one, piece)
        aside.update(two, piece[::-1])
    aside.close()
    assert one.digest() == hashlib.sha256(b"".join(pieces)).digest()
    assert two.digest() == hashlib.sha512(b"".join(p[::-1] for p in pieces)).digest()


def test_one_thread_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    noise = random.Random(3).randbytes(2_000_000)
    layers = [layer(file(f"f{number}", noise)) for number in range(3)]
    found, problems = read_tree(image(*layers), ["*"])
    assert problems == ()
    assert all(found.read(f"f{number}") == noise for number in range(3))


# ── stages ───────────────────────────────────────────────────────────────────────────────────────


def stages(
    made: Image, use: Callable[[Stage], object], *patterns: str
) -> tuple[ImageTree, list[object]]:
    tree, problems, found = read_stages(made, patterns, [SIZES])
    assert problems == ()
    assert isinstance(tree, ImageTree)
    return tree, [use(stage) for stage in found]


def test_there_is_a_stage_before_every_layer_that_hides_something() -> None:
    layers = [
        layer(file("db/status", "1"), file("other", "x")),
        layer(file("b.jar", b"12"), file("unasked")),
        layer(file("db/status", "2"), file("new", "x")),
        layer(file(".wh.other"), file(".wh.unasked")),
        layer(file(".wh.b.jar")),
        layer(file("db/.wh..wh..opq"), file("db/x")),
        layer(file("last", "x")),
    ]
    tree, found = stages(
        image(*layers),
        lambda stage: (
            stage.until,
            {item.path: stage.tree.read(item.path) for item in stage.tree.glob("db/*")},
            [item.path for item in stage.tree.probed("sizes")],
        ),
        "db/*",
    )
    assert found == [
        (layers[2].diff_id, {"db/status": b"1"}, ["b.jar"]),
        (layers[4].diff_id, {"db/status": b"2"}, ["b.jar"]),
        (layers[5].diff_id, {"db/status": b"2"}, []),
    ]
    assert [item.path for item in tree.glob("db/*")] == ["db/x"]


def test_directories_replaced_by_files_and_links_hide_too() -> None:
    base = layer(file("d/status", "1"))
    for hiding in (file("d", "file"), other("d", "symlink", "x"), file(".wh.d")):
        _, found = stages(
            image(base, layer(hiding)), lambda stage: stage.tree.read("d/status"), "d/status"
        )
        assert found == [b"1"]


def test_wanted_links_in_a_stage_lead_to_its_files() -> None:
    layers = [
        layer(file("real", "1"), other("status", "symlink", "real")),
        layer(file("status", "2")),
    ]
    _, found = stages(image(*layers), lambda stage: stage.tree.read("status"), "status")
    assert found == [b"1"]


def test_no_stage_where_nothing_is_hidden() -> None:
    layers = [layer(file("a", "1")), layer(file("b", "1"), other("d", "dir")), layer(file("d/c"))]
    assert stages(image(*layers), lambda stage: stage, "**")[1] == []


def test_stages_beyond_the_limit_are_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree_module, "LIMITS", replace(LIMITS, stages=2))
    layers = [layer(file("a", str(number))) for number in range(5)]
    _, problems, found = read_stages(image(*layers), ["a"])
    assert [stage.tree.read("a") for stage in found] == [b"2", b"3"]
    assert "only what the last 2 of them remove" in problems[0].message


def test_a_directory_has_no_stages(tmp_path: object) -> None:
    made = replace(image(), origin="fs", root=str(tmp_path))
    _, problems, found = read_stages(made, ["*"])
    assert (problems, list(found)) == ((), [])
