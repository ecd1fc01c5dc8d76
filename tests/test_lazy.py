"""Functions that are imported with their first call, patterns compiled when they are used."""

import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ironhull.catalogers import CATALOGERS
from ironhull.lazy import imported, lazily, loaded, regex


def test_the_module_is_imported_with_the_first_call() -> None:
    sys.modules.pop("this_is_none", None)
    function = lazily("this_is_none", "name")
    with pytest.raises(ModuleNotFoundError):
        function()


def test_arguments_and_the_result_are_passed_on() -> None:
    join = lazily("posixpath", "join")
    assert join("a", "b") == "a/b"
    assert lazily("builtins", "sorted")([2, 1], reverse=True) == [2, 1]


def test_a_pattern_does_as_the_compiled_one() -> None:
    word = regex(r"([a-z])\w*", re.IGNORECASE)
    match = word.fullmatch("Word")
    assert match is not None and match[1] == "W"
    assert word.sub("_", "a b") == "_ _" and word.fullmatch("1") is None
    assert regex(rb"\d").findall(b"1 2") == [b"1", b"2"]
    assert word.groups == 1


def test_a_pattern_is_compiled_when_it_is_used() -> None:
    wrong = regex("(")
    with pytest.raises(re.error):
        wrong.match("")


def _named() -> Iterator[Callable[..., Any]]:
    for row in CATALOGERS:
        yield row.parse
        if row.relate is not None:
            yield row.relate
        if row.probe is not None:
            yield row.probe.extract


@pytest.mark.parametrize("function", list(_named()), ids=lambda function: function.__module__)
def test_what_the_catalogers_name_is_there(function: Callable[..., Any]) -> None:
    assert callable(loaded(function))


def test_a_module_inside_a_package_is_given_itself() -> None:
    assert imported("xml.sax.handler").__name__ == "xml.sax.handler"
