"""`ironhull db`: bring the advisory data up to date, say how old it is."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ironhull.commands._context import Context, add_output_arguments
from ironhull.errors import AdvisoryError, UsageError

if TYPE_CHECKING:
    from ironhull.advisories.status import Status
    from ironhull.advisories.update import Outcome, Updated

_APT = "apt"

HELP = "Bring the advisory data up to date, or say how old it is and what it covers."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add `update` and `status`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="update|status")
    update = actions.add_parser(
        "update", help="download what changed", description="Download what changed and index it."
    )
    update.add_argument(
        "--source",
        action="append",
        default=[],
        metavar="NAME",
        help="only this source (apt: Debian's archive, for the images of the store); repeat",
    )
    update.add_argument(
        "--url",
        action="append",
        default=[],
        metavar="NAME=URL",
        help="take a source from elsewhere (osv, debian-tracker, kev, epss); repeatable",
    )
    status = actions.add_parser(
        "status", help="age and coverage", description="Age, size and coverage of the data in use."
    )
    add_output_arguments(status, ("text", "json"), "text")


def run(args: argparse.Namespace, context: Context) -> int:
    """Do what was asked for; 1 where an update reached no source."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return _update(args, context, now) if args.action == "update" else _status(args, context, now)


def _update(args: argparse.Namespace, context: Context, now: str) -> int:
    from ironhull.advisories.update import update
    from ironhull.pipeline import transport

    if context.settings.offline:
        raise AdvisoryError("offline: nothing was downloaded", "unset IRONHULL_OFFLINE")
    if args.source == [_APT]:
        return _ending(answered=_learn(context))
    result = update(
        directory=context.settings.advisories,
        transport=transport(context.settings, context.progress),
        now=now,
        urls={**context.settings.advisory_urls, **_urls(args.url)},
        only=[name for name in args.source if name != _APT],
        waiting=lambda: context.note("another update is running; waiting for it"),
    )
    _tell(result, context)
    learned = _learn(context) if not args.source or _APT in args.source else False
    return _ending(answered=result.ok or learned)


def _ending(*, answered: bool) -> int:
    """0; AdvisoryError where no source answered: the run changed nothing, --quiet or not."""
    if not answered:
        raise AdvisoryError(
            "no advisory source could be used; the data of before stays in use",
            "check the network, or name mirrors with --url or [sources] of the settings file",
        )
    return 0


def _learn(context: Context) -> bool:
    """Ask Debian's archive about the images in the store; whether it answered for one of them."""
    from ironhull.errors import Error
    from ironhull.pipeline import learn

    answered = False
    for name, known in learn(context.settings, progress=context.progress):
        if isinstance(known, Error):
            context.note(f"{_APT}: {name}: not updated: {known.message}")
            continue
        answered = True
        fixed = len(known.advisories)
        context.note(
            f"{_APT}: {name}: {fixed} CVEs repaired by newer {known.scope} packages,"
            f" {len(known.examined)} source packages looked at, archive of {known.date[:10]}"
        )
        context.report(known.problems)
    return answered


def _urls(given: list[str]) -> dict[str, str]:
    found = {}
    for text in given:
        name, equals, url = text.partition("=")
        if not equals or not name or not url:
            raise UsageError(f"--url {text}: not NAME=URL", "such as --url osv=http://mirror/osv")
        found[name] = url
    return found


def _tell(result: Updated, context: Context) -> None:
    for outcome in result.outcomes:
        context.note(_line(outcome))
        context.report(outcome.problems)
    ending = "rebuilt" if result.rebuilt else "unchanged"
    context.note(f"index {ending}: {result.digest}")


def _line(outcome: Outcome) -> str:
    if outcome.state == "failed":
        kept = f"; data of {outcome.date[:10]} stays in use" if outcome.date else ""
        return f"{outcome.source}: not updated: {outcome.message}{kept}"
    skipped = f", {outcome.skipped} unusable" if outcome.skipped else ""
    return (
        f"{outcome.source}: {outcome.state}, {outcome.records} records{skipped},"
        f" of {outcome.date[:10]}"
    )


def _status(args: argparse.Namespace, context: Context, now: str) -> int:
    from ironhull.advisories.status import status

    found = status(context.settings.advisories, now=now)
    context.emit(args, {"text": lambda: _text(found), "json": lambda: _json(found)})
    return 0


def _json(found: Status) -> str:
    from dataclasses import asdict

    return json.dumps(asdict(found), indent=2) + "\n"


def _text(found: Status) -> str:
    rows = [("SOURCE", "DATE", "AGE", "FETCHED", "RECORDS", "STATE")]
    rows += [
        (
            *(source.name, source.date[:10] or "-"),
            "-" if source.age_days is None else f"{source.age_days} days",
            source.fetched[:10] or "-",
            f"{source.records:,}",
            source.state,
        )
        for source in found.sources
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    lines.append("")
    lines += [
        f"{scope.name}: {scope.checked}, {scope.advisories:,} advisories" for scope in found.scopes
    ]
    lines.append("")
    lines.append(f"index {found.path}, {found.size / 1e6:.1f} MB, built {found.built}")
    lines.append(f"digest {found.digest}")
    return "\n".join(lines) + "\n"
