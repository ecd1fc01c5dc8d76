"""Bundles of policies: what is packed is read back, other tools' are read, hostile ones refused."""

import gzip
import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.errors import Error, ImageError, PolicyError
from ironhull.limits import LIMITS
from ironhull.model import Descriptor
from ironhull.oci.manifests import OCI_INDEX, OCI_MANIFEST, canonical_json, sha256_digest
from ironhull.policies._bundles import layers_of, pack, read_modules, read_tarball

REGO = "package docker.scout\n\nimport rego.v1\n"
TITLE = "org.opencontainers.image.title"


class Memory:
    """Blobs by digest."""

    where = "memory"
    apart = False

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}

    def open(self, digest: str) -> io.BytesIO:
        if digest not in self.blobs:
            raise FileNotFoundError(digest)
        return io.BytesIO(self.blobs[digest])

    def put(self, data: bytes, media_type: str = "", **annotations: str) -> Descriptor:
        digest = sha256_digest(data)
        self.blobs[digest] = data
        return Descriptor(media_type, digest, len(data), annotations)

    def manifest(self, *layers: Descriptor) -> Descriptor:
        config = self.put(b"{}", "application/vnd.oci.empty.v1+json")
        document = {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": _plain(config),
            "layers": [_plain(layer) for layer in layers],
        }
        return self.put(canonical_json(document), OCI_MANIFEST)


def _plain(found: Descriptor) -> dict[str, object]:
    said: dict[str, object] = {
        "mediaType": found.media_type or "application/octet-stream",
        "digest": found.digest,
        "size": found.size,
    }
    return {**said, "annotations": dict(found.annotations)} if found.annotations else said


def tar(files: dict[str, str | bytes], kind: str = "") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return gzip.compress(out.getvalue()) if kind == "gz" else out.getvalue()


# ── ours ─────────────────────────────────────────────────────────────────────────────────────────


@given(st.dictionaries(st.text("abc", min_size=1), st.text(), min_size=1, max_size=6))
def test_what_is_packed_is_read_back(modules: dict[str, str]) -> None:
    packed = pack([(f"{name}.rego", name, text) for name, text in modules.items()])
    store = Memory()
    store.blobs = {**dict(packed.blobs), packed.root.digest: packed.manifest}
    found = read_modules(store, packed.root)
    assert found == tuple((f"{name}.rego", text) for name, text in modules.items())


def test_equal_modules_make_an_equal_digest_and_others_another() -> None:
    one = pack([("a.rego", "a", REGO)])
    assert one.root == pack([("a.rego", "a", REGO)]).root
    assert one.root != pack([("a.rego", "a", f"{REGO}\n")]).root


def test_files_of_one_name_are_told_apart() -> None:
    packed = pack([("a.rego", "x", REGO), ("a.rego", "y", "2"), ("a.rego", "z", "3")])
    store = Memory()
    store.blobs = {**dict(packed.blobs), packed.root.digest: packed.manifest}
    names = [name for name, _ in read_modules(store, packed.root)]
    assert names == ["a.rego", "a-2.rego", "a-3.rego"]


def test_nothing_is_no_bundle() -> None:
    with pytest.raises(PolicyError, match="no policies to publish"):
        pack([])


# ── of other tools ───────────────────────────────────────────────────────────────────────────────


def test_one_file_a_layer_as_conftest_and_oras_push() -> None:
    store = Memory()
    layers = [
        store.put(REGO.encode(), "application/vnd.cncf.openpolicyagent.policy.layer.v1+rego",
                  **{TITLE: "policy/a.rego"}),
        store.put(b"{}", "application/vnd.cncf.openpolicyagent.data.layer.v1+json",
                  **{TITLE: "data.json"}),
        store.put(b"package x\n", "text/plain", **{TITLE: "b.rego"}),
        store.put(b"# comment\npackage y\n", "application/vnd.unknown"),
        store.put(b"# package z\n", "application/vnd.unknown"),
        store.put(b"package t\n", "text/plain", **{TITLE: "b_test.rego"}),
        store.put(b"package again\n", "text/plain", **{TITLE: "b.rego"}),
    ]  # fmt: skip
    found = dict(read_modules(store, store.manifest(*layers)))
    assert list(found.values()) == [
        REGO,
        "package x\n",
        "# comment\npackage y\n",
        "package again\n",
    ]
    assert list(found)[:2] == ["policy/a.rego", "b.rego"]


