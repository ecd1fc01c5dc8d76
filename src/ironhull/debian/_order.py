"""Packages in an order to unpack them: dependencies first, equal input gives equal order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from ironhull.debian.model import Deb

__all__ = ["in_order"]


def in_order(
    chosen: Mapping[str, Deb], satisfiers: Callable[[Deb], Iterable[str]]
) -> tuple[Deb, ...]:
    """`chosen`, each behind those that satisfy what it depends on; cycles are cut where met.

    Depth first from the names in alphabetical order, without recursion.
    """
    done: dict[str, Deb] = {}
    started: set[str] = set()
    for first in sorted(chosen):
        if first in started:
            continue
        started.add(first)
        stack = [_entry(first, chosen, satisfiers)]
        while stack:
            name, rest = stack[-1]
            following = next((n for n in rest if n not in started), None)
            if following is not None:
                started.add(following)
                stack.append(_entry(following, chosen, satisfiers))
                continue
            stack.pop()
            done.setdefault(name, chosen[name])
    return tuple(done.values())


def _entry(
    name: str, chosen: Mapping[str, Deb], satisfiers: Callable[[Deb], Iterable[str]]
) -> tuple[str, Iterator[str]]:
    return name, iter(tuple(satisfiers(chosen[name])))
