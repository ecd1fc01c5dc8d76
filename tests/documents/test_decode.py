"""Small JSON is read without msgspec, as msgspec reads it."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.documents._decode import decode_json
from ironhull.errors import FormatError

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)  # fmt: skip


@given(_VALUES, st.booleans())
def test_what_is_written_is_read(value: object, ascii_only: bool) -> None:
    data = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "replace")
    assert decode_json(data, "x") == msgspec.json.decode(data)


@pytest.mark.parametrize(
    "data",
    [b"NaN", b"-Infinity", b"1e400", b'"\\ud800"', b'"\xed\xa0\x80"', b"[1,]", b"", b"{"],
)  # fmt: skip
def test_what_is_no_json_is_none(data: bytes) -> None:
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
        msgspec.json.decode(data)
    with pytest.raises(FormatError):
        decode_json(data, "x")


@given(st.binary(max_size=40))
def test_any_bytes(data: bytes) -> None:
    try:
        expected = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        with pytest.raises(FormatError):
            decode_json(data, "x")
    else:
        assert decode_json(data, "x") == expected
