"""Packages in one tree: usr merged, links followed, conflicts decided as dpkg decides them."""

import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ironhull.builders.debian_base.rootfs import Rootfs
from ironhull.debian.package import Entry
from ironhull.errors import BuildError


def file(path: str, content: bytes = b"x", mode: int = 0o644) -> tuple[Entry, io.BytesIO]:
    return Entry(path, "file", mode, 0, 0, 5, len(content)), io.BytesIO(content)


def directory(path: str, mode: int = 0o755) -> tuple[Entry, None]:
    return Entry(path, "dir", mode, 0, 0, 5, 0), None


def link(path: str, target: str, kind: str = "symlink") -> tuple[Entry, None]:
    return Entry(path, kind, 0o777, 0, 0, 5, 0, target), None


def never(old: str, new: str) -> bool:
    return False


@pytest.fixture
def root(tmp_path: Path) -> Rootfs:
    made = Rootfs(tmp_path, epoch=7)
    made.merge_usr(lib64=True)
    return made


def test_files_for_lib_land_in_usr_lib(root: Rootfs) -> None:
    entries = [directory("lib"), directory("lib/x86"), file("lib/x86/libc.so"), file("bin/cat")]
    assert root.unpack("libc6", entries, never)[2] == "lib/x86/libc.so"
    assert root.inodes["usr/lib/x86/libc.so"].kind == "file"
    assert root.inodes["lib"].link == "usr/lib"
    assert root.read("lib/x86/libc.so") == b"x" == root.read("bin/cat")
    assert "lib/x86/libc.so" not in {member.path for member in root.members()}


def test_links_base_files_ships_are_the_same(root: Rootfs) -> None:
    root.unpack("base-files", [directory("usr/bin"), link("bin", "usr/bin")], never)
    assert root.inodes["bin"].link == "usr/bin"


def test_first_package_decides_about_a_directory(root: Rootfs) -> None:
    root.unpack("base-files", [directory("tmp", 0o1777)], never)
    root.unpack("other", [directory("tmp", 0o755), file("tmp/x")], never)
    assert root.inodes["tmp"].mode == 0o1777


def test_two_packages_with_one_path(root: Rootfs) -> None:
    root.unpack("one", [file("etc/x", b"1")], never)
    with pytest.raises(BuildError, match=r"/etc/x is in both one and two.*neither Replaces"):
        root.unpack("two", [file("etc/x", b"2")], never)


def test_the_replacing_package_wins_in_either_order(root: Rootfs) -> None:
    def new_replaces_old(old: str, new: str) -> bool:
        return (old, new) == ("old", "new")

    root.unpack("old", [file("etc/a", b"old")], never)
    root.unpack("new", [file("etc/a", b"new"), file("etc/b", b"new")], new_replaces_old)
    root.unpack("old", [file("etc/b", b"old")], new_replaces_old)
    assert root.read("etc/a") == root.read("etc/b") == b"new"


def test_equal_files_do_not_clash(root: Rootfs) -> None:
    root.unpack("a", [file("usr/share/doc/x/copyright", b"same")], never)
    root.unpack("b", [file("usr/share/doc/x/copyright", b"same")], never)
    assert root.inodes["usr/share/doc/x/copyright"].package == "a"


def test_a_directory_stays_where_a_link_to_one_is_shipped(root: Rootfs) -> None:
    root.unpack("a", [directory("usr/share/doc/a"), file("usr/share/doc/a/copyright")], never)
    root.unpack("b", [link("usr/share/doc/a", "elsewhere")], never)
    assert root.inodes["usr/share/doc/a"].kind == "dir"


@pytest.mark.parametrize(
    ("first", "second"),
    [(directory("x/y"), file("x/y")), (file("x/y"), directory("x/y")), (file("x"), file("x/y"))],
)
def test_a_file_cannot_be_a_directory(
    root: Rootfs, first: tuple[Entry, io.BytesIO | None], second: tuple[Entry, io.BytesIO | None]
) -> None:
    root.unpack("a", [first], never)
    with pytest.raises(BuildError, match="x"):
        root.unpack("b", [second], never)