@pytest.mark.parametrize("kind", ["", "gz"])
def test_a_bundle_of_opa_by_itself_and_as_a_layer(kind: str) -> None:
    data = tar(
        {"/.manifest": "{}", "data.json": "{}", "p/a.rego": REGO, "p/a_test.rego": "no"}, kind
    )
    assert read_tarball(io.BytesIO(data), "b.tar.gz") == (("p/a.rego", REGO),)
    store = Memory()
    layer = store.put(data, "application/vnd.oci.image.layer.v1.tar+gzip")
    assert read_modules(store, store.manifest(layer)) == (("p/a.rego", REGO),)


def test_an_image_of_modules_counts_as_its_layers_lie() -> None:
    store = Memory()
    lower = store.put(tar({"a.rego": "1", "b.rego": "2", "c.rego": "3"}), "tar")
    upper = store.put(tar({"a.rego": "new", ".wh.b.rego": ""}, "gz"), "tar+gzip")
    found = read_modules(store, store.manifest(lower, upper))
    assert dict(found) == {"a.rego": "new", "c.rego": "3"}


def test_an_index_stands_for_its_first_image() -> None:
    store = Memory()
    statement = store.manifest(store.put(b"package no\n", "x"))
    image = store.manifest(store.put(REGO.encode(), "x", **{TITLE: "a.rego"}))
    about = {"vnd.docker.reference.type": "attestation-manifest"}
    entries = [{**_plain(statement), "annotations": about}, _plain(image)]
    document = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries}
    root = store.put(canonical_json(document), OCI_INDEX)
    assert read_modules(store, root) == (("a.rego", REGO),)
    alone = {**document, "manifests": entries[:1]}
    with pytest.raises(PolicyError, match="an index without a bundle"):
        layers_of(store, store.put(canonical_json(alone), OCI_INDEX))


# ── hostile ──────────────────────────────────────────────────────────────────────────────────────


def test_other_content_than_its_digest_is_refused() -> None:
    store = Memory()
    layer = store.put(REGO.encode(), "x", **{TITLE: "a.rego"})
    root = store.manifest(layer)
    store.blobs[layer.digest] = REGO.replace("scout", "skout").encode()
    with pytest.raises(ImageError, match="the content's digest is"):
        read_modules(store, root)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"data.json": "{}"}, "no policies in it"),
        ({"a.rego": b"\xff"}, "a.rego: not UTF-8"),
        ({"a.rego": "x" * (LIMITS.policy_source_bytes + 1)}, "larger than"),
        ({f"{n}.rego": "" for n in range(LIMITS.policy_modules + 1)}, "more than 1000"),
    ],
)
def test_a_tarball_that_is_none(files: dict[str, str | bytes], words: str) -> None:
    with pytest.raises(PolicyError, match=words):
        read_tarball(io.BytesIO(tar(files, "gz")), "b.tar.gz")


def test_a_bomb_is_stopped() -> None:
    big = "#" * LIMITS.policy_source_bytes
    files: dict[str, str | bytes] = {f"{n}.rego": big for n in range(66)}
    data = tar(files, "gz")
    assert len(data) < 1 << 20
    with pytest.raises(PolicyError, match="larger than policies may be"):
        read_tarball(io.BytesIO(data), "b.tar.gz")


def test_an_image_instead_of_a_bundle_is_not_read() -> None:
    store = Memory()
    layer = Descriptor("tar", f"sha256:{'0' * 64}", LIMITS.policy_bundle_bytes + 1)
    with pytest.raises(PolicyError, match="more than the"):
        read_modules(store, store.manifest(layer))


@given(st.binary(max_size=2000))
def test_whatever_comes_is_an_error_of_ours(data: bytes) -> None:
    for wrapped in (data, gzip.compress(data), tar({"a.rego": data})[: len(data) + 600]):
        with pytest.raises(Error):
            read_tarball(io.BytesIO(wrapped), "b.tar.gz")
            raise PolicyError("a module by chance")
