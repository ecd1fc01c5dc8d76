"""RubyGems: the specifications of installed gems, default gems, and gems bundler took from git.

Sources: guides.rubygems.org "Specification Reference"; RubyGems' `Gem::Specification#to_ruby`,
which writes the files in `specifications/` (a literal per line, a `# stub:` line on top), and
`Gem::BasicSpecification` for the file name NAME-VERSION[-PLATFORM].gemspec. Ruby code is not run:
literals are read, what is computed is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ironhull.catalogers._fields import either, line, person, read_text, web, word
from ironhull.catalogers._requirements import by_name
from ironhull.catalogers._row import Found, Needs
from ironhull.catalogers._ruby_literals import after, attributes, strings
from ironhull.lazy import regex
from ironhull.model import File, Location, Package, Platform, Problem, Relation, Tree
from ironhull.values import dataclass

__all__ = ["parse", "relate"]

_NAME = "gem"
_RUBY = "ruby"  # the platform of gems that run everywhere
_STUB = regex(r"^# stub: (\S+) (\S+) (\S+) ", re.MULTILINE)
_FILE = regex(r"(.+?)-(\d+(?:\.[0-9A-Za-z]+)*)(?:-(.+))?")
_VALID_NAME = regex(r"[\w.-]*\w[\w.-]*", re.ASCII)
_VALID_VERSION = regex(r"\d+(?:[.-]?[0-9A-Za-z]+)*")


@dataclass(frozen=True, slots=True)
class _Identity:
    name: str
    version: str
    platform: str


def parse(file: File, tree: Tree) -> Iterator[Found]:
    try:
        text = read_text(file, tree)
    except ValueError as error:
        yield Problem(_NAME, file.path, f"is not read ({error}): not listed")
        return
    told = attributes(text)
    identity = _identity(file.path, text, told)
    if identity is None:
        yield Problem(_NAME, file.path, "tells no name and version: not listed")
        return
    package = Package(
        ecosystem=_NAME,
        name=identity.name,
        version=identity.version,
        licenses=either(strings(told.get("licenses") or told.get("license") or "")),
        locations=(Location(file.path, file.layer),),
        found_by=_NAME,
        summary=line(_first(told.get("summary") or told.get("description"))),
        homepage=web(_first(told.get("homepage"))),
        supplier=_supplier(told),
        qualifiers=(("platform", identity.platform),) if identity.platform else (),
    )
    yield package
    yield Needs(package, tuple(_requirements(text)))


def _identity(path: str, text: str, told: dict[str, str]) -> _Identity | None:
    """Name, version and platform: the literals, else the stub line, else the file's name.

    A checkout of bundler's (`bundler/gems/NAME-REVISION`) has the author's own specification, whose
    version mostly is computed: it may stay unknown.
    """
    stem = path.rpartition("/")[2].removesuffix(".gemspec")
    checkout = "/bundler/gems/" in f"/{path}"
    matches = (_STUB.search(text), None if checkout else _FILE.fullmatch(stem))
    guessed = next((match.groups("") for match in matches if match), (stem, "", ""))
    name, version, platform = (
        word(_first(told.get(key))) or guess
        for key, guess in zip(("name", "version", "platform"), guessed, strict=True)
    )
    if not _VALID_VERSION.fullmatch(version):
        version = ""
    if not _VALID_NAME.fullmatch(name) or not (version or checkout):
        return None
    return _Identity(name, version, "" if platform == _RUBY else platform)


def _first(value: str | None) -> str:
    return next(iter(strings(value or "")), "")


def _supplier(told: dict[str, str]) -> str:
    names = strings(told.get("authors") or told.get("author") or "")
    mails = strings(told.get("email") or "")
    if len(names) == 1:
        return person(names[0], mails[0] if len(mails) == 1 else "")
    return line(", ".join(names))


def _requirements(text: str) -> Iterator[str]:
    """Gems needed to run.

    RubyGems before 3.5 wrote each list twice, with add_runtime_dependency for itself and with
    add_dependency, for development too, for much older versions.
    """
    call = ".add_runtime_dependency" if "add_runtime_dependency" in text else ".add_dependency"
    position = text.find(call)
    while position >= 0:
        position += len(call)
        if name := after(text, position):
            yield name
        position = text.find(call, position)


def relate(needs: Sequence[Needs], _tree: Tree, _platform: Platform | None) -> Iterator[Relation]:
    return by_name(needs, _home)


def _home(path: str) -> str:
    return path.partition("specifications/")[0]
