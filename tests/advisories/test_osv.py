"""OSV records: events, versions, aliases, and records that are not what they should be."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.advisories._osv_records import claims_of, decode_record
from ironhull.advisories._row import Tally
from ironhull.advisories.osv import SOURCES, read_list
from ironhull.ecosystems import ECOSYSTEMS
from ironhull.errors import AdvisoryError
from ironhull.model import Advisory, Range

from .serving import NOW, record, write_osv

PYPI = next(source for source in SOURCES if source.folder == "PyPI")
DEBIAN = next(source for source in SOURCES if source.folder == "Debian")


def claims(entry: dict[str, Any], ecosystem: str = "pypi") -> list[Advisory]:
    return list(claims_of(decode_record(json.dumps(entry).encode()), ECOSYSTEMS[ecosystem]))


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([{"introduced": "0"}, {"fixed": "2"}], [Range("0", "2")]),
        ([{"introduced": "1"}], [Range("1")]),
        ([{"introduced": "0"}, {"last_affected": "2"}], [Range("0", "", "2")]),
        (
            [{"introduced": "10"}, {"fixed": "10.1"}, {"introduced": "9"}, {"fixed": "9.1"}],
            [Range("9", "9.1"), Range("10", "10.1")],
        ),
        ([{"introduced": "0"}, {"fixed": "3"}, {"fixed": "2"}], [Range("0", "2")]),
        ([{"fixed": "2"}], []),
        ([{"introduced": "0", "fixed": "2"}], [Range("0", "2")]),
    ],
)
def test_events_are_evaluated_as_the_schema_says(
    events: list[dict[str, str]], expected: list[Range]
) -> None:
    (claim,) = claims(record("X-1", events=events))
    assert list(claim.ranges) == expected


def test_names_are_normalised_and_other_ecosystems_left_out() -> None:
    entry = record("X-1", package="Zope.Interface", events=[{"introduced": "0"}])
    entry["affected"].append({"package": {"ecosystem": "npm", "name": "x"}, "versions": ["1"]})
    assert [(c.scope, c.package) for c in claims(entry)] == [("PyPI", "zope-interface")]


def test_withdrawn_records_say_nothing() -> None:
    entry = record("X-1", events=[{"introduced": "0"}], withdrawn="2026-01-01T00:00:00Z")
    assert claims(entry) == []


def test_commits_are_no_versions() -> None:
    entry = record("X-1", versions=["1.0"])
    entry["affected"][0]["ranges"] = [{"type": "GIT", "events": [{"introduced": "0"}]}]
    (claim,) = claims(entry)
    assert (claim.ranges, claim.versions) == ((), ("1.0",))


def test_end_of_life_is_a_status_of_its_own() -> None:
    entry = record("DEBIAN-CVE-2026-1", upstream=["CVE-2026-1"])
    entry["affected"][0] |= {
        "package": {"ecosystem": "Debian:12", "name": "a"},
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}],
        "ecosystem_specific": {"urgency": "end-of-life"},
    }
    (claim,) = claims(entry, "deb")
    assert (claim.status, claim.urgency, claim.aliases) == (
        "end-of-life",
        "end-of-life",
        ("CVE-2026-1",),
    )


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_bytes_are_a_record_or_a_value_error(data: bytes) -> None:
    try:
        decode_record(data)
    except ValueError:
        return
    raise AssertionError("nothing that short is a record")


def read(tmp_path: Path, records: list[dict[str, Any]]) -> tuple[list[Advisory], Tally]:
    write_osv(tmp_path, "PyPI", records)
    tally = Tally("osv-pypi", NOW)
    return list(PYPI.parse(tmp_path / "osv/PyPI", tally)), tally


def test_one_bad_record_among_many_is_a_problem(tmp_path: Path) -> None:
    good = [record(f"X-{n}", events=[{"introduced": "0"}]) for n in range(30)]
    bad = {"id": "X-bad", "modified": "2026-01-01T00:00:00Z", "affected": [{"package": 7}]}
    found, tally = read(tmp_path, [*good, bad])
    assert len(found) == 30
    assert tally.skipped == 1
    assert "X-bad" in tally.problems[0].where


def test_an_archive_of_other_things_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AdvisoryError, match="unreadable"):
        read(tmp_path, [{"id": f"X-{n}", "modified": "2026", "affected": 1} for n in range(3)])


def test_a_release_only_named_in_fixes_is_not_covered_in_full(tmp_path: Path) -> None:
    def at(name: str, scope: str, package: str) -> dict[str, Any]:
        entry = record(name, events=[{"introduced": "0"}, {"fixed": "2"}])
        entry["affected"][0]["package"] = {"ecosystem": scope, "name": package}
        return entry

    records = [at(f"DEBIAN-CVE-2026-{n}", "Debian:13", "a") for n in range(40)]
    records += [at("DSA-1-1", "Debian:11", "b"), at("DEBIAN-CVE-2026-99", "Debian:14", "c")]
    write_osv(tmp_path, "Debian", records)
    tally = Tally("osv-debian", NOW)
    list(DEBIAN.parse(tmp_path / "osv/Debian", tally))
    assert tally.scopes == {
        "Debian:13": "full",
        "Debian:11": "fixed-only",
        "Debian:14": "fixed-only",
    }
    assert tally.examined == {("Debian:11", "b"), ("Debian:14", "c")}


@pytest.mark.parametrize("data", [b"x", b"2026-01-01,a/b", b"2026-01-01,..", b"\xff", b"2026,"])
def test_lists_that_are_none(data: bytes) -> None:
    with pytest.raises(AdvisoryError, match=r"modified_id\.csv"):
        read_list(data)
