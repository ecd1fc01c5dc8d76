"""Alpine packages (Alpine, Wolfi, Chainguard): apk's database of installed packages.

Source: apk-tools, doc/apk-package.5 and src/database.c for the letters of lib/apk/db/installed:
one record per package, records apart by an empty line, each line a letter, a colon and a value.
P name, V version, A architecture, L licence, o origin, m maintainer, U address, T description,
I installed size, D needs, p provides, f what is broken, F a directory and R a file in it. apk 3
keeps the same file in usr/lib/apk/db where /lib is merged into /usr.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from ironhull.catalogers._row import Found, Needs
from ironhull.errors import printable
from ironhull.lazy import regex
from ironhull.licenses.names import expression, identify
from ironhull.limits import LIMITS
from ironhull.model import File, Location, Package, Platform, Problem, Relation, Tree, Upstream
from ironhull.values import dataclass, field

__all__ = ["parse", "relate", "shipped"]


_NAME = "apk"
_SAMPLES = 4
_SAMPLE_TEXT = 2_000
_VALID_NAME = regex(r"[A-Za-z0-9_.][A-Za-z0-9._+-]*", re.ASCII)
_VALID_VERSION = regex(r"[A-Za-z0-9][A-Za-z0-9._+~:-]*", re.ASCII)
_CONSTRAINT = regex(r"[<>=~@]")
_NAME_LINE = regex(r"^(?:C:.*\n)?P:", re.MULTILINE)
_WRONG_LINE = regex(r"\n(?![A-Za-z]:|\n|\Z)")
_BLANK = regex(r"\n[ \t\r]+(?=\n)")
_BROKEN = {
    "f": "its files are not all there",
    "s": "its scripts failed",
    "x": "its extended attributes could not be set",
    "S": "its file signatures could not be set",
}


@dataclass(slots=True)
class _Record:
    """One record: the line it begins on (from 1), its values by letter, lines that are none."""

    line: int
    text: str
    values: dict[str, str] = field(default_factory=dict)
    faults: list[int] = field(default_factory=list)


def parse(file: File, tree: Tree) -> Iterator[Found]:
    text = tree.read(file.path).decode("utf-8", "replace")
    if text and not text.endswith("\n"):
        yield Problem(_NAME, file.path, "ends in the middle of a line: it may be cut short")
    number = 0
    for number, record in enumerate(_records(text), 1):
        if number > LIMITS.packages:
            yield Problem(_NAME, file.path, f"more than {number - 1} records: the rest is not read")
            break
        yield from _record(record, file, tree)
    if not number:
        yield Problem(_NAME, file.path, "holds no package")


def _records(text: str) -> Iterator[_Record]:
    """Every record; the lines of files, most of the text, are only looked at where one is wrong."""
    if any(end in text for end in (" \n", "\t\n", "\r\n")):
        text = _BLANK.sub("\n", text)
    wrong = _WRONG_LINE.search("\n" + text) is not None
    line = 1
    for part in text.split("\n\n"):
        if not part:
            line += 2
            continue
        lead = len(part) - len(part.lstrip("\n"))
        at = line + lead
        for piece in _pieces(part.strip("\n")):
            if piece:
                yield _read(piece, at, wrong=wrong)
            at += piece.count("\n") + 1
        line += part.count("\n") + 2


def _pieces(text: str) -> Iterator[str]:
    """The records in a text without empty lines: one, unless a line between two was lost."""
    begin = 0
    if text.count("\nP:") > (not text.startswith("P:")):
        for match in islice(_NAME_LINE.finditer(text), 1, None):
            yield text[begin : match.start() - 1]
            begin = match.start()
    yield text[begin:]


def _read(text: str, line: int, *, wrong: bool) -> _Record:
    record = _Record(line, text)
    for one in text.partition("\nF:")[0].split("\n"):
        if one[1:2] == ":":
            record.values.setdefault(one[0], one[2:].strip())
    if wrong:
        lines = text.split("\n")
        faults = (n for n, one in enumerate(lines, line) if _WRONG_LINE.match("\n" + one))
        record.faults = list(islice(faults, LIMITS.file_problems))
    return record


def _record(record: _Record, file: File, tree: Tree) -> Iterator[Found]:
    values, where = record.values, f"{file.path}:{record.line}"
    name, version = values.get("P", ""), values.get("V", "")
    for number in record.faults:
        of = f" (package {printable(name)})" if name else ""
        yield Problem(_NAME, f"{file.path}:{number}", f"is not LETTER:value{of}")
    if not _VALID_NAME.fullmatch(name):
        what = f"an impossible package name {name[:40]!r}" if name else "no package name (P)"
        yield Problem(_NAME, where, f"record with {what}: not listed")
        return
    if not _VALID_VERSION.fullmatch(version):
        what = f"an impossible version {version[:40]!r}" if version else "no version (V)"
        yield Problem(_NAME, where, f"{name} has {what}: not listed")
        return
    broken = [_BROKEN[flag] for flag in values.get("f", "") if flag in _BROKEN]
    if broken:
        yield Problem(_NAME, where, f"{name} is broken: {', '.join(broken)}; listed as installed")
    package = _package(record, file, tree)
    yield package
    offers = (name, *(_offered(word) for word in values.get("p", "").split()))
    needs = (word for word in values.get("D", "").split() if not word.startswith("!"))
    yield Needs(package, tuple(_offered(word) for word in needs), offers)


def _offered(word: str) -> str:
    """The name in `name`, `name=1.2`, `name>=1.2`, `name~1.2`, `name@tag`."""
    return _CONSTRAINT.split(word, maxsplit=1)[0]


def _package(record: _Record, file: File, tree: Tree) -> Package:
    values = record.values
    size, origin = values.get("I", ""), values.get("o", "")
    name, version = values["P"], values["V"]
    return Package(
        ecosystem="apk",
        name=name,
        version=version,
        arch=values.get("A", ""),
        upstream=Upstream(origin, version) if origin and origin != name else None,
        licenses=_licenses(values.get("L", "")),
        locations=_locations(record, file, tree),
        found_by=_NAME,
        size=int(size) if size.isdecimal() and len(size) < 16 else 0,
        summary=values.get("T", ""),
        homepage=values.get("U", ""),
        supplier=values.get("m", ""),
    )


def _licenses(text: str) -> tuple[str, ...]:
    """An SPDX expression, or as older packages have it, names that all apply, by spaces."""
    words = text.split()
    if len(words) > 1 and not {"and", "or", "with"} & {word.lower() for word in words}:
        known = [identify(word) for word in words]
        if all(known) and "(" not in text:
            return (" AND ".join(f"({one})" if " OR " in one else one for one in known),)
    found = expression(text)
    return (found,) if found else ()


def _locations(record: _Record, file: File, tree: Tree) -> tuple[Location, ...]:
    """The database, in the layer that brought the package's files and in the last one.

    Every layer that runs apk writes the whole database, so its own layer says little.
    """
    own = Location(file.path, file.layer)
    start = record.text.find("\nF:") + 1
    first = record.text[start : start + _SAMPLE_TEXT].split("\n") if start else []
    for number, path in enumerate(_files(first)):
        shipped = tree.find(path)
        if shipped is not None:
            return tuple(dict.fromkeys((Location(file.path, shipped.layer), own)))
        if number == _SAMPLES:
            break
    return (own,)


def _files(lines: Iterable[str]) -> Iterator[str]:
    directory = ""
    for line in lines:
        if line.startswith("F:"):
            directory = line[2:].strip("/")
        elif line.startswith("R:"):
            yield f"{directory}/{line[2:]}" if directory else line[2:]


def shipped(file: File, tree: Tree, paths: set[str]) -> Iterator[tuple[str, str, str]]:
    """(name, version, path) for those of `paths` that packages of a database ship."""
    wanted = {"R:" + path.rpartition("/")[2] for path in paths}
    text = tree.read(file.path).decode("utf-8", "replace")
    for part in text.split("\n\n"):
        lines = part.split("\n")
        if wanted.isdisjoint(lines):
            continue
        head = part.partition("\nF:")[0].split("\n")
        values = {line[:2]: line[2:].strip() for line in reversed(head)}
        for path in _files(lines):
            if path in paths:
                yield values.get("P:", ""), values.get("V:", ""), path


def relate(needs: Sequence[Needs], _tree: Tree, _platform: Platform | None) -> Iterator[Relation]:
    """One `depends-on` per need that an installed package meets by its name or what it provides.

    apk itself sees to it that what is installed meets every need, so versions are not compared. A
    package's own name comes before what others provide.
    """
    offers: dict[str, Package] = {need.package.name: need.package for need in needs}
    for need in needs:
        for offer in need.provides:
            offers.setdefault(offer, need.package)
    purls = {id(package): package.purl for package in offers.values()}
    for need in needs:
        for wanted in need.requires:
            package = offers.get(wanted)
            if package is not None and package != need.package:
                yield Relation(need.package.purl, "depends-on", purls[id(package)])
