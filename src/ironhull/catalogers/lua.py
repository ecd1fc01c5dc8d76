"""Lua rocks: the rockspec that LuaRocks keeps of each installed rock.

Source: github.com/luarocks/luarocks docs, "Rockspec format" and "File locations": a tree holds
`lib/luarocks/rocks[-LUA]/NAME/VERSION-REVISION/NAME-VERSION-REVISION.rockspec`. A rockspec is Lua
code; it is not run: literals are read, and the directories have name and version.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ironhull.catalogers._fields import line, person, web, word
from ironhull.catalogers._requirements import by_name
from ironhull.catalogers._row import Found, Needs
from ironhull.lazy import regex
from ironhull.licenses.names import expression
from ironhull.model import File, Location, Package, Platform, Problem, Relation, Tree

__all__ = ["parse", "relate"]

_NAME = "lua"
_VALID_NAME = regex(r"[\w.-]+", re.ASCII)
_VALID_VERSION = regex(r"[\w.]+-\d+", re.ASCII)
_READ = 256 * 1024  # bytes; the fields that count come first, lists of modules may be long
_STRING = (
    r"""(?:"((?:[^"\\\n]|\\.){0,1000})"|'((?:[^'\\\n]|\\.){0,1000})'"""
    r"""|\[(?P<level>=*)\[(.{0,1000}?)\](?P=level)\])"""
)
_FIELD = regex(
    r"\b(package|version|summary|homepage|license|maintainer)\s*=\s*" + _STRING, re.DOTALL
)
_DEPENDENCIES = regex(r"^[ \t]*dependencies\s*=\s*\{([^{}]*)\}", re.MULTILINE)
_REQUIRED = regex(_STRING, re.DOTALL)
_COMMENT = regex(r"^[ \t]*--(?!\[).*$", re.MULTILINE)
_ESCAPE = regex(r"\\(.)", re.DOTALL)
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "z": ""}


def parse(file: File, tree: Tree) -> Iterator[Found]:
    text = _COMMENT.sub("", tree.read(file.path)[:_READ].decode("utf-8", "replace"))
    told: dict[str, str] = {}
    for match in _FIELD.finditer(text):
        told.setdefault(match[1], _text(match, 2))
    folders = file.path.split("/")
    name = word(told.get("package")).lower() or folders[-3]
    version = word(told.get("version"))
    version = version if _VALID_VERSION.fullmatch(version) else folders[-2]
    if not _VALID_NAME.fullmatch(name) or not _VALID_VERSION.fullmatch(version):
        yield Problem(_NAME, file.path, "tells no valid package and version: not listed")
        return
    said = expression(line(told.get("license")))
    package = Package(
        ecosystem="luarocks",
        name=name,
        version=version,
        licenses=(said,) if said else (),
        locations=(Location(file.path, file.layer),),
        found_by=_NAME,
        summary=line(told.get("summary")),
        homepage=web(told.get("homepage")),
        supplier=person(told.get("maintainer")),
    )
    yield package
    yield Needs(package, tuple(_requirements(text)))


def _requirements(text: str) -> Iterator[str]:
    """`"lpeg >= 1.0"`, `"user/rock"`: the name alone."""
    listed = _DEPENDENCIES.search(text)
    for match in _REQUIRED.finditer(listed[1]) if listed else ():
        words = re.split(r"[\s<>=~!@]", _text(match, 1).strip(), maxsplit=1)
        if words[0]:
            yield words[0].rpartition("/")[2]


def _text(match: re.Match[str], first: int) -> str:
    """The string whose three spellings are the groups from `first` on."""
    if match[first + 3] is not None:
        return match[first + 3]
    quoted = match[first] if match[first] is not None else match[first + 1]
    return _ESCAPE.sub(lambda escape: _CONTROLS.get(escape[1], escape[1]), quoted)


def relate(needs: Sequence[Needs], _tree: Tree, _platform: Platform | None) -> Iterator[Relation]:
    return by_name(needs, _rocks, fold=str.lower)


def _rocks(path: str) -> str:
    return path.rsplit("/", 3)[0]
