"""Statements, images and packages by chance: the oracle and the matcher say the same."""

from __future__ import annotations

from typing import Any

from hypothesis import given, note, settings
from hypothesis import strategies as st

from tests.quality.vex.drawn import NAMES, documents, worlds
from tests.quality.vex.judging import Verdict, Verdicts, judged, statements_of
from tests.quality.vex.oracle import Said, World, effective, read
from tests.quality.vex.worlds import package_of

Documents = list[tuple[dict[str, Any], str]]


def expected(made: Documents, world: World, names: list[str]) -> Verdicts:
    """What decides about every package, by the oracle."""
    said = [
        entry
        for order, (document, base) in enumerate(made)
        for entry in read(document, str(order + 1), order, base)
        if isinstance(entry, Said)
    ]
    found: Verdicts = {}
    for package in world.packages:
        winner = effective(said, world, package, names)
        verdict = Verdict(winner.document, winner.number, winner.status) if winner else None
        found[package_of(package).purl, package.place, names[0]] = [verdict]
    return found


@settings(max_examples=1000)
@given(worlds(), documents(), st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True))
def test_the_same_statement_decides(
    drawn: tuple[World, str], made: Documents, names: list[str]
) -> None:
    world, name = drawn
    statements = statements_of(made)
    found = [(package, names[0], tuple(names[1:])) for package in world.packages]
    note(f"{name} {names} {made}")
    assert judged(statements, world, found, name) == expected(made, world, names)
