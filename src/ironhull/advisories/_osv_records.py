"""The parts of the OSV schema (1.7) that matching needs, and their way into claims."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from ironhull.advisories._osv_ranges import bounded, spans
from ironhull.advisories._osv_words import cwes_of, status_of, urgency_of, url_of, word_of
from ironhull.ecosystems import Ecosystem
from ironhull.model import Advisory, Cvss, Range

__all__ = ["claims_of", "decode_record"]

_SUMMARY = 400  # characters kept of a text
_PSEUDO = re.compile(r"\d{14}-[0-9a-f]{12}", re.ASCII)  # go.dev/ref/mod#pseudo-versions
_COMPARABLE = ("ECOSYSTEM", "SEMVER")
_COMMITS, _NOTHING = "with commits only", "without versions"
_DISTRIBUTIONS = ("deb", "apk", "rpm")


class _Severity(msgspec.Struct):
    type: str = ""
    score: str = ""


class _Range(msgspec.Struct):
    type: str
    events: list[dict[str, str]] = []


class _Package(msgspec.Struct):
    ecosystem: str = ""
    name: str = ""
    purl: str | None = None


class _EcosystemSpecific(msgspec.Struct):
    urgency: Any = None  # Debian
    ubuntu_priority: Any = None
    severity: Any = None  # OSS-Fuzz
    custom_ranges: Any = None  # Go: in versions of the project, where those are not the module's


class _AffectedSpecific(msgspec.Struct):
    last_known_affected_version_range: Any = None  # GHSA
    cvss: Any = None  # RustSec: a vector
    cwes: Any = None  # malicious-packages
    informational: Any = None  # RustSec: unmaintained, unsound, notice
    status: Any = None  # Wolfi: pending-upstream-fix, fix-not-planned, ...


class _Affected(msgspec.Struct):
    package: _Package | None = None
    ranges: list[_Range] | None = None
    versions: list[str] | None = None
    severity: list[_Severity] | None = None
    ecosystem_specific: _EcosystemSpecific | None = None
    database_specific: _AffectedSpecific | None = None


class _RecordSpecific(msgspec.Struct):
    severity: Any = None
    cwe_ids: Any = None
    origins: Any = msgspec.field(default=None, name="malicious-packages-origins")


class _Record(msgspec.Struct):
    id: str
    modified: str
    affected: list[_Affected] | None = None
    aliases: list[str] | None = None
    upstream: list[str] | None = None
    related: list[str] | None = None
    published: str | None = None
    withdrawn: str | None = None
    summary: str | None = None
    details: str | None = None
    severity: list[_Severity] | None = None
    database_specific: _RecordSpecific | None = None


Leave = Callable[[str], None]
_decode = msgspec.json.Decoder(_Record).decode


def decode_record(data: bytes) -> _Record:
    """One OSV record; raises ValueError (msgspec's errors are such) for anything else."""
    record = _decode(data)
    if not record.id:
        raise ValueError("a record without id")
    return record


def claims_of(
    record: _Record,
    ecosystem: Ecosystem,
    folder: str = "",
    leave: Leave = lambda _: None,
) -> Iterator[Advisory]:
    """What a record says of the packages of one ecosystem, one claim per (scope, package).

    `folder` is that of the bucket the record lies in: packages of others are left to those. A
    withdrawn record says nothing. A claim without ranges and versions says "not affected". `leave`
    is told why a package is left out: nothing is said of it that versions can be held against.
    """
    if record.withdrawn:
        return
    places: dict[tuple[str, str], list[_Affected]] = {}
    for affected in record.affected or ():
        place = _place(affected.package, ecosystem, folder)
        if place is not None:
            places.setdefault(place, []).append(affected)
    for (scope, package), entries in places.items():
        if not any(_is_comparable(entry) for entry in entries):
            leave(_COMMITS if any(entry.ranges for entry in entries) else _NOTHING)
            continue
        yield ecosystem.adjust(_claim(record, scope, package, entries, ecosystem))


def _place(package: _Package | None, ecosystem: Ecosystem, folder: str) -> tuple[str, str] | None:
    """(scope, package) where an entry is about a package of the ecosystem."""
    if package is None:
        return None
    named, name = package.ecosystem, package.name
    if not named and package.purl and folder:
        named, name = _of_purl(package.purl, ecosystem, folder)
    first = named.split(":", 1)[0]
    if not name or (first != folder if folder else first not in ecosystem.folders):
        return None
    scope = ecosystem.claimed(named)
    return (scope, ecosystem.canonical(name)) if scope else None


def _of_purl(purl: str, ecosystem: Ecosystem, folder: str) -> tuple[str, str]:
    """(ecosystem, name) of an entry that names its package by purl alone; empty if not ours."""
    from urllib.parse import unquote

    path = purl.partition("#")[0].partition("?")[0].removeprefix("pkg:").strip("/")
    kind, *parts = [unquote(part) for part in path.split("/") if part]
    if kind.lower() != ecosystem.key or not parts:
        return "", ""
    parts[-1] = parts[-1].partition("@")[0]
    return folder, (":" if kind == "maven" else "/").join(parts)


def _is_comparable(entry: _Affected) -> bool:
    return bool(entry.versions) or any(r.type in _COMPARABLE for r in entry.ranges or ())


def _claim(
    record: _Record, scope: str, package: str, entries: list[_Affected], ecosystem: Ecosystem
) -> Advisory:
    ranges = tuple(dict.fromkeys(s for e in entries for s in _ranges(e, ecosystem)))
    versions = tuple(
        dict.fromkeys(version for entry in entries for version in entry.versions or ())
    )
    urgency = urgency_of(record, entries, scope)
    severity, severity_source = word_of(record, entries)
    status, reason = status_of(ranges, versions, urgency, entries)
    text = record.summary or record.details or ""
    return Advisory(
        id=record.id,
        scope=scope,
        package=package,
        ranges=ranges,
        versions=versions,
        aliases=_aliases(record, ecosystem),
        status=status,
        urgency=urgency,
        reason=reason,
        severity=severity,
        severity_source=severity_source,
        cvss=_vectors(record, entries),
        cwes=cwes_of(record, entries),
        summary=" ".join(text[: 4 * _SUMMARY].split())[:_SUMMARY],
        published=record.published or "",
        modified=record.modified,
        url=url_of(record.id),
        sources=("osv",),
        kind="malicious" if _is_malicious(record) else "vulnerability",
    )


def _ranges(entry: _Affected, ecosystem: Ecosystem) -> list[Range]:
    """The spans of one entry."""
    order = ecosystem.order
    found = [
        span
        for wanted in entry.ranges or ()
        if wanted.type in _COMPARABLE
        for span in spans(wanted.events, order)
    ]
    if found == [Range()] and entry.ecosystem_specific is not None:
        found = _custom(entry.ecosystem_specific.custom_ranges, ecosystem) or found
    if entry.database_specific is not None:
        said = entry.database_specific.last_known_affected_version_range
        return bounded(found, said, order)
    return found


def _custom(said: object, ecosystem: Ecosystem) -> list[Range]:
    """Go's ranges in a project's own versions; its `ranges` then say "every version".

    Not those that end at the commit of a module's pseudo-version, with which releases cannot be
    compared, nor those that list the fixes of several lines of releases after one beginning.
    """
    if said is None:
        return []
    try:
        ranges = msgspec.convert(said, list[_Range])
    except msgspec.ValidationError:
        return []
    for wanted in ranges:
        kinds = [kind for event in wanted.events for kind in event]
        ends = [kind != "introduced" for kind in kinds]
        if ends != [bool(place % 2) for place in range(len(ends))]:
            return []
        if any(_PSEUDO.search(text) for event in wanted.events for text in event.values()):
            return []
    return [span for wanted in ranges for span in spans(wanted.events, ecosystem.order)]


def _aliases(record: _Record, ecosystem: Ecosystem) -> tuple[str, ...]:
    """Other names of what a record is about.

    A distribution's notice names the vulnerabilities it is about in `upstream`; older ones, and
    AlmaLinux's, in `related`, which elsewhere means something else.
    """
    names = dict.fromkeys((*(record.aliases or ()), *(record.upstream or ())))
    if ecosystem.key in _DISTRIBUTIONS and not any(name.startswith("CVE-") for name in names):
        related = record.related or ()
        cves = [name for name in related if name.startswith("CVE-")]
        names.update(dict.fromkeys(cves or [n for n in related if n.startswith("GHSA-")]))
    names.pop(record.id, None)
    return tuple(names)


def _is_malicious(record: _Record) -> bool:
    if record.id.startswith("MAL-") or any(n.startswith("MAL-") for n in record.aliases or ()):
        return True
    return bool(record.database_specific and record.database_specific.origins)


def _vectors(record: _Record, entries: list[_Affected]) -> tuple[Cvss, ...]:
    """Those of the package where it has its own (schema: then the record has none)."""
    listed = [item for entry in entries for item in entry.severity or ()]
    vectors = [s.score for s in listed or record.severity or () if s.type.startswith("CVSS_")]
    for entry in entries:
        said = entry.database_specific.cvss if entry.database_specific else None
        if isinstance(said, dict):
            said = said.get("vectorString")
        if isinstance(said, str) and not vectors:
            vectors.append(said)
    return tuple(Cvss(_version(vector), vector, 0.0) for vector in dict.fromkeys(vectors))


def _version(vector: str) -> str:
    """The version a vector names in its prefix; vectors of version 2 name none."""
    if vector.startswith("CVSS:"):
        return vector[5:].split("/", 1)[0]
    return "2.0"
