"""Merging: one advisory per vulnerability, the right source deciding."""

from typing import Any

import pytest

from ironhull.advisories._merge import merge
from ironhull.advisories._severity import score, severity_of
from ironhull.model import Advisory, Cvss, Range

HIGH = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"
V4 = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"
V2 = "AV:N/AC:L/Au:N/C:C/I:C/A:C"


def claim(name: str, *aliases: str, scope: str = "PyPI", **named: Any) -> Advisory:
    return Advisory(name, scope, "p", aliases=aliases, **named)


def merged(*claims: Advisory, facts: dict[str, list[tuple[str, str]]] | None = None) -> Any:
    return list(merge(list(claims), lambda cve: (facts or {}).get(cve, [])))


def test_aliases_become_one_under_the_cve() -> None:
    (one,) = merged(
        claim("GHSA-a", "CVE-2026-1", "PYSEC-1", ranges=(Range("0", "1.1"),), status="fixed"),
        claim("PYSEC-1", "GHSA-a", ranges=(Range("0"),)),
    )
    assert one.id == "CVE-2026-1"
    assert one.aliases == ("GHSA-a", "PYSEC-1")
    assert set(one.ranges) == {Range("0", "1.1"), Range("0")}
    assert one.status == "fixed"


def test_without_a_cve_the_best_known_name_is_shown() -> None:
    (one,) = merged(claim("PYSEC-1", "GHSA-a"), claim("GHSA-a"), claim("OSV-1", "PYSEC-1"))
    assert (one.id, one.aliases) == ("GHSA-a", ("PYSEC-1", "OSV-1"))


def test_a_record_on_two_cves_speaks_for_both() -> None:
    both = claim("GHSA-a", "CVE-2026-1", "CVE-2026-2", ranges=(Range("0", "2"),))
    assert [one.id for one in merged(both, claim("PYSEC-1", "CVE-2026-1"))] == [
        "CVE-2026-1",
        "CVE-2026-2",
    ]


def _debian(name: str, *aliases: str, source: str, **named: Any) -> Advisory:
    return claim(name, *aliases, scope="Debian:13", sources=(source,), **named)


TRACKER_OPEN = _debian(
    "CVE-2026-1", source="debian-tracker", ranges=(Range(),), status="will-not-fix", reason="no-dsa"
)
OSV_FIXED = _debian(
    "DEBIAN-CVE-2026-1", "CVE-2026-1", source="osv", ranges=(Range(fixed="2"),), status="fixed"
)
DSA = _debian(
    "DSA-1-1", "CVE-2026-1", "CVE-2026-2", source="osv", ranges=(Range(fixed="3"),), status="fixed"
)
CHANGELOG = _debian("CVE-2026-1", source="snapshot", ranges=(Range(fixed="4"),), status="fixed")


def test_the_tracker_decides() -> None:
    (one,) = merged(OSV_FIXED, TRACKER_OPEN)
    assert (one.status, one.reason, one.ranges) == ("will-not-fix", "no-dsa", (Range(),))
    assert one.sources == ("debian-tracker", "osv")


def test_advisories_of_the_distribution_do_not_count_twice() -> None:
    first, second = merged(OSV_FIXED, DSA)
    assert (first.id, first.ranges, first.aliases) == (
        "CVE-2026-1",
        (Range(fixed="2"),),
        ("DSA-1-1",),
    )
    assert (second.id, second.ranges) == ("CVE-2026-2", (Range(fixed="3"),))


def test_a_changelog_names_the_fix_of_older_versions_and_closes_nothing() -> None:
    (one,) = merged(TRACKER_OPEN, CHANGELOG)
    assert (one.status, one.reason) == ("will-not-fix", "no-dsa")
    assert one.ranges == (Range(fixed="4"), Range(introduced="4"))


def test_where_the_tracker_has_no_verdict_the_changelog_decides() -> None:
    open_ = _debian("CVE-2026-1", source="debian-tracker", ranges=(Range(),), status="undetermined")
    (one,) = merged(open_, CHANGELOG)
    assert (one.status, one.ranges) == ("fixed", (Range(fixed="4"),))


def test_not_affected_stays_so() -> None:
    never = _debian("CVE-2026-1", source="debian-tracker", ranges=(), status="fixed")
    (one,) = merged(never, OSV_FIXED, CHANGELOG)
    assert one.ranges == ()


@pytest.mark.parametrize(
    ("urgency", "expected"),
    [("high", "high"), ("medium", "medium"), ("low", "low"), ("unimportant", "low")],
)
def test_the_distribution_is_asked_first(urgency: str, expected: str) -> None:
    advisory = _debian(
        "CVE-2026-1", source="debian-tracker", urgency=urgency, cvss=(Cvss("3.1", HIGH, 0.0),)
    )
    severity, whose, scores = severity_of(advisory)
    assert (severity, whose) == (expected, "Debian")
    assert scores[0].score == 7.5


def test_then_the_newest_cvss_of_any_record() -> None:
    advisory = _debian("CVE-2026-1", source="debian-tracker", urgency="not yet assigned")
    facts = [("cvss 3.1", HIGH), ("cvss 4.0", V4), ("cvss 2.0", V2), ("word GHSA", "low")]
    assert severity_of(advisory, facts)[:2] == ("critical", "CVSS 4.0")
    assert severity_of(advisory, facts[::2])[:2] == ("high", "CVSS 3.1")
    assert severity_of(advisory, facts[2:])[:2] == ("high", "CVSS 2.0")
    assert severity_of(advisory, facts[3:])[:2] == ("low", "GHSA")
    assert severity_of(advisory)[:2] == ("unspecified", "")


@pytest.mark.parametrize("vector", ["", "CVSS:3.1/x", "CVSS:4.0/AV:N", "AV:", HIGH * 40])
def test_broken_vectors_have_no_score(vector: str) -> None:
    assert score(vector) is None
