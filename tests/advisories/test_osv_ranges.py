"""Spans of OSV's events against the schema's own algorithm, event by event."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.advisories._osv_ranges import bounded, spans
from ironhull.model import Range

Events = list[dict[str, str]]


def order(version: str) -> bytes:
    """Whole numbers."""
    if not version.isdigit():
        raise ValueError(version)
    return version.zfill(4).encode()


def inside(version: int, found: list[Range]) -> bool:
    key = order(str(version))
    return any(
        (span.introduced == "0" or order(span.introduced) <= key)
        and (not span.fixed or key < order(span.fixed))
        and (not span.last_affected or key <= order(span.last_affected))
        and (not span.limit or key < order(span.limit))
        for span in found
    )


def vulnerable(version: int, events: Events) -> bool:
    """`IncludedInRanges` of the schema for one range."""
    limits = [event["limit"] for event in events if "limit" in event]
    if limits and not any(limit == "*" or version < int(limit) for limit in limits):
        return False
    rest = [event for event in events if "limit" not in event]
    found = False
    for event in sorted(rest, key=lambda event: int(next(iter(event.values())))):
        if "introduced" in event and version >= int(event["introduced"]):
            found = True
        elif ("fixed" in event and version >= int(event["fixed"])) or (
            "last_affected" in event and version > int(event["last_affected"])
        ):
            found = False
    return found


kinds = st.sampled_from(["introduced", "introduced", "fixed", "last_affected"])
limits = st.lists(st.sampled_from(["3", "7", "12", "*"]).map(lambda v: {"limit": v}), max_size=2)


@st.composite
def timelines(draw: Any) -> Events:
    """Events of versions that differ, in any order, with limits among them."""
    versions = draw(st.lists(st.integers(0, 15), unique=True, max_size=8))
    events = [{draw(kinds): str(version)} for version in versions]
    return draw(st.permutations(events + draw(limits)))


@given(timelines())
def test_spans_hold_what_the_schema_calls_affected(events: Events) -> None:
    found = spans(events, order)
    for version in range(18):
        assert inside(version, found) == vulnerable(version, events), (version, found)
    assert found == sorted(found, key=lambda span: int(span.introduced))


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        # one version ends an affected span and begins another
        (
            [{"introduced": "0"}, {"fixed": "2"}, {"introduced": "2"}, {"fixed": "4"}],
            [Range("0", "2"), Range("2", "4")],
        ),
        (
            [{"introduced": "2"}, {"fixed": "4"}, {"introduced": "0"}, {"fixed": "2"}],
            [Range("0", "2"), Range("2", "4")],
        ),
        # what ends where it begins affects nothing
        ([{"introduced": "0"}, {"fixed": "0"}], []),
        ([{"introduced": "3"}, {"fixed": "3"}], []),
        ([{"introduced": "3"}, {"last_affected": "3"}], [Range("3", last_affected="3")]),
        # written upside down
        ([{"introduced": "5"}, {"fixed": "3"}], [Range("5")]),
        ([{"fixed": "3"}, {"introduced": "0"}], [Range("0", "3")]),
        # one object with two events
        ([{"introduced": "1", "fixed": "2"}], [Range("1", "2")]),
        # limits
        ([{"introduced": "0"}, {"limit": "4"}], [Range("0", limit="4")]),
        ([{"introduced": "0"}, {"fixed": "3"}, {"limit": "4"}], [Range("0", "3")]),
        ([{"introduced": "0"}, {"fixed": "5"}, {"limit": "4"}], [Range("0", limit="4")]),
        ([{"introduced": "0"}, {"last_affected": "4"}, {"limit": "4"}], [Range("0", limit="4")]),
        ([{"introduced": "0"}, {"limit": "4"}, {"limit": "9"}], [Range("0", limit="9")]),
        ([{"introduced": "5"}, {"limit": "4"}], []),
        ([{"introduced": "5"}, {"limit": "4"}, {"limit": "*"}], [Range("5")]),
        # versions that cannot be ordered: as written
        ([{"introduced": "0"}, {"fixed": "x"}], [Range("0", "x")]),
        ([{"introduced": "x"}, {"fixed": "2"}], [Range("x", "2")]),
        ([{"introduced": "x"}, {"limit": "2"}], [Range("x")]),
        ([], []),
        ([{"broken": "1"}], []),
    ],
)
def test_special_timelines(events: Events, expected: list[Range]) -> None:
    assert spans(events, order) == expected


@pytest.mark.parametrize(
    ("found", "said", "expected"),
    [
        ([Range("1")], "<= 4", [Range("1", last_affected="4")]),
        ([Range("1")], "< 4", [Range("1", limit="4")]),
        ([Range("1")], " <=4 ", [Range("1", last_affected="4")]),
        ([Range("1", "2"), Range("3")], "<= 4", [Range("1", "2"), Range("3", last_affected="4")]),
        ([Range("1", "9")], "<= 4", [Range("1", "9")]),  # an end in the events counts
        ([Range("5")], "<= 4", [Range("5")]),  # says nothing of this span
        ([Range("1")], "> 4", [Range("1")]),
        ([Range("1")], "<= x", [Range("1")]),
        ([Range("1")], None, [Range("1")]),
        ([Range("1")], ["<= 4"], [Range("1")]),
        ([], "<= 4", []),
    ],
)
def test_the_last_version_known_to_be_affected_is_an_end_where_there_is_none(
    found: list[Range], said: object, expected: list[Range]
) -> None:
    assert bounded(found, said, order) == expected
