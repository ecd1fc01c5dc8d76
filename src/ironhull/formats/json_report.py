"""`quickview` and `cves` as JSON: docs/schemas/quickview.schema.json and report.schema.json.

Key names are stable within a schema version. Numbers nobody could check are null, never 0.
"""

from __future__ import annotations

from typing import Any

from ironhull.counts import (
    checked,
    count,
    finding_order,
    has_numbers,
    source_package,
    vulnerability_id,
)
from ironhull.formats._findings import everything
from ironhull.formats.text_cves import Shown, affected_range, link
from ironhull.formats.text_table import problems_of
from ironhull.lazy import regex
from ironhull.model import SEVERITIES, Finding, Package, Report, RuleUse, Statement, VexUse

__all__ = [
    "SCHEMA_VERSION",
    "dump",
    "finding_json",
    "report_json",
    "vulnerabilities_json",
    "write_quickview_json",
    "write_report_json",
]

SCHEMA_VERSION = 1

_MANY = 1_500  # findings from which on a document is made piece by piece
_SURROGATE = regex("[\ud800-\udfff]")


def write_quickview_json(report: Report) -> str:
    """The report without its findings, with the base image's numbers and the differences.

    What policies say is in it where they were evaluated.
    """
    document = {"schema": "ironhull/quickview", **report_json(report)}
    if report.advice is not None:
        from ironhull.formats._bases import advice_json

        document["advice"] = advice_json(report.advice)
    if report.verdicts:
        from ironhull.formats.json_policy import verdicts_json

        document["policies"] = verdicts_json(report.verdicts)
    return dump(document)


def write_report_json(report: Report, shown: Shown) -> str:
    """The report with the findings shown and, marked, those hidden; totals are of the image.

    Large documents are on one line.
    """
    listed = sorted(everything(shown), key=finding_order)
    document = {
        "schema": "ironhull/report",
        **report_json(report),
        "scanners": list(report.scanners),
        "filters": {
            "applied": list(shown.filters),
            "shown": sum(finding.active for finding in listed),
            "total": len(report.effective),
        },
        **_secrets(report, shown),
        **_licenses(report),
    }
    if len(listed) < _MANY:
        return dump({**document, "findings": [finding_json(f) for f in listed]})
    from ironhull.formats._common import dump_pieces, piece

    findings = [piece(finding_json(finding)) for finding in listed]
    return dump_pieces({**document, "findings": findings}, len(findings)).decode()


def _secrets(report: Report, shown: Shown) -> dict[str, Any]:
    if report.secrets is None:
        return {}
    from ironhull.formats._secrets import secrets_json

    return {"secrets": secrets_json(report, shown.secrets)}


def _licenses(report: Report) -> dict[str, Any]:
    if report.licenses is None:
        return {}
    from ironhull.formats._licenses import licenses_json

    return {"licenses": licenses_json(report)}


def dump(document: object) -> str:
    """`document` as indented JSON; characters no encoding has are written as an escape's text."""
    import json

    text = json.dumps(document, ensure_ascii=False, indent=2)
    return _SURROGATE.sub(lambda m: f"\\\\u{ord(m[0]):04x}", text) + "\n"


def report_json(report: Report) -> dict[str, Any]:
    """What every report document holds, findings left out."""
    made = report.made_with
    return {
        "schema_version": SCHEMA_VERSION,
        "made_with": {
            "ironhull": made.ironhull,
            "index_digest": made.index_digest,
            "index_date": made.index_date,
            "sources": [{"name": name, "date": date} for name, date in made.sources],
        },
        **image_json(report),
        "base_image": _base_json(report),
        "coverage": [
            {
                "scope": row.scope,
                "packages": row.packages,
                "checked": row.checked,
                "sources": list(row.sources),
                "date": row.date,
                "note": row.note,
            }
            for row in report.coverage
        ],
        "ignore_rules": [_rule_json(rule) for rule in report.ignore_rules],
        "vex_documents": [_document_json(use) for use in report.vex],
        "problems": [
            {"stage": p.stage, "where": p.where, "message": p.message} for p in problems_of(report)
        ],
    }


def image_json(report: Report) -> dict[str, Any]:
    """The image with its sizes (bytes), numbers and distribution."""
    subject, distro = report.sbom.subject, report.sbom.distro
    return {
        "image": {
            "name": subject.name,
            "kind": subject.kind,
            "digest": subject.digest,
            "id": subject.id,
            "index_digest": subject.index_digest,
            "platform": str(subject.platform) if subject.platform else "",
            "user": subject.user,
            "created": subject.created,
            "source": subject.source,
            "revision": subject.revision,
        },
        "distro": {"id": distro.id, "version": distro.version, "codename": distro.codename}
        if distro
        else None,
        "content_size": subject.content_size,
        "disk_size": subject.disk_size,
        "packages": len(report.sbom.counted),
        **({"packages_removed": len(report.sbom.removed)} if report.sbom.removed else {}),
        "vulnerabilities": vulnerabilities_json(report),
    }


