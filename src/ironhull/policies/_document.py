"""The document policies see as `input`, and the ones `oci.referrer` gives in a registry's place.

The shape is that of Docker Scout's SBOM document (docker/index-cli-plugin and atomist-skills/
go-skill, Go types; docs/policy.md has the schema); what Scout has not is under `ironhull`. A key
whose value is not known is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ironhull.counts import source_package, vulnerability_id
from ironhull.documents.scout import scout_vulnerability
from ironhull.errors import ReferenceFault
from ironhull.model import Finding, Image, Package, Report, Statement, Subject
from ironhull.oci.names import Reference
from ironhull.values import dataclass, field

__all__ = ["Known", "document", "openvex", "sbom", "vulnerabilities"]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an image beside its report.

    `image` is None for directories and documents; `provenance` Scout's provenance of it (its keys:
    docs/policy.md), `secrets` the rows of a search for secrets (None: there was none), `facts` what
    stands under `ironhull`.
    """

    image: Image | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)
    secrets: Sequence[Mapping[str, Any]] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def document(report: Report, known: Known, tool: tuple[str, str]) -> dict[str, Any]:
    """`input` for an image; `tool` is the name and version of what made it."""
    subject = report.sbom.subject
    made: dict[str, Any] = {
        "source": _source(report, known),
        "artifacts": _artifacts(report.sbom.counted, subject),
        "attestations": [],
        "vex_statements": [_statement(s, ()) for s in _statements(report.findings)],
        "descriptor": {"name": tool[0], "version": tool[1], "sbom_version": "9"},
        "ironhull": dict(known.facts),
    }
    if report.coverage:
        made["vulnerabilities"] = vulnerabilities(report.findings)
    if known.secrets is not None:
        made["secrets"] = list(known.secrets)
    return made


# ── documents `oci.referrer` gives ───────────────────────────────────────────────────────────────


