"""What of an SBOM could be checked, scope by scope: nothing that was not is left unsaid."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ironhull.advisories._groups import (
    UNMATCHED,
    Group,
    Groups,
    Keys,
    Scopes,
    judged,
    left_to_owner,
)
from ironhull.advisories._learned import Learned
from ironhull.ecosystems import ECOSYSTEMS, ended
from ironhull.model import Coverage, Sbom
from ironhull.store.advisories import AdvisoryIndex
from ironhull.values import dataclass, replace

__all__ = ["Known", "coverage_of"]


@dataclass(frozen=True, slots=True)
class Known:
    """What there is to check against: an index, what was learnt per scope, which scopes judge."""

    index: AdvisoryIndex | None
    learned: Mapping[str, Learned]
    scopes: Scopes
    keys: Keys


def coverage_of(sbom: Sbom, found: Groups, known: Known) -> tuple[Coverage, ...]:
    """The rows of a report, by scope."""
    rows: list[Coverage] = []
    by_scope: dict[str, list[Group]] = {scope: [] for scope in found.broken}
    for group in found.groups:
        by_scope.setdefault(group.scope, []).append(group)
    for scope, members in by_scope.items():
        rows += (_until(row, known) for row in _covered(scope, members, known))
        if broken := found.broken.get(scope):
            note = "versions that cannot be compared"
            rows.append(Coverage(scope, broken, "not checked", note=note))
    rows += _unknown(sbom)
    rows += _owned(sbom, rows, known.scopes)
    return tuple(sorted(rows, key=lambda row: (row.scope, row.checked, row.note)))


def _covered(scope: str, members: list[Group], known: Known) -> Iterator[Coverage]:
    learned = known.learned.get(scope)
    covering = known.index.covering(scope) if known.index is not None else ()
    full = [source for source, checked in covering if checked == "full"]
    partial = [source for source, checked in covering if checked != "full"]
    names = [source.name for source in (*full, *partial)]
    dates = [source.date for source in full or partial]
    if learned is not None:
        names.append(learned.source)
        dates += [] if full else [learned.date]
    by = (tuple(names), max(dates, default=""))
    if full:
        yield Coverage(scope, _size(members), "full", *by)
    else:
        yield from _partly(scope, members, known, by)


def _until(row: Coverage, known: Known) -> Coverage:
    """A row of a release that ended before the data was made says what is missing."""
    date = ended(row.scope, known.index.date) if known.index is not None else ""
    if not date or row.checked == "not checked":
        return row
    note = f"this release ended on {date}: what was found since may be missing"
    return replace(row, note="; ".join(filter(None, (row.note, note))))


def _partly(
    scope: str, groups: list[Group], known: Known, by: tuple[tuple[str, ...], str]
) -> Iterator[Coverage]:
    """Rows of a scope of which no source knows everything."""
    seen: list[Group] = []
    unseen: list[Group] = []
    whole = known.index is not None and known.index.examined(scope, "*")
    for group in groups:
        (seen if whole or _examined(group, known) else unseen).append(group)
    if seen:
        note = "only vulnerabilities that a newer package repairs are known"
        yield Coverage(scope, _size(seen), "fixed-only", by[0], by[1], note)
    if unseen:
        asked = by[0] or seen
        why = "no advisory data on these packages" if asked else "no advisory data on this scope"
        yield Coverage(scope, _size(unseen), "not checked", note=why)


def _examined(group: Group, known: Known) -> bool:
    learned = known.learned.get(group.scope)
    for name, version in group.lookups:
        if known.index is not None and known.index.examined(group.scope, name):
            return True
        key = known.keys.key(group.row, version)
        if learned is not None and key is not None and learned.covers(name, key):
            return True
    return False


def _size(groups: Iterable[Group]) -> int:
    return sum(len(group.packages) for group in groups)


def _unknown(sbom: Sbom) -> Iterator[Coverage]:
    """Packages that are not matched, or of ecosystems whose versions we cannot compare."""
    counts: dict[tuple[str, str], int] = {}
    for package in judged(sbom):
        why = UNMATCHED.get(package.found_by, "")
        if why or package.ecosystem not in ECOSYSTEMS:
            place = (package.ecosystem, why or "no advisory source for it")
            counts[place] = counts.get(place, 0) + 1
    for (ecosystem, why), count in counts.items():
        yield Coverage(ecosystem, count, "not checked", note=why)


def _owned(sbom: Sbom, rows: list[Coverage], scopes: Scopes) -> Iterator[Coverage]:
    """Packages a distribution ships: its advisories speak for them, upstream's do not."""
    counts: dict[str, int] = {}
    for package in sbom.packages:
        if left_to_owner(package):
            row = ECOSYSTEMS.get(package.ecosystem)
            scope = scopes.of(row.scopes(package, sbom.distro)) if row else package.ecosystem
            counts[scope] = counts.get(scope, 0) + 1
    for scope, count in counts.items():
        left = "shipped by distribution packages, left to the advisories on those"
        place = next((i for i, row in enumerate(rows) if row.scope == scope), None)
        if place is None:
            yield Coverage(scope, 0, "not checked", note=f"{count}, all {left}")
        else:
            row_ = rows[place]
            notes = filter(None, (row_.note, f"{count} more {left}"))
            rows[place] = replace(row_, note="; ".join(notes))
