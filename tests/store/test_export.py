"""Images leaving the store, judged by other tools where they are installed."""

import hashlib
import json
import multiprocessing
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from ironhull.errors import ImageError, ReferenceFault, StoreError, UsageError
from ironhull.model import Image
from ironhull.oci.edit import ImageConfig
from ironhull.store.images import ImageStore
from tests.images import archive, layout, stored

FORK = multiprocessing.get_context("fork")
FILES = [
    {"etc/os-release": "ID=debian\n", "usr/share/ä/" + "n" * 120: "long"},
    {"app/main.py": "print(1)\n", "tmp": None},
]
SPDX = ("https://spdx.dev/Document", b'{"predicate":{}}')
KINDS = ("oci-dir", "oci-archive", "docker-archive")


@pytest.fixture
def store(tmp_path: Path) -> ImageStore:
    return ImageStore(tmp_path / "images")


@pytest.fixture
def web(store: ImageStore) -> Image:
    config = ImageConfig(user="65532", entrypoint=("python",), labels={"a": "1"})
    return stored(store, "web:init", FILES, config=config, statements=[SPDX])


def _run(*command: str | Path) -> str:
    name = str(command[0])
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _contents(path: Path) -> dict[str, bytes]:
    if path.is_dir():
        files = (p for p in path.rglob("*") if p.is_file())
        return {str(p.relative_to(path)): p.read_bytes() for p in files}
    found = {}
    with tarfile.open(path) as tar:
        for member in tar:
            if body := tar.extractfile(member):
                found[member.name] = body.read()
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_an_export_holds_every_blob_and_nothing_else(
    store: ImageStore, web: Image, tmp_path: Path, kind: str
) -> None:
    stored(store, "other:1", {"not": "wanted"})
    store.export("web:init", kind, tmp_path / "out")
    found = _contents(tmp_path / "out")
    blobs = {name: data for name, data in found.items() if name.startswith("blobs/")}
    assert all(name == f"blobs/sha256/{hashlib.sha256(d).hexdigest()}" for name, d in blobs.items())
    digests = {name.rpartition("/")[2] for name in blobs}
    assert {web.index_digest[7:], web.digest[7:], web.config_digest[7:]} < digests
    assert {layer.digest[7:] for layer in web.layers} < digests
    assert len(blobs) == 5 + 3, "and the statement, its manifest and the empty config of that"
    (entry,) = json.loads(found["index.json"])["manifests"]
    assert entry["digest"] == web.index_digest
    assert entry["annotations"] == {
        "io.containerd.image.name": "docker.io/library/web:init",
        "org.opencontainers.image.ref.name": "web:init",
    }
    assert json.loads(found["oci-layout"]) == {"imageLayoutVersion": "1.0.0"}
    docker = {"manifest.json", "repositories"} if kind == "docker-archive" else set()
    assert set(found) == {*blobs, "index.json", "oci-layout", *docker}


@pytest.mark.parametrize("kind", KINDS)
def test_without_attestations_the_bare_image_leaves(
    store: ImageStore, web: Image, tmp_path: Path, kind: str
) -> None:
    store.export(web, kind, tmp_path / "out", "app:1", attestations=False)
    found = _contents(tmp_path / "out")
    (entry,) = json.loads(found["index.json"])["manifests"]
    assert (entry["digest"], entry["platform"]["os"]) == (web.digest, "linux")
    assert entry["annotations"]["org.opencontainers.image.ref.name"] == "app:1"
    assert f"blobs/sha256/{web.attachments[0].digest[7:]}" not in found


def test_the_docker_archive_is_what_docker_load_reads(
    store: ImageStore, web: Image, tmp_path: Path
) -> None:
    store.export(web, "docker-archive", tmp_path / "out.tar", "ghcr.io/org/web:1")
    found = _contents(tmp_path / "out.tar")
    assert json.loads(found["manifest.json"]) == [
        {
            "Config": f"blobs/sha256/{web.config_digest[7:]}",
            "RepoTags": ["ghcr.io/org/web:1"],
            "Layers": [f"blobs/sha256/{layer.digest[7:]}" for layer in web.layers],
        }
    ]
    top = web.layers[-1].digest[7:]
    assert json.loads(found["repositories"]) == {"ghcr.io/org/web": {"1": top}}


