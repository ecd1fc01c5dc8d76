"""`ironhull explain`: what is known of an advisory, and why it holds or not in an image."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ironhull.commands._context import (
    IMAGE_HELP,
    Context,
    add_cache_argument,
    add_layers_argument,
    add_output_arguments,
    add_platform_argument,
)
from ironhull.commands._exploitability import add_vex_arguments, weighing
from ironhull.commands._ignoring import add_ignore_arguments, load_rules
from ironhull.commands._paint import renders
from ironhull.commands._reports import read_report
from ironhull.errors import AdvisoryError, UsageError, printable
from ironhull.formats import EXPLAIN_FORMATS
from ironhull.values import replace

if TYPE_CHECKING:
    from ironhull.explain.values import Explanation
    from ironhull.model import Advisory, Report
    from ironhull.store.advisories import AdvisoryIndex

__all__ = ["HELP", "arguments", "run"]

HELP = "Tell what is known of an advisory, and why it holds or not in an image."

_LONGEST = 200  # characters of an identifier
_SHORTEST = 5  # characters two identifiers have in common to be alike: "CVE-2"
_LIKE = 500  # identifiers that are looked at to find those most alike


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of explain."""
    add = parser.add_argument
    add("advisory", metavar="ADVISORY", help="CVE-2024-1234, or any alias of it (GHSA, DSA, …)")
    add("image", nargs="?", default="", metavar="IMAGE", help=_IMAGE)
    add_platform_argument(parser)
    add_layers_argument(parser)
    add_cache_argument(parser)
    add_ignore_arguments(parser, listing=False)
    add_vex_arguments(parser, listing=False)
    add_output_arguments(parser, [row.name for row in EXPLAIN_FORMATS], "text")


_IMAGE = f"also why it holds or not in this image: {IMAGE_HELP.rpartition('; default')[0]}"


def run(args: argparse.Namespace, context: Context) -> int:
    """Print the explanation; 0 whether anything is affected or not.

    Raises AdvisoryError for what no source speaks of.
    """
    asked = args.advisory.strip()
    if not asked or len(asked) > _LONGEST or not asked.isprintable():
        raise UsageError(f"{printable(asked[:80])!r} is no identifier", "such as CVE-2024-1234")
    from ironhull.advisories.update import open_index
    from ironhull.pipeline import now

    report = read_report(args.image, args, context) if args.image else None
    with open_index(context.settings.advisories, now=now()) as index:
        found = _found(asked, args, context, index, report)
    context.emit(args, renders(EXPLAIN_FORMATS, args, found))
    return 0


def _found(
    asked: str,
    args: argparse.Namespace,
    context: Context,
    index: AdvisoryIndex,
    report: Report | None,
) -> tuple[Explanation, ...]:
    from ironhull import __version__
    from ironhull.advisories._severity import ORDER, severity_of
    from ironhull.advisories.learned import read_learned
    from ironhull.explain.sources import known
    from ironhull.model import MadeWith

    learned = [a for item in read_learned(context.settings.advisories) for a in item.advisories]
    rule = context.settings.severity or ORDER

    def rate(advisory: Advisory) -> Advisory:
        word, whose = severity_of(advisory, rule)
        return replace(advisory, severity=word, severity_source=whose)

    found = known(index, asked, learned=learned, rule=rule, rate=rate)
    if not found:
        raise _unknown(asked, index)
    made = MadeWith(__version__, index.digest, index.date)
    found = tuple(replace(explanation, made_with=made) for explanation in found)
    if report is None:
        return found
    from ironhull.advisories._groups import UNMATCHED
    from ironhull.commands._considered import rules_for, statements_of
    from ironhull.explain.judgements import judged

    rules = rules_for(load_rules(args, context), report)
    statements = statements_of(weighing(args, context))
    return tuple(
        judged(e, report, index, unmatched=UNMATCHED, rules=rules, statements=statements)
        for e in found
    )


def _unknown(asked: str, index: AdvisoryIndex) -> AdvisoryError:
    """What to say of an identifier nobody knows: those like it, and how old the data is."""
    near = _near(asked, index)
    oldest = min(index.sources, key=lambda source: source.date, default=None)
    age = (
        f"the advisory data is of {index.date[:10]}" if index.date else "there is no advisory data"
    )
    if oldest is not None and oldest.date[:10] != index.date[:10]:
        age += f" (its oldest source, {oldest.name}, of {oldest.date[:10]})"
    like = f"known are {', '.join(near)}; " if near else ""
    return AdvisoryError(
        f"no source speaks of {asked}; {age}",
        f"{like}`ironhull db update` fetches what is new; a withdrawn advisory is not known either",
    )


def _near(asked: str, index: AdvisoryIndex) -> list[str]:
    """Up to five identifiers like `asked`: those that begin as it does, the most alike first."""
    import difflib

    wanted = asked.upper()
    for length in range(len(wanted), _SHORTEST - 1, -1):
        names = index.identifiers(wanted[:length], limit=_LIKE)
        if names:
            return difflib.get_close_matches(wanted, names, 5, 0.6) or list(names[:5])
    return []
