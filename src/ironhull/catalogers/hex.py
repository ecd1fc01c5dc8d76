"""Erlang and Elixir: applications in ebin directories, packages fetched from Hex.

Sources: erlang.org, "Application" (`app(4)`, the .app file) and "Library Directories"; Hex
specifications, package_metadata (`hex_metadata.config`) and package-url (types `hex` and `otp`).
A release has no record of where its applications came from: those of Erlang/OTP and of Elixir
itself are of type `otp`, all others `hex`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ironhull.catalogers._erlang_terms import consult, pairs
from ironhull.catalogers._fields import either, line, read_text, texts, web, word
from ironhull.catalogers._requirements import by_name
from ironhull.catalogers._row import Found, Needs
from ironhull.lazy import regex
from ironhull.model import File, Location, Package, Platform, Problem, Relation, Tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["parse", "relate"]

_NAME = "hex"
_NAMELESS = "has no valid name and version"
_VALID_NAME = regex(r"[a-zA-Z][\w@]*", re.ASCII)

_OWN = """
asn1 common_test compiler cosEvent cosEventDomain cosFileTransfer cosNotification cosProperty
cosTime cosTransactions crypto debugger dialyzer diameter edoc eldap erl_docgen erl_interface erts
et eunit ftp gs hipe ic inets jinterface kernel megaco mnesia observer odbc orber os_mon ose
otp_mibs parsetools percept public_key reltool runtime_tools sasl snmp ssh ssl stdlib syntax_tools
test_server tftp tools typer webtool wx xmerl
elixir eex ex_unit iex logger mix
"""
_OTP = frozenset(_OWN.split())
"""Applications of Erlang/OTP, those of older releases included, and of Elixir."""


def parse(file: File, tree: Tree) -> Iterator[Found]:
    try:
        terms = consult(read_text(file, tree))
    except ValueError as error:
        yield Problem(_NAME, file.path, f"cannot be read ({error}): not listed")
        return
    read = _application if file.path.endswith(".app") else _metadata
    found = read(terms, Location(file.path, file.layer))
    if isinstance(found, str):
        yield Problem(_NAME, file.path, f"{found}: not listed")
        return
    yield found[0]
    yield Needs(*found)


def _application(terms: list[Any], where: Location) -> tuple[Package, tuple[str, ...]] | str:
    """{application, Name, [{vsn, "1.0"}, {description, "…"}, {applications, [kernel]}, …]}."""
    term = terms[0] if len(terms) == 1 else None
    if not (isinstance(term, tuple) and len(term) == 3 and term[0] == "application"):
        return "describes no application"
    told = dict(pairs(term[2]))
    package = _package(term[1], told.get("vsn"), told, where)
    if package is None:
        return _NAMELESS
    groups = (told.get(key) for key in ("applications", "included_applications"))
    return package, tuple(name for group in groups for name in texts(group))


def _metadata(terms: list[Any], where: Location) -> tuple[Package, tuple[str, ...]] | str:
    """{<<"name">>, <<"jason">>}. {<<"version">>, <<"1.4.1">>}. …"""
    told = dict(pairs(terms))
    package = _package(told.get("name"), told.get("version"), told, where)
    return (package, tuple(_required(told.get("requirements")))) if package else _NAMELESS


def _package(name: Any, version: Any, told: dict[str, Any], where: Location) -> Package | None:
    name, version = word(name), word(version)
    if not _VALID_NAME.fullmatch(name) or not version:
        return None
    return Package(
        ecosystem="otp" if name in _OTP else _NAME,
        name=name,
        version=version,
        licenses=either(texts(told.get("licenses"))),
        locations=(where,),
        found_by=_NAME,
        summary=line(told.get("description")),
        homepage=_homepage(told.get("links")),
    )


def _required(requirements: Any) -> Iterator[str]:
    """A property list by name, or (older) a list of property lists that hold the name."""
    for item in requirements if isinstance(requirements, list) else ():
        if isinstance(item, tuple) and item and isinstance(item[0], str):
            yield item[0]
        else:
            yield from (value for key, value in pairs(item) if key == "name" and value)


def _homepage(links: Any) -> str:
    told = {name.lower(): url for name, url in pairs(links)}
    return web(told.get("homepage"), told.get("website"), told.get("github"), *told.values())


def relate(needs: Sequence[Needs], _tree: Tree, _platform: Platform | None) -> Iterator[Relation]:
    return by_name(needs, _library)


def _library(path: str) -> str:
    """The directory that holds the applications' directories."""
    return path.rsplit("/", 3 if path.endswith(".app") else 2)[0]
