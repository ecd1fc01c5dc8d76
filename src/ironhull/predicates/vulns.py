"""Vulnerability reports as predicates: in-toto's, cosign's and Docker Scout's.

in-toto/attestation, spec/predicates/vulns_02.md (and vulns.md, version 0.1, whose example has the
result as version 0.2 and whose text one level deeper: both are read); sigstore/cosign,
specs/COSIGN_VULN_ATTESTATION_SPEC.md; Docker Scout, policy input `vulnerabilities`. Findings that
a VEX statement or an ignore rule hides are not among the results, so that whoever gates on them
does not count them; in-toto's predicate lists them apart, and what was not checked (extension
fields, which its parsing rules allow under a URI).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from ironhull import __version__
from ironhull.counts import source_package, vulnerability_id
from ironhull.documents.scout import scout_vulnerability
from ironhull.model import SEVERITIES, Advisory, Finding, Report
from ironhull.predicates._shape import at, count, items, mapping, missing, text, wrong_times

__all__ = [
    "COSIGN_TYPE",
    "OLDER_TYPE",
    "PREDICATE_TYPE",
    "SCOUT_TYPE",
    "check_cosign_vulns",
    "check_scout_vulnerabilities",
    "check_vulns",
    "cosign_predicate",
    "scout_predicate",
    "sum_up_scout_vulnerabilities",
    "sum_up_vulns",
    "vulns_predicate",
]

PREDICATE_TYPE = "https://in-toto.io/attestation/vulns/v0.2"
OLDER_TYPE = "https://in-toto.io/attestation/vulns/v0.1"
COSIGN_TYPE = "https://cosign.sigstore.dev/attestation/vuln/v1"
SCOUT_TYPE = "https://scout.docker.com/vulnerabilities/v0.1"

_EXTENSION = "https://github.com/ironhull/ironhull/blob/main/docs/attestations.md"
_URI = "pkg:pypi/ironhull@{}"
_WORST = {name: number for number, name in enumerate(SEVERITIES)}


# ── written ──────────────────────────────────────────────────────────────────────────────────────


def vulns_predicate(report: Report, *, started: str, finished: str) -> dict[str, Any]:
    """in-toto's predicate of the active findings, one entry for each vulnerability of a package.

    `started` and `finished` are RFC 3339. Version 0.1 has the same fields.
    """
    return {
        "scanner": {
            **_scanner(report),
            "result": [_result(finding) for finding in report.effective],
        },
        "metadata": {"scanStartedOn": started, "scanFinishedOn": finished},
        f"{_EXTENSION}#coverage": [
            {"scope": row.scope, "packages": row.packages, "checked": row.checked, "note": row.note}
            for row in report.coverage
        ],
        f"{_EXTENSION}#hidden": [_hidden(finding) for finding in report.hidden],
    }


def cosign_predicate(
    report: Report, document: Mapping[str, Any], *, started: str, finished: str
) -> dict[str, Any]:
    """cosign's predicate: `document` (the report in a format of its own) is the result."""
    scanner = _scanner(report)
    scanner["db"].pop("lastUpdate")
    return {
        "invocation": {"parameters": None, "uri": "", "event_id": "", "builder.id": ""},
        "scanner": {**scanner, "result": document},
        "metadata": {"scanStartedOn": started, "scanFinishedOn": finished},
    }


def scout_predicate(report: Report) -> list[dict[str, Any]]:
    """Docker Scout's list: packages by purl, each with its vulnerabilities."""
    found: dict[str, list[dict[str, Any]]] = {}
    for finding in report.effective:
        for package in finding.packages:
            found.setdefault(package.purl, []).append(scout_vulnerability(finding))
    return [{"purl": purl, "vulnerabilities": found[purl]} for purl in sorted(found)]


def _scanner(report: Report) -> dict[str, Any]:
    made = report.made_with
    return {
        "uri": _URI.format(made.ironhull or __version__),
        "version": made.ironhull or __version__,
        "db": {
            "uri": f"urn:ironhull:index:{made.index_digest}" if made.index_digest else "",
            "version": made.index_digest,
            "lastUpdate": made.index_date,
        },
    }


def _result(finding: Finding) -> dict[str, Any]:
    advisory = finding.advisory
    said = {
        "package": source_package(finding).purl,
        "purls": " ".join(package.purl for package in finding.packages),
        "fixed": finding.fixed,
        "status": finding.status,
        "scope": advisory.scope,
        "aliases": " ".join(advisory.aliases),
    }
    return {
        "id": vulnerability_id(advisory),
        "severity": [*_severities(advisory)],
        "annotations": [{key: value} for key, value in said.items() if value],
    }


