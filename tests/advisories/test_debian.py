"""Debian's tracker: every status it knows, unstable, and what is not its JSON."""

import json
from pathlib import Path
from typing import Any

import pytest

from ironhull.advisories._row import Tally
from ironhull.advisories.debian import SOURCES, parse
from ironhull.errors import AdvisoryError
from ironhull.model import Advisory, Range

from .serving import NOW


def read(directory: Path, tracker: object) -> tuple[list[Advisory], Tally]:
    data = tracker if isinstance(tracker, bytes) else json.dumps(tracker).encode()
    (directory / "document").write_bytes(data)
    tally = Tally("debian-tracker", NOW)
    return list(parse(directory, tally)), tally


def said(tmp_path: Path, codename: str = "trixie", **release: Any) -> Advisory:
    issue = {"description": "x", "releases": {codename: {"status": "open", **release}}}
    (claim,) = read(tmp_path, {"openssl": {"CVE-2026-0001": issue}})[0]
    return claim


@pytest.mark.parametrize(
    ("release", "ranges", "status", "reason"),
    [
        ({}, (Range(),), "unfixed", ""),
        ({"status": "resolved", "fixed_version": "3-1"}, (Range(fixed="3-1"),), "fixed", ""),
        ({"fixed_version": "3-1+deb13u1"}, (Range(fixed="3-1+deb13u1"),), "fixed", ""),
        ({"status": "resolved", "fixed_version": "0"}, (), "fixed", ""),
        ({"status": "resolved"}, (), "fixed", ""),
        (
            {"nodsa": "Minor issue", "nodsa_reason": ""},
            (Range(),),
            "will-not-fix",
            "no-dsa: Minor issue",
        ),
        (
            {"nodsa": "Minor", "nodsa_reason": "ignored"},
            (Range(),),
            "will-not-fix",
            "ignored: Minor",
        ),
        ({"nodsa": "", "nodsa_reason": "postponed"}, (Range(),), "will-not-fix", "postponed"),
        ({"nodsa": ""}, (Range(),), "will-not-fix", "no-dsa"),
        (
            {"status": "resolved", "fixed_version": "3-1", "nodsa": "Minor issue"},
            (Range(fixed="3-1"),),
            "fixed",
            "",
        ),
        ({"urgency": "end-of-life"}, (Range(),), "end-of-life", ""),
        ({"status": "undetermined"}, (Range(),), "undetermined", ""),
        ({"urgency": "unimportant"}, (Range(),), "unfixed", ""),
    ],
)
def test_what_the_tracker_says_of_a_release(
    tmp_path: Path,
    release: dict[str, Any],
    ranges: tuple[Range, ...],
    status: str,
    reason: str,
) -> None:
    claim = said(tmp_path, **release)
    assert (claim.ranges, claim.status, claim.reason) == (ranges, status, reason)
    assert claim.scope == "Debian:13"


@pytest.mark.parametrize("word", ("unimportant", "low", "medium", "high", "not yet assigned"))
def test_the_urgency_is_kept_as_said(tmp_path: Path, word: str) -> None:
    assert said(tmp_path, urgency=word).urgency == word
    assert said(tmp_path, urgency=f"{word}**").urgency == word


@pytest.mark.parametrize(
    ("codename", "scope"),
    [
        ("bookworm", "Debian:12"),
        ("forky", "Debian:14"),
        ("sid", "Debian:sid"),
        ("jessie", "Debian:8"),
    ],
)
def test_every_release_has_a_scope(tmp_path: Path, codename: str, scope: str) -> None:
    claim = said(tmp_path, codename, status="resolved", fixed_version="3-1")
    assert claim.scope == scope


def test_releases_nobody_numbered_are_counted(tmp_path: Path) -> None:
    issue = {"releases": {"zurg": {"status": "open"}, "sid": {"status": "open"}}}
    claims, tally = read(tmp_path, {"a": {"CVE-2026-0001": issue}})
    assert [claim.scope for claim in claims] == ["Debian:sid"]
    assert tally.passed == {"statements on zurg": 1}
    assert tally.scopes == {"Debian:sid": "full"}


def test_a_package_that_cannot_be_read_is_skipped_and_counted(tmp_path: Path) -> None:
    good = {"CVE-2026-0001": {"releases": {"trixie": {"status": "open"}}}}
    claims, tally = read(tmp_path, {"a": good, "b": {"CVE-2026-0002": 7}, "c": []})
    assert [claim.package for claim in claims] == ["a"]
    assert (tally.skipped, [problem.where for problem in tally.problems]) == (
        2,
        ["debian-tracker: b", "debian-tracker: c"],
    )


@pytest.mark.parametrize("data", (b"<!doctype html>", b"", b'{"openssl": {"CVE', b"[]", b"{}"))
def test_what_is_not_the_trackers_json_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(AdvisoryError, match="debian-tracker: "):
        read(tmp_path, data)


def test_the_real_tracker(shared_data: Path, tmp_path: Path) -> None:
    (tmp_path / "document").symlink_to(shared_data / "debian/tracker/data/json")
    (source,) = SOURCES
    tally = Tally("debian-tracker", NOW)
    found = list(source.parse(tmp_path, tally))
    assert tally.skipped == 0
    assert set(tally.scopes) == {"Debian:12", "Debian:13", "Debian:sid"}
    raw = json.loads((tmp_path / "document").read_bytes())
    wanted = {
        (package, name, codename)
        for package, issues in raw.items()
        for name, issue in issues.items()
        for codename in issue["releases"]
    }
    names = {"Debian:12": "bookworm", "Debian:13": "trixie", "Debian:sid": "sid"}
    assert {(c.package, c.id, names[c.scope]) for c in found} == wanted
