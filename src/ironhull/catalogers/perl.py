"""Perl distributions from CPAN: what cpanm, ExtUtils::MakeMaker and Module::Build record.

Sources: perldoc of ExtUtils::Packlist and ExtUtils::Install (`auto/NAME/.packlist`),
ExtUtils::MakeMaker (`perllocal.pod`), App::cpanminus (`.meta/DISTRIBUTION/install.json` beside
MYMETA.json), CPAN::Meta::Spec (fields, licence names); purl-spec types/cpan.
Only install.json knows the distribution (`libwww-perl` 6.72 by OALDERS); perllocal.pod knows the
main module and its version (`LWP` 6.72), .packlist the main module alone. So a distribution is
taken from the first of these that records it, and named after its main module where need be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from weakref import WeakKeyDictionary

from ironhull.catalogers._fields import either, line, load_json, mapping, person, texts, web, word
from ironhull.catalogers._places import PERL_INSTALLED, PERL_LOCAL
from ironhull.catalogers._requirements import by_name
from ironhull.catalogers._row import Found, Needs
from ironhull.lazy import regex
from ironhull.licenses.names import expression
from ironhull.model import File, Location, Package, Platform, Problem, Relation, Tree
from ironhull.values import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["parse", "relate"]

_NAME = "perl"
_MODULE = regex(r"[A-Za-z_]\w*(?:(?:::|')\w+)*", re.ASCII)
_NAMED = regex(r"([A-Za-z0-9][\w.+-]*?)-(v?\d[\w.]*(?:-TRIAL\d*)?)", re.ASCII)
_VERSION = regex(r"v?\d[\w.]*", re.ASCII)
_AUTHOR = regex(r"(?:.*/)?[A-Z]/[A-Z0-9-]{2}/([A-Z0-9-]+)/[^/]+(?:/[^/]+)*")
_ENTRY = regex(r"C<Module>\s+L<([^|>]+)")
_ENTRY_VERSION = regex(r"C<VERSION:\s{0,9}([^>\s]*)\s{0,9}>")
_PERSON = regex(r"([^<>]*)<([^<>]*)>")

_LICENSES = {
    "agpl_3": "AGPL-3.0-only",
    "apache_1_1": "Apache-1.1",
    "apache_2_0": "Apache-2.0",
    "artistic_1": "Artistic-1.0",
    "artistic_2": "Artistic-2.0",
    "bsd": "BSD-3-Clause",
    "freebsd": "BSD-2-Clause",
    "gfdl_1_2": "GFDL-1.2-only",
    "gfdl_1_3": "GFDL-1.3-only",
    "gpl_1": "GPL-1.0-only",
    "gpl_2": "GPL-2.0-only",
    "gpl_3": "GPL-3.0-only",
    "lgpl_2_1": "LGPL-2.1-only",
    "lgpl_3_0": "LGPL-3.0-only",
    "mit": "MIT",
    "mozilla_1_0": "MPL-1.0",
    "mozilla_1_1": "MPL-1.1",
    "openssl": "OpenSSL",
    "perl_5": "Artistic-1.0-Perl OR GPL-1.0-or-later",
    "qpl_1_0": "QPL-1.0",
    "sun": "SISSL",
    "zlib": "Zlib",
    "open_source": "",
    "unknown": "",
}
"""CPAN::Meta::Spec, `license`; "" where it names no licence."""


@dataclass(slots=True)
class _Known:
    """Main modules that a better record has: of install.json files, of perllocal.pod files."""

    by_cpanm: frozenset[str]
    by_local: frozenset[str]


_known_of: WeakKeyDictionary[Tree, _Known] = WeakKeyDictionary()


def parse(file: File, tree: Tree) -> Iterator[Found]:
    if file.path.endswith("/install.json"):
        yield from _installed(file, tree)
    elif file.path.endswith("perllocal.pod"):
        for module, version in _entries(tree.read(file.path)).items():
            if module not in _known(tree).by_cpanm:
                yield _by_module(module, version, file)
    else:
        yield from _packlist(file, tree)


def _installed(file: File, tree: Tree) -> Iterator[Found]:
    """install.json of cpanm, and MYMETA.json beside it."""
    try:
        record = mapping(load_json(tree.read(file.path)))
    except ValueError as error:
        yield Problem(_NAME, file.path, f"cannot be read ({error}): not listed")
        return
    directory = file.path.rpartition("/")[0]
    meta = _meta(f"{directory}/MYMETA.json", tree)
    whole = word(record.get("dist")) or directory.rpartition("/")[2]
    named = _NAMED.fullmatch(whole)
    if named is None:
        yield Problem(_NAME, file.path, "tells no valid distribution and version: not listed")
        return
    author = _AUTHOR.fullmatch(word(record.get("pathname")))
    supplier = _PERSON.match(line(next(iter(texts(meta.get("author"))), "")))
    resources = mapping(meta.get("resources"))
    repository = mapping(resources.get("repository"))
    package = Package(
        ecosystem="cpan",
        name=named[1],
        version=named[2],
        namespace=author[1] if author else "",
        licenses=_licenses(meta.get("license")),
        locations=(Location(file.path, file.layer),),
        found_by=_NAME,
        summary="" if meta.get("abstract") == "unknown" else line(meta.get("abstract")),
        homepage=web(resources.get("homepage"), repository.get("web"), repository.get("url")),
        supplier=person(supplier[1], supplier[2]) if supplier else "",
    )
    yield package
    yield Needs(package, _required(meta), tuple(_modules(record)))


def _meta(path: str, tree: Tree) -> Mapping[str, Any]:
    try:
        return mapping(load_json(tree.read(path)))
    except (KeyError, ValueError):
        return {}


def _modules(record: Mapping[str, Any]) -> Iterator[str]:
    """The modules of a distribution, the main one first."""
    yield word(record.get("name"))
    yield from mapping(record.get("provides"))


def _required(meta: Mapping[str, Any]) -> tuple[str, ...]:
    runtime = mapping(mapping(meta.get("prereqs")).get("runtime"))
    return tuple(mapping(runtime.get("requires")))


def _licenses(said: object) -> tuple[str, ...]:
    names = [_LICENSES.get(name, name) for name in texts(said)]
    if len(names) == 1:
        return tuple(filter(None, (expression(names[0]),)))
    return either(names)


def _entries(body: bytes) -> dict[str, str]:
    """Module and version of each entry of perllocal.pod; a later installation replaces it."""
    found: dict[str, str] = {}
    for entry in body.decode("utf-8", "replace").split("=head2")[1:]:
        module = _ENTRY.search(entry)
        version = _ENTRY_VERSION.search(entry)
        if module and _MODULE.fullmatch(module[1]):
            said = word(version[1]) if version else ""
            found[module[1]] = said if _VERSION.fullmatch(said) else ""
    return found


def _packlist(file: File, tree: Tree) -> Iterator[Found]:
    """auto/Foo/Bar/.packlist is written for Foo::Bar; Perl's own lies outside of auto."""
    module = file.path.rpartition("/auto/")[2].removesuffix("/.packlist").replace("/", "::")
    known = _known(tree)
    if not _MODULE.fullmatch(module) or module in known.by_cpanm or module in known.by_local:
        return
    yield _by_module(module, "", file)


def _by_module(module: str, version: str, file: File) -> Package:
    return Package(
        ecosystem="cpan",
        name=module.replace("::", "-").replace("'", "-"),
        version=version,
        locations=(Location(file.path, file.layer),),
        found_by=_NAME,
    )


def _known(tree: Tree) -> _Known:
    known = _known_of.get(tree)
    if known is None:
        by_cpanm: set[str] = set()
        for file in tree.glob(PERL_INSTALLED):
            by_cpanm.update(_modules(_meta(file.path, tree)))
        by_local: set[str] = set()
        for file in tree.glob(PERL_LOCAL):
            by_local.update(_entries(_read(file.path, tree)))
        known = _known_of[tree] = _Known(frozenset(by_cpanm), frozenset(by_local))
    return known


def _read(path: str, tree: Tree) -> bytes:
    try:
        return tree.read(path)
    except KeyError:
        return b""


def relate(needs: Sequence[Needs], _tree: Tree, _platform: Platform | None) -> Iterator[Relation]:
    """Distributions require modules, which other distributions provide."""
    return by_name(needs, _library)


def _library(path: str) -> str:
    return path.partition("/.meta/")[0]
