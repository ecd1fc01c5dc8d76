"""Archives as destinations; what else can be one."""

import json
import os
import shutil
import subprocess
import tarfile
import threading
from pathlib import Path

import pytest

from ironhull.commands import run
from ironhull.errors import ReferenceFault
from ironhull.oci.names import Reference
from ironhull.sources.engine import open_engine
from ironhull.sources.targets import Target, parse_target
from ironhull.store.images import ImageStore
from tests.images import stored
from tests.registry.content import Content, Example, digest_of, example
from tests.sources import engines

FOREIGN = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.setenv("IRONHULL_HOME", str(tmp_path / "home"))
    return tmp_path


def written(home: Path, made: Example) -> Path:
    return made.content.write(
        home / "layout", "team/app:1", made.root, made.signature, made.countersignature
    )


def members(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as archive:
        found = {}
        for member in archive:
            assert (member.mode, member.uid, member.gid, member.mtime) == (0o644, 0, 0, 0)
            file = archive.extractfile(member)
            assert file is not None
            found[member.name] = file.read()
    return found


def test_an_archive_holds_all_and_gives_it_back(home: Path) -> None:
    made = example("archive")
    path = written(home, made)
    assert run(["copy", "-q", f"oci-dir://{path}", f"archive://{home}/a.tar"]) == 0
    found = members(home / "a.tar")
    blobs = {f"sha256:{n[13:]}": data for n, data in found.items() if n.startswith("blobs/")}
    assert blobs == made.content.blobs
    assert "manifest.json" not in found  # two platforms
    assert run(["copy", "-q", f"archive://{home}/a.tar:team/app:1", f"oci-dir://{home}/back"]) == 0
    back = {f.name: f.read_bytes() for f in (home / "back/blobs/sha256").iterdir()}
    assert back == {digest[7:]: data for digest, data in made.content.blobs.items()}


def test_equal_images_give_equal_archives(home: Path) -> None:
    made = example("equal")
    path = written(home, made)
    for name in ("a", "b"):
        assert run(["copy", "-q", f"oci-dir://{path}", f"archive://{home}/{name}.tar:x:1"]) == 0
    assert (home / "a.tar").read_bytes() == (home / "b.tar").read_bytes()


def test_one_platform_is_an_archive_for_docker_load_too(home: Path) -> None:
    made = example("docker")
    path = written(home, made)
    dest = f"archive://{home}/a.tar:registry.example/team/app:2"
    words = ["copy", "-q", "--platform", "linux/arm64", f"oci-dir://{path}", dest]
    assert run(words) == 0
    found = members(home / "a.tar")
    (listed,) = json.loads(found["manifest.json"])
    assert listed["RepoTags"] == ["registry.example/team/app:2"]
    manifest = json.loads(made.content.blobs[made.arm64["digest"]])
    assert listed["Config"] == f"blobs/sha256/{manifest['config']['digest'][7:]}"
    assert [f"sha256:{layer[13:]}" for layer in listed["Layers"]] == [
        layer["digest"] for layer in manifest["layers"]
    ]
    assert set(listed["Layers"]) <= found.keys()


def test_an_archive_of_the_store_replaces_a_file_in_one_step(home: Path) -> None:
    made = example("replace")
    path = written(home, made)
    assert run(["copy", "-q", f"oci-dir://{path}", "local://web:1"]) == 0
    (home / "a.tar").write_bytes(b"what was there")
    damaged = home / "home/images/blobs/sha256" / made.amd64["digest"][7:]
    right = damaged.read_bytes()
    damaged.write_bytes(right[:-1] + b" ")
    assert run(["copy", "-q", "local://web:1", f"archive://{home}/a.tar"]) == 1
    assert (home / "a.tar").read_bytes() == b"what was there"
    damaged.write_bytes(right)
    assert run(["copy", "-q", "local://web:1", f"archive://{home}/a.tar"]) == 0
    assert "index.json" in members(home / "a.tar")
    assert [item.name for item in home.iterdir() if item.name.startswith(".")] == []
    assert run(["copy", "-q", "local://web:1", f"archive://{home}"]) == 1


def test_a_damaged_layer_ends_the_copy(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = example("damaged")
    path = written(home, made)
    layer = max(made.content.blobs, key=lambda digest: len(made.content.blobs[digest]))
    file = path / "blobs/sha256" / layer[7:]
    for data in (bytes(file.stat().st_size), file.read_bytes()[:-1], file.read_bytes() + b"x"):
        file.write_bytes(data)
        assert run(["copy", "-q", f"oci-dir://{path}", f"archive://{home}/a.tar"]) == 1
        assert not (home / "a.tar").exists()
        line = capsys.readouterr().err
        assert layer in line
        assert line.count("\n") == 1


def test_into_a_pipe(home: Path) -> None:
    made = example("pipe")
    path = written(home, made)
    os.mkfifo(home / "pipe")
    read: list[bytes] = []
    whole = (home / "pipe").read_bytes
    reader = threading.Thread(target=lambda: read.append(whole()), daemon=True)
    reader.start()
    assert run(["copy", "-q", f"oci-dir://{path}", f"archive://{home}/pipe:x:1"]) == 0
    reader.join(30)
    listed = subprocess.run(["tar", "-t"], input=read[0], capture_output=True, check=True)
    assert len(listed.stdout.splitlines()) == len(made.content.blobs) + 2


@pytest.mark.parametrize("there", [True, False])
def test_foreign_layers_are_kept_where_the_source_has_them(
    home: Path, there: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    content = Content()
    image = content.image("amd64", {"file": b"content"})
    manifest = json.loads(content.blobs[image["digest"]])
    foreign = content.put(b"foreign layer", FOREIGN, urls=["https://example.org/layer"])
    manifest["layers"].append(foreign)
    root = content.json(manifest, manifest["mediaType"])
    if not there:
        del content.blobs[foreign["digest"]]
    path = content.write(home / "layout", "app:1", root)
    assert run(["copy", f"oci-dir://{path}", f"archive://{home}/a.tar"]) == 0
    name = f"blobs/sha256/{digest_of(b'foreign layer')[7:]}"
    assert (name in members(home / "a.tar")) is there
    assert ("was not copied" in capsys.readouterr().err) is not there


def test_what_an_archive_is_called() -> None:
    reference = Reference.parse("team/app:1")
    expected = Target("archive", "team/app:1", reference, Path("/tmp/a.tar"))
    assert parse_target("archive:///tmp/a.tar:team/app:1", "other:2") == expected
    assert parse_target("archive:///tmp/a.tar", "team/app:1") == expected
    assert parse_target("archive:///tmp/a.tar", "/tmp/x.tar").reference is None
    with pytest.raises(ReferenceFault, match="names are lower case"):
        parse_target("archive:///tmp/a.tar:UPPER", "")


# ── other tools ──────────────────────────────────────────────────────────────────────────────────


def test_skopeo_reads_archives_as_both_kinds(home: Path) -> None:
    skopeo = shutil.which("skopeo")
    if skopeo is None:
        pytest.skip("skopeo is not installed")
    made = example("skopeo")
    path = written(home, made)
    assert run(["copy", "-q", f"oci-dir://{path}", f"archive://{home}/all.tar"]) == 0
    words = ["copy", "-q", "--platform", "linux/amd64", f"oci-dir://{path}"]
    assert run([*words, f"archive://{home}/one.tar"]) == 0

    def raw(name: str) -> bytes:
        words = [skopeo, "inspect", "--raw", name]
        return subprocess.run(words, capture_output=True, check=True).stdout

    assert raw(f"oci-archive:{home}/all.tar:team/app:1") == made.content.blobs[made.digest]
    manifest = made.content.blobs[made.amd64["digest"]]
    assert raw(f"oci-archive:{home}/one.tar:team/app:1") == manifest
    config = json.loads(raw(f"docker-archive:{home}/one.tar"))["config"]["digest"]
    assert config == json.loads(manifest)["config"]["digest"]


@pytest.mark.root
@pytest.mark.parametrize("kind", engines.STORES)
def test_docker_loads_an_archive_of_one_platform(home: Path, kind: str) -> None:
    store = ImageStore(home / "home" / "images")
    image = stored(store, "team/app:1", {"etc/os-release": "ID=debian\n"})
    assert run(["copy", "-q", "local://team/app:1", f"archive://{home}/a.tar:mine/app:2"]) == 0
    with engines.docker(kind) as engine:
        engine.run("load", "-i", home / "a.tar")
        found = open_engine("docker", "mine/app:2", None, engine.address)
        assert found.config_digest == image.config_digest
