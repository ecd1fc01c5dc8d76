"""Directories read as root file systems: links out, devices, pipes, files nobody may read."""

import os
import socket
import stat
import subprocess
from pathlib import Path

import pytest

from tests.corpus.bounded import read
from tests.corpus.test_layouts import OS_RELEASE, STATUS


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small Debian in a directory beside a secret."""
    made = tmp_path / "root"
    for path, text in (("etc/os-release", OS_RELEASE), ("var/lib/dpkg/status", STATUS)):
        (made / path).parent.mkdir(parents=True)
        (made / path).write_text(text)
    (tmp_path / "secret").write_text(STATUS.replace("bash", "secret"))
    return made


def status(root: Path) -> Path:
    return root / "var/lib/dpkg/status"


def test_a_directory_is_read(root: Path) -> None:
    found = read(f"fs://{root}")
    assert (found.crash, found.error, found.packages) == ("", "", ("bash 5.2-1",))


@pytest.mark.parametrize("target", ["../../../../secret", "ABSOLUTE", "/secret", "/dev/zero"])
def test_links_out_of_the_root_are_not_followed(root: Path, target: str) -> None:
    status(root).unlink()
    status(root).symlink_to(target.replace("ABSOLUTE", str(root.parent / "secret")))
    found = read(f"fs://{root}", seconds=20)
    assert (found.crash, found.error, found.packages) == ("", "", ())
    assert found.problems


def test_directories_that_lead_out_are_not_followed(root: Path) -> None:
    outside = root.parent / "outside"
    (outside / "dpkg").mkdir(parents=True)
    (outside / "dpkg/status").write_text(STATUS.replace("bash", "secret"))
    (root / "usr").mkdir()
    for link in (root / "var/lib2", root / "usr/lib"):
        link.symlink_to(outside)
    (root / "var/lib").rename(root / "var/gone")
    (root / "var/lib").symlink_to(outside)
    found = read(f"fs://{root}")
    assert (found.crash, found.packages) == ("", ())


def test_links_inside_the_root_are_followed(root: Path) -> None:
    (root / "usr/lib").mkdir(parents=True)
    (root / "etc/os-release").rename(root / "usr/lib/os-release")
    (root / "etc/os-release").symlink_to("/usr/lib/os-release")
    found = read(f"fs://{root}")
    assert (found.packages, found.problems) == (("bash 5.2-1",), ())


@pytest.mark.parametrize("kind", ["fifo", "socket", "zero", "loop"])
def test_what_is_no_file_is_not_opened(root: Path, kind: str) -> None:
    for path in (status(root), root / "usr.so", root / "usr.jar", root / "etc/debian_version"):
        path.unlink(missing_ok=True)
        if kind == "fifo":
            os.mkfifo(path)
        elif kind == "socket":
            here = Path.cwd()
            os.chdir(path.parent)
            try:
                socket.socket(socket.AF_UNIX).bind(path.name)
            finally:
                os.chdir(here)
        elif kind == "loop":
            path.symlink_to(path.name)
        elif os.getuid() == 0:
            try:
                os.mknod(path, stat.S_IFCHR | 0o755, os.makedev(1, 5))
            except OSError as error:
                pytest.skip(f"no devices can be made here: {error}")
        else:
            pytest.skip("making devices needs root")
    found = read(f"fs://{root}", seconds=20)
    assert (found.crash, found.error, found.packages) == ("", "", ())
    assert "none of its packages could be listed" in found.said


def test_what_may_not_be_read_is_told(root: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("needs root to become somebody else")
    for path in (*root.parents, root):
        if path.is_relative_to("/tmp") and path != Path("/tmp"):
            path.chmod(0o755)
    for place in (status(root), root / "var/lib/dpkg"):
        place.chmod(0)
        found = read(f"fs://{root}", unprivileged=True)
        assert (found.crash, found.error, found.packages) == ("", "", ())
        assert "ermission denied" in found.said
        assert str(place.relative_to(root)) in found.said


def test_names_nobody_can_type(root: Path) -> None:
    for name in (b"\xff\xfe", b"a\nb", b"\x1b[31m", b" ", b"..."):
        place = root / (os.fsdecode(name) + "-1.dist-info")
        place.mkdir()
        (place / "METADATA").write_bytes(b"Name: x\xff\nVersion: 1\n")
    found = read(f"fs://{root}")
    assert (found.crash, found.error) == ("", "")
    assert "bash 5.2-1" in found.packages


def test_a_file_of_a_terabyte_that_is_all_hole(root: Path) -> None:
    for name in ("var/lib/dpkg/status", "opt.so", "opt.jar", "var/lib/rpm/rpmdb.sqlite"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.truncate(1 << 40)
        path.chmod(0o755)
    found = read(f"fs://{root}", seconds=30)
    assert (found.crash, found.error, found.packages) == ("", "", ())
    assert "not read" in found.said


def test_a_deep_directory(root: Path) -> None:
    root.joinpath(*["deep"] * 300).mkdir(parents=True)
    try:
        found = read(f"fs://{root}")
    finally:
        subprocess.run(["rm", "-rf", root / "deep"], check=True)  # pytest goes in recursively
    assert found.crash == ""
    assert found.packages == ("bash 5.2-1",)
