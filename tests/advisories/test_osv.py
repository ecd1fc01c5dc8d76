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


def test_an_end_at_the_beginning_says_not_affected() -> None:
    (claim,) = claims(record("X-1", events=[{"introduced": "0"}, {"fixed": "0"}]))
    assert (claim.ranges, claim.versions, claim.status) == ((), (), "fixed")


def test_several_ranges_entries_and_lists_are_one_claim() -> None:
    entry = record("X-1", events=[{"introduced": "0"}, {"fixed": "1"}], versions=["7"])
    entry["affected"][0]["ranges"].append(
        {"type": "SEMVER", "events": [{"introduced": "3"}, {"fixed": "4"}]}
    )
    entry["affected"].append(
        {"package": {"ecosystem": "PyPI", "name": "Flask"}, "versions": ["8", "7"]}
    )
    (claim,) = claims(entry)
    assert claim.ranges == (Range("0", "1"), Range("3", "4"))
    assert claim.versions == ("7", "8")


def test_what_nothing_can_be_held_against_is_counted() -> None:
    entry = record("X-1", package="a")
    entry["affected"][0]["ranges"] = [{"type": "GIT", "events": [{"introduced": "0"}]}]
    entry["affected"].append({"package": {"ecosystem": "PyPI", "name": "b"}})
    left: list[str] = []
    found = decode_record(json.dumps(entry).encode())
    assert list(claims_of(found, ECOSYSTEMS["pypi"], "PyPI", left.append)) == []
    assert left == ["with commits only", "without versions"]


def test_packages_of_other_folders_are_left_to_those() -> None:
    entry = record("X-1", events=[{"introduced": "0"}])
    entry["affected"] += [
        {**entry["affected"][0], "package": {"ecosystem": name, "name": "zlib"}}
        for name in ("Ubuntu:24.04:LTS", "Debian:13")
    ]
    found = decode_record(json.dumps(entry).encode())
    assert [c.scope for c in claims_of(found, ECOSYSTEMS["deb"], "Debian")] == ["Debian:13"]
    assert [c.scope for c in claims_of(found, ECOSYSTEMS["deb"], "Ubuntu")] == ["Ubuntu:24.04"]


@pytest.mark.parametrize(
    ("key", "folder", "purl", "name"),
    [
        ("pypi", "PyPI", "pkg:pypi/Flask_SQLAlchemy@1?x=y", "flask-sqlalchemy"),
        ("npm", "npm", "pkg:npm/%40angular/core#sub", "@angular/core"),
        ("maven", "Maven", "pkg:maven/org.apache/commons", "org.apache:commons"),
        ("npm", "npm", "pkg:pypi/flask", None),
        ("npm", "npm", "pkg:npm", None),
        ("npm", "npm", "nonsense", None),
    ],
)
def test_a_purl_names_the_package_where_the_ecosystem_does_not(
    key: str, folder: str, purl: str, name: str | None
) -> None:
    entry = record("X-1", events=[{"introduced": "0"}])
    entry["affected"][0]["package"] = {"purl": purl}
    found = list(claims_of(decode_record(json.dumps(entry).encode()), ECOSYSTEMS[key], folder))
    assert [(c.scope, c.package) for c in found] == ([(folder, name)] if name else [])


def test_aliases_are_what_is_the_same_and_upstream() -> None:
    entry = record("X-1", events=[{"introduced": "0"}], aliases=["CVE-2026-1"])
    entry |= {"upstream": ["CVE-2026-2"], "related": ["CVE-2026-3"]}
    assert claims(entry)[0].aliases == ("CVE-2026-1", "CVE-2026-2")


def of_distribution(name: str, scope: str, **fields: Any) -> dict[str, Any]:
    entry = record(name, events=[{"introduced": "0"}, {"fixed": "1:2-3.el9"}], **fields)
    entry["affected"][0]["package"] = {"ecosystem": scope, "name": "openssl"}
    return entry


