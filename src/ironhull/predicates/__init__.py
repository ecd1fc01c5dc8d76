"""What can be said about an image: one row per predicate type, its code loaded when it is used.

`attest` wraps a predicate in an in-toto statement; `attestations` keeps it with the image.
"""

from __future__ import annotations

from ironhull.lazy import lazily
from ironhull.predicates._row import PredicateType

__all__ = ["PREDICATES", "PredicateType", "predicate_name", "predicate_row", "predicate_types"]


PREDICATES = (
    PredicateType(
        "spdx",
        "https://spdx.dev/Document",
        "SBOM in SPDX",
        other_names=("sbom", "spdxjson"),
        family="https://spdx.dev/Document",
        check=lazily("ironhull.predicates.spdx", "check_spdx"),
        sum_up=lazily("ironhull.predicates.spdx", "sum_up_spdx"),
    ),
    PredicateType(
        "cyclonedx",
        "https://cyclonedx.org/bom/v1.6",
        "SBOM in CycloneDX",
        family="https://cyclonedx.org/bom",
        check=lazily("ironhull.predicates.sboms", "check_cyclonedx"),
        sum_up=lazily("ironhull.predicates.sboms", "sum_up_cyclonedx"),
    ),
    PredicateType(
        "scout-sbom",
        "https://scout.docker.com/sbom/v0.1",
        "SBOM of Docker Scout",
        check=lazily("ironhull.predicates.sboms", "check_scout_sbom"),
        sum_up=lazily("ironhull.predicates.sboms", "sum_up_scout_sbom"),
    ),
    PredicateType(
        "provenance",
        "https://slsa.dev/provenance/v1",
        "how the image was built (SLSA)",
        ("https://slsa.dev/provenance/v0.2", "https://slsa.dev/provenance/v0.1"),
        ("slsaprovenance", "slsaprovenance1", "slsaprovenance02", "slsa"),
        check=lazily("ironhull.predicates.slsa", "check_provenance"),
        sum_up=lazily("ironhull.predicates.slsa", "sum_up_provenance"),
    ),
    PredicateType(
        "scout-provenance",
        "https://scout.docker.com/provenance/v0.1",
        "base image and source, as Docker Scout found them",
        sum_up=lazily("ironhull.predicates.scout", "sum_up_provenance"),
    ),
    PredicateType(
        "vex",
        "https://openvex.dev/ns/v0.2.0",
        "exploitability of vulnerabilities (OpenVEX)",
        other_names=("openvex",),
        family="https://openvex.dev/ns",
        check=lazily("ironhull.predicates.openvex", "check_openvex"),
        sum_up=lazily("ironhull.predicates.openvex", "sum_up_openvex"),
    ),
    PredicateType(
        "vulns",
        "https://in-toto.io/attestation/vulns/v0.2",
        "vulnerabilities a scanner found (in-toto)",
        ("https://in-toto.io/attestation/vulns/v0.1",),
        ("vulnerabilities", "in-toto-vulns"),
        check=lazily("ironhull.predicates.vulns", "check_vulns"),
        sum_up=lazily("ironhull.predicates.vulns", "sum_up_vulns"),
    ),
    PredicateType(
        "cosign-vuln",
        "https://cosign.sigstore.dev/attestation/vuln/v1",
        "vulnerabilities a scanner found (cosign)",
        ("cosign.sigstore.dev/attestation/vuln/v1",),
        ("vuln",),
        check=lazily("ironhull.predicates.vulns", "check_cosign_vulns"),
        sum_up=lazily("ironhull.predicates.vulns", "sum_up_vulns"),
    ),
    PredicateType(
        "scout-vulns",
        "https://scout.docker.com/vulnerabilities/v0.1",
        "vulnerabilities package by package (Docker Scout)",
        other_names=("scout-vulnerabilities", "scout-cves"),
        check=lazily("ironhull.predicates.vulns", "check_scout_vulnerabilities"),
        sum_up=lazily("ironhull.predicates.vulns", "sum_up_scout_vulnerabilities"),
    ),
    PredicateType(
        "secrets",
        "https://scout.docker.com/secrets/v0.1",
        "secrets left in the image",
        check=lazily("ironhull.predicates.scout", "check_secrets"),
        sum_up=lazily("ironhull.predicates.scout", "sum_up_secrets"),
        read=lazily("ironhull.predicates.scout", "read_secrets"),
    ),
    PredicateType(
        "virus",
        "https://scout.docker.com/virus/v0.1",
        "what a virus scanner found",
        check=lazily("ironhull.predicates.scout", "check_virus"),
        sum_up=lazily("ironhull.predicates.scout", "sum_up_virus"),
    ),
    PredicateType(
        "tests",
        "https://scout.docker.com/tests/v0.1",
        "results of tests (Docker Scout)",
        check=lazily("ironhull.predicates.tests", "check_tests"),
        sum_up=lazily("ironhull.predicates.tests", "sum_up_tests"),
        read=lazily("ironhull.predicates.tests", "read_tests"),
    ),
    PredicateType(
        "test-result",
        "https://in-toto.io/attestation/test-result/v0.1",
        "results of tests (in-toto)",
        check=lazily("ironhull.predicates.tests", "check_result"),
        sum_up=lazily("ironhull.predicates.tests", "sum_up_result"),
        read=lazily("ironhull.predicates.tests", "read_result"),
    ),
    PredicateType(
        "vsa",
        "https://slsa.dev/verification_summary/v1",
        "that somebody verified the image, against which policy",
        (
            "https://slsa.dev/verification_summary/v0.2",
            "https://slsa.dev/verification_summary/v0.1",
        ),
        ("verification-summary",),
        check=lazily("ironhull.predicates.vsa", "check_vsa"),
        sum_up=lazily("ironhull.predicates.vsa", "sum_up_vsa"),
    ),
    PredicateType(
        "fips",
        "https://docker.com/dhi/fips/v0.1",
        "cryptographic modules and their certificates",
        check=lazily("ironhull.predicates.dhi", "check_fips"),
        sum_up=lazily("ironhull.predicates.dhi", "sum_up_fips"),
    ),
    PredicateType(
        "stig",
        "https://docker.com/dhi/stig/v0.1",
        "a scan by a Security Technical Implementation Guide",
        check=lazily("ironhull.predicates.dhi", "check_stig"),
        sum_up=lazily("ironhull.predicates.dhi", "sum_up_stig"),
    ),
    PredicateType("source", "https://docker.com/dhi/source/v0.1", "where the source image is"),
    PredicateType("health", "https://scout.docker.com/health/v0.1", "Docker Scout's health score"),
    PredicateType(
        "link",
        "https://in-toto.io/attestation/link/v0.3",
        "a step of a supply chain (in-toto)",
        ("https://in-toto.io/Link/v1",),
    ),
    PredicateType(
        "release",
        "https://in-toto.io/attestation/release/v0.1",
        "that it was released, and as what",
    ),
    PredicateType(
        "scai",
        "https://in-toto.io/attestation/scai/attribute-report/v0.2",
        "attributes of the image and their evidence",
        ("https://in-toto.io/attestation/scai/attribute-report",),
    ),
    PredicateType(
        "custom",
        "https://cosign.sigstore.dev/attestation/v1",
        "anything else, as cosign attests it",
        ("cosign.sigstore.dev/attestation/v1",),
    ),
)


def predicate_row(text: str) -> PredicateType | None:
    """The row of a name or of a type's URI; None where there is none."""
    for row in PREDICATES:
        if text == row.name or text in row.other_names or row.covers(text):
            return row
    return None


def predicate_name(uri: str) -> str:
    """What users call a predicate type ("spdx", "provenance"); the URI itself for others."""
    return next((row.name for row in PREDICATES if row.covers(uri)), uri)


def predicate_types(uri: str, wanted: str) -> bool:
    """Whether the predicate type `uri` is what `wanted` means: its URI, or a name of its kind."""
    if uri == wanted:
        return True
    row = next((r for r in PREDICATES if wanted == r.name or wanted in r.other_names), None)
    return row is not None and row.covers(uri)
