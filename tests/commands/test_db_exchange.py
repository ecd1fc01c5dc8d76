"""`ironhull db export | import | publish | pull`: what they print, and how they end."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ironhull.commands import run
from tests.registry.servers import docker_registry


def home(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IRONHULL_HOME", str(path))


def status(capfd: pytest.CaptureFixture[str]) -> str:
    capfd.readouterr()
    assert run(["db", "status", "--format", "json"]) == 0
    return str(json.loads(capfd.readouterr().out)["digest"])


def test_by_file(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    home(tmp_path / "a", monkeypatch)
    digest = status(capfd)
    file = tmp_path / "data.tar.zst"
    assert run(["db", "export", str(file)]) == 0
    told = capfd.readouterr()
    assert told.out == ""
    assert digest in told.err
    home(tmp_path / "b", monkeypatch)
    assert run(["db", "import", str(file)]) == 0
    assert capfd.readouterr().out == f"{digest}\n"
    assert run(["db", "import", str(file)]) == 0
    assert "in use already" in capfd.readouterr().err


def test_by_pipe(tmp_path: Path) -> None:
    def ironhull(name: str, *words: str, data: bytes = b"") -> bytes:
        argv = [sys.executable, "-m", "ironhull", *words]
        env = {**os.environ, "IRONHULL_HOME": str(tmp_path / name)}
        return subprocess.run(argv, input=data, env=env, stdout=subprocess.PIPE, check=True).stdout

    data = ironhull("a", "db", "export", "-")
    found = json.loads(ironhull("a", "db", "status", "--format", "json"))
    assert ironhull("b", "db", "import", "-", data=data).decode() == f"{found['digest']}\n"


def test_by_registry(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with docker_registry(tmp_path / "registry") as host:
        home(tmp_path / "a", monkeypatch)
        digest = status(capfd)
        assert run(["db", "publish", f"{host}/team/data:daily"]) == 0
        name = capfd.readouterr().out.strip()
        assert name.startswith(f"{host}/team/data:daily@sha256:")
        home(tmp_path / "b", monkeypatch)
        assert run(["db", "pull", f"{host}/team/data:daily"]) == 0
        assert capfd.readouterr().out == f"{digest}\n"
        assert run(["db", "pull", f"{host}/team/data@{name.partition('@')[2]}"]) == 0
        told = capfd.readouterr()
        assert told.out == f"{digest}\n"
        assert "in use already" in told.err
        assert run(["db", "pull", f"{host}/team/data:other"]) == 1
        assert len(capfd.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        (["db", "import", "/no/such/file"], 1, "/no/such/file: No such file"),
        (["db", "import", "/"], 1, "Is a directory"),
        (["db", "import", "/etc/hostname"], 1, "not a whole export"),
        (["db", "export", "/proc/none/file"], 1, "cannot write /proc/none/file"),
        (["db", "publish", "x@sha256:" + "0" * 64], 64, "a digest cannot be chosen"),
        (["db", "pull", "127.0.0.1:1/UPPER"], 1, "names are lower case"),
        (["db", "export"], 64, "FILE"),
    ],
)
def test_bad_words_are_one_line(
    argv: list[str], code: int, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(argv) == code
    told = capfd.readouterr()
    assert told.out == ""
    assert said in told.err
    assert len(told.err.splitlines()) == 1


def test_a_directory_that_cannot_be_written_is_said(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    home(tmp_path / "a", monkeypatch)
    file = tmp_path / "data.tar.zst"
    assert run(["db", "export", str(file)]) == 0
    capfd.readouterr()
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "advisories").write_text("a file where the directory should be")
    home(tmp_path / "b", monkeypatch)
    assert run(["db", "import", str(file)]) == 1
    (line,) = capfd.readouterr().err.splitlines()
    assert "advisories" in line