def vulnerabilities(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """The findings that no ignore rule hides, by package URL of their source package.

    What a statement of exploitability says of one stands with it.
    """
    rows: dict[str, list[dict[str, Any]]] = {}
    for finding in findings:
        if finding.ignored is None:
            purl = source_package(finding).purl
            rows.setdefault(purl, []).append(_vulnerability(finding, purl))
    return [{"purl": purl, "vulnerabilities": found} for purl, found in rows.items()]


def sbom(report: Report) -> dict[str, Any]:
    """The predicate of Scout's SBOM: `{"artifacts"}`."""
    return {"artifacts": _artifacts(report.sbom.counted, report.sbom.subject)}


def openvex(findings: Iterable[Finding], timestamp: str) -> dict[str, Any]:
    """The statements that are effective for findings, each with their package URLs as products.

    Whoever compares product and vulnerability with those of a finding, letter by letter, finds it.
    """
    products: dict[tuple[Statement, str], list[str]] = {}
    for finding in findings:
        if finding.statement is not None:
            said = (finding.statement, vulnerability_id(finding.advisory))
            purls = [source_package(finding).purl, *(p.purl for p in finding.packages)]
            products.setdefault(said, []).extend(purls)
    return {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "timestamp": timestamp,
        "statements": [
            _statement(statement, tuple(dict.fromkeys(purls)), identifier)
            for (statement, identifier), purls in products.items()
        ],
    }


# ── parts ────────────────────────────────────────────────────────────────────────────────────────


def _source(report: Report, known: Known) -> dict[str, Any]:
    subject = report.sbom.subject
    if subject.kind == "directory":
        directory = {"name": subject.name, "path": subject.name, "size": subject.disk_size}
        return {"type": "file_system", "file_system": directory}
    made: dict[str, Any] = {"type": "image", "image": _image(report, known.image)}
    if report.base is not None:
        base = {"digest": report.base.digest, "repository": {"repo": report.base.name}}
        made["base_images"] = [{"diff_ids": [], "images": [base]}]
    if known.provenance:
        made["provenance"] = dict(known.provenance)
    return made


def _image(report: Report, image: Image | None) -> dict[str, Any]:
    subject, distro = report.sbom.subject, report.sbom.distro
    made: dict[str, Any] = {"name": _repository(subject.name), "size": subject.content_size}
    if subject.digest:
        made["digest"] = subject.digest
    made["tags"] = _tags(subject.name)
    if image is not None:
        made["manifest"] = dict(image.manifest)
        made["config"] = _config(image.config)
    if distro is not None:
        made["distro"] = {
            "os_name": distro.id,
            "os_version": distro.version,
            "os_distro": distro.codename,
        }
    if subject.platform is not None:
        platform = subject.platform
        made["platform"] = {"os": platform.os, "architecture": platform.architecture}
        if platform.variant:
            made["platform"]["variant"] = platform.variant
    return made


def _config(config: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration as Go's types write it: what is empty in `config` is left out.

    (OCI image-spec, specs-go/v1/config.go: `omitempty`.) Modules ask whether there is a `User`.
    """
    made = dict(config)
    settings = made.get("config")
    if isinstance(settings, Mapping):
        made["config"] = {key: value for key, value in settings.items() if value}
    return made


def _repository(name: str) -> str:
    try:
        found = Reference.parse(name)
    except ReferenceFault:
        return name
    return Reference(found.registry, found.repository).familiar


def _tags(name: str) -> list[str]:
    try:
        tag = Reference.parse(name).tag
    except ReferenceFault:
        return []
    return [tag] if tag else []


def _artifacts(packages: Iterable[Package], subject: Subject) -> list[dict[str, Any]]:
    ordinals = {diff_id: number for number, diff_id in enumerate(subject.layers)}
    return [_artifact(package, ordinals) for package in packages]


def _artifact(package: Package, ordinals: Mapping[str, int]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "type": package.ecosystem,
        "namespace": package.namespace,
        "name": package.name,
        "version": package.version,
        "purl": package.purl,
        "licenses": list(package.licenses),
        "locations": [
            {"path": f"/{at.path}", "ordinal": ordinals.get(at.layer, 0), "diff_id": at.layer}
            for at in package.locations
        ],
    }
    others = {
        "author": package.supplier,
        "description": package.summary,
        "url": package.homepage,
        "installed_size": package.size,
        "parent": package.owned_by,
    }
    made.update((key, value) for key, value in others.items() if value)
    return made


def _vulnerability(finding: Finding, purl: str) -> dict[str, Any]:
    made = scout_vulnerability(finding)
    if finding.statement is not None:
        said = _statement(finding.statement, (purl,), vulnerability_id(finding.advisory))
        made["vex_statements"] = [{**said, "effective": True}]
    return made


def _statements(findings: Iterable[Finding]) -> list[Statement]:
    found = (finding.statement for finding in findings)
    return list(dict.fromkeys(each for each in found if each is not None))


def _statement(statement: Statement, purls: Sequence[str], identifier: str = "") -> dict[str, Any]:
    """A statement as OpenVEX 0.2.0 writes it.

    It is about `purls` and the vulnerability `identifier` where they are given.
    """
    own = statement.vulnerability
    names = (identifier, own, *statement.aliases) if identifier else (own, *statement.aliases)
    name, *aliases = dict.fromkeys(names)
    products = purls or [name for product in statement.products for name in product.ids[:1]]
    made: dict[str, Any] = {
        "vulnerability": {"name": name, "aliases": aliases},
        "products": [{"@id": purl} for purl in products],
        "status": statement.status,
    }
    others = {
        "timestamp": statement.issued,
        "justification": statement.justification,
        "impact_statement": statement.impact_statement,
        "action_statement": statement.action_statement,
        "status_notes": statement.status_notes,
        "supplier": statement.supplier,
    }
    made.update((key, value) for key, value in others.items() if value)
    return made
