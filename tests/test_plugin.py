"""The plug-in of Docker's command line, asked as docker asks it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ironhull import __version__
from ironhull.commands import COMMANDS
from ironhull.errors import UsageError
from ironhull.plugin import METADATA, complete, metadata, translate
from tests.acceptance.cli import Ironhull


def test_metadata_are_those_of_the_protocol() -> None:
    told = json.loads(metadata())
    assert told["SchemaVersion"] == "0.1.0"
    assert told["Vendor"] == "Ironhull"
    assert told["Version"] == __version__
    assert 0 < len(told["ShortDescription"]) < 60


@pytest.mark.parametrize(
    ("given", "wanted", "environment"),
    [
        (["ironhull", "cves", "web:1"], ["cves", "web:1"], {}),
        (["ironhull"], [], {}),
        (["ironhull", "--version"], ["--version"], {}),
        (["ironhull", "cves", "ironhull"], ["cves", "ironhull"], {}),
        (["-H", "tcp://a:1", "ironhull", "cves"], ["cves"], {"DOCKER_HOST": "tcp://a:1"}),
        (["--host=tcp://a:1", "ironhull", "cves"], ["cves"], {"DOCKER_HOST": "tcp://a:1"}),
        (["--context", "far", "ironhull", "qv"], ["qv"], {"DOCKER_CONTEXT": "far"}),
        (["--config=/c", "-D", "ironhull", "qv"], ["qv"], {"DOCKER_CONFIG": "/c"}),
        (["-l", "error", "ironhull", "qv"], ["qv"], {}),
        (["help", "ironhull"], ["--help"], {}),
        (["help", "ironhull", "cves"], ["cves", "--help"], {}),
        (["cves", "web:1"], ["cves", "web:1"], {}),
        ([], [], {}),
    ],
)
def test_what_docker_says_becomes_our_command_line(
    given: list[str], wanted: list[str], environment: dict[str, str]
) -> None:
    found: dict[str, str] = {}
    assert translate(given, found) == wanted
    assert found == environment


@pytest.mark.parametrize("option", ["--tls", "--tlscacert=/ca.pem", "--unknown"])
def test_an_option_that_cannot_be_followed_is_refused(option: str) -> None:
    found: dict[str, str] = {}
    with pytest.raises(UsageError, match="not followed"):
        translate([option, "ironhull", "cves"], found)
    assert not found


def test_commands_are_completed() -> None:
    lines = complete(["ironhull", "q"]).splitlines()
    assert lines[0].startswith("quickview\t")
    assert lines[-1] == ":4"
    assert len(complete(["ironhull", ""]).splitlines()) == len(COMMANDS) + 1
    assert complete(["ironhull", "cves", "web"]) == ":0\n"


# ── installed ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def ironhull(tmp_path: Path) -> Ironhull:
    return Ironhull(tmp_path / "home", extra={"DOCKER_CONFIG": str(tmp_path / "docker")})


def test_it_is_installed_and_removed(ironhull: Ironhull, tmp_path: Path) -> None:
    path = tmp_path / "docker" / "cli-plugins" / "docker-ironhull"
    assert ironhull("plugin", "install") == f"{path}\n"
    assert os.access(path, os.X_OK)
    assert ironhull("plugin", "status").startswith(f"{path}: works\n")
    assert ironhull("plugin", "install") == f"{path}\n"  # again: what is ours is replaced
    assert ironhull("plugin", "remove") == f"{path}\n"
    assert not path.exists()
    gone = ironhull.run("plugin", "remove")
    assert gone.returncode == 1
    assert "there is no plug-in at" in gone.stderr


def test_what_is_not_ours_stays(ironhull: Ironhull, tmp_path: Path) -> None:
    path = tmp_path / "plugins" / "docker-ironhull"
    path.parent.mkdir()
    path.write_text("#!/bin/sh\nexit 3\n")
    for verb in ("install", "remove"):
        done = ironhull.run("plugin", verb, "--dir", path.parent)
        assert done.returncode == 1
        assert "not ours" in done.stderr
        assert done.stderr.count("\n") == 1
    assert path.read_text() == "#!/bin/sh\nexit 3\n"
    status = ironhull.run("plugin", "status", "--dir", path.parent)
    assert status.returncode == 1
    ironhull("plugin", "install", "--dir", path.parent, "--force")
    assert "works" in ironhull("plugin", "status", "--dir", path.parent)


def test_a_link_to_somewhere_is_not_written_through(ironhull: Ironhull, tmp_path: Path) -> None:
    path = tmp_path / "plugins" / "docker-ironhull"
    path.parent.mkdir()
    other = tmp_path / "other"
    other.write_text("mine\n")
    path.symlink_to(other)
    assert ironhull.run("plugin", "install", "--dir", path.parent).returncode == 1
    ironhull("plugin", "install", "--dir", path.parent, "--force")
    assert other.read_text() == "mine\n"
    assert not path.is_symlink()


def test_a_place_that_cannot_be_written_is_said(ironhull: Ironhull, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = ironhull.run("plugin", "install", "--dir", tmp_path / "file" / "x")
    assert done.returncode == 1
    assert done.stderr.startswith("ironhull: cannot write ")
    assert done.stderr.count("\n") == 1


def test_modules_of_the_working_directory_are_not_taken(ironhull: Ironhull, tmp_path: Path) -> None:
    path = Path(ironhull("plugin", "install").strip())
    trap = tmp_path / "work" / "ironhull"
    trap.mkdir(parents=True)
    (trap / "__init__.py").write_text("raise SystemExit(9)\n")
    done = subprocess.run(
        [path, METADATA], cwd=trap.parent, capture_output=True, text=True, check=False
    )
    assert json.loads(done.stdout)["Vendor"] == "Ironhull"


# ── by the real client ───────────────────────────────────────────────────────────────────────────


@pytest.fixture
def docker(ironhull: Ironhull) -> str:
    program = shutil.which("docker", path=f"/usr/bin:{os.environ['PATH']}")
    if program is None:
        pytest.skip("docker is not installed (scripts/docker-engine.sh)")
    ironhull("plugin", "install")
    return program


def _docker(ironhull: Ironhull, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**ironhull.environment, "DOCKER_HOST": "unix:///nowhere.sock"}
    return subprocess.run(list(words), env=environment, capture_output=True, text=True, check=False)


def test_docker_runs_it(docker: str, ironhull: Ironhull) -> None:
    assert "ironhull*" in _docker(ironhull, docker, "--help").stdout
    assert _docker(ironhull, docker, "ironhull", "--version").stdout == f"ironhull {__version__}\n"
    listed = _docker(ironhull, docker, "ironhull", "base", "list")
    assert listed.stdout == ironhull("base", "list")
    helped = _docker(ironhull, docker, "help", "ironhull")
    assert "usage: ironhull COMMAND" in helped.stdout
    asked = _docker(ironhull, docker, "ironhull", "cves", "--help")
    assert asked.stdout.startswith("usage: ironhull cves")


def test_docker_gives_our_exit_codes(docker: str, ironhull: Ironhull) -> None:
    assert _docker(ironhull, docker, "ironhull", "nothing").returncode == 64
    gone = _docker(ironhull, docker, "ironhull", "cves", "fs:///does/not/exist")
    assert gone.returncode == 1
    assert gone.stderr.startswith("ironhull: ")


def test_docker_options_reach_us(docker: str, ironhull: Ironhull) -> None:
    done = _docker(ironhull, docker, "-H", "unix:///other.sock", "ironhull", "cves", "docker://a:1")
    assert done.returncode == 1
    assert "/other.sock" in done.stderr


def test_docker_completes_our_commands(docker: str, ironhull: Ironhull) -> None:
    done = _docker(ironhull, docker, "__complete", "ironhull", "quick")
    assert done.stdout.startswith("quickview\t")


def test_it_needs_no_more_than_it_imports() -> None:
    code = (
        f"import sys; sys.argv=['x', {METADATA!r}]; from ironhull.plugin import main; main();"
        "print(*sorted(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "ironhull.commands" not in done.stdout.splitlines()[1].split()
