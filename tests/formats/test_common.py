"""What all formats of SBOMs share."""

import json
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.formats import _common

_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(_TEXT, inner, max_size=5),
)


@given(st.dictionaries(_TEXT, _VALUES))
def test_small_and_large_documents_are_written_alike(document: dict[str, Any]) -> None:
    expected = json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n"
    with pytest.MonkeyPatch.context() as patch:
        for many in (0, 2**30):
            patch.setattr(_common, "_WORTH_MSGSPEC", many)
            assert _common.dump(document) == expected


@pytest.mark.parametrize("many", [0, 2**30])
def test_what_utf8_cannot_hold_is_written_as_its_escape(
    many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_common, "_WORTH_MSGSPEC", many)
    assert json.loads(_common.dump({"a": ["\udcff"]})) == {"a": ["\\udcff"]}


@given(_TEXT)
def test_the_uuid_is_that_of_the_standard_library(name: str) -> None:
    space = uuid.uuid5(uuid.NAMESPACE_DNS, "ironhull.spdx.invalid")
    assert _common.uuid_of(name) == str(uuid.uuid5(space, name))