@pytest.mark.parametrize("kind", KINDS)
def test_equal_images_leave_as_equal_bytes(tmp_path: Path, kind: str) -> None:
    outs = []
    for number in (1, 2):
        store = ImageStore(tmp_path / f"store{number}")
        stored(store, f"noise:{number}", {"n": str(number)})
        stored(store, "web:init", FILES, statements=[SPDX])
        out = tmp_path / f"out{number}"
        store.export("web:init", kind, out)
        outs.append(_contents(out) if kind == "oci-dir" else {"": out.read_bytes()})
    assert outs[0] == outs[1]


def test_a_layout_keeps_its_other_images(store: ImageStore, web: Image, tmp_path: Path) -> None:
    other = stored(store, "other:1", {"a": "b"})
    newer = stored(store, "newer:1", {"c": "d"})
    out = tmp_path / "out"
    store.export(web, "oci-dir", out)
    store.export(other, "oci-dir", out)
    store.export(newer, "oci-dir", out, "web:init")
    layout_store = ImageStore(out)
    assert {i.name: i.digest for i in layout_store.list()} == {
        "other:1": other.digest,
        "web:init": newer.digest,
    }


@pytest.mark.parametrize("kind", KINDS)
def test_an_archive_is_replaced_whole_or_not_at_all(
    store: ImageStore, web: Image, tmp_path: Path, kind: str
) -> None:
    out = tmp_path / "out"
    store.export(stored(store, "old:1", {"a": "b"}), kind, out)
    before = _contents(out)
    layer = store.root / "blobs" / "sha256" / web.layers[1].digest[7:]
    layer.write_bytes(bytes(web.layers[1].size))
    with pytest.raises(ImageError, match="damaged"):
        store.export(web, kind, out)
    left = _contents(out)
    assert left["index.json"] == before["index.json"]
    if kind != "oci-dir":
        assert left == before
    with pytest.raises(ImageError, match="damaged"):
        store.export(web, kind, tmp_path / "new")
    assert not (tmp_path / "new").exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["images", "out"]


@pytest.mark.parametrize(
    ("kind", "trouble", "words"),
    [
        ("oci-dir", StoreError, "something else is there"),
        ("oci-archive", StoreError, "is a directory"),
        ("tarball", UsageError, "tarball"),
    ],
)
def test_a_place_that_is_taken(
    store: ImageStore, web: Image, tmp_path: Path, kind: str, trouble: type[Exception], words: str
) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "file").write_text("precious")
    with pytest.raises(trouble, match=words):
        store.export(web, kind, mine)
    assert [p.name for p in mine.iterdir()] == ["file"]


