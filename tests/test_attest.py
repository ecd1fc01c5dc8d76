"""Statements: made the same twice, read back, refused when they are something else."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull import attest
from ironhull.attest import (
    StatementSubject,
    make_statement,
    provenance_statement,
    read_statement,
    sbom_statement,
    subjects_of,
)
from ironhull.errors import FormatError
from ironhull.limits import Limits
from ironhull.model import Build, Material
from tests.images import image

SUBJECT = StatementSubject("pkg:docker/web@init", {"sha256": "1" * 64})


def test_a_statement_names_the_image_under_every_name() -> None:
    web = image({"a": "b"})
    found = subjects_of(web, ["web:init", "ghcr.io/org/web"])
    assert [s.name for s in found] == [
        "pkg:docker/ghcr.io/org/web@latest?platform=linux%2Famd64",
        "pkg:docker/web@init?platform=linux%2Famd64",
    ]
    assert all(s.digest == {"sha256": web.digest[7:]} for s in found)
    assert [s.name for s in subjects_of(web)] == ["_"]


def test_an_sbom_statement_wraps_the_document() -> None:
    web = image({"a": "b"})
    document = {"spdxVersion": "SPDX-2.3", "name": "web"}
    kind, data = sbom_statement(web, ["web:init"], json.dumps(document).encode())
    assert kind == "https://spdx.dev/Document"
    assert json.loads(data) == {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [
            {
                "name": "pkg:docker/web@init?platform=linux%2Famd64",
                "digest": {"sha256": web.digest[7:]},
            }
        ],
        "predicateType": "https://spdx.dev/Document",
        "predicate": document,
    }


def test_provenance_of_equal_builds_is_equal() -> None:
    def build(started: str) -> Build:
        made = image({"a": "b"})
        return Build(made, (Material("pkg:x/y", {"sha256": "2" * 64}),), {}, "python_app", started)

    one = provenance_statement(build("2026-01-02T00:00:00Z"), ["web:1"])
    assert one == provenance_statement(build("2027-01-02T00:00:00Z"), ["web:1"])
    assert one[0] == "https://slsa.dev/provenance/v1"
    assert read_statement(one[1]).subjects == subjects_of(image({"a": "b"}), ["web:1"])


_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), _json, max_size=4), st.text(min_size=1))
def test_what_is_made_is_read(predicate: dict[str, object], kind: str) -> None:
    found = read_statement(make_statement([SUBJECT], kind, predicate))
    assert found == (kind, (SUBJECT,), predicate)


def test_the_older_statement_type_is_read() -> None:
    data = make_statement([SUBJECT], "x", {}).replace(b"Statement/v1", b"Statement/v0.1")
    assert read_statement(data).predicate_type == "x"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "_type"),
        (b'{"_type":"x"}', "_type"),
        (b'{"_type":"https://in-toto.io/Statement/v1"}', "predicateType"),
        (b'{"_type":"https://in-toto.io/Statement/v1","predicateType":"x","predicate":7}', "pred"),
        (b'{"_type":"https://in-toto.io/Statement/v1","predicateType":"x","predicate":{}}', "subj"),
        (
            b'{"_type":"https://in-toto.io/Statement/v1","predicateType":"x","predicate":{},'
            b'"subject":[{"name":"x"}]}',
            "without digest",
        ),
        (
            b'{"_type":"https://in-toto.io/Statement/v1","predicateType":"x","predicate":{},'
            b'"subject":[{"digest":{"sha256":1}}]}',
            "not text",
        ),
    ],
)
def test_what_is_no_statement_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(FormatError, match=words):
        read_statement(data)


def test_a_statement_beyond_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attest, "LIMITS", Limits(attestation_bytes=10))
    with pytest.raises(FormatError, match="more than the 10 allowed"):
        read_statement(make_statement([SUBJECT], "x", {}))


@given(st.binary(max_size=300))
def test_no_bytes_crash_the_reader(data: bytes) -> None:
    with pytest.raises(FormatError):
        read_statement(data)
