"""Packages of the npm registry that carry official schemas and validators, fetched when needed."""

import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def npm_package(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Fetches `name@version` and gives the folder it was unpacked to; skips where it cannot."""
    npm = shutil.which("npm")

    def fetch(name: str) -> Path:
        if npm is None:
            pytest.skip("npm is not installed")
        folder = tmp_path_factory.mktemp("npm")
        got = subprocess.run(
            [npm, "pack", "--silent", name],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=300,
        )
        if got.returncode:
            pytest.skip(f"the npm registry did not give {name}: {got.stderr.strip()[-200:]}")
        (archive,) = folder.glob("*.tgz")
        with tarfile.open(archive) as packed:
            packed.extractall(folder, filter="data")
        return folder / "package"

    return fetch
