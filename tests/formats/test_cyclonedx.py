"""CycloneDX documents: valid against the official schema, complete, the same every time."""

import importlib.resources
import json
from typing import Any

import jsonschema_rs
import pytest
from cyclonedx.model.bom import Bom
from hypothesis import given

from ironhull.formats.cyclonedx import write_cyclonedx
from ironhull.model import Package, Sbom
from tests.formats.sboms import CHECKSUMS, CREATED, EMPTY, SUBJECT, full, hostile

_FILES = importlib.resources.files("cyclonedx.schema") / "_res"


def _schema(name: str) -> Any:
    return json.loads((_FILES / f"{name}.SNAPSHOT.schema.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def validator() -> Any:
    names = ("spdx", "jsf-0.82", "cryptography-defs")
    found = [(f"http://cyclonedx.org/schema/{n}.SNAPSHOT.schema.json", _schema(n)) for n in names]
    registry = jsonschema_rs.Registry(found)
    return jsonschema_rs.Draft7Validator(
        _schema("bom-1.6"), registry=registry, validate_formats=True
    )


def document(sbom: Sbom) -> dict[str, Any]:
    return json.loads(write_cyclonedx(sbom, created=CREATED))


@pytest.mark.parametrize("sbom", [full(), EMPTY], ids=["full", "empty"])
def test_valid_against_the_official_schema(validator: Any, sbom: Sbom) -> None:
    validator.validate(document(sbom))


def test_the_validator_refuses_what_is_wrong(validator: Any) -> None:
    wrong = document(full())
    wrong["components"][0]["type"] = "nonsense"
    assert not validator.is_valid(wrong)
    wrong = document(full())
    wrong["components"][1]["licenses"] = [{"license": {"id": "No-Such-Licence"}}]
    assert not validator.is_valid(wrong)


@given(hostile)
def test_any_text_gives_a_valid_document(sbom: Sbom) -> None:
    doc = document(sbom)
    refs = [c["bom-ref"] for c in doc["components"]] + [doc["metadata"]["component"]["bom-ref"]]
    assert len(set(refs)) == len(refs)
    assert {d["ref"] for d in doc["dependencies"]} == set(refs)
    assert all(set(d.get("dependsOn", ())) <= set(refs) for d in doc["dependencies"])


@given(hostile)
def test_any_text_is_valid_against_the_schema(validator: Any, sbom: Sbom) -> None:
    validator.validate(document(sbom))


def test_read_by_the_reference_library() -> None:
    sbom = full()
    bom = Bom.from_json(document(sbom))  # type: ignore[attr-defined]  # added by a decorator
    purls = sorted(str(c.purl) for c in bom.components if c.purl)
    assert len(purls) == len(sbom.packages)
    assert bom.metadata.component is not None
    assert bom.metadata.component.name == SUBJECT.name
    bom.validate()


def test_what_a_component_says() -> None:
    doc = document(full())
    root = doc["metadata"]["component"]
    assert root["purl"] == (
        f"pkg:oci/web@sha256%3A{'a' * 64}"
        "?arch=arm64&repository_url=registry.example:5000/shop/web&tag=1.0"
    )
    libc = next(c for c in doc["components"] if c["name"] == "libc6")
    assert libc["licenses"] == [
        {"expression": "(GPL-2.0-or-later OR Artistic-1.0) AND LicenseRef-weird-name"}
    ]
    properties = {p["name"]: p["value"] for p in libc["properties"]}
    assert properties["ironhull:source:name"] == "glibc"
    assert properties["ironhull:location:0:path"] == "var/lib/dpkg/status"
    assert properties["ironhull:location:0:layer"] == "sha256:" + "1" * 64
    assert [p["name"] for p in doc["properties"]] == ["ironhull:problem"]
    click = next(c for c in doc["components"] if c["name"] == "click")
    assert click["hashes"] == [{"alg": "SHA-256", "content": "d" * 64}]
    assert "externalReferences" not in click


def test_dependencies_and_owners() -> None:
    doc = document(full())
    names = {c["bom-ref"]: c["name"] for c in doc["components"]}
    edges = {
        (names.get(d["ref"], "root"), names[on])
        for d in doc["dependencies"]
        for on in d.get("dependsOn", ())
    }
    assert ("python3-flask", "libc6") in edges
    assert ("flask", "click") in edges
    owned = [
        c["name"]
        for c in doc["components"]
        if any(p["name"] == "ironhull:owned_by" for p in c.get("properties", ()))
    ]
    assert owned == ["flask"]
    assert sum(1 for a, b in edges if a == "root" and b == "flask") == 1


def test_same_image_same_bytes_other_image_other_serial() -> None:
    first, again = (
        write_cyclonedx(full(), created=CREATED),
        write_cyclonedx(full(), created=CREATED),
    )
    assert first == again
    other = write_cyclonedx(EMPTY, created=CREATED)
    assert json.loads(first)["serialNumber"] != json.loads(other)["serialNumber"]


def test_hashes_of_every_algorithm_and_none_that_is_damaged() -> None:
    package = Package("maven", "a:b", "1", checksums=CHECKSUMS)
    document = json.loads(write_cyclonedx(Sbom(SUBJECT, None, (package,)), created=CREATED))
    assert document["components"][0]["hashes"] == [
        {"alg": "MD5", "content": "a" * 32},
        {"alg": "SHA-1", "content": "b" * 40},
        {"alg": "SHA-512", "content": "c" * 128},
    ]


@pytest.mark.parametrize(
    ("supplier", "expected"),
    [
        (
            "Jo <jo.x+y@example.org>",
            {"name": "Jo", "contact": [{"name": "Jo", "email": "jo.x+y@example.org"}]},
        ),
        ("<jo@x>", {"name": "jo@x", "contact": [{"email": "jo@x"}]}),
        (
            "Paul (http://x.example) <http://x.example>",
            {"name": "Paul (http://x.example)", "url": ["http://x.example"]},
        ),
        ("Jo <jo at example>", {"name": "Jo <jo at example>"}),
        ("Jo <jo..x@example.org>", {"name": "Jo <jo..x@example.org>"}),
        ("Jo <jo@-x>", {"name": "Jo <jo@-x>"}),
        ("Jo", {"name": "Jo"}),
    ],
)
def test_suppliers(validator: Any, supplier: str, expected: dict[str, Any]) -> None:
    package = Package("npm", "a", "1", supplier=supplier)
    found = json.loads(write_cyclonedx(Sbom(SUBJECT, None, (package,)), created=CREATED))
    validator.validate(found)
    assert found["components"][0]["supplier"] == expected
