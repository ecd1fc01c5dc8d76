"""The nouns: all of them are there though most are imported late; how package URLs are written."""

import pkgutil
from importlib import import_module
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull import model
from ironhull.model._purl import purl_text

_PARTS = [
    import_module(f"ironhull.model.{part.name}")
    for part in pkgutil.iter_modules(model.__path__)
    if part.name != "_purl"
]


def test_every_noun_of_every_part_is_there() -> None:
    names = {name: part for part in _PARTS for name in part.__all__}
    assert sorted(names) == sorted(model.__all__)
    for name in (name for late in model._PARTS.values() for name in late):
        vars(model).pop(name, None)  # what was asked for before
    for name, part in names.items():
        assert getattr(model, name) is getattr(part, name)


def test_what_is_no_noun_is_not_there() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Container'"):
        model.Container  # noqa: B018 - asking is the test


@given(st.text(), st.text(min_size=1))
def test_what_a_purl_does_not_hold_is_escaped(name: str, version: str) -> None:
    written = purl_text("generic", "", name, version)
    rules = {"errors": "backslashreplace"}
    expected = f"{quote(name, safe='-._~', **rules)}@{quote(version, safe='-._~:', **rules)}"
    assert written == f"pkg:generic/{expected}"


def test_what_utf_8_cannot_hold_is_escaped_twice() -> None:
    assert purl_text("generic", "a/b", "\udc80", "1+2") == "pkg:generic/a/b/%5Cudc80@1%2B2"