def test_related_cves_of_a_notice_are_what_it_repairs() -> None:
    related = ["CVE-2026-3", "RHSA-2026:1", "ALSA-2026:1"]
    entry = of_distribution("ALSA-2026:1", "AlmaLinux:9", related=related)
    assert claims(entry, "rpm")[0].aliases == ("CVE-2026-3",)
    entry["upstream"] = ["CVE-2026-4"]
    assert claims(entry, "rpm")[0].aliases == ("CVE-2026-4",)
    entry = of_distribution("CGA-1", "Wolfi", related=["CGA-1", "GHSA-a"])
    assert claims(entry, "apk")[0].aliases == ("GHSA-a",)


@pytest.mark.parametrize(
    ("key", "scope", "fields", "word"),
    [
        ("rpm", "AlmaLinux:9", {"summary": "Important: openssl security update"}, "important"),
        ("rpm", "Rocky Linux:9", {"summary": "Moderate: openssl security update"}, "moderate"),
        ("rpm", "Rocky Linux:9", {"summary": "openssl security update"}, ""),
        ("deb", "Ubuntu:24.04:LTS", {"severity": [{"type": "Ubuntu", "score": "low"}]}, "low"),
        ("deb", "Debian:13", {"severity": [{"type": "Ubuntu", "score": "low"}]}, ""),
        ("deb", "Debian:13", {"specific": {"urgency": "high**"}}, "high"),
        ("deb", "Debian:13", {"specific": {"urgency": 3}}, ""),
        ("deb", "Ubuntu:22.04", {"specific": {"ubuntu_priority": "negligible"}}, "negligible"),
    ],
)
def test_the_words_of_distributions(
    key: str, scope: str, fields: dict[str, Any], word: str
) -> None:
    specific = fields.get("specific")
    entry = of_distribution("X-1", scope, **{k: v for k, v in fields.items() if k != "specific"})
    if specific:
        entry["affected"][0]["ecosystem_specific"] = specific
    assert claims(entry, key)[0].urgency == word


def test_a_package_has_its_own_severity_where_the_record_gives_one() -> None:
    first, second = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "AV:N/AC:L/Au:N/C:P/I:P/A:P"
    entry = record("X-1", events=[{"introduced": "0"}], severity=[{"type": "CVSS_V3"}])
    entry["severity"][0]["score"] = first
    assert [c.vector for c in claims(entry)[0].cvss] == [first]
    entry["affected"][0]["severity"] = [{"type": "CVSS_V2", "score": second}]
    (cvss,) = claims(entry)[0].cvss
    assert (cvss.version, cvss.vector) == ("2.0", second)
    del entry["severity"]
    entry["affected"][0] |= {"severity": None, "database_specific": {"cvss": first}}
    assert [c.vector for c in claims(entry)[0].cvss] == [first]


def test_weaknesses_and_words_of_databases() -> None:
    entry = record("GHSA-1", events=[{"introduced": "0"}])
    entry["database_specific"] = {"severity": "MODERATE", "cwe_ids": ["CWE-79", "x", 3]}
    entry["affected"][0]["database_specific"] = {"cwes": [{"cweId": "CWE-506"}, {}]}
    (claim,) = claims(entry)
    assert (claim.severity, claim.severity_source) == ("medium", "GHSA")
    assert claim.cwes == ("CWE-79", "CWE-506")
    entry["database_specific"] = {"severity": ["HIGH"], "cwe_ids": "CWE-1"}
    assert claims(entry)[0].severity == "unspecified"


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("MAL-2026-1", {}),
        ("GHSA-1", {"aliases": ["MAL-2026-1"]}),
        ("GHSA-1", {"database_specific": {"malicious-packages-origins": [{"source": "x"}]}}),
    ],
)
def test_malicious_packages_are_a_kind_of_their_own(name: str, fields: dict[str, Any]) -> None:
    entry = record(name, versions=["1.0"], **fields)
    assert claims(entry)[0].kind == "malicious"
    assert claims(record("GHSA-1", versions=["1.0"]))[0].kind == "vulnerability"


