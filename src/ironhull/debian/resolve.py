"""Which packages an image needs: names asked for, and all they depend on.

Breadth first over Pre-Depends and Depends (Recommends are off). An alternative that is chosen
already wins; else the first that can be had; of several providers of a virtual name the one with
the highest Priority, as apt takes mawk over gawk. The candidate of a name is its highest version
over all repositories, unless it is pinned. At the end Conflicts and Breaks are checked.
"""

from __future__ import annotations

import difflib
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ironhull.debian._order import in_order
from ironhull.debian.index import PackageIndex
from ironhull.debian.model import Deb, PackageRequest
from ironhull.debian.relations import Relation, parse_relations
from ironhull.errors import ResolveError
from ironhull.limits import LIMITS

__all__ = ["Resolution", "resolve"]

_PRIORITIES = ("required", "important", "standard", "optional", "extra")
_Group = tuple[Relation, ...]


@dataclass(frozen=True, slots=True)
class Resolution:
    """The packages, dependencies before dependents where there is no cycle, and what was dropped.

    `requested` are the names asked for; `notes` one line for each dependency that only an excluded
    package could satisfy.
    """

    packages: tuple[Deb, ...]
    requested: tuple[str, ...]
    notes: tuple[str, ...] = ()


def resolve(
    requests: Iterable[PackageRequest],
    index: PackageIndex,
    *,
    excluded: Iterable[str] = (),
    essential: bool = False,
) -> Resolution:
    """The packages `requests` need from `index`, never one of `excluded`.

    `essential` adds the packages marked Essential, without which dpkg does not work. Raises
    ResolveError with the chain that fails.
    """
    asked = tuple(requests)
    state = _State(
        index,
        excluded=frozenset(excluded) - {request.name for request in asked},
        pins={request.name: request for request in asked},
    )
    for request in asked:
        state.ask(request)
    for name in index.essential if essential else ():
        candidate = None if name in state.excluded else state.candidate(name)
        if candidate is not None and candidate.fields.get("Essential") == "yes":
            state.choose(candidate, "")
    while state.queue:
        state.expand(state.queue.popleft())
    _check_conflicts(state)
    return Resolution(
        packages=in_order(state.chosen, state.satisfiers),
        requested=tuple(request.name for request in asked),
        notes=tuple(sorted(state.notes)),
    )


