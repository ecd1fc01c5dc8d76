"""Derive the bundled snapshot of fixed CVEs from a Debian archive.

    python scripts/make_snapshot.py [--mirror URL] [--security URL] [--cache DIR] [--output FILE]

For bookworm and trixie, main with its updates and security suites: the source packages of a Debian
slim image, of Python, PostgreSQL and of common runtimes and libraries, with all they depend on. The
changelog in the smallest binary package of the newest version of each source names the CVEs every
version fixed. The archive is verified as for a base image, down from Debian's signature. The result
is src/ironhull/advisories/data/debian-fixed.txt.gz; its date is the newest InRelease's.
"""

from __future__ import annotations

import argparse
import gzip
import sys
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from ironhull.advisories._changelog import first_named, newest, read_changelog
from ironhull.advisories.snapshot import SNAPSHOT
from ironhull.debian.archive import Archive, open_archive
from ironhull.debian.fetch import fetch_debs
from ironhull.debian.model import Deb
from ironhull.debian.relations import parse_relations
from ironhull.debian.repositories import DEBIAN, DEBIAN_SECURITY, debian_repositories
from ironhull.ecosystems.deb import RELEASES, sort_key
from ironhull.transport import Transport

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
CANDIDATES = 20  # packages tried per source: the documents of some are only a link to another's
_CLIENT = Transport(user_agent="ironhull-make-snapshot")


def _open(codename: str, urls: Mapping[str, str], cache: Path) -> Archive:
    return open_archive(
        [replace(one, url=urls[one.url]) for one in debian_repositories(codename)],
        keys=(),
        architecture="amd64",
        transport=_CLIENT,
        cache=cache,
        now=datetime.now(UTC),
    )


def _sources(best: Mapping[str, Deb]) -> list[str]:
    """The sources of what is wanted and of all it depends on, by the first alternative there is."""
    todo = [d.name for d in best.values() if d.fields.get("Priority") in ("required", "important")]
    todo += WANTED.split()
    seen: set[str] = set()
    while todo:
        name = todo.pop()
        if name in seen or name not in best:
            continue
        seen.add(name)
        for kind in ("Pre-Depends", "Depends"):
            for group in parse_relations(best[name].fields.get(kind, "")):
                todo.extend([one.name for one in group if one.name in best][:1])
    return sorted({best[name].source.name for name in seen})


def _facts(debs: list[Deb], cache: Path) -> dict[str, list[str]] | None:
    """Version -> the CVEs it repaired first; None where no package has a changelog."""
    for deb in newest(debs)[:CANDIDATES]:
        text = read_changelog(fetch_debs([deb], cache=cache, transport=_CLIENT)[deb.sha256])
        if text:
            versions: dict[str, list[str]] = {}
            for cve, version in first_named(text, deb.source.name).items():
                versions.setdefault(version, []).append(cve)
            return versions
    return None


def _release(codename: str, archive: Archive, cache: Path) -> Iterator[str]:
    offered = {name: archive.index.named(name) for name in archive.index.names}
    sources = _sources({name: debs[0] for name, debs in offered.items() if debs})
    by_source: dict[str, list[Deb]] = {name: [] for name in sources}
    for debs in offered.values():
        for deb in debs:
            if deb.source.name in by_source:
                by_source[deb.source.name].append(deb)
    yield f"= {RELEASES[codename]}"
    with ThreadPoolExecutor(6) as pool:
        answers = pool.map(partial(_facts, cache=cache), by_source.values())
        examined = facts = 0
        for source, versions in zip(by_source, answers, strict=True):
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
    parser.add_argument("--mirror", default=DEBIAN)
    parser.add_argument("--security", default=DEBIAN_SECURITY)
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "snapshot")
    parser.add_argument("--output", type=Path, default=SNAPSHOT)
    args = parser.parse_args()
    urls = {DEBIAN: args.mirror, DEBIAN_SECURITY: args.security}
    lines: list[str] = []
    date = ""
    for codename in ("bookworm", "trixie"):
        archive = _open(codename, urls, args.cache)
        lines += _release(codename, archive, args.cache)
        date = max(date, archive.date)
    text = "\n".join([f"ironhull-fixed-cves 1 {date}", *lines, ""])
    args.output.parent.mkdir(parents=True, exist_ok=True)
    args.output.write_bytes(gzip.compress(text.encode("ascii"), 9, mtime=0))
    print(f"{args.output}: {args.output.stat().st_size} bytes, {date}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
