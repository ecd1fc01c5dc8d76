"""Merging: one advisory per vulnerability, the right source deciding."""

from dataclasses import replace
from typing import Any

from ironhull.advisories._authority import authority_of
from ironhull.advisories._merge import facts_of, merge
from ironhull.advisories.debian_support import IDENTIFIER
from ironhull.ecosystems import ECOSYSTEMS
from ironhull.model import Advisory, Cvss, Range

HIGH = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"


def claim(name: str, *aliases: str, scope: str = "PyPI", **named: Any) -> Advisory:
    return Advisory(name, scope, "p", aliases=aliases, **named)


def merged(*claims: Advisory, elsewhere: tuple[Advisory, ...] = ()) -> Any:
    """The claims merged, `elsewhere` being those of other packages."""
    said: dict[str, list[tuple[str, ...]]] = {}
    for one in (*claims, *elsewhere):
        for name, *fact in facts_of(one):
            said.setdefault(name, []).append(tuple(fact))
    return list(merge(list(claims), lambda name: said.get(name, [])))


def test_aliases_become_one_under_the_cve() -> None:
    (one,) = merged(
        claim("GHSA-a", "CVE-2026-0001", "PYSEC-1", ranges=(Range("0", "1.1"),), status="fixed"),
        claim("PYSEC-1", "GHSA-a", ranges=(Range("0", "1.2"),)),
    )
    assert one.id == "CVE-2026-0001"
    assert one.aliases == ("GHSA-a", "PYSEC-1")
    assert set(one.ranges) == {Range("0", "1.1"), Range("0", "1.2")}
    assert one.status == "fixed"


def test_a_record_of_another_package_ties_names() -> None:
    """A GHSA on the module's next major version names the CVE that the GO record lacks."""
    ours = claim("GO-2026-1", "GHSA-a", scope="Go", ranges=(Range("0", "1.1"),))
    theirs = claim("GHSA-a", "CVE-2026-0001", "GO-2026-1", scope="Go")
    (one,) = merged(ours, elsewhere=(theirs,))
    assert (one.id, one.aliases) == ("CVE-2026-0001", ("GHSA-a", "GO-2026-1"))


def test_names_are_followed_from_record_to_record() -> None:
    ours = claim("OSV-1", "PYSEC-1")
    between = claim("PYSEC-1", "GHSA-a")
    (one,) = merged(ours, elsewhere=(between, claim("GHSA-a", "CVE-2026-0001")))
    assert one.id == "CVE-2026-0001"


def test_a_notice_on_several_ties_nothing() -> None:
    notice = _debian("DSA-1-1", "CVE-2026-0001", "CVE-2026-0002", source="osv")
    apart = [one.id for one in merged(notice, claim("GHSA-a", "CVE-2026-0001"))]
    assert apart == ["CVE-2026-0001", "CVE-2026-0002"]


def test_malice_is_no_vulnerability() -> None:
    """It keeps its own id, whatever it is called beside it, and has its own severity."""
    bad = claim("MAL-2026-2", "GHSA-a", "CVE-2026-0001", kind="malicious", ranges=(Range(),))
    again = claim("MAL-2026-1", "GHSA-a", kind="malicious", versions=("1",))
    flaw = claim("GHSA-a", "CVE-2026-0001", ranges=(Range(),), cvss=(Cvss("3.1", HIGH, 0.0),))
    first, second = merged(bad, flaw, again)
    assert (first.id, first.kind, first.severity) == ("CVE-2026-0001", "vulnerability", "high")
    assert (second.id, second.kind) == ("MAL-2026-1", "malicious")
    assert (second.severity, second.severity_source) == ("critical", "malicious package")
    assert "MAL-2026-2" in second.aliases
    assert "MAL-2026-1" not in first.aliases


def test_a_range_without_end_gives_way_to_known_fixes() -> None:
    """Also where its versions are listed one by one."""
    stale = claim(
        "PYSEC-1", "CVE-2026-0001", ranges=(Range(),), versions=("0.9", "1.0", "1.1", "2.0")
    )
    known = claim("GHSA-a", "CVE-2026-0001", ranges=(Range("1.0", "1.1"), Range("2.0", "2.1")))
    (one,) = merged(stale, known)
    assert set(one.ranges) == {Range(limit="1.0"), Range("1.0", "1.1"), Range("2.0", "2.1")}
    assert one.versions == ("0.9",)


