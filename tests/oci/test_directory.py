import os
from dataclasses import replace
from pathlib import Path

import pytest

from ironhull.errors import ImageError
from ironhull.limits import LIMITS
from ironhull.model import Image, Platform
from ironhull.oci import directory
from ironhull.oci._bodies import IN_MEMORY
from ironhull.oci._scanning import Descent
from ironhull.oci.directory import DirectoryTree
from ironhull.oci.probes import Body, Probe
from ironhull.oci.tree import read_tree


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "secret").write_text("outside")
    root = tmp_path / "root"
    (root / "usr/lib").mkdir(parents=True)
    (root / "etc").mkdir()
    (root / "usr/lib/os-release").write_text("ID=x")
    (root / "etc/os-release").symlink_to("../usr/lib/os-release")
    (root / "etc/absolute").symlink_to("/usr/lib/os-release")
    (root / "etc/out").symlink_to("../../secret")
    (root / "etc/far").symlink_to(tmp_path / "secret")
    (root / "lib").symlink_to("usr/lib")
    os.link(root / "usr/lib/os-release", root / "etc/hard")
    os.mkfifo(root / "etc/pipe")
    return root


def test_reads_files_and_follows_links_inside(root: Path) -> None:
    found = DirectoryTree(root, ["**"])
    for path in ("etc/os-release", "etc/absolute", "lib/os-release", "etc/hard"):
        assert found.read(path) == b"ID=x"
    assert [item.path for item in found.glob("**")] == ["etc/hard", "usr/lib/os-release"]
    assert (found.problems, found.disk_size) == ((), 4)
    assert {entry.kind for entry, _ in found.entries()} == {"dir", "file", "symlink", "fifo"}


@pytest.mark.parametrize("path", ["etc/out", "etc/far", "etc/pipe", "../secret", "etc", "no", ""])
def test_nothing_outside_and_no_pipe_is_opened(root: Path, path: str) -> None:
    found = DirectoryTree(root, ["**", "../secret"])
    assert found.find(path) is None
    with pytest.raises(KeyError):
        found.read(path)


def test_links_put_there_later_are_not_followed(root: Path) -> None:
    found = DirectoryTree(root, ["**"])
    (root / "usr/lib/os-release").unlink()
    (root / "usr/lib/os-release").symlink_to("../../../secret")
    with pytest.raises(KeyError):
        found.read("usr/lib/os-release")
    (root / "usr/lib/os-release").unlink()
    (root / "usr/lib").rmdir()
    (root / "usr/lib").symlink_to(root.parent)
    (root.parent / "os-release").write_text("outside")
    with pytest.raises(KeyError):
        found.read("usr/lib/os-release")


def test_only_wanted_files_are_read(root: Path) -> None:
    found = DirectoryTree(root, ["etc/os-release"])
    assert found.read("etc/os-release") == b"ID=x"
    with pytest.raises(KeyError):
        found.read("etc/hard")


def test_read_tree_of_a_directory_image(root: Path) -> None:
    image = Image("x", "", {}, (), Platform(), "fs", root=str(root))
    found, problems = read_tree(image, ["etc/*"])
    assert (found.read("etc/hard"), problems) == (b"ID=x", ())


def test_what_cannot_be_listed_is_an_error(root: Path) -> None:
    for path in (root / "no", root / "etc/hard"):
        with pytest.raises(ImageError, match="cannot be listed"):
            DirectoryTree(path, [])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_a_problem(root: Path) -> None:
    (root / "etc/hard").chmod(0)
    (root / "usr").chmod(0)
    try:
        where = [problem.where for problem in DirectoryTree(root, ["**"]).problems]
    finally:
        (root / "usr").chmod(0o755)
    assert where == ["etc/hard", "usr"]


# ── probes ───────────────────────────────────────────────────────────────────────────────────────


def size_of(_: str, body: Body) -> bytes:
    if body.read(0, 3) == b"bad":
        raise ValueError("bad")
    return f"{body.size} {body.find(b'needle')}".encode()


