"""ar archives: what dpkg-deb writes is read, anything else is refused."""

import io
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.debian.ar import members
from ironhull.errors import RepositoryError
from tests.debian.debmaker import ar


def _read(data: bytes) -> dict[str, bytes]:
    return {name: content.read() for name, content in members(io.BytesIO(data), "x.deb")}


@given(st.dictionaries(st.from_regex(r"[a-z.]{1,15}", fullmatch=True), st.binary(max_size=99)))
def test_reads_what_was_written(content: dict[str, bytes]) -> None:
    assert _read(ar(content)) == content


def test_members_may_be_skipped() -> None:
    names = [name for name, _ in members(io.BytesIO(ar({"a": b"123", "b": b"4"})), "x.deb")]
    assert names == ["a", "b"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\3\4 not an ar",
        ar({"a": b"123"})[:-2],
        ar({"a": b"123"})[:30],
        ar({"a": b"123"}).replace(b"`\n", b"``"),
        ar({"a": b"123"}).replace(b"3         `", b"-3        `"),
        ar({"a": b"123"}).replace(b"3         `", b"999999999 `"),
    ],
)
def test_refuses(data: bytes) -> None:
    with pytest.raises(RepositoryError, match=r"x\.deb"):
        _read(data)


@given(st.binary(max_size=200))
def test_any_bytes_end_well(tail: bytes) -> None:
    with suppress(RepositoryError):
        _read(b"!<arch>\n" + tail)


def test_a_name_of_two_lines_is_told_on_one() -> None:
    data = ar({"a": b"123"}).replace(b"a               ", b"0\ncorol.tar     ")[:-2]
    with pytest.raises(RepositoryError, match=r"cut short: 0\\ncorol\.tar should") as told:
        _read(data)
    assert told.value.message.isprintable()
