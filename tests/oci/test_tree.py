import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironhull.errors import ImageError
from ironhull.limits import LIMITS
from ironhull.model import Layer
from ironhull.oci import _reading
from ironhull.oci.tree import ImageTree, read_tree
from tests.oci._craft import digest, file, image, layer, other


def tree(*layers: Layer, patterns: tuple[str, ...] = ("**",)) -> ImageTree:
    found, problems = read_tree(image(*layers), patterns)
    assert problems == ()
    assert isinstance(found, ImageTree)
    return found


def content(found: ImageTree) -> dict[str, bytes]:
    return {item.path: found.read(item.path) for item in found.glob("**")}


# ── layers over each other ───────────────────────────────────────────────────────────────────────


def test_whiteouts_hide_lower_layers_only() -> None:
    found = tree(
        layer(file("d/a", "1"), file("d/sub/b", "2"), file("e", "3")),
        layer(file("d/.wh.a"), file("d/.wh.sub"), file(".wh.e"), file("e", "new")),
    )
    assert sorted(found.paths()) == ["d", "e"]
    assert content(found) == {"e": b"new"}


def test_opaque_directories_hide_what_was_below_whatever_the_order() -> None:
    lower = layer(file("d/a", "1"), file("d/sub/b", "2"), file("x", "3"))
    first = layer(file("d/.wh..wh..opq"), file("d/new", "n"))
    last = layer(file("d/new", "n"), file("d/.wh..wh..opq"))
    for upper in (first, last):
        found = tree(lower, upper)
        assert sorted(found.paths()) == ["d", "d/new", "x"]


def test_files_become_directories_and_the_other_way() -> None:
    found = tree(
        layer(file("a", "file"), file("b/c/d", "deep"), file("i", "file")),
        layer(other("a", "dir"), file("a/x", "1"), file("b", "now a file"), file("i/j", "2")),
    )
    assert content(found) == {"a/x": b"1", "b": b"now a file", "i/j": b"2"}
    assert not found.exists("b/c")


def test_the_last_of_equal_names_wins() -> None:
    found = tree(layer(file("a", "1"), file("./a", "2"), file("/a", "3"), file("x/../a", "4")))
    assert content(found) == {"a": b"4"}


def test_bookkeeping_of_aufs_is_not_part_of_the_image() -> None:
    found = tree(layer(file(".wh..wh.plnk/1.2", "x"), file(".wh..wh.aufs"), file("a")))
    assert sorted(found.paths()) == ["a"]


def test_whiteouts_of_nothing_and_of_odd_names_do_nothing() -> None:
    found = tree(layer(file("d/a")), layer(file("d/.wh."), file("d/.wh.."), file("d/.wh...")))
    assert sorted(found.paths()) == ["d", "d/a"]


def test_files_say_which_layer_brought_them() -> None:
    lower, upper = layer(file("a", "1"), file("b", "22")), layer(file("b", "333", 0o755))
    found = tree(lower, upper)
    assert [(f.path, f.layer, f.size, f.mode) for f in found.glob("*")] == [
        ("a", lower.diff_id, 1, 0o644),
        ("b", upper.diff_id, 3, 0o755),
    ]
    assert [(entry.path, diff_id) for entry, diff_id in found.entries()] == [
        ("a", lower.diff_id),
        ("b", upper.diff_id),
    ]
    assert found.disk_size == 6  # the hidden b is on disk too


# ── links ────────────────────────────────────────────────────────────────────────────────────────


def test_hard_links_share_content_also_across_layers() -> None:
    found = tree(
        layer(file("a", "one"), other("b", "hardlink", "a")),
        layer(other("c", "hardlink", "./b"), file("a", "two"), other("d", "hardlink", "a")),
    )
    assert content(found) == {"a": b"two", "b": b"one", "c": b"one", "d": b"two"}
    assert found.find("c") is not None and found.disk_size == 6


def test_hard_links_before_their_targets_and_to_nothing() -> None:
    made = image(layer(other("x", "hardlink", "y"), other("y", "hardlink", "a"), file("a", "1")))
    found, problems = read_tree(made, ["**"])
    assert (found.read("x"), problems) == (b"1", ())
    _, problems = read_tree(image(layer(other("x", "hardlink", "gone"))), ["**"])
    assert [(problem.where, "gone" in problem.message) for problem in problems] == [("x", True)]
    _, problems = read_tree(
        image(layer(other("x", "hardlink", "y"), other("y", "hardlink", "x"))), ["**"]
    )
    assert len(problems) == 2


