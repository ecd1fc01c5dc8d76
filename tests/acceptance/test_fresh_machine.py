"""What `make demo` stands on: an environment from a clean clone, with and without ensurepip."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.cli import ROOT, checked

pytestmark = [pytest.mark.network, pytest.mark.slow]

WITHOUT_ENSUREPIP = """\
#!/bin/sh
# A Python as Debian ships it without python3-venv: `-m venv` needs --without-pip.
if [ "$1 $2" = "-m venv" ] && [ "$3" != --without-pip ]; then
    echo "The virtual environment was not created: ensurepip is not available." >&2
    exit 1
fi
exec {python} "$@"
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clean clone of what is committed."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    checked([git, "clone", "-q", "--no-hardlinks", str(ROOT), str(tmp_path / "clone")])
    return tmp_path / "clone"


def environment(downloads: Path, **more: str) -> dict[str, str]:
    """A user's environment: nothing of the one the tests run in."""
    kept = ("PATH", "HOME", "LANG", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE")
    kept += ("PIP_INDEX_URL", "PIP_CONFIG_FILE", "PIP_CERT", "TMPDIR")
    found = {name: os.environ[name] for name in kept if name in os.environ}
    return {**found, "PIP_CACHE_DIR": str(downloads / "pip"), **more}


@pytest.mark.parametrize("kind", ["ensurepip", "no ensurepip"])
def test_demo_environment(
    debian_archive: str, pypi: str, clone: Path, downloads: Path, tmp_path: Path, kind: str
) -> None:
    python = os.path.realpath(sys.executable)
    if kind == "no ensurepip":
        wrapper = tmp_path / "python3-bare"
        wrapper.write_text(WITHOUT_ENSUREPIP.format(python=python), "utf-8")
        wrapper.chmod(0o755)
        python = str(wrapper)
    env = environment(downloads, PYTHON=python, IRONHULL_HOME=str(tmp_path / "home"))
    checked(["sh", "scripts/venv.sh", ".venv", "demo"], cwd=clone, env=env)
    made = str(clone / ".venv" / "bin" / "ironhull")
    assert checked([made, "--version"], cwd=tmp_path, env=env).startswith("ironhull ")
    code = "import ironhull; print(ironhull.__file__)"
    used = checked([str(clone / ".venv" / "bin" / "python"), "-c", code], cwd=tmp_path, env=env)
    assert Path(used.strip()).is_relative_to(clone)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "cache").symlink_to(downloads)
    checked([made, "base", "build", "static:13"], cwd=tmp_path, env=env)
    assert "static" in checked([made, "images"], cwd=tmp_path, env=env)
    unchanged = checked(["git", "status", "--porcelain"], cwd=clone, env=env)
    assert unchanged == ""


def test_no_python_is_one_line_that_helps(clone: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bin"
    bare.mkdir()
    shell = shutil.which("sh")
    assert shell is not None
    done = subprocess.run(
        [shell, "scripts/venv.sh", ".venv", "demo"],
        cwd=clone,
        env={"PATH": str(bare)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "no Python 3.11 or newer" in done.stderr
    assert "apt-get install python3" in done.stderr
    assert not (clone / ".venv").exists()
