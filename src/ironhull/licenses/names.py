"""Licence names as people write them, turned into SPDX licence expressions (SPDX 2.3, annex D).

Known: SPDX identifiers in any case, the short names of Debian's machine-readable copyright format
(DEP-5, "License names"), the names Python projects use. Whatever is not known becomes a
`LicenseRef-…` made from its name, so it is said, never dropped.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from ironhull.lazy import regex
from ironhull.licenses._spdx_ids import EXCEPTIONS, LICENSES

_ALIASES = {
    "apache 2": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache license": "LicenseRef-Apache",
    "apache license 2.0": "Apache-2.0",
    "apache license version 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache software license 2.0": "Apache-2.0",
    "apache-2": "Apache-2.0",
    "apache-2-llvm-exceptions": "Apache-2.0 WITH LLVM-exception",
    "apache2": "Apache-2.0",
    "apache2.0": "Apache-2.0",
    "artistic": "Artistic-1.0",
    "artistic-1": "Artistic-1.0",
    "artistic-2": "Artistic-2.0",
    "boost": "BSL-1.0",
    "boost-1.0": "BSL-1.0",
    "bsd 2-clause": "BSD-2-Clause",
    "bsd 3 clause": "BSD-3-Clause",
    "bsd 3-clause": "BSD-3-Clause",
    "bsd-2": "BSD-2-Clause",
    "bsd-3": "BSD-3-Clause",
    "bsd-3-clause-new": "BSD-3-Clause",
    "bsd-4": "BSD-4-Clause",
    "bsd2": "BSD-2-Clause",
    "bsd3": "BSD-3-Clause",
    "bzip": "bzip2-1.0.6",
    "cc0": "CC0-1.0",
    "edl-1.0": "BSD-3-Clause",
    "eclipse public license 2.0": "EPL-2.0",
    "epl-1": "EPL-1.0",
    "epl-2": "EPL-2.0",
    "expat": "MIT",
    "freetype": "FTL",
    "gnu-all-permissive": "FSFAP",
    "gpl-1+ or artistic": "Artistic-1.0-Perl OR GPL-1.0-or-later",
    "artistic or gpl-1+": "Artistic-1.0-Perl OR GPL-1.0-or-later",
    "mit license": "MIT",
    "mit-license": "MIT",
    "mit-x11": "MIT",
    "mit/expat": "MIT",
    "mit/x11": "MIT",
    "modified bsd license": "BSD-3-Clause",
    "mpl 2.0": "MPL-2.0",
    "mozilla public license 2.0": "MPL-2.0",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "mpl-1": "MPL-1.0",
    "mpl-2": "MPL-2.0",
    "mplv2": "MPL-2.0",
    "new bsd": "BSD-3-Clause",
    "new bsd license": "BSD-3-Clause",
    "ofl": "OFL-1.1",
    "openldap-2.8": "OLDAP-2.8",
    "pd": "LicenseRef-public-domain",
    "perl": "Artistic-1.0-Perl OR GPL-1.0-or-later",
    "psf": "PSF-2.0",
    "psf-2": "PSF-2.0",
    "psf license": "PSF-2.0",
    "psfl": "PSF-2.0",
    "public domain": "LicenseRef-public-domain",
    "public-domain": "LicenseRef-public-domain",
    "publicdomain": "LicenseRef-public-domain",
    "python": "Python-2.0",
    "python software foundation license": "PSF-2.0",
    "sil-1.1": "OFL-1.1",
    "sil-ofl-1.1": "OFL-1.1",
    "simplified bsd": "BSD-2-Clause",
    "the mit license": "MIT",
    "the mit license (mit)": "MIT",
    "the unlicense": "Unlicense",
    "the unlicense (unlicense)": "Unlicense",
    "unlicence": "Unlicense",
    "zlib/libpng": "Zlib",
    "zpl-2.1": "ZPL-2.1",
}
"""Names in lower case that are neither SPDX identifiers nor of the GNU family."""

_EXCEPTIONS = {
    "autoconf": {"2": "Autoconf-exception-2.0", "3": "Autoconf-exception-3.0"},
    "bison": "Bison-exception-2.2",
    "bison-2.2": "Bison-exception-2.2",
    "classpath": "Classpath-exception-2.0",
    "font": "Font-exception-2.0",
    "gcc": "GCC-exception-3.1",
    "gcc-runtime-3.1": "GCC-exception-3.1",
    "gcc-runtime": "GCC-exception-3.1",
    "gcc runtime library": "GCC-exception-3.1",
    "libtool": "Libtool-exception",
    "linux-syscall-note": "Linux-syscall-note",
    "llvm": "LLVM-exception",
    "texinfo": "Texinfo-exception",
}

_GNU = regex(
    r"(?:gnu[ -])?(gpl|lgpl|agpl|gfdl|gfdl-niv)[ -]?(?:v|version )?[ ]?(\d(?:\.\d)?)?(?:\.0)?"
    r"(\+| or later|-or-later|-only| only)?",
    re.IGNORECASE,
)
_GNU_VERSIONS = {
    "gpl": ("1.0", "2.0", "3.0"),
    "lgpl": ("2.0", "2.1", "3.0"),
    "agpl": ("1.0", "3.0"),
    "gfdl": ("1.1", "1.2", "1.3"),
}
_JOINT = regex(r"(?:\s+|-)with(?:\s+|-)", re.IGNORECASE)
_JOINERS = regex(r"(?:\s+|_)(and/or|and|or)(?:\s+|_)", re.IGNORECASE)
_CLAUSES = regex(r"\s*,\s*(?:(and|or)\s+)?", re.IGNORECASE)
_NESTED = regex(r"(\(|\)|\s+and\s+|\s+or\s+)", re.IGNORECASE)
_NOT_IN_REFERENCE = regex(r"[^A-Za-z0-9.]+")
_PROSE_WORDS = 7
_REFERENCE_LENGTH = 60


@lru_cache(maxsize=8192)
def expression(text: str) -> str:
    """The SPDX expression for a licence name or a DEP-5 synopsis; "" for empty text."""
    name = " ".join(text.split()).strip(" .;")
    if not name:
        return ""
    known = identify(name)
    if known:
        return known
    if "(" in name:
        return _nested(name)
    if _is_prose(name):
        return reference(name)
    return _synopsis(name)


def identify(name: str) -> str:
    """The SPDX expression of one licence name; "" where it is not known."""
    lower = name.lower()
    if lower in _ALIASES:
        return _ALIASES[lower]
    known = _identifiers().get(lower, "")
    if known and (lower.endswith(("-only", "-or-later")) or not _is_gnu(lower)):
        return known
    if _is_gnu(lower):
        gnu = _GNU.fullmatch(name)
        if gnu is not None:
            return _gnu(gnu[1].lower(), gnu[2] or "", (gnu[3] or "").lower())
    if known:
        return known
    if lower.endswith("+") and lower[:-1] in _identifiers():
        return _identifiers()[lower[:-1]] + "+"
    for suffix in (" license", " licence", "-license"):
        if lower.endswith(suffix):
            return identify(name[: -len(suffix)])
    left, with_, right = _partition_with(name)
    return _with(identify(left), right) if with_ else ""


def _is_gnu(lower: str) -> bool:
    """Whether `_GNU` may match: names of the family say more than identifiers of the list."""
    return "gpl" in lower or "gfdl" in lower


def reference(name: str) -> str:
    """A `LicenseRef-…` for a name that is no SPDX identifier (SPDX 2.3, 10.1)."""
    if name.startswith("LicenseRef-"):
        name = name.removeprefix("LicenseRef-")
    text = _NOT_IN_REFERENCE.sub("-", name.replace("+", " or later ")).strip("-.")
    return "LicenseRef-" + (text[:_REFERENCE_LENGTH].rstrip("-.") or "unnamed")


def is_identifier(text: str) -> bool:
    """Whether `text` is one identifier of the SPDX License List, spelled as there."""
    return _identifiers().get(text.lower()) == text


def _gnu(family: str, version: str, suffix: str) -> str:
    no_invariants = family == "gfdl-niv"
    family = "gfdl" if no_invariants else family
    versions = _GNU_VERSIONS[family]
    if not version:  # "any version ever published" (GPL-2, section 9)
        version, suffix = versions[0], "+"
    version = version if "." in version else f"{version}.0"
    if version not in versions:
        return ""
    later = "later" in suffix or suffix == "+"
    middle = "-no-invariants" if no_invariants else ""
    return f"{family.upper()}-{version}{middle}{'-or-later' if later else '-only'}"


def _partition_with(name: str) -> tuple[str, str, str]:
    match = _JOINT.search(name) if "with" in name.lower() else None
    if match is None:
        return name, "", ""
    return name[: match.start()], "with", name[match.end() :]


def _with(license_: str, exception: str) -> str:
    if not license_ or " " in license_:
        return ""
    lower = exception.lower()
    if lower in _exceptions():
        return f"{license_} WITH {_exceptions()[lower]}"
    ends = (" exception", "-exception", " exceptions", "-exceptions")
    short = lower.removesuffix(next(filter(lower.endswith, ends), ""))
    short = short.removeprefix("the ").strip(" -")
    known = _EXCEPTIONS.get(short)
    if isinstance(known, dict):
        known = known.get(license_.partition("-")[2][:1])
    return f"{license_} WITH {known}" if known else ""


def _synopsis(name: str) -> str:
    """DEP-5: `A or B, and C` is (A or B) and C; otherwise `and` binds tighter, as in SPDX."""
    pieces = _CLAUSES.split(name)
    result = _clause(pieces[0])
    for joiner, clause in zip(pieces[1::2], pieces[2::2], strict=True):
        if not clause.strip():
            continue
        word = (joiner or "and").upper()
        result = f"{_group(result, word)} {word} {_group(_clause(clause), word)}"
    return result


def _group(part: str, word: str) -> str:
    other = " OR " if word == "AND" else " AND "
    return f"({part})" if other in part else part


def _clause(clause: str) -> str:
    pieces = _JOINERS.split(clause)
    words = ["OR" if joiner.lower() == "or" else "AND" for joiner in pieces[1::2]]
    names = [_atom(name) for name in pieces[::2]]
    if len(set(words)) == 1:  # A or A: A
        names = list(dict.fromkeys(names))
    result = names[:1]
    for word, name in zip(words, names[1:], strict=False):
        result += [word, _group(name, word)]
    return " ".join(result)


def _nested(name: str) -> str:
    """An expression with parentheses; what does not parse becomes one reference."""
    parts = []
    for piece in _NESTED.split(name):
        word = piece.strip()
        if word in ("(", ")"):
            parts.append(word)
        elif word.lower() in ("and", "or"):
            parts.append(f" {word.upper()} ")
        elif word:
            parts.append(_atom(word))
    from ironhull.licenses._nesting import tidied

    text = "".join(parts)
    if (tidy := tidied(text)) is not None:
        return tidy
    from license_expression import Licensing

    try:
        parsed = Licensing().parse(text, simple=True)
        return str(parsed) if parsed is not None else reference(name)
    except Exception:  # noqa: BLE001 - what is not well formed meets more errors than its own
        return reference(name)


def _atom(name: str) -> str:
    name = name.strip(" .;")
    return identify(name) or reference(name)


def _is_prose(name: str) -> bool:
    words = name.split()
    if len(words) < _PROSE_WORDS:
        return False
    pieces = (
        piece for clause in _CLAUSES.split(name)[::2] for piece in _JOINERS.split(clause)[::2]
    )
    return not any(identify(piece.strip()) for piece in pieces)


@cache
def _identifiers() -> dict[str, str]:
    return {name.lower(): name for name in LICENSES}


@cache
def _exceptions() -> dict[str, str]:
    return {name.lower(): name for name in EXCEPTIONS}
