"""Learning from changelogs: on made packages, and on Debian's own."""

import gzip
import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ironhull.advisories._changelog import first_named, read_changelog
from ironhull.advisories.aptmirror import AptMirror, learn
from ironhull.debian.model import Deb
from ironhull.errors import RepositoryError, TransportError
from ironhull.model import Distro, Package, Platform, Sbom, Subject, Upstream
from tests.debian import debmaker
from tests.debian.debmaker import Link, Mode

from .serving import transport

CHANGELOG = """openssl (3.0.3-1) bookworm-security; urgency=high

  * CVE-2026-0003: overflow.
  * Revert the fix for CVE-2026-0009.

 -- A <a@debian.org>  Fri, 20 Nov 2026 00:00:00 +0000

openssl (3.0.2-1) bookworm; urgency=medium

  * Fix CVE-2026-0001 and CVE-2026-0002.
  * Not affected by CVE-2026-0008.

 -- A <a@debian.org>  Fri, 20 Feb 2026 00:00:00 +0000

openssl (3.0.1-1) bookworm; urgency=medium

  * Fix CVE-2025-0001 (and again CVE-2026-0001).

 -- A <a@debian.org>  Fri, 20 Feb 2025 00:00:00 +0000
"""


def make_deb(path: Path, members: dict[str, bytes | str | Link | Mode | None]) -> Path:
    path.write_bytes(debmaker.deb(members))
    return path


@pytest.fixture
def deb(tmp_path: Path) -> Path:
    where = "usr/share/doc/libssl3/changelog.Debian.gz"
    return make_deb(tmp_path / "libssl3.deb", {where: gzip.compress(CHANGELOG.encode())})


def test_the_oldest_entry_that_fixes_a_cve_counts() -> None:
    assert first_named(CHANGELOG, "openssl") == {
        "CVE-2026-0003": "3.0.3-1",
        "CVE-2026-0001": "3.0.1-1",
        "CVE-2026-0002": "3.0.2-1",
        "CVE-2025-0001": "3.0.1-1",
    }
    assert first_named(CHANGELOG, "openssl", newer_than="3.0.2-1") == {"CVE-2026-0003": "3.0.3-1"}
    assert first_named(CHANGELOG, "nginx") == {}


def test_a_backport_has_the_fixes_of_the_version_it_was_made_from() -> None:
    text = """expat (2.9.0-1~deb13u1) trixie-security; urgency=high

  * Rebuild for trixie-security.

 -- A <a@example.org>  Mon, 02 Nov 2026 10:00:00 +0000

expat (2.9.0-1) unstable; urgency=medium

  * New upstream release, fixes CVE-2026-0001.

 -- A <a@example.org>  Sun, 01 Nov 2026 10:00:00 +0000
"""
    assert first_named(text, "expat") == {"CVE-2026-0001": "2.9.0-1~deb13u1"}


def offer(deb: Path, name: str = "libssl3", version: str = "3.0.3-1") -> Deb:
    return Deb(
        name=name,
        version=version,
        architecture="amd64",
        source=Upstream("openssl", version),
        url=deb.as_uri(),
        size=deb.stat().st_size,
        sha256=hashlib.sha256(deb.read_bytes() + name.encode()).hexdigest(),
    )


def image(version: str = "3.0.1-1", distro: str = "debian") -> Sbom:
    package = Package("deb", "libssl3", version, upstream=Upstream("openssl", version))
    return Sbom(Subject("web"), Distro(distro, "12", "bookworm"), (package,))


def test_what_newer_packages_repair_is_learnt_and_kept(deb: Path, tmp_path: Path) -> None:
    fetched: list[str] = []

    def fetch(wanted: object) -> Path:
        fetched.append(str(wanted))
        return deb

    for _ in range(2):
        found = learn(image(), [offer(deb)], fetch=fetch, cache=tmp_path / "cache", date="D")
        assert found is not None
        assert {a.id: a.ranges[0].fixed for a in found.advisories} == {
            "CVE-2026-0002": "3.0.2-1",
            "CVE-2026-0003": "3.0.3-1",
        }
        assert (found.scope, found.date) == ("Debian:12", "D")
        assert found.examined == {"openssl": "3.0.1-1"}
        assert found.problems == ()
    assert len(fetched) == 1


