"""A statement in every format it can be written in: CSAF 2.0, CycloneDX 1.6, in-toto, DSSE."""

from __future__ import annotations

import base64
import json
from typing import Any

Document = dict[str, Any]

_CSAF = {
    "not_affected": "known_not_affected",
    "affected": "known_affected",
    "fixed": "fixed",
    "under_investigation": "under_investigation",
}
_CYCLONEDX = {
    "not_affected": "not_affected",
    "affected": "exploitable",
    "fixed": "resolved",
    "under_investigation": "in_triage",
}


def csaf(statement: Document) -> Document:
    """An OpenVEX statement, its products by package URLs alone, as a CSAF VEX document."""
    tree: dict[str, list[Document]] = {"full_product_names": [], "relationships": []}
    meant = []

    def named(purl: str) -> str:
        identity = f"P{len(tree['full_product_names'])}"
        helper = {"purl": purl}
        tree["full_product_names"].append(
            {"product_id": identity, "name": purl, "product_identification_helper": helper}
        )
        return identity

    for product in statement["products"]:
        whole = named(product["@id"])
        parts = product.get("subcomponents", [])
        for part in parts:
            combined = f"R{len(tree['relationships'])}"
            tree["relationships"].append(
                {
                    "category": "default_component_of",
                    "product_reference": named(part["@id"]),
                    "relates_to_product_reference": whole,
                    "full_product_name": {"product_id": combined, "name": combined},
                }
            )
            meant.append(combined)
        if not parts:
            meant.append(whole)
    if not tree["relationships"]:
        del tree["relationships"]
    time = statement["timestamp"]
    said: Document = {
        "cve": statement["vulnerability"]["name"],
        "product_status": {_CSAF[statement["status"]]: meant},
    }
    if statement["status"] == "not_affected":
        said["flags"] = [{"label": statement["justification"], "product_ids": meant}]
    if statement["status"] == "affected":
        said["remediations"] = [
            {"category": "vendor_fix", "details": "update", "product_ids": meant}
        ]
    return {
        "document": {
            "category": "csaf_vex",
            "csaf_version": "2.0",
            "title": "statements of a test",
            "publisher": {
                "category": "vendor",
                "name": "Example",
                "namespace": "https://example.org",
            },
            "tracking": {
                "id": "EXAMPLE-1",
                "status": "final",
                "version": "1",
                "initial_release_date": time,
                "current_release_date": time,
                "revision_history": [{"date": time, "number": "1", "summary": "first"}],
            },
        },
        "product_tree": tree,
        "vulnerabilities": [said],
    }


def cyclonedx(statement: Document) -> Document:
    """An OpenVEX statement on packages as a whole as a CycloneDX VEX document."""
    components = [
        {"type": "library", "bom-ref": f"c{number}", "name": "x", "purl": product["@id"]}
        for number, product in enumerate(statement["products"])
    ]
    analysis = {"state": _CYCLONEDX[statement["status"]]}
    if statement["status"] == "not_affected":
        analysis["justification"] = "code_not_present"
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"timestamp": statement["timestamp"]},
        "components": components,
        "vulnerabilities": [
            {
                "id": statement["vulnerability"]["name"],
                "analysis": analysis,
                "affects": [{"ref": component["bom-ref"]} for component in components],
            }
        ],
    }


def in_toto(predicate: Document, kind: str, digest: str) -> Document:
    """An in-toto statement (v1) about an image around a document."""
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "image", "digest": {"sha256": digest.removeprefix("sha256:")}}],
        "predicateType": kind,
        "predicate": predicate,
    }


def enveloped(statement: Document) -> Document:
    """A DSSE envelope around an in-toto statement, with a signature nobody can check."""
    payload = base64.b64encode(json.dumps(statement).encode()).decode()
    signatures = [{"keyid": "", "sig": "c2ln"}]
    return {
        "payloadType": "application/vnd.in-toto+json",
        "payload": payload,
        "signatures": signatures,
    }
