"""The licence of a Python distribution: PEP 639 expression, License field, classifiers, files."""

from __future__ import annotations

from ironhull.catalogers._headers import Stanza
from ironhull.licenses.names import expression, identify, reference
from ironhull.licenses.texts import recognise
from ironhull.limits import LIMITS
from ironhull.model import Tree

_PREFIX = "License :: "
_CLASSIFIERS = {
    "Academic Free License (AFL)": "AFL-3.0",
    "Apache Software License": "",
    "Artistic License": "",
    "BSD License": "",
    "Boost Software License 1.0 (BSL-1.0)": "BSL-1.0",
    "CC0 1.0 Universal (CC0 1.0) Public Domain Dedication": "CC0-1.0",
    "Common Development and Distribution License 1.0 (CDDL-1.0)": "CDDL-1.0",
    "Eclipse Public License 1.0 (EPL-1.0)": "EPL-1.0",
    "Eclipse Public License 2.0 (EPL-2.0)": "EPL-2.0",
    "European Union Public Licence 1.2 (EUPL 1.2)": "EUPL-1.2",
    "GNU Affero General Public License v3": "AGPL-3.0-only",
    "GNU Affero General Public License v3 or later (AGPLv3+)": "AGPL-3.0-or-later",
    "GNU General Public License (GPL)": "GPL-1.0-or-later",
    "GNU General Public License v2 (GPLv2)": "GPL-2.0-only",
    "GNU General Public License v2 or later (GPLv2+)": "GPL-2.0-or-later",
    "GNU General Public License v3 (GPLv3)": "GPL-3.0-only",
    "GNU General Public License v3 or later (GPLv3+)": "GPL-3.0-or-later",
    "GNU Lesser General Public License v2 (LGPLv2)": "LGPL-2.0-only",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.0-or-later",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
    "GNU Library or Lesser General Public License (LGPL)": "LGPL-2.0-or-later",
    "Historical Permission Notice and Disclaimer (HPND)": "HPND",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "MIT No Attribution License (MIT-0)": "MIT-0",
    "Mozilla Public License 1.1 (MPL 1.1)": "MPL-1.1",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Public Domain": "LicenseRef-public-domain",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
    "Universal Permissive License (UPL)": "UPL-1.0",
    "Zero-Clause BSD (0BSD)": "0BSD",
    "Zope Public License": "ZPL-2.1",
    "zlib/libpng License": "Zlib",
}
"""Trove classifiers (last part) and SPDX; "" where the classifier names a family, not a licence."""

_FILES = (
    "LICENSE",
    "LICENSE.txt",
    "LICENSE.md",
    "LICENSE.rst",
    "LICENCE",
    "COPYING",
    "COPYING.txt",
)

_MAX_FILES = 50
_MAX_NAME = 120  # longer License fields hold the text itself


def licenses_of(metadata: Stanza, directory: str, tree: Tree) -> tuple[str, ...]:
    """SPDX expressions of one distribution, sorted; () where nothing is said.

    PEP 639: License-Expression decides. Before it, the License field if it names one licence, then
    classifiers, then the licence files in its dist-info `directory` where those two are vague.
    """
    if said := metadata.get("license-expression"):
        return (expression(said),)
    field = metadata.get("license").strip()
    field = "" if field.upper() in ("UNKNOWN", "NONE", "") else field
    if field and len(field) <= _MAX_NAME and "\n" not in field:
        known = expression(field)
        if "LicenseRef-" not in known and not _vague(field):
            return (known,)
    exact, vague = _classified(metadata)
    if exact and not vague:
        return tuple(sorted(exact))
    read = recognise(field) if len(field) > _MAX_NAME else ()
    read = read or _from_files(metadata, directory, tree)
    if read:
        return read
    if exact or vague:
        return tuple(sorted({*exact, *(reference(name) for name in vague)}))
    return (expression(field.split("\n", 1)[0]),) if field else ()


def _vague(field: str) -> bool:
    """ "BSD", "Apache", "Dual license": families of licences."""
    return identify(field).startswith("LicenseRef-") or field.lower() in ("gpl", "lgpl")


def _classified(metadata: Stanza) -> tuple[set[str], set[str]]:
    exact, vague = set(), set()
    for classifier in metadata.every("classifier"):
        if not classifier.startswith(_PREFIX) or classifier.endswith("OSI Approved"):
            continue
        name = classifier.rsplit(" :: ", 1)[1]
        known = _CLASSIFIERS.get(name) or identify(name)
        if known:
            exact.add(known)
        else:
            vague.add(name)
    return exact, vague


def _from_files(metadata: Stanza, directory: str, tree: Tree) -> tuple[str, ...]:
    """What the licence files say: those METADATA names (License-File), and the usual names."""
    if not directory:
        return ()
    named = metadata.every("license-file")
    found: set[str] = set()
    for name in dict.fromkeys((*named[:_MAX_FILES], *_FILES)):
        for path in (f"{directory}/licenses/{name}", f"{directory}/{name}"):
            file = tree.find(path)
            if file is not None and file.size <= LIMITS.copyright_bytes:
                try:
                    found.update(recognise(tree.read(file.path).decode("utf-8", "replace")))
                except KeyError:
                    continue
    return tuple(sorted(found))
