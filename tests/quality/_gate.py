"""Judge every case: what is found, what is missed, what is found and wrong."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from ironhull.advisories import SOURCES
from ironhull.advisories.needs import Wanted
from ironhull.advisories.update import open_index, update
from ironhull.match import match
from ironhull.model import Finding, Sbom, Subject
from ironhull.store.advisories import AdvisoryIndex
from ironhull.transport import Transport
from tests.quality._cases import TRAPS, Case, families, of_world
from tests.quality._site import ARCHIVE, FEEDS, TRACKER, write_site
from tests.quality._vex import FOLDER

NOW = "2026-11-02T00:00:00Z"
FLOOR = Path(__file__).parent / "floor.json"
DOCS = Path(__file__).parent.parent.parent / "docs" / "quality.md"


@dataclass
class Score:
    """How one family fares. `wrong` says of each case that failed what was expected and found."""

    cases: int = 0
    traps: int = 0
    right: int = 0  # affected and found
    missed: int = 0  # affected and not found
    false: int = 0  # found and not affected
    wrong: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        """Of what is found, the share that is so."""
        return self.right / (self.right + self.false) if self.right + self.false else 1.0

    @property
    def recall(self) -> float:
        """Of what is so, the share that is found."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    def add(self, other: "Score") -> None:
        """Count another one in."""
        for name in ("cases", "traps", "right", "missed", "false"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.wrong += other.wrong


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def _served(directory: Path) -> Iterator[str]:
    handler = partial(_Quiet, directory=str(directory))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


@contextmanager
def built(place: Path, world: str = "") -> Iterator[AdvisoryIndex]:
    """The index of a world's advisories: served, updated from and opened as a user's is."""
    folders = write_site(place / "site", of_world(world))
    with _served(place / "site") as root:
        paths = {
            "osv": "osv",
            "debian-tracker": TRACKER,
            "alpine-secdb": "alpine/secdb",
            **{f"{name}-secdb": path for name, path in FEEDS.items()},
            "dhi": ARCHIVE,
            "redhat-vex": FOLDER,
        }
        there = {name for name, path in paths.items() if (place / "site" / path).exists()}
        urls = {name: f"{root}/{paths[name]}" for name in there}
        bases = {source.base for source in SOURCES}
        wanted = [
            source.name
            for source in SOURCES
            if (source.folder in folders if source.base == "osv" else source.base in urls)
        ]
        done = update(
            directory=place / "advisories",
            transport=Transport(user_agent="ironhull-tests", pause=lambda seconds: None),
            now=NOW,
            urls={name: (url,) for name, url in urls.items() if name in bases},
            wanted=Wanted(only=tuple(wanted)),
        )
    bad = [outcome for outcome in done.outcomes if outcome.state == "failed" or outcome.skipped]
    assert not bad, bad
    with open_index(place / "advisories", now=NOW) as index:
        yield index


def judged(place: Path) -> dict[str, Score]:
    """The score of each family."""
    scores = {family.name: Score() for family in families()}
    for number, world in enumerate(sorted({family.world for family in families()})):
        with built(place / str(number), world) as index:
            for family in of_world(world):
                labels = _labels(family.cases)
                for case in family.cases:
                    _judge(case, labels, index, scores[family.name])
    return scores


def found_ids(index: AdvisoryIndex, case: Case) -> set[str]:
    """What is found of a case's package, whether a label speaks of it or not."""
    matched = match(Sbom(Subject("case"), case.distro, (case.package,)), index)
    return {finding.advisory.id for finding in matched.findings}


def _key(case: Case) -> tuple[Any, ...]:
    return case.package, case.distro


def _labels(cases: Iterable[Case]) -> dict[tuple[Any, ...], set[str]]:
    """What a package is labelled with, by all cases that speak of it."""
    labels: dict[tuple[Any, ...], set[str]] = {}
    for case in cases:
        labels.setdefault(_key(case), set()).update({case.advisory}, case.also)
    return labels


def _judge(
    case: Case, labels: dict[tuple[Any, ...], set[str]], index: AdvisoryIndex, score: Score
) -> None:
    score.cases += 1
    score.traps += bool(case.trap)
    matched = match(Sbom(Subject("case"), case.distro, (case.package,)), index)
    found = [finding for finding in matched.findings if not _learnt(finding)]
    hits = [finding for finding in found if finding.advisory.id == case.advisory]
    extra = [f.advisory.id for f in found if f.advisory.id not in labels[_key(case)]]
    extra += [case.advisory] * max(0, len(hits) - 1)
    if case.affected:
        score.right += bool(hits)
        score.missed += not hits
    else:
        score.false += bool(hits)
    score.false += len(extra)
    trouble = [f"also found {', '.join(extra)}"] if extra else []
    if bool(hits) is not case.affected:
        trouble.append("found: " + hits[0].because if hits else _silence(matched))
    elif hits:
        trouble += _details(case, hits[0])
    if trouble:
        score.wrong.append(f"{case}: {'; '.join(trouble)} [{case.trap or 'plain'}: {case.why}]")


def _learnt(finding: Finding) -> bool:
    """What the bundled facts of Debian's changelogs add to cases that do not speak of it."""
    return set(finding.advisory.sources) <= {"snapshot"}


def _silence(matched: Any) -> str:
    notes = [f"{row.scope} {row.checked} {row.note}".strip() for row in matched.coverage]
    notes += [problem.message for problem in matched.problems]
    return f"not found ({'; '.join(notes)})"


def _details(case: Case, finding: Finding) -> Iterator[str]:
    said = {
        "fixed": finding.fixed,
        "status": finding.status,
        "kind": finding.advisory.kind,
        "aliases": sorted(finding.advisory.aliases),
    }
    for name, wanted in case.says:
        if said[name] != wanted:
            yield f"{name} is {said[name]!r}, not {wanted!r}"


def table(scores: dict[str, Score]) -> str:
    """The figures as a Markdown table."""
    total = Score()
    for score in scores.values():
        total.add(score)
    lines = [
        "| packages | cases | traps | affected | precision | recall |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for name, score in [*scores.items(), ("**all**", total)]:
        affected = score.right + score.missed
        figures = f"{score.precision:.3f} | {score.recall:.3f}"
        lines.append(f"| {name} | {score.cases} | {score.traps} | {affected} | {figures} |")
    return "\n".join(lines) + "\n"


def floor() -> dict[str, dict[str, float]]:
    """What must not be fallen below, by family."""
    found: dict[str, dict[str, float]] = json.loads(FLOOR.read_bytes())
    return found


def as_floor(scores: dict[str, Score]) -> dict[str, dict[str, float]]:
    """The scores in the form of the floor."""
    return {
        name: {
            "cases": score.cases,
            "precision": round(score.precision, 6),
            "recall": round(score.recall, 6),
            "wrong": len(score.wrong),
        }
        for name, score in scores.items()
    }


def traps() -> str:
    """How many cases there are of each kind of trap, as a Markdown table."""
    counts = Counter(case.trap for family in families() for case in family.cases)
    lines = ["| trap | cases | what it is |", "|---|--:|---|"]
    lines += [f"| {kind} | {counts[kind]} | {text} |" for kind, text in sorted(TRAPS.items())]
    return "\n".join(lines) + "\n"
