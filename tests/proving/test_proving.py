"""Both Dockerfiles built and run by a real engine, with bases that only the local store has."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.cli import Ironhull
from tests.acceptance.conftest import new_home
from tests.formats.test_json_report import validated
from tests.sources import engines
from tests.test_scanning import write

pytestmark = [pytest.mark.root, pytest.mark.network, pytest.mark.slow]

SERVER = """\
import http.server, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            open("/data/seen", "a").close()
            wrote = "kept"
        except OSError:
            wrote = "not kept"
        text = f"{os.environ.get('GREETING', 'hello')} from {os.getuid()}, {wrote}".encode()
        self.send_response(200 if self.path == "/" else 404)
        self.end_headers()
        self.wfile.write(text)
    def log_message(self, *words): pass
print("serving", flush=True)
http.server.HTTPServer(("0.0.0.0", 8000), Handler).serve_forever()
"""
FILES = {
    "app.py": SERVER,
    "requirements.txt": "",
    "Dockerfile": (
        "FROM ironhull/python:3.13-debian13-dev\nWORKDIR /app\nCOPY app.py .\n"
        "RUN mkdir /data\nEXPOSE 8000\nCMD python3 app.py\n"
    ),
}


@pytest.fixture(scope="module", params=engines.STORES)
def docker(request: pytest.FixtureRequest) -> Iterator[engines.Engine]:
    with engines.docker(request.param, online=True) as engine:
        if engine.run("buildx", "version", check=False).returncode:
            pytest.skip("docker buildx is not installed (scripts/docker-engine.sh)")
        yield engine


@pytest.fixture(scope="module")
def home(debian_archive: str, downloads: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with both bases."""
    place = tmp_path_factory.mktemp("proving")
    ironhull = Ironhull(new_home(place / "home", downloads))
    for name in ("python:3.13-debian13", "python:3.13-debian13-dev"):
        ironhull("base", "build", name, "--lock", place / "lock", "-q")
    return ironhull.home


@pytest.fixture
def ironhull(home: Path, docker: engines.Engine) -> Ironhull:
    return Ironhull(home, extra={**docker.environment, "IRONHULL_OFFLINE": "1"})


@pytest.fixture
def app(tmp_path: Path) -> Path:
    return write(tmp_path / "app", FILES)


def names(docker: engines.Engine) -> str:
    """Every image and container of the engine."""
    images = docker.run("images", "--format", "{{.Repository}}:{{.Tag}}").stdout
    return images + docker.run("ps", "-aq").stdout


def test_the_proof_holds(
    ironhull: Ironhull, docker: engines.Engine, app: Path, tmp_path: Path
) -> None:
    before = names(docker)
    words = ["harden", app / "Dockerfile", "--build", "--format", "json", "--expect", "moin from"]
    done = ironhull.run(*words, "--env=GREETING=moin", "--volume=/data", "-t", "app:hardened")
    assert done.returncode == 0, done.stderr
    told = validated("harden", done.stdout)
    proof = told["proof"]
    assert proof["holds"]
    assert proof["before"]["trial"]["shell"] == "sh"
    after = proof["after"]["trial"]
    assert (after["passed"], after["shell"], after["user"]) == (True, None, "65532:65532")
    assert after["options"][:3] == ["--read-only", "--tmpfs /tmp", "--cap-drop ALL"]
    assert after["said"].startswith("status 200")
    compared = proof["comparison"]
    assert compared["analyzed"]["content_size"] < compared["comparison"]["content_size"]
    assert compared["analyzed"]["packages"] < compared["comparison"]["packages"]
    assert names(docker) == before  # nothing of it is left in the engine
    kept = [image["name"] for image in ironhull.json("images")["images"]]
    assert "app:hardened" in kept
    assert not [name for name in kept if "proof" in name]


def test_what_does_not_pass_is_told(ironhull: Ironhull, docker: engines.Engine, app: Path) -> None:
    before = names(docker)
    done = ironhull.run("harden", app / "Dockerfile", "--build", "--smoke=GET /gone", "--wait=3")
    assert done.returncode == 2, done.stderr
    assert "The hardened image does not pass its smoke test: port 8000: status 404." in done.stdout
    assert "Nor does the image before." in done.stdout
    assert "serving" in done.stdout  # the end of its log
    assert names(docker) == before


def test_a_build_that_fails_leaves_nothing(
    ironhull: Ironhull, docker: engines.Engine, app: Path
) -> None:
    before = names(docker)
    step = "python3 -c \"print('before the end'); raise SystemExit(7)\""
    text = FILES["Dockerfile"].replace("mkdir /data", step)
    (app / "Dockerfile").write_text(text)
    done = ironhull.run("harden", app / "Dockerfile", "--build", "-q", "-t", "app:broken")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("ironhull: the hardened one does not build: [")
    assert "before the end" in done.stderr
    assert done.stderr.count("\n") == 1
    assert names(docker) == before
    kept = [image["name"] for image in ironhull.json("images")["images"]]
    assert not [name for name in kept if "proof" in name or "broken" in name]


def test_a_program_is_run_with_arguments(ironhull: Ironhull, app: Path) -> None:
    (app / "app.py").write_text("import sys\nprint('told', *sys.argv[1:])\nsys.exit(0)\n")
    text = FILES["Dockerfile"].replace("EXPOSE 8000\n", "")
    (app / "Dockerfile").write_text(
        text.replace("CMD python3 app.py", 'ENTRYPOINT ["python3", "app.py"]')
    )
    words = ["harden", app / "Dockerfile", "--build", "--smoke=run a 'b c'", "--expect=told a b c"]
    done = ironhull.run(*words, "--format", "markdown")
    assert done.returncode == 0, done.stderr
    assert "The hardened image passes its smoke test." in done.stdout
    assert "| policies met |" in done.stdout or "| packages |" in done.stdout


def test_a_dockerfile_that_cannot_be_built_as_it_is(ironhull: Ironhull, app: Path) -> None:
    """Its base is nowhere: the hardened one is proven alone."""
    base = "registry.invalid/python:3.13"
    (app / "Dockerfile").write_text(
        FILES["Dockerfile"].replace("ironhull/python:3.13-debian13-dev", base)
    )
    done = ironhull.run("harden", app / "Dockerfile", "--build", "--format", "json")
    if json.loads(done.stdout or "{}").get("bases") is None:
        assert "does not build" in done.stderr
        return
    proof = json.loads(done.stdout)["proof"]
    assert proof["before"] is None
    assert proof["comparison"] is None
    assert "does not build" in proof["trouble"]
    assert proof["holds"]
