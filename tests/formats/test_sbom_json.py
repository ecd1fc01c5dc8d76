"""Our JSON SBOM: as its schema says, and nothing of the model is missing."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given

from ironhull.formats.sbom_json import write_json
from ironhull.model import Sbom
from tests.formats.sboms import CREATED, EMPTY, SUBJECT, full, hostile

SCHEMA = Path(__file__).parents[2] / "docs" / "schemas" / "sbom.schema.json"


@pytest.fixture(scope="module")
def validator() -> Any:
    return jsonschema_rs.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def document(sbom: Sbom) -> dict[str, Any]:
    return json.loads(write_json(sbom, created=CREATED))


@pytest.mark.parametrize("sbom", [full(), EMPTY], ids=["full", "empty"])
def test_as_the_schema_says(validator: Any, sbom: Sbom) -> None:
    validator.validate(document(sbom))


def test_the_schema_refuses_foreign_fields(validator: Any) -> None:
    wrong = document(full())
    wrong["packages"][0]["color"] = "blue"
    assert not validator.is_valid(wrong)


@given(hostile)
def test_any_text_can_be_written(sbom: Sbom) -> None:
    doc = document(sbom)
    assert [p["name"] for p in doc["packages"]] == [p.name for p in sbom.packages]


def test_everything_is_there() -> None:
    sbom, doc = full(), document(full())
    assert doc["subject"]["digest"] == SUBJECT.digest
    assert doc["subject"]["platform"] == "linux/arm64"
    assert doc["distro"]["id"] == "debian"
    assert doc["counts"] == {"packages": 4, "owned": 1, "by_ecosystem": {"deb": 2, "pypi": 2}}
    assert [p["purl"] for p in doc["packages"]] == [p.purl for p in sbom.packages]
    assert len(doc["relations"]) == len(sbom.relations)
    assert doc["problems"][0]["where"] == "var/lib/dpkg/status:1"
    owned = [p for p in doc["packages"] if "owned_by" in p]
    assert [p["owned_by"].split("@")[0] for p in owned] == ["pkg:deb/debian/python3-flask"]


def test_same_image_same_bytes() -> None:
    assert write_json(full(), created=CREATED) == write_json(full(), created=CREATED)
