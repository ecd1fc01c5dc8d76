"""Rules x findings: what is hidden, by which rule, and which rules hide nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ironhull.copies import DATABASES, Copy, collected, places
from ironhull.ignore.rules import Rule, Target, image_names
from ironhull.model import Finding, Ignored, Package, RuleUse, Subject
from ironhull.values import replace

__all__ = ["apply"]


def apply(
    findings: Iterable[Finding], rules: Sequence[Rule], subject: Subject, *, now: str
) -> tuple[tuple[Finding, ...], tuple[RuleUse, ...]]:
    """The findings with `ignored` set where a rule covers them, and what became of each rule.

    A rule that covers some of the installed packages of a finding, or some of the places where
    they are, divides it: what is covered is a finding of its own. `now` is RFC 3339 in UTC.
    """
    names = image_names(subject)
    states = [_state(rule, names, now) for rule in rules]
    live = [number for number, state in enumerate(states) if state == "unused"]
    known = _Known(rules, live)
    used = [0] * len(rules)
    marked = [part for finding in findings for part in _divided(finding, known, used)]
    uses = tuple(
        RuleUse(
            where=rule.where,
            what=rule.what,
            state="used" if used[number] else states[number],
            findings=used[number],
            reason=rule.reason,
            until=rule.until,
            author=rule.author,
        )
        for number, rule in enumerate(rules)
    )
    return tuple(marked), uses


def _state(rule: Rule, names: Iterable[str], now: str) -> str:
    if rule.about not in ("", "vulnerability"):
        return "other scanner"
    if rule.expired(now):
        return "expired"
    return "unused" if rule.about_image(names) else "other image"


class _Known:
    """The rules that apply, by the identifiers they name, so that few are tried."""

    def __init__(self, rules: Sequence[Rule], live: Iterable[int]) -> None:
        self.rules = rules
        self._any: list[int] = []
        self._by_id: dict[str, list[int]] = {}
        for number in live:
            for name in rules[number].ids:
                self._by_id.setdefault(name, []).append(number)
            if not rules[number].ids:
                self._any.append(number)

    def about(self, finding: Finding) -> list[int]:
        """The numbers of the rules to try, in the order of the files."""
        if not self._by_id and not self._any:
            return []
        names = {name.lower() for name in (finding.advisory.id, *finding.advisory.aliases)}
        found = {number for name in names for number in self._by_id.get(name, ())}
        return sorted(found.union(self._any))


def _divided(finding: Finding, known: _Known, used: list[int]) -> Iterator[Finding]:
    numbers = known.about(finding)
    if not numbers:
        yield finding
        return
    parts: dict[int, list[Copy]] = {}  # rule, -1 for none -> package and place
    hits: set[int] = set()
    for package in finding.packages:
        for place, path in places(package):
            target = Target(finding, package, path)
            covering = [n for n in numbers if _covers(known.rules[n], target, package)]
            hits.update(covering)
            parts.setdefault(covering[0] if covering else -1, []).append((package, place))
    for number in hits:
        used[number] += 1
    if set(parts) == {-1}:
        yield finding
        return
    for number in sorted(parts):
        packages = finding.packages if len(parts) == 1 else tuple(collected(parts[number]))
        ignored = _ignored(known.rules[number]) if number >= 0 else None
        yield replace(finding, packages=packages, ignored=ignored)


def _covers(rule: Rule, target: Target, package: Package) -> bool:
    if target.path or rule.paths is None or package.ecosystem not in DATABASES:
        return rule.covers(target)
    paths = (at.path for at in package.locations)
    return any(rule.covers(replace(target, path=path)) for path in paths)


def _ignored(rule: Rule) -> Ignored:
    return Ignored(rule.reason, rule.until[:10], rule.where)
