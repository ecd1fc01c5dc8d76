"""One image from every place an image can be: the same digest, packages and findings."""

import base64
import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.cli import Ironhull, checked
from tests.acceptance.conftest import Web
from tests.advisories.serving import serving
from tests.advisories.test_update import publish
from tests.registry import servers
from tests.sources import engines
from tests.sources.engines import Engine

pytestmark = [pytest.mark.network, pytest.mark.slow]

NAME = "web:hardened"
UNPACKED = ("locations", "size")
"""What a directory cannot tell: it has no layers."""


@dataclass(frozen=True)
class Place:
    """What the image is when it is read from the store, and a home where it never was read."""

    ironhull: Ironhull
    sbom: dict[str, Any]
    report: dict[str, Any]

    def same(
        self, reference: str, ironhull: Ironhull | None = None, *, digest: bool = True
    ) -> None:
        """That `reference` gives what the store gave; with `digest` the same manifest too."""
        reading = ironhull or self.ironhull
        sbom = reading.json("sbom", reference)
        for part in ("packages", "relations", "distro", "problems"):
            assert sbom[part] == self.sbom[part], part
        assert sbom["subject"]["id"] == self.sbom["subject"]["id"]
        if digest:
            assert sbom["subject"]["digest"] == self.sbom["subject"]["digest"]
        self.same_findings(reading.json("cves", reference))

    def same_findings(self, report: dict[str, Any]) -> None:
        assert report["coverage"] == self.report["coverage"]
        assert report["vulnerabilities"] == self.report["vulnerabilities"]
        assert ids(report) == ids(self.report)


def ids(report: dict[str, Any]) -> list[tuple[str, str]]:
    return [(f["id"], f["package"]["purl"]) for f in report["findings"]]