def test_an_empty_directory_will_do(store: ImageStore, web: Image, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    store.export(web, "oci-dir", tmp_path / "out")
    assert ImageStore(tmp_path / "out").find("web:init").digest == web.digest


def test_a_missing_image_leaves_nothing(store: ImageStore, tmp_path: Path) -> None:
    with pytest.raises(ReferenceFault, match="empty"):
        store.export("web:init", "oci-archive", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def _export(root: Path, name: str, out: Path) -> None:
    ImageStore(root).export(name, "oci-dir", out)


def test_two_processes_into_one_layout(store: ImageStore, tmp_path: Path) -> None:
    names = [f"web:{n}" for n in range(6)]
    for name in names:
        stored(store, name, {"name": name})
    store.export(names[0], "oci-dir", tmp_path / "out")
    children = [FORK.Process(target=_export, args=(store.root, n, tmp_path / "out")) for n in names]
    for child in children:
        child.start()
    for child in children:
        child.join()
        assert child.exitcode == 0
    assert [i.name for i in ImageStore(tmp_path / "out").list()] == names


# ── other tools ──────────────────────────────────────────────────────────────────────────────────


def _where(kind: str, out: Path) -> str:
    return f"{'oci' if kind == 'oci-dir' else kind}:{out}{':web:init' if kind == 'oci-dir' else ''}"


def test_skopeo_inspects_the_store_itself(store: ImageStore, web: Image) -> None:
    found = json.loads(_run("skopeo", "inspect", f"oci:{store.root}:web:init"))
    assert found["Digest"] == web.index_digest
    assert found["Labels"] == {"a": "1"}
    assert found["Layers"] == [layer.digest for layer in web.layers]


@pytest.mark.parametrize("kind", KINDS)
def test_skopeo_copies_every_kind(store: ImageStore, web: Image, tmp_path: Path, kind: str) -> None:
    store.export(web, kind, tmp_path / "out")
    target = tmp_path / "copy"
    _run(
        *("skopeo", "--insecure-policy", "--override-os", "linux", "--override-arch", "amd64"),
        *("copy", _where(kind, tmp_path / "out"), f"oci:{target}:x"),
    )
    entry = json.loads((target / "index.json").read_bytes())["manifests"][0]
    path = target / "blobs" / "sha256"
    manifest: dict[str, Any] = json.loads((path / entry["digest"][7:]).read_bytes())
    config = json.loads((path / manifest["config"]["digest"][7:]).read_bytes())
    assert config["rootfs"]["diff_ids"] == [layer.diff_id for layer in web.layers]
    if kind != "docker-archive":
        assert [layer["digest"] for layer in manifest["layers"]] == [
            layer.digest for layer in web.layers
        ]


def test_umoci_unpacks_a_bare_image(store: ImageStore, web: Image, tmp_path: Path) -> None:
    store.export(web, "oci-dir", tmp_path / "out", attestations=False)
    bundle = tmp_path / "bundle"
    _run("umoci", "unpack", "--rootless", "--image", f"{tmp_path / 'out'}:web:init", bundle)
    assert (bundle / "rootfs" / "app" / "main.py").read_text() == "print(1)\n"
    assert (bundle / "rootfs" / "usr" / "share" / "ä" / ("n" * 120)).read_text() == "long"
    assert json.loads((bundle / "config.json").read_text())["process"]["args"] == ["python"]


def test_the_test_helpers_make_what_they_say(tmp_path: Path) -> None:
    where = layout(tmp_path, "web:1", FILES, statements=[SPDX])
    assert ImageStore(where).find("web:1").attachments[0].read() == SPDX[1]
    assert "manifest.json" in _contents(archive(tmp_path, "web:2", FILES))


@pytest.mark.parametrize("place", ["store", "oci-dir", "docker-archive"])
def test_trivy_reads_what_we_write(tmp_path: Path, store: ImageStore, place: str) -> None:
    status = "Package: libc6\nStatus: install ok installed\nVersion: 2.41-12\nArchitecture: amd64\n"
    files = {"etc/debian_version": "13.0\n", "var/lib/dpkg/status": status + "\n"}
    stored(store, "web:init", files, statements=[SPDX])
    target = f"{store.root}:web:init" if place == "store" else str(tmp_path / "out")
    if place != "store":
        store.export("web:init", place, tmp_path / "out")
    found = _run(
        *("trivy", "image", "--cache-dir", tmp_path / "cache", "--offline-scan"),
        *("--skip-db-update", "--format", "cyclonedx", "--input", target),
    )
    purls = [component.get("purl", "") for component in json.loads(found)["components"]]
    assert any(purl.startswith("pkg:deb/debian/libc6@2.41-12") for purl in purls)


@pytest.mark.parametrize("kind", ["oci-dir", "oci-archive", "docker-archive"])
def test_what_refers_to_the_image_goes_along_but_for_docker(tmp_path: Path, kind: str) -> None:
    from ironhull.commands import run
    from ironhull.sources import open_image

    store = ImageStore(tmp_path / "home" / "images")
    stored(store, "web:1", {"etc/os-release": "ID=debian\n"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IRONHULL_HOME", str(tmp_path / "home"))
        assert run(["attest", "web:1", "spdx", "-q"]) == 0
    dest = tmp_path / "out"
    store.export("web:1", kind, dest)
    store.export("web:1", kind, dest)  # adding to a layout adds it once
    scheme = "oci-dir" if kind == "oci-dir" else "archive"
    assert open_image(f"{scheme}://{dest}", images=store.root).digest == store.find("web:1").digest
    bare = tmp_path / "bare"
    store.export("web:1", kind, bare, attestations=False)
    for path, beside in ((dest, kind != "docker-archive"), (bare, False)):
        text = path.joinpath("index.json").read_bytes() if path.is_dir() else path.read_bytes()
        assert (b"https://spdx.dev/Document" in text) == beside
