from pathlib import Path

from ironhull.advisories.learned import read_learned, write_learned
from ironhull.ecosystems.deb import sort_key
from ironhull.match import Learned
from ironhull.model import Advisory, Problem, Range

KNOWN = Learned(
    scope="Debian:13",
    advisories=(
        Advisory(
            id="CVE-2026-0001",
            scope="Debian:13",
            package="expat",
            ranges=(Range(fixed="2.9.0-1~deb13u1"),),
            status="fixed",
            url="https://security-tracker.debian.org/tracker/CVE-2026-0001",
            sources=("apt",),
        ),
    ),
    examined={"expat": "2.8.3-1", "zlib": "1.3-1"},
    date="2026-11-20T00:12:42Z",
    problems=(Problem("advisories", "apt: gcc-14", "no changelog in its smallest packages"),),
)


def test_what_was_learnt_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_learned(tmp_path, KNOWN)
    older = Learned(scope="Debian:12", examined={"zlib": "1.2-1"})
    write_learned(tmp_path, older)
    assert read_learned(tmp_path) == (older, KNOWN)


def test_nothing_was_learnt(tmp_path: Path) -> None:
    assert read_learned(tmp_path) == ()


def test_a_damaged_file_is_nothing_learnt(tmp_path: Path) -> None:
    write_learned(tmp_path, KNOWN)
    (path,) = (tmp_path / "learned").iterdir()
    for text in ("", "[]", '{"format": 3}', '{"format": 3, "scope": 3, "fixed": 4}'):
        path.write_text(text)
        assert read_learned(tmp_path) == ()


def test_what_covers_a_version_covers_newer_ones() -> None:
    assert KNOWN.covers("expat", sort_key("2.8.3-1"))
    assert KNOWN.covers("expat", sort_key("2.9.0-1~deb13u1"))
    assert not KNOWN.covers("expat", sort_key("2.8.2-1"))
    assert not KNOWN.covers("openssl", sort_key("3.5.7-1"))


def test_two_images_of_a_release_know_more_than_one() -> None:
    other = Learned(
        scope="Debian:13",
        examined={"expat": "2.8.2-1", "openssl": "3.5.7-1"},
        date="2026-11-21T00:00:00Z",
    )
    both = KNOWN.joined(other)
    assert both.examined == {"expat": "2.8.2-1", "zlib": "1.3-1", "openssl": "3.5.7-1"}
    assert (both.advisories, both.problems) == (KNOWN.advisories, KNOWN.problems)
    assert both.date == KNOWN.date
    assert both == other.joined(KNOWN)
