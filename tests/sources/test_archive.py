import gzip
import json
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest

from ironhull.errors import ImageError, ReferenceFault
from ironhull.model import Platform
from ironhull.oci.tree import read_tree
from ironhull.sources.archive import open_archive
from tests.oci._craft import (
    Layout,
    digest,
    docker_save,
    file,
    layer,
    named,
    other,
    squeeze,
    tar,
)
from tests.oci.test_layers import zstd


def plain(data: bytes) -> bytes:
    return data


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def name_in(reference: str) -> bytes:
    return read_tree(open_archive(reference, None), ["name"])[0].read("name")


@pytest.mark.parametrize("outer", [plain, gzip.compress, zstd.compress])
@pytest.mark.parametrize("inner", [plain, squeeze, zstd.compress])
def test_oci_archives(
    tmp_path: Path, outer: Callable[[bytes], bytes], inner: Callable[[bytes], bytes]
) -> None:
    made = Layout()
    made.top = [
        made.manifest(layer(file("name", name), compress=inner), annotations=named(name))
        for name in ("one", "two")
    ]
    path = write(tmp_path / "a.tar", outer(made.archive()))
    assert name_in(f"{path}:two") == b"two"
    assert name_in(f"{path}@{made.top[0]['digest']}") == b"one"
    with pytest.raises(ReferenceFault, match="one, two"):
        open_archive(str(path), None)


@pytest.mark.parametrize("outer", [plain, gzip.compress, zstd.compress])
@pytest.mark.parametrize("inner", [plain, squeeze, zstd.compress])
@pytest.mark.parametrize("linked", [False, True])
def test_docker_archives(
    tmp_path: Path,
    outer: Callable[[bytes], bytes],
    inner: Callable[[bytes], bytes],
    linked: bool,
) -> None:
    base = layer(file("base", "b"), compress=inner)
    one, two = (layer(file("name", name), compress=inner) for name in ("one", "two"))
    data = docker_save((["web:1", "web:one"], [base, one]), (["web:2"], [base, two]), linked=linked)
    path = write(tmp_path / "d.tar", outer(data))
    assert name_in(f"{path}:web:1") == name_in(f"{path}:docker.io/library/web:one") == b"one"
    found = open_archive(f"{path}:web:2", None)
    tree, problems = read_tree(found, ["**"])
    assert (tree.read("name"), tree.read("base"), problems) == (b"two", b"b", ())
    assert (found.name, found.origin, found.platform) == ("web:2", "archive", Platform())
    assert found.digest.startswith("sha256:") and found.config_digest != found.digest
    assert open_archive(f"{path}@{found.config_digest}", None).digest == found.digest


def test_several_images_need_a_name(tmp_path: Path) -> None:
    data = docker_save((["web:1"], [layer(file("a"))]), (["web:2"], [layer(file("b"))]))
    path = write(tmp_path / "d.tar", data)
    for reference in (str(path), f"{path}:web:3", f"{path}:web"):
        with pytest.raises(ReferenceFault, match="web:1, web:2") as fault:
            open_archive(reference, None)
        assert "\n" not in str(fault.value)
    with pytest.raises(ReferenceFault, match="linux/amd64"):
        open_archive(f"{path}:web:1", Platform("linux", "arm64"))


def test_an_image_without_a_name_is_called_as_its_file(tmp_path: Path) -> None:
    path = write(tmp_path / "d.tar", docker_save(([], [layer(file("name", "x"))])))
    assert open_archive(str(path), None).name == str(path)


def test_the_newer_docker_save_is_read_as_the_layout_it_holds(tmp_path: Path) -> None:
    made = Layout()
    annotations = {**named("init"), "io.containerd.image.name": "docker.io/library/web:init"}
    made.top = [made.manifest(layer(file("name", "x")), annotations=annotations)]
    made.files["manifest.json"] = b"[]"
    path = write(tmp_path / "d.tar", made.archive())
    for reference in (str(path), f"{path}:web:init", f"{path}:init"):
        found = open_archive(reference, None)
        assert (found.name, found.digest) == ("web:init", made.top[0]["digest"])


def test_layers_outlive_the_call_that_opened_the_archive(tmp_path: Path) -> None:
    path = write(tmp_path / "d.tar", docker_save((["a:1"], [layer(file("name", "x"))])))
    found = open_archive(str(path), None)
    path.unlink()
    streams = [found.layers[0].open() for _ in range(3)]
    assert len({stream.read() for stream in streams}) == 1