@pytest.mark.parametrize(
    ("specific", "status", "reason"),
    [
        ({"status": "fix-not-planned"}, "will-not-fix", "fix not planned"),
        ({"status": "pending-upstream-fix"}, "unfixed", "pending upstream fix"),
        ({"informational": "unmaintained"}, "unfixed", "unmaintained"),
        ({"status": 7, "informational": None}, "unfixed", ""),
    ],
)
def test_why_there_is_no_fix(specific: dict[str, Any], status: str, reason: str) -> None:
    entry = record("X-1", events=[{"introduced": "0"}])
    entry["affected"][0]["database_specific"] = specific
    (claim,) = claims(entry)
    assert (claim.status, claim.reason) == (status, reason)


def test_go_ranges_in_the_projects_own_versions() -> None:
    entry = record("GO-2026-1", events=[{"introduced": "0"}])
    entry["affected"][0] |= {
        "package": {"ecosystem": "Go", "name": "k8s.io/ingress-nginx"},
        "ecosystem_specific": {
            "imports": [{"path": "x", "symbols": ["y"]}],
            "custom_ranges": [
                {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.9.0"}]}
            ],
        },
    }
    assert claims(entry, "golang")[0].ranges == (Range("0", "1.9.0"),)
    entry["affected"][0]["ranges"][0]["events"].append({"fixed": "1.8.0"})
    assert claims(entry, "golang")[0].ranges == (Range("0", "1.8.0"),)
    entry["affected"][0]["ranges"][0]["events"].pop()
    events = [{"introduced": "0"}, {"fixed": "6.6"}, {"fixed": "5.21"}]  # two lines of releases
    commit = [{"introduced": "0"}, {"fixed": "1.9.2-0.20250514160932-04111e9f2afd"}]
    for ranges in ("nonsense", *([{"type": "ECOSYSTEM", "events": e}] for e in (events, commit))):
        entry["affected"][0]["ecosystem_specific"]["custom_ranges"] = ranges
        assert claims(entry, "golang")[0].ranges == (Range("0"),)


def test_the_last_version_a_database_knew() -> None:
    entry = record("GHSA-1", events=[{"introduced": "1.0"}], versions=["3.0"])
    entry["affected"][0]["database_specific"] = {"last_known_affected_version_range": "<= 2.0"}
    (claim,) = claims(entry)
    assert claim.ranges == (Range("1.0", last_affected="2.0"),)
    assert claim.versions == ("3.0",)  # what is listed is affected, whatever the ranges say


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("GHSA-1", "https://github.com/advisories/GHSA-1"),
        ("DEBIAN-CVE-2026-1", "https://security-tracker.debian.org/tracker/CVE-2026-1"),
        ("UBUNTU-CVE-2026-1", "https://ubuntu.com/security/CVE-2026-1"),
        ("ALPINE-CVE-2026-1", "https://security.alpinelinux.org/vuln/CVE-2026-1"),
        ("USN-1-1", "https://ubuntu.com/security/notices/USN-1-1"),
        ("RHSA-2026:1", "https://access.redhat.com/errata/RHSA-2026:1"),
        ("GO-2026-1", "https://pkg.go.dev/vuln/GO-2026-1"),
        ("RUSTSEC-2026-0001", "https://rustsec.org/advisories/RUSTSEC-2026-0001.html"),
        ("BIT-nginx-2026-1", "https://osv.dev/vulnerability/BIT-nginx-2026-1"),
    ],
)
def test_where_to_read_on(name: str, url: str) -> None:
    assert claims(record(name, versions=["1"]))[0].url == url


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


def test_records_of_commits_are_counted_and_no_problem(tmp_path: Path) -> None:
    entry = record("X-1", events=[])
    entry["affected"][0]["ranges"][0]["type"] = "GIT"
    found, tally = read(tmp_path, [entry, record("X-2", versions=["1"])])
    assert [claim.id for claim in found] == ["X-2"]
    assert (tally.passed, tally.skipped, tally.problems) == ({"with commits only": 1}, 0, [])


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
