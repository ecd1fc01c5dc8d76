"""Which scopes the images seen so far need, so which sources an update fetches, and from where.

A scan notes the scopes that may judge its packages, one a line, in DIRECTORY/needed. It only ever
adds lines, so that scans at the same time need no lock, and it never fails: a scan in a directory
that cannot be written to is still a scan.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from ironhull.advisories._row import AdvisorySource
from ironhull.ecosystems import ECOSYSTEMS
from ironhull.errors import UsageError
from ironhull.limits import LIMITS
from ironhull.model import Sbom
from ironhull.values import dataclass

__all__ = ["Urls", "Wanted", "choose", "needed", "note_needed", "scopes_of", "urls_of"]

_NAME = "needed"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an update is to fetch.

    `only` names sources or URL settings (all of its sources that are not heavy), `every` means all
    there are; else those that `scopes` need, those whose data is there already, and those that
    serve every image. Without scopes, on a machine that has seen no image: all but heavy ones.
    """

    only: tuple[str, ...] = ()
    every: bool = False
    scopes: frozenset[str] = frozenset()


def scopes_of(sbom: Sbom) -> frozenset[str]:
    """The scopes that may judge the packages of `sbom`, whether an index covers them or not."""
    return frozenset(
        scope
        for package in sbom.judged
        if (row := ECOSYSTEMS.get(package.ecosystem)) is not None
        for scope in row.scopes(package, sbom.distro)
    )


def note_needed(directory: Path, scopes: Iterable[str]) -> None:
    """Note that an image with packages of `scopes` was seen."""
    known = needed(directory)
    new = sorted({scope for scope in scopes if _is_sound(scope)} - known)
    if not new or len(known) + len(new) > LIMITS.advisory_needed_scopes:
        return
    with suppress(OSError):
        directory.mkdir(parents=True, exist_ok=True)
        with (directory / _NAME).open("a", encoding="utf-8") as file:
            file.write("".join(f"{scope}\n" for scope in new))


def needed(directory: Path) -> frozenset[str]:
    """What was noted; nothing where that cannot be read."""
    try:
        lines = (directory / _NAME).read_text(encoding="utf-8").split("\n")
    except (OSError, ValueError):
        return frozenset()
    return frozenset(line for line in lines if _is_sound(line))


def _is_sound(scope: str) -> bool:
    return bool(scope) and len(scope) <= 200 and scope.isprintable()


def choose(
    sources: Sequence[AdvisorySource], wanted: Wanted, held: Collection[str]
) -> list[AdvisorySource]:
    """The sources to fetch, of all but bundled ones; `held` are those whose data is there.

    Raises UsageError for an unknown name.
    """
    online = [source for source in sources if source.base]
    for name in wanted.only:
        if not any(name in (source.name, source.base) for source in online):
            names = sorted({word for source in online for word in (source.base, source.name)})
            raise UsageError(f"no advisory source {name!r}", f"there are {', '.join(names)}")
    if wanted.every:
        return online
    parts = {part for scope in wanted.scopes for part in _parts(scope)}

    def is_wanted(source: AdvisorySource) -> bool:
        if wanted.only and source.name not in wanted.only and source.base not in wanted.only:
            return False
        if source.name in wanted.only or source.name in held:
            return True
        if not source.serves or not parts or wanted.only:
            return not source.heavy or not parts.isdisjoint(source.serves)
        return not parts.isdisjoint(source.serves)

    return [source for source in online if is_wanted(source)]


def _parts(scope: str) -> tuple[str, ...]:
    """What may serve a scope: its first part, and that of a distribution named inside it."""
    first, _, rest = scope.partition(":")
    return (first, rest.partition(":")[0]) if rest else (first,)


Urls = Mapping[str, str | Sequence[str]]
"""URL setting -> its mirrors in the order to ask them, or the one there is."""


def urls_of(sources: Sequence[AdvisorySource], given: Urls) -> dict[str, tuple[str, ...]]:
    """Source name -> mirrors in the order to ask them: `given` by URL setting ("osv", …), else the
    default alone.

    Raises UsageError for a setting no source has.
    """
    bases = {source.base for source in sources if source.base}
    for name in given:
        if name not in bases:
            raise UsageError(
                f"no advisory source {name!r} to give a URL",
                f"there are {', '.join(sorted(bases))}",
            )
    return {
        source.name: _mirrors(given.get(source.base) or source.url)
        for source in sources
        if source.base
    }


def _mirrors(given: str | Sequence[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)
