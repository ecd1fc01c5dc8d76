"""Times and package URLs in what documents say."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.documents.purl import parse_purl
from ironhull.statements._reading import asked, purl_like, utc


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("2024-01-31T10:00:00Z", "2024-01-31T10:00:00Z"),
        ("2024-01-31t10:00:00z", "2024-01-31T10:00:00Z"),
        ("2024-01-31 10:00:00+00:00", "2024-01-31T10:00:00Z"),
        ("2024-01-31T10:00:00.500Z", "2024-01-31T10:00:00.5Z"),
        ("2024-01-31T10:00:00.000Z", "2024-01-31T10:00:00Z"),
        ("2023-01-16T19:07:16.853479631-06:00", "2023-01-17T01:07:16.853479631Z"),
        ("2024-02-29T23:59:60Z", "2024-02-29T23:59:60Z"),
    ],
)
def test_times(said: str, found: str) -> None:
    assert utc(said) == found


@pytest.mark.parametrize(
    "said",
    [
        "", "2024", "2024-01-31", "2024-01-31T10:00:00", "2024-13-01T00:00:00Z",
        "2024-00-01T00:00:00Z", "2023-02-29T00:00:00Z", "1900-02-29T00:00:00Z",
        "2024-01-31T24:00:00Z", "2024-01-31T10:60:00Z", "2024-01-31T10:00:61Z",
        "2024-01-31T10:00:00+25:00", "2024-01-31T10:00:00+0100",
        "0001-01-01T00:00:00+01:00", "0000-01-01T00:00:00Z", "٢٠٢٤-01-31T10:00:00Z",
    ],
)  # fmt: skip
def test_what_is_no_time(said: str) -> None:
    with pytest.raises(ValueError, match="time"):
        utc(said)


@given(
    st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1)),
    st.integers(-23 * 60, 23 * 60),
)
def test_as_the_standard_library(when: datetime, minutes: int) -> None:
    local = when.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert datetime.fromisoformat(utc(local.isoformat())) == local.astimezone(UTC)


@given(st.lists(st.datetimes(min_value=datetime(1000, 1, 1)), min_size=2, max_size=2))
def test_times_sort_as_texts(times: list[datetime]) -> None:
    first, second = (utc(f"{when.isoformat()}Z").removesuffix("Z") for when in times)
    assert (first < second) == (times[0] < times[1])


@pytest.mark.parametrize(
    ("said", "is_one"),
    [
        ("pkg:npm/a", True),
        ("pkg:npm/@babel/core@7", True),
        ("PKG://npm/a@1?arch=x#sub", True),
        ("pkg:oci/dhi%2Fapp", True),
        ("pkg:npm", False),
        ("pkg:npm/", False),
        ("pkg:npm/?a=b", False),
        ("pkg:/a", False),
        ("pkg:1/a", False),
        ("cpe:/a:b", False),
        ("pkg:npm/" + "a" * 20_000, False),
    ],
)
def test_package_urls(said: str, *, is_one: bool) -> None:
    assert purl_like(said) is is_one


@given(st.from_regex(r"\Apkg:[a-z]{1,4}/[ -~]{1,20}\Z"))
def test_what_can_be_read_is_a_package_url(said: str) -> None:
    try:
        parse_purl(said)
    except ValueError:
        return
    assert purl_like(said)


def test_asked() -> None:
    assert asked(None, ())
    assert asked({"cve-1"}, ("GHSA-1", "CVE-1"))
    assert not asked({"cve-1"}, ("GHSA-1",))
    assert not asked(frozenset(), ("CVE-1",))
