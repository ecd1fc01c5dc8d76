"""CycloneDX 1.6 with vulnerabilities (ECMA-424): the SBOM and beside it what was found in it.

One vulnerability per finding, because severity, remedy and analysis are those of one package. It
points to the components of the installed packages by `bom-ref`. The first rating is the severity
that counts and says whose it is; the others are the CVSS vectors. What CycloneDX has no field for
is in properties of the namespace `ironhull:`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from ironhull.counts import source_package, vulnerability_id
from ironhull.ecosystems import ECOSYSTEMS
from ironhull.formats._common import dump_pieces, package_ids, piece, present
from ironhull.formats._findings import (
    Suppression,
    everything,
    fingerprint,
    links,
    moment,
    notices,
    ordered,
    remedy,
    sentence,
    stated,
    suppression,
    weight,
)
from ironhull.formats.cyclonedx import cyclonedx_document, property_list
from ironhull.formats.text_cves import Shown
from ironhull.lazy import regex
from ironhull.model import Advisory, Cvss, Finding, Range, Report, Sbom

__all__ = ["write_cyclonedx_report"]

_METHODS = {"2.0": "CVSSv2", "3.0": "CVSSv3", "3.1": "CVSSv31", "4.0": "CVSSv4"}
_BOUNDS = ((9.0, "critical"), (7.0, "high"), (4.0, "medium"), (0.1, "low"), (0.0, "none"))
_TIME = regex(r"(\d{4}-[01]\d-[0-3]\d)(?:T([0-2]\d:[0-5]\d:[0-5]\d)(?:\.\d+)?(?:Z|\+00:00))?")
_CWE = regex(r"CWE-([1-9]\d{0,5})", re.ASCII)
_VERSION, _RANGE = 1_024, 4_096  # of the schema
_STATES = {
    "not_affected": "not_affected",
    "fixed": "resolved",
    "affected": "exploitable",
    "under_investigation": "in_triage",
}
_JUSTIFICATIONS = {
    "component_not_present": "code_not_present",
    "vulnerable_code_not_present": "code_not_present",
    "vulnerable_code_not_in_execute_path": "code_not_reachable",
    "vulnerable_code_cannot_be_controlled_by_adversary": "protected_by_mitigating_control",
    "inline_mitigations_already_exist": "protected_by_mitigating_control",
}
"""OpenVEX 0.2.0 to CycloneDX."""


def write_cyclonedx_report(report: Report, shown: Shown) -> bytes:
    """The document of the findings shown; equal reports give equal bytes."""
    sbom = report.sbom
    refs = _refs(sbom)
    kind = f"cyclonedx {report.made_with.index_digest} {' '.join(shown.filters)}"
    document = cyclonedx_document(sbom, created=moment(report), kind=kind)
    document["components"] = [piece(component) for component in document["components"]]
    document["dependencies"] = [piece(dependency) for dependency in document["dependencies"]]
    seen: dict[str, int] = {}
    found = [piece(_vulnerability(f, refs, seen)) for f in ordered(everything(shown))]
    notes = [(note.kind, note.text) for note in notices(report, shown) if note.kind != "problem"]
    notes += [("problem", note.text) for note in notices(report, shown) if note.kind == "problem"]
    notes += [
        *(("checked", f"{row.scope}: {row.checked}, {row.packages}") for row in report.coverage),
        ("advisory_data", report.made_with.index_digest),
    ]
    document["vulnerabilities"] = found
    document["properties"] = property_list(notes)
    return dump_pieces(document, len(found) + len(sbom.packages))


def _refs(sbom: Sbom) -> dict[str, list[str]]:
    """The components of each package URL."""
    ids = package_ids(sbom.packages)
    found: dict[str, list[str]] = {}
    for number, package in enumerate(sbom.packages):
        if not package.owned_by:
            found.setdefault(package.purl, []).append(ids[number])
    return found


def _vulnerability(
    finding: Finding, refs: dict[str, list[str]], seen: dict[str, int]
) -> dict[str, Any]:
    advisory = finding.advisory
    known = links(advisory)
    analysis = _analysis(finding)
    return {
        "bom-ref": _ref(finding, seen),
        "id": vulnerability_id(advisory),
        "source": {"name": _source(advisory), "url": known[0][1]},
        **present(
            references=[
                {"id": name, "source": {"name": _publisher(name), "url": url}}
                for name, url in known[1:]
                if "://" not in name
            ],
        ),
        "ratings": [_picked(finding), *(_rating(cvss) for cvss in advisory.cvss)],
        **present(cwes=_weaknesses(advisory), description=sentence(finding)),
        "recommendation": remedy(finding),
        "advisories": [{"title": name, "url": url} for name, url in known],
        **present(published=_time(advisory.published), updated=_time(advisory.modified)),
        **({"analysis": analysis} if analysis else {}),
        "affects": _affects(finding, refs),
        "properties": _facts(finding),
    }


def _ref(finding: Finding, seen: dict[str, int]) -> str:
    package = source_package(finding)
    mark = fingerprint(finding, package.version, package.distro)
    seen[mark] = seen.get(mark, 0) + 1
    number = f"-{seen[mark]}" if seen[mark] > 1 else ""
    return f"vulnerability-{mark}{number}"


def _source(advisory: Advisory) -> str:
    return advisory.sources[0] if advisory.sources else "unknown"


def _publisher(identifier: str) -> str:
    return identifier.partition("-")[0] or "unknown"


def _picked(finding: Finding) -> dict[str, Any]:
    """The severity that counts, which is not always that of a vector."""
    severity = weight(finding)
    return {
        "source": {"name": finding.advisory.severity_source or "ironhull"},
        "severity": "unknown" if severity == "unspecified" else severity,
        "method": "other",
    }


def _rating(cvss: Cvss) -> dict[str, Any]:
    return {
        **present(source=present(name=cvss.source)),
        "score": cvss.score,
        "severity": next(word for bound, word in _BOUNDS if cvss.score >= bound),
        "method": _METHODS.get(cvss.version, "other"),
        "vector": cvss.vector,
    }


def _weaknesses(advisory: Advisory) -> list[int]:
    matches = (_CWE.fullmatch(text) for text in advisory.cwes)
    return list(dict.fromkeys(int(match[1]) for match in matches if match))


def _time(text: str) -> str:
    """`text` as RFC 3339 wants it, "" for what is no time."""
    match = _TIME.fullmatch(text)
    return f"{match[1]}T{match[2] or '00:00:00'}Z" if match else ""


def _analysis(finding: Finding) -> dict[str, Any]:
    """What VEX says; of an ignored finding the rule in words: it claims nothing about impact."""
    hidden = suppression(finding) or stated(finding)
    if hidden is not None:
        return present(
            state=_STATES.get(hidden.status, ""),
            justification=_JUSTIFICATIONS.get(hidden.justification, ""),
            detail=str(hidden),
        )
    if finding.status in ("will-not-fix", "end-of-life"):
        reason = f": {finding.advisory.reason}" if finding.advisory.reason else ""
        return {"response": ["will_not_fix"], "detail": f"{finding.status}{reason}"}
    return {}


def _affects(finding: Finding, refs: dict[str, list[str]]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    spans = _spans(finding)
    for package in finding.packages:
        mine = [{"version": package.version, "status": "affected"}] if package.version else []
        versions = [v for v in mine if len(v["version"]) <= _VERSION] + spans
        for ref in refs.get(package.purl, ()):
            found[ref] = {"ref": ref, **present(versions=versions)}
    return list(found.values())


def _spans(finding: Finding) -> list[dict[str, str]]:
    span = version_range(finding.advisory, finding.package.ecosystem)
    spans = [{"range": span, "status": "affected"}] if span else []
    if finding.fixed and len(finding.fixed) <= _VERSION:
        spans.append({"version": finding.fixed, "status": "unaffected"})
    return spans


def version_range(advisory: Advisory, ecosystem: str) -> str:
    """The affected versions as `vers:` (package-url/vers-spec); "" where they are not known or are
    too many for CycloneDX."""
    order = _order(ecosystem)
    if advisory.ranges:
        ranges = sorted(advisory.ranges, key=lambda span: order(span.introduced))
        constraints = [text for span in ranges for text in _constraints(span)]
        if "*" in constraints:
            constraints = ["*"]
    else:
        constraints = [_quoted(text) for text in sorted(set(advisory.versions), key=order)]
    text = f"vers:{ecosystem}/{'|'.join(dict.fromkeys(constraints))}"
    return text if constraints and len(text) <= _RANGE else ""


def _order(ecosystem: str) -> Any:
    """A sort key of versions: the ecosystem's own, and what is no version of it first."""
    row = ECOSYSTEMS.get(ecosystem)

    def key(version: str) -> bytes:
        try:
            return row.order(version) if row and version not in ("", "0") else b""
        except ValueError:
            return b""

    return key


