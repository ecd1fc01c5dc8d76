"""Secrets that a rule of an ignore file, or a baseline, hides."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

from ironhull.errors import ConfigError
from ironhull.ignore.rules import Rule, image_names
from ironhull.limits import LIMITS
from ironhull.model import Ignored, RuleUse, SecretFinding, Subject
from ironhull.values import replace

__all__ = ["apply_to_secrets", "in_baseline", "read_baseline"]

_HINT = "a baseline is a report that `ironhull scan --scanners secret --format json` wrote"


def apply_to_secrets(
    findings: Iterable[SecretFinding],
    rules: Sequence[Rule],
    uses: Sequence[RuleUse],
    subject: Subject,
    *,
    now: str,
) -> tuple[tuple[SecretFinding, ...], tuple[RuleUse, ...]]:
    """The secrets with `ignored` set where a rule covers them, and what became of the rules.

    `uses` is what became of each rule among vulnerabilities. `now` is RFC 3339 in UTC.
    """
    names = image_names(subject)
    live = [
        (number, rule)
        for number, rule in enumerate(rules)
        if _is_about_secrets(rule) and not rule.expired(now) and rule.about_image(names)
    ]
    used = [0] * len(rules)
    marked = []
    for finding in findings:
        covering = [number for number, rule in live if _covers(rule, finding)]
        for number in covering:
            used[number] += 1
        if covering:
            rule = rules[covering[0]]
            ignored = Ignored(rule.reason, rule.until[:10], rule.where)
            finding = replace(finding, ignored=ignored)  # noqa: PLW2901 - as it now is
        marked.append(finding)
    return tuple(marked), tuple(
        _use(rule, use, number, now, rule.about_image(names))
        for rule, use, number in zip(rules, uses, used, strict=True)
    )


def _is_about_secrets(rule: Rule) -> bool:
    """Rules of plain text are about whatever has their identifier; one about packages is not."""
    packages = rule.packages or rule.versions or rule.purls
    return rule.about == "secret" or (rule.about == "" and bool(rule.ids) and not packages)


def _covers(rule: Rule, finding: SecretFinding) -> bool:
    named = not rule.ids or finding.rule.lower() in rule.ids or finding.fingerprint in rule.ids
    return named and (rule.paths is None or rule.paths.matches(finding.path))


def _use(rule: Rule, use: RuleUse, number: int, now: str, for_image: bool) -> RuleUse:
    if number:
        return replace(use, state="used", findings=use.findings + number)
    if rule.about != "secret":
        return use
    state = "expired" if rule.expired(now) else "unused" if for_image else "other image"
    return replace(use, state=state)


# ── baselines ────────────────────────────────────────────────────────────────────────────────────


def read_baseline(path: Path) -> frozenset[str]:
    """The fingerprints in a report of ours. Raises ConfigError for what is none."""
    import json

    try:
        with path.open("rb") as file:
            data = file.read(LIMITS.secret_baseline_bytes + 1)
    except OSError as trouble:
        raise ConfigError(
            f"{path}: cannot read the baseline: {trouble.strerror or trouble}", _HINT
        ) from None
    if len(data) > LIMITS.secret_baseline_bytes:
        raise ConfigError(f"{path}: a baseline of more than {LIMITS.secret_baseline_bytes} bytes")
    try:
        documents = _documents(data.decode(), json)
        if not documents:
            raise ValueError("empty")
        return frozenset(
            row["fingerprint"] for document in documents for row in document["secrets"]["findings"]
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ConfigError(f"{path}: not a report with secrets", _HINT) from None


def _documents(text: str, json: Any) -> list[Any]:
    """One document, or one a line."""
    try:
        return [json.loads(text)]
    except ValueError:
        return [json.loads(line) for line in text.splitlines() if line.strip()]


def in_baseline(
    findings: Iterable[SecretFinding], known: Collection[str], where: str
) -> tuple[SecretFinding, ...]:
    """The secrets with those marked whose fingerprints are `known`."""
    ignored = Ignored("in the baseline", "", where)
    return tuple(
        replace(finding, ignored=ignored)
        if finding.ignored is None and finding.fingerprint in known
        else finding
        for finding in findings
    )
