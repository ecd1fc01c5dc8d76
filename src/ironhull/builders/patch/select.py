"""Which packages of an image are replaced, so that everything in it still fits together.

As `apt-get upgrade --with-new-pkgs`: nothing is removed and nothing downgraded. A dependency that
the image did without before (bases leave packages out on purpose) may stay unsatisfied; one that
held must hold afterwards. What cannot be made to fit is refused whole, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ironhull.builders.patch.nouns import Installed, Replaced, Selection
from ironhull.debian.index import PackageIndex
from ironhull.debian.model import Deb
from ironhull.debian.relations import Relation, parse_relations, version_key
from ironhull.errors import BuildError, ResolveError
from ironhull.limits import LIMITS

__all__ = ["select"]

_GOOD = frozenset({"installed", "triggers-awaited", "triggers-pending"})
_Group = tuple[Relation, ...]


def select(  # noqa: PLR0913 - all that decides
    installed: Mapping[str, Installed],
    foreign: Sequence[Installed],
    index: PackageIndex,
    *,
    priority: Callable[[Deb], int],
    pinned: Callable[[str], bool],
    only: Iterable[str] = (),
    keep: Iterable[str] = (),
) -> Selection:
    """What to replace; `only` and `keep` are names of binary or source packages.

    `priority` is apt's of a package's repository, `pinned` says what the preferences of the image
    speak of: it stays. Raises ResolveError with every reason to refuse, and BuildError for a
    database that is in the middle of something.
    """
    unfinished = [
        f"{one.name} is {one.state}" for one in installed.values() if one.state not in _GOOD
    ]
    if unfinished:
        raise BuildError(
            f"the image's package database is not settled: {', '.join(sorted(unfinished))}",
            "repair it where it was built (dpkg --configure -a)",
        )
    state = _State(installed, index, priority, _names(installed, keep, "--keep"), pinned)
    wanted = state.asked(only) if only else state.newer()
    for name, deb in wanted:
        state.replace(name, deb, "")
    others = sorted({one.architecture for one in foreign})
    if others:
        state.notes.append(f"packages for {', '.join(others)} are not looked at")
    state.settle()
    clashes = state.multiarch(foreign)
    if state.refused or clashes:
        reasons = list(dict.fromkeys((*state.refused, *clashes)))
        more = f" (and {len(reasons) - 3} more reasons)" if len(reasons) > 3 else ""
        raise ResolveError(
            f"not patched: {'; '.join(reasons[:3])}{more}",
            "leave a package as it is with --keep NAME, or patch some with --only",
        )
    found = [
        Replaced(deb, installed.get(name), state.because.get(name, ""))
        for name, deb in sorted(state.chosen.items())
    ]
    return Selection(tuple(found), tuple(state.notes))


def _names(installed: Mapping[str, Installed], given: Iterable[str], option: str) -> set[str]:
    """The binary packages that names of binary or source packages mean; BuildError for none."""
    found: set[str] = set()
    for text in given:
        named = {n for n, one in installed.items() if text in (n, one.source)}
        if not named:
            raise BuildError(f"{option} {text}: the image has no such package", "check the name")
        found |= named
    return found


@dataclass(slots=True)
class _World:
    """Some packages: their fields by name, and what they provide."""

    fields: Mapping[str, Mapping[str, str]]
    provided: dict[str, list[tuple[str, Relation]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, fields in self.fields.items():
            for relation in _relations(fields, name, "Provides"):
                self.provided.setdefault(relation.name, []).append((name, relation))

    def matching(self, relation: Relation) -> Iterator[str]:
        """The packages that `relation` speaks of (policy 7.5 for versions of what is provided)."""
        fields = self.fields.get(relation.name)
        if fields is not None and relation.allows(fields["Version"]):
            yield relation.name
        for name, given in self.provided.get(relation.name, ()):
            exact = given.operator == "=" and relation.allows(given.version)
            if not relation.operator or exact:
                yield name

    def satisfies(self, group: _Group) -> bool:
        return any(True for relation in group for _ in self.matching(relation))


def _groups(fields: Mapping[str, str], name: str, *kinds: str) -> Iterator[_Group]:
    for kind in kinds:
        try:
            yield from parse_relations(fields.get(kind, "").replace("\n", " "))
        except ValueError as trouble:
            raise ResolveError(f"{name}: {kind}: {trouble}", "the package is malformed") from None


def _relations(fields: Mapping[str, str], name: str, *kinds: str) -> Iterator[Relation]:
    for group in _groups(fields, name, *kinds):
        yield from group


@dataclass(slots=True)
class _State:
    installed: Mapping[str, Installed]
    index: PackageIndex
    priority: Callable[[Deb], int]
    keep: set[str]
    pinned: Callable[[str], bool]
    chosen: dict[str, Deb] = field(default_factory=dict)
    because: dict[str, str] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    # ── what there is ────────────────────────────────────────────────────────────────────────

    def candidate(self, name: str) -> Deb | None:
        """What apt would install for `name`; None where that is no newer than what there is."""
        offers = [d for d in self.index.named(name) if not _phased(d)]
        old = self.installed.get(name)
        if old is not None:
            floor = version_key(old.version)
            offers = [d for d in offers if version_key(d.version) > floor]
        # the version that is there has priority 100: what is below never replaces it
        least = 100 if old is not None else 1
        ranked = [(self.priority(d), d) for d in offers]
        best = max((p for p, _ in ranked if p >= least), default=0)
        return next((d for p, d in ranked if p == best), None) if best else None

    def newer(self) -> Iterator[tuple[str, Deb]]:
        """Everything that has a newer version, but for what is to be kept."""
        nowhere = []
        for name in sorted(self.installed):
            deb = self.candidate(name)
            if not self.index.named(name):
                nowhere.append(name)
            if deb is None:
                continue
            if name in self.keep:
                self.notes.append(f"{name} stays at {self.installed[name].version}: --keep")
            elif self.pinned(name):
                stays = self.installed[name].version
                self.notes.append(f"{name} stays at {stays}: pinned by the image's preferences")
            else:
                yield name, deb
        if nowhere:
            named = ", ".join(nowhere[:8]) + (" …" if len(nowhere) > 8 else "")
            self.notes.append(f"in none of the repositories, not looked at: {named}")

    def asked(self, only: Iterable[str]) -> Iterator[tuple[str, Deb]]:
        """The packages that were named; BuildError for one that has nothing newer."""
        for text in only:
            names = sorted(_names(self.installed, [text], "--only"))
            found = [(name, deb) for name in names if (deb := self.candidate(name)) is not None]
            if not found:
                offered = [d.version for name in names for d in self.index.named(name)]
                there = self.installed[names[0]].version
                said = (
                    f"{there} is the newest there is"
                    if offered
                    else "was removed from its repositories"
                )
                raise BuildError(
                    f"--only {text}: {said}", "nothing can be patched; leave --only out to see"
                )
            yield from found

    # ── choosing ─────────────────────────────────────────────────────────────────────────────

    def replace(self, name: str, deb: Deb, because: str) -> None:
        """Take `deb`, or note why that may not be."""
        old = self.installed.get(name)
        if name in self.keep or (because and self.pinned(name)):
            how = "--keep" if name in self.keep else "the image's preferences"
            what = f"{because} needs" if because else "what was asked for includes"
            self.refused.append(f"{what} {deb.name} {deb.version}, kept by {how}")
        elif old is not None and old.want == "hold":
            self.refused.append(f"{name} is held at {old.version}, {deb.version} is there")
        elif len(self.chosen) >= LIMITS.dependency_depth:
            self.refused.append(f"more than {LIMITS.dependency_depth} packages are needed")
        else:
            self.chosen[name] = deb
            if because:
                self.because[name] = because

    def settle(self) -> None:
        """Take what else is needed until everything fits, or note why it cannot."""
        before = _World({name: one.fields for name, one in self.installed.items()})
        for _ in range(LIMITS.dependency_depth):
            fields: dict[str, Mapping[str, str]] = dict(before.fields)
            fields |= {name: deb.fields for name, deb in self.chosen.items()}
            after = _World(fields)
            count = len(self.chosen)
            for name in sorted(fields):
                self._dependencies(name, before, after)
            for name in sorted(fields):
                self._conflicts(name, before, after)
            if self.refused or len(self.chosen) == count:
                return

    def _dependencies(self, name: str, before: _World, after: _World) -> None:
        fields = after.fields[name]
        for group in _groups(fields, name, "Pre-Depends", "Depends"):
            if after.satisfies(group):
                continue
            if not self._held_before(name, group, before):
                continue
            newer = self.candidate(name) if name not in self.chosen else None
            if newer is not None:  # what it depends on changed: its own update fits that
                self.replace(name, newer, str(self.chosen.get(group[0].name, group[0])))
                return
            if not self._take(group, f"{name} {fields['Version']}"):
                text = " | ".join(map(str, group))
                self.refused.append(f"{name} {fields['Version']} depends on {text}, not to be had")

    def _held_before(self, name: str, group: _Group, before: _World) -> bool:
        """Whether the image is to satisfy this: not if it did without the same packages before."""
        old = before.fields.get(name)
        if old is None:
            return True
        names = {relation.name for relation in group}
        for other in _groups(old, name, "Pre-Depends", "Depends"):
            if {relation.name for relation in other} == names:
                return before.satisfies(other)
        return True

    def _take(self, group: _Group, because: str) -> bool:
        for relation in group:
            if any(deb.name in self.chosen for deb in self._offers(relation)):
                continue
            for deb in self._offers(relation):
                self.replace(deb.name, deb, because)  # or that it may not be is noted
                return True
        return False

    def _offers(self, relation: Relation) -> Iterator[Deb]:
        deb = self.candidate(relation.name)
        if deb is not None and relation.allows(deb.version):
            yield deb
        for name in self.index.providers(relation.name):
            provider = self.candidate(name)
            if provider is None or name == relation.name:
                continue
            if list(_World({name: provider.fields}).matching(relation)):
                yield provider

    def _conflicts(self, name: str, before: _World, after: _World) -> None:
        for kind in ("Conflicts", "Breaks"):
            for relation in _relations(after.fields[name], name, kind):
                for other in after.matching(relation):
                    if other == name or not {name, other} & self.chosen.keys():
                        continue
                    if self._clashed_before(name, other, relation, before):
                        continue
                    self._part(name, other, f"{kind.lower()} {relation}", after)

    def _clashed_before(self, name: str, other: str, relation: Relation, before: _World) -> bool:
        old = before.fields.get(name)
        if old is None or other not in before.fields:
            return False
        same = [r for r in _relations(old, name, "Conflicts", "Breaks") if r == relation]
        return bool(same) and other in set(before.matching(relation))

    def _part(self, name: str, other: str, what: str, after: _World) -> None:
        """Make two packages fit by taking a newer version of the one that was not chosen."""
        for one in (other, name):
            deb = self.candidate(one) if one not in self.chosen else None
            if deb is not None:
                self.replace(one, deb, f"{name} {after.fields[name]['Version']}")
                return
        version = after.fields[other]["Version"]
        self.refused.append(
            f"{name} {after.fields[name]['Version']} {what}, and {other} {version} would have to go"
        )

    def multiarch(self, foreign: Iterable[Installed]) -> list[str]:
        """Packages that are there for another architecture too have to stay at one version."""
        return [
            f"{one.name} is there for {one.architecture} as well, in a version that has to be equal"
            for one in foreign
            if one.name in self.chosen and one.fields.get("Multi-Arch") == "same"
        ]


def _phased(deb: Deb) -> bool:
    """Whether an update is not for everybody yet (Ubuntu's Phased-Update-Percentage)."""
    return deb.fields.get("Phased-Update-Percentage", "100") != "100"
