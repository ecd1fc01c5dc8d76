"""The image store: found by name, ID and digest; many processes; crashes; pruning."""

import json
import multiprocessing
import os
import time
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import pytest

from ironhull.errors import ImageError, ReferenceFault, StoreError
from ironhull.model import Image, Platform
from ironhull.oci.edit import ImageConfig
from ironhull.oci.manifests import sha256_digest
from ironhull.oci.pack import pack_layer
from ironhull.store import _layout
from ironhull.store.images import ImageStore, Pruned
from tests.images import image, members, stored
from tests.oci._craft import Layout, file, layer

FORK = multiprocessing.get_context("fork")
FILES = {"etc/os-release": "ID=debian\n", "usr/bin/x": b"1234567890"}
SPDX = ("https://spdx.dev/Document", b'{"predicate":{}}')


@pytest.fixture
def store(tmp_path: Path) -> ImageStore:
    return ImageStore(tmp_path / "images")


def _blobs(store: ImageStore) -> set[str]:
    return {p.name for p in (store.root / "blobs" / "sha256").iterdir()}


# ── names ────────────────────────────────────────────────────────────────────────────────────────


def test_an_image_comes_back_as_it_was_written(store: ImageStore) -> None:
    made = stored(store, "web:init", FILES, config=ImageConfig(user="65532"))
    found = store.find("web:init", Platform())
    assert (found.name, found.digest, found.origin) == ("web:init", made.digest, "store")
    assert found.config["config"] == {"User": "65532"}
    assert found.index_digest == ""
    (layer,) = found.layers
    with layer.open() as file:
        assert sha256_digest(file.read()) == layer.digest
    assert layer.created_by == "layer 0"


@pytest.mark.parametrize(
    "text",
    ["web:init", "docker.io/library/web:init", "library/web:init", "index.docker.io/web:init"],
)
def test_every_way_to_write_a_name(store: ImageStore, text: str) -> None:
    made = stored(store, "web:init", FILES)
    assert store.find(text).digest == made.digest


def test_latest_is_the_tag_of_a_name_without_one(store: ImageStore) -> None:
    stored(store, "web", FILES)
    assert store.find("web:latest").name == "web:latest"
    assert store.find("web").name == "web:latest"


def test_ids_and_digests(store: ImageStore) -> None:
    made = stored(store, "ghcr.io/org/web:1", FILES, statements=[SPDX])
    index, manifest = made.index_digest, made.digest
    ways = [index, index[7:], index[7:11], index[:13], manifest, manifest[7:19]]
    ways += [f"ghcr.io/org/web@{index}", f"ghcr.io/org/web:1@{manifest}"]
    for text in ways:
        found = store.find(text)
        assert (found.name, found.digest, found.index_digest) == (made.name, manifest, index), text


def test_a_name_goes_before_an_id_that_looks_the_same(store: ImageStore) -> None:
    made = stored(store, "other:1", FILES)
    named = stored(store, made.digest[7:19], {"a": "b"})
    assert store.find(made.digest[7:19]).digest == named.digest


def test_a_digest_of_another_image_is_not_this_name(store: ImageStore) -> None:
    stored(store, "web:1", FILES)
    other = stored(store, "web:2", {"a": "b"})
    with pytest.raises(ReferenceFault, match="not in the local image store"):
        store.find(f"web:1@{other.digest}")
    with pytest.raises(ReferenceFault, match="not in the local image store"):
        store.find(f"app@{other.digest}")


