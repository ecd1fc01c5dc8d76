"""rpm packages: rpm's version order as bytes, the scopes of the distributions that use it.

rpm(8) and rpm's `rpmio/rpmvercmp.c` decide: epoch (none is 0), version and release are compared in
turn, each as runs of digits or of letters; everything else only separates. `~` sorts below the
end, `^` just above it, letters above that, numbers above letters. A key is

    epoch, then for version and for release:  (kind value)* END

where a number is its length and its digits without leading zeros. A missing release sorts below
all. `?:1.2-3` is a version whose epoch is not known, as that of a source package is; its key has
epoch 0 and `fits` compares without epochs.
"""

from __future__ import annotations

import re

from ironhull.ecosystems._row import Ecosystem
from ironhull.ecosystems._rpm_scopes import FOLDERS, claimed, scopes
from ironhull.lazy import regex
from ironhull.model import Advisory, Package, Range
from ironhull.values import replace

__all__ = ["ROW", "adjust", "build_of", "fits", "names", "pairs", "sort_key"]

_VALID = regex(r"(?:([0-9]+|\?):)?([^\s:-][^\s:]*?)(?:-([^\s:-]+))?", re.ASCII)
_PART = regex(r"([0-9]+)|([A-Za-z]+)|([~^])", re.ASCII)
_LONGEST = 512
_TILDE, _END, _CARET, _LETTERS, _DIGITS = b"\x01", b"\x02", b"\x03", b"\x04", b"\x05"
_NO_RELEASE = b"\x00"
_UNKNOWN = "?:"

_BUILD = regex(r"(?<![A-Za-z])(el|fc|amzn|azl|cm|mga|ph)([0-9]+)(?:[_.]([0-9]+))?", re.ASCII)
_BINARIES = frozenset({"redhat", "rhel", "centos", "almalinux"})
"""Namespaces of distributions whose records name binary packages."""
_TAGS = {"Azure Linux:2": ".cm2", "Azure Linux:3": ".azl3"}
_MODULE = regex(r"\.module[+_]", re.ASCII)
_STREAM = regex(r"(?<![\w:.-])([A-Za-z][\w.+-]*:[\w][\w.+-]*)(?![\w:/])", re.ASCII)


def sort_key(version: str) -> bytes:
    """The key of `[epoch:]version[-release]`: memcmp order of keys is rpm's order.

    Raises ValueError for what is no such version (empty, spaces, an epoch that is no number).
    """
    match = _VALID.fullmatch(version) if len(version) <= _LONGEST else None
    if match is None:
        raise ValueError(f"not an rpm version: {version[:80]!r}")
    epoch, upstream, release = match.groups()
    head = _number(epoch if epoch not in (None, "?") else "0")
    return head + _part(upstream) + (_NO_RELEASE if release is None else _part(release))


def _part(text: str) -> bytes:
    parts = []
    for digits, letters, mark in _PART.findall(text):
        if digits:
            parts.append(_DIGITS + _number(digits))
        elif letters:
            parts.append(_LETTERS + letters.encode("ascii") + b"\x00")
        else:
            parts.append(_TILDE if mark == "~" else _CARET)
    parts.append(_END)
    return b"".join(parts)


def _number(digits: str) -> bytes:
    digits = digits.lstrip("0")
    return len(digits).to_bytes(2, "big") + digits.encode("ascii")


def names(package: Package) -> tuple[str, ...]:
    """The names of `pairs`, each once."""
    return tuple(dict.fromkeys(name for name, _ in pairs(package)))


def pairs(package: Package) -> tuple[tuple[str, str], ...]:
    """(name, version) of the package and of its source, those of its module stream first.

    Records of Red Hat and AlmaLinux name binary packages, or the source as "NAME.src"; those of
    others name the source, and some both. The name of a source rpm has no epoch: unless its version
    is the package's own, it is not known.
    """
    source = package.source
    own, theirs = package.version, source.version or package.version
    if theirs != own and ":" not in theirs:
        theirs = _UNKNOWN + theirs
    plain = [(package.name, own), (f"{source.name}.src", theirs)]
    if source.name != package.name and package.namespace not in _BINARIES:
        plain.append((source.name, theirs))
    stream = _stream_of(package)
    modular = [(f"{stream}/{name}", version) for name, version in plain] if stream else []
    return (*modular, *plain)


def _stream_of(package: Package) -> str:
    """ "nodejs:18" of the label "nodejs:18:9040020240807131341:rhel9"."""
    label = dict(package.qualifiers).get("rpmmod", "")
    return ":".join(label.split(":")[:2]) if ":" in label else ""


def adjust(claim: Advisory) -> Advisory:
    """A claim as it is meant: on one module stream, or with the tag of the distribution.

    "Important: nodejs:18 security update" speaks for that stream alone, whose packages are held
    under "STREAM/NAME"; its versions are higher than those of older streams, which have updates of
    their own. Azure Linux leaves the tag of its builds out of the last affected version.
    """
    if tag := _TAGS.get(claim.scope):
        return replace(claim, ranges=tuple(_tagged(span, tag) for span in claim.ranges))
    if not any(_MODULE.search(span.fixed or span.last_affected) for span in claim.ranges):
        return claim
    streams = set(_STREAM.findall(claim.summary))
    if len(streams) != 1 or "/" in claim.package:
        return claim
    return replace(claim, package=f"{streams.pop()}/{claim.package}")


def _tagged(span: Range, tag: str) -> Range:
    last = span.last_affected
    if not last or "-" not in last or build_of(last)[0]:
        return span
    return replace(span, last_affected=last + tag)


def fits(version: str, span: Range) -> bool:
    """Whether a range speaks for builds like `version`.

    A package of a module is not repaired by one outside of it, nor one built for release 8 by one
    for release 9. A range that begins with the update of a minor release (1-2.el9_2.4) is about
    the builds of later ones. An epoch that is not known is left out on both sides.
    """
    end = span.fixed or span.last_affected or span.limit
    if bool(_MODULE.search(version)) != bool(_MODULE.search(end)):
        return False if end else not _MODULE.search(version)
    if not end:
        return True
    ours, theirs = build_of(version), build_of(end)
    if ours[0] == theirs[0] and ours[1] != theirs[1]:
        return False
    if ours[0] and ours != theirs and ours == build_of(span.introduced):
        return False
    if not version.startswith(_UNKNOWN):
        return True
    return _below(version.removeprefix(_UNKNOWN), span)


def build_of(version: str) -> tuple[str, str, str]:
    """("el", "9", "4") of 1.2-3.el9_4, what it was built for; empty where nothing tells."""
    found = _BUILD.findall(version.rpartition("-")[2])
    return found[-1] if found else ("", "", "")


def _below(version: str, span: Range) -> bool:
    key = sort_key(version)
    low, end, last = (
        text.rpartition(":")[2]
        for text in (span.introduced, span.fixed or span.limit, span.last_affected)
    )
    if low not in ("", "0") and key < sort_key(low):
        return False
    return key < sort_key(end) if end else key <= sort_key(last)


ROW = Ecosystem(
    "rpm",
    FOLDERS,
    scopes,
    sort_key,
    names,
    "rpm order",
    claimed=claimed,
    pairs=pairs,
    fits=fits,
    adjust=adjust,
    repairs=frozenset(FOLDERS) - {"Azure Linux"},
)
