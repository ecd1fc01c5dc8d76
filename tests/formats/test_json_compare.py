"""The JSON of compare: valid against its schema, and adding up."""

import json

import pytest

from ironhull.compare import compare
from ironhull.formats.json_compare import write_compare_json
from tests import reports
from tests.formats.test_json_report import SAMPLES, validated


@pytest.mark.parametrize("other", SAMPLES)
@pytest.mark.parametrize("name", SAMPLES)
def test_every_document_is_valid(name: str, other: str) -> None:
    comparison = compare(SAMPLES[name], SAMPLES[other])
    document = validated("compare", write_compare_json(comparison))
    added, removed = document["packages"]["added"], document["packages"]["removed"]
    assert added - removed == document["difference"]["packages"]


def test_hardening() -> None:
    result = compare(reports.hardened(), reports.web(), ignore_unchanged=True)
    document = validated("compare", write_compare_json(result))
    assert document["analyzed"]["vulnerabilities"]["findings"] == 3
    assert document["comparison"]["vulnerabilities"]["findings"] == 5
    assert document["difference"] == {
        "content_size": -31_600_000,
        "disk_size": -126_400_000,
        "packages": -1,
        "vulnerabilities": {"critical": 0, "high": -1, "medium": -1, "low": 0, "unspecified": 0},
    }
    assert document["unchanged_hidden"] == 1
    assert [f["id"] for f in document["findings_gone"]] == ["CVE-2025-9230", "CVE-2019-9192"]
    assert document["findings_new"] == []
    assert document["changes"][0] == {
        "kind": "removed",
        "type": "deb",
        "name": "apt",
        "analyzed": {
            "versions": [],
            "packages": [],
            "vulnerabilities": {
                "critical": 0,
                "high": 0,
                "medium": 0,
                "low": 0,
                "unspecified": 0,
            },
        },
        "comparison": {
            "versions": ["3.0.3"],
            "packages": ["apt"],
            "vulnerabilities": {
                "critical": 0,
                "high": 0,
                "medium": 1,
                "low": 0,
                "unspecified": 0,
            },
        },
    }


def test_what_nobody_checked_is_null() -> None:
    document = json.loads(write_compare_json(compare(SAMPLES["web"], SAMPLES["blank"])))
    assert document["difference"]["vulnerabilities"] is None
    assert document["findings_gone"] is document["findings_new"] is None
    assert all(change["comparison"]["vulnerabilities"] is None for change in document["changes"])
    assert document["cautions"]
