"""`ironhull db`: bring the advisory data up to date, say how old it is, carry it elsewhere."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ironhull.commands import _db_exchange, _db_registry, _db_status
from ironhull.commands._context import Context
from ironhull.errors import AdvisoryError, UsageError

if TYPE_CHECKING:
    from ironhull.advisories.update import Outcome, Updated, Wanted

_APT = "apt"
_NAMED = 5

HELP = "Bring the advisory data up to date, say how old it is, carry it to other machines."

_OTHERS = {
    "status": _db_status,
    "export": _db_exchange,
    "import": _db_exchange,
    "publish": _db_registry,
    "pull": _db_registry,
}
"""The modules of the other actions: each adds its own and runs it."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add `update` and the others."""
    names = "|".join(("update", *_OTHERS))
    actions = parser.add_subparsers(dest="action", required=True, metavar=names)
    _add_update(actions)
    for module in dict.fromkeys(_OTHERS.values()):
        module.add(actions)


def _add_update(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    update = actions.add_parser(
        "update",
        help="download what changed",
        description="Download what changed of the sources that the images seen so far need, and"
        " index it.",
    )
    which = update.add_mutually_exclusive_group()
    which.add_argument(
        "--source",
        action="append",
        default=[],
        metavar="NAME",
        help="only this source (apt: Debian's archive, for the images of the store); repeat",
    )
    which.add_argument(
        "--all", action="store_true", help="every source there is, large ones included"
    )
    update.add_argument(
        "--url",
        action="append",
        default=[],
        metavar="NAME=URL",
        help="take a source from elsewhere (osv, debian-tracker, kev, ...); repeat for other"
        " sources, or to name mirrors that are tried in turn",
    )


def run(args: argparse.Namespace, context: Context) -> int:
    """Do what was asked for; 1 where an update reached no source."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if args.action == "update":
        return _update(args, context, now)
    return int(_OTHERS[args.action].run(args, context, now))


def _update(args: argparse.Namespace, context: Context, now: str) -> int:
    from ironhull.advisories.update import Wanted, Watcher, update
    from ironhull.commands._downloads import Downloads
    from ironhull.pipeline import transport

    if context.settings.offline:
        raise AdvisoryError("offline: nothing was downloaded", "unset IRONHULL_OFFLINE")
    if args.source == [_APT]:
        return _ending(answered=_learn(context))
    urls = {**context.settings.advisory_urls, **_urls(args.url)}
    only = tuple(name for name in args.source if name != _APT)
    wanted = Wanted(only, args.all, frozenset() if args.all else _seen(context))
    result = update(
        directory=context.settings.advisories,
        transport=transport(context.settings, Downloads(context.progress)),
        now=now,
        urls=urls,
        wanted=wanted,
        watcher=Watcher(
            waiting=lambda: context.note("another update is running; waiting for it"),
            asking=lambda asked, left: context.note(_plan(wanted, asked, left)),
            progress=context.progress,
        ),
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


def _seen(context: Context) -> frozenset[str]:
    """The scopes of packages in images that were scanned, or are in the store."""
    from ironhull.advisories.needs import needed, note_needed, scopes_of
    from ironhull.errors import Error
    from ironhull.pipeline import load, sbom
    from ironhull.store.images import ImageStore

    directory = context.settings.advisories
    for stored in ImageStore(context.settings.images).list():
        try:
            image = load(f"local://{stored.digest}", context.settings)
            note_needed(directory, scopes_of(sbom(image, context.settings)))
        except Error:
            continue  # an image that cannot be read needs nothing; `images` and scans say why
    return needed(directory)


def _plan(wanted: Wanted, asked: Sequence[str], left: Sequence[str]) -> str:
    """Which sources are asked, and why the others are not."""
    if not left or wanted.only:
        return f"asking {len(asked)} sources"
    number = f"asking {len(asked)} of {len(asked) + len(left)} sources"
    if not wanted.scopes:
        return f"{number}: no image was seen yet; large ones are left ({', '.join(left)}; --all)"
    return f"{number}, for images of {', '.join(sorted(wanted.scopes))} (--all: every one)"


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


def _urls(given: list[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for text in given:
        name, equals, url = text.partition("=")
        if not equals or not name or not url:
            raise UsageError(f"--url {text}: not NAME=URL", "such as --url osv=http://mirror/osv")
        found[name] = (*found.get(name, ()), url)
    return found


def _tell(result: Updated, context: Context) -> None:
    down: dict[str, list[Outcome]] = {}
    for outcome in result.outcomes:
        for trouble in outcome.passed:
            context.note(f"{outcome.source}: a mirror was passed by: {trouble}")
        if outcome.host:
            down.setdefault(outcome.host, []).append(outcome)
        elif outcome.state != "absent":
            context.note(_line(outcome))
        context.report(outcome.problems)
    for failed in down.values():
        for line in _lines(failed):
            context.note(line)
    if absent := [outcome.source for outcome in result.outcomes if outcome.state == "absent"]:
        context.note(f"not there: {_few(absent)}")
    ending = "rebuilt" if result.rebuilt else "unchanged"
    context.note(f"index {ending}: {result.digest}")


def _lines(failed: list[Outcome]) -> list[str]:
    """What sources of one host that does not answer are told of: one line if they are many."""
    if len(failed) <= _NAMED:
        return [_line(outcome) for outcome in failed]
    names = _few([outcome.source for outcome in failed])
    return [f"{len(failed)} sources not updated ({names}): {failed[0].message}"]


def _few(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _line(outcome: Outcome) -> str:
    if outcome.state == "failed":
        kept = f"; data of {outcome.date[:10]} stays in use" if outcome.date else ""
        return f"{outcome.source}: not updated: {outcome.message}{kept}"
    skipped = f", {outcome.skipped} unusable" if outcome.skipped else ""
    left = "".join(f", {count} {reason}" for reason, count in outcome.left)
    return (
        f"{outcome.source}: {outcome.state}, {outcome.records} records{skipped}{left},"
        f" of {outcome.date[:10]}"
    )
