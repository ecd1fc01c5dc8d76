"""Well-known licence texts, told by the phrases nobody changes.

Not a licence scanner: it knows the dozen texts that copyright files and wheels quote most, and says
nothing rather than guess. Phrases are looked for in lower-case text with single spaces.
"""

from __future__ import annotations

from ironhull.lazy import regex
from ironhull.licenses.names import identify, reference

_COMMON = regex(r"/usr/share/common-licenses/([A-Za-z0-9.+-]*[A-Za-z0-9])")
"""Debian Policy 12.5: instead of its text, a pointer to a common licence."""

_LATER = regex(
    r"version (\d(?:\.\d)?)(?:\.0)?(?: of the license)?[,;]? (?:or|and)? ?"
    r"\(?(?:at your option\)?,? ?)?(?:any )?later",
)
_GNU_NAME = regex(r"public license,? version (\d(?:\.\d)?)")

_POINTERS = {"bsd": "BSD-3-Clause", "artistic": "Artistic-1.0-Perl"}

_PHRASES = (
    ("permission is hereby granted, free of charge, to any person obtaining a copy", "MIT"),
    (
        "permission to use, copy, modify, and/or distribute this software for any purpose",
        "ISC",
    ),
    (
        "permission to use, copy, modify, and distribute this software for any purpose with or "
        "without fee is hereby granted, provided that the above copyright notice and this "
        "permission notice appear in all copies",
        "ISC",
    ),
    (
        "permission to use, copy, modify, and distribute this software and its documentation",
        "HPND",
    ),
    ("altered source versions must be plainly marked as such", "Zlib"),
    ("apache license version 2.0", "Apache-2.0"),
    ("apache license, version 2.0", "Apache-2.0"),
    ("mozilla public license version 2.0", "MPL-2.0"),
    ("mozilla public license, v. 2.0", "MPL-2.0"),
    ("boost software license - version 1.0", "BSL-1.0"),
    ("psf license agreement for python", "PSF-2.0"),
    ("python software foundation license version 2", "PSF-2.0"),
    ("same terms as perl itself", "Artistic-1.0-Perl OR GPL-1.0-or-later"),
)
_PUBLIC_DOMAIN = regex(r"\b(?:in|into|to) the public domain\b")


_GAPS = regex(rb"  +")
_SIMPLER = bytes(
    ord(" ") if byte in b'\t\n\v\f\r\x1c\x1d\x1e\x1f*#;"' else byte
    for byte in bytes(range(128)).lower() + bytes(range(128, 256))
)
_MARKS = tuple(
    chr(point).encode()
    for point in (
        *(ord("“"), ord("”"), 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B)),
        *(0x2028, 0x2029, 0x202F, 0x205F, 0x3000),
    )
)
"""Quotation marks and white space beyond ASCII."""


def recognise(text: str) -> tuple[str, ...]:
    """SPDX expressions of the licences a text quotes or points to, sorted; () if none is known."""
    lower = _flat(text)
    found = {name for phrase, name in _PHRASES if phrase in lower}
    found.update(_bsd(lower))
    found.update(_common(text, lower))
    if not found and "the public domain" in lower and _PUBLIC_DOMAIN.search(lower):
        found.add("LicenseRef-public-domain")
    if "Artistic-1.0-Perl OR GPL-1.0-or-later" in found:
        found -= {"Artistic-1.0-Perl", "GPL-1.0-or-later", "GPL-1.0-only"}
    return tuple(sorted(found))


def _flat(text: str) -> str:
    """In lower case, with single spaces, without quotation and comment marks.

    Texts of licences are long: words are not taken apart and put together for it.
    """
    data = text.encode("utf-8", "replace").translate(_SIMPLER)
    others = data.translate(None, bytes(range(128)))
    for mark in _MARKS if others else ():
        if mark in others:
            data = data.replace(mark, b" ")
    return _GAPS.sub(b" ", data).strip().decode()


def _bsd(lower: str) -> set[str]:
    if "redistribution and use in source and binary forms" not in lower:
        return set()
    if "all advertising materials mentioning" in lower:
        return {"BSD-4-Clause"}
    if "endorse or promote products" in lower:
        return {"BSD-3-Clause"}
    return {"BSD-2-Clause"}


def _common(text: str, lower: str) -> set[str]:
    """What pointers into /usr/share/common-licenses say, with "or any later version" heard."""
    pointers = {name.rstrip(".") for name in _COMMON.findall(text)}
    if not pointers:
        return set()
    later = {number.removesuffix(".0") for number in _LATER.findall(lower)}
    found: set[str] = set()
    for pointer in pointers:
        family, _, version = pointer.lower().partition("-")
        if family in ("gpl", "lgpl", "gfdl"):
            versions = {version.removesuffix(".0")} if version else _spoken(family, lower, later)
            found.update(identify(f"{family}-{v}{'+' if v in later else ''}") for v in versions)
            if not versions:
                found.add(identify(family))
        else:
            found.add(_POINTERS.get(pointer.lower()) or identify(pointer) or reference(pointer))
    return found - {""}


def _spoken(family: str, lower: str, later: set[str]) -> set[str]:
    """Versions that the words around a pointer without one speak of."""
    named = set()
    for match in _GNU_NAME.finditer(lower):
        before = lower[max(0, match.start() - 20) : match.start()]
        is_lesser = "lesser" in before or "library" in before
        if is_lesser == (family == "lgpl"):
            named.add(match[1].removesuffix(".0"))
    spoken = named or later
    return {number for number in spoken if identify(f"{family}-{number}")}
