import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ironhull.errors import ImageError, ReferenceFault
from ironhull.model import Descriptor, Image, Platform
from ironhull.oci.blobs import DirectoryBlobs, Part, open_part, read_blob
from ironhull.oci.images import choose_platform, created_by, host_platform, load_image
from ironhull.oci.manifests import parse_descriptor
from tests.oci._craft import CONFIG, MANIFEST, Layout, digest, file, layer

AMD64, ARM64 = Platform("linux", "amd64"), Platform("linux", "arm64")


def load(layout: Layout, root: Path, platform: Platform | None = None) -> Image:
    layout.write(root)
    entries = [parse_descriptor(entry, "top") for entry in layout.top]
    return load_image(DirectoryBlobs(root), entries, platform, name="x", origin="oci-dir")


def entry(layout: Layout, architecture: str, **more: Any) -> dict[str, Any]:
    made = layer(file("arch", architecture))
    platform = {"os": "linux", "architecture": architecture}
    return layout.manifest(made, architecture=architecture, platform=platform, **more)


# ── platforms ────────────────────────────────────────────────────────────────────────────────────


def test_platforms_are_chosen_from_nested_indexes(tmp_path: Path) -> None:
    layout = Layout()
    inner = layout.index(entry(layout, "amd64"), entry(layout, "arm64"))
    layout.top = [layout.index(inner)]
    found = load(layout, tmp_path, ARM64)
    assert (found.platform, found.index_digest) == (ARM64, inner["digest"])
    assert load(layout, tmp_path).platform == replace(host_platform(), variant="")


def test_an_image_for_one_platform_is_taken_as_it_is(tmp_path: Path) -> None:
    layout = Layout()
    layout.top = [layout.index(entry(layout, "s390x"))]
    assert load(layout, tmp_path).platform.architecture == "s390x"
    with pytest.raises(ReferenceFault, match="linux/s390x"):
        load(layout, tmp_path, AMD64)


def test_a_missing_platform_lists_what_there_is(tmp_path: Path) -> None:
    layout = Layout()
    layout.top = [layout.index(entry(layout, "amd64"), entry(layout, "arm64"))]
    with pytest.raises(ReferenceFault, match="linux/amd64, linux/arm64"):
        load(layout, tmp_path, Platform("linux", "riscv64"))


def test_variants() -> None:
    known = [Platform("linux", "arm", "v6"), Platform("linux", "arm", "v7"), ARM64]
    assert choose_platform(known, Platform("linux", "arm", "v7"), "x") == 1
    assert choose_platform(known, Platform("linux", "arm"), "x") == 0
    assert choose_platform(known, ARM64, "x") == 2
    with pytest.raises(ReferenceFault):
        choose_platform(known, Platform("linux", "arm", "v5"), "x")


def test_indexes_that_repeat_each_other_are_read_once(tmp_path: Path) -> None:
    layout = Layout()
    inner = entry(layout, "amd64")
    for _ in range(40):
        inner = layout.index(*[inner] * 20)
    layout.top = [inner]
    assert load(layout, tmp_path).platform == AMD64
    for _ in range(70):
        inner = layout.index(inner)
    layout.top = [inner]
    with pytest.raises(ImageError, match="indexes inside"):
        load(layout, tmp_path)


# ── attestations ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("legacy", [False, True])
def test_attestations_are_attached_and_are_no_platform(tmp_path: Path, legacy: bool) -> None:
    layout = Layout()
    made = [entry(layout, "amd64"), entry(layout, "arm64")]
    about = [
        layout.attestation(
            item["digest"], b'{"n": %d}' % number, "https://spdx.dev/Document", legacy=legacy
        )
        for number, item in enumerate(made)
    ]
    layout.top = [layout.index(*made, *about)]
    found = load(layout, tmp_path, ARM64)
    (attached,) = found.attachments
    assert attached.predicate_type == "https://spdx.dev/Document"
    assert attached.read() == b'{"n": 1}'
    blob = tmp_path / "blobs" / attached.digest.replace(":", "/")
    blob.write_bytes(b'{"n": 2}')
    with pytest.raises(ImageError, match="digest"):
        attached.read()


def test_only_attestations_are_no_image(tmp_path: Path) -> None:
    layout = Layout()
    layout.top = [layout.attestation(digest(b"x"), b"{}", "p")]
    with pytest.raises(ImageError, match="holds no image"):
        load(layout, tmp_path)


