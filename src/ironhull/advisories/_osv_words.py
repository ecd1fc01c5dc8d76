"""What OSV records say in words: severities, priorities, why there is no fix; and where to read on.

Each database has fields of its own for that; what they hold is not in the schema. A value of
another type than expected says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from ironhull.model import Range

__all__ = ["cwes_of", "status_of", "urgency_of", "url_of", "word_of"]

_WORDS = {
    "LOW": "low",
    "MODERATE": "medium",
    "MEDIUM": "medium",
    "HIGH": "high",
    "IMPORTANT": "high",
    "CRITICAL": "critical",
}
_RATED = ("Red Hat", "AlmaLinux", "Rocky Linux")  # "Important: openssl security update"
_RATING = re.compile(r"(Critical|Important|Moderate|Low):\s")
_CWE = re.compile(r"CWE-\d{1,5}", re.ASCII)
_STATUSES = {
    "fix-not-planned": ("will-not-fix", "fix not planned"),
    "pending-upstream-fix": ("unfixed", "pending upstream fix"),
    "analysis-not-planned": ("undetermined", "analysis not planned"),
}

_URLS = (
    ("GHSA-", "https://github.com/advisories/{id}"),
    ("DEBIAN-CVE-", "https://security-tracker.debian.org/tracker/{cve}"),
    ("UBUNTU-CVE-", "https://ubuntu.com/security/{cve}"),
    ("ALPINE-CVE-", "https://security.alpinelinux.org/vuln/{cve}"),
    ("DSA-", "https://security-tracker.debian.org/tracker/{id}"),
    ("DLA-", "https://security-tracker.debian.org/tracker/{id}"),
    ("USN-", "https://ubuntu.com/security/notices/{id}"),
    ("RHSA-", "https://access.redhat.com/errata/{id}"),
    ("RHBA-", "https://access.redhat.com/errata/{id}"),
    ("RHEA-", "https://access.redhat.com/errata/{id}"),
    ("GO-", "https://pkg.go.dev/vuln/{id}"),
    ("RUSTSEC-", "https://rustsec.org/advisories/{id}.html"),
)


def url_of(identifier: str) -> str:
    """Where people read about a record: its database's own page, else osv.dev's."""
    for prefix, url in _URLS:
        if identifier.startswith(prefix):
            return url.format(id=identifier, cve=identifier[identifier.find("CVE-") :])
    return f"https://osv.dev/vulnerability/{identifier}"


def urgency_of(record: Any, entries: Sequence[Any], scope: str) -> str:
    """The distribution's own word: Debian's urgency, Ubuntu's priority, Red Hat's rating."""
    for word in _urgencies(record, entries, scope):
        if isinstance(word, str) and word:
            return word.rstrip("*").lower()
    return ""


def _urgencies(record: Any, entries: Sequence[Any], scope: str) -> Iterator[object]:
    for entry in entries:
        if entry.ecosystem_specific is not None:
            yield entry.ecosystem_specific.urgency
            yield entry.ecosystem_specific.ubuntu_priority
    family = scope.split(":", 1)[0]
    for severities in (*(entry.severity for entry in entries), record.severity):
        yield from (item.score for item in severities or () if item.type == family)
    if family in _RATED and (match := _RATING.match(record.summary or "")):
        yield match[1]


def word_of(record: Any, entries: Sequence[Any]) -> tuple[str, str]:
    """(severity, whose) as the database calls it; ("unspecified", "") where it does not."""
    if record.database_specific is not None:
        word = _word(record.database_specific.severity)
        if word:
            return word, "GHSA" if record.id.startswith("GHSA-") else "OSV"
    for entry in entries:
        if entry.ecosystem_specific is not None:
            word = _word(entry.ecosystem_specific.severity)
            if word:
                return word, "OSV"
    return "unspecified", ""


def _word(said: object) -> str:
    return _WORDS.get(said.upper(), "") if isinstance(said, str) else ""


def status_of(
    ranges: Sequence[Range], versions: Sequence[str], urgency: str, entries: Sequence[Any]
) -> tuple[str, str]:
    """(one of STATUSES, why there is no fix)."""
    if any(span.fixed for span in ranges) or not (ranges or versions):
        return "fixed", ""
    if urgency == "end-of-life":
        return "end-of-life", ""
    for entry in entries:
        said = entry.database_specific
        if said is None:
            continue
        if isinstance(said.status, str) and said.status in _STATUSES:
            return _STATUSES[said.status]
        if isinstance(said.informational, str):
            return "unfixed", said.informational
    return "unfixed", ""


def cwes_of(record: Any, entries: Sequence[Any]) -> tuple[str, ...]:
    """Weaknesses, as identifiers of the CWE list."""
    found: dict[str, None] = {}
    if record.database_specific is not None:
        found.update(dict.fromkeys(_cwes(record.database_specific.cwe_ids)))
    for entry in entries:
        if entry.database_specific is not None:
            found.update(dict.fromkeys(_cwes(entry.database_specific.cwes)))
    return tuple(found)


def _cwes(said: object) -> Iterator[str]:
    for item in said if isinstance(said, list) else ():
        name = item.get("cweId") if isinstance(item, dict) else item
        if isinstance(name, str) and _CWE.fullmatch(name):
            yield name