def told(found: DirectoryTree, probe: str) -> dict[str, bytes]:
    return {item.path: found.facts(item.path, probe) for item in found.probed(probe)}


def test_probes_look_into_their_files(root: Path) -> None:
    big = b"\x7fELF" + bytes(3 * IN_MEMORY) + b"needle"
    (root / "usr/program").write_bytes(big)
    (root / "usr/program").chmod(0o755)
    (root / "usr/script").write_bytes(b"#!/bin/sh needle")
    (root / "usr/script").chmod(0o755)
    (root / "usr/library").write_bytes(big)
    (root / "usr/a.jar").write_bytes(b"needle")
    (root / "usr/bad.jar").write_bytes(b"bad")
    (root / "usr/link.jar").symlink_to("a.jar")
    os.mkfifo(root / "usr/pipe.jar")
    os.mkfifo(root / "usr/pipe", 0o777)
    probes = [
        Probe("programs", "1", size_of, executables=True),
        Probe("jars", "1", size_of, ("**/*.jar",)),
    ]
    found = DirectoryTree(root, [], probes)
    assert told(found, "programs") == {"usr/program": f"{len(big)} {len(big) - 6}".encode()}
    assert told(found, "jars") == {"usr/a.jar": b"6 0"}
    assert found.facts("usr/link.jar", "jars") == b"6 0"
    assert [(problem.where, problem.message) for problem in found.problems] == [
        ("usr/bad.jar", "jars: cannot be read: bad")
    ]


def test_limits_of_what_probes_get_and_keep(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "LIMITS", replace(LIMITS, probe_bytes=100, kept_bytes=5))
    (root / "a.jar").write_bytes(b"x" * 101)
    (root / "b.jar").write_bytes(b"x" * 100)
    found = DirectoryTree(root, [], [Probe("jars", "1", size_of, ("**/*.jar",))])
    assert [(problem.where, problem.message.split(";")[1]) for problem in found.problems] == [
        ("a.jar", " not looked into"),
        ("b.jar", " not looked into"),
    ]
    assert told(found, "jars") == {}


def test_a_device_is_neither_wanted_nor_opened(root: Path) -> None:
    try:
        os.mknod(root / "usr/null", 0o020777, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root may make devices")
    found = DirectoryTree(root, ["**"], [Probe("all", "1", size_of, ("**",))])
    assert found.find("usr/null") is None
    assert "usr/null" not in told(found, "all")


# ── walking ──────────────────────────────────────────────────────────────────────────────────────


def test_deep_and_wide_trees_need_few_descriptors(tmp_path: Path) -> None:
    import resource

    deep = tmp_path
    for number in range(100):
        deep = deep / f"d{number}"
        for name in ("x", "y"):
            (deep / name / "z").mkdir(parents=True)
            (deep / name / "z" / "file").write_text(f"{number}{name}")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(list(Path("/dev/fd").iterdir())) + 50, hard))
    try:
        found = DirectoryTree(tmp_path, ["**"])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert found.problems == ()
    contents = {found.read(item.path).decode() for item in found.glob("**")}
    assert contents == {f"{number}{name}" for number in range(100) for name in "xy"}
    assert sorted(found.paths()) == sorted(
        str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")
    )


def test_a_directory_that_becomes_a_link_is_not_entered(root: Path) -> None:
    with Descent(root) as descent:
        assert os.stat("os-release", dir_fd=descent.to("usr/lib")).st_size == 4
        (root / "usr/lib/os-release").unlink()
        (root / "usr/lib").rmdir()
        (root / "usr/lib").symlink_to(root.parent)
        descent.to("etc")
        with pytest.raises(OSError, match=r"directory|symbolic"):
            descent.to("usr/lib")


def test_more_files_than_allowed_are_one_error(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "LIMITS", replace(LIMITS, layer_entries=5))
    with pytest.raises(ImageError, match="more than 5 files"):
        DirectoryTree(root, [])
