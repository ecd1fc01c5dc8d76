"""The app image in Docker and Podman: loaded from our exports, run, and read back the same."""

import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.cli import Ironhull
from tests.acceptance.conftest import Web
from tests.acceptance.containers import PATIENCE, free_port
from tests.sources import engines
from tests.sources.engines import Engine

pytestmark = [pytest.mark.network, pytest.mark.slow, pytest.mark.root]
NAME = "web:hardened"


@pytest.fixture(scope="module", params=[*engines.STORES, "podman"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    start = engines.podman() if request.param == "podman" else engines.docker(request.param)
    with start as running:
        yield running


def reading(web: Web, engine: Engine, home: Path) -> Ironhull:
    """Ironhull with a home of its own, so that nothing is known of the image."""
    home.mkdir(exist_ok=True)
    return Ironhull(home, web.ironhull.prefix, {**web.ironhull.extra, **engine.address})


def test_an_image_in_an_engine(web: Web, engine: Engine, tmp_path: Path) -> None:
    sender = Ironhull(
        web.ironhull.home, web.ironhull.prefix, {**web.ironhull.extra, **engine.address}
    )
    sender("copy", f"local://{NAME}", f"{engine.kind}://{NAME}", "-q")
    expected = web.ironhull.json("sbom", NAME)
    ironhull = reading(web, engine, tmp_path / "home")
    for reference in (f"{engine.kind}://{NAME}", NAME, f"{engine.kind}://{NAME}"):
        found = ironhull.json("sbom", reference)
        for part in ("packages", "relations", "distro", "problems"):
            assert found[part] == expected[part], part
        assert found["subject"]["id"] == expected["subject"]["id"]
    layout = f"oci-dir://{tmp_path}/out:{NAME}"
    sender("copy", f"{engine.kind}://{NAME}", layout, "-q")
    assert sender.json("sbom", layout)["packages"] == expected["packages"]
    if engine.kind == "docker" and "containerd" in engine.run("info").stdout.split("Runtimes")[0]:
        attached = [
            item["digest"] for item in sender.json("attestation", "list", layout)["attestations"]
        ]
        ours = sender.json("attestation", "list", f"local://{NAME}")["attestations"]
        assert attached == [item["digest"] for item in ours if item["storage"] == "index"] != []
        assert found["subject"]["steps"] == expected["subject"]["steps"]


def test_an_image_runs_in_docker(web: Web, engine: Engine, tmp_path: Path) -> None:
    if engine.kind == "podman":
        pytest.skip("what Podman runs with cannot be set up everywhere; runc is tested elsewhere")
    archive = tmp_path / "web.tar"
    web.ironhull("images", NAME, "--export", f"docker-archive={archive}", "-q")
    engine.run("load", "-i", archive)
    port = free_port()
    options = ["--detach", "--rm", "--network=host", "--read-only", "--cap-drop=ALL"]
    options += ["--tmpfs=/tmp", "--tmpfs=/data:uid=65532,mode=700", f"--env=PORT={port}"]
    done = engine.run("run", *options, NAME, check=False)
    if done.returncode and "OCI runtime" in done.stderr:
        pytest.skip(f"Docker cannot run containers here: {done.stderr.strip()[-200:]}")
    assert done.returncode == 0, done.stderr
    try:
        assert healthy(f"http://127.0.0.1:{port}/health"), engine.run("logs", done.stdout.strip())
    finally:
        engine.run("kill", done.stdout.strip(), check=False)


def healthy(url: str) -> bool:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    return False