def test_a_range_after_every_known_fix_stays() -> None:
    again = claim("PYSEC-1", "CVE-2026-0001", ranges=(Range("3.0"),), versions=("3.0",))
    known = claim("GHSA-a", "CVE-2026-0001", ranges=(Range("0", "1.1"),))
    (one,) = merged(again, known)
    assert set(one.ranges) == {Range("3.0"), Range("0", "1.1")}
    assert one.versions == ("3.0",)


def test_a_known_last_affected_version_is_no_fix() -> None:
    stale = claim("PYSEC-1", "CVE-2026-0001", ranges=(Range(),))
    last = claim("GHSA-a", "CVE-2026-0001", ranges=(Range("0", last_affected="1.1"),))
    (one,) = merged(stale, last)
    assert Range() in one.ranges


def test_without_a_cve_the_best_known_name_is_shown() -> None:
    (one,) = merged(claim("PYSEC-1", "GHSA-a"), claim("GHSA-a"), claim("OSV-1", "PYSEC-1"))
    assert (one.id, one.aliases) == ("GHSA-a", ("PYSEC-1", "OSV-1"))


def test_a_record_on_two_cves_speaks_for_both() -> None:
    both = claim("GHSA-a", "CVE-2026-0001", "CVE-2026-0002", ranges=(Range("0", "2"),))
    assert [one.id for one in merged(both, claim("PYSEC-1", "CVE-2026-0001"))] == [
        "CVE-2026-0001",
        "CVE-2026-0002",
    ]


def _debian(name: str, *aliases: str, source: str, **named: Any) -> Advisory:
    return claim(name, *aliases, scope="Debian:13", sources=(source,), **named)


TRACKER_OPEN = _debian(
    "CVE-2026-0001",
    source="debian-tracker",
    ranges=(Range(),),
    status="will-not-fix",
    reason="no-dsa",
)
OSV_FIXED = _debian(
    "DEBIAN-CVE-2026-0001",
    "CVE-2026-0001",
    source="osv",
    ranges=(Range(fixed="2"),),
    status="fixed",
)
DSA = _debian(
    "DSA-1-1",
    "CVE-2026-0001",
    "CVE-2026-0002",
    source="osv",
    ranges=(Range(fixed="3"),),
    status="fixed",
)
CHANGELOG = _debian("CVE-2026-0001", source="snapshot", ranges=(Range(fixed="4"),), status="fixed")


def test_the_tracker_decides() -> None:
    (one,) = merged(OSV_FIXED, TRACKER_OPEN)
    assert (one.status, one.reason, one.ranges) == ("will-not-fix", "no-dsa", (Range(),))
    assert one.sources == ("debian-tracker", "osv")


def test_advisories_of_the_distribution_do_not_count_twice() -> None:
    first, second = merged(OSV_FIXED, DSA)
    assert (first.id, first.ranges, first.aliases) == (
        "CVE-2026-0001",
        (Range(fixed="2"),),
        ("DSA-1-1",),
    )
    assert (second.id, second.ranges) == ("CVE-2026-0002", (Range(fixed="3"),))


def test_a_changelog_names_the_fix_of_older_versions_and_closes_nothing() -> None:
    (one,) = merged(TRACKER_OPEN, CHANGELOG)
    assert (one.status, one.reason) == ("will-not-fix", "no-dsa")
    assert one.ranges == (Range(fixed="4"), Range(introduced="4"))


def test_where_the_tracker_has_no_verdict_the_changelog_decides() -> None:
    open_ = _debian(
        "CVE-2026-0001", source="debian-tracker", ranges=(Range(),), status="undetermined"
    )
    (one,) = merged(open_, CHANGELOG)
    assert (one.status, one.ranges) == ("fixed", (Range(fixed="4"),))


def test_not_affected_stays_so() -> None:
    never = _debian("CVE-2026-0001", source="debian-tracker", ranges=(), status="fixed")
    (one,) = merged(never, OSV_FIXED, CHANGELOG)
    assert one.ranges == ()


