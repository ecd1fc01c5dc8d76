"""SARIF 2.1.0 (OASIS standard, sarif-v2.1.0-os), as GitHub code scanning and others read it.

One run per image and platform, one rule per vulnerability and package (severity and remedy are the
package's), one result per finding. Locations are paths in the image, relative to its root. What is
suppressed has `suppressions`; GitHub does not read them, so `for_github` leaves such results out.
Within the limits of GitHub (25,000 results and rules, 20 tags per rule, 10 MB compressed)
results come worst first, and a notification says how many were left out.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from ironhull import __version__
from ironhull.counts import count, has_numbers, source_package, vulnerability_id
from ironhull.formats._common import dump_pieces, piece, present
from ironhull.formats._findings import (
    Notice,
    active,
    everything,
    fingerprint,
    is_malicious,
    links,
    nothing_checked,
    notices,
    ordered,
    paths,
    remedy,
    score,
    sentence,
    stated,
    suppression,
    weight,
)
from ironhull.formats._license_results import (
    sarif_license,
    sarif_license_id,
    sarif_license_rule,
)
from ironhull.formats._markdown import bounded, cell, markdown_link
from ironhull.formats._secret_results import rule_id, sarif_secret, sarif_secret_rule
from ironhull.formats._secrets import active_secrets
from ironhull.formats.text_cves import Shown, affected_range, epss_percent, fixed_version
from ironhull.formats.text_table import plural, safe
from ironhull.limits import LIMITS
from ironhull.model import Finding, Report, Subject
from ironhull.values import replace

__all__ = ["write_sarif"]

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_ROOT = "IMAGEROOT"
_LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
_BANDS = {
    "critical": (9.0, 10.0),
    "high": (7.0, 8.9),
    "medium": (4.0, 6.9),
    "low": (0.1, 3.9),
}
"""GitHub's words for `security-severity`: a score is moved into the band of the finding's severity,
which may be the distribution's and not that of the CVSS score."""

_Links = Sequence[tuple[str, str]]
_SHORT = 1_000  # characters GitHub shows of a description


def write_sarif(report: Report, shown: Shown, *, for_github: bool = False) -> bytes:
    """The SARIF log of the findings shown; equal reports give equal bytes."""
    found = ordered(active(shown.findings) if for_github else everything(shown))
    if for_github:
        shown = replace(shown, secrets=active_secrets(shown))
    beside = len(shown.secrets) + len(shown.licenses)
    keep = max(0, min(len(found), LIMITS.sarif_results - beside))
    while True:
        data = dump_pieces(_log(report, shown, found[:keep], len(found)), keep)
        size = len(zlib.compress(data, 1))  # no gzip makes it larger
        if size <= LIMITS.sarif_gzip_bytes or not keep:
            return data
        keep = int(keep * 0.95 * LIMITS.sarif_gzip_bytes / size)


def _log(report: Report, shown: Shown, found: Sequence[Finding], total: int) -> dict[str, Any]:
    rules: list[Any] = []
    places: dict[str, int] = {}
    results = []
    marks: dict[str, int] = {}
    for finding in found:
        name = _rule_id(finding)
        if name not in places:
            places[name] = len(rules)
            rules.append(piece(_rule(finding, name)))
        result = _result(finding, name, places[name], (report.sbom.subject, marks))
        results.append(piece(result))
    for secret in shown.secrets:
        name = rule_id(secret)
        if name not in places:
            places[name] = len(rules)
            rules.append(piece(sarif_secret_rule(secret)))
        results.append(piece(sarif_secret(secret, places[name])))
    licenses = shown.licenses[: LIMITS.sarif_results // 2]
    for license_ in licenses:
        name = sarif_license_id(license_)
        if name not in places:
            places[name] = len(rules)
            rules.append(piece(sarif_license_rule(license_)))
        results.append(piece(sarif_license(license_, places[name])))
    notes = notices(report, shown)
    total += len(shown.licenses)
    kept = len(found) + len(licenses)
    if total > kept:
        left = plural(total - kept, "finding")
        text = f"{left} of {total} left out, the least severe: readers take no more in one run"
        notes.insert(0, Notice("left-out", "warning", text))
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [_run(report, rules, results, notes)]}


def _run(
    report: Report,
    rules: list[Any],
    results: list[Any],
    notes: Sequence[Notice],
) -> dict[str, Any]:
    subject = report.sbom.subject
    return {
        "tool": {
            "driver": {
                "name": "Ironhull",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": rules,
            }
        },
        "automationDetails": {"id": _category(subject)},
        "invocations": [
            {
                "executionSuccessful": not nothing_checked(report),
                "toolConfigurationNotifications": [
                    _notification(note) for note in notes if note.kind in _CONFIGURED
                ],
                "toolExecutionNotifications": [
                    _notification(note) for note in notes if note.kind not in _CONFIGURED
                ],
            }
        ],
        "originalUriBaseIds": {
            _ROOT: {"uri": "file:///", "description": {"text": "The root directory of the image."}}
        },
        "columnKind": "unicodeCodePoints",
        "properties": _image(report),
        "results": results,
    }


