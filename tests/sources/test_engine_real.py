"""One image in every engine and every kind of archive their tools write: the same SBOM from all."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ironhull.catalog import PATTERNS, PROBES, catalog, subject_of
from ironhull.errors import ReferenceFault
from ironhull.model import Image, Platform, Sbom
from ironhull.oci.tree import read_tree
from ironhull.sources import open_image
from ironhull.sources.engine import engine_image, look, open_engine
from ironhull.store.images import ImageStore
from tests.images import stored
from tests.sources import engines
from tests.sources.engines import Engine

pytestmark = pytest.mark.root

STATUS = """Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.41-12
Source: glibc

Package: bash
Status: install ok installed
Architecture: amd64
Version: 5.2-1
Depends: libc6 (>= 2.38)

"""
FLASK = "Name: flask\nVersion: 3.0\nRequires-Dist: click\n"
PYTHON = "usr/lib/python3/dist-packages"
LAYERS: list[dict[str, bytes | str | None]] = [
    {"etc/os-release": 'ID=debian\nVERSION_ID="13"\n', "var/lib/dpkg/status": STATUS, "gone": "x"},
    {
        f"{PYTHON}/flask-3.0.dist-info/METADATA": FLASK,
        f"{PYTHON}/click-8.1.dist-info/METADATA": "Name: click\nVersion: 8.1\n",
        ".wh.gone": "",
    },
]
STATEMENTS = [("https://spdx.dev/Document", b'{"_type":"https://in-toto.io/Statement/v1"}')]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> ImageStore:
    return ImageStore(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def original(store: ImageStore) -> Image:
    return stored(store, "web:init", LAYERS, statements=STATEMENTS)


@pytest.fixture(scope="module")
def exported(
    store: ImageStore, original: Image, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    place = tmp_path_factory.mktemp("exports")
    kinds = ("docker-archive", "oci-archive", "oci-dir")
    for kind in kinds:
        store.export(original, kind, place / kind)
    return {kind: place / kind for kind in kinds}


@pytest.fixture(scope="module", params=engines.STORES)
def docker(request: pytest.FixtureRequest) -> Iterator[Engine]:
    with engines.docker(request.param) as engine:
        yield engine


@pytest.fixture(scope="module")
def podman() -> Iterator[Engine]:
    with engines.podman() as engine:
        yield engine


def sbom_of(image: Image) -> Sbom:
    tree, problems = read_tree(image, PATTERNS, PROBES)
    assert problems == ()
    return catalog(tree, subject_of(image, disk_size=tree.disk_size))


def told(sbom: Sbom) -> tuple[object, ...]:
    """What must not depend on where the image was read."""
    assert sbom.problems == ()
    assert {package.name for package in sbom.packages} == {"libc6", "bash", "flask", "click"}
    assert sbom.relations
    return sbom.distro, sbom.packages, sbom.relations, sbom.subject.layers, sbom.subject.id


def test_docker(
    docker: Engine, original: Image, exported: dict[str, Path], store: ImageStore, tmp_path: Path
) -> None:
    containerd = "io.containerd" in docker.run("info", "-f", "{{.DriverStatus}}").stdout
    expected = told(sbom_of(original))
    docker.run("load", "-i", exported["docker-archive"])
    found = open_engine("docker", "web:init", None, docker.address)
    assert (found.name, found.origin, found.config_digest) == (
        "web:init",
        "engine",
        original.config_digest,
    )
    assert told(sbom_of(found)) == expected
    if containerd:  # the classic store knows no manifest, and loads no OCI archives
        assert found.digest == original.digest
        docker.run("load", "-i", exported["oci-archive"])
        found = open_engine("docker", "web:init", None, docker.address)
        assert (found.digest, found.index_digest) == (original.digest, original.index_digest)
        assert [item.read() for item in found.attachments] == [data for _, data in STATEMENTS]
        assert told(sbom_of(found)) == expected

    saved = tmp_path / "save.tar"
    docker.run("save", "-o", saved, "web:init")
    read = open_image(f"archive://{saved}", images=store.root)
    assert told(sbom_of(read)) == expected
    assert (read.digest, read.index_digest) == (found.digest, found.index_digest)

    by_id = open_engine("docker", docker_id(docker), None, docker.address)
    assert (by_id.name, by_id.digest) == ("web:init", found.digest)


def docker_id(engine: Engine) -> str:
    return engine.run("image", "inspect", "-f", "{{.Id}}", "web:init").stdout.strip()[7:19]


def test_docker_documents_are_kept_and_layers_are_saved_when_read(
    docker: Engine, exported: dict[str, Path], original: Image, tmp_path: Path
) -> None:
    docker.run("load", "-i", exported["docker-archive"])
    cold = engine_image("web:init", None, docker.address, cache=tmp_path)
    warm = engine_image("docker.io/library/web:init", None, docker.address, cache=tmp_path)
    assert cold is not None
    assert warm is not None
    assert (warm.name, warm.digest, warm.config, warm.manifest) == (
        cold.name,
        cold.digest,
        cold.config,
        cold.manifest,
    )
    assert [layer.created_by for layer in warm.layers] == ["layer 0", "layer 1"]
    assert told(sbom_of(warm)) == told(sbom_of(original))


def test_docker_says_what_is_not_there(docker: Engine, exported: dict[str, Path]) -> None:
    docker.run("load", "-i", exported["docker-archive"])
    looked = look("gone:1", None, docker.address, kinds=("docker",))
    assert looked.image is None
    assert "no image gone:1" in looked.notes[0]
    with pytest.raises(ReferenceFault, match="no such image"):
        open_engine("docker", "gone:1", None, docker.address)
    with pytest.raises(ReferenceFault, match="linux/amd64") as fault:
        open_engine("docker", "web:init", Platform("linux", "arm64"), docker.address)
    assert "linux/arm64" in fault.value.message
    looked = look("web:init", Platform("linux", "arm64"), docker.address, kinds=("docker",))
    assert looked.image is None
    assert "linux/arm64" in looked.notes[0]


def test_docker_reads_several_platforms(docker: Engine, tmp_path: Path) -> None:
    if "io.containerd" not in docker.run("info", "-f", "{{.DriverStatus}}").stdout:
        pytest.skip("the classic store holds one platform of an image")
    from tests.oci._craft import Layout, file, layer

    made = Layout()
    both = [
        made.manifest(
            layer(file("name", arch)),
            architecture=arch,
            platform={"os": "linux", "architecture": arch},
        )
        for arch in ("amd64", "arm64")
    ]
    made.top = [
        made.index(*both, annotations={"io.containerd.image.name": "docker.io/library/both:1"})
    ]
    (tmp_path / "both.tar").write_bytes(made.archive())
    docker.run("load", "-i", tmp_path / "both.tar")
    for arch, entry in zip(("amd64", "arm64"), both, strict=True):
        found = open_engine("docker", "both:1", Platform("linux", arch), docker.address)
        assert (found.digest, found.index_digest) == (entry["digest"], made.top[0]["digest"])


def test_docker_builds(docker: Engine, store: ImageStore, tmp_path: Path) -> None:
    """What buildx writes: both kinds, every compression, with provenance."""
    if docker.run("buildx", "version", check=False).returncode:
        pytest.skip("docker buildx is not installed")
    context = tmp_path / "context"
    for path, content in (LAYERS[0] | LAYERS[1]).items():
        (context / path).parent.mkdir(parents=True, exist_ok=True)
        (context / path).write_text(str(content))
    (context / "Dockerfile").write_text(
        "FROM scratch\nCOPY etc /etc\nCOPY var /var\nCOPY usr /usr\n"
    )
    docker.run("buildx", "build", "--load", "-t", "built:1", context)
    expected = parts(sbom_of(open_engine("docker", "built:1", None, docker.address)))
    if "io.containerd" not in docker.run("info", "-f", "{{.DriverStatus}}").stdout:
        return  # its builder writes no archives
    for kind in ("oci", "docker"):
        for packed in ("uncompressed", "gzip", "estargz", "zstd"):
            path = tmp_path / f"{kind}-{packed}.tar"
            output = f"type={kind},dest={path},compression={packed},force-compression=true"
            proof = "--provenance=mode=max" if kind == "oci" else "--provenance=false"
            docker.run("buildx", "build", proof, "--output", output, "-t", "built:1", context)
            found = open_image(f"archive://{path}", images=store.root)
            assert parts(sbom_of(found)) == expected
            assert bool(found.attachments) == (kind == "oci")


def parts(sbom: Sbom) -> tuple[object, ...]:
    assert sbom.problems == ()
    return {package.purl for package in sbom.packages}, sbom.relations


def test_skopeo_copies_from_the_daemon(
    docker: Engine, exported: dict[str, Path], original: Image, store: ImageStore, tmp_path: Path
) -> None:
    if shutil.which("skopeo") is None:
        pytest.skip("skopeo is not installed")
    docker.run("load", "-i", exported["docker-archive"])
    expected = told(sbom_of(original))
    for kind in ("oci-archive", "docker-archive"):
        command = ["skopeo", "copy", "-q", "--src-daemon-host", docker.address["DOCKER_HOST"]]
        command += ["docker-daemon:web:init", f"{kind}:{tmp_path}/{kind}.tar:web:copied"]
        done = subprocess.run(command, capture_output=True, text=True)
        if "client version 1.22 is too old" in done.stderr:
            pytest.skip("this skopeo speaks a version of the API that Docker has dropped")
        assert done.returncode == 0, done.stderr
        found = open_image(f"archive://{tmp_path}/{kind}.tar", images=store.root)
        assert contents(sbom_of(found)) == (expected[0], expected[1], expected[2])


def contents(sbom: Sbom) -> tuple[object, ...]:
    assert sbom.problems == ()
    return sbom.distro, sbom.packages, sbom.relations


def test_podman(
    podman: Engine, original: Image, exported: dict[str, Path], store: ImageStore, tmp_path: Path
) -> None:
    expected = told(sbom_of(original))
    podman.run("load", "-i", exported["docker-archive"])
    found = open_engine("podman", "web:init", None, podman.address, cache=tmp_path / "cache")
    assert (found.name, found.config_digest) == ("web:init", original.config_digest)
    podman.run("load", "-i", exported["oci-archive"])
    for kind in ("podman", "docker"):  # it answers as Docker too, where DOCKER_HOST leads to it
        address = podman.address if kind == "podman" else {"DOCKER_HOST": f"unix://{podman.socket}"}
        found = open_engine(kind, "web:init", None, address, cache=tmp_path / "cache")
        assert (found.digest, found.index_digest) == (original.digest, original.index_digest)
        assert told(sbom_of(found)) == expected
    for form in ("docker-archive", "oci-archive", "docker-dir", "oci-dir"):
        path = tmp_path / form
        podman.run("save", "--format", form, "-o", path, "web:init")
        scheme = "oci-dir" if form.endswith("dir") else "archive"
        assert told(sbom_of(open_image(f"{scheme}://{path}", images=store.root))) == expected
    assert look("gone:1", None, podman.address, kinds=("podman",)).image is None


@pytest.mark.parametrize("kind", ["oci", "oci-archive", "docker-archive", "dir"])
@pytest.mark.parametrize("packed", ["gzip", "zstd"])
def test_skopeo_copies(
    original: Image,
    exported: dict[str, Path],
    store: ImageStore,
    tmp_path: Path,
    kind: str,
    packed: str,
) -> None:
    if shutil.which("skopeo") is None:
        pytest.skip("skopeo is not installed")
    target = tmp_path / "copy"
    name = "" if kind == "dir" else ":web:copied"
    command = ["skopeo", "copy", "-q", "--dest-compress-format", packed]
    command += [f"docker-archive:{exported['docker-archive']}", f"{kind}:{target}{name}"]
    subprocess.run(command, check=True, capture_output=True)
    scheme = "oci-dir" if target.is_dir() else "archive"
    found = open_image(f"{scheme}://{target}", images=store.root)
    assert contents(sbom_of(found)) == contents(sbom_of(original))
