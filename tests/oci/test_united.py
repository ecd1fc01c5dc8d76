"""Two manifests of signatures under one tag."""

import json
from typing import Any

from ironhull.model import Descriptor
from ironhull.oci.manifests import OCI_CONFIG, OCI_INDEX, OCI_MANIFEST, parse_manifest
from ironhull.oci.united import holds_all, unite
from tests.registry.content import digest_of, example

Part = tuple[Descriptor, bytes, bytes]


def signed(*signatures: str, config: bytes | None = None, kind: str = OCI_MANIFEST) -> Part:
    """As cosign writes it: one payload, a layer for each signature, diff_ids in the config."""
    payload = b"payload"
    layers = [
        {
            "mediaType": "application/vnd.dev.cosign.simplesigning.v1+json",
            "digest": digest_of(payload),
            "size": len(payload),
            "annotations": {"dev.cosignproject.cosign/signature": signature},
        }
        for signature in signatures
    ]
    if config is None:
        diff_ids = [digest_of(payload) for _ in signatures]
        history: list[Any] = [{"created": "0001-01-01T00:00:00Z"} for _ in signatures]
        found = {"rootfs": {"type": "layers", "diff_ids": diff_ids}, "history": history}
        config = json.dumps(found).encode()
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": {"mediaType": OCI_CONFIG, "digest": digest_of(config), "size": len(config)},
        "layers": layers,
    }
    data = json.dumps(manifest).encode()
    return Descriptor(kind, digest_of(data), len(data)), data, config


def test_both_have_their_signatures() -> None:
    made = unite(signed("one", "two"), signed("two", "three"))
    assert made is not None
    descriptor, data = made.manifest
    assert (descriptor.digest, descriptor.size) == (digest_of(data), len(data))
    manifest = parse_manifest(data)
    said = [layer.annotations["dev.cosignproject.cosign/signature"] for layer in manifest.layers]
    assert said == ["one", "two", "three"]
    of_config, config = made.config
    assert manifest.config.digest == of_config.digest == digest_of(config)
    found = json.loads(config)
    assert len(found["rootfs"]["diff_ids"]) == len(found["history"]) == 3
    assert holds_all(data, signed("one")[1])
    assert holds_all(data, signed("two", "three")[1])


def test_the_same_twice_is_the_same_for_good() -> None:
    first = unite(signed("one"), signed("two"))
    assert first is not None
    again = unite((first.manifest[0], first.manifest[1], first.config[1]), signed("two"))
    assert again is not None
    assert parse_manifest(again.manifest[1]).layers == parse_manifest(first.manifest[1]).layers
    assert again.config == first.config


def test_what_a_manifest_lacks() -> None:
    assert holds_all(signed("one", "two")[1], signed("two")[1])
    assert not holds_all(signed("one")[1], signed("two")[1])
    assert not holds_all(b"[]", signed("two")[1])
    assert not holds_all(signed("two")[1], b"{}")


def test_other_kinds_are_not_joined() -> None:
    index = json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": []}).encode()
    other = Descriptor(OCI_INDEX, digest_of(index), len(index)), index, b"{}"
    assert unite(signed("one"), other) is None
    assert unite(other, signed("one")) is None
    assert unite(signed("one"), signed("two", config=b"not json")) is None
    assert unite(signed("one"), signed("two", config=b'{"rootfs":{"diff_ids":[]}}')) is None
    assert unite(signed("one"), signed("two", config=b'{"rootfs":7}')) is None


def test_an_image_is_never_joined() -> None:
    made = example("united")
    data = made.content.blobs[made.amd64["digest"]]
    image = Descriptor(OCI_MANIFEST, digest_of(data), len(data)), data, b"{}"
    assert unite(signed("one", config=b"{}"), image) is None
    assert unite(image, signed("one", config=b"{}")) is None
    assert not holds_all(data, data)


def test_artifacts_without_a_configuration_are_joined() -> None:
    made = unite(signed("one", config=b"{}"), signed("two", config=b"{}"))
    assert made is not None
    assert made.config[1] == b"{}"
    assert len(parse_manifest(made.manifest[1]).layers) == 2
