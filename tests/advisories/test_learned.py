from pathlib import Path

from ironhull.advisories.learned import read_learned, write_learned
from ironhull.match import Learned
from ironhull.model import Advisory, Problem, Range

DIGEST = "sha256:" + "a" * 64
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
    examined=frozenset({"expat", "zlib"}),
    date="2026-11-20T00:12:42Z",
    problems=(Problem("advisories", "apt: gcc-14", "no changelog in its smallest packages"),),
)


def test_what_was_learnt_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_learned(tmp_path, DIGEST, KNOWN)
    assert read_learned(tmp_path, DIGEST) == (KNOWN,)


def test_another_image_learnt_nothing(tmp_path: Path) -> None:
    write_learned(tmp_path, DIGEST, KNOWN)
    assert read_learned(tmp_path, "sha256:" + "b" * 64) == ()
    assert read_learned(tmp_path, "") == ()


def test_a_damaged_file_is_nothing_learnt(tmp_path: Path) -> None:
    write_learned(tmp_path, DIGEST, KNOWN)
    (path,) = (tmp_path / "learned").iterdir()
    for text in ("", "[]", '{"format": 2}', '{"format": 2, "scope": 3, "fixed": 4}'):
        path.write_text(text)
        assert read_learned(tmp_path, DIGEST) == ()
