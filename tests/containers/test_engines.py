"""What Docker and Podman are asked, by a program that writes it down."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ironhull.containers import Place
from ironhull.containers.engines import Engine
from ironhull.errors import EngineError
from ironhull.oci.edit import ImageConfig
from tests.images import image

SCRIPT = """#!/bin/sh
echo "$@" >> {log}
case "$1" in
load) exit {load} ;;
run) echo {says}; exit {status} ;;
port) echo 127.0.0.1:{port} ;;
inspect) case "$*" in *ExitCode*) echo 143 ;; *) echo true ;; esac ;;
logs) echo it wrote ;;
esac
"""


def engine(
    directory: Path, *, status: int = 0, load: int = 0, says: str = "", port: str = "1"
) -> Engine:
    log = directory / "log"
    path = directory / "docker"
    path.write_text(SCRIPT.format(log=log, load=load, says=says, status=status, port=port))
    path.chmod(0o755)
    return Engine("docker", {"PATH": f"{directory}:{os.environ['PATH']}"})


def opened(made: Engine) -> Iterator[Place]:
    config = ImageConfig(user="65532", exposed_ports=("8080/tcp", "53/udp"))
    with made.opened(
        image({"a": "b"}, config=config), lambda path, _name: path.write_bytes(b"")
    ) as place:
        yield place


@pytest.fixture(autouse=True)
def _path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")


def asked(directory: Path) -> list[list[str]]:
    return [line.split() for line in (directory / "log").read_text().splitlines()]


def test_confined_and_removed(tmp_path: Path) -> None:
    for place in opened(engine(tmp_path, says="hello")):
        done = place.given(("A=b",)).run(("program", "-x"), 60, "/srv")
        assert (done.status, done.output) == (0, "hello\n")
    load, run, remove = asked(tmp_path)
    assert load[:2] == ["load", "-i"]
    for option in ("--read-only", "no-new-privileges", "ALL", "none", "A=b", "/srv"):
        assert option in run
    assert run[-4:-2] == ["--entrypoint", "program"]
    assert run[-1] == "-x"
    assert remove == ["image", "rm", "-f", run[-2]]


def test_the_status_of_a_program_is_kept(tmp_path: Path) -> None:
    for place in opened(engine(tmp_path, status=127, says="not found")):
        assert place.run(("sh",), 60).status == 127


@pytest.mark.parametrize(
    ("status", "says"), [(125, "no space left"), (126, "crun: x: OCI permission denied")]
)
def test_an_engine_that_fails_itself(tmp_path: Path, status: int, says: str) -> None:
    with pytest.raises(EngineError, match=says):
        for place in opened(engine(tmp_path, status=status, says=f"'{says}'")):
            place.run(("sh",), 60)
    assert asked(tmp_path)[-1][:2] == ["image", "rm"]


def test_an_image_that_is_not_taken(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="does not load"):
        next(opened(engine(tmp_path, load=1)))


def test_a_service(tmp_path: Path) -> None:
    for place in opened(engine(tmp_path, says="0123")):
        with place.serving() as service:
            assert service.running()
            assert service.log() == "it wrote\n"
            assert service.fetch(8080, "/", 1).status == 0
            assert service.stop(1).status == 143
    started = asked(tmp_path)[1]
    assert "127.0.0.1::8080" in started
    assert "127.0.0.1::53" not in started
    assert asked(tmp_path)[-2][:3] == ["rm", "-f", "-v"]
