"""The options that choose findings, shared by commands; what they hide is said, not dropped."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from ironhull.counts import source_package, vulnerability_id
from ironhull.errors import UsageError
from ironhull.model import SEVERITIES, Finding

__all__ = ["Selection", "add_filter_arguments", "package_types", "select"]

PACKAGE_TYPES = (
    *("alpm", "apk", "bitnami", "cargo", "cocoapods", "composer", "conan"),
    *("conda", "cpan", "cran", "deb", "dhi", "gem", "generic"),
    *("github", "golang", "hackage", "hex", "luarocks", "maven", "npm"),
    *("nuget", "otp", "pub", "pypi", "rpm", "swift"),
)
"""Types of package URLs that catalogers give, and those that SBOMs of others hold."""

_ID = re.compile(r"[a-z]+-[a-z0-9:.-]+", re.ASCII)

Test = Callable[[Finding], bool]


class Selection(NamedTuple):
    """The findings that pass, and the `filters` as the user wrote them."""

    findings: tuple[Finding, ...]
    filters: tuple[str, ...]


def add_filter_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the `--only-...` options; lists are separated by commas or the option is repeated."""
    group = parser.add_argument_group("filters", "what to list; the totals stay those of the image")
    add = group.add_argument
    add("--only-severity", action="append", default=[], metavar="LIST", help="critical,high,…")
    add("--only-fixed", action="store_true", help="only what a newer package repairs")
    add("--only-unfixed", action="store_true", help="only what no package repairs yet")
    add(
        "--only-package",
        action="append",
        default=[],
        metavar="REGEX",
        help="name of the source package or an installed one; repeat for several",
    )
    add("--only-package-type", action="append", default=[], metavar="LIST", help="deb,npm,…")
    add("--only-cve-id", action="append", default=[], metavar="LIST", help="CVE-2024-1234,…")
    add("--only-cisa-kev", action="store_true", help="only what CISA knows to be exploited")


def select(findings: Iterable[Finding], args: argparse.Namespace) -> Selection:
    """The findings the options leave. Raises UsageError for a value we do not understand."""
    tests: list[Test] = []
    filters: list[str] = []
    for option, test in _tests(args):
        filters.append(option)
        tests.append(test)
    kept = tuple(f for f in findings if all(test(f) for test in tests))
    return Selection(kept, tuple(filters))


def _tests(args: argparse.Namespace) -> list[tuple[str, Test]]:
    if args.only_fixed and args.only_unfixed:
        raise UsageError("--only-fixed and --only-unfixed leave nothing", "give one of them")
    tests: list[tuple[str, Test]] = []
    if wanted := _words(args.only_severity):
        tests.append((_option("severity", wanted), _has_severity(wanted)))
    if args.only_fixed:
        tests.append(("--only-fixed", lambda f: bool(f.fixed)))
    if args.only_unfixed:
        tests.append(("--only-unfixed", lambda f: not f.fixed))
    if args.only_package:
        tests.append((_option("package", args.only_package), _has_name(args.only_package)))
    if types := package_types(args.only_package_type):
        tests.append((_option("package-type", types), lambda f: f.package.ecosystem in types))
    if ids := _words(args.only_cve_id):
        tests.append((_option("cve-id", [i.upper() for i in ids]), _has_id(ids)))
    if args.only_cisa_kev:
        tests.append(("--only-cisa-kev", lambda f: f.kev))
    return tests


def _option(name: str, values: Sequence[str]) -> str:
    return f"--only-{name} {','.join(values)}"


def _words(given: Sequence[str]) -> list[str]:
    words = [word.strip().lower() for text in given for word in text.split(",")]
    if given and not all(words):
        raise UsageError(f"an empty word in the list {','.join(given)!r}", "write a,b,c")
    return list(dict.fromkeys(words))


def _has_severity(wanted: Sequence[str]) -> Test:
    for word in wanted:
        if word not in SEVERITIES:
            raise UsageError(f"--only-severity: no {word!r}", f"there are {', '.join(SEVERITIES)}")
    return lambda f: f.severity in wanted


def _has_name(patterns: Sequence[str]) -> Test:
    compiled = []
    for pattern in patterns:
        try:
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
