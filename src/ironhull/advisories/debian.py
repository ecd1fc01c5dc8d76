"""Debian's security tracker: what the security team says of every (source, CVE, release).

security-tracker.debian.org/tracker/data/json, written by the tracker's `bin/tracker_service.py`
(`_get_json`): {source: {CVE: {description, releases: {codename: {status, urgency, fixed_version,
nodsa, nodsa_reason}}}}}. `fixed_version` "0" means the release was never affected. What unstable
knows is held as "Debian:sid", which judges testing too as long as nothing says more of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ironhull.advisories._row import AdvisorySource, Tally
from ironhull.ecosystems.deb import RELEASES, UNSTABLE
from ironhull.errors import AdvisoryError
from ironhull.limits import LIMITS
from ironhull.model import Advisory, Range

__all__ = ["SOURCES"]

_SUMMARY = 400


def parse(directory: Path, tally: Tally) -> Iterator[Advisory]:
    """One claim per (source, CVE, release); AdvisoryError for what is not the tracker's JSON."""
    from ironhull.advisories._tracker_records import Issue, read_issues, read_packages

    path = directory / "document"
    size = path.stat().st_size
    if size > LIMITS.advisory_document_bytes:
        raise AdvisoryError(f"{tally.source}: {size} bytes are more than we read")
    try:
        packages = read_packages(path.read_bytes())
    except ValueError as trouble:
        message = f"{tally.source}: not the tracker's JSON: {trouble}"
        raise AdvisoryError(message, "the old data stays in use") from trouble
    found = 0
    for package, raw in packages.items():
        try:
            issues: dict[str, Issue] = read_issues(raw)
        except ValueError as trouble:
            tally.skip(package, str(trouble))
            continue
        for name, issue in issues.items():
            for claim in _claims(package, name, issue, tally):
                found += 1
                yield claim
    if not found or tally.skipped > max(10, found // 20):
        raise AdvisoryError(
            f"{tally.source}: {found} statements, {tally.skipped} unreadable",
            "the old data stays in use",
        )


def _claims(package: str, name: str, issue: object, tally: Tally) -> Iterator[Advisory]:
    from ironhull.advisories._tracker_records import Issue

    assert isinstance(issue, Issue)
    for codename, release in issue.releases.items():
        number = RELEASES.get(codename)
        scope = f"Debian:{number}" if number else UNSTABLE if codename == "sid" else ""
        if not scope:
            tally.leave(f"statements on {codename[:40]}")
            continue
        tally.scopes[scope] = "full"
        urgency = release.urgency.rstrip("*")
        ranges, status = _judge(release.status, release.fixed_version, urgency)
        reason = ""
        if status == "unfixed" and release.nodsa is not None:
            status = "will-not-fix"
            word = release.nodsa_reason or "no-dsa"
            reason = f"{word}: {release.nodsa}" if release.nodsa else word
        yield Advisory(
            id=name,
            scope=scope,
            package=package,
            ranges=ranges,
            status=status,
            urgency=urgency,
            reason=reason[:_SUMMARY],
            summary=" ".join(issue.description[: 4 * _SUMMARY].split())[:_SUMMARY],
            url=f"https://security-tracker.debian.org/tracker/{name}",
            sources=("debian-tracker",),
        )


def _judge(status: str, fixed: str | None, urgency: str) -> tuple[tuple[Range, ...], str]:
    """Affected ranges (none: not affected) and status of one release."""
    if fixed == "0":
        return (), "fixed"
    if fixed:
        return (Range(fixed=fixed),), "fixed"
    if status == "resolved":
        return (), "fixed"
    if urgency == "end-of-life":
        return (Range(),), "end-of-life"
    return (Range(),), "undetermined" if status == "undetermined" else "unfixed"


SOURCES = (
    AdvisorySource(
        name="debian-tracker",
        base="debian-tracker",
        url="https://security-tracker.debian.org/tracker/data/json",
        fetch="document",
        gives="claims",
        parse=parse,
        serves=("Debian",),
    ),
)