def test_another_statement_adds_why_it_stays_open() -> None:
    plain = _debian("DEBIAN-CVE-2026-0001", source="osv", ranges=(Range(),), status="unfixed")
    ended = _debian(
        "DSA-1-1", "CVE-2026-0001", source="osv", ranges=(Range(),), status="end-of-life"
    )
    (one,) = merged(plain, ended)
    assert one.status == "end-of-life"


# ── other distributions ──────────────────────────────────────────────────────────────────────────


def _of(scope: str, name: str, *aliases: str, source: str = "osv", **named: Any) -> Advisory:
    return claim(name, *aliases, scope=scope, sources=(source,), **named)


def test_ubuntu_decides_by_cve_and_a_notice_ships_the_fix() -> None:
    scope = "Ubuntu:24.04"
    notice = _of(
        scope,
        "USN-1-1",
        "UBUNTU-CVE-2026-0001",
        "UBUNTU-CVE-2026-0002",
        ranges=(Range(fixed="2"),),
        status="fixed",
    )
    first = _of(scope, "UBUNTU-CVE-2026-0001", ranges=(Range(),), urgency="medium")
    second = _of(scope, "UBUNTU-CVE-2026-0002", "CVE-2026-0002", ranges=(Range(fixed="1"),))
    one, two = merged(notice, first, second)
    assert (one.id, one.ranges, one.status, one.urgency) == (
        *("CVE-2026-0001", (Range(fixed="2"),)),
        *("fixed", "medium"),
    )
    assert one.aliases == ("USN-1-1",)
    assert (one.severity, one.severity_source) == ("medium", "Ubuntu")
    assert (two.id, two.ranges) == ("CVE-2026-0002", (Range(fixed="1"),))


def test_red_hat_decides_by_vex() -> None:
    scope = "Red Hat:enterprise_linux:9"
    erratum = _of(scope, "RHSA-2026:1", "CVE-2026-0001", ranges=(Range(fixed="2"),), status="fixed")
    never = _of(scope, "CVE-2026-0001", source="redhat-vex", status="fixed")
    refused = _of(
        scope, "CVE-2026-0001", source="redhat-vex", ranges=(Range(),), status="will-not-fix"
    )
    assert [one.ranges for one in merged(erratum, never)] == [()]
    (later,) = merged(erratum, refused)
    assert (later.ranges, later.status) == ((Range(fixed="2"),), "fixed")
    (still,) = merged(refused)
    assert (still.ranges, still.status) == ((Range(),), "will-not-fix")


def test_the_branch_of_alpine_decides_and_osv_knows_the_newer() -> None:
    scope = "Alpine:v3.20"
    branch = _of(scope, "CVE-2026-0001", source="alpine-secdb", ranges=(Range(fixed="1-r1"),))
    osv = _of(scope, "ALPINE-CVE-2026-0001", ranges=(Range(fixed="1-r9"),))
    newer = _of(scope, "ALPINE-CVE-2026-0002", ranges=(Range(fixed="1-r2"),))
    assert [(one.id, one.ranges) for one in merged(osv, branch, newer)] == [
        ("CVE-2026-0001", (Range(fixed="1-r1"),)),
        ("CVE-2026-0002", (Range(fixed="1-r2"),)),
    ]


def test_notices_of_one_kind_count_together() -> None:
    scope = "AlmaLinux:9"
    first = _of(scope, "ALSA-2026:1", "CVE-2026-0001", ranges=(Range(fixed="1"),))
    second = _of(scope, "ALSA-2026:2", "CVE-2026-0001", ranges=(Range(fixed="2"),))
    (one,) = merged(first, second)
    assert set(one.ranges) == {Range(fixed="1"), Range(fixed="2")}


def test_the_word_of_a_notice_on_several_is_about_the_worst() -> None:
    """It comes behind every judgement of the one, and no vector of it is shown."""
    notice = _of(
        "AlmaLinux:9",
        *("ALSA-2026:1", "CVE-2026-0001", "CVE-2026-0002"),
        ranges=(Range(fixed="1"),),
        urgency="important",
        cvss=(Cvss("3.1", HIGH, 0.0),),
        summary="Important: p security update",
    )
    low = "CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N"
    elsewhere = claim("GHSA-a", "CVE-2026-0001", cvss=(Cvss("3.1", low, 0.0),))
    one, two = merged(notice, elsewhere=(elsewhere,))
    assert (one.severity, one.severity_source) == ("low", "CVSS 3.1 (GHSA)")
    assert (two.severity, two.severity_source) == ("high", "ALSA-2026:1")
    assert two.cvss == ()


