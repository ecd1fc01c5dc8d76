"""What runs containers here, and what is said where nothing does."""

from pathlib import Path

import pytest

from ironhull.commands._base_test import RUNTIMES as OFFERED
from ironhull.containers import RUNTIMES, choose_runtime
from ironhull.errors import EngineError


def program(directory: Path, name: str, script: str) -> None:
    directory.mkdir(exist_ok=True)
    path = directory / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_the_command_offers_all() -> None:
    assert OFFERED == RUNTIMES


def test_the_first_that_works(tmp_path: Path) -> None:
    program(tmp_path, "docker", "echo cannot connect >&2; exit 1")
    program(tmp_path, "podman", "echo 5.0")
    assert choose_runtime("", {"PATH": str(tmp_path)}).name == "podman"


def test_the_one_that_is_asked_for(tmp_path: Path) -> None:
    program(tmp_path, "docker", "echo 26.1")
    program(tmp_path, "podman", "echo 5.0")
    assert choose_runtime("podman", {"PATH": str(tmp_path)}).name == "podman"


def test_what_is_missing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ironhull.containers.bundles._SYSTEM", ())
    program(tmp_path, "docker", "echo 'Cannot connect to the daemon' >&2; exit 1")
    program(tmp_path, "runc", "exit 0")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(EngineError) as trouble:
        choose_runtime("", {"PATH": str(tmp_path)})
    assert "docker: Cannot connect to the daemon" in trouble.value.message
    assert "podman is not installed" in trouble.value.message
    assert "runc needs root" in trouble.value.message
    assert "apt-get install runc" in trouble.value.hint
