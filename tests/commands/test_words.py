"""Command lines read without argparse: what is read is what argparse reads."""

import subprocess
import sys
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.commands import COMMANDS, _common, _whole_parser
from ironhull.commands._words import SUPPRESS, read_plain
from ironhull.errors import UsageError

_MODULES = {row.name: import_module(f"ironhull.commands.{row.module}") for row in COMMANDS}
_ROWS = {row.name: row for row in COMMANDS}


def _plain(command: str, words: list[str]) -> dict[str, Any] | None:
    found = read_plain((_MODULES[command].arguments, _common), words)
    return None if found is None else vars(found)


def _asked(command: str, words: list[str]) -> dict[str, Any] | None:
    parser = _whole_parser(_ROWS[command], _MODULES[command])
    try:
        return vars(parser.parse_args(words))
    except (UsageError, SystemExit):
        return None


def _options(command: str) -> list[str]:
    parser = _whole_parser(_ROWS[command], _MODULES[command])
    return [name for action in parser._actions for name in action.option_strings]


_VALUES = (
    *("a", "oci-dir://x", "json", "list", "sarif", "critical,high", "json=out", "json="),
    *("", "-", "--", "-1", "-q", "--quiet", "--qui", "-qq", "a b", "-a b", "0", "all", "=", "é"),
)


@st.composite
def _lines(draw: st.DrawFn) -> tuple[str, list[str]]:
    plain = [name for name, row in _ROWS.items() if row.answers]  # the others have commands inside
    command = draw(st.sampled_from(plain) | st.sampled_from(list(_ROWS)))
    option = st.sampled_from(_options(command))
    value = st.sampled_from(_VALUES)
    joined = st.builds(lambda name, text: f"{name}={text}", option, value)
    cut = st.builds(lambda name: name[:-1], option)
    parts = st.one_of(option, value, joined, cut).map(lambda word: [word])
    pairs = st.builds(lambda name, text: [name, text], option, value)
    return command, [word for part in draw(st.lists(pairs | parts, max_size=4)) for word in part]


@given(_lines())
def test_what_is_read_is_what_argparse_reads(line: tuple[str, list[str]]) -> None:
    found = _plain(*line)
    assert found is None or found == _asked(*line)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("sbom", ["oci-dir://x", "--format", "cyclonedx", "-q"]),
        ("sbom", ["--output=spdx=a.json", "-o", "json=b.json", "x", "--no-cache"]),
        ("cves", ["web:1", "--only-severity", "critical,high", "--format=json"]),
        ("quickview", []),
        ("scan", ["archive://x.tar", "--exit-on-eol", "3"]),
        ("inspect", ["x", "--platform", "linux/arm64"]),
    ],
)
def test_what_people_type_is_read(command: str, words: list[str]) -> None:
    found = _plain(command, words)
    assert found is not None
    assert found == _asked(command, words)


@pytest.mark.parametrize(
    "words",
    [
        ["x", "--form", "json"],  # argparse knows beginnings of options
        ["x", "y"],
        ["x", "--format"],
        ["x", "--format", "none"],
        ["x", "--format", "-q"],
        ["x", "-o", "none=x"],
        ["x", "--quiet=yes"],
        ["--help"],
        ["--", "x"],
    ],
    ids=" ".join,
)
def test_anything_else_is_for_argparse(words: list[str]) -> None:
    assert _plain("sbom", words) is None


def test_a_command_of_commands_is_for_argparse() -> None:
    assert _plain("db", ["status"]) is None


@pytest.mark.parametrize("command", sorted(_ROWS))
def test_what_is_hidden_is_not_in_the_help(command: str) -> None:
    parser = _whole_parser(_ROWS[command], _MODULES[command])
    assert SUPPRESS not in parser.format_help()
    assert "--only-vuln-packages" not in parser.format_help()


def test_lists_are_not_shared() -> None:
    first, second = (_plain("sbom", ["x", "-o", name]) for name in ("a", "b"))
    assert first is not None
    assert second is not None
    assert (first["output"], second["output"]) == (["a"], ["b"])


def test_argparse_is_not_imported_for_what_is_read() -> None:
    code = (
        "import sys; from ironhull.commands import run; code = run(['sbom', 'oci-dir:///nowhere']);"
        " sys.exit(code != 1 or 'argparse' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