def test_links_are_followed_inside_the_root() -> None:
    found = tree(
        layer(
            file("usr/lib/os-release", "ID=x"),
            other("etc/os-release", "symlink", "../usr/lib/os-release"),
            other("abs", "symlink", "/usr/lib/os-release"),
            other("far", "symlink", "../../../../usr/lib/os-release"),
            other("lib", "symlink", "usr/lib"),
            other("chain", "symlink", "abs"),
        )
    )
    for path in (
        "etc/os-release",
        "abs",
        "far",
        "lib/os-release",
        "chain",
        "lib/../lib/os-release",
    ):
        assert found.read(path) == b"ID=x"
        target = found.find(path)
        assert target is not None and target.path == "usr/lib/os-release"
    assert found.find("lib/../etc/os-release") is None  # lib is usr/lib, so this is usr/etc
    assert [item.path for item in found.glob("**")] == ["usr/lib/os-release"]
    assert found.exists("lib/os-release") and found.exists("abs") and not found.exists("lib/no")


def test_links_in_circles_lead_nowhere() -> None:
    made = image(
        layer(
            other("a", "symlink", "b"),
            other("b", "symlink", "a"),
            other("self", "symlink", "self/x"),
            other("dangling", "symlink", "nothing"),
            other("file", "symlink", "f/x"),
            file("f", "1"),
            file("a/under", "2"),
        )
    )
    found, problems = read_tree(made, ["**"])
    for path in ("a", "self", "dangling", "file", "f/x", ""):
        assert found.find(path) is None
        with pytest.raises(KeyError):
            found.read(path)
    assert [problem.where for problem in problems] == ["a/under"]


def test_long_chains_stop_where_linux_stops() -> None:
    links = [other(f"l{number}", "symlink", f"l{number + 1}") for number in range(60)]
    found = tree(layer(*links, file("l60", "end")))
    assert found.find(f"l{60 - LIMITS.symlink_hops}") is not None
    assert found.find(f"l{59 - LIMITS.symlink_hops}") is None


def test_wanted_links_to_files_nobody_wanted_are_readable() -> None:
    found = tree(
        layer(file("real/a", "1"), file("real/b", "2"), file("real/no", "3")),
        layer(
            other("etc/os-release", "symlink", "../real/a"),
            other("x.conf", "symlink", "real/b"),
            other("y.conf", "hardlink", "real/b"),
        ),
        patterns=("etc/os-release", "*.conf"),
    )
    assert found.read("etc/os-release") == found.read("real/a") == b"1"
    assert found.read("x.conf") == found.read("y.conf") == b"2"
    assert [item.path for item in found.glob("*.conf")] == ["y.conf"]
    with pytest.raises(KeyError):
        found.read("real/no")


def test_wanted_files_below_linked_directories() -> None:
    found = tree(
        layer(file("usr/lib/rpm/db", "1"), other("lib", "symlink", "usr/lib")),
        layer(file("lib/rpm/new", "2")),
        patterns=("lib/rpm/db", "usr/lib/rpm/*"),
    )
    assert found.read("lib/rpm/db") == b"1"
    assert found.read("usr/lib/rpm/new") == b"2"
    assert not found.exists("lib/rpm/no")
    assert sorted(found.paths()) == [
        "lib",
        "usr",
        "usr/lib",
        "usr/lib/rpm",
        "usr/lib/rpm/db",
        "usr/lib/rpm/new",
    ]


def test_hidden_files_are_neither_read_nor_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    from ironhull.oci import _collecting

    monkeypatch.setattr(_collecting, "LIMITS", replace(LIMITS, file_bytes=10))
    lower = layer(file("a", b"x" * 100), file("b", b"x" * 100))
    found, problems = read_tree(image(lower, layer(file(".wh.a"))), ["*"])
    assert [(problem.where, "more than 10" in problem.message) for problem in problems] == [
        ("b", True)
    ]
    assert [item.path for item in found.glob("*")] == ["b"]
    with pytest.raises(KeyError):
        found.read("b")


def test_odd_names_and_types_are_entries() -> None:
    name = b"\xff\xfe".decode("utf-8", "surrogateescape")
    found = tree(layer(file(name, "1"), other("p", "fifo"), other("c", "char")))
    assert content(found) == {name: b"1"}
    assert sorted(entry.kind for entry, _ in found.entries()) == ["char", "fifo", "file"]
    assert found.find("p") is None


