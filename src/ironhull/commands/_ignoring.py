"""Ignore files on the command line, the same for every command that prints findings."""

from __future__ import annotations

from pathlib import Path

from ironhull.commands._context import Context
from ironhull.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from ironhull.ignore.files import Rules
    from ironhull.model import Report

__all__ = ["add_ignore_arguments", "load_rules", "marked"]

_TOLD = 20  # expired rules that are named one by one


def add_ignore_arguments(parser: argparse.ArgumentParser, *, listing: bool = True) -> None:
    """Add `--ignorefile FILE` and, where findings are listed, `--show-ignored`."""
    group = parser.add_argument_group("ignore files", "findings somebody decided to live with")
    add = group.add_argument
    add(
        "--ignorefile",
        action="append",
        default=None,
        metavar="FILE",
        help="read this ignore file instead of those in the current directory; repeat for several;"
        ' "" reads none',
    )
    if listing:
        add(
            "--show-ignored",
            "--show-suppressed",
            action="store_true",
            help="list what ignore rules and VEX hide too, each with the reason",
        )


def marked(report: Report, args: argparse.Namespace, context: Context) -> Report:
    """`report` with what the ignore files hide marked; of its base image too.

    Commands without the options get it as it is. Raises ConfigError for a file that is not
    understood.
    """
    if not hasattr(args, "ignorefile"):
        return report
    rules = load_rules(args, context)
    if not rules.rules:
        return report
    from ironhull.pipeline import now

    found = _of(report, rules, now())
    base = report.base
    if base is not None and base.report is not None:
        base = replace(base, report=_of(base.report, rules, now()))
    return replace(found, base=base)


def _of(report: Report, rules: Rules, now: str) -> Report:
    from ironhull.ignore.marking import apply

    subject = report.sbom.subject
    findings, uses = apply(report.findings, rules.rules, subject, now=now)
    secrets = report.secrets
    if secrets is not None:
        from ironhull.ignore.secrets import apply_to_secrets

        secrets, uses = apply_to_secrets(secrets, rules.rules, uses, subject, now=now)
    licenses = report.licenses
    if licenses is not None:
        from ironhull.ignore.licenses import apply_to_licenses

        licenses, uses = apply_to_licenses(licenses, rules.rules, uses, subject, now=now)
    return replace(report, findings=findings, ignore_rules=uses, secrets=secrets, licenses=licenses)


def load_rules(args: argparse.Namespace, context: Context) -> Rules:
    """The rules of the files asked for, or found in the current directory, read once a run.

    What was found unasked, and rules whose day has come, are said.
    """
    known: Rules | None = getattr(args, "ignore_rules", None)
    if known is None:
        known = args.ignore_rules = _loaded(args, context)
    return known


def _loaded(args: argparse.Namespace, context: Context) -> Rules:
    asked = args.ignorefile is not None
    paths = [Path(name) for name in args.ignorefile if name] if asked else _found(context)
    if not paths:
        from ironhull.ignore.files import Rules

        return Rules()
    from ironhull.ignore.files import load
    from ironhull.store.answer_cache import Input

    rules = load(paths)
    context.depends_on([Input("text", str(path)) for path in paths])
    if not asked:
        files = ", ".join(rules.files)
        context.note(f"ignore rules of {files} in the current directory apply")
    _tell_expired(rules, context)
    return rules


def _found(context: Context) -> list[Path]:
    """The files in the current directory; that there are others is part of a kept answer too."""
    from ironhull.ignore import NAMES

    if context.recording is not None:
        from ironhull.store.answer_cache import Input

        context.depends_on([Input("text", name) for name in NAMES])
    return [path for name in NAMES if (path := Path(name)).is_file()]


def _tell_expired(rules: Rules, context: Context) -> None:
    from ironhull.pipeline import now

    moment = now()
    expired = [rule for rule in rules.rules if rule.expired(moment)]
    if any(rule.until and not rule.expired(moment) for rule in rules.rules):
        context.depends_on(None)  # the day comes without a file changing
    for rule in expired[:_TOLD]:
        context.note(
            f"warning: {rule.where}: the rule for {rule.what} ended on {rule.until[:10]}"
            " and no longer applies"
        )
    if len(expired) > _TOLD:
        context.note(f"warning: {len(expired) - _TOLD} more ignore rules have ended")