def test_links_stay_inside_the_root(root: Rootfs) -> None:
    root.unpack("a", [link("etc/out", "../../../../etc"), link("abs", "/usr/lib")], never)
    assert root.resolve("etc/out/passwd") == "etc/passwd"
    assert root.resolve("abs/x") == "usr/lib/x"
    assert root.resolve("../../x") == "x"


def test_loops_are_refused(root: Rootfs) -> None:
    root.unpack("a", [link("a", "b"), link("b", "a")], never)
    with pytest.raises(BuildError, match="loop"):
        root.find("a/x")


def test_hard_links_share_content_and_survive_their_first_name(root: Rootfs) -> None:
    entries = [file("usr/bin/perl", b"elf"), link("usr/bin/perl5", "usr/bin/perl", "hardlink")]
    root.unpack("perl", entries, never)
    by_path = {member.path: member for member in root.members()}
    assert (by_path["usr/bin/perl5"].kind, by_path["usr/bin/perl5"].link) == (
        "hardlink",
        "usr/bin/perl",
    )
    root.remove("usr/bin/perl")
    assert {m.path: m.kind for m in root.members()}["usr/bin/perl5"] == "file"


def test_a_hard_link_to_nothing_is_refused(root: Rootfs) -> None:
    with pytest.raises(BuildError, match="links to /nowhere"):
        root.unpack("p", [link("x", "nowhere", "hardlink")], never)


def test_large_contents_are_kept_on_disk(root: Rootfs, tmp_path: Path) -> None:
    root.unpack("p", [file("big", b"z" * 100_000), file("small", b"z")], never)
    assert isinstance(root.inodes["big"].content, Path)
    assert root.read("big") == b"z" * 100_000
    assert root.inodes["small"].content == b"z"


def test_drop_takes_emptied_directories_along_and_leaves_ours(root: Rootfs) -> None:
    entries = [directory("usr/share/man/man1"), file("usr/share/man/man1/x"), file("usr/share/k")]
    root.unpack("p", [*entries, directory("srv/empty")], never)
    root.write("usr/share/man/ours", b"")
    assert root.drop(lambda path: path.startswith("usr/share/man")) == 1
    assert "usr/share/man/man1" not in root.inodes
    assert {"usr/share/man/ours", "usr/share/man", "srv/empty", "usr/share/k"} <= set(root.inodes)


def test_files_of_our_own(root: Rootfs) -> None:
    root.write("etc/x", "one")
    root.write("etc/x", "two", 0o600, 1, 2)
    root.write_new("etc/x", "three")
    root.symlink("bin/l", "x")
    root.mkdir("run/lock", 0o1777)
    assert root.read("etc/x") == b"two"
    assert root.inodes["usr/bin/l"].link == "x"
    assert root.inodes["run/lock"].mode == 0o1777
    assert root.inodes["etc/x"].mtime == 7
    with pytest.raises(BuildError, match="is a directory"):
        root.write("run/lock", b"")
    with pytest.raises(BuildError, match="cannot be a directory"):
        root.mkdir("etc/x")
    assert root.remove("etc") and not root.remove("etc")
    assert root.read("etc/x") is None


_names = st.sampled_from(["a", "b", "usr", "lib", "..", "."])
_paths = st.lists(_names, min_size=1, max_size=4).map("/".join)
_entries = st.lists(
    st.one_of(
        _paths.map(file),
        _paths.map(directory),
        st.builds(link, _paths, st.one_of(_paths, _paths.map("/".__add__))),
    ),
    max_size=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_entries)
def test_whatever_is_unpacked_every_parent_is_a_directory(tmp_path: Path, entries: list) -> None:
    root = Rootfs(tmp_path)
    root.merge_usr(lib64=False)
    try:
        root.unpack("p", entries, never)
    except BuildError:
        return
    for path in root.inodes:
        assert ".." not in path.split("/")
        parent = path.rpartition("/")[0]
        assert not parent or root.inodes[parent].kind == "dir"
