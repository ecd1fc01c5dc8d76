"""The `tests` of a definition."""

from __future__ import annotations

import re
import shlex

from ironhull.builders.debian_base._nouns import BaseTest
from ironhull.builders.debian_base._sections import read_environment
from ironhull.builders.debian_base._yaml import Node

__all__ = ["read_test"]

_KEYS = (
    *("name", "directory", "commands", "exit-code", "timeout", "output"),
    *("service", "fetch", "environment"),
)
_SECONDS = re.compile(r"([0-9]{1,5})(s|m|)")
_FETCH = re.compile(r":([0-9]{1,5})(/[!-~]*)")


def read_test(node: Node) -> BaseTest:
    """One of tests; fetch makes a service of it."""
    entries = node.keys(_KEYS)
    if "name" not in entries:
        node.fail("name is missing")
    fetch = _fetch(entries["fetch"]) if "fetch" in entries else None
    service = entries["service"].boolean() if "service" in entries else False
    commands = entries["commands"].sequence(_command) if "commands" in entries else ()
    if not commands and fetch is None:
        node.fail("says nothing to do", "give commands or fetch")
    return BaseTest(
        name=entries["name"].string(),
        commands=commands,
        directory=entries["directory"].string() if "directory" in entries else "",
        exit_code=entries["exit-code"].integer(255) if "exit-code" in entries else 0,
        output=_pattern(entries["output"]) if "output" in entries else "",
        seconds=_seconds(entries["timeout"]) if "timeout" in entries else 60,
        service=service or fetch is not None,
        fetch=fetch,
        environment=_variables(entries["environment"]) if "environment" in entries else (),
    )


def _variables(node: Node) -> tuple[str, ...]:
    return tuple(f"{name}={value}" for name, value in read_environment(node).items())


def _command(node: Node) -> tuple[str, ...]:
    """A list of words, or a text that is split into words as a shell would; nothing expands."""
    if node.items is not None:
        words = node.strings()
    else:
        try:
            words = tuple(shlex.split(node.string()))
        except ValueError as trouble:
            node.fail(f"is not a command: {trouble}", "write its words as a list")
    if not words:
        node.fail("is empty")
    return words


def _pattern(node: Node) -> str:
    text = node.string()
    try:
        re.compile(text)
    except re.error as trouble:
        node.fail(f"{text!r} is not a regular expression: {trouble}")
    return text


def _seconds(node: Node) -> int:
    match = _SECONDS.fullmatch(node.string())
    if match is None or match[1].strip("0") == "":
        node.fail(f"{node.string()!r} is not a time", "such as 30s or 2m")
    return int(match[1]) * (60 if match[2] == "m" else 1)


def _fetch(node: Node) -> tuple[int, str]:
    match = _FETCH.fullmatch(node.string())
    if match is None or not 0 < int(match[1]) < 65536:
        node.fail(f"{node.string()!r} is not :PORT/PATH", "such as :8080/")
    return int(match[1]), match[2]
