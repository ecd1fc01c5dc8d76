import os
from pathlib import Path

import pytest

from ironhull.errors import ImageError
from ironhull.model import Image, Platform
from ironhull.oci.tree import DirectoryTree, read_tree


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
