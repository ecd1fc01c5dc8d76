"""What `scan --scanners license` needs: its options, and the rules of options and settings."""

from __future__ import annotations

from ironhull.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from ironhull.commands._context import Context
    from ironhull.config import Settings
    from ironhull.licenses.rules import LicenseRules
    from ironhull.model import LicenseFinding, Report
    from ironhull.pipeline import Opened
    from ironhull.store.answer_cache import Input

__all__ = ["add_license_arguments", "check_licenses", "hits", "licensed", "of_concern"]


def add_license_arguments(parser: argparse.ArgumentParser) -> None:
    """--license-full, --allow-license, --ignored-licenses, --deny-license."""
    group = parser.add_argument_group("licences (--scanners license)")
    add = group.add_argument
    add("--license-full", action="store_true", help="also every file with the text of a licence")
    add(
        "--allow-license",
        action="append",
        default=[],
        metavar="LIST",
        help="allow these alone: names, globs or categories; added to [licenses] of the settings",
    )
    add(
        "--ignored-licenses",
        action="append",
        default=[],
        metavar="LIST",
        help="leave these out; all others are listed as they are",
    )
    add(
        "--deny-license",
        action="append",
        default=[],
        metavar="LIST",
        help="do not allow these, whatever else is allowed",
    )


def check_licenses(args: argparse.Namespace) -> None:
    """Raises UsageError for options on licences nobody looks for."""
    if "license" in args.looked_for:
        return
    for option in ("license_full", "allow_license", "ignored_licenses", "deny_license"):
        if getattr(args, option):
            name = f"--{option.replace('_', '-')}"
            raise UsageError(f"{name}: nobody looks for licences", "add --scanners license")


def licensed(found: Opened, report: Report, args: argparse.Namespace, context: Context) -> Report:
    """`report` with the licences in it, judged by settings and options."""
    from ironhull.licensing import with_licenses

    context.depends_on(_reader())
    rules = _rules(args, context.settings)
    return with_licenses(found, report, context.settings, rules, files=args.license_full)


def of_concern(
    report: Report, severities: tuple[str, ...], kinds: tuple[str, ...]
) -> tuple[LicenseFinding, ...]:
    """The licences to list: those denied, and of those no list speaks of what severities leave.

    Of packages those of `kinds` ("os", "library") alone.
    """
    from ironhull.formats._targets import OS_TYPES

    return tuple(
        found
        for found in report.licenses or ()
        if (found.state == "denied" or (not found.state and found.severity in severities))
        and (
            found.package is None
            or ("os" if found.package.ecosystem in OS_TYPES else "library") in kinds
        )
    )


def hits(listed: Sequence[LicenseFinding], args: argparse.Namespace, context: Context) -> bool:
    """Whether --exit-code fires: for what is denied; where no list says what is, for any."""
    rules = _rules(args, context.settings)
    return any(found.state == "denied" for found in listed) if rules.has_lists else bool(listed)


def _reader() -> list[Input] | None:
    """What tells that texts are still read by the same; None where better may be installed."""
    from importlib.util import find_spec

    from ironhull.store.answer_cache import Input

    found = find_spec("licenseclassifier")
    return [Input("file", found.origin)] if found is not None and found.origin else None


def _rules(args: argparse.Namespace, settings: Settings) -> LicenseRules:
    from ironhull.licenses.rules import NO_RULES
    from ironhull.values import replace

    rules = settings.licenses or NO_RULES
    return replace(
        rules,
        allow=(*rules.allow, *_words(args.allow_license)),
        deny=(*rules.deny, *_words(args.deny_license)),
        ignored=tuple(_words(args.ignored_licenses)),
    )


def _words(given: list[str]) -> list[str]:
    return [word.strip() for text in given for word in text.split(",") if word.strip()]
