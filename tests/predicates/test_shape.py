"""Fields of a predicate, whatever their types."""

import pytest

from ironhull.errors import FormatError
from ironhull.limits import LIMITS
from ironhull.predicates._shape import at, count, missing, parsed, wrong_digests, wrong_times


def test_at() -> None:
    assert at({"a": {"b": 1}}, "a.b") == 1
    assert at({"a": [1]}, "a.b") is None
    assert at(None, "a") is None


def test_missing() -> None:
    assert missing({"a": "", "b": 1}, ("a", "b", "c")) == [
        "a is not text",
        "b is not text",
        "c is missing",
    ]
    assert missing({"a": []}, ("a",), list) == []


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("2026-11-22T10:00:00Z", True),
        ("2026-11-22t10:00:00.123+01:00", True),
        ("2016-12-31T23:59:60Z", True),
        ("2026-11-22", False),
        ("2026-11-22T10:00:00", False),
        ("2026-11-22T25:00:00Z", False),
        (7, False),
    ],
)
def test_times(text: object, good: bool) -> None:
    assert (wrong_times({"a": text}, ("a", "b")) == []) == good


def test_digests() -> None:
    assert wrong_digests({"sha256": "aF09", "gitCommit": "?"}, "x") == []
    assert wrong_digests({}, "x") == ["x holds no digest"]
    assert wrong_digests({"sha256": "zz"}, "x") == ["x.sha256 is not hexadecimal"]


def test_counts() -> None:
    assert (count(1, "thing"), count(1200, "thing")) == ("1 thing", "1,200 things")


def test_parsed() -> None:
    assert parsed(b"[1]", "x", "") == [1]
    for data in (b"", b"\xff", b"[" * 100_000):
        with pytest.raises(FormatError, match="x: not JSON"):
            parsed(data, "x", "give it")
    with pytest.raises(FormatError, match="allowed"):
        parsed(bytes(LIMITS.attestation_bytes + 1), "x", "")
