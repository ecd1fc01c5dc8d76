"""Documents that lie: manifests, indexes, configs, and the files of a layout themselves."""

import gzip
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.corpus.bounded import read
from tests.oci._craft import CONFIG, GZIP, INDEX, MANIFEST, Layout, digest, file, layer, stored

STATUS = "Package: bash\nStatus: install ok installed\nArchitecture: amd64\nVersion: 5.2-1\n\n"
OS_RELEASE = 'ID=debian\nVERSION_ID="13"\n'
FILES = (file("etc/os-release", OS_RELEASE), file("var/lib/dpkg/status", STATUS))
GOOD = layer(*FILES)


def blob_path(root: Path, entry: dict[str, Any]) -> Path:
    return root / "blobs" / str(entry["digest"]).replace(":", "/")


def config(**changes: Any) -> dict[str, Any]:
    value: dict[str, Any] = {
        "os": "linux",
        "architecture": "amd64",
        "rootfs": {"type": "layers", "diff_ids": [GOOD.diff_id]},
    }
    return {key: item for key, item in {**value, **changes}.items() if item is not None}


def manifest(made: Layout, **changes: Any) -> dict[str, Any]:
    """A manifest of GOOD with fields replaced, or left out where None."""
    with GOOD.open() as stream:
        kept = made.blob(stream.read(), GZIP)
    value = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": made.document(config(), CONFIG),
        "layers": [kept],
    }
    value = {key: item for key, item in {**value, **changes}.items() if item is not None}
    return made.document(value, MANIFEST)


def test_the_good_one_is_read(tmp_path: Path) -> None:
    made = Layout()
    made.top = [manifest(made)]
    found = read(f"oci-dir://{made.write(tmp_path)}")
    assert (found.crash, found.error, found.packages) == ("", "", ("bash 5.2-1",))


CONFIGS = {
    "no rootfs": (config(rootfs=None), "rootfs"),
    "rootfs null": ({**config(), "rootfs": {"diff_ids": None}}, "diff_ids"),
    "no digests": (config(rootfs={"diff_ids": [1, 2]}), "diff_ids"),
    "other diff_id": (config(rootfs={"diff_ids": [digest(b"x")]}), "diff_id"),
    "too many": (config(rootfs={"diff_ids": [GOOD.diff_id] * 2}), "2 diff_ids for 1 layers"),
    "none": (config(rootfs={"diff_ids": []}), "0 diff_ids for 1 layers"),
    "a list": ([], "object"),
    "a string": ("x", "object"),
    "weird digest": (config(rootfs={"diff_ids": ["md5:0"]}), "md5"),
    "a path": (config(rootfs={"diff_ids": ["sha256:../../../../etc/passwd"]}), "not a digest"),
    "os a number": (config(os=7), "os"),
}


@pytest.mark.parametrize("name", CONFIGS)
def test_configs(tmp_path: Path, name: str) -> None:
    value, words = CONFIGS[name]
    made = Layout()
    made.top = [manifest(made, config=made.document(value, CONFIG))]
    found = read(f"oci-dir://{made.write(tmp_path)}")
    assert found.crash == ""
    assert words in found.error
    assert "\n" not in found.error


ODD_CONFIGS: dict[str, dict[str, Any]] = {
    "history": {"history": [None, 1, {"created_by": {}}, {"empty_layer": "x"}]},
    "history list": {"history": {}},
    "values": {"config": {"User": 7, "Entrypoint": {"a": 1}, "Labels": ["x"], "Env": 3}},
    "config": {"config": "x", "created": {"x": 1}},
    "surrogates": {"config": {"User": "\ud800", "Labels": {"a\udfff": "\ud800\n\x1b[31m"}}},
    "no platform": {"os": None, "architecture": None},
    "control": {"created": "\x00\x1b]0;x\x07", "author": "\x00" * 100},
}


@pytest.mark.parametrize("name", ODD_CONFIGS)
def test_configs_that_are_odd_and_still_an_image(tmp_path: Path, name: str) -> None:
    made = Layout()
    made.top = [manifest(made, config=made.document(config(**ODD_CONFIGS[name]), CONFIG))]
    found = read(f"oci-dir://{made.write(tmp_path)}")
    assert (found.crash, found.error, found.packages) == ("", "", ("bash 5.2-1",))


def _layers(count: int) -> Callable[[Layout], dict[str, Any]]:
    def build(made: Layout) -> dict[str, Any]:
        small = layer()
        with small.open() as stream:
            kept = made.blob(stream.read(), GZIP)
        with GOOD.open() as stream:
            top = made.blob(stream.read(), GZIP)
        ids = [small.diff_id] * (count - 1) + [GOOD.diff_id]
        document = made.document(config(rootfs={"diff_ids": ids}), CONFIG)
        return manifest(made, config=document, layers=[kept] * (count - 1) + [top])

    return build