def test_paths_nothing_can_have_are_problems() -> None:
    _, problems = read_tree(image(layer(file("a/" * 2100 + "b"), file("ok"))), ["ok"])
    assert len(problems) == 1 and "characters" in problems[0].message


def test_missing_parents_cannot_fill_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    from ironhull.oci import _filesystem

    monkeypatch.setattr(_filesystem, "LIMITS", replace(LIMITS, layer_path_bytes=100_000))
    deep = [file(f"{number}/" + "d/" * 400 + "f") for number in range(10)]
    with pytest.raises(ImageError, match="path names"):
        read_tree(image(layer(*deep)), [])


# ── glob ─────────────────────────────────────────────────────────────────────────────────────────


def test_patterns_that_were_not_asked_for_list_files_too() -> None:
    found = tree(layer(file("b/x.py"), file("a/y.py"), file("z")), patterns=("z",))
    assert [item.path for item in found.glob("**/*.py")] == ["a/y.py", "b/x.py"]
    assert [item.path for item in found.glob("a/y.py")] == ["a/y.py"]
    with pytest.raises(KeyError):
        found.read("a/y.py")


# ── threads and budget ───────────────────────────────────────────────────────────────────────────


def test_many_layers_give_the_same_tree_every_time() -> None:
    source = random.Random(3)
    layers = [
        layer(*[file(f"{source.randrange(40)}/f", source.randbytes(source.randrange(5000)))] * 3)
        for _ in range(30)
    ]
    first = tree(*layers)
    for _ in range(5):
        again = tree(*layers)
        assert content(again) == content(first)
        assert list(again.entries()) == list(first.entries())


def test_the_lowest_damaged_layer_is_the_one_reported() -> None:
    good = layer(file("a"))
    bad = [replace(good, diff_id=digest(bytes([number]))) for number in range(4)]
    for _ in range(5):
        with pytest.raises(ImageError, match=digest(b"\1")):
            read_tree(image(good, *bad[1:], good), [])


def test_what_is_kept_beyond_the_budget_does_not_depend_on_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_reading, "LIMITS", replace(LIMITS, kept_bytes=2500))
    layers = [layer(file(f"f{number}", bytes([number]) * 1000)) for number in range(6)]
    for _ in range(5):
        found, problems = read_tree(image(*layers), ["*"])
        assert [problem.where for problem in problems] == ["f2", "f3", "f4", "f5"]
        assert found.read("f1") == b"\1" * 1000


# ── the definition, slowly ───────────────────────────────────────────────────────────────────────

_NAMES = st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map("/".join)
_STEP = st.tuples(st.sampled_from(["file", "dir", "gone", "opaque"]), _NAMES)


def _below(files: dict[str, bytes | None], path: str) -> list[str]:
    return [name for name in files if name.startswith(path + "/")]


def _hide(files: dict[str, bytes | None], steps: list[tuple[str, str]]) -> None:
    for kind, path in steps:
        if kind in ("gone", "opaque"):
            for name in _below(files, path) + ([path] if kind == "gone" else []):
                files.pop(name, None)


def _lay(files: dict[str, bytes | None], steps: list[tuple[str, str]], mark: bytes) -> None:
    for kind, path in steps:
        if kind == "gone":
            continue
        parts = path.split("/")
        for depth in range(1, len(parts) + (kind != "file")):
            files["/".join(parts[:depth])] = None
        if kind == "file":
            for name in _below(files, path):
                del files[name]
            files[path] = mark


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(_STEP, max_size=5), min_size=1, max_size=4))
def test_merging_agrees_with_the_definition(layers: list[list[tuple[str, str]]]) -> None:
    expected: dict[str, bytes | None] = {}
    made = []
    for number, steps in enumerate(layers):
        mark = str(number).encode()
        members = []
        for kind, path in steps:
            if kind == "file":
                members.append(file(path, mark))
            elif kind == "gone":
                directory, slash, name = path.rpartition("/")
                members.append(file(f"{directory}{slash}.wh.{name}"))
            else:
                members.append(other(path, "dir"))
                if kind == "opaque":
                    members.append(file(f"{path}/.wh..wh..opq"))
        made.append(layer(*members))
        _hide(expected, steps)
        _lay(expected, steps, mark)
    found = tree(*made)
    assert sorted(found.paths()) == sorted(expected)
    assert content(found) == {path: body for path, body in expected.items() if body is not None}
