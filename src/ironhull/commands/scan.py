"""`ironhull scan`: what is wrong with an image, a table for each target, as Trivy shows it."""

from __future__ import annotations

import os
import re
import sys
from functools import partial

from ironhull.commands._context import (
    IMAGE_HELP,
    Context,
    add_cache_argument,
    add_layers_argument,
    add_output_arguments,
    add_platform_argument,
)
from ironhull.commands._exploitability import add_vex_arguments, hidden, vex_filters
from ironhull.commands._gates import (
    THRESHOLD_HIT,
    note_gaps,
    of_types,
    say_what_was_checked,
    writes_ids,
)
from ironhull.commands._ignoring import add_ignore_arguments
from ironhull.commands._licensing import (
    add_license_arguments,
    check_licenses,
    hits,
    of_concern,
)
from ironhull.commands._platforms import EVERY, Part, run_for_every
from ironhull.commands._reports import read_report, scan_opened
from ironhull.commands._scanners import DEFAULT, SCANNERS, scanners
from ironhull.commands._secrets import add_secret_arguments, with_baseline
from ironhull.errors import UsageError
from ironhull.formats import REPORT_FORMATS, SCAN_FORMATS
from ironhull.model import SEVERITIES
from ironhull.values import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping

    from ironhull.formats import Format
    from ironhull.formats.text_cves import Shown
    from ironhull.formats.text_scan import ScanView
    from ironhull.inventory import SharedLayers
    from ironhull.model import Finding, Report
    from ironhull.pipeline import Opened

__all__ = ["HELP", "arguments", "run"]

HELP = "List what is wrong with an image, a table for each target; options as Trivy's."

_STATUSES = {
    "affected": "unfixed",
    "fixed": "fixed",
    "will_not_fix": "will-not-fix",
    "end_of_life": "end-of-life",
    "under_investigation": "undetermined",
    "fix_deferred": "",
    "not_affected": "",
    "unknown": "",
}
"""Trivy's words for statuses, and ours; "" for those no finding has."""

