"""R packages: the DESCRIPTION file of installed packages.

Source: CRAN, "Writing R Extensions" 1.1.1 (The DESCRIPTION file) and 1.1.2 (Licensing), "R
Installation and Administration" 6. Installing adds a `Built` field: outside of a library
directory a DESCRIPTION without it belongs to a source tree. Packages of priority `base` are part of
R; they are listed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ironhull.catalogers._fields import line, person, read_text, web, word
from ironhull.catalogers._headers import Stanza, headers
from ironhull.catalogers._requirements import by_name
from ironhull.catalogers._row import Found, Needs
from ironhull.lazy import regex
from ironhull.licenses.names import expression
from ironhull.model import File, Location, Package, Platform, Problem, Relation, Tree

__all__ = ["parse", "relate"]

_NAME = "r"
_VALID_NAME = regex(r"[A-Za-z][A-Za-z0-9.]*", re.ASCII)
_VALID_VERSION = regex(r"\d+(?:[.-]\d+)*")
_LIBRARY = regex(r"(?:.*/)?(?:R/|site-)library/[^/]+/DESCRIPTION", re.DOTALL)
_REQUIRED = regex(r"\s*([A-Za-z][A-Za-z0-9.]*)")
_PERSON = regex(r"([^<>]*)<([^<>]*)>")
_TERM = regex(r"([^()]+?)\s*(?:\(\s*(>=|==|>)?\s*([\d.-]+)[^)]*\))?")
_FILE = regex(r"\+?\s*file\s+LICEN[CS]E", re.IGNORECASE)
_LICENSES = {
    "artistic": "Artistic-1.0",
    "bsd_2_clause": "BSD-2-Clause",
    "bsd_3_clause": "BSD-3-Clause",
    "freebsd": "BSD-2-Clause-FreeBSD",
    "gnu general public license": "GPL",
    "gnu lesser general public license": "LGPL",
    "mozilla public license": "MPL",
    "common public license": "CPL",
    "eclipse public license": "EPL",
    "apache license": "Apache",
    "x11": "X11",
    "unlimited": "LicenseRef-Unlimited",
    "lucent public license": "LPL-1.02",
}
"""R's names (share/licenses/license.db) for the heads of SPDX identifiers."""


def parse(file: File, tree: Tree) -> Iterator[Found]:
    try:
        told = headers(read_text(file, tree))
    except ValueError:
        return  # no such file of an R package
    in_library = _LIBRARY.fullmatch(file.path)
    if not told.get("built") and not in_library:
        return
    name, version = word(told.get("package")), word(told.get("version"))
    if not _VALID_NAME.fullmatch(name) or not _VALID_VERSION.fullmatch(version):
        yield Problem(_NAME, file.path, "has no valid Package and Version: not listed")
        return
    author = _PERSON.match(line(told.get("maintainer")))
    package = Package(
        ecosystem="cran",
        name=name,
        version=version,
        licenses=tuple(filter(None, (_license(line(told.get("license"))),))),
        locations=(Location(file.path, file.layer),),
        found_by=_NAME,
        summary=line(told.get("title")),
        homepage=web(*told.get("url").replace(",", " ").split()),
        supplier=person(author[1], author[2]) if author else person(told.get("maintainer")),
    )
    yield package
    yield Needs(package, tuple(_requirements(told)))


def _requirements(told: Stanza) -> Iterator[str]:
    for field in ("depends", "imports", "linkingto"):
        for item in told.get(field).split(","):
            match = _REQUIRED.match(item)
            if match and match[1] != "R":
                yield match[1]


def _license(said: str) -> str:
    """`A | B` are alternatives, `(>= 2)` means that or later, `+ file LICENSE` adds terms."""
    if said.startswith("Part of R"):
        return "GPL-2.0-or-later"  # COPYING of R
    found: list[str] = []
    for alternative in said.split("|"):
        text = " ".join(_FILE.sub("", alternative).split()).strip(" +")
        known = _term(text) if text else ""
        if known and known not in found:
            found.append(known)
    return " OR ".join(found)


def _term(text: str) -> str:
    match = _TERM.fullmatch(text)
    if match is None:
        return expression(text)
    name = _LICENSES.get(match[1].lower(), match[1])
    version = (match[3] or "").removesuffix(".0")
    if not version:
        return expression(name)
    gnu = name in ("GPL", "LGPL", "AGPL")
    if gnu:
        return expression(f"{name}-{version}{'+' if match[2] != '==' else ''}")
    return expression(f"{name}-{version if '.' in version else version + '.0'}")


def relate(needs: Sequence[Needs], _tree: Tree, _platform: Platform | None) -> Iterator[Relation]:
    return by_name(needs, _library)


def _library(path: str) -> str:
    return path.rsplit("/", 2)[0]
