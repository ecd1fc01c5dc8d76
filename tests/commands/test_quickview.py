"""`ironhull quickview`: what is printed, where, and with which exit code."""

import json
from pathlib import Path

import pytest

from ironhull.commands import run
from ironhull.formats.text_quickview import write_quickview
from tests import reports
from tests.commands.reporting import install


@pytest.fixture(autouse=True)
def _samples(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)


@pytest.mark.parametrize("command", ["quickview", "qv"])
def test_text_goes_to_stdout_and_nothing_else_does(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([command, "web"]) == 0
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == (write_quickview(reports.web()), "")


def test_the_newest_image_is_the_default(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["qv"]) == 0
    assert "web:init" in capsys.readouterr().out


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["qv", "web", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["schema"] == "ironhull/quickview"


def test_several_outputs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text, document = tmp_path / "a.txt", tmp_path / "b.json"
    assert run(["qv", "web", "--output", f"text={text}", "--output", f"json={document}"]) == 0
    assert capsys.readouterr().out == ""
    assert text.read_text(encoding="utf-8") == write_quickview(reports.web())
    assert json.loads(document.read_text(encoding="utf-8"))["packages"] == 5


def test_a_missing_image_is_one_line_and_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["qv", "nowhere"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == "ironhull: no image nowhere — see `ironhull images`\n"


def test_a_format_we_do_not_have_is_64(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["qv", "web", "--format", "xml"]) == 64
    assert capsys.readouterr().out == ""
