"""The tutorial works: its commands in their order, in a copy of the checkout."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from ironhull.commands import run
from tests.conftest import ROOT

ELSEWHERE = ("registry.example.com", "docker://")
"""What the commands that are left out speak of: a registry and an engine of the reader's."""


def commands() -> list[str]:
    text = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    lines = [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]
    return [line for line in lines if not any(word in line for word in ELSEWHERE)]


def test_every_line_is_a_command_of_ours() -> None:
    assert len(commands()) > 20
    assert all(line.startswith("ironhull ") for line in commands())


@pytest.mark.network
def test_the_commands_work_in_their_order(
    debian_archive: str,
    pypi: str,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.copytree(ROOT / "examples/reservations", home / "examples/reservations")
    monkeypatch.chdir(home)
    for line in commands():
        code = run(shlex.split(line)[1:])
        printed = capsys.readouterr()
        gate = "--exit-code" in line or "--check" in line
        assert code in ((0, 2) if gate else (0,)), f"{line}: {printed.err}"
        assert printed.out or " -o " in line or "generate" in line, line
    assert run(["images"]) == 0
    names = capsys.readouterr().out
    assert all(name in names for name in ("web:init", "web:patched", "web:hardened"))
