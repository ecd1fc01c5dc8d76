"""What the documents say is what the program does."""

import argparse
import re
import shlex
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from ironhull.advisories import SOURCES
from ironhull.commands import COMMANDS
from ironhull.formats import SBOM_FORMATS

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("catalog/*.md")])
_LINK = re.compile(r"\[[^\]]+\]\(([^)#\s]+)(?:#[^)]*)?\)")


def _console_lines() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL):
            for line in block.splitlines():
                if line.startswith("$ ironhull "):
                    yield page.name, line.removeprefix("$ ironhull ")


@pytest.mark.parametrize(("page", "line"), list(_console_lines()))
def test_commands_in_the_documents_are_understood(page: str, line: str) -> None:
    name, *rest = shlex.split(line, comments=True)
    command = next(c for c in COMMANDS if name in (c.name, *c.aliases))
    parser = argparse.ArgumentParser(prog=name, exit_on_error=False)
    import_module(f"ironhull.commands.{command.module}").arguments(parser)
    parser.parse_args(rest)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in _LINK.findall(page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_page_is_in_the_site() -> None:
    site = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    for page in (ROOT / "docs").rglob("*.md"):
        assert str(page.relative_to(ROOT / "docs")) in site, page.name


def test_every_command_format_and_source_is_named() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    names = [f"ironhull {command.name}" for command in COMMANDS]
    names += [source.name for source in SOURCES]
    for name in [*names, *(row.name for row in SBOM_FORMATS)]:
        assert name in text, name


def test_the_changelog_names_every_command() -> None:
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    for command in COMMANDS:
        assert command.name in changes
