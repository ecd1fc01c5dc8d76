"""Debian changelogs: out of a .deb, and which version first names which CVE.

deb(5), deb-changelog(5); policy 12.7 puts the file at usr/share/doc/PACKAGE/changelog.Debian.gz
(changelog.gz for native packages).
"""

from __future__ import annotations

import gzip
import io
import lzma
import re
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from ironhull.ecosystems.deb import sort_key
from ironhull.limits import LIMITS

__all__ = ["first_named", "read_changelog"]

_TOP = re.compile(r"(\S+) \(([^()\s]+)\) [^;\n]+;[^\n]*=", re.ASCII)
_CVE = re.compile(r"\bCVE-(?:1999|2\d{3})-\d{4,7}\b", re.ASCII)
_DOUBT = re.compile(
    r"\b(revert\w*|not[ -](?:affected|vulnerable|fixed)|unaffected|does(?: not|n't) affect"
    r"|still (?:affected|vulnerable)|regression|re-?open\w*|to be fixed)\b",
    re.IGNORECASE,
)
_CHANGELOG_BYTES = 32 * 1024 * 1024
_WHERE = re.compile(r"(?:\./)?usr/share/doc/[^/]+/changelog(?:\.Debian)?\.gz")


def first_named(text: str, source: str, *, newer_than: str = "") -> dict[str, str]:
    """CVE -> the lowest version that has the fix, of the versions the changelog lists.

    Every entry above the one that names a CVE has its fix too. A backport is a lower version that
    stands above: 2.9.0-1~deb13u1 holds what 2.9.0-1 repaired, so it is the version that counts.
    Entries of other sources are left out; so are lines that speak of a CVE without fixing it
    (reverts, "not affected", regressions). Reading stops at the version `newer_than`, as the
    newest entry comes first.
    """
    found: dict[str, str] = {}
    lowest = ""
    ours = False
    for line in text.splitlines():
        top = _TOP.match(line)
        if top:
            ours = top[1] == source
            if newer_than and top[2] == newer_than:
                break
            if ours:
                lowest = _lower(top[2], lowest)
        elif ours and lowest and line.startswith(" ") and not _DOUBT.search(line):
            for cve in _CVE.findall(line):
                found[cve] = lowest
    return found


def _lower(version: str, lowest: str) -> str:
    """The lower of two versions; one that is no version does not count."""
    try:
        return version if not lowest or sort_key(version) < sort_key(lowest) else lowest
    except ValueError:
        return lowest


def read_changelog(deb: Path) -> str:
    """The Debian changelog in a .deb, "" where it has none (its documents may be a link).

    Raises ValueError for what is no .deb.
    """
    try:
        with deb.open("rb") as file:
            name, data = _data_member(file)
            with _inflated(name, data) as plain, tarfile.open(fileobj=plain, mode="r|") as tar:
                found = dict(_changelogs(tar))
    except (OSError, EOFError, tarfile.TarError, zlib.error, lzma.LZMAError) as trouble:
        raise ValueError(f"{deb.name}: not a readable .deb: {trouble}") from trouble
    for name in sorted(found, key=lambda path: "Debian" not in path):
        with gzip.open(io.BytesIO(found[name])) as file:
            return file.read(_CHANGELOG_BYTES).decode("utf-8", "replace")
    return ""


def _changelogs(tar: tarfile.TarFile) -> Iterator[tuple[str, bytes]]:
    unpacked = 0
    for count, member in enumerate(tar):
        unpacked += member.size
        if unpacked > LIMITS.deb_unpacked_bytes or count > LIMITS.archive_members:
            raise tarfile.TarError("larger than a package may be")
        if member.isreg() and _WHERE.fullmatch(member.name):
            content = tar.extractfile(member)
            if content is not None and member.size <= _CHANGELOG_BYTES:
                yield member.name, content.read()


def _data_member(file: BinaryIO) -> tuple[str, BinaryIO]:
    if file.read(8) != b"!<arch>\n":
        raise ValueError("not a .deb: it is no ar archive")
    while len(header := file.read(60)) == 60:
        name = header[:16].decode("ascii", "replace").strip().rstrip("/")
        digits = header[48:58].strip()
        if header[58:] != b"`\n" or not digits.isdigit():
            break
        size = int(digits)
        if name.startswith("data.tar"):
            return name, file
        file.seek(size + size % 2, io.SEEK_CUR)
    raise ValueError("not a .deb: no data archive in it")


def _inflated(name: str, data: BinaryIO) -> BinaryIO:
    if name.endswith(".xz"):
        return cast(BinaryIO, lzma.open(data))
    if name.endswith(".gz"):
        return cast(BinaryIO, gzip.open(data))
    if name.endswith(".zst"):
        import sys

        if sys.version_info >= (3, 14):
            from compression import zstd
        else:
            from backports import zstd
        return cast(BinaryIO, zstd.open(data))
    if name == "data.tar":
        return data
    raise ValueError(f"not a .deb we read: {name}")
