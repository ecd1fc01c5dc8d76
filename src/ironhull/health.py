"""What verdicts add up to: deviations in short, and the health score of an image.

As Docker Scout shows them (docs.docker.com, "Health score").
"""

from __future__ import annotations

from collections.abc import Iterable

from ironhull.model import SEVERITIES, Verdict
from ironhull.values import dataclass

__all__ = ["PolicyChange", "Score", "deviations", "policy_changes", "score", "state_of"]


def deviations(verdict: Verdict) -> str:
    """The deviations in short: `0C 1H 0M 0L`, `3 packages`, `1 deviation`; "" for yes and no."""
    found = verdict.violations
    if verdict.state not in ("met", "not met") or verdict.result_type == "boolean":
        return ""
    if verdict.result_type == "vulnerability":
        counts = dict.fromkeys(SEVERITIES, 0)
        for violation in found:
            word = str(violation.detail.get("severity", "")).lower()
            counts[word if word in counts else "unspecified"] += 1
        shown = [f"{number}{word[0].upper()}" for word, number in counts.items()][:4]
        unknown = counts["unspecified"]
        return " ".join([*shown, *([f"{unknown}?"] if unknown else [])])
    noun = "package" if verdict.result_type == "license" else "deviation"
    return f"{len(found)} {noun}{'' if len(found) == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class Score:
    """The share of weight that is met, in 0..1, and its `grade` A to F."""

    share: float

    @property
    def grade(self) -> str:
        """A above 90 %, B above 70, C above 50, D above 30, E above 10, else F."""
        bounds = ((0.9, "A"), (0.7, "B"), (0.5, "C"), (0.3, "D"), (0.1, "E"))
        return next((grade for bound, grade in bounds if self.share > bound), "F")

    def __str__(self) -> str:
        return f"{self.grade} ({self.share:.0%})"


def score(verdicts: Iterable[Verdict]) -> Score | None:
    """The health score; None where no policy has a weight."""
    counted = [verdict for verdict in verdicts if verdict.weight > 0]
    total = sum(verdict.weight for verdict in counted)
    if not total:
        return None
    return Score(sum(v.weight for v in counted if v.state == "met") / total)


def state_of(verdicts: Iterable[Verdict]) -> str:
    """`SUCCESS  (10/10 policies met)`, `FAILED  (7/10 policies met, 2 missing data)`.

    Without data is not a failure, and no success where nothing was met at all.
    """
    every = list(verdicts)
    states = [verdict.state for verdict in every]
    met, missing, broken = (states.count(state) for state in ("met", "no data", "error"))
    failed = "not met" in states or "error" in states or not met
    more = [f"{missing} missing data"] if missing else []
    more += [f"{broken} could not be evaluated"] if broken else []
    said = ", ".join([f"{met}/{len(every)} policies met", *more])
    return f"{'FAILED' if failed else 'SUCCESS'}  ({said})"


# ── two images ───────────────────────────────────────────────────────────────────────────────────

_RANK = {"met": 2, "no data": 1, "not met": 0, "error": 0}


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """One policy on two images; None where it was evaluated on the other only.

    `kind` is "better" or "worse" by how it ended (met, no data, the rest), "changed" where it ended
    as well or as badly with other deviations, "unchanged".
    """

    name: str
    mine: Verdict | None
    theirs: Verdict | None

    @property
    def kind(self) -> str:
        """How the first image compares to the second."""
        if self.mine is None or self.theirs is None:
            return "changed"
        mine, theirs = _RANK[self.mine.state], _RANK[self.theirs.state]
        if mine != theirs:
            return "better" if mine > theirs else "worse"
        same = self.mine.state == self.theirs.state
        return "unchanged" if same and _found(self.mine) == _found(self.theirs) else "changed"


def policy_changes(mine: Iterable[Verdict], theirs: Iterable[Verdict]) -> tuple[PolicyChange, ...]:
    """Every policy evaluated on one of two images or both, in the order of the first."""
    here = {verdict.name: verdict for verdict in mine}
    there = {verdict.name: verdict for verdict in theirs}
    names = dict.fromkeys((*here, *there))
    return tuple(PolicyChange(name, here.get(name), there.get(name)) for name in names)


def _found(verdict: Verdict) -> list[str]:
    return sorted(
        f"{each.message}\0{sorted(map(str, each.detail.items()))}" for each in verdict.violations
    )
