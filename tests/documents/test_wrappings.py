"""The same SBOM in every syntax and wrapping is the same SBOM."""

import base64
import gzip
import json
from io import StringIO
from typing import Any

import pytest
import yaml
from cyclonedx.model.bom import Bom
from cyclonedx.output.xml import BY_SCHEMA_VERSION
from cyclonedx.schema import SchemaVersion
from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
from spdx_tools.spdx.writer.tagvalue import tagvalue_writer

from ironhull.documents import read_document
from ironhull.errors import FormatError
from ironhull.formats.cyclonedx import write_cyclonedx
from ironhull.formats.spdx import write_spdx
from ironhull.model import Platform, Problem, Sbom
from tests.formats.sboms import CREATED, SUBJECT, full

DIGEST = SUBJECT.digest.removeprefix("sha256:")
SPDX: dict[str, Any] = json.loads(write_spdx(full(), created=CREATED))
CYCLONE: dict[str, Any] = json.loads(write_cyclonedx(full(), created=CREATED))


def statement(predicate: Any, **more: Any) -> dict[str, Any]:
    subject = {"name": "pkg:docker/shop/web@1.0?platform=linux%2Farm64", "digest": {}}
    subject["digest"] = {"sha256": DIGEST}
    said = {
        "_type": "https://in-toto.io/Statement/v0.1",
        "subject": [subject],
        "predicateType": "https://spdx.dev/Document",
        "predicate": predicate,
    }
    return {**said, **more}


def envelope(inner: Any) -> dict[str, Any]:
    payload = base64.b64encode(json.dumps(inner).encode()).decode()
    return {"payloadType": "application/vnd.in-toto+json", "payload": payload, "signatures": []}


def read(value: Any, platform: Platform | None = None) -> Sbom:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return read_document(data, "x", platform)


def tag_value() -> bytes:
    out = StringIO()
    tagvalue_writer.write_document(JsonLikeDictParser().parse(SPDX), out)
    return out.getvalue().encode()


def xml() -> bytes:
    bom = Bom.from_json(CYCLONE)  # type: ignore[attr-defined]  # made by serializable
    text = BY_SCHEMA_VERSION[SchemaVersion.V1_5](bom).output_as_string(indent=1)
    return text.encode()


WHOLE = read(SPDX)


@pytest.mark.parametrize(
    "data",
    [
        gzip.compress(json.dumps(SPDX).encode()),
        b"\xef\xbb\xbf" + json.dumps(SPDX).encode(),
        b"\xff\xfe" + json.dumps(SPDX).encode("utf-16-le"),
        yaml.safe_dump(SPDX).encode(),
        b"---\n" + yaml.safe_dump(SPDX).encode(),
        json.dumps([SPDX]).encode(),
        tag_value(),
        gzip.compress(tag_value()),
    ],
    ids=["gzip", "bom", "utf-16", "yaml", "yaml-start", "list", "tag-value", "tag-value-gzip"],
)
def test_syntaxes_of_spdx(data: bytes) -> None:
    found = read(data)
    assert found.packages == WHOLE.packages
    assert found.subject == WHOLE.subject
    assert found.distro == WHOLE.distro
    assert found.relations == WHOLE.relations
    assert found.problems == WHOLE.problems


def test_xml_is_read_as_json_is() -> None:
    found, expected = read(xml()), read(CYCLONE)
    assert found.packages == expected.packages
    assert found.subject == expected.subject
    assert found.distro == expected.distro
    assert set(found.relations) == set(expected.relations)


@pytest.mark.parametrize(
    "value",
    [
        statement(SPDX),
        statement(SPDX, _type="https://in-toto.io/Statement/v1"),
        statement({"Data": SPDX, "Timestamp": "x"}),
        statement({"Data": json.dumps(SPDX)}),
        {"SPDX": SPDX},
        {"linux/arm64": {"SPDX": SPDX}},
    ],
    ids=["v0.1", "v1", "cosign-custom", "cosign-text", "buildkit", "buildkit-platform"],
)
def test_wrapped(value: Any) -> None:
    found = read(value)
    assert found.packages == WHOLE.packages
    assert found.subject.digest == SUBJECT.digest
    assert found.problems == WHOLE.problems


@pytest.mark.parametrize(
    "value", [envelope(statement(SPDX)), {"dsseEnvelope": envelope(statement(SPDX))}]
)
def test_signatures_are_not_verified_and_that_is_said(value: Any) -> None:
    found = read(value)
    assert found.packages == WHOLE.packages
    note = Problem("document", "x", "its signature was not verified: what it says is a claim")
    assert found.problems == (*WHOLE.problems, note)


def test_the_statement_names_the_image() -> None:
    bare = {"bomFormat": "CycloneDX", "components": []}
    found = read(statement(bare))
    assert found.subject.name == "shop/web:1.0"
    assert found.subject.digest == SUBJECT.digest


def test_a_statement_about_something_else_than_its_document() -> None:
    other = {"name": "_", "digest": {"sha256": "e" * 64}}
    found = read(statement(SPDX, subject=[other]))
    assert found.subject.digest == "sha256:" + "e" * 64
    assert "its statement is about sha256:eee" in found.problems[-1].message


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (statement(SPDX, _type="https://in-toto.io/Statement/v2"), "not known"),
        (statement(SPDX, subject=[
            {"name": "a", "digest": {"sha256": "a" * 64}},
            {"name": "b", "digest": {"sha256": "b" * 64}},
        ]), "is about 2 images"),
        (statement({}), "holds no SBOM"),
        (statement({"buildDefinition": {}}, predicateType="https://slsa.dev/provenance/v1"),
         "no SBOM"),
        ({"linux/amd64": {"SPDX": SPDX}, "linux/arm64": {"SPDX": SPDX}},
         "SBOMs for 2 platforms (linux/amd64, linux/arm64)"),
    ],
)  # fmt: skip
def test_what_is_not_one_sbom(value: Any, said: str) -> None:
    with pytest.raises(FormatError) as caught:
        read(value)
    assert said in caught.value.message


def test_the_platform_asked_for() -> None:
    several = {"linux/amd64": {"SPDX": {}}, "linux/arm64": {"SPDX": SPDX}}
    assert read(several, Platform("linux", "arm64")).packages == WHOLE.packages
    with pytest.raises(FormatError, match="has no SBOM for linux/s390x"):
        read(several, Platform("linux", "s390x"))
    with pytest.raises(FormatError, match="is about linux/arm64, not linux/amd64"):
        read(SPDX, Platform("linux", "amd64"))


def test_two_images_in_one_document() -> None:
    images = [
        {"name": name, "SPDXID": f"SPDXRef-{name}", "primaryPackagePurpose": "CONTAINER"}
        for name in "ab"
    ]
    document = {**SPDX, "packages": images, "documentDescribes": ["SPDXRef-a", "SPDXRef-b"]}
    with pytest.raises(FormatError, match=r"describes 2 images \(a, b\)"):
        read(document)
