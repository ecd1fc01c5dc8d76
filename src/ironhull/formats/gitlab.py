"""GitLab's report of container scanning, schema 15.2 (gitlab-org/security-products/
security-report-schemas, container-scanning-report-format.json).

One vulnerability per finding. GitLab follows it by the operating system, the name of the package
and the first identifier; its `id` is the same in every run. A finding that VEX calls harmless has
a flag. One that a rule hides is no vulnerability to GitLab, which would open it again: it is a
message of the scan with its rule, as are what was not checked and all trouble.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ironhull import __version__
from ironhull.counts import source_package, vulnerability_id
from ironhull.formats._common import dump_pieces, piece, uuid_of
from ironhull.formats._findings import (
    everything,
    fingerprint,
    is_malicious,
    links,
    moment,
    nothing_checked,
    notices,
    ordered,
    page,
    paths,
    remedy,
    sentence,
    stated,
    suppression,
    weight,
)
from ironhull.formats._markdown import bounded
from ironhull.formats.text_cves import Shown, affected_range
from ironhull.formats.text_table import layer_name, safe
from ironhull.lazy import regex
from ironhull.limits import LIMITS
from ironhull.model import Cvss, Finding, Report, Subject

__all__ = ["SCHEMA_VERSION", "TOOL", "schema_address", "write_gitlab"]

SCHEMA_VERSION = "15.2.1"
_NAME, _DESCRIPTION, _SOLUTION, _VECTORS = 255, 1_048_576, 7_000, 10  # of the schema
_CVSS3 = regex(r"CVSS:3\.[01](?:/[A-Z]{1,3}:[A-Z])+")
_IDENTIFIER = regex(r"[A-Za-z][A-Za-z0-9]*")
_SOME = 20  # places that are listed
TOOL = {
    "id": "ironhull",
    "name": "Ironhull",
    "version": __version__,
    "vendor": {"name": "Ironhull"},
}


def schema_address(kind: str) -> str:
    """Where GitLab has the schema of a kind of report."""
    return (
        "https://gitlab.com/gitlab-org/security-products/security-report-schemas/-/raw/"
        f"v{SCHEMA_VERSION}/dist/{kind}-report-format.json"
    )


def write_gitlab(report: Report, shown: Shown) -> bytes:
    """The report of the findings shown; equal reports give equal bytes."""
    system = _operating_system(report)
    subject, findings = report.sbom.subject, ordered(everything(shown))
    ignored = [finding for finding in findings if finding.ignored]
    found = [piece(_vulnerability(f, subject, system)) for f in findings if not f.ignored]
    time = moment(report)[:19]
    levels = {"error": "warn", "warning": "warn", "note": "info"}
    document = {
        "version": SCHEMA_VERSION,
        "schema": schema_address("container-scanning"),
        "scan": {
            "analyzer": TOOL,
            "scanner": TOOL,
            "type": "container_scanning",
            "start_time": time,
            "end_time": time,
            "status": "failure" if nothing_checked(report) else "success",
            "messages": [
                *(
                    {"level": levels[note.level], "value": safe(note.text)}
                    for note in notices(report, shown)
                ),
                *({"level": "info", "value": _hidden(finding)} for finding in ignored),
                *(_licenses(report)),
            ],
        },
        "vulnerabilities": found,
    }
    return dump_pieces(document, len(found))


def _licenses(report: Report) -> list[dict[str, str]]:
    if not report.licenses:
        return []
    return [{"level": "info", "value": "licences are not part of this format: see cyclonedx"}]


def _hidden(finding: Finding) -> str:
    package = source_package(finding)
    name = f"{vulnerability_id(finding.advisory)} in {package.name} {package.version}"
    return safe(f"{name}: {suppression(finding)}")


def _operating_system(report: Report) -> str:
    """`debian:13`, as GitLab writes it; `unknown` where the image does not tell."""
    distro = report.sbom.distro
    if distro is None:
        return "unknown"
    return f"{distro.id}:{distro.version or distro.codename or 'unknown'}"


def _vulnerability(finding: Finding, subject: Subject, system: str) -> dict[str, Any]:
    advisory, package = finding.advisory, source_package(finding)
    name = f"{vulnerability_id(advisory)}: {advisory.summary}".removesuffix(": ")
    vectors = [
        {"vendor": cvss.source or "unknown", "vector": cvss.vector}
        for cvss in advisory.cvss
        if _is_known(cvss)
    ]
    hidden = suppression(finding)  # by VEX: what a rule hides does not come here
    return {
        "id": uuid_of(fingerprint(finding, subject.name, package.version, finding.package.arch)),
        "name": bounded(safe(name), _NAME),
        "description": bounded(_description(finding), _DESCRIPTION),
        "severity": _severity(finding),
        "solution": bounded(safe(remedy(finding)), _SOLUTION),
        "identifiers": _identifiers(finding),
        "links": [{"name": safe(text), "url": url} for text, url in links(advisory)],
        **({"cvss_vectors": vectors[:_VECTORS]} if vectors else {}),
        "details": _details(finding, subject),
        **({"flags": [_flag(str(hidden))]} if hidden else {}),
        "location": {
            "dependency": {"package": {"name": package.name}, "version": package.version},
            "operating_system": system,
            "image": subject.name or subject.digest or "unknown",
        },
    }


def _severity(finding: Finding) -> str:
    severity = weight(finding)
    return "Unknown" if severity == "unspecified" else severity.capitalize()


def _description(finding: Finding) -> str:
    kind = "This package was made to do harm.\n\n" if is_malicious(finding) else ""
    return f"{kind}{safe(sentence(finding))}"


def _is_known(cvss: Cvss) -> bool:
    """Whether GitLab's schema takes the vector: CVSS 3.x, of 32 to 128 characters."""
    return 32 <= len(cvss.vector) <= 128 and _CVSS3.fullmatch(cvss.vector) is not None


