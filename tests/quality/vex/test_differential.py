"""Statements, images and packages by chance: the oracle and the matcher say the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given, note, settings
from hypothesis import strategies as st

from ironhull.model import Package
from tests.quality.vex.drawn import NAMES, documents, worlds
from tests.quality.vex.judging import Verdict, Verdicts, judged, marked, statements_of, verdict
from tests.quality.vex.oracle import Said, World, effective, read
from tests.quality.vex.worlds import finding, package_of, report_of

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


@settings(max_examples=500)
@given(worlds(), documents(), st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True))
def test_the_same_statement_decides(
    drawn: tuple[World, str], made: Documents, names: list[str]
) -> None:
    world, name = drawn
    statements = statements_of(made)
    found = [(package, names[0], tuple(names[1:])) for package in world.packages]
    note(f"{name} {names} {made}")
    assert judged(statements, world, found, name) == expected(made, world, names)


@settings(max_examples=200)
@given(worlds(), documents(), st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True))
def test_one_finding_of_all_packages_is_divided_and_nothing_is_lost(
    drawn: tuple[World, str], made: Documents, names: list[str]
) -> None:
    world, name = drawn
    merged: dict[str, Package] = {}
    for package in map(package_of, world.packages):
        known = merged.get(package.purl)
        merged[package.purl] = known.merged(package) if known else package
    whole = finding(tuple(merged.values()), (names[0], tuple(names[1:])))
    report = report_of(world, name, [])
    report = replace(report, sbom=replace(report.sbom, packages=whole.packages), findings=(whole,))
    note(f"{name} {names} {made}")
    found = marked(statements_of(made), world, report).findings
    right = expected(made, world, names)
    hides = ("not_affected", "fixed")
    hidden = {key: v for key, (v,) in right.items() if v and v.status in hides}
    got = [
        ((package.purl, at.path, names[0]), of_it)
        for of_it in found
        for package in of_it.packages
        for at in package.locations
    ]
    assert sorted(key for key, _ in got) == sorted(right)
    assert {key: verdict(of_it) for key, of_it in got if of_it.suppressed} == hidden
    active = [of_it for of_it in found if not of_it.suppressed]
    assert len(active) <= 1
    spoken = {v for key, (v,) in right.items() if v and key not in hidden}
    for of_it in active:
        assert verdict(of_it) in spoken if spoken else of_it.statement is None
