"""The examples pass their own tests, on SQLite and on a real PostgreSQL, and build as images."""

import os
import pwd
import shutil
import socket
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from ironhull.builders.python_app import read_project
from ironhull.builders.python_app.context import collect
from ironhull.builders.python_app.requirements import read_demand
from tests.conftest import ROOT

EXAMPLES = ROOT / "examples"


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory, pypi: str) -> Path:
    """An interpreter that has what the examples require, and pytest."""
    place = tmp_path_factory.mktemp("venv")
    venv.create(place, with_pip=False, symlinks=True)
    interpreter = place / "bin" / "python"
    command = [
        sys.executable, "-m", "pip", "--python", str(interpreter), "install", "--quiet",
        "--only-binary=:all:", "pytest", "-r", str(EXAMPLES / "reservations/requirements.txt"),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"the packages of the examples cannot be installed: {done.stderr[-300:]}")
    return interpreter


def run_tests(python: Path, example: str, **environment: str) -> str:
    done = subprocess.run(
        [python, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, "tests"],
        cwd=EXAMPLES / example,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **environment},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.network
@pytest.mark.parametrize("example", ["hello", "reservations"])
def test_the_tests_of_an_example_pass(python: Path, example: str) -> None:
    assert "passed" in run_tests(python, example)


@pytest.mark.network
def test_reservations_work_with_postgresql(python: Path, database: str) -> None:
    assert "skipped" not in run_tests(python, "reservations", TEST_DATABASE_URL=database)


@pytest.mark.network
def test_reservations_are_served_and_survive_a_restart(python: Path, database: str) -> None:
    import json
    import re
    from http.cookiejar import CookieJar
    from urllib.parse import urlencode
    from urllib.request import HTTPCookieProcessor, build_opener

    port = _free_port()
    server = [python, "-B", "-m", "gunicorn", "app:app"]
    environment = {**os.environ, "DATABASE_URL": database, "PORT": str(port)}
    url = f"http://127.0.0.1:{port}"
    opener = build_opener(HTTPCookieProcessor(CookieJar()))
    with _running(server, environment, url):
        page = opener.open(f"{url}/").read().decode()
        token = re.findall(r'name="csrf_token" value="([^"]+)"', page)[0]
        form = {"csrf_token": token, "name": "Ada", "day": "2199-12-31", "party_size": "3"}
        opener.open(f"{url}/guests", urlencode(form).encode())
    with _running(server, environment, url):
        guests = json.load(opener.open(f"{url}/guests"))
    assert [(g["name"], g["date"], g["party_size"]) for g in guests] == [("Ada", "2199-12-31", 3)]


def test_what_an_example_ships() -> None:
    project = read_project(EXAMPLES / "reservations")
    shipped = collect(project.context, project.settings, epoch=0).paths
    assert {"app.py", "gunicorn.conf.py", "templates/index.html", "static/style.css"} <= shipped
    assert not [p for p in shipped if p.startswith(("tests/", "Dockerfile")) or p.endswith(".md")]
    names = {r.name for r in read_demand(project).requirements}
    assert {"Flask", "Flask-SQLAlchemy", "psycopg2-binary"} <= names


def test_the_compose_file_names_web_and_database() -> None:
    text = (EXAMPLES / "reservations/compose.yaml").read_text(encoding="utf-8")
    services = yaml.safe_load(text)["services"]
    assert services.keys() == {"web", "database"}
    assert all("healthcheck" in service for service in services.values())


# ── servers ──────────────────────────────────────────────────────────────────────────────────────


def _free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])


class _running:  # noqa: N801 - reads as a function
    """A server process while the block runs."""

    def __init__(self, command: list[object], environment: dict[str, str], url: str) -> None:
        self._command = [str(word) for word in command]
        self._environment = environment
        self._url = url

    def __enter__(self) -> None:
        from time import sleep
        from urllib.request import urlopen

        self._process = subprocess.Popen(
            self._command,
            cwd=EXAMPLES / "reservations",
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(100):
            try:
                urlopen(f"{self._url}/health").close()
            except OSError:
                if self._process.poll() is not None:
                    raise
                sleep(0.2)
            else:
                return
        self.__exit__()
        pytest.fail("the app does not come up")

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(20)


@pytest.fixture
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of an empty database on a PostgreSQL server of this test's own."""
    initdb, postgres = shutil.which("initdb"), shutil.which("postgres")
    if not initdb or not postgres:
        pytest.skip("PostgreSQL (initdb, postgres) is not installed")
    user = _server_user()
    place = Path(subprocess.run(["mktemp", "-d"], capture_output=True, text=True).stdout.strip())
    if user is not None:
        os.chown(place, user.pw_uid, user.pw_gid)
    drop = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    data, port = place / "data", _free_port()
    made = subprocess.run(
        [initdb, "-D", data, "-U", "guest", "-A", "trust", "-E", "UTF8", "--no-sync"],
        capture_output=True, text=True, cwd=place, **drop,
    )  # type: ignore[call-overload]  # fmt: skip  # the types of three options in one dict
    assert made.returncode == 0, made.stderr
    server = subprocess.Popen(
        [postgres, "-D", data, "-h", "127.0.0.1", "-p", str(port), "-k", str(place), "-F"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=place, **drop,
    )  # type: ignore[call-overload]  # fmt: skip  # the types of three options in one dict
    try:
        _wait_for(port, server)
        yield f"postgresql://guest@127.0.0.1:{port}/postgres"
    finally:
        server.send_signal(2)  # fast shutdown
        server.wait(30)
        shutil.rmtree(place, ignore_errors=True)


def _server_user() -> pwd.struct_passwd | None:
    """Whom the server runs as; PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    pytest.skip("PostgreSQL does not run as root and there is no other user")


def _wait_for(port: int, server: "subprocess.Popen[bytes]") -> None:
    from time import sleep

    for _ in range(150):
        ready = subprocess.run(
            ["pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)], capture_output=True
        )
        if ready.returncode == 0:
            return
        assert server.poll() is None, "PostgreSQL stopped"
        sleep(0.1)
    pytest.fail("PostgreSQL does not answer")
