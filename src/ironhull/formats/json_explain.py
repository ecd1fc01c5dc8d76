"""`explain` as JSON: docs/schemas/explain.schema.json."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ironhull.explain.values import Comparison, Considered, Explanation, Judgement, Spoken
from ironhull.formats._findings import links
from ironhull.formats.json_report import dump
from ironhull.model import Advisory, MadeWith, Package, Range, Subject

__all__ = ["write_explanations_json"]

SCHEMA_VERSION = 1


def write_explanations_json(explanations: Sequence[Explanation]) -> str:
    """One document with every vulnerability the identifier names."""
    made = next((e.made_with for e in explanations if e.made_with), None)
    subject = next((e.subject for e in explanations if e.subject), None)
    return dump(
        {
            "schema": "ironhull/explain",
            "schema_version": SCHEMA_VERSION,
            "asked": explanations[0].asked,
            "made_with": _made(made) if made else None,
            "image": _image(subject) if subject else None,
            "vulnerabilities": [_explained(explanation) for explanation in explanations],
        }
    )


def _made(made: MadeWith) -> dict[str, str]:
    return {
        "ironhull": made.ironhull,
        "index_digest": made.index_digest,
        "index_date": made.index_date,
    }


def _image(subject: Subject) -> dict[str, str]:
    return {
        "name": subject.name,
        "digest": subject.digest,
        "id": subject.id,
        "platform": str(subject.platform or ""),
    }


def _explained(explanation: Explanation) -> dict[str, Any]:
    lead, epss = explanation.lead, explanation.epss
    return {
        "id": explanation.id,
        "aliases": list(explanation.aliases),
        "kind": lead.kind,
        "summary": lead.summary,
        "published": explanation.published,
        "modified": explanation.modified,
        "severity_order": list(explanation.rule),
        "cisa_kev": explanation.kev,
        "cisa_kev_details": explanation.kev_words,
        "epss": {"score": epss[0], "percentile": epss[1]} if epss else None,
        "cwes": list(explanation.cwes),
        "links": [{"id": name, "url": url} for name, url in links(lead)],
        "data": [{"source": name, "date": date} for name, date in explanation.data],
        "sources": [_spoken(spoken) for spoken in explanation.spoken],
        "packages": [_judged(j, explanation.subject) for j in explanation.judgements],
    }


def _spoken(spoken: Spoken) -> dict[str, Any]:
    return {
        "scope": spoken.advisory.scope,
        "package": spoken.advisory.package,
        "order": spoken.order,
        "merged": _said(spoken.advisory),
        "claims": [_said(claim) for claim in spoken.claims],
    }


def _said(advisory: Advisory) -> dict[str, Any]:
    return {
        "id": advisory.id,
        "sources": list(advisory.sources),
        "ranges": [_span(span) for span in advisory.ranges],
        "versions": list(advisory.versions),
        "status": advisory.status,
        "reason": advisory.reason,
        "urgency": advisory.urgency,
        "severity": advisory.severity,
        "severity_source": advisory.severity_source,
        "cvss": [
            {"version": c.version, "vector": c.vector, "score": c.score, "source": c.source}
            for c in advisory.cvss
        ],
        "words": [{"source": whose, "severity": word} for whose, word in advisory.words],
        "published": advisory.published,
        "modified": advisory.modified,
        "withdrawn": advisory.withdrawn,
        "url": advisory.url,
    }


def _span(span: Range) -> dict[str, str]:
    return {
        "introduced": span.introduced,
        "fixed": span.fixed,
        "last_affected": span.last_affected,
        "limit": span.limit,
    }


def _judged(judgement: Judgement, subject: Subject | None) -> dict[str, Any]:
    package, finding = judgement.package, judgement.finding
    return {
        "name": package.name,
        "version": package.version,
        "purl": package.purl,
        "looked_up_as": judgement.looked_up or package.name,
        "version_compared": judgement.version,
        "scope": judgement.scope,
        "verdict": judgement.verdict,
        "because": judgement.why,
        "status": finding.status if finding else None,
        "fixed_version": (finding.fixed or None) if finding else None,
        "comparisons": [_compared(comparison) for comparison in judgement.comparisons],
        "locations": _places(package, subject),
        "remedies": [{"what": r.what, "command": r.command} for r in judgement.remedies],
        "vex_statements": _considered(judgement.statements),
        "ignore_rules": _considered(judgement.rules),
        **({"removed_in": package.removed_in} if package.removed_in else {}),
    }


def _compared(comparison: Comparison) -> dict[str, Any]:
    return {
        "text": comparison.text,
        "holds": comparison.holds,
        "source": comparison.source,
        "range": _span(comparison.span) if comparison.span else None,
    }


def _places(package: Package, subject: Subject | None) -> list[dict[str, Any]]:
    """Each place with its layer: diff_id, number from 1 and Dockerfile step, where known."""
    layers = subject.layers if subject else ()
    steps = subject.steps if subject else ()
    found = []
    for at in package.locations:
        number = layers.index(at.layer) if at.layer in layers else -1
        step = steps[number] if 0 <= number < len(steps) else ""
        found.append(
            {
                "path": at.path,
                "layer": at.layer,
                "layer_number": number + 1 if number >= 0 else None,
                "step": step,
            }
        )
    return found


def _considered(rows: Iterable[Considered]) -> list[dict[str, Any]]:
    return [
        {
            "where": row.where,
            "what": row.what,
            "outcome": row.outcome,
            "applies": row.applies,
            "reason": row.reason,
            "until": row.until,
        }
        for row in rows
    ]