def _constraints(span: Range) -> Iterable[str]:
    low = f">={_quoted(span.introduced)}" if span.introduced not in ("", "0") else ""
    end = span.fixed or span.limit
    high = f"<{_quoted(end)}" if end else ""
    if not high and span.last_affected:
        high = f"<={_quoted(span.last_affected)}"
    return [part for part in (low, high) if part] or ["*"]


def _quoted(version: str) -> str:
    return quote(version, safe="", errors="backslashreplace")


def _facts(finding: Finding) -> Sequence[dict[str, str]]:
    advisory, hidden = finding.advisory, suppression(finding)
    epss, said = finding.epss, stated(finding)
    return property_list(
        [
            ("kind", advisory.kind),
            ("source_package", source_package(finding).purl),
            ("status", finding.status),
            ("fixed_version", finding.fixed),
            ("because", finding.because),
            ("scope", advisory.scope),
            ("urgency", advisory.urgency),
            ("cisa_kev", "true" if finding.kev else ""),
            ("epss:score", f"{epss[0]}" if epss else ""),
            ("epss:percentile", f"{epss[1]}" if epss else ""),
            ("ignored", str(hidden) if hidden and hidden.kind == "ignored" else ""),
            *(() if said is None else _statement(said)),
            *(("advisory_source", source) for source in advisory.sources),
        ]
    )


def _statement(said: Suppression) -> tuple[tuple[str, str], ...]:
    """The VEX statement that decides, suppressed or not."""
    return (
        ("vex:status", said.status),
        ("vex:justification", said.justification),
        ("vex:statement", said.reason),
        ("vex:document", said.where),
        ("vex:author", said.author),
        ("vex:issued", said.issued),
        ("vex:signature", said.signature),
    )
