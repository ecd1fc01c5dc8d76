"""Files that hold the text of a licence, and which licence that is.

What texts say is told by `licenseclassifier` (the extra `licenses`), a port of Google's
licensecheck that knows nearly seven hundred texts word by word; where it is not installed or finds
nothing, by the phrases of `licenses.texts`, which know the most common ones.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache

from ironhull.licenses.names import expression, identify, reference
from ironhull.licenses.texts import recognise
from ironhull.limits import LIMITS
from ironhull.oci.probes import Body, Probe
from ironhull.values import dataclass, replace

__all__ = ["NAME", "LicenseText", "classify", "read_facts", "text_probe", "write_facts"]

NAME = "license-texts"

_WORDS = ("LICENSE", "LICENCE", "License", "Licence", "license", "licence")
_MORE = ("COPYING", "Copying", "UNLICENSE", "UNLICENCE", "COPYRIGHT", "Copyright")
_PATTERNS = (
    *(f"**/{word}*" for word in (*_WORDS, *_MORE)),
    *(f"**/*{end}" for end in ("-LICENSE", "-LICENSE.txt", ".LICENSE", ".license", "_LICENSE")),
    "**/LICENSES/*",
    "**/licenses/*",
    "usr/share/licenses/**",
    "usr/share/doc/*/copyright",
)
_NO_TEXTS = re.compile(
    r"\.(?:py[cio]?|[cm]?[jt]sx?|json|ya?ml|toml|xml|html?|css|map|go|[ch](?:pp)?|so|a|o|rb|java|class|"
    r"jar|sh|php|pl|pm|rs|lua|svg|png|gz|xz|zip|db|sqlite|properties|rst_t|in|cmake|el|vim)\Z",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"(?:.*[-._])?(?:un)?licen[sc]es?(?:[-._ ].*)?|copying.*|copyright.*",
    re.IGNORECASE,
)
_FOLDER = re.compile(r"(?:^|/)licenses(?:/|$)|^usr/share/licenses/", re.IGNORECASE)
_URL = re.compile(r"\s*https?://", re.IGNORECASE)
_NOTICES = re.compile(r"^\W{0,12}copyright\s+(?:\(c\)|©|\d{4}).*$", re.IGNORECASE | re.MULTILINE)
_COPYRIGHT = re.compile(r"usr/share/doc/[^/]+/copyright")
_PARAGRAPH = re.compile(
    r"^Licen[sc]e[ \t]*:[ \t]*(\S[^\n]*)\n((?:[ \t][^\n]*(?:\n|\Z))+)",
    re.IGNORECASE | re.MULTILINE,
)
_JOINED = re.compile(r"\s(?:and|or|and/or|with)\s|,", re.IGNORECASE)
_WHOLE = 0.75  # of the text under a name, licensecheck's threshold for a file
_MOSTLY = 0.5  # of a text: an address of a licence alone tells nothing unless it is most of it


@dataclass(frozen=True, slots=True)
class LicenseText:
    """The licences whose texts a file holds, sorted, and how much of it they are.

    `coverage` is 0..1, 0 where it was not measured. `cut` tells that the file is longer than what
    was read. `named` are names of its own that a machine-readable copyright file gives to texts,
    as a LicenseRef, and what those texts are.
    """

    licenses: tuple[str, ...]
    coverage: float = 0.0
    cut: bool = False
    named: tuple[tuple[str, str], ...] = ()


def text_probe(folders: Sequence[str] | None = None) -> Probe:
    """What looks into files whose names promise a licence, of `folders` alone where they are given.

    Too many folders are as good as all.
    """
    few = folders is not None and len(folders) <= LIMITS.license_folders
    patterns = [f"{_plain(folder)}/*" for folder in folders or ()] if few else _PATTERNS
    return Probe(NAME, f"3-{_engine()}", _extract, patterns=tuple(patterns))


def read_facts(facts: bytes) -> LicenseText:
    """What the probe told of a file; raises ValueError for anything else."""
    words = facts.decode().split("\n")
    if len(words) < 2 or words[1] not in ("", "cut"):
        raise ValueError("not what is told of a licence text")
    licenses = tuple(word for word in words[2:] if word and "=" not in word)
    named = tuple((w.partition("=")[0], w.partition("=")[2]) for w in words[2:] if "=" in w)
    return LicenseText(licenses, float(words[0]), words[1] == "cut", named)


def write_facts(text: LicenseText) -> bytes:
    """What `read_facts` reads."""
    names = (f"{name}={license_}" for name, license_ in text.named)
    cut = "cut" if text.cut else ""
    return "\n".join((str(text.coverage), cut, *text.licenses, *names)).encode()


def classify(text: str) -> LicenseText:
    """The licences whose texts, or notices, `text` holds."""
    return _classify(_NOTICES.sub("", text))


@lru_cache(maxsize=512)
def _classify(text: str) -> LicenseText:
    """Without the lines that say whose it is: many files differ in these alone."""
    found = dict.fromkeys(name for name, _ in _regions(text))
    if not found:
        return LicenseText(recognise(text))
    covered = sum(length for _, length in _regions(text)) / max(len(text.strip()), 1)
    return LicenseText(tuple(sorted(found)), round(min(covered, 1.0), 2))


@lru_cache(maxsize=2)
def _regions(text: str) -> tuple[tuple[str, int], ...]:
    """(SPDX expression, characters) of every licence text in `text`, in its order."""
    if _engine() == "phrases":
        return ()
    from licenseclassifier import identify_license

    return tuple(
        (identify(match.id) or reference(match.id), match.end - match.start)
        for match in identify_license(text, 0)
        if not _URL.match(text, match.start) or match.end - match.start > _MOSTLY * len(text)
    )


def _extract(path: str, body: Body) -> bytes:
    if _NO_TEXTS.search(path) or not _promises(path):
        return b""
    data = body.read(0, LIMITS.license_text_bytes)
    if b"\0" in data[:4096]:
        return b""
    text = data.decode("utf-8", "replace")
    cut = body.size > len(data)
    told = _fields(text) if _COPYRIGHT.fullmatch(path) else None
    return write_facts(replace(told or classify(text), cut=cut))


def _fields(text: str) -> LicenseText | None:
    """The licences that the paragraphs of a copyright file (DEP-5) have texts for.

    None for a file without such paragraphs.
    """
    licenses: set[str] = set()
    named: dict[str, str] = {}
    for match in _PARAGRAPH.finditer(text):
        name = " ".join(match[1].split()).strip(" .;")
        if not identify(name) and not _JOINED.search(name):
            told = classify(re.sub(r"^[ \t]+\.?", "", match[2], flags=re.MULTILINE))
            if len(told.licenses) == 1 and told.coverage >= _WHOLE:
                named.setdefault(reference(name), told.licenses[0])
        licenses.add(named.get(reference(name)) or expression(name))
    found = tuple(sorted(licenses - {""}))
    return LicenseText(found, named=tuple(named.items())) if found else None


def _promises(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    return _NAME.fullmatch(name) is not None or _FOLDER.search(folder) is not None


def _plain(folder: str) -> str:
    """A folder as a pattern that matches it."""
    return re.sub(r"[*?\[]", "?", folder)


@cache
def _engine() -> str:
    """What reads texts here: part of the version of what is told."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"licenseclassifier-{version('licenseclassifier')}"
    except PackageNotFoundError:
        return "phrases"
