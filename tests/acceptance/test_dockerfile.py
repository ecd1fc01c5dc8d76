"""Dockerfiles and real engines: `build -f` with each of them, our SBOM generator in BuildKit."""

import json
import shutil
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from ironhull.builders.dockerfile import buildah, buildx
from ironhull.formats.spdx import write_spdx
from ironhull.model import Image, Sbom
from ironhull.pipeline import sbom
from ironhull.sources import open_image
from ironhull.sources.sbom import read_sboms
from ironhull.store.images import ImageStore
from tests.acceptance.cli import Ironhull, checked
from tests.acceptance.conftest import new_home
from tests.builders.dockerfile.programs import FULL
from tests.registry.servers import docker_registry
from tests.sources import engines
from tests.sources.engines import Engine
from tests.test_scanning import with_diff_ids, write

pytestmark = pytest.mark.root

BASE, GENERATOR = "ironhull/debian-base:13-dev", "ironhull-scanner:test"
SPDX = "https://spdx.dev/Document"
STATUS = (
    "Package: bash\nStatus: install ok installed\nArchitecture: amd64\nVersion: 5.2-1\n"
    "Depends: libc6\n\n"
    "Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2.41-12\n\n"
)
PYTHON = "usr/lib/python3/dist-packages"
PLAIN = {
    "Dockerfile": 'FROM scratch\nARG WHO=nobody\nCOPY root /\nUSER 1000\nLABEL who="$WHO"\n',
    "root/etc/os-release": 'ID=debian\nVERSION_ID="13"\n',
    "root/var/lib/dpkg/status": STATUS,
    f"root/{PYTHON}/flask-3.0.dist-info/METADATA": "Name: flask\nVersion: 3.0\n",
}
STAGES = {
    "Dockerfile": (
        "ARG BUILDKIT_SBOM_SCAN_CONTEXT=true\n"
        f"FROM {BASE} AS tools\n"
        "ARG BUILDKIT_SBOM_SCAN_STAGE=true\n"
        "COPY left-pad /opt/node_modules/left-pad\n"
        "RUN test ! -e /run/secrets/none && echo built > /built\n"
        f"FROM {BASE}\n"
        "COPY --from=tools /built /built\n"
        f"COPY flask /{PYTHON}/flask-3.0.dist-info\n"
        "RUN rm /usr/share/doc/bash/copyright && echo 'ID=changed' > /tmp/os-release\n"
    ),
    "left-pad/package.json": '{"name": "left-pad", "version": "1.3.0"}',
    "flask/METADATA": "Name: flask\nVersion: 3.0\n",
}


@pytest.fixture
def context(tmp_path: Path) -> Path:
    return write(tmp_path / "context", PLAIN)


@pytest.fixture(scope="module", params=engines.STORES)
def docker(request: pytest.FixtureRequest) -> Iterator[Engine]:
    with engines.docker(request.param) as engine:
        need_buildx(engine)
        yield engine


@pytest.fixture(scope="module")
def buildkit() -> Iterator[Engine]:
    """A Docker that attests and runs containers."""
    with engines.docker("containerd", runs=True) as engine:
        need_buildx(engine)
        yield engine


def need_buildx(engine: Engine) -> None:
    if engine.run("buildx", "version", check=False).returncode:
        pytest.skip("docker buildx is not installed (scripts/docker-engine.sh)")


