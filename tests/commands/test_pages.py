"""docs/commands says what the parsers say."""

import pytest

from ironhull.commands import COMMANDS
from tests.commands.pages import DIRECTORY, MORE, pages

PAGES = pages()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_current(name: str) -> None:
    there = (DIRECTORY / name).read_text(encoding="utf-8")
    assert there == PAGES[name], "run `python -m tests.commands.pages`"


def test_no_page_is_of_a_command_that_is_gone() -> None:
    assert {path.name for path in DIRECTORY.glob("*.md")} == set(PAGES)


def test_every_option_is_on_its_page() -> None:
    text = PAGES["patch.md"]
    for word in ("`--only` `WHAT`", "`-t`, `--tag` `NAME`", "`IMAGE`", "patch [OPTION]… IMAGE"):
        assert word in text
    assert "## base build" in PAGES["base.md"]


def test_pages_that_tell_more_are_of_commands_there_are() -> None:
    assert MORE.keys() <= {command.name for command in COMMANDS}
