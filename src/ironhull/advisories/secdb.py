"""Secdb: which version of a package repaired which vulnerability (Alpine, Wolfi, Chainguard).

secdb.alpinelinux.org has one JSON document per branch and repository, made of the `secfixes`
comments of all APKBUILDs; Wolfi and Chainguard publish one of the same form, made of their advisory
data:

    {"distroversion": "v3.20", "reponame": "main", "packages": [
        {"pkg": {"name": ORIGIN, "secfixes": {VERSION: ["CVE-… XSA-…", …], "0": […]}}}]}

A version is the first without what it lists, "0" lists what never was in the package (Wolfi: also
what was looked into and found to be no vulnerability). What nobody repaired yet is in none of them,
so their scopes are "fixed-only".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ironhull.advisories._row import AdvisorySource, RemoteFile, Tally
from ironhull.ecosystems.apk import sort_key
from ironhull.errors import AdvisoryError
from ironhull.limits import LIMITS
from ironhull.model import Advisory, Range

if TYPE_CHECKING:
    from ironhull.advisories._secdb_records import Fixes

__all__ = ["SOURCES", "parse_alpine", "parse_one"]

_KEPT = "the old data stays in use"
_REPOSITORIES = ("main", "community")
_OLDEST = 2  # v3.2 is the first branch with a document
_BRANCH = re.compile(r"v3\.[0-9]+|edge", re.ASCII)

_CVE = re.compile(r"CVE[-_]([0-9]{4})-([0-9]{4,})(?:-[0-9])?", re.ASCII)
_GHSA = re.compile(r"GHSA(?:-[0-9a-z]{4}){3}", re.ASCII | re.IGNORECASE)
_OTHER = re.compile(r"[A-Z][A-Za-z]{1,9}-?(?:[A-Z]{2,3}-)?[0-9][0-9-]{2,}", re.ASCII)

_SLIPS = (
    (re.compile(r"[.-]+(?=-r[0-9]+$)"), ""),  # 4.8.0.-r1
    (re.compile(r"\.r(?=[0-9]+$)"), "-r"),  # 0.8.21.r2
    (re.compile(r"(?<=[0-9])-(?=[0-9]+$)"), "-r"),  # 10.0.11-0
    (re.compile(r"-r[0-9]+(?=-r[0-9]+$)"), ""),  # 1.1.0-r1-r0
)
"""Typing errors of APKBUILDs, and what was meant."""
_PATCH = re.compile(r"(?<=[0-9])p(?=[0-9]+(?:-r[0-9]+)?$)")  # 6.6.2p1-r0, meant as 6.6.2_p1-r0


# ── Alpine ───────────────────────────────────────────────────────────────────────────────────────


def _alpine_files(scopes: frozenset[str], now: str) -> Sequence[RemoteFile]:
    """The documents of the branches that are needed, or of all there can be.

    A branch is opened every May and November; one that is not there yet is no failure.
    """
    wanted = sorted({scope.removeprefix("Alpine:") for scope in scopes if _is_branch(scope)})
    if not wanted and not scopes:
        year, month = int(now[:4]), int(now[5:7])
        newest = 2 * (year - 2014) + (month > 4) + (month > 10) - 1
        wanted = [*(f"v3.{number}" for number in range(_OLDEST, newest + 1)), "edge"]
    return [
        RemoteFile(f"{branch}/{name}.json", optional=True)
        for branch in wanted
        for name in _REPOSITORIES
    ]


def _is_branch(scope: str) -> bool:
    family, _, branch = scope.partition(":")
    return family == "Alpine" and _BRANCH.fullmatch(branch) is not None


def parse_alpine(directory: Path, tally: Tally) -> Iterator[Advisory]:
    """One claim per (branch, package, vulnerability); AdvisoryError for a broken document."""
    found = 0
    for path in sorted(directory.glob("*/*.json")):
        branch = path.parent.name
        if not _BRANCH.fullmatch(branch):
            continue
        for claim in _document(path, f"Alpine:{branch}", "alpine-secdb", tally):
            found += 1
            yield claim
    if not found:
        raise AdvisoryError(f"{tally.source}: no statements", _KEPT)


# ── Wolfi, Chainguard ────────────────────────────────────────────────────────────────────────────


def parse_one(directory: Path, tally: Tally, *, scope: str) -> Iterator[Advisory]:
    """The claims of a distribution without branches; raises AdvisoryError as `parse_alpine`."""
    found = 0
    for claim in _document(directory / "document", scope, tally.source, tally):
        found += 1
        yield claim
    if not found:
        raise AdvisoryError(f"{tally.source}: no statements", _KEPT)


# ── both ─────────────────────────────────────────────────────────────────────────────────────────


def _document(path: Path, scope: str, source: str, tally: Tally) -> Iterator[Advisory]:
    from ironhull.advisories._secdb_records import read_fixes, read_packages

    where = f"{tally.source}: {path.parent.name}/{path.name}"
    size = path.stat().st_size
    if size > LIMITS.advisory_document_bytes:
        raise AdvisoryError(f"{where}: {size} bytes are more than we read", _KEPT)
    try:
        raws = read_packages(path.read_bytes())
    except ValueError as trouble:
        raise AdvisoryError(f"{where}: no secdb document: {trouble}", _KEPT) from trouble
    tally.scopes[scope] = "fixed-only"
    tally.examined.add((scope, "*"))
    broken = 0
    for number, raw in enumerate(raws):
        try:
            fixes = read_fixes(raw)
        except ValueError as trouble:
            broken += 1
            tally.skip(f"{scope}: package {number}", str(trouble))
            continue
        yield from _claims(fixes, scope, source, tally)
    if broken > max(10, len(raws) // 20):
        raise AdvisoryError(f"{where}: {broken} of {len(raws)} packages unreadable", _KEPT)


def _claims(fixes: Fixes, scope: str, source: str, tally: Tally) -> Iterator[Advisory]:
    """One claim per vulnerability; of several versions the last counts: the others fell short."""
    best: dict[str, tuple[bytes, str, tuple[str, ...]]] = {}
    for written, lines in fixes.secfixes.items():
        version, key = _version(written)
        if key is None:
            message = f"{written!r} is no version: {len(lines)} left out"
            tally.skip(f"{scope}: {fixes.name}", message)
            continue
        for line in lines:
            names = list(_identifiers(line))
            if not names:
                tally.leave("entries that name no vulnerability")
            for name, aliases in names:
                if name not in best or best[name][0] < key:
                    best[name] = (key, version, aliases)
    for name, (_, version, aliases) in best.items():
        yield Advisory(
            id=name,
            scope=scope,
            package=fixes.name,
            ranges=() if version == "0" else (Range(fixed=version),),
            aliases=aliases,
            status="fixed",
            url=_url(name, scope),
            sources=(source,),
        )


def _version(written: str) -> tuple[str, bytes | None]:
    """A version as it was meant, and its key; None for what cannot be one."""
    if written == "0":
        return "0", b""
    version = _PATCH.sub("_p", written.strip())
    for slip, meant in ((None, ""), *_SLIPS):
        if slip is not None:
            version = slip.sub(meant, version)
        try:
            return version, sort_key(version)
        except ValueError:
            continue
    return written, None


def _identifiers(line: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The vulnerabilities of one entry: each CVE with what is no CVE beside it as its aliases.

    Some entries have several names by spaces, a word in brackets or a question mark for a number.
    """
    cves = [f"CVE-{year}-{number}" for year, number in _CVE.findall(line)]
    others = [name for name in line.split() if _is_name(name)]
    for name in dict.fromkeys(cves):
        yield name, tuple(others)
    if not cves and others:
        yield others[0], tuple(others[1:])