def _hidden(finding: Finding) -> dict[str, str]:
    """A finding that does not count, and why."""
    said = {"id": vulnerability_id(finding.advisory), "package": source_package(finding).purl}
    if finding.ignored is not None:
        return said | {"by": "ignored", "reason": finding.ignored.reason}
    statement = finding.statement
    assert statement is not None
    return said | {
        "by": "vex",
        "status": statement.status,
        "justification": statement.justification,
        "author": statement.author,
        "document": statement.document,
    }


def _severities(advisory: Advisory) -> Iterable[dict[str, str]]:
    """The severity in one word, then every CVSS vector with its score."""
    yield {"method": advisory.severity_source or "ironhull", "score": advisory.severity}
    for vector in advisory.cvss:
        yield {"method": f"CVSS:{vector.version}", "score": f"{vector.score:.1f}"}


# ── read ─────────────────────────────────────────────────────────────────────────────────────────


def check_vulns(predicate: Any) -> list[str]:
    """The required fields of in-toto's versions 0.1 and 0.2."""
    times = ("metadata.scanStartedOn", "metadata.scanFinishedOn")
    wrong = missing(predicate, ("scanner.uri", "scanner.db.lastUpdate", *times))
    wrong += wrong_times(predicate, ("scanner.db.lastUpdate", *times))
    wrong += missing(predicate, ("scanner.result",), list)
    for number, entry in enumerate(items(at(predicate, "scanner.result"))):
        wrong += [f"scanner.result[{number}]: {line}" for line in _check_result(entry)]
    return wrong


def _check_result(entry: Any) -> list[str]:
    found = _entry(entry)
    wrong = missing(found, ("id",))
    severity = found.get("severity")
    if not isinstance(severity, list):
        return [*wrong, "severity is not a list"]
    for said in severity:
        wrong += [f"severity: {line}" for line in missing(said, ("method", "score"))]
    return wrong


def _entry(entry: Any) -> Mapping[str, Any]:
    """A result as version 0.2 has it; version 0.1 has it under "vulnerability"."""
    inner = mapping(entry).get("vulnerability")
    return mapping(inner) if isinstance(inner, Mapping) else mapping(entry)


def sum_up_vulns(predicate: Any) -> str:
    """How many vulnerabilities which scanner found."""
    result = at(predicate, "scanner.result")
    scanner = text(at(predicate, "scanner.uri")).rpartition("/")[2] or "a scanner"
    if not isinstance(result, list):
        return f"{scanner}: no result"
    return f"{scanner}: {_vulnerabilities(text(_entry(e).get('id')) for e in result)}"


def check_cosign_vulns(predicate: Any) -> list[str]:
    """The fields that cosign's specification requires."""
    times = ("metadata.scanStartedOn", "metadata.scanFinishedOn")
    wrong = missing(predicate, ("scanner.uri", *times)) + wrong_times(predicate, times)
    return wrong if at(predicate, "scanner.result") is not None else [*wrong, "no scanner.result"]


def check_scout_vulnerabilities(predicate: Any) -> list[str]:
    """A list of packages, each with purl and vulnerabilities."""
    if not isinstance(predicate, list):
        return ["not a list of packages"]
    wrong = []
    for number, entry in enumerate(predicate):
        lines = missing(entry, ("purl",)) + missing(entry, ("vulnerabilities",), list)
        for said in items(mapping(entry).get("vulnerabilities")):
            lines += missing(said, ("source_id",))
        wrong += [f"[{number}]: {line}" for line in lines]
    return wrong


def sum_up_scout_vulnerabilities(predicate: Any) -> str:
    """How many vulnerabilities in how many packages, by severity."""
    found = [
        (text(mapping(said).get("source_id")), text(at(said, "cvss.severity")).lower())
        for entry in items(predicate)
        for said in items(mapping(entry).get("vulnerabilities"))
    ]
    by = Counter(severity or "unspecified" for _, severity in set(found))
    words = ", ".join(f"{by[s]} {s}" for s in sorted(by, key=lambda s: (_WORST.get(s, 9), s)))
    total = _vulnerabilities(name for name, _ in found)
    return f"{total} in {count(len(items(predicate)), 'package')}{f' ({words})' if words else ''}"


def _vulnerabilities(names: Iterable[str]) -> str:
    number = len(set(names))
    return f"{number:,} {'vulnerability' if number == 1 else 'vulnerabilities'}"