def test_a_release_nobody_listed_is_still_a_distribution() -> None:
    scope = "Slackware:15"
    (one,) = merged(_of(scope, "SSA-1", "CVE-2026-0001", ranges=(Range(fixed="1"),)))
    assert (one.id, one.ranges) == ("CVE-2026-0001", (Range(fixed="1"),))


def _entry(*names: str, fixed: str = "1-r1") -> list[Advisory]:
    """What a list of a distribution says of the version that repairs `names`."""
    spans = (Range(fixed=fixed),)
    return [_of("Wolfi", name, source="wolfi-secdb", ranges=spans) for name in names]


def test_a_cve_and_its_ghsa_side_by_side_are_one() -> None:
    found = merged(*_entry("CVE-2026-0001", "GHSA-a"), *_entry("CVE-2026-0002", fixed="2-r0"))
    assert [(one.id, one.aliases) for one in found] == [
        ("CVE-2026-0001", ("GHSA-a",)),
        ("CVE-2026-0002", ()),
    ]


def test_pairs_side_by_side_are_told_apart_by_other_records() -> None:
    entry = _entry("CVE-2026-0001", "CVE-2026-0002", "GHSA-a", "GHSA-b")
    other = claim("GHSA-b", "CVE-2026-0001", scope="Go")
    assert [(one.id, one.aliases) for one in merged(*entry, elsewhere=(other,))] == [
        ("CVE-2026-0001", ("GHSA-b",)),
        ("CVE-2026-0002", ("GHSA-a",)),
    ]
    assert [one.id for one in merged(*entry)] == ["CVE-2026-0001", "CVE-2026-0002"]


def test_what_stands_alone_or_is_one_too_many_is_a_finding() -> None:
    assert [one.id for one in merged(*_entry("GHSA-a"))] == ["GHSA-a"]
    found = merged(*_entry("CVE-2026-0001", "CVE-2026-0002", "GHSA-a", "GHSA-b", "GHSA-c"))
    assert len(found) == 5
    apart = [*_entry("CVE-2026-0001", fixed="1-r1"), *_entry("GHSA-a", fixed="1-r2")]
    assert [one.id for one in merged(*apart)] == ["CVE-2026-0001", "GHSA-a"]


def test_what_has_no_cve_yet_is_not_taken_for_another() -> None:
    """Debian's temporary ids are vulnerabilities of their own, however alike the statements are."""
    claims = [
        _debian(name, source="debian-tracker", ranges=(Range(),))
        for name in ("TEMP-1-ABCDEF", "TEMP-2-ABCDEF", "CVE-2026-0001", "CVE-2026-0002")
    ]
    assert len(merged(*claims)) == 4
    assert len(merged(*claims[1:3])) == 2


def test_packages_without_support_are_not_repaired() -> None:
    over = _debian(
        IDENTIFIER, source="debian-support", ranges=(Range(),), status="end-of-life", reason="over"
    )
    done = _debian("CVE-2026-0009", source="debian-tracker", ranges=(Range(fixed="1"),))
    found = merged(over, TRACKER_OPEN, replace(done, status="fixed"))
    assert [(one.id, one.status) for one in found] == [
        ("CVE-2026-0001", "end-of-life"),
        ("CVE-2026-0009", "fixed"),
    ]
    assert found[0].reason == "over"


def test_every_distribution_has_its_rule() -> None:
    """Those whose scopes have no release would be taken for a language otherwise."""
    rows = [ECOSYSTEMS[key] for key in ("apk", "deb", "dhi", "rpm")]
    scopes = {row.claimed(folder) or f"{folder}:1" for row in rows for folder in row.folders}
    assert [scope for scope in scopes if authority_of(scope) is None] == []
    assert {row.key for row in rows} < set(ECOSYSTEMS)
    for key in ("npm", "pypi", "golang", "maven"):
        assert all(authority_of(folder) is None for folder in ECOSYSTEMS[key].folders)