def _is_name(word: str) -> bool:
    if word.startswith("CVE"):
        return False
    return _GHSA.fullmatch(word) is not None or _OTHER.fullmatch(word) is not None


def _url(name: str, scope: str) -> str:
    if name.startswith("GHSA-"):
        return f"https://github.com/advisories/{name}"
    if name.startswith("CVE-") and scope.startswith("Alpine:"):
        return f"https://security.alpinelinux.org/vuln/{name}"
    return f"https://www.cve.org/CVERecord?id={name}" if name.startswith("CVE-") else ""


SOURCES = (
    AdvisorySource(
        name="alpine-secdb",
        base="alpine-secdb",
        url="https://secdb.alpinelinux.org",
        fetch="files",
        gives="claims",
        parse=parse_alpine,
        files=_alpine_files,
        serves=("Alpine",),
    ),
    AdvisorySource(
        name="wolfi-secdb",
        base="wolfi-secdb",
        url="https://packages.wolfi.dev/os/security.json",
        fetch="document",
        gives="claims",
        parse=partial(parse_one, scope="Wolfi"),
        serves=("Wolfi", "Chainguard"),
    ),
    AdvisorySource(
        name="chainguard-secdb",
        base="chainguard-secdb",
        url="https://packages.cgr.dev/chainguard/security.json",
        fetch="document",
        gives="claims",
        parse=partial(parse_one, scope="Chainguard"),
        serves=("Chainguard",),
    ),
)