def _foreign(made: Layout) -> dict[str, Any]:
    kind = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
    gone = {"mediaType": kind, "digest": digest(b"far"), "size": 3, "urls": ["https://far/x"]}
    return manifest(made, layers=[gone])


def _size(change: int) -> Callable[[Layout], dict[str, Any]]:
    def build(made: Layout) -> dict[str, Any]:
        with GOOD.open() as stream:
            kept = made.blob(stream.read(), GZIP)
        return manifest(made, layers=[{**kept, "size": kept["size"] + change}])

    return build


def _nested(depth: int) -> Callable[[Layout], dict[str, Any]]:
    def build(made: Layout) -> dict[str, Any]:
        entry = manifest(made)
        for _ in range(depth):
            entry = made.index(entry)
        return entry

    return build


def _layer_type(kind: str) -> Callable[[Layout], dict[str, Any]]:
    def build(made: Layout) -> dict[str, Any]:
        with GOOD.open() as stream:
            return manifest(made, layers=[made.blob(stream.read(), kind)])

    return build


def _config_type(kind: str) -> Callable[[Layout], dict[str, Any]]:
    return lambda made: manifest(made, config=made.document(config(), kind))


MANIFESTS: dict[str, tuple[Callable[[Layout], dict[str, Any]], str]] = {
    "10,000 layers": (_layers(10_000), "10000 layers, more than"),
    "foreign layer": (_foreign, "foreign layer"),
    "size too small": (_size(-1), "expected"),
    "size too large": (_size(1), "expected"),
    "size huge": (_size(1 << 80), "expected"),
    "indexes in indexes": (_nested(300), "indexes inside each other"),
    "brotli": (_layer_type("application/vnd.oci.image.layer.v1.tar+brotli"), "unknown type"),
    "no type": (_layer_type(""), "unknown type"),
    "helm chart": (_config_type("application/vnd.cncf.helm.config.v1+json"), "helm"),
    "no config": (lambda made: manifest(made, config=None), "not a descriptor"),
    "config a list": (lambda made: manifest(made, config=[]), "not a descriptor"),
    "no layers": (lambda made: manifest(made, layers=None), "layers is not a list"),
    "layers an object": (lambda made: manifest(made, layers={}), "layers is not a list"),
    "schema 1": (lambda made: manifest(made, schemaVersion=1), "schema 1"),
    "negative size": (_size(-(1 << 20)), "size"),
    "type of an index": (lambda made: manifest(made, mediaType=INDEX), "media type"),
    "annotations": (lambda made: manifest(made, annotations={"a": 1}), "strings"),
}


@pytest.mark.parametrize("name", MANIFESTS)
def test_manifests(tmp_path: Path, name: str) -> None:
    build, words = MANIFESTS[name]
    made = Layout()
    made.top = [build(made)]
    found = read(f"oci-dir://{made.write(tmp_path)}")
    assert found.crash == ""
    assert words in found.error
    assert "\n" not in found.error


def test_a_thousand_layers_are_read(tmp_path: Path) -> None:
    made = Layout()
    made.top = [_layers(1000)(made)]
    found = read(f"oci-dir://{made.write(tmp_path)}")
    assert (found.crash, found.error, found.packages) == ("", "", ("bash 5.2-1",))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "not JSON"),
        (b"[" * 200_000, "not JSON"),
        (b'{"a":' * 200_000, "not JSON"),
        (b'{"manifests":[' + b"{}," * 20_000 + b"{}]}", "manifests"),
        (
            b'{"manifests":[{"mediaType":"x","digest":"sha256:' + b"0" * 64 + b'","size":1e400}]}',
            "",
        ),
        (b'{"manifests":[{"mediaType":"x","digest":"sha256:0","size":1}]}', "not a digest"),
        (b'{"manifests":[{"mediaType":"x","size":1}]}', "not a digest"),
        (b"\xff\xfe{}", "not JSON"),
        (b'{"manifests":' + b"9" * 10_000 + b"}", ""),
        (b" " * (5 << 20) + b"{}", "more than"),
        (b'{"manifests":null}', "no images"),
    ],
)
def test_indexes(tmp_path: Path, text: bytes, words: str) -> None:
    root = Layout().write(tmp_path)
    (root / "index.json").write_bytes(text)
    found = read(f"oci-dir://{root}")
    assert found.crash == ""
    assert found.error
    assert words in found.error
    assert "\n" not in found.error


# ── files that are not what they seem ────────────────────────────────────────────────────────────