def test_nothing_is_fetched_for_what_is_newest(deb: Path, tmp_path: Path) -> None:
    def fetch(wanted: object) -> Path:
        raise AssertionError(wanted)

    found = learn(image("3.0.3-1"), [offer(deb)], fetch=fetch, cache=tmp_path)
    assert found is not None
    assert (found.advisories, found.examined) == ((), {"openssl": "3.0.3-1"})
    assert learn(image(distro="ubuntu"), [offer(deb)], fetch=fetch, cache=tmp_path) is None


def test_a_package_without_changelog_leads_to_the_next(deb: Path, tmp_path: Path) -> None:
    empty = make_deb(tmp_path / "openssl.deb", {"usr/bin/openssl": b""})
    offers = [offer(deb), offer(empty, "openssl")]
    paths = {"openssl": empty, "libssl3": deb}
    found = learn(image(), offers, fetch=lambda o: paths[o.name], cache=tmp_path / "cache")
    assert found is not None
    assert len(found.advisories) == 2


def test_what_cannot_be_had_is_a_problem_and_not_examined(deb: Path, tmp_path: Path) -> None:
    def fetch(wanted: object) -> Path:
        raise TransportError("cut")

    broken = tmp_path / "broken.deb"
    broken.write_bytes(deb.read_bytes()[:100])
    for way in (fetch, lambda wanted: broken):
        found = learn(image(), [offer(deb)], fetch=way, cache=tmp_path / "cache")
        assert found is not None
        assert (found.advisories, found.examined) == ((), {})
        assert found.problems[0].where == "apt: openssl"


@pytest.mark.parametrize("data", [b"", b"!<arch>\n", b"!<arch>\nx" * 90, b"PK\x03\x04"])
def test_other_files_are_no_packages(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.deb"
    path.write_bytes(data)
    with pytest.raises(RepositoryError, match=r"x\.deb"):
        read_changelog(path)


def test_the_changelog_of_a_native_package_is_found(tmp_path: Path) -> None:
    where = "usr/share/doc/dpkg/"
    other = {f"{where}copyright": b"x", f"{where}changelog.gz": gzip.compress(b"native")}
    assert read_changelog(make_deb(tmp_path / "dpkg.deb", other)) == "native"
    both = other | {f"{where}changelog.Debian.gz": gzip.compress(b"Debian")}
    assert read_changelog(make_deb(tmp_path / "dpkg.deb", both)) == "Debian"
    linked = make_deb(tmp_path / "a.deb", {"usr/share/doc/a": Link("dpkg")})
    assert read_changelog(linked) == ""


def test_a_damaged_changelog_is_told(tmp_path: Path) -> None:
    broken = {"usr/share/doc/a/changelog.gz": gzip.compress(CHANGELOG.encode())[:50]}
    with pytest.raises(RepositoryError, match=r"a\.deb: its changelog is damaged"):
        read_changelog(make_deb(tmp_path / "a.deb", broken))


def test_only_debian_is_asked_about_debian(tmp_path: Path) -> None:
    mirror = AptMirror(transport(), cache=tmp_path, now=datetime.now(UTC))
    assert mirror.learn(image(distro="ubuntu")) is None
    assert mirror.learn(image()) is None  # for no known platform
    assert list(tmp_path.iterdir()) == []


@pytest.mark.network
def test_a_real_archive_names_real_fixes(debian_archive: str, tmp_path: Path) -> None:
    mirror = AptMirror(transport(), cache=tmp_path, now=datetime.now(UTC))
    package = Package("deb", "libexpat1", "2.5.0-1", upstream=Upstream("expat", "2.5.0-1"))
    subject = Subject("web", platform=Platform("linux", "amd64"))
    found = mirror.learn(Sbom(subject, Distro("debian", "12", "bookworm"), (package,)))
    assert found is not None
    assert (found.scope, list(found.examined), found.problems) == ("Debian:12", ["expat"], ())
    facts = {advisory.id: advisory.ranges[0].fixed for advisory in found.advisories}
    assert facts["CVE-2023-52425"] == "2.5.0-1+deb12u2"