def vulnerabilities_json(report: Report) -> dict[str, Any]:
    """`checked` and the counts; null where nothing was checked."""
    counts = count(report.findings)
    numbers = {
        **dict(zip(SEVERITIES, counts.by_severity, strict=True)),
        "findings": counts.findings,
        "distinct_cves": counts.cves,
        "affected_packages": counts.packages,
        "malicious_packages": counts.malicious,
        "ignored": len(report.ignored),
        "suppressed": len(report.suppressed),
    }
    known = has_numbers(report)
    return {"checked": checked(report), **{k: n if known else None for k, n in numbers.items()}}


def delta_json(new: Report, old: Report) -> dict[str, Any]:
    """`new` minus `old`; vulnerabilities are null where either was not checked."""
    ours, theirs = new.sbom.subject, old.sbom.subject
    deltas = None
    if has_numbers(new) and has_numbers(old):
        pairs = zip(
            SEVERITIES,
            count(new.findings).by_severity,
            count(old.findings).by_severity,
            strict=True,
        )
        deltas = {name: a - b for name, a, b in pairs}
    return {
        "content_size": ours.content_size - theirs.content_size,
        "disk_size": ours.disk_size - theirs.disk_size,
        "packages": len(new.sbom.counted) - len(old.sbom.counted),
        "vulnerabilities": deltas,
    }


def _base_json(report: Report) -> dict[str, Any] | None:
    base = report.base
    if base is None:
        return None
    return {
        "name": base.name,
        "digest": base.digest,
        "rule": base.rule,
        "verified": base.verified,
        "certainty": base.certainty,
        "because": base.because,
        "layers": base.layers,
        "also": list(base.also),
        "scanned": image_json(base.report) if base.report else None,
        "difference": delta_json(report, base.report) if base.report else None,
    }


def _rule_json(rule: RuleUse) -> dict[str, Any]:
    return {
        "where": rule.where,
        "what": rule.what,
        "state": rule.state,
        "findings": rule.findings,
        "reason": rule.reason,
        "until": rule.until,
        "author": rule.author,
    }


def _document_json(use: VexUse) -> dict[str, Any]:
    return {
        "where": use.where,
        "origin": use.origin,
        "format": use.format,
        "author": use.author,
        "signature": use.signature,
        "signer": use.signer,
        "statements": use.statements,
        "about": use.about,
        "applied": use.applied,
        "suppressed": use.hidden,
        "refused": use.refused,
        "refused_because": use.why,
    }


def finding_json(finding: Finding) -> dict[str, Any]:
    """One finding with its advisory, and the installed packages it is about."""
    advisory, source = finding.advisory, source_package(finding)
    identifier = vulnerability_id(advisory)
    return {
        "id": identifier,
        "aliases": sorted({advisory.id, *advisory.aliases} - {identifier}),
        "kind": advisory.kind,
        "severity": finding.severity,
        "severity_source": advisory.severity_source,
        "package": {
            "type": source.ecosystem,
            "name": source.name,
            "version": source.version,
            "purl": source.purl,
        },
        "installed": [_installed(package) for package in finding.packages],
        "scope": advisory.scope,
        "status": finding.status,
        "fixed_version": finding.fixed or None,
        "reason": advisory.reason,
        "urgency": advisory.urgency,
        "affected_range": affected_range(advisory),
        "because": finding.because,
        "cisa_kev": finding.kev,
        "epss": {"score": finding.epss[0], "percentile": finding.epss[1]} if finding.epss else None,
        "cvss": [
            {"version": c.version, "vector": c.vector, "score": c.score, "source": c.source}
            for c in advisory.cvss
        ],
        "severities": [{"source": whose, "severity": word} for whose, word in advisory.words],
        "cwes": list(advisory.cwes),
        "summary": advisory.summary,
        "published": advisory.published,
        "modified": advisory.modified,
        "sources": list(advisory.sources),
        "url": link(advisory),
        "ignored": {
            "reason": finding.ignored.reason,
            "until": finding.ignored.until,
            "where": finding.ignored.where,
        }
        if finding.ignored
        else None,
        "statement": _statement_json(finding.statement) if finding.statement else None,
    }


def _statement_json(said: Statement) -> dict[str, Any]:
    """The VEX statement that decides about a finding."""
    return {
        "status": said.status,
        "justification": said.justification,
        "reason": said.impact_statement or said.status_notes,
        "action": said.action_statement,
        "where": said.place,
        "document": said.document,
        "number": said.number,
        "vulnerability": said.vulnerability,
        "issued": said.issued,
        "author": said.author,
        "supplier": said.supplier,
        "format": said.format,
        "origin": said.origin,
        "signature": said.signature,
        "signer": said.signer,
        "base": said.base,
    }


def _installed(package: Package) -> dict[str, Any]:
    return {
        "name": package.name,
        "version": package.version,
        "purl": package.purl,
        "locations": [{"path": at.path, "layer": at.layer} for at in package.locations],
        **({"removed_in": package.removed_in} if package.removed_in else {}),
    }
