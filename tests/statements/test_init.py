"""What VEX documents come in, how they are told from others, and what is no VEX at all."""

import json
from base64 import b64encode, urlsafe_b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.errors import FormatError
from ironhull.limits import LIMITS
from ironhull.model import Component
from ironhull.statements import FORMATS, NotVexError, read_documents, read_vex
from ironhull.values import replace

HEX = "ab" * 32
VEX: dict[str, Any] = {
    "@context": "https://openvex.dev/ns/v0.2.0",
    "@id": "https://example.org/vex-1",
    "author": "Ann",
    "timestamp": "2024-01-31T10:00:00Z",
    "version": 1,
    "statements": [{"vulnerability": {"name": "CVE-2024-1"}, "status": "fixed"}],
}


def statement(predicate: object = VEX, kind: str = "https://openvex.dev/ns/v0.2.0") -> Any:
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "pkg:docker/app@1", "digest": {"sha256": HEX.upper()}}],
        "predicateType": kind,
        "predicate": predicate,
    }


def envelope(inner: object, encode: Any = b64encode) -> dict[str, Any]:
    payload = encode(json.dumps(inner).encode()).decode()
    return {
        "payloadType": "application/vnd.in-toto+json",
        "payload": payload,
        "signatures": [{"keyid": "", "sig": "AA=="}],
    }


IMAGE = Component((), (("sha256", HEX),))


@pytest.mark.parametrize(
    ("wrapped", "signature"),
    [
        (statement(), "unsigned"),
        (envelope(statement()), "unchecked"),
        (envelope(statement(), urlsafe_b64encode), "unchecked"),
        ({"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
          "dsseEnvelope": envelope(statement())}, "unchecked"),
        ([envelope(statement())], "unchecked"),
        ({**envelope(statement()), "signatures": []}, "unsigned"),
        (statement({"Data": json.dumps(VEX), "Timestamp": "2020-01-01T00:00:00Z"}), "unsigned"),
        (statement(json.dumps(VEX)), "unsigned"),
    ],
)  # fmt: skip
def test_wrappings_are_undone(wrapped: object, signature: str) -> None:
    """What a statement is about is known by its digest, whatever name is beside it."""
    ((found,), problems) = read_vex(json.dumps(wrapped).encode(), "x")
    assert problems == ()
    assert found.products == (IMAGE,)
    assert found.signature == signature
    assert found.issued == "2024-01-31T10:00:00Z"


def test_a_subject_without_a_digest_is_known_by_its_name() -> None:
    said = {**statement(), "subject": [{"name": "pkg:oci/a"}, {"name": "_"}, 3, {"digest": 4}]}
    ((found,), _) = read_vex(json.dumps(said).encode(), "x")
    assert found.products == (Component(("pkg:oci/a",)),)


def test_an_attestation_tells_the_time_of_a_document_without_one() -> None:
    bare = {key: value for key, value in VEX.items() if key != "timestamp"}
    said = statement({"Data": json.dumps(bare), "Timestamp": "2020-01-01T00:00:00+01:00"})
    ((found,), _) = read_vex(json.dumps(said).encode(), "x", issued="2010-01-01T00:00:00Z")
    assert found.issued == "2019-12-31T23:00:00Z"


def test_a_large_statement_is_read_as_a_small_one() -> None:
    rows = [{**VEX["statements"][0], "status_notes": "n" * 3000}] * 300
    found, problems = read_vex(json.dumps(statement({**VEX, "statements": rows})).encode(), "x")
    assert {one.products for one in found} == {(IMAGE,)}
    assert len(found) == 300
    assert problems == ()


def test_json_lines_of_which_some_are_vex() -> None:
    """As cosign download attestation prints what an image has."""
    other = envelope(statement({"SPDXID": "SPDXRef-DOCUMENT"}, "https://spdx.dev/Document"))
    lines = [json.dumps(one) for one in (other, envelope(statement()), {"no": "vex"}, VEX)]
    found = read_documents("\n".join([*lines, ""]).encode(), "x")
    assert [one.document for one in found] == [
        "x:2 (https://example.org/vex-1)",
        "x:4 (https://example.org/vex-1)",
        "x:3",
    ]
    assert [len(one.statements) for one in found] == [1, 0, 0]
    assert [p.message for one in found for p in one.problems] == [
        "has no product, and there is none to inherit",
        "is no VEX document (it begins with no)",
    ]


