"""Blobs on their way into a layout: resumed, verified, one process at a time."""

import hashlib
import io
import json
from contextlib import nullcontext
from pathlib import Path
from typing import BinaryIO

import pytest

from ironhull.errors import ImageError, StoreError
from ironhull.model import Descriptor
from ironhull.oci.manifests import OCI_MANIFEST, REF_NAME
from ironhull.oci.names import Reference
from ironhull.oci.referrers import Companion, companion_of
from ironhull.store._layout import Blobs, read_index
from ironhull.store.images import ImageStore
from ironhull.store.sink import directory_sink, store_sink
from tests.images import stored
from tests.registry.content import digest_of

DATA = hashlib.shake_256(b"data").digest(3_000_000)
BLOB = Descriptor("application/octet-stream", digest_of(DATA), len(DATA))


class Source:
    """Gives `data`, and ends with an error after `cut` bytes."""

    def __init__(self, data: bytes = DATA, cut: int | None = None) -> None:
        self.data = data
        self.cut = cut
        self.offsets: list[int] = []

    def __call__(self, offset: int) -> BinaryIO:
        self.offsets.append(offset)
        if self.cut is None:
            return io.BytesIO(self.data[offset:])
        return _Cut(self.data[offset : self.cut])  # type: ignore[return-value]  # read() is all


class _Cut(io.BytesIO):
    def read(self, size: int | None = -1) -> bytes:
        found = super().read(size)
        if not found:
            raise ImageError("cut")
        return found


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path, tmp_path / ".ironhull")


def test_an_interrupted_blob_goes_on_in_the_next_run(blobs: Blobs) -> None:
    with pytest.raises(ImageError, match="cut"):
        blobs.fetch(BLOB, Source(cut=2_000_000))
    assert not blobs.has(BLOB)
    again = Source()
    blobs.fetch(BLOB, again)
    assert again.offsets == [2_000_000]
    assert blobs.path(BLOB.digest).read_bytes() == DATA
    assert not list((blobs.private / "tmp").iterdir())


def test_a_beginning_of_something_else_is_forgotten(blobs: Blobs) -> None:
    with pytest.raises(ImageError, match="cut"):
        blobs.fetch(BLOB, Source(b"x" * 3_000_000, cut=1_000_000))
    again = Source()
    blobs.fetch(BLOB, again)
    assert again.offsets == [1_000_000, 0]
    assert blobs.path(BLOB.digest).read_bytes() == DATA


@pytest.mark.parametrize("data", [b"", b"x", DATA[:-1], DATA[:-1] + b"x", DATA + b"x"])
def test_what_is_not_the_blob_is_refused_and_not_kept(blobs: Blobs, data: bytes) -> None:
    with pytest.raises(ImageError, match="what was fetched has the digest"):
        blobs.fetch(BLOB, Source(data))
    assert not blobs.has(BLOB)
    assert not list((blobs.private / "tmp").iterdir())


def test_other_algorithms_are_verified_too(blobs: Blobs) -> None:
    digest = "sha512:" + hashlib.sha512(DATA).hexdigest()
    blob = Descriptor("application/octet-stream", digest, len(DATA))
    blobs.fetch(blob, Source())
    assert blobs.has(blob)
    with pytest.raises(ImageError):
        blobs.fetch(Descriptor("x", "sha512:" + "0" * 128, len(DATA)), Source())


def test_a_blob_of_another_size_is_fetched_again(blobs: Blobs) -> None:
    blobs.fetch(BLOB, Source())
    blobs.path(BLOB.digest).write_bytes(b"short")
    assert not blobs.has(BLOB)
    blobs.fetch(BLOB, Source())
    assert blobs.has(BLOB)


def test_a_name_is_given_when_everything_is_there(tmp_path: Path) -> None:
    store = ImageStore(tmp_path / "store")
    sink = store_sink(store, None)
    with pytest.raises(ImageError, match="missing"):
        sink.finish(Descriptor("x", digest_of(b"none"), 4), ())
    assert store.list() == ()


def test_a_directory_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(StoreError, match="something else is there"), directory_sink(tmp_path, "a"):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_an_image_is_added_to_the_others_of_a_layout(tmp_path: Path) -> None:
    path = tmp_path / "layout"
    for data, name in ((b"one", "a:1"), (b"two", "b:1"), (b"three", "a:1")):
        entry = Descriptor("application/octet-stream", digest_of(data), len(data))
        with directory_sink(path, name) as sink:
            sink.put(entry.digest, data)
            sink.finish(entry, ())
    found = {entry.annotations[REF_NAME]: entry.digest for entry in read_index(path)}
    assert found == {"a:1": digest_of(b"three"), "b:1": digest_of(b"two")}
    assert sorted(item.name for item in path.iterdir()) == ["blobs", "index.json", "oci-layout"]


def signed(*signatures: str) -> tuple[Descriptor, bytes]:
    """A manifest as cosign keeps it under a tag, one layer a signature."""
    empty = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest_of(b"{}")}
    layers = [
        {
            "mediaType": "x/y",
            "digest": digest_of(b"p"),
            "size": 1,
            "annotations": {"signature": one},
        }
        for one in signatures
    ]
    manifest = {"schemaVersion": 2, "config": {**empty, "size": 2}, "layers": layers}
    data = json.dumps(manifest).encode()
    return Descriptor(OCI_MANIFEST, digest_of(data), len(data)), data


@pytest.mark.parametrize("place", ["layout", "store"])
def test_a_manifest_with_more_signatures_takes_the_place_of_one_with_fewer(
    tmp_path: Path, place: str
) -> None:
    root = Descriptor("application/octet-stream", digest_of(b"image"), 5)
    store = ImageStore(tmp_path / "store")

    def put(*signatures: str) -> None:
        descriptor, data = signed(*signatures)
        opened = (
            nullcontext(store_sink(store, Reference.parse("a:1")))
            if place == "store"
            else directory_sink(tmp_path / "layout", "a:1")
        )
        with opened as sink:
            for blob in (b"image", b"{}", b"p", data):
                sink.put(digest_of(blob), blob)
            sink.finish(root, [Companion(descriptor, root.digest, "sha256-0.sig")])

    def there() -> list[str]:
        known = map(companion_of, read_index(tmp_path / place))
        return [item.descriptor.digest for item in known if item is not None]

    put("one")
    put("one", "two")
    assert there() == [signed("one", "two")[0].digest]
    put("three")  # of somebody else: both stay
    assert there() == [signed("one", "two")[0].digest, signed("three")[0].digest]


def test_sizes_of_layers_are_read_once_and_pruned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ImageStore(tmp_path / "store")
    stored(store, "web:1", {"file": b"x" * 1000})
    from ironhull.store import _sizes

    monkeypatch.setattr(_sizes, "UNPACKED_SIZE", "none")  # as in images other tools made
    (first,) = store.list()
    sizes = store.root / ".ironhull" / "sizes"
    assert [path.read_text() for path in sizes.iterdir()] == ["1000"]
    next(sizes.iterdir()).write_text("2000")
    (second,) = store.list()
    assert second.disk_usage == first.disk_usage + 1000
    store.remove("web:1")
    store.prune(grace_seconds=-60)
    assert not list(sizes.iterdir())