_CONFIGURED = ("filter", "ignored", "rule")
"""Notices about what was asked for; the others are about what was met on the way."""


def _notification(note: Notice) -> dict[str, Any]:
    return {
        "descriptor": {"id": note.kind},
        "level": note.level,
        "message": {"text": _message(note.text)},
    }


def _category(subject: Subject) -> str:
    """What GitHub tells analyses apart by: the repository and the platform, never the tag."""
    name = subject.name.partition("@")[0]
    head, colon, tag = name.rpartition(":")
    repository = head if colon and "/" not in tag else name
    platform = quote(str(subject.platform), safe="") if subject.platform else "any"
    return f"ironhull/{quote(repository, safe='/', errors='backslashreplace')}/{platform}/"


def _image(report: Report) -> dict[str, Any]:
    subject, distro, made = report.sbom.subject, report.sbom.distro, report.made_with
    counts = count(report.findings)
    severities = ("critical", "high", "medium", "low", "unspecified")
    numbers = dict(zip(severities, counts.by_severity, strict=True))
    return {
        "image": present(
            name=subject.name,
            digest=subject.digest,
            id=subject.id,
            platform=str(subject.platform or ""),
            distro=str(distro or ""),
            source=subject.source,
            revision=subject.revision,
        ),
        "advisoryData": present(digest=made.index_digest, date=made.index_date),
        "vulnerabilities": numbers if has_numbers(report) else None,
        "coverage": [
            present(
                scope=row.scope,
                packages=row.packages,
                checked=row.checked,
                sources=list(row.sources),
                date=row.date,
                note=row.note,
            )
            for row in report.coverage
        ],
    }


def _rule_id(finding: Finding) -> str:
    """`CVE-2025-9230/deb/openssl`: stable, whatever the version or the wording."""
    package = source_package(finding)
    return f"{safe(vulnerability_id(finding.advisory))}/{package.ecosystem}/{safe(package.name)}"


def _rule(finding: Finding, name: str) -> dict[str, Any]:
    advisory, package = finding.advisory, source_package(finding)
    identifier, known = vulnerability_id(advisory), links(advisory)
    malicious = is_malicious(finding)
    what = "malicious package" if malicious else "vulnerability"
    text = safe(advisory.summary) or f"{identifier}, a {what} in {safe(package.name)}"
    title = f"{safe(identifier)} in {safe(package.name)}: {text}"
    return {
        "id": name,
        "name": "MaliciousPackage" if malicious else "VulnerablePackage",
        "shortDescription": {"text": _message(bounded(title, _SHORT))},
        "fullDescription": {"text": _message(bounded(f"{text.rstrip('.')}.", _SHORT))},
        "helpUri": known[0][1],
        "help": {
            "text": _message(_help(finding, known)),
            "markdown": _help_markdown(finding, known),
        },
        "defaultConfiguration": {"level": _level(finding)},
        "properties": {
            "precision": "very-high",
            "tags": _tags(finding),
            **_security_severity(finding),
        },
    }


def _level(finding: Finding) -> str:
    return _LEVELS.get(weight(finding), "warning")


def _security_severity(finding: Finding) -> dict[str, str]:
    value, severity = score(finding), weight(finding)
    if severity in _BANDS:
        low, high = _BANDS[severity]
        value = min(max(value if value is not None else high, low), high)
    return {"security-severity": f"{value:.1f}"} if value else {}


def _tags(finding: Finding) -> list[str]:
    """At most the ten that GitHub shows."""
    tags = ["security", "malicious-package" if is_malicious(finding) else "vulnerability"]
    tags += [finding.package.ecosystem, *(["cisa-kev"] if finding.kev else [])]
    weaknesses = [f"external/cwe/{safe(cwe.lower())}" for cwe in finding.advisory.cwes if cwe]
    return list(dict.fromkeys((*tags, *weaknesses)))[: LIMITS.sarif_tags]


def _help(finding: Finding, known: _Links) -> str:
    names = ", ".join(name for name, _ in known)
    lines = [sentence(finding), remedy(finding), f"Known as: {names}."]
    return "\n".join(safe(line) for line in lines)


