"""Derive the bundled snapshot of fixed CVEs from a Debian archive.

    python scripts/make_snapshot.py [--mirror URL] [--security URL] [--keyring FILE] [--cache DIR]

For bookworm and trixie, main with its updates and security suites: the source packages of a Debian
slim image, of Python, PostgreSQL and of common runtimes and libraries, with all they depend on. The
changelog in the smallest binary package of the newest version of each source names the CVEs every
version fixed. InRelease is verified with gpgv, the rest by the hash chain that hangs from it. The
result is src/ironhull/advisories/data/debian-fixed.txt.gz; its date is the newest InRelease's.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import lzma
import re
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path

from ironhull.advisories._changelog import first_named, read_changelog
from ironhull.advisories.snapshot import SNAPSHOT
from ironhull.ecosystems.deb import RELEASES, sort_key

WANTED = """
apt bash ca-certificates curl wget git openssh-client gnupg less procps tzdata locales media-types
netbase libc-bin gcc make python3 python3-pip python3-venv postgresql redis-server nginx apache2
openjdk-17-jre-headless openjdk-21-jre-headless nodejs npm ruby perl php-fpm php-cli golang-go
libssl-dev libpq5 libxml2 libxslt1.1 libjpeg62-turbo libpng16-16t64 libpng16-16 libfreetype6
libwebp7 libtiff6 libsqlite3-0 libcurl4t64 libcurl4 libexpat1 libyaml-0-2 libffi8 zlib1g
libgnutls30 libgnutls30t64 libkrb5-3 libldap2 libldap-2.5-0 libnghttp2-14 libssh2-1 libssh2-1t64
libzstd1 liblzma5 libbz2-1.0 libarchive13 libarchive13t64 libgmp10 libicu72 libicu76 libuv1
libuv1t64 libprotobuf32 libmariadb3 mariadb-server libmagic1 libmagic1t64 imagemagick ghostscript
libheif1 libopenjp2-7 libcairo2 libpango-1.0-0 unzip zip bzip2 xz-utils tar gzip rsync sudo vim
jq busybox dash tini dumb-init gosu supervisor cron haproxy memcached sqlite3 libevent-2.1-7
libevent-2.1-7t64 libsystemd0 dbus util-linux e2fsprogs shadow passwd login libtasn1-6 libgcrypt20
libidn2-0 libpcre2-8-0 libpcre3 libaom3 libde265-0 libx11-6 libxpm4 libsndfile1 libavif15 patch
binutils linux-libc-dev python3-urllib3 python3-requests python3-jinja2 python3-certifi
python3-cryptography python3-setuptools python3-werkzeug python3-flask python3-django
python3-aiohttp python3-lxml python3-pil python3-yaml gunicorn uwsgi
"""
SUITES = (("{mirror}", "{0}"), ("{mirror}", "{0}-updates"), ("{security}", "{0}-security"))


@dataclass(frozen=True)
class Binary:
    """A stanza of Packages, as far as it is needed here."""

    name: str
    source: str
    version: str  # of the source
    url: str
    size: int
    sha256: str
    depends: tuple[tuple[str, ...], ...]
    base: bool


class Archive:
    """Downloads, verified and kept."""

    def __init__(self, cache: Path, keyring: Path) -> None:
        self.cache = cache
        self.keyring = keyring
        self.dates: list[str] = []

    def get(self, url: str, sha256: str = "") -> Path:
        path = self.cache / (sha256 or hashlib.sha256(url.encode()).hexdigest())
        if not (sha256 and path.exists()):
            with urllib.request.urlopen(url, timeout=120) as answer:
                data = answer.read()
            if sha256 and hashlib.sha256(data).hexdigest() != sha256:
                raise SystemExit(f"{url}: not what the archive announces")
            path.write_bytes(data)
        return path

    def release(self, url: str, suite: str) -> str:
        signed = self.get(f"{url}/dists/{suite}/InRelease")
        with tempfile.NamedTemporaryFile(delete=False) as plain:
            pass
        subprocess.run(
            ["gpgv", "-q", "--keyring", self.keyring, "--output", plain.name, signed], check=True
        )
        text = Path(plain.name).read_text()
        Path(plain.name).unlink()
        date = re.search(r"^Date: (.+)$", text, re.MULTILINE)
        assert date is not None
        self.dates.append(parsedate_to_datetime(date[1]).strftime("%Y-%m-%dT%H:%M:%SZ"))
        return text

    def binaries(self, url: str, suite: str) -> Iterator[Binary]:
        text = self.release(url, suite)
        name = "main/binary-amd64/Packages.xz"
        listed = re.search(rf"^ ([0-9a-f]{{64}}) +\d+ {re.escape(name)}$", text, re.MULTILINE)
        assert listed is not None, f"{suite}: no {name}"
        path = self.get(f"{url}/dists/{suite}/{name}", listed[1])
        for stanza in lzma.decompress(path.read_bytes()).decode().split("\n\n"):
            if stanza.strip():
                yield _binary(stanza, url)


def _binary(stanza: str, url: str) -> Binary:
    fields = dict(re.findall(r"^([A-Za-z0-9-]+): ?(.*)$", stanza, re.MULTILINE))
    source, _, version = fields.get("Source", fields["Package"]).partition(" ")
    wanted = ", ".join(fields[name] for name in ("Pre-Depends", "Depends") if name in fields)
    depends = tuple(
        tuple(re.split(r"[\s:(]", word.strip())[0] for word in clause.split("|"))
        for clause in wanted.split(",")
        if clause.strip()
    )
    return Binary(
        name=fields["Package"],
        source=source,
        version=version.strip("()") or fields["Version"],
        url=f"{url}/{fields['Filename']}",
        size=int(fields["Size"]),
        sha256=fields["SHA256"],
        depends=depends,
        base=fields.get("Priority") in ("required", "important"),
    )


def _sources(found: list[Binary]) -> set[str]:
    by_name = {binary.name: binary for binary in found}
    todo = [binary.name for binary in found if binary.base] + WANTED.split()
    seen: set[str] = set()
    while todo:
        name = todo.pop()
        if name in seen or name not in by_name:
            continue
        seen.add(name)
        for clause in by_name[name].depends:
            todo.extend(next(([word] for word in clause if word in by_name), []))
    return {by_name[name].source for name in seen}


def _facts(archive: Archive, source: str, binaries: list[Binary]) -> dict[str, list[str]] | None:
    newest = max(binaries, key=lambda binary: sort_key(binary.version)).version
    candidates = sorted(
        (binary for binary in binaries if binary.version == newest), key=lambda binary: binary.size
    )
    for binary in candidates[:20]:
        text = read_changelog(archive.get(binary.url, binary.sha256))
        if text:
            versions: dict[str, list[str]] = {}
            for cve, version in first_named(text, source).items():
                versions.setdefault(version, []).append(cve)
            return versions
    return None


def _release(archive: Archive, codename: str, urls: dict[str, str]) -> Iterator[str]:
    found: list[Binary] = []
    for base, suite in SUITES:
        found += archive.binaries(base.format(**urls), suite.format(codename))
    by_source: dict[str, list[Binary]] = {}
    for binary in found:
        by_source.setdefault(binary.source, []).append(binary)
    sources = sorted(_sources(found))
    yield f"= {RELEASES[codename]}"
    with ThreadPoolExecutor(6) as pool:
        answers = pool.map(lambda name: _facts(archive, name, by_source[name]), sources)
        examined = facts = 0
        for source, versions in zip(sources, answers, strict=True):
            if versions is None:
                print(f"{codename}: {source}: no changelog in its smallest packages")
                continue
            examined += 1
            yield source
            for version in sorted(versions, key=sort_key, reverse=True):
                facts += len(versions[version])
                yield f" {version} {' '.join(sorted(versions[version]))}"
    print(f"{codename}: {facts} facts on {examined} sources")


def main() -> int:
    """Make the snapshot."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mirror", default="http://deb.debian.org/debian")
    parser.add_argument("--security", default="http://deb.debian.org/debian-security")
    keyring = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
    parser.add_argument("--keyring", type=Path, default=keyring)
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "snapshot")
    parser.add_argument("--output", type=Path, default=SNAPSHOT)
    args = parser.parse_args()
    args.cache.mkdir(parents=True, exist_ok=True)
    archive = Archive(args.cache, args.keyring)
    urls = {"mirror": args.mirror, "security": args.security}
    lines = [
        line for codename in ("bookworm", "trixie") for line in _release(archive, codename, urls)
    ]
    text = "\n".join([f"ironhull-fixed-cves 1 {max(archive.dates)}", *lines, ""])
    args.output.parent.mkdir(parents=True, exist_ok=True)
    args.output.write_bytes(gzip.compress(text.encode("ascii"), 9, mtime=0))
    print(f"{args.output}: {args.output.stat().st_size} bytes, {max(archive.dates)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
