"""Expressions as trees."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.licenses.categories import category_of
from ironhull.licenses.expressions import Node, leaves, needed, parsed
from ironhull.licenses.names import expression


@pytest.mark.parametrize(
    ("expression", "licenses", "unavoidable"),
    [
        ("MIT", ["MIT"], {"MIT"}),
        ("MIT OR GPL-2.0-only", ["MIT", "GPL-2.0-only"], set()),
        ("MIT AND GPL-2.0-only", ["MIT", "GPL-2.0-only"], {"MIT", "GPL-2.0-only"}),
        ("(A AND B) OR (A AND C)", ["A", "B", "A", "C"], {"A"}),
        (
            "GPL-2.0-only WITH Classpath-exception-2.0",
            ["GPL-2.0-only WITH Classpath-exception-2.0"],
            {"GPL-2.0-only WITH Classpath-exception-2.0"},
        ),
        ("MIT OR", ["MIT OR"], {"MIT OR"}),
        ("( MIT", ["( MIT"], {"( MIT"}),
        ("", [""], {""}),
    ],
)
def test_trees(expression: str, licenses: list[str], unavoidable: set[str]) -> None:
    tree = parsed(expression)
    assert list(leaves(tree)) == licenses
    assert needed(tree) == unavoidable


def test_deep_nesting_is_a_name() -> None:
    deep = "MIT AND (Zlib OR (" * 400 + "MIT" + "))" * 400
    assert list(leaves(parsed(deep))) == [deep]
    assert expression(deep).startswith("LicenseRef-")
    assert category_of(deep) == "unknown"
    few = "MIT AND (Zlib OR (" * 20 + "MIT" + "))" * 20
    assert category_of(few) == "notice"


def test_endless_nesting_is_a_name() -> None:
    deep = "(" * 5000 + "MIT" + ")" * 5000
    assert list(leaves(parsed(deep))) in ([deep], ["MIT"])


@given(st.text(max_size=80))
def test_any_text_is_a_tree(text: str) -> None:
    tree = parsed(text)
    assert isinstance(tree, Node)
    assert needed(tree) <= set(leaves(tree))
