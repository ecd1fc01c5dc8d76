"""The licences of a Debian package, from its copyright file.

Machine-readable files (DEP-5, https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/)
name them in the License fields of the header and the Files paragraphs; a stand-alone License
paragraph only holds a text. Classic files are prose that quotes a licence or points to
/usr/share/common-licenses (Debian Policy 12.5).
"""

from __future__ import annotations

import re
from functools import lru_cache

from ironhull.lazy import regex
from ironhull.licenses.names import expression, identify
from ironhull.licenses.texts import recognise
from ironhull.limits import LIMITS
from ironhull.model import Tree

_COMMON = "usr/share/common-licenses/"
_DEP5 = regex(
    rb"\A\s*(?:[A-Za-z-]+:.*\n(?:[ \t].*\n)*){0,8}?Format(?:-Specification)?:", re.IGNORECASE
)
_FIELD = regex(r"\n([Ff]iles|[Ll]icen[sc]e)[ \t]*:[ \t]*([^\n]*)")
_BLANK = regex(r"\n[ \t]*\n")


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
    text = data.decode("utf-8", "replace")
    if _DEP5.match(data):
        found = _machine_readable(text)
        if found:
            return found
    return recognise(text)


def _machine_readable(text: str) -> tuple[str, ...]:
    """The License synopses of header and Files paragraphs, else of all paragraphs."""
    used: set[str] = set()
    alone: set[str] = set()
    text = "\n" + text
    within, start = True, 0  # of the header, later of a Files paragraph
    for match in _FIELD.finditer(text):
        if match[1] in ("Files", "files"):
            within, start = True, match.end()
            continue
        if within and _BLANK.search(text, start, match.start() + 1):
            within = False
        synopsis = match[2].strip() or _body(text, match.end())
        (used if within else alone).update(_expressions(synopsis))
    return tuple(sorted(used or alone))


def _body(text: str, start: int) -> str:
    """The indented lines after a License field that has no synopsis."""
    end = start
    for line in text[start : start + 4000].split("\n")[1:]:
        if not line[:1].isspace():
            break
        end += 1 + len(line)
    return text[start:end]


@lru_cache(maxsize=4096)
def _expressions(synopsis: str) -> tuple[str, ...]:
    known = recognise(synopsis) if len(synopsis) > 40 else ()
    return known or ((expression(synopsis),) if synopsis.strip() else ())
