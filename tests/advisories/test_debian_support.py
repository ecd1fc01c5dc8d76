"""Debian's lists of packages without security support, and what follows for their findings."""

from pathlib import Path

import pytest

from ironhull.advisories._merge import merge
from ironhull.advisories._row import Tally
from ironhull.advisories.debian_support import SOURCES, parse, settled, without_support
from ironhull.errors import AdvisoryError
from ironhull.model import Advisory, Range

from .serving import NOW

NEW = """\
# List of packages

adns          limited        Stub resolver
consul        non-supported  1.10.12+dfsg1-1  2023-09-20  https://bugs.debian.org/1052289
golang.*      limited        See the release notes
php-horde.*   non-supported  0   2025-03-22  incompatible with PHP8
rust-sequoia-sqv  supported  fully supported
later         non-supported  1-1  2030-01-01  in four years
"""
OLD = (
    "wpewebkit\t2.38.6-1\t\t2023-05-09\thttps://bugs.debian.org/1035794\nno-reason 1-1 2024-01-01\n"
)


def read(directory: Path) -> tuple[list[Advisory], Tally]:
    tally = Tally("debian-support", NOW)
    return list(parse(directory, tally)), tally


def test_packages_whose_support_is_over(tmp_path: Path) -> None:
    (tmp_path / "security-support.deb13").write_text(NEW)
    (claim,), tally = read(tmp_path)
    assert (claim.scope, claim.package, claim.status) == ("Debian:13", "consul", "end-of-life")
    assert claim.reason == ("security support ended on 2023-09-20: https://bugs.debian.org/1052289")
    assert tally.skipped == 0
    assert tally.passed == {
        "packages with limited support": 3,
        "patterns of package names": 1,
        "packages whose support ends later": 1,
    }


def test_lists_of_older_releases(tmp_path: Path) -> None:
    (tmp_path / "security-support-ended.deb12").write_text(OLD)
    claims, _ = read(tmp_path)
    assert [(c.scope, c.package, c.reason) for c in claims] == [
        (
            "Debian:12",
            "wpewebkit",
            "security support ended on 2023-05-09: https://bugs.debian.org/1035794",
        ),
        ("Debian:12", "no-reason", "security support ended on 2024-01-01"),
    ]


def test_of_both_lists_the_newer_counts(tmp_path: Path) -> None:
    (tmp_path / "security-support-ended.deb13").write_text(OLD)
    (tmp_path / "security-support.deb13").write_text(NEW)
    assert [claim.package for claim in read(tmp_path)[0]] == ["consul"]


@pytest.mark.parametrize(
    "line",
    ("consul", "consul whatever 1 2023-09-20", "consul non-supported 1 soon", "a non-supported"),
)
def test_a_line_that_is_none_is_skipped_and_counted(tmp_path: Path, line: str) -> None:
    (tmp_path / "security-support.deb13").write_text(NEW + line + "\n")
    claims, tally = read(tmp_path)
    assert (len(claims), tally.skipped) == (1, 1)


@pytest.mark.parametrize(
    "text", ("", "# nothing\n", "<!doctype html>\n<title>Sign in", "some words\n" * 20)
)
def test_what_is_no_list_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "security-support.deb13").write_text(text)
    with pytest.raises(AdvisoryError):
        read(tmp_path)


def test_the_files_are_those_of_the_releases_images_need() -> None:
    (source,) = SOURCES
    assert source.files is not None
    some = source.files(frozenset({"Debian:13", "Debian:sid", "Alpine:edge"}), NOW)
    assert [file.path for file in some] == [
        "security-support.deb13",
        "security-support-ended.deb13",
    ]
    every = {file.path for file in source.files(frozenset(), NOW)}
    assert {"security-support.deb10", "security-support-ended.deb12"} <= every


# ── what follows ─────────────────────────────────────────────────────────────────────────────────


def claim(**fields: object) -> Advisory:
    given: dict[str, object] = {"ranges": (Range(),), "sources": ("debian-tracker",), **fields}
    return Advisory("CVE-2026-0001", "Debian:13", "consul", **given)  # type: ignore[arg-type]


@pytest.fixture
def support(tmp_path: Path) -> Advisory:
    (tmp_path / "security-support.deb13").write_text(NEW)
    return read(tmp_path)[0][0]


@pytest.mark.parametrize("status", ("unfixed", "undetermined", "will-not-fix"))
def test_what_is_open_is_at_its_end_of_life(support: Advisory, status: str) -> None:
    (found,) = merge([support, claim(status=status)], lambda name: ())
    assert (found.id, found.status) == ("CVE-2026-0001", "end-of-life")
    assert found.reason.startswith("security support ended on 2023-09-20")
    assert found.sources == ("debian-tracker", "debian-support")


def test_what_is_fixed_or_not_affected_stays(support: Advisory) -> None:
    fixed = claim(status="fixed", ranges=(Range(fixed="1.9-1"),))
    (found,) = merge([fixed, support], lambda name: ())
    assert (found.status, found.sources) == ("fixed", ("debian-tracker",))
    (spared,) = merge([support, claim(status="fixed", ranges=())], lambda name: ())
    assert spared.ranges == ()


def test_the_statement_alone_is_no_vulnerability(support: Advisory) -> None:
    assert list(merge([support], lambda name: ())) == []


def test_other_packages_stay_as_they_are() -> None:
    assert without_support([claim()]) == ([claim()], None)
    assert settled(claim(), None) == claim()


def test_the_real_lists(shared_data: Path) -> None:
    newer, tally = read(shared_data / "debian/security-support/trixie")
    assert tally.skipped == 0
    assert {c.package for c in newer if c.scope == "Debian:13"} >= {"consul", "isc-dhcp"}
    older, tally = read(shared_data / "debian/security-support/bookworm")
    assert tally.skipped == 0
    assert len([c for c in older if c.scope == "Debian:12"]) >= 10
