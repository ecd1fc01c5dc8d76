"""The ignore rules and VEX statements an explanation looks at, each with why it applies or not."""

from __future__ import annotations

from ironhull.explain.values import Considered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ironhull.ignore.files import Rules
    from ironhull.ignore.rules import Rule
    from ironhull.model import Finding, Report
    from ironhull.weighing import Weighing

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


def statements_of(weighing: Weighing | None) -> Callable[[Finding], tuple[Considered, ...]]:
    """What tells of the VEX statements about the vulnerability of a finding."""
    return weighing.considered if weighing is not None else lambda _: ()
