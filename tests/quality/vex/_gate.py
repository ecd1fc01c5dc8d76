"""Judge every labelled case and every public document, by the code under test and the oracle."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection as Collection_
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ironhull.errors import FormatError
from ironhull.model import Statement
from ironhull.statements import read_vex
from tests.quality.vex.cases import TRAPS, Case, families
from tests.quality.vex.documents import Case as Named
from tests.quality.vex.documents import Collection, by_image, cases, twins
from tests.quality.vex.judging import judged, marked, statements_of
from tests.quality.vex.oracle import Said, World, applies, effective, read
from tests.quality.vex.worlds import report_of

ROOT = Path(__file__).parent.parent.parent.parent
DOCS = ROOT / "docs" / "vex-quality.md"
FLOOR = Path(__file__).parent / "floor.json"


@dataclass
class Score:
    """How one family fares; `wrong` says of each case that failed what was expected and found."""

    cases: int = 0
    traps: int = 0
    applies: int = 0
    right: int = 0
    wrong: list[str] = field(default_factory=list)


def judged_by_us(case: Case) -> str:
    """The status of the statement that decides in a case, "" where none does."""
    asked = [(case.package, case.names[0], case.names[1:])]
    try:
        statements = statements_of(case.documents)
    except FormatError:
        statements = []
    found = judged(statements, case.world, asked, case.image)
    ((verdict, *rest),) = found.values()
    assert not rest, f"{case}: the finding is there {1 + len(rest)} times"
    return verdict.status if verdict else ""


def judged_by_oracle(case: Case) -> str:
    """The same by the oracle."""
    said = [
        entry
        for order, (document, base) in enumerate(case.documents)
        for entry in read(document, str(order), order, base)
        if isinstance(entry, Said)
    ]
    found = effective(said, case.world, case.package, case.names)
    return found.status if found else ""


def scores() -> dict[str, Score]:
    """The score of each family."""
    return {name: _score(of_it) for name, of_it in families().items()}


def _score(of_it: Iterable[Case]) -> Score:
    score = Score()
    for case in of_it:
        score.cases += 1
        score.traps += bool(case.trap)
        score.applies += bool(case.expected)
        found = judged_by_us(case)
        if found == case.expected:
            score.right += 1
        else:
            told = f"{found or 'nothing'}, not {case.expected or 'nothing'}"
            score.wrong.append(f"{case}: {told} [{case.trap or 'plain'}: {case.why}]")
    return score


def cases_table(found: dict[str, Score]) -> str:
    """The figures as a Markdown table."""
    lines = ["| family | cases | traps | a statement applies | right |", "|---|--:|--:|--:|--:|"]
    total = Score()
    for name, score in found.items():
        for key in ("cases", "traps", "applies", "right"):
            setattr(total, key, getattr(total, key) + getattr(score, key))
        lines.append(_row(name, score))
    return "\n".join([*lines, _row("**all**", total)]) + "\n"


def _row(name: str, score: Score) -> str:
    return f"| {name} | {score.cases} | {score.traps} | {score.applies} | {score.right} |"


def traps_table() -> str:
    """What the traps are."""
    count = Counter(case.trap for of_it in families().values() for case in of_it if case.trap)
    lines = ["| trap | cases | what it is |", "|---|--:|---|"]
    lines += [f"| {name} | {count[name]} | {TRAPS[name]} |" for name in sorted(count)]
    return "\n".join(lines) + "\n"


# ── public documents ─────────────────────────────────────────────────────────────────────────────


@dataclass
class Census:
    """What became of the statements of a collection.

    `applied`: alone, to something they name; `pooled`: held against that with all others there, of
    which `deciding` decide about something they name themselves and the rest are overruled; `asked`
    pairs of an image and a package, those nobody named among them.
    """

    name: str
    documents: int = 0
    statements: int = 0
    read: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    judged: int = 0
    applied: int = 0
    pooled: int = 0
    deciding: int = 0
    asked: int = 0
    wrong: list[str] = field(default_factory=list)


Statements = dict[tuple[str, int], Statement]


def census(collection: Collection, every: int = 1, pooled: int = 25) -> Census:
    """All are read; one of `every` is judged alone, of these one of `pooled` with all."""
    found = Census(collection.name, len(collection.files))
    found.statements = len(collection.said) + len(collection.refused)
    statements = _read(collection, found)
    asked: dict[Named, set[str]] = defaultdict(set)  # and the vulnerabilities it is asked about
    own: dict[tuple[Named, str], set[tuple[str, int]]] = defaultdict(set)
    for number, said in enumerate(collection.said[::every]):
        named = list(cases(said))
        others = [twin for case in named[:2] for twin in twins(case)]
        _alone(said, statements[said.document, said.number], (*named, *others), found)
        if number % pooled == 0:
            found.pooled += 1
            for case in (*_spread(named), *others[:2]):
                asked[case].add(min(said.names))
                own[case, min(said.names)].add((said.document, said.number))
    _together(collection.said, list(statements.values()), asked, own, found)
    return found


def _spread(cases: Sequence[Named]) -> Sequence[Named]:
    """A few of them, from the first to the last."""
    return cases[:: max(1, len(cases) // 3)]


def _read(collection: Collection, found: Census) -> Statements:
    expected = {(said.document, said.number): said for said in collection.said}
    statements: Statements = {}
    for path, data in collection.files:
        read, _ = read_vex(data, path)
        statements |= {(path, statement.number): statement for statement in read}
    found.read = len(statements)
    found.refused = Counter(refused.why for refused in collection.refused)
    for key in statements.keys() ^ expected.keys():
        found.wrong.append(f"{key}: {'read' if key in statements else 'refused'}")
    for key, statement in statements.items():
        if key in expected and statement.status != expected[key].status:
            found.wrong.append(f"{key}: {statement.status}, not {expected[key].status}")
    return statements


def _alone(said: Said, statement: Statement, about: Sequence[Named], found: Census) -> None:
    """The statement applies to all it names, and to what looks like it where it should."""
    name = min(said.names)
    found.judged += 1
    reached = 0
    for case, world, _, given in _answers([statement], {case: [name] for case in about}):
        expected = applies(said, world, case.package) is not None
        found.asked += 1
        reached += given is not None
        if (given is not None) is not expected:
            how = "applies" if given else "does not apply"
            found.wrong.append(f"{said.document} {said.number} {how}: {case}")
    found.applied += reached > 0


def _together(
    said: Sequence[Said],
    statements: Sequence[Statement],
    asked: Mapping[Named, Collection_[str]],
    own: Mapping[tuple[Named, str], Collection_[tuple[str, int]]],
    found: Census,
) -> None:
    """All statements at once: the same one decides about each package in each image."""
    by_name: dict[str, list[Said]] = defaultdict(list)
    for entry in said:
        for name in entry.names:
            by_name[name].append(entry)
    deciding = set()
    for case, world, name, given in _answers(statements, asked):
        found.asked += 1
        winner = effective(by_name[name], world, case.package, [name])
        expected = (winner.document, winner.number) if winner else None
        actual = (given.document.partition(" ")[0], given.number) if given else None
        if expected in own[case, name]:
            deciding.add(expected)
        if actual != expected:
            found.wrong.append(f"{name} {case}: {actual} decides, not {expected}")
    found.deciding = len(deciding)


def _answers(
    statements: Sequence[Statement], asked: Mapping[Named, Collection_[str]]
) -> Iterator[tuple[Named, World, str, Statement | None]]:
    """The statement that decides about each package and vulnerability, image by image."""
    naming: dict[str, list[int]] = defaultdict(list)
    for number, statement in enumerate(statements):
        for name in {statement.vulnerability.lower(), *map(str.lower, statement.aliases)}:
            naming[name].append(number)
    for group in by_image(asked).values():
        world = replace(
            group[0].world,
            packages=tuple(dict.fromkeys(p for case in group for p in case.world.packages)),
        )
        questions = [(case, name) for case in group for name in sorted(asked[case])]
        wanted = [(case.package, name, ()) for case, name in questions]
        report = report_of(world, group[0].image, wanted)
        # an index of all of them for every image would take most of the time
        about = sorted({number for _, name in questions for number in naming[name]})
        findings = marked([statements[n] for n in about], world, report).findings
        for (case, name), finding in zip(questions, findings, strict=True):
            yield case, world, name, finding.statement


def census_table(found: Iterable[Census]) -> str:
    """The figures as a Markdown table."""
    lines = [
        "| documents of | documents | statements | read | refused | apply | held together |"
        " decide | questions | wrong |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for of_it in found:
        figures = [
            of_it.documents,
            of_it.statements,
            of_it.read,
            sum(of_it.refused.values()),
            of_it.applied,
            of_it.pooled,
            of_it.deciding,
            of_it.asked,
            len(of_it.wrong),
        ]
        lines.append(f"| {of_it.name} | {' | '.join(f'{figure:,}' for figure in figures)} |")
    return "\n".join(lines) + "\n"
