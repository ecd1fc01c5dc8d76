"""Python packages: PEP 440's order as bytes, and the normalised names of PyPI's advisories.

A key is epoch, release (trailing zeros dropped), pre-release, post-release, development release
and local version, each encoded so that memcmp order is the order of the version specifiers
specification (packaging.python.org, "Version specifiers", formerly PEP 440). A number is its
length in digits and its digits. What is no such version (legacy versions) raises ValueError.
"""

from __future__ import annotations

from functools import lru_cache

from ironhull.ecosystems._row import Ecosystem
from ironhull.lazy import regex
from ironhull.model import Distro, Package

TYPE_CHECKING = False
if TYPE_CHECKING:
    from packaging.version import Version

__all__ = ["ROW", "names", "normalised", "scopes", "sort_key"]

_LONGEST = 512  # characters; longer "versions" are an attack on the parser
_RUNS = regex(r"[-_.]+")
_PRE = {"a": b"\x01", "b": b"\x02", "rc": b"\x03"}
_NONE, _SOME, _AFTER_ALL = b"\x00", b"\x01", b"\x7f"


def sort_key(version: str) -> bytes:
    """The key of `version`: memcmp order of keys is PEP 440 order of versions.

    Raises ValueError for what is not a PEP 440 version.
    """
    from packaging.version import InvalidVersion, Version

    if len(version) > _LONGEST:
        raise ValueError(f"not a PEP 440 version: {version[:40]!r}…")
    try:
        parsed = Version(version)
    except InvalidVersion as fault:
        raise ValueError(f"not a PEP 440 version: {version!r}") from fault
    return b"".join(
        (
            _number(parsed.epoch),
            _release(parsed.release),
            _pre(parsed),
            _NONE if parsed.post is None else _SOME + _number(parsed.post),
            _AFTER_ALL if parsed.dev is None else _SOME + _number(parsed.dev),
            _local(parsed.local),
        )
    )


def _release(numbers: tuple[int, ...]) -> bytes:
    last = len(numbers)
    while last and not numbers[last - 1]:
        last -= 1
    return b"".join(_SOME + _number(number) for number in numbers[:last]) + _NONE


def _pre(parsed: Version) -> bytes:
    if parsed.pre is not None:
        word, number = parsed.pre
        return _PRE[word] + _number(number)
    # 1.0.dev1 comes before 1.0a1; 1.0 and 1.0.post1 come after 1.0rc9
    return _NONE if parsed.post is None and parsed.dev is not None else _AFTER_ALL


def _local(local: str | None) -> bytes:
    if local is None:
        return _NONE
    parts = [_SOME]
    for segment in local.split("."):
        if segment.isdigit():
            parts.append(b"\x02" + _number(int(segment)))
        else:
            parts.append(b"\x01" + segment.encode("ascii") + _NONE)
    return b"".join(parts) + _NONE


@lru_cache(maxsize=4096)
def _number(number: int) -> bytes:
    digits = b"%d" % number if number else b""
    # at most 512 digits: two bytes of length keep the order
    return len(digits).to_bytes(2, "big") + digits


@lru_cache(maxsize=8192)
def normalised(name: str) -> str:
    """The name as PyPI's index knows it (PEP 503)."""
    return _RUNS.sub("-", name).lower()


def scopes(package: Package, distro: Distro | None) -> tuple[str, ...]:  # noqa: ARG001 - a row's signature
    """The scope of every Python package."""
    return ("PyPI",)


def names(package: Package) -> tuple[str, ...]:
    """The normalised name."""
    return (normalised(package.name),)


ROW = Ecosystem("pypi", ("PyPI",), scopes, sort_key, names, "PEP 440 order", canonical=normalised)
