"""Which files are shipped, and how they look in the image."""

import os
from pathlib import Path

import pytest

from ironhull.builders.python_app.context import Shipped, collect
from ironhull.builders.python_app.settings import AppSettings
from ironhull.errors import BuildError
from tests.builders.python_app.bases import write


def ship(root: Path, files: dict[str, str] | None = None, **settings: tuple[str, ...]) -> Shipped:
    return collect(write(root, files or {}), AppSettings(**settings), epoch=1000)  # type: ignore[arg-type]  # tuples


def paths(root: Path, files: dict[str, str] | None = None, **settings: tuple[str, ...]) -> set[str]:
    return set(ship(root, files, **settings).paths)


def test_source_is_shipped_and_rubbish_is_not(tmp_path: Path) -> None:
    files = {
        "app.py": "", "pkg/mod.py": "", "pkg/__pycache__/mod.pyc": "", "old.pyc": "",
        ".git/config": "", ".venv/bin/x": "", "env/pyvenv.cfg": "", "env/bin/python": "",
        ".env": "SECRET=1", "sub/.env": "", "ironhull.lock": "", "Dockerfile": "",
        "Dockerfile.dev": "", ".dockerignore": "", "x.egg-info/PKG-INFO": "",
    }  # fmt: skip
    shipped = ship(tmp_path, files)
    assert set(shipped.paths) == {"app.py", "pkg/mod.py"}
    assert any(".env" in note for note in shipped.notes)


def test_dockerignore_is_obeyed_and_takes_back(tmp_path: Path) -> None:
    files = {"a.md": "", "README.md": "", "docs/a.txt": "", "docs/keep.txt": "", "Dockerfile": ""}
    files[".dockerignore"] = "*.md\n!README.md\ndocs\n!docs/keep.txt\n!Dockerfile\n!.git\n"
    files[".git/HEAD"] = ""
    assert paths(tmp_path, files) == {"README.md", "docs/keep.txt", "Dockerfile"}


def test_include_and_exclude(tmp_path: Path) -> None:
    files = {"app.py": "", "tests/test_app.py": "", "templates/x.html": "", "notes.txt": ""}
    assert paths(tmp_path, files, exclude=("tests",)) == {"app.py", "templates/x.html", "notes.txt"}
    assert paths(tmp_path, include=("app.py", "templates")) == {"app.py", "templates/x.html"}


def test_members_look_the_same_everywhere(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "1", "run.sh": "2"})
    (tmp_path / "a.py").chmod(0o600)
    (tmp_path / "run.sh").chmod(0o777)
    os.utime(tmp_path / "a.py", (5, 5))
    members = {m.path: m for m in ship(tmp_path).members}
    assert members["app/a.py"].mode == 0o644
    assert members["app/run.sh"].mode == 0o755
    assert {(m.uid, m.gid, m.mtime) for m in members.values()} == {(0, 0, 1000)}


def test_links_inside_are_kept(tmp_path: Path) -> None:
    write(tmp_path, {"a/x.py": ""})
    (tmp_path / "a/y.py").symlink_to("x.py")
    (tmp_path / "z.py").symlink_to("a/gone.py")
    links = {m.path: m.link for m in ship(tmp_path).members if m.kind == "symlink"}
    assert links == {"app/a/y.py": "x.py", "app/z.py": "a/gone.py"}


@pytest.mark.parametrize("target", ["/etc/passwd", "../outside", "a/../../outside", "deep/up/../x"])
def test_links_out_are_refused(tmp_path: Path, target: str) -> None:
    root = write(tmp_path / "context", {"a/x.py": "", "b/c/d.py": ""})
    (root / "deep").mkdir()
    (root / "deep/up").symlink_to("../../context")  # leads through the outside
    (root / "link").symlink_to(target)
    with pytest.raises(BuildError, match="symbolic link out of the context"):
        ship(root)


def test_a_link_to_a_directory_is_not_followed(tmp_path: Path) -> None:
    root = write(tmp_path / "context", {"a/x.py": ""})
    (root / "b").symlink_to("a")
    assert paths(root) == {"a/x.py", "b"}


def test_what_is_no_file_is_left_out_and_said(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    shipped = ship(tmp_path, {"app.py": ""})
    assert set(shipped.paths) == {"app.py"}
    assert any("pipe" in note for note in shipped.notes)


def test_a_bad_pattern_is_named(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"\[a"):
        ship(tmp_path, {".dockerignore": "[a\n"})
