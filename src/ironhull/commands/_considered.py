"""The ignore rules and VEX statements an explanation looks at, each with why it applies or not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ironhull.explain.values import Considered
from ironhull.model import Finding, Report

if TYPE_CHECKING:
    from ironhull.ignore.files import Rules
    from ironhull.ignore.rules import Rule

__all__ = ["rules_for", "statements_of"]


def rules_for(rules: Rules, report: Report) -> Callable[[Finding], tuple[Considered, ...]]:
    """What tells of the rules that name a finding's vulnerability, or cover it without a name."""
    if not rules.rules:
        return lambda _: ()
    from ironhull.ignore.rules import image_names
    from ironhull.pipeline import now

    names, moment = image_names(report.sbom.subject), now()

    def considered(finding: Finding) -> tuple[Considered, ...]:
        found = []
        for rule in rules.rules:
            misses = _misses(rule, finding)
            if not rule.names(finding) or (misses and not rule.ids):
                continue
            outcome = misses
            if not rule.about_image(names):
                outcome = "it is for other images"
            if rule.expired(moment):
                outcome = f"it ended on {rule.until[:10]}"
            if rule.about not in ("", "vulnerability"):
                outcome = "it is not about vulnerabilities"
            found.append(
                Considered(
                    where=rule.where,
                    what=rule.what,
                    outcome=outcome or "applies",
                    applies=not outcome,
                    reason=rule.reason,
                    until=rule.until[:10],
                )
            )
        return tuple(found)

    return considered


def _misses(rule: Rule, finding: Finding) -> str:
    """Which part of a rule disagrees with every installed package; "" where one is covered."""
    from ironhull.ignore.rules import Target

    said = ""
    for package in finding.packages:
        for path in [at.path for at in package.locations] or [""]:
            said = rule.misses(Target(finding, package, path))
            if not said:
                return ""
    return said


def statements_of(finding: Finding) -> tuple[Considered, ...]:
    """The VEX statement of a finding, if it has one."""
    if finding.statement is None:
        return ()
    from ironhull.formats._findings import stated, suppression

    said, applies = stated(finding), suppression(finding) is not None
    outcome = "applies" if applies else "hides nothing"
    why = ", ".join(part for part in (said.justification, said.reason) if part)
    return (Considered(said.where, said.status, outcome, applies, why),)