def test_artifacts_beside_an_image_are_no_image(tmp_path: Path) -> None:
    layout = Layout()
    signature = entry(layout, "amd64", artifactType="application/vnd.dev.sigstore.bundle.v0.3+json")
    about = entry(layout, "amd64", annotations={"vnd.docker.reference.type": "something"})
    layout.top = [layout.index(signature, about, entry(layout, "arm64", artifactType=CONFIG))]
    assert load(layout, tmp_path).platform == ARM64


# ── documents ────────────────────────────────────────────────────────────────────────────────────


def test_layers_carry_the_history_that_made_them(tmp_path: Path) -> None:
    layout = Layout()
    layout.top = [layout.manifest(layer(file("a")), layer(file("b")))]
    found = load(layout, tmp_path)
    assert [item.created_by for item in found.layers] == ["RUN 0", "RUN 1"]
    assert created_by({"history": [{"created_by": "x"}]}, 2) == ("", "")
    assert created_by({"history": "x"}, 1) == ("",)


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"rootfs": {"diff_ids": "x"}},
        {"rootfs": {"diff_ids": [1]}},
        {"rootfs": {"diff_ids": ["sha256:1"]}},
        {"rootfs": {"diff_ids": [digest(b"a"), digest(b"b")]}},
        {"os": 7, "rootfs": {"diff_ids": [digest(b"a")]}},
    ],
)
def test_configs_that_do_not_fit_are_refused(tmp_path: Path, config: Any) -> None:
    layout = Layout()
    layout.top = [layout.manifest(layer(file("a")), config=config or {"rootfs": {}})]
    with pytest.raises(ImageError) as error:
        load(layout, tmp_path)
    assert "\n" not in str(error.value)


def test_artifacts_and_unknown_layers_are_named(tmp_path: Path) -> None:
    layout = Layout()
    value = {"schemaVersion": 2, "mediaType": MANIFEST, "layers": []}
    value["config"] = layout.document({}, "application/vnd.cncf.helm.config.v1+json")
    layout.top = [layout.document(value, MANIFEST)]
    with pytest.raises(ImageError, match="helm"):
        load(layout, tmp_path / "a")
    layout = Layout()
    layout.top = [layout.manifest(layer(file("a"), media_type="text/x-layer"))]
    with pytest.raises(ImageError, match="text/x-layer"):
        load(layout, tmp_path / "b")


def test_every_document_is_verified(tmp_path: Path) -> None:
    layout = Layout()
    layout.top = [layout.index(entry(layout, "amd64"))]
    load(layout, tmp_path)
    documents = [
        path for path in (tmp_path / "blobs/sha256").iterdir() if path.read_bytes()[:1] == b"{"
    ]
    assert len(documents) == 3  # index, manifest, config
    for path in documents:
        good = path.read_bytes()
        for bad in (good.replace(b"linux", b"Linux"), good + b" ", good[:-1]):
            if bad != good:
                path.write_bytes(bad)
                with pytest.raises(ImageError, match=path.name):
                    load_again(tmp_path, layout)
        path.unlink()
        with pytest.raises(ImageError, match="missing"):
            load_again(tmp_path, layout)
        path.write_bytes(good)


def load_again(root: Path, layout: Layout) -> Image:
    entries = [parse_descriptor(item, "top") for item in layout.top]
    return load_image(DirectoryBlobs(root), entries, AMD64, name="x", origin="oci-dir")


# ── blobs ────────────────────────────────────────────────────────────────────────────────────────


def test_blobs_are_bounded_before_they_are_read(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="more than the 10 allowed"):
        read_blob(DirectoryBlobs(tmp_path), Descriptor(CONFIG, digest(b"x"), 11), 10)


def test_a_blob_that_is_a_pipe_is_missing(tmp_path: Path) -> None:
    (tmp_path / "blobs/sha256").mkdir(parents=True)
    os.mkfifo(tmp_path / "blobs/sha256" / digest(b"x")[7:])
    with pytest.raises(ImageError, match="missing"):
        read_blob(DirectoryBlobs(tmp_path), Descriptor(CONFIG, digest(b"x"), 1), 10)


def test_parts_of_a_file_are_read_independently(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"0123456789")
    with (tmp_path / "a").open("rb") as archive:
        one, two = open_part(archive, Part(2, 4)), open_part(archive, Part(8, 100))
        assert (one.read(3), two.read(), one.read(), one.read(), two.read(5)) == (
            b"234",
            b"89",
            b"5",
            b"",
            b"",
        )
