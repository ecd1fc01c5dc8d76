"""Licences that a rule about licences (`.trivyignore.yaml`) allows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ironhull.ignore.rules import Rule, image_names
from ironhull.model import LicenseFinding, RuleUse, Subject
from ironhull.values import replace

__all__ = ["apply_to_licenses"]


def apply_to_licenses(
    findings: Iterable[LicenseFinding],
    rules: Sequence[Rule],
    uses: Sequence[RuleUse],
    subject: Subject,
    *,
    now: str,
) -> tuple[tuple[LicenseFinding, ...], tuple[RuleUse, ...]]:
    """The licences, those a rule covers as allowed, and what became of the rules.

    `uses` is what became of each rule among vulnerabilities. `now` is RFC 3339 in UTC.
    """
    names = image_names(subject)
    ours = [(n, rule) for n, rule in enumerate(rules) if rule.about == "license"]
    live = [(n, rule) for n, rule in ours if not rule.expired(now) and rule.about_image(names)]
    used = [0] * len(rules)
    judged = []
    for finding in findings:
        covering = [(n, rule) for n, rule in live if _covers(rule, finding)]
        for n, _ in covering:
            used[n] += 1
        judged.append(_allowed(finding, covering[0][1]) if covering else finding)
    after = list(uses)
    for n, rule in ours:
        state = "expired" if rule.expired(now) else "unused"
        state = state if rule.about_image(names) else "other image"
        after[n] = replace(uses[n], state="used" if used[n] else state, findings=used[n])
    return tuple(judged), tuple(after)


def _allowed(finding: LicenseFinding, rule: Rule) -> LicenseFinding:
    why = f": {rule.reason}" if rule.reason else ""
    return replace(finding, state="allowed", because=f"ignored ({rule.where}){why}")


def _covers(rule: Rule, finding: LicenseFinding) -> bool:
    package = finding.package
    named = not rule.ids or finding.license.lower() in rule.ids
    meant = not rule.purls or (package is not None and any(p.matches(package) for p in rule.purls))
    return named and meant and (rule.paths is None or rule.paths.matches(finding.path))
