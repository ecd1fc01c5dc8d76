"""Files and directories named with --vex."""

import os
from pathlib import Path

import pytest

from ironhull.errors import FormatError, StoreError, UsageError
from ironhull.limits import LIMITS
from ironhull.statements import files
from ironhull.statements.files import list_documents, read_document
from ironhull.values import replace


def test_a_file_is_itself(tmp_path: Path) -> None:
    path = tmp_path / "anything.txt"
    path.write_bytes(b"{}")
    assert list_documents(str(path)).files == ((path, True),)
    assert read_document(path) == b"{}"


def test_a_directory_is_every_json_below_it(tmp_path: Path) -> None:
    for name in ("b.json", "a/c.VEX.json", "a/.hidden/d.json", "e.txt", "csaf-1.JSON"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = list_documents(str(tmp_path))
    names = [(str(path.relative_to(tmp_path)), sure) for path, sure in found.files]
    assert names == [
        ("a/.hidden/d.json", False),
        ("a/c.VEX.json", True),
        ("b.json", False),
        ("csaf-1.JSON", True),
    ]
    assert set(found.directories) == {tmp_path, tmp_path / "a", tmp_path / "a/.hidden"}


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "gone.json").symlink_to("nowhere")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "real.json").touch()
    (tmp_path / "link.json").symlink_to("real.json")
    names = [path.name for path, _ in list_documents(str(tmp_path)).files]
    assert names == ["link.json", "real.json"]


def test_nothing_of_that_name() -> None:
    with pytest.raises(UsageError, match="--vex repos: there is no such file"):
        list_documents("repos")
    with pytest.raises(UsageError, match="--vex names nothing"):
        list_documents("")
    with pytest.raises(StoreError, match="cannot be read"):
        list_documents("a\0b")


def test_too_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LIMITS", replace(LIMITS, vex_files=2))
    for name in "abc":
        (tmp_path / name).touch()
    with pytest.raises(FormatError, match="more than 2 files"):
        list_documents(str(tmp_path))


def test_too_large_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LIMITS", replace(LIMITS, vex_bytes=4))
    (tmp_path / "a.json").write_bytes(b"12345")
    with pytest.raises(FormatError, match=r"a\.json: larger than"):
        read_document(tmp_path / "a.json")


def test_a_file_that_vanished(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be read"):
        read_document(tmp_path / "gone.json")
