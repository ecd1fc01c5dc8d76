"""explain as JSON: valid against its schema, and telling all the text tells."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs

from ironhull.explain.sources import known
from ironhull.explain.values import Considered, Explanation
from ironhull.formats.json_explain import write_explanations_json
from ironhull.model import MadeWith
from tests import reports
from tests.explain.samples import INDEX, RULE, of, stepped, wheels

SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "schemas" / "explain.schema.json"


def _document(explanations: Sequence[Explanation]) -> dict[str, Any]:
    document = json.loads(write_explanations_json(explanations))
    jsonschema_rs.validator_for(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(document)
    return dict(document)


def test_the_schema_is_a_schema() -> None:
    jsonschema_rs.meta.validate(json.loads(SCHEMA.read_text(encoding="utf-8")))


def test_in_an_image() -> None:
    rule = Considered(".trivyignore:1", "CVE-2025-9230", "applies", True, "minor", "2027-01-01")
    document = _document([of(stepped(reports.web()), rules=lambda _: (rule,))])
    assert document["schema"] == "ironhull/explain"
    assert document["asked"] == "CVE-2025-9230"
    assert document["image"]["name"] == "web:init"
    assert document["made_with"]["index_date"] == "2026-11-20T00:00:00Z"
    (found,) = document["vulnerabilities"]
    assert found["aliases"] == ["DSA-6015-1"]
    assert found["epss"] == {"score": 0.00043, "percentile": 0.0912}
    assert found["cisa_kev"] is True
    assert found["cisa_kev_details"].startswith("listed 2025-10-02")
    scopes = [(s["scope"], len(s["claims"])) for s in found["sources"]]
    assert scopes == [("Debian:12", 0), ("Debian:13", 2)]
    assert found["sources"][1]["merged"]["ranges"] == [
        {"introduced": "0", "fixed": "3.5.1-1+deb13u1", "last_affected": "", "limit": ""}
    ]
    (package,) = found["packages"]
    assert package["verdict"] == "affected"
    assert package["fixed_version"] == "3.5.1-1+deb13u1"
    assert package["looked_up_as"] == "openssl"
    assert package["locations"] == [
        {
            "path": "var/lib/dpkg/status",
            "layer": reports.LAYER,
            "layer_number": 1,
            "step": "/bin/sh -c #(nop) ADD rootfs.tar /",
        }
    ]
    assert [c["holds"] for c in package["comparisons"]] == [True, True, True]
    assert package["remedies"][0]["command"] == "docker build --pull ."
    assert package["ignore_rules"][0]["applies"] is True


def test_without_an_image() -> None:
    (found,) = known(INDEX, "DSA-6015-1", rule=RULE)
    document = _document([found])
    assert document["image"] is None
    assert document["made_with"] is None
    assert document["vulnerabilities"][0]["packages"] == []
    document = _document([replace(found, made_with=MadeWith("0.1.0"))])
    assert document["made_with"]["index_digest"] == ""


def test_every_verdict() -> None:
    index, report = wheels()
    gone = replace(report.sbom.packages[1], removed_in="sha256:" + "2" * 64)
    packages = (report.sbom.packages[0], gone, *report.sbom.packages[2:])
    report = replace(report, sbom=replace(report.sbom, packages=packages))
    document = _document([of(report, index, "CVE-2025-47278")])
    packages = document["vulnerabilities"][0]["packages"]
    assert [p["verdict"] for p in packages] == [
        *("affected", "not checked", "not checked", "not affected"),
    ]
    assert [p["fixed_version"] for p in packages] == [None] * 4
    assert packages[-1]["removed_in"].startswith("sha256:2")
    assert packages[2]["comparisons"][0]["holds"] is None
    assert packages[2]["locations"] == []
