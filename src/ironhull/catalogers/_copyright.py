"""The licences of a Debian package, from its copyright file.

Machine-readable files (DEP-5, https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/)
name them in the License fields of the header and the Files paragraphs; a stand-alone License
paragraph only holds a text. Classic files are prose that quotes a licence or points to
/usr/share/common-licenses (Debian Policy 12.5).
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import takewhile

from ironhull.lazy import regex
from ironhull.licenses.names import expression, identify
from ironhull.licenses.texts import recognise
from ironhull.limits import LIMITS
from ironhull.model import Tree

_COMMON = "usr/share/common-licenses/"
_DEP5 = regex(
    rb"\A\s*(?:[A-Za-z-]+:.*\n(?:[ \t].*\n)*){0,8}?Format(?:-Specification)?:", re.IGNORECASE
)
_FIELD = regex(rb"\n([Ff]iles|[Ll]icen[sc]e)[ \t]*:[ \t]*([^\n]*)")
_FILES = (b"Files", b"files")
_BODY = 4000  # bytes
_BLANK = regex(rb"\n[ \t]*\n")


def licenses_of(name: str, tree: Tree) -> tuple[str, ...]:
    """SPDX expressions that all apply to package `name`, sorted; () without a copyright file.

    usr/share/doc/<name> is often a link to the directory of a sibling package; it is followed. A
    file whose licence is not recognised gives `LicenseRef-copyright-of-<name>`.
    """
    file = tree.find(f"usr/share/doc/{name}/copyright")
    if file is None:
        return ()
    if file.path.startswith(_COMMON):
        known = identify(file.path.removeprefix(_COMMON))
        return (known,) if known else ()
    if file.size > LIMITS.copyright_bytes:
        return (_unrecognised(name),)
    try:
        data = tree.read(file.path)
    except KeyError:
        return (_unrecognised(name),)
    return licenses_in(data) or (_unrecognised(name),)


def _unrecognised(name: str) -> str:
    return f"LicenseRef-copyright-of-{name.replace('+', '-plus')}"


@lru_cache(maxsize=64)
def licenses_in(data: bytes) -> tuple[str, ...]:
    """SPDX expressions of all licences a copyright file names, sorted; () if it names none."""
    if _DEP5.match(data):
        found = _machine_readable(data)
        if found:
            return found
    return recognise(data.decode("utf-8", "replace"))


def _machine_readable(data: bytes) -> tuple[str, ...]:
    """The License synopses of header and Files paragraphs, else of all paragraphs."""
    used: set[str] = set()
    alone: set[str] = set()
    data = b"\n" + data
    within, start = True, 0  # of the header, later of a Files paragraph
    for match in _FIELD.finditer(data):
        word, synopsis = match.groups()
        if word in _FILES:
            within, start = True, match.end()
            continue
        if within and _BLANK.search(data, start, match.start() + 1):
            within = False
        name = synopsis.decode("utf-8", "replace").strip() or _body(data, match.end())
        (used if within else alone).add(name)
    return _all_of(used) or _all_of(alone)


def _all_of(synopses: set[str]) -> tuple[str, ...]:
    return tuple(sorted({found for name in synopses for found in _expressions(name)}))


def _body(data: bytes, start: int) -> str:
    """The indented lines after a License field that has no synopsis."""
    lines = data[start : start + _BODY].decode("utf-8", "replace").split("\n")[1:]
    return "\n".join(("", *takewhile(lambda line: line[:1].isspace(), lines)))


@lru_cache(maxsize=4096)
def _expressions(synopsis: str) -> tuple[str, ...]:
    known = recognise(synopsis) if len(synopsis) > 40 else ()
    return known or ((expression(synopsis),) if synopsis.strip() else ())
