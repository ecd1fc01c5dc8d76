"""Of every statement about a vulnerability: whether it decides about a finding, or why not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ironhull.copies import Copy, places
from ironhull.explain.values import Considered
from ironhull.model import SUPPRESSING, Finding, Statement
from ironhull.statements._fit import Misfit

if TYPE_CHECKING:
    from ironhull.vex import Judge

__all__ = ["considered"]

_NAMED = 5  # packages an outcome names


def considered(judge: Judge, finding: Finding) -> tuple[Considered, ...]:
    """The statements about the vulnerability of `finding`, those that decide first."""
    numbers = judge.about(finding)
    copies = [(p, place) for p in finding.packages for place, _ in places(p)]
    decided = {_key(copy): judge.decides(numbers, *copy) for copy in copies}
    found = [_outcome(judge, number, copies, decided) for number in numbers]
    return tuple(sorted(found, key=lambda said: not said.applies))


def _key(copy: Copy) -> tuple[int, int]:
    return id(copy[0]), copy[1]


def _outcome(
    judge: Judge, number: int, copies: list[Copy], decided: Mapping[tuple[int, int], int]
) -> Considered:
    statement = judge.statements[number]
    mine = [copy for copy in copies if decided[_key(copy)] == number]
    if refused := judge.refused.get(number):
        outcome = f"not believed: {refused}"
    elif mine:
        outcome = _decides(statement, mine, copies)
    else:
        outcome = _undecided(judge, number, copies, decided)
    why = statement.impact_statement or statement.status_notes or statement.action_statement
    return Considered(_where(statement), _what(statement), outcome, bool(mine), why)


def _decides(statement: Statement, mine: list[Copy], copies: list[Copy]) -> str:
    words = "applies" if statement.status in SUPPRESSING else "decides, and hides nothing"
    if len(mine) == len(copies):
        return words
    return f"{words}, for {_listed(mine)} only"


def _listed(copies: list[Copy]) -> str:
    names = list(dict.fromkeys(_copy_name(copy) for copy in copies))
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _copy_name(copy: Copy) -> str:
    package, place = copy
    return f"{package.name} in {package.locations[place].path}" if place >= 0 else package.name


def _undecided(
    judge: Judge, number: int, copies: list[Copy], decided: Mapping[tuple[int, int], int]
) -> str:
    """By which statement it is overruled, else what disagrees, told of the nearest copy."""
    nearest: Misfit | None = None
    for copy in copies:
        standing = judge.standing(number, *copy)
        if not isinstance(standing, Misfit):
            return _overruled(judge, number, decided[_key(copy)])
        if nearest is None or standing.near > nearest.near:
            nearest = standing
    return f"does not apply: {nearest.why}" if nearest is not None else "does not apply"


def _overruled(judge: Judge, number: int, winner: int) -> str:
    from ironhull.vex import instant

    this, other = judge.statements[number], judge.statements[winner]
    newer = instant(other.issued) > instant(this.issued)
    how = "a newer" if newer else "as new, but more specific or later, a"
    return f"overruled: {how} statement says {_words(other.status)} ({_where(other)})"


def _where(statement: Statement) -> str:
    return statement.place or statement.origin


def _what(statement: Statement) -> str:
    return ", ".join(_said(statement))


def _said(statement: Statement) -> Iterator[str]:
    yield _words(statement.status)
    if statement.justification:
        yield statement.justification
    if statement.issued:
        yield f"of {statement.issued[:10]}"
    if statement.author:
        yield f"by {statement.author}"
    yield statement.signed


def _words(status: str) -> str:
    return status.replace("_", " ")