def _identifiers(finding: Finding) -> list[dict[str, str]]:
    """The id people know it by first, then aliases, then weaknesses; as many as GitLab keeps."""
    advisory = finding.advisory
    first = vulnerability_id(advisory)
    names = [first, *sorted({advisory.id, *advisory.aliases} - {first}), *advisory.cwes]
    found = [_identifier(name, page(name)) for name in names if name]
    return found[: LIMITS.gitlab_identifiers]


def _identifier(name: str, url: str) -> dict[str, str]:
    match = _IDENTIFIER.match(name)
    kind = match[0].lower() if match else "advisory"
    value = name.partition("-")[2] if kind == "cwe" else name
    return {"type": kind, "name": safe(name), "value": safe(value) or "unknown", "url": url}


def _flag(text: str) -> dict[str, str]:
    return {
        "type": "flagged-as-likely-false-positive",
        "origin": "ironhull",
        "description": safe(text),
    }


def _details(finding: Finding, subject: Subject) -> dict[str, Any]:
    """What GitLab shows under the finding, named fields of text and lists."""
    advisory, said = finding.advisory, stated(finding)
    texts = {
        "kind": ("Kind", advisory.kind),
        "status": ("Status", finding.status),
        "because": ("Because", finding.because),
        "affected": ("Affected versions", bounded(affected_range(advisory), _SOLUTION)),
        "fixed": ("Fixed version", finding.fixed),
        "severity_source": ("Severity from", advisory.severity_source),
        "cvss": ("CVSS", ", ".join(f"{c.score:.1f} {c.vector}" for c in advisory.cvss)),
        "kev": ("Exploited", "listed by CISA as exploited" if finding.kev else ""),
        "epss": ("EPSS", f"{finding.epss[0]:.5f}, percentile {finding.epss[1]:.4f}")
        if finding.epss
        else ("EPSS", ""),
        "vex": ("VEX", str(said) if said else ""),
    }
    found: dict[str, Any] = {
        key: {"name": name, "type": "text", "value": safe(text)}
        for key, (name, text) in texts.items()
        if text
    }
    found["installed"] = _list("Installed", [binary.purl for binary in finding.packages])
    places = [f"{path}{_in(layer, subject)}" for path, layer in paths(finding)]
    if places:
        found["locations"] = _list("Found in", places)
    return found


def _in(layer: str, subject: Subject) -> str:
    return f", {layer_name(layer, subject)}" if layer else ""


def _list(name: str, texts: Sequence[str]) -> dict[str, Any]:
    shown = [safe(text) for text in texts[:_SOME]]
    if len(texts) > _SOME:
        shown.append(f"and {len(texts) - _SOME} more")
    return {"name": name, "type": "list", "items": [{"type": "text", "value": t} for t in shown]}