_PKG_TYPES = ("os", "library")
_COLOURS = {"CRITICAL": "1;31", "HIGH": "31", "MEDIUM": "33", "LOW": "36", "UNKNOWN": "35"}
_SEVERITY = re.compile(rf"(?<=│ )({'|'.join(_COLOURS)})(?= +│)")


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of scan."""
    parser.add_argument("image", nargs="?", default="", metavar="IMAGE", help=IMAGE_HELP)
    add_platform_argument(parser, every=True)
    add_layers_argument(parser)
    add_cache_argument(parser)
    add = parser.add_argument
    words = ",".join(row.name for row in SCANNERS if row.available)
    add(
        "--scanners",
        action="append",
        default=[],
        metavar="LIST",
        help=f"of {words} (default: {DEFAULT[0]})",
    )
    add("--pkg-types", action="append", default=[], metavar="LIST", help="of os,library")
    add("-s", "--severity", action="append", default=[], metavar="LIST", help="HIGH,CRITICAL,…")
    add("--ignore-unfixed", action="store_true", help="only what a newer package repairs")
    add(
        "--ignore-status",
        action="append",
        default=[],
        metavar="LIST",
        help=f"leave out statuses, of {','.join(_STATUSES)}",
    )
    add(
        "--group-by",
        choices=("package", "source"),
        default="package",
        help="a row for each installed package, or for each source package",
    )
    add("-v", "--details", action="store_true", help="also the ignore rules without effect")
    add(
        "--exit-code",
        nargs="?",
        const=THRESHOLD_HIT,
        default=0,
        type=_code,
        metavar="N",
        help="exit N (2 if no number is given) if anything is listed, 1 if nothing could be"
        " checked",
    )
    add(
        "--exit-on-eol",
        default=0,
        type=_code,
        metavar="N",
        help="exit N if the release of the distribution gets no more security updates",
    )
    add_ignore_arguments(parser)
    add_secret_arguments(parser)
    add_license_arguments(parser)
    add_vex_arguments(parser)
    formats = (*SCAN_FORMATS, *REPORT_FORMATS)
    add_output_arguments(parser, list(dict.fromkeys(row.name for row in formats)), "text")


def _code(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 4 and int(text) < 256:
        return int(text)
    from argparse import ArgumentTypeError

    raise ArgumentTypeError(
        f"{text[:80]!r} is no number from 0 to 255; the image stands before this option"
    )


def run(args: argparse.Namespace, context: Context) -> int:
    """Print the tables; 0, or what --exit-code and --exit-on-eol say."""
    asked = _asked(args)  # options that make no sense are said before the image is read
    if args.platform == EVERY:
        return run_for_every(args.image, args, context, partial(_one_of, args, context, asked))
    report = with_baseline(read_report(args.image, args, context), args, context)
    part = _part(args, context, asked, report)
    context.emit(args, part.renders)
    return part.code()


def _one_of(
    args: argparse.Namespace,
    context: Context,
    asked: _Asked,
    found: Opened,
    layers: SharedLayers,
) -> Part:
    report = scan_opened(found, args.image, args, context, layers)
    return _part(args, context, asked, with_baseline(report, args, context))


# ── what is asked for ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Asked:
    """The choice the options make, and the options as the user wrote them."""

    severities: tuple[str, ...]
    hidden: frozenset[str]  # statuses that are left out
    kinds: tuple[str, ...]
    only_fixed: bool
    filters: tuple[str, ...]

    def keeps(self, finding: Finding) -> bool:
        from ironhull.formats._targets import OS_TYPES

        kind = "os" if finding.package.ecosystem in OS_TYPES else "library"
        return (
            finding.severity in self.severities
            and finding.status not in self.hidden
            and kind in self.kinds
            and (bool(finding.fixed) or not self.only_fixed)
        )


def _asked(args: argparse.Namespace) -> _Asked:
    args.looked_for = scanners(args.scanners)
    check_licenses(args)
    severities = _words(args.severity, "--severity", (*SEVERITIES, "unknown"))
    wanted = ["unspecified" if word == "unknown" else word for word in severities]
    statuses = _words(args.ignore_status, "--ignore-status", (*_STATUSES, *_STATUSES.values()))
    kinds = _words(args.pkg_types, "--pkg-types", _PKG_TYPES)
    filters = [
        *([f"--severity {','.join(severities).upper()}"] if severities else []),
        *(["--ignore-unfixed"] if args.ignore_unfixed else []),
        *([f"--ignore-status {','.join(statuses)}"] if statuses else []),
        *([f"--pkg-types {','.join(kinds)}"] if kinds else []),
    ]
    return _Asked(
        severities=tuple(s for s in SEVERITIES if s in (wanted or SEVERITIES)),
        hidden=frozenset(filter(None, (_STATUSES.get(word, word) for word in statuses))),
        kinds=tuple(kind for kind in _PKG_TYPES if kind in (kinds or _PKG_TYPES)),
        only_fixed=args.ignore_unfixed,
        filters=tuple(filters),
    )


def _words(given: list[str], option: str, known: tuple[str, ...]) -> list[str]:
    words = [word.strip().lower() for text in given for word in text.split(",")]
    for word in words:
        if not word or word not in known:
            names = ", ".join(dict.fromkeys(filter(None, known)))
            raise UsageError(f"{option}: no {word!r}", f"there are {names}")
    return list(dict.fromkeys(words))


# ── what is written ──────────────────────────────────────────────────────────────────────────────


def _part(args: argparse.Namespace, context: Context, asked: _Asked, report: Report) -> Part:
    from ironhull.formats.text_cves import Shown

    shown = Shown(
        tuple(filter(asked.keeps, report.effective)),
        (*asked.filters, *vex_filters(args)),
        details=args.details,
        ignored=tuple(filter(asked.keeps, hidden(report, args))),
        show_ignored=args.show_ignored,
        secrets=tuple(s for s in report.secrets or () if s.severity in asked.severities),
        licenses=of_concern(report, asked.severities, asked.kinds),
    )
    renders = _renders(args, asked, report, shown)
    return Part(renders, partial(_exit_code, args, context, asked, report, shown))


def _renders(
    args: argparse.Namespace, asked: _Asked, report: Report, shown: Shown
) -> Mapping[str, Callable[[], str | bytes]]:
    from ironhull.formats.text_scan import ScanView

    view = ScanView(
        shown,
        severities=asked.severities,
        by_source=args.group_by == "source",
        today=_today(),
    )
    part = _of_kinds(report, asked)
    return {
        **{row.name: partial(row.write, report, shown) for row in REPORT_FORMATS},
        **{row.name: partial(_text, row, args, part, view) for row in SCAN_FORMATS},
    }


def _text(row: Format, args: argparse.Namespace, report: Report, view: ScanView) -> str:
    text = row.write(report, view).decode()
    if args.output or os.environ.get("NO_COLOR") or not sys.stdout.isatty():
        return text
    return _SEVERITY.sub(lambda word: f"\033[{_COLOURS[word[0]]}m{word[0]}\033[0m", text)


def _of_kinds(report: Report, asked: _Asked) -> Report:
    """The part of a report that --pkg-types names."""
    if asked.kinds == _PKG_TYPES:
        return report
    from ironhull.formats._targets import OS_TYPES

    types = {package.ecosystem for package in report.sbom.packages}
    return of_types(report, types & OS_TYPES if asked.kinds == ("os",) else types - OS_TYPES)


# ── the exit code ────────────────────────────────────────────────────────────────────────────────


def _exit_code(
    args: argparse.Namespace, context: Context, asked: _Asked, report: Report, shown: Shown
) -> int:
    if args.exit_on_eol and _ended(report, context):
        return int(args.exit_on_eol)
    if not args.exit_code:
        if writes_ids(args):
            note_gaps(report, context)
        return 0
    if shown.findings or any(secret.ignored is None for secret in shown.secrets):
        return int(args.exit_code)
    if hits(shown.licenses, args, context):
        return int(args.exit_code)
    if "vuln" in report.scanners:
        say_what_was_checked(_of_kinds(report, asked), context)
    context.report(
        [problem for problem in report.problems if problem.stage in ("secrets", "licenses")]
    )
    return 0


def _ended(report: Report, context: Context) -> bool:
    """Whether the distribution's release is past the end of its support; says what is known."""
    from ironhull.ecosystems import end_of_support

    context.depends_on(None)  # the day of the end comes without a file changing
    distro = report.sbom.distro
    end = end_of_support(distro)
    if distro is not None and not end:
        context.note(f"warning: not known when {distro} loses support: --exit-on-eol says nothing")
    ended = bool(end) and _today() > end
    if ended:
        context.note(f"{distro} has had no security updates since {end}")
    return ended


def _today() -> str:
    from ironhull.pipeline import now

    return now()[:10]
