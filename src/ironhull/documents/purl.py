"""Reading package URLs: github.com/package-url/purl-spec, PURL-SPECIFICATION, "How to parse".

The counterpart of `model.Package.purl`. Only what every type has in common is undone here; how a
type writes its names is in `name_of`.
"""

from __future__ import annotations

from functools import lru_cache

from ironhull.lazy import regex
from ironhull.values import dataclass

__all__ = ["Purl", "name_of", "parse_purl"]

_LONGEST = 16_384  # characters; longer ones are an attack
_TYPE = regex(r"[A-Za-z][A-Za-z0-9.+-]*")
_KEY = regex(r"[A-Za-z][A-Za-z0-9._-]*")
_DOTS = frozenset({"", ".", ".."})
_JOINED = {"npm": "/", "golang": "/", "composer": "/", "swift": "/", "maven": ":", "hex": "/"}
"""Types whose names hold their namespace, and what joins them, as `model._purl` divides them."""


@dataclass(frozen=True, slots=True)
class Purl:
    """The parts of a package URL, percent-encoding undone; qualifiers sorted by key."""

    type: str
    namespace: str
    name: str
    version: str = ""
    qualifiers: tuple[tuple[str, str], ...] = ()
    subpath: str = ""


def parse_purl(text: str) -> Purl:
    """Read a package URL; ValueError (one line) where it is none.

    The type and the keys of qualifiers become lower case, qualifiers without a value are dropped.
    An "@" before the last slash belongs to a namespace ("pkg:npm/@angular/core"), as in documents
    whose writers forgot to encode it.
    """
    if len(text) > _LONGEST:
        raise ValueError(f"{text[:40]!r}… is {len(text)} characters long")
    scheme, colon, rest = text.partition(":")
    if not colon or scheme.lower() != "pkg":
        raise ValueError(f"{_short(text)} is no package URL: it does not begin with pkg:")
    rest, _, subpath = rest.partition("#")
    rest, _, qualifiers = rest.partition("?")
    kind, slash, path = rest.strip("/").partition("/")
    if not slash or not _TYPE.fullmatch(kind):
        raise ValueError(f"{_short(text)} is no package URL: it has no type or no name")
    head, _, last = path.rpartition("/")
    name, at, version = last.rpartition("@")
    if not at or not name:
        name, version = last, ""
    if not (name := _unquoted(name).strip("/")):
        raise ValueError(f"{_short(text)} is no package URL: it has no name")
    return Purl(
        kind.lower(),
        _segments(head),
        name,
        _unquoted(version),
        _qualifiers(qualifiers) if qualifiers else (),
        _segments(subpath, skip=_DOTS) if subpath else "",
    )


@lru_cache(maxsize=1024)
def _segments(text: str, *, skip: frozenset[str] = frozenset({""})) -> str:
    return "/".join(_unquoted(part) for part in text.split("/") if _unquoted(part) not in skip)


@lru_cache(maxsize=1024)
def _qualifiers(text: str) -> tuple[tuple[str, str], ...]:
    found: dict[str, str] = {}
    for pair in text.split("&"):
        key, _, value = pair.partition("=")
        if not value:
            continue
        if not _KEY.fullmatch(key):
            raise ValueError(f"{_short(pair)} is no qualifier of a package URL")
        found[key.lower()] = _unquoted(value)
    return tuple(sorted(found.items()))


def _unquoted(text: str) -> str:
    """Percent-encoding undone; what is no UTF-8 is replaced."""
    if "%" not in text:  # hardly any text has one: urllib is not imported for nothing
        return text
    from urllib.parse import unquote

    return unquote(text)


def name_of(purl: Purl) -> tuple[str, str]:
    """(namespace, name) as `model.Package` wants them: "@babel/core", "org.slf4j:slf4j-api"."""
    joint = _JOINED.get(purl.type)
    if joint is None or not purl.namespace:
        return purl.namespace, purl.name
    return "", f"{purl.namespace}{joint}{purl.name}"


def _short(text: str) -> str:
    return repr(text if len(text) <= 80 else text[:79] + "…")
