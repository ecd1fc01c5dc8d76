"""Debian packages: dpkg's version order as bytes, and where their advisories are found.

deb-version(7) and dpkg's `lib/dpkg/version.c` (verrevcmp) decide: epoch, upstream version and
revision are compared in turn, each as runs of non-digits and digits. A key is

    epoch, then for upstream and for revision:  (non-digits STOP number)* STOP

where a number is its length and its digits without leading zeros (nothing for zero), `~` sorts
below STOP, letters above it and every other character above the letters. No encoded part is the
beginning of another, so comparing keys with memcmp (Python's or SQLite's `<` on bytes) gives
dpkg's order, and equal versions ("1.0" and "1.00-0") have equal keys.
"""

from __future__ import annotations

import re
from functools import lru_cache

from ironhull.ecosystems._hardened import hardened
from ironhull.ecosystems._row import Ecosystem
from ironhull.lazy import regex
from ironhull.model import Distro, Package

__all__ = ["RELEASES", "ROW", "UNSTABLE", "names", "scopes", "sort_key"]

RELEASES = {
    "jessie": "8",
    "stretch": "9",
    "buster": "10",
    "bullseye": "11",
    "bookworm": "12",
    "trixie": "13",
    "forky": "14",
    "duke": "15",
}
"""Debian's code names and release numbers (www.debian.org/releases)."""
UNSTABLE = "Debian:sid"
"""The scope of unstable, and of releases under way as long as nothing else is known of them."""

_VALID = regex(r"(?:([0-9]+):)?([0-9A-Za-z.+~:-]+?)(?:-([0-9A-Za-z.+~]+))?", re.ASCII)
_DIGITS = regex(r"([0-9]+)")
_STOP = "\x02"
_ORDER = str.maketrans({"~": "\x01"} | {c: chr(ord(c) + 0x80) for c in "+-.:"})
_EMPTY = b"\x02\x00\x02"  # "" and "0" alike: dpkg takes a missing revision for zero
_NO_EPOCH = b"\x02\x00"  # the same as epoch 0
_MAX_EPOCH = 2**31 - 1  # INT_MAX, as in dpkg's parseversion


def sort_key(version: str) -> bytes:
    """The key of `version`: memcmp order of keys is dpkg order of versions.

    Raises ValueError for what is not a version (empty, spaces, foreign characters, an empty
    revision, an epoch that is no number).
    """
    match = _VALID.fullmatch(version)
    if match is None:
        raise ValueError(f"not a Debian version: {version!r}")
    epoch, upstream, revision = match.groups()
    if revision is None and "-" in upstream:
        raise ValueError(f"not a Debian version (empty revision): {version!r}")
    if epoch is None:
        if ":" in upstream:
            raise ValueError(f"not a Debian version (epoch): {version!r}")
        head = _NO_EPOCH
    else:
        if len(epoch) > 32 or int(epoch) > _MAX_EPOCH:
            raise ValueError(f"not a Debian version (epoch too big): {version!r}")
        head = _number(epoch).encode("latin-1")
    return head + _part(upstream) + (_part(revision) if revision is not None else _EMPTY)


def _part(text: str) -> bytes:
    pieces = _DIGITS.split(text.translate(_ORDER))
    # non-digits at even places, numbers at odd ones; the last piece is non-digits, mostly empty
    for place in range(1, len(pieces), 2):
        pieces[place] = _number(pieces[place])
    if pieces[-1]:
        pieces.append(_STOP + "\x00")
    pieces.append(_STOP)
    return "".join(pieces).encode("latin-1")


@lru_cache(maxsize=4096)
def _number(digits: str) -> str:
    digits = digits.lstrip("0")
    size = len(digits)
    if size < 0xFF:
        return f"\x02{chr(size)}{digits}"
    return f"\x02\xff{size:08d}{digits}"


_PRO = regex(r"[+~.]esm[0-9]*", re.ASCII)
_FIPS = regex(r"[+~.]fips", re.ASCII | re.IGNORECASE)
_PRO_ALONE = frozenset({"14.04", "16.04", "18.04", "20.04"})
"""Releases of Ubuntu that ended but for Ubuntu Pro (ubuntu.com/about/release-cycle)."""
_FIXED = {"echo": "Echo"}
"""Distributions without releases, by the ID of os-release."""


def scopes(package: Package, distro: Distro | None) -> tuple[str, ...]:
    """The scopes of a Debian package: "Debian:13", "Ubuntu:24.04".

    Testing is judged by its own release number or by unstable. Packages that Ubuntu Pro repaired
    (1.0-1ubuntu0.1~esm1) are judged by the records of Ubuntu Pro where there are any. Without a
    release (a foreign root) a name that no advisory source has.
    """
    if distro is None:
        return (f"{package.ecosystem} (unknown distribution)",)
    if distro.id in _FIXED:
        return (_FIXED[distro.id],)
    if distro.id == "debian":
        return _debian(distro)
    if not distro.version:
        return (f"{distro.id.capitalize()} (unknown release)",)
    if distro.id == "dhi":
        return hardened(package, f"Debian:{distro.version.split('.')[0]}")
    if distro.id == "ubuntu":
        return _ubuntu(package, distro.version)
    return (f"{distro.id.capitalize()}:{distro.version}",)


def _debian(distro: Distro) -> tuple[str, ...]:
    number = distro.version.split(".")[0] or RELEASES.get(distro.codename, "")
    if distro.version:
        return (f"Debian:{number}",)
    if number:  # no VERSION_ID: under way, or sid, which has the code name of testing
        return (f"Debian:{number}", UNSTABLE)
    if distro.codename in ("sid", "unstable", ""):
        return (UNSTABLE,)
    return ("Debian (unknown release)",)


def _ubuntu(package: Package, version: str) -> tuple[str, ...]:
    release = ".".join(version.split(".")[:2])
    base = f"Ubuntu:{release}"
    if _FIPS.search(package.version):
        return (f"Ubuntu:Pro:FIPS-updates:{release}", f"Ubuntu:Pro:FIPS:{release}", base)
    if _PRO.search(package.version):
        return (f"Ubuntu:Pro:{release}", base)
    return (base,)


def names(package: Package) -> tuple[str, ...]:
    """The names advisories know it by: those of Debian and Ubuntu name source packages."""
    return (package.source.name,)


def claimed(ecosystem: str) -> str:
    """The scope a record means: "Ubuntu:24.04:LTS" is "Ubuntu:24.04".

    Of releases whose standard support ended, only Ubuntu Pro still says what is wrong with them:
    "Ubuntu:Pro:18.04:LTS" is "Ubuntu:18.04", too. Records without a release and those of variants
    of a kernel are not matched.
    """
    folder, _, release = ecosystem.partition(":")
    if folder != "Ubuntu":
        return ecosystem if release or folder == "Echo" else ""
    base, lts, variant = release.partition(":LTS")
    if base.removeprefix("Pro:") in _PRO_ALONE:
        base = base.removeprefix("Pro:")
    return f"Ubuntu:{base}" if base and not (lts and variant) else ""


ROW = Ecosystem(
    "deb",
    ("Debian", "Ubuntu", "Echo"),
    scopes,
    sort_key,
    names,
    "dpkg order",
    claimed=claimed,
)
