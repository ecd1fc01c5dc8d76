"""The parts of the OSV schema (1.7) that matching needs, and their way into claims."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from ironhull.ecosystems import Ecosystem
from ironhull.model import Advisory, Cvss, Range

__all__ = ["claims_of", "decode_record"]

_SUMMARY = 400  # characters kept of a text
_WORDS = {"LOW": "low", "MODERATE": "medium", "MEDIUM": "medium", "HIGH": "high"} | {
    "CRITICAL": "critical"
}


class _Severity(msgspec.Struct):
    type: str = ""
    score: str = ""


class _Range(msgspec.Struct):
    type: str
    events: list[dict[str, str]] = []


class _Package(msgspec.Struct):
    ecosystem: str
    name: str


class _Affected(msgspec.Struct):
    package: _Package | None = None
    ranges: list[_Range] | None = None
    versions: list[str] | None = None
    severity: list[_Severity] | None = None
    ecosystem_specific: dict[str, Any] | None = None


class _Record(msgspec.Struct):
    id: str
    modified: str
    affected: list[_Affected] | None = None
    aliases: list[str] | None = None
    upstream: list[str] | None = None
    published: str = ""
    withdrawn: str | None = None
    summary: str | None = None
    details: str | None = None
    severity: list[_Severity] | None = None
    database_specific: dict[str, Any] | None = None


_Event = tuple[str, str]
_decode = msgspec.json.Decoder(_Record).decode


def decode_record(data: bytes) -> _Record:
    """One OSV record; raises ValueError (msgspec's errors are such) for anything else."""
    record = _decode(data)
    if not record.id:
        raise ValueError("a record without id")
    return record


def claims_of(record: _Record, ecosystem: Ecosystem) -> Iterator[Advisory]:
    """What a record says of the packages of one ecosystem, one claim per (scope, package).

    Withdrawn records say nothing. A Debian advisory (DSA, DLA) speaks for the CVEs it lists.
    """
    if record.withdrawn:
        return
    places: dict[tuple[str, str], list[_Affected]] = {}
    for affected in record.affected or ():
        if not affected.package:
            continue
        folder = affected.package.ecosystem.split(":")[0]
        scope = ecosystem.claimed(affected.package.ecosystem) if folder in ecosystem.folders else ""
        if scope:
            name = ecosystem.canonical(affected.package.name)
            places.setdefault((scope, name), []).append(affected)
    for (scope, package), entries in places.items():
        yield _claim(record, scope, package, entries, ecosystem.order)


def _claim(
    record: _Record,
    scope: str,
    package: str,
    entries: list[_Affected],
    order: Callable[[str], bytes],
) -> Advisory:
    ranges = tuple(
        dict.fromkeys(
            span
            for entry in entries
            for wanted in entry.ranges or ()
            if wanted.type in ("ECOSYSTEM", "SEMVER")
            for span in _spans(wanted.events, order)
        )
    )
    versions = tuple(
        dict.fromkeys(version for entry in entries for version in entry.versions or ())
    )
    urgency = _urgency(entries)
    severity, severity_source = _word(record)
    text = record.summary or record.details or ""
    return Advisory(
        id=record.id,
        scope=scope,
        package=package,
        ranges=ranges,
        versions=versions,
        aliases=tuple(dict.fromkeys((*(record.aliases or ()), *(record.upstream or ())))),
        status=_status(ranges, urgency),
        urgency=urgency,
        severity=severity,
        severity_source=severity_source,
        cvss=_vectors(record, entries),
        cwes=_cwes(record),
        summary=" ".join(text[: 4 * _SUMMARY].split())[:_SUMMARY],
        published=record.published,
        modified=record.modified,
        url=_url(record.id),
        sources=("osv",),
    )


def _spans(events: list[dict[str, str]], order: Callable[[str], bytes]) -> Iterator[Range]:
    """OSV's evaluation: sorted events open and close a span (schema, "Evaluation")."""
    flat = [event for entry in events for event in entry.items()]
    begin: str | None = None
    for kind, version in _sorted(flat, order) if len(flat) > 2 else flat:
        if kind == "introduced":
            begin = version if begin is None else begin
        elif begin is not None and kind in ("fixed", "last_affected"):
            yield Range(begin, **{kind: version})
            begin = None
    if begin is not None:
        yield Range(begin)


def _sorted(events: list[_Event], order: Callable[[str], bytes]) -> list[_Event]:
    try:
        return sorted(events, key=lambda event: b"" if event[1] == "0" else order(event[1]))
    except ValueError:
        return events  # as written; what cannot be ordered is left out and counted later


def _urgency(entries: list[_Affected]) -> str:
    for entry in entries:
        word = (entry.ecosystem_specific or {}).get("urgency")
        if isinstance(word, str):
            return word.rstrip("*")
    return ""


def _status(ranges: tuple[Range, ...], urgency: str) -> str:
    if any(span.fixed for span in ranges):
        return "fixed"
    return "end-of-life" if urgency == "end-of-life" else "unfixed"


def _word(record: _Record) -> tuple[str, str]:
    if record.id.startswith("MAL-"):
        return "critical", "malicious package"
    word = (record.database_specific or {}).get("severity")
    if isinstance(word, str) and word.upper() in _WORDS:
        return _WORDS[word.upper()], "GHSA" if record.id.startswith("GHSA-") else "OSV"
    return "unspecified", ""


def _vectors(record: _Record, entries: list[_Affected]) -> tuple[Cvss, ...]:
    listed = [*(record.severity or ())]
    for entry in entries:
        listed += entry.severity or ()
    vectors = dict.fromkeys(item.score for item in listed if item.type.startswith("CVSS_"))
    return tuple(Cvss(cvss_version(vector), vector, 0.0) for vector in vectors)


def cvss_version(vector: str) -> str:
    """The version a vector names in its prefix; vectors of version 2 name none."""
    if vector.startswith("CVSS:"):
        return vector[5:].split("/", 1)[0]
    return "2.0"


def _cwes(record: _Record) -> tuple[str, ...]:
    found = (record.database_specific or {}).get("cwe_ids")
    return tuple(str(cwe) for cwe in found) if isinstance(found, list) else ()


def _url(identifier: str) -> str:
    if identifier.startswith("DEBIAN-CVE-"):
        return f"https://security-tracker.debian.org/tracker/{identifier[7:]}"
    if identifier.startswith("GHSA-"):
        return f"https://github.com/advisories/{identifier}"
    return f"https://osv.dev/vulnerability/{identifier}"
