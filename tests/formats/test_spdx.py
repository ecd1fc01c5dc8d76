"""SPDX documents: valid by the SPDX project's own validator, complete, the same every time."""

import json
import re
from typing import Any

import pytest
from hypothesis import given

from ironhull.formats.spdx import write_spdx
from ironhull.model import Package, Sbom
from tests.formats.sboms import CHECKSUMS, CREATED, EMPTY, SUBJECT, full, hostile

# The fields SPDX 2.3 has (its JSON schema allows no others), for the objects written here.
_FIELDS = {
    "document": "spdxVersion dataLicense SPDXID name documentNamespace creationInfo packages files"
    " snippets annotations comment externalDocumentRefs hasExtractedLicensingInfos relationships",
    "packages": "SPDXID annotations attributionTexts builtDate checksums comment copyrightText"
    " description downloadLocation externalRefs filesAnalyzed homepage licenseComments"
    " licenseConcluded licenseDeclared licenseInfoFromFiles name originator packageFileName"
    " packageVerificationCode primaryPackagePurpose releaseDate sourceInfo summary supplier"
    " validUntilDate versionInfo",
    "relationships": "spdxElementId comment relatedSpdxElement relationshipType",
    "annotations": "annotationDate annotationType annotator comment",
    "hasExtractedLicensingInfos": "comment crossRefs extractedText licenseId name seeAlsos",
    "externalRefs": "comment referenceCategory referenceLocator referenceType",
    "checksums": "algorithm checksumValue",
    "creationInfo": "comment created creators licenseListVersion",
}


def document(sbom: Sbom) -> dict[str, Any]:
    return json.loads(write_spdx(sbom, created=CREATED))


def faults(sbom: Sbom) -> list[str]:
    """What the SPDX project's own reader and validator say against the document."""
    parser = pytest.importorskip("spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser")
    validator = pytest.importorskip("spdx_tools.spdx.validation.document_validator")
    parsed = parser.JsonLikeDictParser().parse(document(sbom))
    return [m.validation_message for m in validator.validate_full_spdx_document(parsed)]


@pytest.mark.parametrize("sbom", [full(), EMPTY], ids=["full", "empty"])
def test_valid_by_the_official_validator(sbom: Sbom) -> None:
    assert faults(sbom) == []


@given(hostile)
def test_any_text_gives_a_valid_document(sbom: Sbom) -> None:
    assert faults(sbom) == []


@given(hostile)
def test_only_fields_of_the_standard_and_identifiers_that_resolve(sbom: Sbom) -> None:
    doc = document(sbom)
    _check_fields("document", doc)
    ids = [p["SPDXID"] for p in doc["packages"]]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", i) for i in ids)
    known = {*ids, "SPDXRef-DOCUMENT"}
    assert all({r["spdxElementId"], r["relatedSpdxElement"]} <= known for r in doc["relationships"])


def _check_fields(kind: str, value: Any) -> None:
    for item in value if isinstance(value, list) else [value]:
        assert set(item) <= set(_FIELDS[kind].split()), kind
        for name, inner in item.items():
            if name in _FIELDS:
                _check_fields(name, inner)


def test_the_image_is_what_the_document_describes() -> None:
    doc = document(full())
    root = doc["packages"][0]
    assert root["name"] == SUBJECT.name
    assert root["primaryPackagePurpose"] == "CONTAINER"
    assert root["checksums"] == [{"algorithm": "SHA256", "checksumValue": "a" * 64}]
    assert root["externalRefs"][0]["referenceLocator"].startswith("pkg:oci/web@sha256%3Aaaa")
    described = [
        r["relatedSpdxElement"]
        for r in doc["relationships"]
        if r["relationshipType"] == "DESCRIBES"
    ]
    assert described == [root["SPDXID"]]
    assert doc["packages"][1]["primaryPackagePurpose"] == "OPERATING-SYSTEM"


def test_what_a_package_says() -> None:
    doc = document(full())
    libc = next(p for p in doc["packages"] if p["name"] == "libc6")
    assert libc["licenseDeclared"] == (
        "(GPL-2.0-or-later OR Artistic-1.0) AND LicenseRef-weird-name"
    )
    assert libc["licenseConcluded"] == "NOASSERTION"
    assert libc["supplier"] == (
        "Organization: GNU Libc Maintainers (debian-glibc@lists.debian.org)"
    )
    comments = [a["comment"] for a in libc["annotations"]]
    assert f"location: var/lib/dpkg/status layerID: sha256:{'1' * 64}" in comments
    assert [i["licenseId"] for i in doc["hasExtractedLicensingInfos"]] == ["LicenseRef-weird-name"]
    flask = next(p for p in doc["packages"] if p["name"] == "python3-flask")
    assert flask["supplier"] == "Person: Jo (jo@example.org)"
    assert doc["annotations"][0]["comment"].startswith(
        "problem: dpkg: var/lib/dpkg/status:1: broken"
    )


def test_source_package() -> None:
    doc = document(full())
    libc = next(p for p in doc["packages"] if p["name"] == "libc6")
    assert libc["sourceInfo"] == "built from source package: glibc 2.41-12"


def test_relationships() -> None:
    doc = document(full())
    names = {p["SPDXID"]: p["name"] for p in doc["packages"]} | {"SPDXRef-DOCUMENT": "doc"}
    edges = {
        (names[r["spdxElementId"]], r["relationshipType"], names[r["relatedSpdxElement"]])
        for r in doc["relationships"]
    }
    assert ("python3-flask", "DEPENDS_ON", "libc6") in edges
    assert ("python3-flask", "CONTAINS", "flask") in edges
    assert ("flask", "DEPENDS_ON", "click") in edges
    assert (SUBJECT.name, "CONTAINS", "click") in edges


def test_same_image_same_bytes_other_image_other_namespace() -> None:
    first = write_spdx(full(), created=CREATED)
    assert first == write_spdx(full(), created=CREATED)
    assert document(full())["documentNamespace"] != document(EMPTY)["documentNamespace"]


def test_times_have_no_fractions() -> None:
    doc = json.loads(write_spdx(full(), created="2026-01-02T03:04:05.678901234Z"))
    assert doc["creationInfo"]["created"] == CREATED


def test_checksums_of_every_algorithm_and_none_that_is_damaged() -> None:
    package = Package("maven", "a:b", "1", checksums=CHECKSUMS)
    data = write_spdx(Sbom(SUBJECT, None, (package,)), created=CREATED)
    (found,) = json.loads(data)["packages"][1:]
    assert found["checksums"] == [
        {"algorithm": "MD5", "checksumValue": "a" * 32},
        {"algorithm": "SHA1", "checksumValue": "b" * 40},
        {"algorithm": "SHA512", "checksumValue": "c" * 128},
    ]