@pytest.fixture(scope="module")
def generating(
    buildkit: Engine,
    debian_archive: str,
    pypi: str,
    downloads: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Engine:
    """A Docker that has a base with a shell, and the SBOM generator."""
    place = tmp_path_factory.mktemp("images")
    ironhull = Ironhull(new_home(place / "home", downloads))
    ironhull("base", "build", "debian-base:13-dev", "--lock", place / "base.lock")
    ironhull("images", BASE, "--export", f"docker-archive={place}/base.tar")
    output = f"docker-archive={place}/scanner.tar"
    ironhull("scanner", "image", "-t", GENERATOR, "-o", output)
    for name in ("base", "scanner"):
        buildkit.run("load", "-i", place / f"{name}.tar")
    return buildkit


def opened(path: Path, tmp_path: Path) -> Image:
    return open_image(f"archive://{path}", images=tmp_path / "none")


def documents(image: Image, tmp_path: Path) -> dict[str, Sbom]:
    """The attached SPDX documents by name, their layers named as the image's config names them."""
    found = {}
    for item in image.attachments:
        if item.predicate_type == SPDX:
            predicate = json.loads(item.read())["predicate"]
            read = reread(json.dumps(predicate).encode(), tmp_path)
            found[predicate["name"]] = with_diff_ids(read, image)
    return found


def reread(document: bytes, tmp_path: Path) -> Sbom:
    path = tmp_path / "document.json"
    path.write_bytes(document)
    return read_sboms(str(path), None, BytesIO())[0]


def listed_by_us(image: Image, tmp_path: Path) -> Sbom:
    """What `ironhull sbom --format spdx` lists."""
    return reread(write_spdx(sbom(image), created="2026-01-01T00:00:00Z"), tmp_path)


# ── the generator ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.network
@pytest.mark.slow
def test_the_generator_lists_what_ironhull_lists(generating: Engine, tmp_path: Path) -> None:
    context = write(tmp_path / "context", STAGES)
    output = f"type=oci,dest={tmp_path}/out.tar"
    build = ["buildx", "build", "--progress=plain", f"--sbom=generator={GENERATOR}"]
    done = generating.run(*build, "-o", output, context)
    assert "generating sbom using" in done.stderr
    image = opened(tmp_path / "out.tar", tmp_path)
    real = listed_by_us(image, tmp_path)
    listed = documents(image, tmp_path)
    core = listed.pop("sbom")
    assert core.packages == real.packages  # versions, licences, places, layers and all
    assert (core.distro, core.relations) == (real.distro, real.relations)
    assert {"bash", "flask"} <= {package.name for package in core.packages}
    assert len({at.layer for p in core.packages for at in p.locations}) > 1
    stages = {name: {p.name for p in found.packages} for name, found in listed.items()}
    assert "left-pad" in stages["sbom-tools"]
    assert "left-pad" not in {package.name for package in core.packages}
    assert stages["sbom-context"] == {"left-pad"}


@pytest.mark.network
@pytest.mark.slow
def test_the_sbom_of_the_generator_is_used_by_build(generating: Engine, tmp_path: Path) -> None:
    context = write(tmp_path / "context", STAGES)
    ironhull = Ironhull(tmp_path / "home", extra=generating.environment)
    words = ["-f", context / "Dockerfile", "-t", "web:1", f"--sbom=generator={GENERATOR}", context]
    ironhull("build", *words, "--provenance=mode=max")
    image = ImageStore(tmp_path / "home" / "images").find("web:1")
    listed = documents(image, tmp_path)
    assert listed.keys() == {"sbom", "sbom-context", "sbom-tools"}
    assert listed["sbom"].packages == listed_by_us(image, tmp_path).packages
    judged = ironhull.json("cves", "web:1", "--only-stage", "tools")
    assert judged["image"]["name"] == "web:1 (stage tools)"
    assert judged["packages"] == len(listed["sbom-tools"].counted) > 0
    (provenance,) = [i for i in image.attachments if "/provenance/" in i.predicate_type]
    told = json.loads(provenance.read())["predicate"]
    assert BASE.rpartition(":")[0] in json.dumps(told.get("materials", told))


# ── the engines ──────────────────────────────────────────────────────────────────────────────────


def check(ironhull: Ironhull, name: str, tmp_path: Path, *, engine: str) -> Image:
    """The image in the store: what is in it, how it runs, what is attached to it."""
    image = ImageStore(ironhull.home / "images").find(name)
    real = sbom(image)
    assert {package.name for package in real.packages} == {"bash", "libc6", "flask"}
    assert image.config["config"]["User"] == "1000"
    assert image.config["config"]["Labels"]["who"] == "me"
    (listed,) = documents(image, tmp_path).values()
    assert (listed.packages, listed.relations) == (real.packages, real.relations)
    kinds = {item.predicate_type for item in image.attachments} - {SPDX}
    (kind,) = kinds
    assert kind.startswith("https://slsa.dev/provenance/")
    (statement,) = [json.loads(i.read()) for i in image.attachments if i.predicate_type == kind]
    (subject,) = statement["subject"]
    assert subject["digest"] == {"sha256": image.digest.removeprefix("sha256:")}
    assert subject["name"].startswith("pkg:docker/web@")
    assert engine in json.dumps(statement["predicate"])
    return image


def test_docker_builds(docker: Engine, context: Path, tmp_path: Path) -> None:
    attests = "io.containerd" in docker.run("info", "-f", "{{.DriverStatus}}").stdout
    ironhull = Ironhull(tmp_path / "home", extra=docker.environment)
    words = ["build", "-f", context / "Dockerfile", "-t", "web:1", "--build-arg=WHO=me", context]
    said = ironhull.run(*words, "--provenance=mode=max")
    assert said.returncode == 0, said.stderr
    engine = "mobyproject.org/buildkit" if attests else "buildx "
    image = check(ironhull, "web:1", tmp_path, engine=engine)
    assert said.stdout == f"web:1@{image.index_digest}\n"
    assert ("attests nothing" in said.stderr) is not attests
    assert docker.run("images", "-q", "web:1").stdout == ""  # the engine's own names stay
    if attests:
        other = ironhull.run(*words, "--platform=linux/amd64,linux/arm64", "-q")
        assert other.returncode == 0, other.stderr
        both = ImageStore(ironhull.home / "images").list()[0]
        assert both.platforms == ("linux/amd64", "linux/arm64")
    else:
        other = ironhull.run(*words, "--platform=linux/amd64,linux/arm64", "-q")
        assert "several platforms: Docker's classic image store cannot do that" in other.stderr


def test_docker_says_what_is_wrong(docker: Engine, context: Path, tmp_path: Path) -> None:
    ironhull = Ironhull(tmp_path / "home", extra=docker.environment)
    (context / "Dockerfile").write_text("FROM scratch\nCOPY missing /\n")
    done = ironhull.run("build", "-f", context / "Dockerfile", "-t", "web:1", context, "-q")
    assert done.returncode == 1
    assert done.stderr.startswith("ironhull: docker buildx build failed: ")
    assert "missing" in done.stderr
    assert done.stderr.count("\n") == 1
    assert ironhull("images", "--format", "ids") == ""


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of buildah and Podman with storage of their own."""
    place = tmp_path / "storage"
    place.mkdir()
    (place / "storage.conf").write_text(
        f'[storage]\ndriver = "vfs"\nrunroot = "{place}/run"\ngraphroot = "{place}/root"\n'
    )
    yield {
        "CONTAINERS_STORAGE_CONF": str(place / "storage.conf"),
        "BUILDAH_ISOLATION": "chroot",
        "DOCKER_HOST": f"unix://{place}/none.sock",
    }
    shutil.rmtree(place, ignore_errors=True)


@pytest.mark.parametrize("engine", ["buildah", "podman"])
def test_buildah_builds(
    engine: str, storage: dict[str, str], context: Path, tmp_path: Path
) -> None:
    if shutil.which(engine) is None:
        pytest.skip(f"{engine} is not installed (scripts/test-packages.sh)")
    ironhull = Ironhull(tmp_path / "home", extra=storage)
    words = ["build", "-f", context / "Dockerfile", "--engine", engine, "--build-arg=WHO=me"]
    ironhull(*words, "-t", "web:1", "--provenance=mode=max", context)
    check(ironhull, "web:1", tmp_path, engine=f"{engine} ")
    ironhull(*words, "-t", "both:1", "--platform=linux/amd64,linux/arm64", context)
    (both, _) = ImageStore(ironhull.home / "images").list()
    assert both.platforms == ("linux/amd64", "linux/arm64")


def test_the_epoch_makes_builds_equal(buildkit: Engine, context: Path, tmp_path: Path) -> None:
    digests = set()
    for turn in ("one", "two"):
        extra = {**buildkit.environment, "SOURCE_DATE_EPOCH": "1767225600"}
        ironhull = Ironhull(tmp_path / turn, extra=extra)
        (context / "root/etc/os-release").touch()
        words = ["-f", context / "Dockerfile", "-t", "web:1", "--no-cache", "--provenance=false"]
        digests.add(ironhull("build", *words, context, "-q"))
    assert len(digests) == 1


# ── what others see ──────────────────────────────────────────────────────────────────────────────


def test_docker_shows_what_is_attached(buildkit: Engine, context: Path, tmp_path: Path) -> None:
    with docker_registry(tmp_path / "registry") as host:
        ironhull = Ironhull(tmp_path / "home", extra=buildkit.environment)
        name = f"{host}/web:1"
        ironhull("build", "-f", context / "Dockerfile", "-t", name, context)
        ironhull("push", name)

        def shown(what: str) -> Any:
            form = f"{{{{json .{what}}}}}"
            done = buildkit.run("buildx", "imagetools", "inspect", name, "--format", form)
            return json.loads(done.stdout)

        listed = {package["name"] for package in shown("SBOM")["SPDX"]["packages"]}
        assert {"bash", "libc6", "flask"} <= listed
        assert shown("Provenance")["SLSA"]


def test_docker_knows_every_option(buildkit: Engine) -> None:
    known = buildkit.run("buildx", "build", "--help").stdout
    for word in buildx.options(FULL):
        assert word.partition("=")[0] in known, word


@pytest.mark.parametrize("program", ["buildah", "podman"])
def test_buildah_knows_every_option(program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed (scripts/test-packages.sh)")
    known = checked([program, "build", "--help"])
    for word in [*buildah.options(FULL), "--iidfile", "--manifest"]:
        assert word.partition("=")[0] in known, word
