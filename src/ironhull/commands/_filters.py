"""The options that choose findings, shared by commands; what they hide is said, not dropped.

A malicious package is no vulnerability: options about what a vulnerability is like (its severity,
fix, score) do not hide it, those that name packages or identifiers do.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from ironhull.commands._base_filters import base_filter
from ironhull.commands._words import SUPPRESS
from ironhull.counts import source_package, vulnerability_id
from ironhull.errors import UsageError
from ironhull.lazy import regex
from ironhull.model import SEVERITIES, Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Sequence

    from ironhull.model import Report

__all__ = ["Selection", "add_filter_arguments", "package_types", "refuse_stages", "select"]

PACKAGE_TYPES = (
    *("alpm", "apk", "bitnami", "cargo", "cocoapods", "composer", "conan"),
    *("conda", "cpan", "cran", "deb", "dhi", "gem", "generic"),
    *("github", "golang", "hackage", "hex", "luarocks", "maven", "npm"),
    *("nuget", "otp", "pub", "pypi", "rpm", "swift"),
)
"""Types of package URLs that catalogers give, and those that SBOMs of others hold."""

_ID = regex(r"[a-z]+-[a-z0-9:.-]+", re.ASCII)
_METRIC = regex(r"([A-Z]{1,3}):([A-Z]{1,2})", re.ASCII)
_METRICS = {
    **{"AV": "NALP", "AC": "LMH", "AT": "NP", "AU": "MSN", "PR": "NLH", "UI": "NRPA", "S": "UC"},
    **dict.fromkeys(("C", "I", "A"), "NLHPC"),
    **dict.fromkeys(("VC", "VI", "VA", "SC", "SI", "SA"), "NLH"),
}
"""Base metrics of CVSS 2, 3 and 4 and their values, in capitals."""

_STAGES = "only these stages of the build, as their SBOMs attached to the image list them"

Test = Callable[[Finding], bool]


class Selection(NamedTuple):
    """The findings that pass, the `filters` as the user wrote them, and `notes` to be said."""

    findings: tuple[Finding, ...]
    filters: tuple[str, ...]
    notes: tuple[str, ...] = ()


def add_filter_arguments(parser: argparse.ArgumentParser, *, stages: str = "") -> None:
    """Add the `--only-...` options; lists are separated by commas or the option is repeated.

    `stages` is the help of --multi-stage for a command that can show stages; for others, which
    `refuse_stages`, it is not listed.
    """
    group = parser.add_argument_group("filters", "what to list; the totals stay those of the image")
    add = group.add_argument
    several = partial(add, action="append", default=[])
    several("--only-severity", metavar="LIST", help="critical,high,…")
    add("--only-fixed", action="store_true", help="only what a newer package repairs")
    add("--only-unfixed", action="store_true", help="only what no package repairs yet")
    several(
        "--only-package",
        metavar="REGEX",
        help="names of source packages or installed ones, separated by commas; repeat for several",
    )
    several("--only-package-type", metavar="LIST", help="deb,npm,…")
    several("--only-cve-id", metavar="LIST", help="CVE-2024-1234,…; any alias will do")
    several("--only-metric", metavar="LIST", help="of CVSS vectors: AV:N,PR:N,…")
    add("--only-cisa-kev", action="store_true", help="only what CISA knows to be exploited")
    add("--epss-score", metavar="SHARE", help="only EPSS scores from this on (0 to 1)")
    add("--epss-percentile", metavar="SHARE", help="only EPSS percentiles from this on (0 to 1)")
    add("--only-base", action="store_true", help="only packages the base image brings")
    add("--ignore-base", action="store_true", help="no packages the base image brings")
    add("--multi-stage", action="store_true", help=stages or SUPPRESS)
    several("--only-stage", metavar="LIST", help=_STAGES if stages else SUPPRESS)
    add("--only-vuln-packages", action="store_true", help=SUPPRESS)


def select(
    findings: Iterable[Finding], args: argparse.Namespace, report: Report | None = None
) -> Selection:
    """The findings the options leave. Raises UsageError for a value we do not understand.

    What a base image brings is told by the `report` they are from; AdvisoryError where only that
    is wanted and nobody can tell.
    """
    chosen = list(_tests(args))
    notes: tuple[str, ...] = ()
    if report is not None and (args.only_base or args.ignore_base):
        option, test, note = base_filter(report, only=args.only_base)
        chosen.append((option, test))
        notes = (note,) if note else ()
    kept = tuple(f for f in findings if all(test(f) for _, test in chosen))
    return Selection(kept, tuple(option for option, _ in chosen), notes)


def _tests(args: argparse.Namespace) -> Iterator[tuple[str, Test]]:
    _refuse(args)
    for option, test in (*_by_likeness(args), *_by_score(args)):
        yield option, _or_malicious(test)
    if args.only_package:
        patterns = [pattern for text in args.only_package for pattern in _patterns(text)]
        yield _option("package", args.only_package), _has_name(patterns)
    if types := package_types(args.only_package_type):
        yield _option("package-type", types), lambda f: f.package.ecosystem in types
    if ids := _words(args.only_cve_id):
        yield _option("cve-id", [i.upper() for i in ids]), _has_id(ids)


def _refuse(args: argparse.Namespace) -> None:
    if args.only_fixed and args.only_unfixed:
        raise UsageError("--only-fixed and --only-unfixed leave nothing", "give one of them")
    if args.only_base and args.ignore_base:
        raise UsageError("--only-base and --ignore-base leave nothing", "give one of them")


def refuse_stages(args: argparse.Namespace) -> None:
    """UsageError where stages are asked for."""
    if args.multi_stage or args.only_stage:
        option = "--multi-stage" if args.multi_stage else "--only-stage"
        raise UsageError(
            f"{option}: stages are not compared with each other",
            "`ironhull cves` shows them; `ironhull compare sbom://FILE` compares their SBOMs",
        )


def _or_malicious(test: Test) -> Test:
    return lambda finding: finding.advisory.kind == "malicious" or test(finding)


def _by_likeness(args: argparse.Namespace) -> Iterator[tuple[str, Test]]:
    if wanted := _words(args.only_severity):
        yield _option("severity", wanted), _has_severity(wanted)
    if args.only_fixed:
        yield "--only-fixed", lambda f: bool(f.fixed)
    if args.only_unfixed:
        yield "--only-unfixed", lambda f: not f.fixed
    if args.only_cisa_kev:
        yield "--only-cisa-kev", lambda f: f.kev


def _by_score(args: argparse.Namespace) -> Iterator[tuple[str, Test]]:
    if metrics := [word.upper() for word in _words(args.only_metric)]:
        yield _option("metric", metrics), _has_metrics(metrics)
    for place, name in enumerate(("score", "percentile")):
        text = getattr(args, f"epss_{name}")
        if text is not None:
            yield f"--epss-{name} {text}", _reaches(place, _share(f"--epss-{name}", text))


def _option(name: str, values: Sequence[str]) -> str:
    return f"--only-{name} {','.join(values)}"


def _words(given: Sequence[str]) -> list[str]:
    words = [word.strip().lower() for text in given for word in text.split(",")]
    if given and not all(words):
        raise UsageError(f"an empty word in the list {','.join(given)!r}", "write a,b,c")
    return list(dict.fromkeys(words))


def _share(option: str, text: str) -> float:
    try:
        value = float(text)
        if not 0 <= value <= 1:
            raise ValueError
    except ValueError:
        raise UsageError(f"{option}: {text!r} is no share", "a number from 0 to 1") from None
    return value


def _reaches(place: int, least: float) -> Test:
    return lambda finding: finding.epss is not None and finding.epss[place] >= least


def _has_metrics(metrics: Sequence[str]) -> Test:
    """Of each metric named one of the values named; the first vector that has the metric tells."""
    wanted: dict[str, set[str]] = {}
    for metric in metrics:
        parts = _METRIC.fullmatch(metric)
        if parts is None or parts[2] not in _METRICS.get(parts[1], ()):
            hint = f"such as AV:N; there are {', '.join(_METRICS)}"
            raise UsageError(f"--only-metric: no {metric!r}", hint)
        wanted.setdefault(parts[1], set()).add(parts[2])

    def test(finding: Finding) -> bool:
        said: dict[str, str] = {}
        for cvss in finding.advisory.cvss:
            for part in cvss.vector.upper().split("/"):
                name, _, value = part.partition(":")
                said.setdefault(name, value)
        return all(said.get(name) in values for name, values in wanted.items())

    return test


def _has_severity(wanted: Sequence[str]) -> Test:
    for word in wanted:
        if word not in SEVERITIES:
            raise UsageError(f"--only-severity: no {word!r}", f"there are {', '.join(SEVERITIES)}")
    return lambda f: f.severity in wanted


def _patterns(text: str) -> Iterator[str]:
    """The regular expressions of a list; a comma in brackets of any kind is part of one."""
    depth, begin = 0, 0
    for place, char in enumerate(text):
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char == "," and depth <= 0:
            yield text[begin:place]
            begin = place + 1
    yield text[begin:]


def _has_name(patterns: Sequence[str]) -> Test:
    compiled = []
    for pattern in patterns:
        try:
            if not pattern:
                raise re.error("it is empty")
            compiled.append(re.compile(pattern))
        except re.error as trouble:
            raise UsageError(
                f"--only-package {pattern!r} is no regular expression: {trouble}",
                "escape special characters with a backslash",
            ) from None

    def test(finding: Finding) -> bool:
        names = {source_package(finding).name, *(p.name for p in finding.packages)}
        return any(expression.search(name) for expression in compiled for name in names)

    return test


def package_types(given: Sequence[str]) -> list[str]:
    """The words of `--only-package-type`; UsageError for one no package can have."""
    words = _words(given)
    for word in words:
        if word not in PACKAGE_TYPES:
            hint = f"there are {', '.join(PACKAGE_TYPES)}"
            raise UsageError(f"--only-package-type: no {word!r}", hint)
    return words


def _has_id(ids: Sequence[str]) -> Test:
    for name in ids:
        if not _ID.fullmatch(name):
            raise UsageError(
                f"--only-cve-id: {name!r} is no identifier", "such as CVE-2024-1234 or a GHSA's"
            )

    def test(finding: Finding) -> bool:
        advisory = finding.advisory
        names = {vulnerability_id(advisory), advisory.id, *advisory.aliases}
        return any(name.lower() in ids for name in names)

    return test
