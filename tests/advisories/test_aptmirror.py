"""Learning from changelogs: on made packages, and on Debian's own."""

import gzip
import hashlib
import io
import lzma
import re
import tarfile
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest

from ironhull.advisories._changelog import first_named, read_changelog
from ironhull.advisories.aptmirror import learn
from ironhull.errors import TransportError
from ironhull.model import Distro, Package, Sbom, Subject, Upstream

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


@dataclass(frozen=True)
class Offered:
    name: str
    source: Upstream
    url: str
    size: int
    sha256: str


def make_deb(path: Path, members: dict[str, bytes]) -> Path:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    parts = (("debian-binary", b"2.0\n"), ("data.tar.xz", lzma.compress(packed.getvalue())))
    data = b"!<arch>\n"
    for name, content in parts:
        data += f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n".encode()
        data += content + b"\n" * (len(content) % 2)
    path.write_bytes(data)
    return path


@pytest.fixture
def deb(tmp_path: Path) -> Path:
    where = "./usr/share/doc/libssl3/changelog.Debian.gz"
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


def offer(deb: Path, name: str = "libssl3", version: str = "3.0.3-1") -> Offered:
    digest = hashlib.sha256(deb.read_bytes() + name.encode()).hexdigest()
    return Offered(name, Upstream("openssl", version), str(deb), deb.stat().st_size, digest)


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
        assert (found.scope, found.examined, found.date) == ("Debian:12", {"openssl"}, "D")
        assert found.problems == ()
    assert len(fetched) == 1


def test_nothing_is_fetched_for_what_is_newest(deb: Path, tmp_path: Path) -> None:
    def fetch(wanted: object) -> Path:
        raise AssertionError(wanted)

    found = learn(image("3.0.3-1"), [offer(deb)], fetch=fetch, cache=tmp_path)
    assert found is not None
    assert (found.advisories, found.examined) == ((), {"openssl"})
    assert learn(image(distro="ubuntu"), [offer(deb)], fetch=fetch, cache=tmp_path) is None


def test_a_package_without_changelog_leads_to_the_next(deb: Path, tmp_path: Path) -> None:
    empty = make_deb(tmp_path / "openssl.deb", {"./usr/bin/openssl": b""})
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
        assert (found.advisories, found.examined) == ((), frozenset())
        assert found.problems[0].where == "apt: openssl"


@pytest.mark.parametrize("data", [b"", b"!<arch>\n", b"!<arch>\nx" * 90, b"PK\x03\x04"])
def test_other_files_are_no_packages(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.deb"
    path.write_bytes(data)
    with pytest.raises(ValueError, match="deb"):
        read_changelog(path)


@pytest.mark.network
def test_a_real_package_names_real_fixes(debian_archive: str, tmp_path: Path) -> None:
    listed = f"{debian_archive}/dists/bookworm/main/binary-amd64/Packages.xz"
    with urllib.request.urlopen(listed, timeout=120) as answer:
        packages = lzma.decompress(answer.read())
    (name,) = re.findall(rb"^Filename: (pool/\S+/libexpat1_\S+)$", packages, re.MULTILINE)
    path = tmp_path / "libexpat1.deb"
    with urllib.request.urlopen(f"{debian_archive}/{name.decode()}", timeout=60) as answer:
        path.write_bytes(answer.read())
    facts = first_named(read_changelog(path), "expat")
    assert facts["CVE-2023-52425"] == "2.5.0-1+deb12u2"