@pytest.mark.parametrize("which", ["layer", "config", "manifest"])
@pytest.mark.parametrize("kind", ["fifo", "socket", "directory", "out", "zero", "loop", "empty"])
def test_blobs_that_are_no_files(tmp_path: Path, which: str, kind: str) -> None:
    made = Layout()
    entry = manifest(made)
    made.top = [entry]
    root = made.write(tmp_path / "layout")
    document = json.loads(blob_path(root, entry).read_bytes())
    chosen = {"layer": document["layers"][0], "config": document["config"], "manifest": entry}
    path = blob_path(root, chosen[which])
    path.unlink()
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "socket":
        import socket

        here = Path.cwd()
        os.chdir(path.parent)
        try:
            socket.socket(socket.AF_UNIX).bind(path.name[:60])
            Path(path.name[:60]).rename(path)
        finally:
            os.chdir(here)
    elif kind == "directory":
        path.mkdir()
    elif kind == "empty":
        path.touch()
    else:
        path.symlink_to({"out": "/etc/passwd", "zero": "/dev/zero", "loop": path}[kind])
    found = read(f"oci-dir://{root}", seconds=20)
    assert found.crash == ""
    assert found.error
    assert "root:" not in found.error


def test_blobs_may_be_links_to_the_right_content(tmp_path: Path) -> None:
    made = Layout()
    made.top = [manifest(made)]
    root = made.write(tmp_path / "layout")
    shutil.move(root / "blobs", tmp_path / "shared")
    (root / "blobs").symlink_to(tmp_path / "shared")
    assert read(f"oci-dir://{root}").packages == ("bash 5.2-1",)


@pytest.mark.parametrize("name", ["index.json", "oci-layout"])
def test_documents_that_are_no_files(tmp_path: Path, name: str) -> None:
    made = Layout()
    made.top = [manifest(made)]
    root = made.write(tmp_path)
    (root / name).unlink()
    os.mkfifo(root / name)
    found = read(f"oci-dir://{root}", seconds=20)
    assert found.crash == ""
    assert found.error if name == "index.json" else found.packages


def test_archives_that_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path / "fifo", Path("/dev/zero"), tmp_path):
        found = read(f"archive://{path}", seconds=20)
        assert found.crash == ""
        assert "not a file" in found.error


def test_what_may_not_be_read_says_so(tmp_path: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("needs root to become somebody else")
    made = Layout()
    made.top = [manifest(made)]
    root = made.write(tmp_path / "layout")
    (tmp_path / "image.tar").write_bytes(made.archive())
    (tmp_path / "image.tar").chmod(0)
    blob_path(root, made.top[0]).chmod(0)
    for path in (*tmp_path.parents, tmp_path):
        if path.is_relative_to("/tmp") and path != Path("/tmp"):
            path.chmod(0o755)
    closed = tmp_path / "closed"
    shutil.copytree(root, closed)
    closed.chmod(0)
    for reference in (
        f"archive://{tmp_path}/image.tar",
        f"oci-dir://{root}",
        f"oci-dir://{closed}",
        f"archive://{closed}/index.json",
        f"fs://{closed}",
        f"fs://{closed}/blobs",
    ):
        found = read(reference, unprivileged=True)
        assert found.crash == "", reference
        assert "ermission denied" in found.said, reference


@pytest.mark.parametrize("kind", ["oci", "docker"])
@pytest.mark.parametrize("outer", [bytes, gzip.compress])
def test_archives_cut_anywhere(tmp_path: Path, kind: str, outer: Callable[[bytes], bytes]) -> None:
    from tests.oci._craft import docker_save

    made = Layout()
    made.top = [manifest(made)]
    plain = made.archive() if kind == "oci" else docker_save((["a:1"], [GOOD]))
    end = len(plain.rstrip(b"\0"))
    data = outer(plain)
    last = end if outer is bytes else len(data)
    path = tmp_path / "image.tar"
    for length in range(1, last, max(1, last // 24)):
        path.write_bytes(data[:length])
        found = read(f"archive://{path}")
        assert found.crash == "", length
        assert found.error, length
        assert "\n" not in found.error


def test_layers_cut_anywhere(tmp_path: Path) -> None:
    with GOOD.open() as stream:
        data = stream.read()
    for length in range(0, len(data), max(1, len(data) // 12)):
        made = Layout()
        cut = stored(b"", lambda _, n=length: data[:n])  # type: ignore[misc]  # bound at once
        made.top = [made.manifest(cut)]
        root = made.write(tmp_path / str(length))
        found = read(f"oci-dir://{root}")
        assert found.crash == "", length
        assert found.error or length == 0
