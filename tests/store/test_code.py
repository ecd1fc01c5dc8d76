"""What stands for the code in cache keys: the digests of an installation, or a tree's files."""

import os
from pathlib import Path

from ironhull.store._code import code_identity, running_code

RECORD = "../../../bin/tool,sha256={script},1\ntool/__init__.py,sha256={code},5\ntool/x.pyc,,\n"


def installed(root: Path, *, script: str = "s", code: str = "c") -> str:
    (root / "tool").mkdir(parents=True)
    (root / "tool" / "__init__.py").write_text("")
    (root / "tool-1.dist-info").mkdir()
    (root / "tool-1.dist-info" / "RECORD").write_text(RECORD.format(script=script, code=code))
    return str(root / "tool")


def test_equal_installations_share_and_other_code_does_not(tmp_path: Path) -> None:
    one = code_identity(installed(tmp_path / "a"), "1")
    same = code_identity(installed(tmp_path / "b", script="other place"), "1")
    other = code_identity(installed(tmp_path / "c", code="changed"), "1")
    assert one == same != other


def test_a_tree_is_told_by_its_files(tmp_path: Path) -> None:
    package = tmp_path / "tool"
    (package / "inner").mkdir(parents=True)
    (package / "inner" / "a.py").write_text("1")
    before = code_identity(str(package), "1")
    assert before == code_identity(str(package), "1")
    (package / "inner" / "__pycache__").mkdir()
    (package / "inner" / "__pycache__" / "a.pyc").write_text("1")
    assert before == code_identity(str(package), "1")
    os.utime(package / "inner" / "a.py", (1, 1))
    assert before != code_identity(str(package), "1")


def test_what_cannot_be_told_is_said(tmp_path: Path) -> None:
    assert code_identity(str(tmp_path / "tool.zip" / "tool"), "1") == ""


def test_what_runs_is_told_once() -> None:
    assert running_code() is running_code() != ""
