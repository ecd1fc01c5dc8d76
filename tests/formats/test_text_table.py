"""Tables, sizes and count rows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.counts import Counts
from ironhull.formats.text_table import (
    count_row,
    delta_row,
    human_size,
    plural,
    safe,
    short_digest,
    signed,
    signed_size,
    size_text,
    table,
)


def test_count_rows_are_aligned_as_docker_scout_aligns_them() -> None:
    assert count_row(Counts(0, 1, 5, 142, 2)) == "   0C     1H     5M   142L     2?"
    assert count_row(Counts(0, 0, 2, 20)) == "   0C     0H     2M    20L"
    delta = delta_row(Counts(0, 0, 2, 20), Counts(0, 1, 5, 142, 2))
    assert delta == "          -1     -3   -122     -2"


def test_equal_counts_have_an_empty_delta() -> None:
    assert delta_row(Counts(1, 2, 3), Counts(1, 2, 3)) == ""


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1.0 kB"),
        (68_000_000, "68 MB"),
        (6_840_000, "6.8 MB"),
        (9_949_999, "9.9 MB"),
        (9_960_000, "10 MB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (1_250_000_000, "1.2 GB"),
        (10**24, "1000000 EB"),
    ],
)
def test_sizes(size: int, text: str) -> None:
    assert human_size(size) == text


def test_a_size_nobody_tells_is_not_zero() -> None:
    assert (size_text(0), size_text(5)) == ("unknown", "5 B")
    assert (signed_size(0, 5), signed_size(5, 0)) == ("", "")


def test_signs() -> None:
    assert signed_size(1, 31_000_001) == " (-31 MB)"
    assert signed_size(10, 5) == " (+5 B)"
    assert signed_size(5, 5) == ""
    assert (signed(-57), signed(3), signed(0)) == (" (-57)", " (+3)", "")


def test_short_digests() -> None:
    assert short_digest("sha256:839f3fa5e03f0000") == "839f3fa5e03f"
    assert short_digest("") == ""


def test_plurals() -> None:
    words = [plural(1, "vulnerability"), plural(2, "vulnerability"), plural(0, "package")]
    assert words == ["1 vulnerability", "2 vulnerabilities", "0 packages"]


def test_a_table() -> None:
    assert table([("a", "long cell"), ("b", "")], header=("", "H")) == [
        "   │     H",
        "───┼───────────",
        " a │ long cell",
        " b │",
    ]


@given(st.lists(st.tuples(st.text(), st.text(), st.text()), min_size=1, max_size=5))
def test_columns_stand_under_each_other(rows: list[tuple[str, str, str]]) -> None:
    lines = table([[safe(cell).replace("│", "!") for cell in row] for row in rows])
    assert len({line.index("│") for line in lines}) == 1
    assert len({line.rindex("│") for line in lines}) == 1


@given(st.text(st.characters()))
def test_safe_text_is_printable_and_encodable(text: str) -> None:
    assert safe(text).isprintable()
    assert safe(text).encode().decode() == safe(text)


@given(st.text(st.characters(codec="ascii", min_codepoint=32, max_codepoint=126)))
def test_safe_text_leaves_plain_text_alone(text: str) -> None:
    assert safe(text) == text
