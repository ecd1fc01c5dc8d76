"""`ironhull harden --check`: what it prints, and when it fails."""

import io
import json
import sys
from pathlib import Path

import pytest

from ironhull.commands import run

BAD = "FROM python:3.12\nCOPY . /app\nCMD python3 /app/main.py\n"
GOOD = f"FROM ironhull/static:13@sha256:{'0' * 64}\nCOPY app /app\nUSER 65532:65532\n"


@pytest.fixture(autouse=True)
def _home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("IRONHULL_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


def write(text: str, name: str = "Dockerfile") -> str:
    """A Dockerfile in the working directory."""
    Path(name).write_text(text, encoding="utf-8")
    return name


def test_errors_fail_and_nothing_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    write(BAD)
    assert run(["harden", "--check"]) == 2
    out = capsys.readouterr().out
    assert "Dockerfile: error IH-D003  " in out
    assert "Dockerfile: warning IH-D010  " in out
    assert [p.name for p in Path().iterdir() if p.name != "home"] == ["Dockerfile"]


def test_warnings_do_not_fail(capsys: pytest.CaptureFixture[str]) -> None:
    write(BAD + "USER 65532:65532\n")
    assert run(["harden", "--check"]) == 0
    assert "warning IH-D001" in capsys.readouterr().out


def test_a_good_one_has_nothing_said_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    write(GOOD)
    assert run(["harden", "--check"]) == 0
    assert capsys.readouterr().out == "Dockerfile: nothing to say\n"


def test_an_ignore_file_of_the_context_counts(capsys: pytest.CaptureFixture[str]) -> None:
    write(BAD)
    write(".git\n", ".dockerignore")
    run(["harden", "--check"])
    assert "IH-D010" not in capsys.readouterr().out


def test_build_arguments_and_the_target_count(capsys: pytest.CaptureFixture[str]) -> None:
    write("ARG BASE=debian:13\nFROM $BASE AS a\nUSER 7\nFROM a AS b\nRUN sudo x\n", "D")
    run(["harden", "--check", "--target", "a", "--build-arg", "BASE=scratch", "D"])
    assert capsys.readouterr().out == "D: nothing to say\n"


def test_the_day_is_that_of_source_date_epoch(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write("FROM python:3.14-slim\nUSER 7\n")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert run(["harden", "--check"]) == 0
    capsys.readouterr()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "2000000000")
    assert run(["harden", "--check"]) == 2
    assert "python 3.14 has had no fixes since 2030-10-31" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["json", "sarif", "markdown"])
def test_other_formats(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    write(BAD)
    assert run(["harden", "--check", "--format", name]) == 2
    out = capsys.readouterr().out
    assert "IH-D003" in out
    if name != "markdown":
        assert json.loads(out)


def test_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(GOOD.encode())))
    assert run(["harden", "--check", "-"]) == 0
    assert capsys.readouterr().out == "-: nothing to say\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("FROM a\nCOPPY x /\n", "Dockerfile:2:1: unknown instruction 'COPPY'"),
        ("FROM a\nRUN <<EOF\n", "Dockerfile:2:1: unterminated heredoc"),
        ("FROM a\nENV X=${Y\n", "Dockerfile:2:1: "),
        ("FROM $NONE\n", "Dockerfile:1:1: FROM $NONE: the image has no name"),
        ("", "Dockerfile:1:1: the file has no instructions"),
    ],
)
def test_one_that_does_not_parse(
    text: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(text)
    assert run(["harden", "--check"]) == 1
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error
