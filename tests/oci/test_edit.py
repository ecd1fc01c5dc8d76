"""Images put together: config, history, manifest, BuildKit's attestation index."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ironhull.errors import BuildError
from ironhull.model import Descriptor, Platform
from ironhull.oci.edit import (
    UNPACKED_SIZE,
    Assembled,
    ImageConfig,
    assemble,
    attestation_index,
    layer_descriptors,
)
from ironhull.oci.manifests import parse_index, parse_manifest, sha256_digest
from tests.images import CREATED, image, pack

FULL = ImageConfig(
    user="65532",
    env=("PATH=/usr/bin", "A=1"),
    entrypoint=("python", "-m", "app"),
    cmd=("--port", "8000"),
    working_dir="/app",
    exposed_ports=("8000/tcp", "443/tcp"),
    labels={"b": "2", "a": "1"},
    stop_signal="SIGINT",
    volumes=("/data",),
)


def _assemble(tmp_path: Path, **more: Any) -> Assembled:
    options: dict[str, Any] = {
        "base": None,
        "layers": [pack({"a": "1"}, tmp_path)],
        "config": FULL,
        "platform": Platform("linux", "arm64", "v8"),
        "created": CREATED,
        "history": ["a layer"],
        "annotations": {"k": "v"},
    }
    return assemble(**options | more)


def test_the_config_says_all_that_was_given(tmp_path: Path) -> None:
    made = _assemble(tmp_path)
    found = json.loads(made.config.data)
    assert found["config"] == {
        "User": "65532",
        "Env": ["PATH=/usr/bin", "A=1"],
        "Entrypoint": ["python", "-m", "app"],
        "Cmd": ["--port", "8000"],
        "WorkingDir": "/app",
        "ExposedPorts": {"443/tcp": {}, "8000/tcp": {}},
        "Labels": {"a": "1", "b": "2"},
        "StopSignal": "SIGINT",
        "Volumes": {"/data": {}},
    }
    assert (found["architecture"], found["os"], found["variant"]) == ("arm64", "linux", "v8")
    assert found["created"] == CREATED
    assert found["history"] == [{"created": CREATED, "created_by": "a layer"}]


def test_the_manifest_refers_to_what_is_there(tmp_path: Path) -> None:
    layer = pack({"a": "1"}, tmp_path)
    made = _assemble(tmp_path, layers=[layer])
    manifest = parse_manifest(made.manifest.data)
    assert manifest.config == made.config.descriptor
    assert made.config.descriptor.digest == sha256_digest(made.config.data)
    assert made.manifest.descriptor.digest == sha256_digest(made.manifest.data)
    assert manifest.layers == made.layers
    assert manifest.layers[0] == Descriptor(
        layer.media_type, layer.digest, layer.size, {UNPACKED_SIZE: "1"}
    )
    assert manifest.annotations == {"k": "v"}
    assert json.loads(made.config.data)["rootfs"]["diff_ids"] == [layer.diff_id]


def test_equal_arguments_give_equal_bytes(tmp_path: Path) -> None:
    turned = replace(FULL, labels={"a": "1", "b": "2"}, exposed_ports=("443/tcp", "8000/tcp"))
    assert _assemble(tmp_path) == _assemble(tmp_path, config=turned)


def test_a_base_gives_its_layers_history_and_what_we_have_no_word_for(tmp_path: Path) -> None:
    base = image([{"a": "1"}, {"b": "2"}], config=ImageConfig(user="root", env=("A=1",)))
    said = dict(base.config) | {
        "config": {
            **base.config["config"],
            "Healthcheck": {"Test": ["NONE"]},
            "OnBuild": ["RUN x"],
        },
        "history": [*base.config["history"], {"created_by": "ENV A=1", "empty_layer": True}],
    }
    base = replace(base, config=said)
    config = replace(ImageConfig.of(base), user="65532")
    made = _assemble(tmp_path, base=base, config=config)
    found = json.loads(made.config.data)
    assert found["config"] == {"User": "65532", "Env": ["A=1"], "Healthcheck": {"Test": ["NONE"]}}
    assert [h["created_by"] for h in found["history"]] == [
        "layer 0",
        "layer 1",
        "ENV A=1",
        "a layer",
    ]
    assert found["rootfs"]["diff_ids"][:2] == [layer.diff_id for layer in base.layers]
    assert [layer.digest for layer in made.layers[:2]] == [layer.digest for layer in base.layers]


def test_a_history_that_does_not_fit_is_written_anew(tmp_path: Path) -> None:
    base = image([{"a": "1"}, {"b": "2"}])
    base = replace(base, config={**base.config, "history": [{"created_by": "squashed"}]})
    found = json.loads(_assemble(tmp_path, base=base).config.data)
    assert [h["created_by"] for h in found["history"]] == ["layer 0", "layer 1", "a layer"]


def test_docker_media_types_become_oci_ones(tmp_path: Path) -> None:
    base = image({"a": "1"})
    docker = "application/vnd.docker.image.rootfs.diff.tar.gzip"
    base = replace(base, layers=(replace(base.layers[0], media_type=docker),))
    found = layer_descriptors(base)[0]
    assert found.media_type == "application/vnd.oci.image.layer.v1.tar+gzip"
    assert found.annotations == {UNPACKED_SIZE: "1"}


def test_history_and_layers_must_fit(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="1 layers but 2 lines"):
        _assemble(tmp_path, history=["a", "b"])


def test_config_round_trip() -> None:
    assert ImageConfig.of(image({"a": "1"}, config=FULL)) == replace(
        FULL, exposed_ports=("443/tcp", "8000/tcp")
    )


def test_the_attestation_index_is_buildkits(tmp_path: Path) -> None:
    subject = _assemble(tmp_path).manifest.descriptor
    made = attestation_index(subject, [("https://spdx.dev/Document", b'{"a":1}')])
    index = parse_index(made.index.data)
    assert index.manifests[0] == replace(subject, platform=Platform("linux", "arm64"))
    about = index.manifests[1]
    assert about.platform == Platform("unknown", "unknown")
    assert about.annotations == {
        "vnd.docker.reference.type": "attestation-manifest",
        "vnd.docker.reference.digest": subject.digest,
    }
    blobs = {blob.descriptor.digest: blob.data for blob in made.blobs}
    assert all(sha256_digest(data) == digest for digest, data in blobs.items())
    manifest = json.loads(blobs[about.digest])
    assert manifest["artifactType"] == "application/vnd.docker.attestation.manifest.v1+json"
    assert manifest["subject"] == {
        "mediaType": subject.media_type,
        "digest": subject.digest,
        "size": subject.size,
    }
    assert manifest["config"]["mediaType"] == "application/vnd.oci.empty.v1+json"
    assert blobs[manifest["config"]["digest"]] == b"{}"
    (layer,) = manifest["layers"]
    assert layer["mediaType"] == "application/vnd.in-toto+json"
    assert layer["annotations"] == {"in-toto.io/predicate-type": "https://spdx.dev/Document"}
    assert blobs[layer["digest"]] == b'{"a":1}'


def test_an_index_without_statements_holds_the_image_alone(tmp_path: Path) -> None:
    subject = _assemble(tmp_path).manifest.descriptor
    made = attestation_index(subject, [], annotations={"k": "v"})
    index = parse_index(made.index.data)
    assert [m.digest for m in index.manifests] == [subject.digest]
    assert index.annotations == {"k": "v"}
    assert made.blobs == ()