@dataclass(slots=True)
class _State:
    index: PackageIndex
    excluded: frozenset[str]
    pins: dict[str, PackageRequest]
    chosen: dict[str, Deb] = field(default_factory=dict)
    provided: dict[str, list[tuple[str, Relation]]] = field(default_factory=dict)
    because: dict[str, tuple[str, str]] = field(default_factory=dict)
    queue: deque[Deb] = field(default_factory=deque)
    notes: set[str] = field(default_factory=set)

    def ask(self, request: PackageRequest) -> None:
        candidate = self.candidate(request.name)
        if candidate is None:
            message, hint = self._no_candidate(request)
            raise ResolveError(message, hint)
        self.choose(candidate, "")

    def _no_candidate(self, request: PackageRequest) -> tuple[str, str]:
        offered = [f"{d.version} in {d.origin}" for d in self.index.named(request.name)]
        if offered:
            return f"{request}: no such version", f"offered: {', '.join(offered)}"
        if providers := self.index.providers(request.name):
            return f"{request.name} is a virtual package", f"name one of {', '.join(providers[:8])}"
        return f"{request.name}: no repository has this package", self.nearest(request.name)

    def nearest(self, name: str) -> str:
        near = difflib.get_close_matches(name, self.index.names, 3, 0.7)
        return f"did you mean {' or '.join(near)}?" if near else "check the name and repositories"

    def candidate(self, name: str) -> Deb | None:
        """The version of `name` to take: the pinned one, else the highest."""
        pin = self.pins.get(name)
        for deb in self.index.named(name):
            if pin is None:
                return deb
            version = not pin.version or Relation(name, "", "=", pin.version).allows(deb.version)
            if version and pin.suite in ("", deb.origin.rpartition(" ")[2]):
                return deb
        return None

    def choose(self, deb: Deb, parent: str, group: str = "") -> None:
        if deb.name in self.chosen:
            return
        if len(self.chosen) >= LIMITS.dependency_depth:
            raise ResolveError(f"more than {LIMITS.dependency_depth} packages are needed")
        self.chosen[deb.name] = deb
        if parent:
            self.because[deb.name] = (parent, group)
        for relation in self.relations(deb, "Provides"):
            self.provided.setdefault(relation.name, []).append((deb.name, relation))
        self.queue.append(deb)

    def groups(self, deb: Deb, *names: str) -> Iterator[_Group]:
        for name in names:
            try:
                yield from parse_relations(deb.fields.get(name, ""))
            except ValueError as trouble:
                raise ResolveError(f"{deb} of {deb.origin}: {name}: {trouble}") from trouble

    def relations(self, deb: Deb, *names: str) -> Iterator[Relation]:
        for group in self.groups(deb, *names):
            yield from group

    def expand(self, deb: Deb) -> None:
        for group in self.groups(deb, "Pre-Depends", "Depends"):
            if any(True for _ in self.present(group)):
                continue
            text = " | ".join(map(str, group))
            taken = self._take(group)
            if taken is not None:
                self.choose(taken, deb.name, text)
            elif removed := self._removed(group):
                self.notes.add(f"{deb.name}: {text} is not satisfied: {removed} is excluded")
            else:
                raise ResolveError(f"{self.chain(deb.name)} → {text}: {self._why(group)}")

    def satisfiers(self, deb: Deb) -> Iterator[str]:
        """The chosen packages that satisfy what `deb` depends on, Pre-Depends first."""
        for group in self.groups(deb, "Pre-Depends", "Depends"):
            yield from self.present(group)

    def present(self, group: _Group) -> Iterator[str]:
        for relation in group:
            deb = self.chosen.get(relation.name)
            if deb is not None and self.fits(deb, relation):
                yield deb.name
            for name, provides in self.provided.get(relation.name, ()):
                if _provides(provides, relation) and self._qualified(self.chosen[name], relation):
                    yield name

    def fits(self, deb: Deb, relation: Relation) -> bool:
        return relation.allows(deb.version) and self._qualified(deb, relation)

    def _qualified(self, deb: Deb, relation: Relation) -> bool:
        """Policy 7.1 and multiarch: `:any` wants Multi-Arch: allowed, else an architecture."""
        match relation.qualifier:
            case "" | "native":
                return True
            case "any":
                return deb.fields.get("Multi-Arch") == "allowed"
        return relation.qualifier == self.index.architecture

    def _take(self, group: _Group) -> Deb | None:
        """The first alternative to be had that clashes with nothing, else the first at all."""
        clashing = None
        for relation in group:
            for deb in self._offers(relation):
                if deb.name in self.excluded:
                    continue
                if not any(True for _ in self._clashes(deb)):
                    return deb
                clashing = clashing or deb
        return clashing

    def _offers(self, relation: Relation) -> Iterator[Deb]:
        """What could satisfy `relation`: the package itself, then its providers by Priority."""
        deb = self.candidate(relation.name)
        if deb is not None and self.fits(deb, relation):
            yield deb
        found = []
        for name in self.index.providers(relation.name):
            provider = self.candidate(name)
            if provider is None or name == relation.name:
                continue
            given = self.relations(provider, "Provides")
            if self._qualified(provider, relation) and any(_provides(p, relation) for p in given):
                found.append(provider)
        yield from sorted(found, key=_rank)

    def _removed(self, group: _Group) -> str:
        names = {d.name for r in group for d in self._offers(r) if d.name in self.excluded}
        return ", ".join(sorted(names))

    def _clashes(self, deb: Deb) -> Iterator[tuple[Relation, str]]:
        """What `deb` conflicts with or breaks among the chosen, and the other way round."""
        for relation in self.relations(deb, "Conflicts", "Breaks"):
            for name in self.present((relation,)):
                if name != deb.name:
                    yield relation, name
        provides = tuple(self.relations(deb, "Provides"))
        for other in self.chosen.values():
            if other.name == deb.name:
                continue
            for relation in self.relations(other, "Conflicts", "Breaks"):
                own = relation.name == deb.name and self.fits(deb, relation)
                if own or any(_provides(p, relation) for p in provides):
                    yield relation, other.name

    def chain(self, name: str) -> str:
        """name ← … ← what was asked for, read from there."""
        parts: list[str] = []
        while name in self.because and len(parts) < 50:
            parent, group = self.because[name]
            parts.append(group if group.split(" ")[0] == name else f"{group} ({name})")
            name = parent
        return " → ".join([name, *reversed(parts)])

    def _why(self, group: _Group) -> str:
        reasons = []
        for relation in group:
            offered = [deb.version for deb in self.index.named(relation.name)]
            chosen = self.chosen.get(relation.name)
            if chosen is not None:
                reasons.append(f"{relation.name} {chosen.version} is chosen")
            elif offered:
                reasons.append(f"{relation.name} is there in {', '.join(offered)} only")
            else:
                reasons.append(f"no candidate for {relation.name}; {self.nearest(relation.name)}")
        return "; ".join(dict.fromkeys(reasons))


def _provides(provides: Relation, relation: Relation) -> bool:
    """A versioned relation needs a versioned Provides (policy 7.5)."""
    if provides.name != relation.name:
        return False
    return not relation.operator or (provides.operator == "=" and relation.allows(provides.version))


def _rank(deb: Deb) -> tuple[int, str]:
    priority = deb.fields.get("Priority", "optional")
    return (_PRIORITIES.index(priority) if priority in _PRIORITIES else len(_PRIORITIES), deb.name)


def _check_conflicts(state: _State) -> None:
    for deb in sorted(state.chosen.values(), key=lambda deb: deb.name):
        for field_name in ("Conflicts", "Breaks"):
            for relation in state.relations(deb, field_name):
                for name in state.present((relation,)):
                    if name != deb.name:
                        raise ResolveError(
                            f"{state.chain(deb.name)}: {deb.name} {field_name.lower()} {relation}, "
                            f"and {state.chosen[name]} is needed by {state.chain(name)}",
                            f"exclude one of them with !{deb.name} or !{name}",
                        )