# ── damage ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("outer", [plain, gzip.compress])
def test_archives_cut_anywhere_are_refused(tmp_path: Path, outer: Callable[[bytes], bytes]) -> None:
    data = outer(docker_save((["a:1"], [layer(file("a", "x" * 3000), compress=plain)])))
    end = len(data) - (10240 if outer is plain else 0)
    for length in range(1, end, max(1, end // 40)):
        path = write(tmp_path / "d.tar", data[:length])
        with pytest.raises(ImageError) as error:
            read_tree(open_archive(str(path), None), [])
        assert "\n" not in str(error.value)


def test_every_layer_is_verified(tmp_path: Path) -> None:
    data = docker_save((["a:1"], [layer(file("a", b"MARK"), compress=plain)]))
    path = write(tmp_path / "d.tar", data.replace(b"MARK", b"EVIL"))
    with pytest.raises(ImageError, match="expected"):
        read_tree(open_archive(str(path), None), [])


def test_a_changed_config_is_noticed(tmp_path: Path) -> None:
    data = docker_save((["a:1"], [layer(file("a"))])).replace(b'"amd64"', b'"arm64"')
    with pytest.raises(ImageError, match="digest"):
        open_archive(str(write(tmp_path / "d.tar", data)), None)


@pytest.mark.parametrize(
    "manifest",
    [
        b"{",
        b"{}",
        b"[]",
        b"[1]",
        json.dumps([{"Layers": []}]).encode(),
        json.dumps([{"Config": "gone.json", "Layers": []}]).encode(),
        json.dumps([{"Config": "c.json", "Layers": {}}]).encode(),
        json.dumps([{"Config": "c.json", "Layers": ["x"]}]).encode(),
        json.dumps([{"Config": "loop", "Layers": []}]).encode(),
        json.dumps([{"Config": "/etc/passwd", "Layers": []}]).encode(),
        json.dumps([{"Config": "c.json", "Layers": ["a"] * 2000}]).encode(),
        b"[" * 100_000,
    ],
)
def test_odd_manifests_are_refused(tmp_path: Path, manifest: bytes) -> None:
    config = json.dumps({"os": "linux", "rootfs": {"diff_ids": []}})
    loop = [other("loop", "symlink", "loop2"), other("loop2", "symlink", "loop")]
    data = tar([file("manifest.json", manifest), file("c.json", config), *loop])
    with pytest.raises(ImageError) as error:
        open_archive(str(write(tmp_path / "d.tar", data)), None)
    assert "\n" not in str(error.value)


def test_what_is_no_image_archive_says_so(tmp_path: Path) -> None:
    for data, words in [
        (tar([file("etc/passwd")]), "neither an OCI archive"),
        (b"", "not an image archive"),
        (b"hello" * 1000, "not an image archive"),
        (lzma.compress(b"x"), "xz"),
    ]:
        with pytest.raises(ImageError, match=words):
            open_archive(str(write(tmp_path / "x.tar", data)), None)
    for path, hint in [("gone", "check the path"), ("", "oci-dir://")]:
        with pytest.raises(ReferenceFault) as fault:
            open_archive(str(tmp_path / path), None)
        assert hint in fault.value.hint


@pytest.mark.parametrize("data", [b"root:x:0:0\n" * 200, b"PK\x03\x04" + b"\0" * 900, b"short"])
def test_a_file_that_is_no_tar_is_called_that(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    with pytest.raises(ImageError, match="not an image archive"):
        open_archive(str(path), None)


def test_a_tar_of_the_old_format_is_a_tar(tmp_path: Path) -> None:
    path = tmp_path / "old.tar"
    header = bytearray(512)
    header[:4] = b"file"
    header[100:136] = b"0000644\x000000000\x000000000\x0000000000000\x00"[:36]
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\x00 " % sum(header)
    path.write_bytes(bytes(header) + b"\0" * 1024)
    with pytest.raises(ImageError, match="neither an OCI archive"):
        open_archive(str(path), None)


def test_configs_named_by_their_digest_are_checked(tmp_path: Path) -> None:
    """As kaniko names them, and layers that are compressed and named by theirs."""
    made = layer(file("name", "x"))
    config = json.dumps(
        {"os": "linux", "architecture": "amd64", "rootfs": {"diff_ids": [made.diff_id]}}
    ).encode()
    with made.open() as stream:
        content = stream.read()
    name = f"{made.digest[7:]}.tar.gz"
    for wrong in (False, True):
        config_name = digest(config + b" " * wrong)
        manifest = [{"Config": config_name, "RepoTags": ["web:1"], "Layers": [name]}]
        members = [file("manifest.json", json.dumps(manifest)), file(config_name, config)]
        path = write(tmp_path / f"{wrong}.tar", tar([*members, file(name, content)]))
        if wrong:
            with pytest.raises(ImageError, match="the content's digest is"):
                open_archive(str(path), None)
        else:
            found = open_archive(str(path), None)
            assert found.layers[0].digest == made.digest
            assert name_in(str(path)) == b"x"
