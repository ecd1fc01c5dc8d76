"""Every step of examples/lab, as `make lab` runs them: Docker, Chromium, PostgreSQL."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.conftest import new_home
from tests.acceptance.containers import free_port

pytestmark = [pytest.mark.network, pytest.mark.slow, pytest.mark.root]

LAB = Path(__file__).parents[2] / "scripts" / "lab.py"


def test_every_step(debian_archive: str, pypi: str, downloads: Path, tmp_path: Path) -> None:
    del debian_archive, pypi
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("IRONHULL_", "DOCKER_"))}
    done = subprocess.run(
        [sys.executable, LAB, "--out", tmp_path / "out", "--port", str(free_port())],
        env={**kept, "IRONHULL_HOME": str(new_home(tmp_path / "home", downloads))},
        capture_output=True,
        text=True,
        check=False,
    )
    if "none can be started here" in done.stderr or "is not installed" in done.stderr:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr}"
    rows = dict(
        re.findall(r"^\| (web:\w+) \| .* \| (\d+/\d+) \| [^|]* \|$", done.stdout, re.MULTILINE)
    )
    assert rows["web:hardened"] == "10/10"
    assert int(rows["web:init"].partition("/")[0]) < 10
