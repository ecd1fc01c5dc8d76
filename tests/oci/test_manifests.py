import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.errors import ImageError
from ironhull.model import Descriptor, Platform
from ironhull.oci.manifests import (
    canonical_json,
    check_digest,
    descriptor_json,
    parse_descriptor,
    parse_index,
    parse_manifest,
    sha256_digest,
)

SHA = "sha256:" + "a" * 64
GOOD = {"mediaType": "application/x", "digest": SHA, "size": 3}


def manifest(**more: Any) -> bytes:
    return json.dumps({"schemaVersion": 2, "config": GOOD, "layers": [GOOD], **more}).encode()


def test_manifest() -> None:
    found = parse_manifest(manifest(artifactType="x/y", subject=GOOD, annotations={"a": "b"}))
    assert found.config == Descriptor("application/x", SHA, 3)
    assert (len(found.layers), found.artifact_type, found.annotations) == (1, "x/y", {"a": "b"})
    assert found.subject == found.config


def test_index_with_platforms() -> None:
    entry = {**GOOD, "platform": {"os": "linux", "architecture": "arm64", "variant": "v8"}}
    found = parse_index(json.dumps({"schemaVersion": 2, "manifests": [entry]}).encode())
    assert found.manifests[0].platform == Platform("linux", "arm64")  # v8 is what arm64 means


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b"{}",
        manifest(schemaVersion=1),
        manifest(mediaType="application/vnd.oci.image.index.v1+json"),
        manifest(mediaType=7),
        manifest(layers={}),
        manifest(layers=[GOOD] * 1001),
        manifest(config=None),
        manifest(config={**GOOD, "size": -1}),
        manifest(config={**GOOD, "size": True}),
        manifest(config={**GOOD, "size": 1.5}),
        manifest(config={**GOOD, "digest": "sha256:../../../etc/passwd"}),
        manifest(config={**GOOD, "digest": "md5:" + "a" * 32}),
        manifest(config={**GOOD, "annotations": {"a": 1}}),
        manifest(config={**GOOD, "platform": "linux"}),
        manifest(annotations=[1]),
        b" " * (5 * 1024 * 1024),
    ],
)
def test_damaged_manifests_are_refused_in_one_line(data: bytes) -> None:
    with pytest.raises(ImageError) as error:
        parse_manifest(data, "blob x")
    assert "\n" not in str(error.value)
    assert "blob x" in str(error.value)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_manifest_or_an_image_error(data: bytes) -> None:
    for parse in (parse_manifest, parse_index):
        try:
            parse(data)
        except ImageError:
            continue


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8")),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=10,
    )
)
def test_canonical_json_is_json_and_does_not_depend_on_order(value: Any) -> None:
    data = canonical_json(value)
    assert json.loads(data) == value
    if isinstance(value, dict):
        assert canonical_json(dict(reversed(value.items()))) == data


def test_digests() -> None:
    assert sha256_digest(b"x") == "sha256:" + hashlib.sha256(b"x").hexdigest()
    assert check_digest(SHA) == SHA
    for text in ("", "sha256:", SHA.upper(), SHA + "a", "sha256/" + "a" * 64, "blake3:" + "a" * 64):
        with pytest.raises(ImageError):
            check_digest(text)


def test_descriptors_are_written_as_they_were_read() -> None:
    value = {
        **GOOD,
        "annotations": {"k": "v"},
        "artifactType": "a/b",
        "platform": {"os": "linux", "architecture": "arm", "variant": "v7"},
    }
    assert descriptor_json(parse_descriptor(value, "x")) == value
