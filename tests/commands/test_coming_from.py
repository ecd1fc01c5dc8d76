"""docs/coming-from.md names commands and options that there are."""

import argparse
import re
from importlib import import_module

import pytest

from ironhull.commands import COMMANDS
from tests.conftest import ROOT

TEXT = (ROOT / "docs" / "coming-from.md").read_text(encoding="utf-8")
SPANS = sorted({span for span in re.findall(r"`(ironhull [^`]+)`", TEXT) if "…" not in span})


def parsers(parser: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    found = [parser]
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                found += parsers(inner)
    return found


@pytest.mark.parametrize("span", SPANS)
def test_what_is_here_is_there(span: str) -> None:
    _, name, *words = span.split()
    command = next(c for c in COMMANDS if name in (c.name, *c.aliases))
    parser = argparse.ArgumentParser(prog=name)
    import_module(f"ironhull.commands.{command.module}").arguments(parser)
    every = parsers(parser)
    options = {option for one in every for option in one._option_string_actions}
    verbs = {
        verb
        for one in every
        for action in one._actions
        if isinstance(action, argparse._SubParsersAction)
        for verb in action.choices
    }
    for word in words:
        if word.startswith("-"):
            assert word.partition("=")[0] in options, word
    if verbs:
        assert words[0] in verbs