def _help_markdown(finding: Finding, known: _Links) -> str:
    """The remedy and a table; nothing that differs between two versions of one package."""
    advisory, package = finding.advisory, source_package(finding)
    vectors = "<br>".join(
        f"{c.score:.1f} (CVSS {cell(c.version)}) {cell(c.vector)}" for c in advisory.cvss
    )
    rows = [
        ("Package", cell(f"{package.name} ({package.ecosystem})")),
        ("Severity", cell(finding.severity.capitalize() + _by(advisory.severity_source))),
        ("Fixed version", cell(fixed_version(finding))),
        ("Affected versions", cell(bounded(affected_range(advisory), _SHORT))),
        ("CVSS", vectors),
        ("EPSS", cell(epss_percent(finding)) if finding.epss else ""),
        ("Exploited", "listed by CISA" if finding.kev else ""),
        ("Weakness", ", ".join(cell(cwe) for cwe in advisory.cwes)),
        ("References", "<br>".join(markdown_link(name, url) for name, url in known)),
    ]
    table = "\n".join(f"| {name} | {value} |" for name, value in rows if value)
    text = cell(bounded(sentence(finding), 2 * _SHORT))
    return f"{text}\n\n**{cell(remedy(finding))}**\n\n| | |\n| --- | --- |\n{table}\n"


def _by(source: str) -> str:
    return f" (by {source})" if source else ""


def _result(
    finding: Finding, name: str, place: int, where: tuple[Subject, dict[str, int]]
) -> dict[str, Any]:
    subject, marks = where
    uris = _uris(finding, subject)
    mark = fingerprint(finding, uris[0])
    marks[mark] = marks.get(mark, 0) + 1  # two versions of a package told of by one file
    hidden = suppression(finding)
    return {
        "ruleId": name,
        "ruleIndex": place,
        "level": _level(finding),
        "message": {"text": _message(f"{safe(sentence(finding))} {safe(remedy(finding))}")},
        "locations": [_location(uri, finding) for uri in uris],
        "partialFingerprints": {
            "primaryLocationLineHash": f"{mark}:{marks[mark]}",
            "ironhullFinding/v1": fingerprint(finding),
        },
        **({"suppressions": [_suppression(finding)]} if hidden else {}),
        "properties": _facts(finding),
    }


def _suppression(finding: Finding) -> dict[str, Any]:
    hidden = suppression(finding)
    assert hidden is not None
    return {
        "kind": "external",
        "status": "accepted",
        "justification": safe(str(hidden)),
        "properties": present(
            kind=hidden.kind,
            reason=hidden.reason,
            until=hidden.until,
            where=hidden.where,
            status=hidden.status,
            justification=hidden.justification,
            author=hidden.author,
            issued=hidden.issued,
            signature=hidden.signature,
        ),
    }


def _uris(finding: Finding, subject: Subject) -> list[str]:
    """Where the package was found, percent-encoded (RFC 3986); else the name of the image."""
    found = [uri for path, _ in paths(finding) if (uri := _uri(path))]
    names = list(dict.fromkeys(found))[: LIMITS.sarif_locations]
    return names or [_uri(subject.name) or "image"]


def _uri(path: str) -> str:
    """A relative reference below the root, without a scheme, `.`, `..` or an empty part."""
    parts = [part for part in path.split("/") if part not in ("", ".", "..")]
    return "/".join(quote(part, safe="", errors="backslashreplace") for part in parts)


def _location(uri: str, finding: Finding) -> dict[str, Any]:
    package = source_package(finding)
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": uri, "uriBaseId": _ROOT},
            "region": {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1},
        },
        "logicalLocations": [
            {"name": safe(package.name), "fullyQualifiedName": package.purl, "kind": "package"}
        ],
        "message": {"text": _message(safe(f"{package.name} {package.version}".strip()))},
    }


def _facts(finding: Finding) -> dict[str, Any]:
    advisory, package = finding.advisory, source_package(finding)
    return {
        "kind": advisory.kind,
        "purl": package.purl,
        "installed": [binary.purl for binary in finding.packages],
        "severity": finding.severity,
        "status": finding.status,
        "because": finding.because,
        "cisaKev": finding.kev,
        **present(
            aliases=sorted({advisory.id, *advisory.aliases} - {vulnerability_id(advisory)}),
            severitySource=advisory.severity_source,
            fixedVersion=finding.fixed,
            layer=next((layer for _, layer in paths(finding) if layer), ""),
            scope=advisory.scope,
            sources=list(advisory.sources),
            published=advisory.published,
            vex=str(stated(finding) or ""),
        ),
        **({"epss": list(finding.epss)} if finding.epss else {}),
        **(
            {"cvss": [[c.version, c.score, c.vector] for c in advisory.cvss]}
            if advisory.cvss
            else {}
        ),
    }


def _message(text: str) -> str:
    """`text` as a plain text message (section 3.11): no placeholders, no embedded links."""
    return text.replace("{", "{{").replace("}", "}}").replace("](", "] (")
