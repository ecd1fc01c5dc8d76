"""Expressions with parentheses, beside the package that defines how they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from license_expression import Licensing

from ironhull.licenses._nesting import tidied
from ironhull.licenses.names import expression

_NAME = st.sampled_from(["MIT", "Apache-2.0", "GPL-2.0-or-later WITH x-exception", "LicenseRef-a"])


def _joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    parts = st.lists(inner, min_size=1, max_size=3)
    words = st.sampled_from([" AND ", " OR "])
    return st.tuples(words, parts).map(lambda pair: f"({pair[0].join(pair[1])})")


@given(st.recursive(_NAME, _joined, max_leaves=12))
def test_the_same_is_written_as_by_license_expression(text: str) -> None:
    assert tidied(text) == str(Licensing().parse(text, simple=True))


@given(st.lists(st.sampled_from(["MIT", "ISC", " AND ", " OR ", " WITH ", "(", ")"]), max_size=9))
def test_what_is_not_well_formed_is_left_alone(parts: list[str]) -> None:
    text = "".join(parts)
    try:
        wanted = str(Licensing().parse(text, simple=True))
    except Exception:  # noqa: BLE001 - it is not of one kind
        assert tidied(text) is None
    else:
        assert tidied(text) in (None, wanted)


@pytest.mark.parametrize("text", ["()x)", "(MIT", "MIT)", "()", "(MIT OR)", "((MIT)", "(MIT ISC)"])
def test_parentheses_that_do_not_fit_make_a_reference(text: str) -> None:
    assert expression(text).startswith("LicenseRef-")


def test_long_and_deep_expressions_are_read_too() -> None:
    assert expression("(" * 60 + "MIT OR ISC" + ")" * 60) == "MIT OR ISC"
    many = " OR ".join(f"({name})" for name in ["MIT"] * 150)
    assert expression(many) == " OR ".join(["MIT"] * 150)
