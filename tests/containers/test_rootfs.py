"""Layers on disk: owners and modes kept, whiteouts done, nothing outside."""

import os
import stat
from pathlib import Path

import pytest

from ironhull.containers._rootfs import User, unpack, user_of
from ironhull.errors import ImageError
from ironhull.oci.pack import Member
from tests.images import image

PASSWD = "root:x:0:0::/root:/bin/sh\nweb:x:65532:65533::/srv:/bin/false\n"
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to others")


@root_only
def test_owners_modes_and_links(tmp_path: Path) -> None:
    made = image(
        {
            "tmp": Member("", "dir", 0o1777),
            "data": Member("", "dir", 0o700, uid=65532, gid=65533),
            "data/a": Member("", "file", 0o640, uid=65532, gid=65533, content=b"x"),
            "bin": Member("", "symlink", 0o777, link="usr/bin"),
        }
    )
    unpack(made, tmp_path)
    assert stat.S_IMODE((tmp_path / "tmp").stat().st_mode) == 0o1777
    found = (tmp_path / "data/a").stat()
    assert (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == (65532, 65533, 0o640)
    assert str((tmp_path / "bin").readlink()) == "usr/bin"


@root_only
def test_later_layers_remove(tmp_path: Path) -> None:
    layers = [
        {"etc/a": "1", "etc/b": "1", "opt/x/y": "1", "opt/z": "1"},
        {"etc/.wh.a": "", "opt/.wh.x": "", "etc/b": "2"},
        {"opt/.wh..wh..opq": "", "opt/new": "3"},
    ]
    unpack(image(layers), tmp_path)
    there = {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()}
    assert there == {"etc/b", "opt/new"}
    assert (tmp_path / "etc/b").read_text() == "2"


@root_only
@pytest.mark.parametrize("below", ["out/file", "out/.wh.kept"])
def test_nothing_leaves_the_root(tmp_path: Path, below: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("mine")
    root = tmp_path / "root"
    root.mkdir()
    made = image([{"out": Member("", "symlink", 0o777, link=str(outside))}, {below: "theirs"}])
    with pytest.raises(ImageError):
        unpack(made, root)
    assert [p.name for p in outside.iterdir()] == ["kept"]


@pytest.mark.parametrize(
    ("user", "found"),
    [
        ("", User(0, 0, "/root")),
        ("web", User(65532, 65533, "/srv")),
        ("65532", User(65532, 65533, "/srv")),
        ("65532:7", User(65532, 7, "/srv")),
        ("web:staff", User(65532, 50, "/srv")),
        ("1234", User(1234, 0, "/")),
    ],
)
def test_users(tmp_path: Path, user: str, found: User) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").write_text(PASSWD)
    (tmp_path / "etc/group").write_text("staff:x:50:\n")
    assert user_of({"User": user}, tmp_path) == found


@pytest.mark.parametrize("user", ["nobody", "0:wheel"])
def test_users_that_are_not_there(tmp_path: Path, user: str) -> None:
    with pytest.raises(ImageError, match="is not in its etc/"):
        user_of({"User": user}, tmp_path)


def test_accounts_are_not_read_through_links(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "passwd").write_text(PASSWD)
    (tmp_path / "etc/passwd").symlink_to(tmp_path / "passwd")
    assert user_of({"User": "0"}, tmp_path) == User(0, 0, "/")