def test_a_byte_order_mark_is_no_matter() -> None:
    assert read_vex(b"\xef\xbb\xbf" + json.dumps(statement()).encode(), "x")[0]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"\xff\xfe{\x00", "it is not JSON"),
        (b"<bom/>", "is XML, but no CycloneDX document"),
        (b"<bom", "is not XML"),
        (b"{", "is not JSON"),
        (b"[]", "holds nothing"),
        (b"[1]", "is no VEX document"),
        (b'"x"', "it is not JSON"),
        (b'{"a": NaN}', "is not JSON"),
        (b'{"spdxVersion": "SPDX-2.3"}', "it begins with spdxVersion"),
        (b'{"bomFormat": "CycloneDX", "components": []}', "it begins with bomFormat"),
        (b'{"@context": "https://example.org"}', "it begins with @context"),
        (b"{" * 5000, "is not JSON"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "is "),
        (json.dumps({**statement(), "_type": "x"}).encode(), "a statement of type 'x'"),
        (json.dumps(statement(3)).encode(), "holds no document"),
        (json.dumps(statement({"a": 1}, "https://slsa.dev")).encode(), "it begins with a"),
        (json.dumps({**envelope(VEX), "payload": "!"}).encode(), "not base64"),
        (json.dumps({**envelope(VEX), "payload": "é"}).encode(), "not base64"),
        (json.dumps(envelope([VEX, VEX])).encode(), "what is inside is no document"),
    ],
)
def test_what_is_no_vex(data: bytes, said: str) -> None:
    with pytest.raises(FormatError) as trouble:
        read_vex(data, "file.json")
    assert trouble.value.message.startswith("file.json: ")
    assert said in trouble.value.message
    assert trouble.value.hint
    assert "SBOM" not in trouble.value.hint or data.startswith(b"<")


def test_json_of_another_kind_is_told_from_damage() -> None:
    with pytest.raises(NotVexError):
        read_vex(b'{"updated_at": "", "packages": []}', "index.json")
    with pytest.raises(FormatError) as trouble:
        read_vex(b"{", "x")
    assert not isinstance(trouble.value, NotVexError)


def test_wrapped_too_often() -> None:
    said: Any = VEX
    for _ in range(LIMITS.vex_depth):
        said = envelope(said)
    with pytest.raises(FormatError, match="wrapped too often"):
        read_vex(json.dumps(said).encode(), "x")


@pytest.mark.parametrize(
    ("limit", "data", "said"),
    [
        ("vex_bytes", json.dumps(VEX).encode(), "is larger than 0 MiB"),
        ("vex_documents", b'{"a":1}\n{"a":1}\n{"a":1}', "holds more than 2 documents"),
    ],
)
def test_bounds(limit: str, data: bytes, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = replace(LIMITS, **{limit: 2})
    monkeypatch.setattr("ironhull.statements._decode.LIMITS", limits)
    with pytest.raises(FormatError, match=said):
        read_vex(data, "x")


def test_a_small_file_cannot_become_millions_of_values() -> None:
    data = (
        b'{"@context":"https://openvex.dev/ns/v0.2.0","statements":[' + b"1," * 10_000_000 + b"1]}"
    )
    with pytest.raises(FormatError, match="holds too many values"):
        read_vex(data, "x")


def test_every_format_is_one_of_the_model() -> None:
    assert [row.name for row in FORMATS] == ["OpenVEX", "CycloneDX", "CSAF"]


@given(st.binary(max_size=64) | st.text(max_size=64).map(str.encode))
def test_any_bytes(data: bytes) -> None:
    for piece in (data, b"{" + data, b'{"statements":' + data):
        try:
            read_vex(piece, "x")
        except FormatError as trouble:
            assert trouble.message.startswith("x")
