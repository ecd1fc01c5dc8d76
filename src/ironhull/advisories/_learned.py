"""What was learnt of one release, beside what the index knows."""

from __future__ import annotations

from collections.abc import Mapping

from ironhull.model import Advisory, Problem
from ironhull.values import dataclass, field

__all__ = ["Learned"]


@dataclass(frozen=True, slots=True)
class Learned:
    """What newer packages of `scope` repair (the `apt` source).

    `examined` has the source packages that were looked at, each with the oldest installed version
    for which that was done: all repairs since then are among the `advisories`. `date` is that of
    what they were learnt from.
    """

    scope: str
    advisories: tuple[Advisory, ...] = ()
    examined: Mapping[str, str] = field(default_factory=dict)
    date: str = ""
    source: str = "apt"
    problems: tuple[Problem, ...] = ()

    def covers(self, name: str, key: bytes) -> bool:
        """Whether all repairs of source `name` since the version of sort key `key` are known."""
        if name not in self.examined:
            return False
        from ironhull.ecosystems.deb import sort_key

        return sort_key(self.examined[name]) <= key

    def joined(self, other: Learned) -> Learned:
        """What both know of the same scope."""
        from ironhull.ecosystems.deb import sort_key

        advisories = {(a.package, a.id): a for a in (*self.advisories, *other.advisories)}
        examined = dict(self.examined)
        for name, version in other.examined.items():
            examined[name] = min(version, examined.get(name, version), key=sort_key)
        return Learned(
            scope=self.scope,
            advisories=tuple(advisories[key] for key in sorted(advisories)),
            examined=examined,
            date=min(self.date, other.date),
            source=self.source,
            problems=tuple(dict.fromkeys((*self.problems, *other.problems))),
        )