@pytest.fixture(scope="module")
def place(web: Web, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Advisories served on this machine, and what the image of the store has by them."""
    home = tmp_path_factory.mktemp("sources")
    (home / "images").symlink_to(web.ironhull.home / "images")
    ironhull = Ironhull(home)
    publish(home / "world")
    with serving(home / "world") as served:
        urls = [word for name, url in served.urls.items() for word in ("--url", f"{name}={url}")]
        ironhull("db", "update", *urls)
    report = ironhull.json("cves", f"local://{NAME}")
    assert report["findings"], "the advisories served are about no package of the image"
    return Place(ironhull, ironhull.json("sbom", f"local://{NAME}"), report)


@pytest.fixture(scope="module")
def exported(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The image as the three exports write it."""
    folder = tmp_path_factory.mktemp("exported")
    for kind in ("oci-dir", "oci-archive", "docker-archive"):
        place.ironhull("images", NAME, "--export", f"{kind}={folder / kind}", "-q")
    return folder


def test_files(place: Place, exported: Path) -> None:
    place.same(NAME)
    place.same(f"oci-dir://{exported}/oci-dir")
    place.same(f"archive://{exported}/oci-archive")
    place.same(f"archive://{exported}/docker-archive", digest=False)


def test_files_as_skopeo_writes_them(place: Place, exported: Path, tmp_path: Path) -> None:
    source = f"oci:{exported}/oci-dir"
    for kind in ("oci", "oci-archive", "dir"):
        subprocess.run(["skopeo", "copy", "-q", source, f"{kind}:{tmp_path}/{kind}"], check=True)
    place.same(f"oci-dir://{tmp_path}/oci")
    place.same(f"archive://{tmp_path}/oci-archive")
    place.same(f"oci-dir://{tmp_path}/dir")


@pytest.mark.root
def test_a_directory(place: Place, exported: Path, tmp_path: Path) -> None:
    index = json.loads((exported / "oci-dir" / "index.json").read_bytes())
    blobs = exported / "oci-dir" / "blobs" / "sha256"
    document = index
    while "layers" not in document:
        document = json.loads((blobs / document["manifests"][0]["digest"][7:]).read_bytes())
    for layer in document["layers"]:  # the layers of the image hide nothing
        checked(["tar", "-xf", str(blobs / layer["digest"][7:]), "-C", str(tmp_path)])
    found = place.ironhull.json("sbom", f"fs://{tmp_path}")
    assert purls(found) == purls(place.sbom)
    place.same_findings(place.ironhull.json("cves", f"fs://{tmp_path}"))


def purls(sbom: dict[str, Any]) -> list[tuple[str, bool]]:
    return [(p["purl"], "owned_by" in p) for p in sbom["packages"]]


@pytest.mark.parametrize("kind", ["json", "spdx", "cyclonedx"])
def test_its_own_sbom(kind: str, place: Place, tmp_path: Path) -> None:
    place.ironhull("sbom", NAME, "-o", f"{kind}={tmp_path}/sbom", "-q")
    found = place.ironhull.json("sbom", f"sbom://{tmp_path}/sbom")
    assert purls(found) == purls(place.sbom)
    assert found["subject"]["digest"] == place.sbom["subject"]["digest"]
    place.same_findings(place.ironhull.json("cves", f"sbom://{tmp_path}/sbom"))


@pytest.fixture(params=["plain", "token"])
def registry(
    request: pytest.FixtureRequest, tmp_path: Path, place: Place
) -> Iterator[tuple[str, Ironhull]]:
    """A registry, and Ironhull with credentials for it in a home of its own."""
    with ExitStack() as stack:
        auth = ""
        if request.param == "token":
            tokens = stack.enter_context(servers.TokenServer(tmp_path / "tokens").running())
            auth = tokens.settings()
        host = stack.enter_context(servers.docker_registry(tmp_path / "registry", auth=auth))
        secret = base64.b64encode(f"{servers.USER}:{servers.PASSWORD}".encode()).decode()
        config = tmp_path / "docker"
        config.mkdir()
        (config / "config.json").write_text(json.dumps({"auths": {host: {"auth": secret}}}))
        yield host, replace(place.ironhull, extra={"DOCKER_CONFIG": str(config)})


def fresh(place: Place, ironhull: Ironhull, home: Path) -> Ironhull:
    """The same advisories, and nothing else that is known."""
    home.mkdir()
    (home / "advisories").symlink_to(place.ironhull.home / "advisories")
    return replace(ironhull, home=home)


def test_a_registry(place: Place, registry: tuple[str, Ironhull], tmp_path: Path) -> None:
    host, ironhull = registry
    name = f"{host}/team/web:1"
    pushed = ironhull("push", NAME, name, "-q").strip()
    assert pushed.endswith(place.sbom["subject"]["index_digest"])
    elsewhere = fresh(place, ironhull, tmp_path / "elsewhere")
    place.same(f"registry://{name}", elsewhere)
    place.same(name, fresh(place, ironhull, tmp_path / "again"))
    assert elsewhere("pull", name, "-q").strip() == pushed
    place.same(f"local://{name}", elsewhere)


@pytest.fixture(params=[*engines.STORES, "podman"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    start = engines.podman() if request.param == "podman" else engines.docker(request.param)
    with start as running:
        yield running


@pytest.mark.root
def test_an_engine(place: Place, engine: Engine, exported: Path, tmp_path: Path) -> None:
    engine.run("load", "-i", exported / "docker-archive")
    ironhull = replace(place.ironhull, extra=engine.address)
    reading = fresh(place, ironhull, tmp_path / "home")
    place.same(f"{engine.kind}://{NAME}", reading, digest=False)
    place.same(f"{engine.kind}://{NAME}", reading, digest=False)  # and from the cache


def test_no_argument_is_the_image_named_last(place: Place, exported: Path, tmp_path: Path) -> None:
    ironhull = Ironhull(tmp_path)
    for name in ("zebra:1", "ape:1", "middle:1"):
        ironhull("copy", f"oci-dir://{exported}/oci-dir", f"local://{name}", "-q")
        found = ironhull.json("sbom")
        assert found["subject"]["name"] == name
        assert found["packages"] == place.sbom["packages"]