def test_an_ambiguous_id_names_the_candidates(
    store: ImageStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = (stored(store, f"web:{n}", {"a": str(n)}) for n in (1, 2))
    entries = _layout.read_index(store.root)
    near = replace(entries[1], digest=one.digest[:20] + "0" * 51)
    monkeypatch.setattr(_layout, "read_index", lambda _: (entries[0], near))
    with pytest.raises(ReferenceFault, match=r"could be 2 images: \w+ \(web:2\), ") as caught:
        store.find(one.digest[7:15])
    assert caught.value.hint == "give more digits"
    assert two.digest != one.digest


def test_a_missing_image_gets_a_hint(store: ImageStore) -> None:
    with pytest.raises(ReferenceFault, match="store is empty") as caught:
        store.find("web:init")
    assert "ironhull build" in caught.value.hint
    stored(store, "web:init", FILES)
    with pytest.raises(ReferenceFault, match="web:inti is not in the local image store") as caught:
        store.find("web:inti")
    assert "web:init" in caught.value.hint
    with pytest.raises(ReferenceFault, match="ffff is not in"):
        store.find("ffff")
    with pytest.raises(ReferenceFault, match="not an image name"):
        store.find("Web Init")


def test_a_name_moves(store: ImageStore) -> None:
    stored(store, "web:init", FILES)
    second = stored(store, "web:init", {"a": "b"})
    assert store.find("web:init").digest == second.digest
    assert len(store.list()) == 1


def test_several_names_for_one_image(store: ImageStore) -> None:
    made = stored(store, "web:1", FILES)
    store.publish(made, ["web:2", "org/web:3"])
    assert [i.name for i in store.list()] == ["org/web:3", "web:1", "web:2"]
    assert {i.digest for i in store.list()} == {made.digest}
    assert store.remove(made.digest[7:19]) == ("web:1", "web:2", "org/web:3")
    assert store.list() == ()


def test_an_image_without_a_name(store: ImageStore) -> None:
    made = stored(store, "", FILES)
    stored(store, "", FILES)
    assert [(i.name, i.digest) for i in store.list()] == [("", made.digest)]
    assert store.latest() == made.digest
    assert store.find(store.latest()).digest == made.digest


@pytest.mark.parametrize("name", ["Web", "web@sha256:" + "1" * 64, "a b"])
def test_names_an_image_cannot_have(store: ImageStore, name: str) -> None:
    made = stored(store, "web:1", FILES)
    with pytest.raises(ReferenceFault):
        store.publish(made, [name])
    assert [i.name for i in store.list()] == ["web:1"]


def test_platforms(store: ImageStore) -> None:
    stored(store, "web:arm", FILES, platform=Platform("linux", "arm64"))
    assert store.find("web:arm").platform == Platform("linux", "arm64")
    assert store.find("web:arm", Platform("linux", "arm64")).name == "web:arm"
    with pytest.raises(ReferenceFault, match="no image for linux/amd64") as caught:
        store.find("web:arm", Platform())
    assert "linux/arm64" in caught.value.hint


def test_an_index_of_two_platforms(store: ImageStore, monkeypatch: pytest.MonkeyPatch) -> None:
    images = [
        stored(store, f"web:{arch}", FILES, platform=Platform("linux", arch))
        for arch in ("amd64", "arm64")
    ]
    entries = _layout.read_index(store.root)
    index = json.dumps(
        {
            "schemaVersion": 2,
            "manifests": [
                {
                    "mediaType": entry.media_type,
                    "digest": entry.digest,
                    "size": entry.size,
                    "platform": {"os": "linux", "architecture": made.platform.architecture},
                }
                for entry, made in zip(entries, images, strict=True)
            ],
        }
    ).encode()
    digest = sha256_digest(index)
    (store.root / "blobs" / "sha256" / digest[7:]).write_bytes(index)
    both = replace(
        entries[0],
        media_type="application/vnd.oci.image.index.v1+json",
        digest=digest,
        size=len(index),
        annotations={"org.opencontainers.image.ref.name": "web:both"},
    )
    _layout.write_index(store.root, (both,))
    assert store.find("web:both", Platform("linux", "arm64")).digest == images[1].digest
    assert store.find(images[0].digest[7:19]).digest == images[0].digest
    with pytest.raises(ReferenceFault, match="no image for linux/s390x") as caught:
        store.find("web:both", Platform("linux", "s390x"))
    assert caught.value.hint == "choose with --platform: linux/amd64, linux/arm64"
    monkeypatch.setattr("os.uname", lambda: SimpleNamespace(machine="aarch64"))
    assert store.find("web:both").digest == images[1].digest, "the host's"
    (listed,) = store.list()
    assert listed.platforms == ("linux/amd64", "linux/arm64")
    assert listed.content_size == images[0].content_size, "a layer shared is counted once"


@pytest.mark.parametrize("legacy", [False, True])
def test_layouts_other_tools_wrote_are_read(store: ImageStore, legacy: bool) -> None:
    layout = Layout()
    made = layout.manifest(layer(file("a", "b")), platform={"os": "linux", "architecture": "amd64"})
    about = layout.attestation(made["digest"], b"{}", "https://spdx.dev/Document", legacy=legacy)
    nested = layout.index(layout.index(made, about))
    layout.top = [{**nested, "annotations": {"org.opencontainers.image.ref.name": "web:1"}}]
    layout.write(store.root)
    found = store.find("web:1")
    assert [item.predicate_type for item in found.attachments] == ["https://spdx.dev/Document"]
    assert (found.digest, found.origin) == (made["digest"], "store")
    assert store.find(made["digest"][7:19]).digest == made["digest"]
    assert [(item.platforms, item.problem) for item in store.list()] == [(("linux/amd64",), "")]
    assert store.prune(grace_seconds=-60).blobs == 0


# ── listing ──────────────────────────────────────────────────────────────────────────────────────


def test_sizes_and_order(store: ImageStore) -> None:
    base = stored(store, "python:3.13", FILES)
    app = stored(store, "web:init", {"app": b"12345"}, base=base, statements=[SPDX])
    listed = store.list()
    assert [i.name for i in listed] == ["python:3.13", "web:init"]
    assert listed[1].id == app.index_digest[7:19]
    assert listed[1].content_size == app.content_size == sum(la.size for la in app.layers)
    assert listed[0].disk_usage == listed[0].content_size + 20
    assert listed[1].disk_usage == listed[1].content_size + 25
    assert listed[1].created == "2026-01-01T00:00:00Z"
    assert listed[1].platforms == ("linux/amd64",)
    assert store.latest() == "web:init"


def test_listing_reads_no_layer_that_says_its_size(store: ImageStore) -> None:
    made = stored(store, "web:init", FILES)
    size = store.list()
    (store.root / "blobs" / "sha256" / made.layers[0].digest[7:]).unlink()
    assert store.list() == size


def test_names_listed(store: ImageStore) -> None:
    for name in ("web:1", "web:2", "org/web:1", "ghcr.io/org/web:1"):
        stored(store, name, FILES)
    assert [i.name for i in store.list("web")] == ["web:1", "web:2"]
    assert [i.name for i in store.list("web:2")] == ["web:2"]
    assert [i.name for i in store.list("ghcr.io/org/web")] == ["ghcr.io/org/web:1"]
    assert store.list("none") == ()


def test_a_damaged_image_does_not_hide_the_others(store: ImageStore) -> None:
    broken = stored(store, "a:1", FILES)
    stored(store, "b:1", {"b": "c"})
    path = store.root / "blobs" / "sha256" / broken.digest[7:]
    path.write_bytes(path.read_bytes().replace(b"schemaVersion", b"schemaversion"))
    bad, good = store.list()
    assert "the content's digest is sha256:" in bad.problem
    assert good.problem == ""
    with pytest.raises(ImageError, match="damaged"):
        store.find("a:1")


def test_an_empty_store_is_not_made_by_looking(store: ImageStore) -> None:
    assert store.list() == ()
    assert store.prune() == Pruned(0, 0)
    with pytest.raises(ReferenceFault, match="empty"):
        store.latest()
    assert not store.root.exists()


@pytest.mark.parametrize("data", [b"{", b"[]", b'{"manifests":[{}]}', b"\xff"])
def test_a_damaged_index_is_said_and_kept(store: ImageStore, data: bytes) -> None:
    made = stored(store, "web:init", FILES)
    (store.root / "index.json").write_bytes(data)
    for action in (store.list, store.latest, store.prune):
        with pytest.raises(StoreError, match=r"index\.json"):
            action()
    with pytest.raises(StoreError, match=r"index\.json"):
        store.publish(made, ["web:2"])
    assert (store.root / "index.json").read_bytes() == data


# ── writing ──────────────────────────────────────────────────────────────────────────────────────


def test_the_same_image_twice_is_the_same_digest(store: ImageStore, tmp_path: Path) -> None:
    one = stored(store, "web:1", FILES, statements=[SPDX])
    two = stored(ImageStore(tmp_path / "other"), "web:2", FILES, statements=[SPDX])
    assert (one.digest, one.index_digest) == (two.digest, two.index_digest)


def test_statements_are_kept_with_the_image(store: ImageStore) -> None:
    stored(store, "web:init", FILES, statements=[SPDX, ("https://slsa.dev/provenance/v1", b"{}")])
    found = store.find("web:init").attachments
    assert [(a.predicate_type, a.read()) for a in found] == [
        SPDX,
        ("https://slsa.dev/provenance/v1", b"{}"),
    ]
    (store.root / "blobs" / "sha256" / found[0].digest[7:]).write_bytes(b'{"predicate":[]}')
    with pytest.raises(ImageError, match="damaged"):
        found[0].read()


def test_a_base_from_elsewhere_is_copied_and_measured(store: ImageStore) -> None:
    base = image(FILES, name="elsewhere:1")
    bare = replace(base, manifest={})
    app = stored(store, "web:init", {"app": b"12345"}, base=bare)
    assert app.layers[0].digest == base.layers[0].digest
    with app.layers[0].open() as file:
        assert sha256_digest(file.read()) == base.layers[0].digest
    assert store.list()[0].disk_usage == app.content_size + 25


def test_a_base_that_lies_is_refused(store: ImageStore) -> None:
    base = image(FILES)
    layer = replace(base.layers[0], open=lambda: BytesIO(b"something else"))
    with pytest.raises(ImageError, match="has the digest"):
        stored(store, "web:init", {"a": "b"}, base=replace(base, layers=(layer,)))
    assert store.list() == ()
    assert not (store.root / "blobs").exists()
    assert not list((store.root / ".ironhull" / "tmp").iterdir())


def test_an_image_of_another_store_cannot_be_named(store: ImageStore, tmp_path: Path) -> None:
    foreign = stored(ImageStore(tmp_path / "other"), "web:1", FILES)
    with pytest.raises(ImageError, match="not in the image store"):
        store.publish(foreign, ["web:1"])


def test_a_layer_that_went_missing_is_not_named(store: ImageStore) -> None:
    made = stored(store, "web:1", FILES)
    (store.root / "blobs" / "sha256" / made.layers[0].digest[7:]).unlink()
    with pytest.raises(ImageError, match="missing"):
        store.publish(made, ["web:2"])


def test_the_staging_directory_goes(store: ImageStore) -> None:
    with store.staging() as place:
        (place / "x").write_text("x")
    assert not place.exists()


# ── pruning ──────────────────────────────────────────────────────────────────────────────────────


def _age(store: ImageStore, seconds: float) -> None:
    past = time.time() - seconds
    for path in [*store.root.glob("blobs/*/*"), *store.root.glob(".ironhull/tmp/*")]:
        os.utime(path, (past, past))


def test_prune_removes_what_nobody_needs_and_is_old(store: ImageStore) -> None:
    kept = stored(store, "web:1", FILES, statements=[SPDX])
    needed = _blobs(store)
    gone = stored(store, "web:2", {"gone": "x"})
    store.remove("web:2")
    assert store.prune() == Pruned(0, 0), "too young"
    _age(store, 90_000)
    pruned = store.prune()
    assert (pruned.blobs, pruned.bytes > 0) == (3, True)
    assert _blobs(store) == needed
    assert store.find("web:1").digest == kept.digest
    assert gone.digest[7:] not in needed


def test_prune_spares_what_a_build_uses_again(store: ImageStore) -> None:
    made = stored(store, "web:1", FILES)
    store.remove("web:1")
    _age(store, 90_000)
    stored(store, "", FILES)  # the same blobs, used by another build
    store.remove(made.digest)
    assert store.prune() == Pruned(0, 0)


def test_prune_removes_what_a_crash_left(store: ImageStore) -> None:
    stored(store, "web:1", FILES)
    place = store.root / ".ironhull" / "tmp"
    (place / "dir").mkdir()
    (place / "dir" / "layer").write_bytes(b"x")
    (place / "file").write_bytes(b"x")
    _age(store, 90_000)
    store.prune()
    assert not list(place.iterdir())


# ── processes ────────────────────────────────────────────────────────────────────────────────────


def _build_many(root: Path, who: int, count: int) -> None:
    store = ImageStore(root)
    for number in range(count):
        stored(store, f"web:{who}-{number}", {"shared": "x", "own": f"{who} {number % 2}"})
        store.prune()


def test_many_processes_lose_nothing(store: ImageStore) -> None:
    children = [FORK.Process(target=_build_many, args=(store.root, n, 6)) for n in range(4)]
    for child in children:
        child.start()
    for child in children:
        child.join()
        assert child.exitcode == 0
    assert {i.name for i in store.list()} == {f"web:{w}-{n}" for w in range(4) for n in range(6)}
    assert not [i.problem for i in store.list() if i.problem]


def _crash(root: Path, made: Image) -> None:
    def die(*_: object) -> None:
        os._exit(9)

    Path.replace = die  # type: ignore[method-assign,assignment] # the child dies at the swap
    ImageStore(root).publish(made, ["web:2"])


def test_a_crash_leaves_the_old_index(store: ImageStore) -> None:
    made = stored(store, "web:1", FILES)
    before = (store.root / "index.json").read_bytes()
    child = FORK.Process(target=_crash, args=(store.root, made))
    child.start()
    child.join()
    assert child.exitcode == 9
    assert (store.root / "index.json").read_bytes() == before
    assert store.publish(made, ["web:2"]).name == "web:2"


def test_layers_may_come_from_another_file_system(store: ImageStore, tmp_path: Path) -> None:
    layer = pack_layer(members(FILES), tmp_path / "layers", epoch=0)
    made = store.write_image(
        base=None,
        layers=[layer],
        config=ImageConfig(),
        platform=Platform(),
        created="",
        history=["x"],
        annotations={},
    )
    layer.path.unlink()
    with made.layers[0].open() as file:
        assert sha256_digest(file.read()) == layer.digest
