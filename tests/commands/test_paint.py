"""Colours: at a terminal, and nowhere else."""

import argparse
import sys

import pytest

from ironhull.commands._paint import paint

TEXT = "   0C     1H  ✗ HIGH CVE-1 3.0.3H 12L not checked: PyPI\n"


@pytest.fixture
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.mark.usefixtures("_terminal")
def test_a_terminal_gets_colours() -> None:
    assert paint(TEXT, argparse.Namespace(output=[])) == (
        "   0C     \033[31m1H\033[0m  ✗ \033[31mHIGH\033[0m CVE-1 3.0.3H \033[36m12L\033[0m"
        " \033[1;35mnot checked\033[0m: PyPI\n"
    )


@pytest.mark.usefixtures("_terminal")
def test_who_wants_none_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert paint(TEXT, argparse.Namespace(output=["text=x"])) == TEXT
    monkeypatch.setenv("NO_COLOR", "1")
    assert paint(TEXT, argparse.Namespace(output=[])) == TEXT


def test_a_pipe_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: False, raising=False)
    assert paint(TEXT, argparse.Namespace(output=[])) == TEXT
