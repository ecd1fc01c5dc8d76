"""The step that carries shared libraries and packages, run with this machine's own dpkg."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.hardening.hardened import hardened

TEXT = """\
FROM python:3.13-slim
RUN apt-get update && apt-get install -y --no-install-recommends libpq5 gcc {}
RUN pip install flask
CMD ["python", "-V"]
"""


def script(packages: str = "") -> str:
    """The step as a Dockerfile gets it."""
    text = hardened(TEXT.format(packages)).text
    return text.partition("target=/runtime <<'EOF'\n")[2].partition("\nEOF\n")[0]


@pytest.mark.parametrize("shell", ["sh", "bash", "busybox"])
def test_any_shell_reads_it(shell: str) -> None:
    if not shutil.which(shell):
        pytest.skip(f"there is no {shell} here")
    words = [shell, "sh", "-n"] if shell == "busybox" else [shell, "-n"]
    ran = subprocess.run(words, input=script(), text=True, capture_output=True)
    assert (ran.returncode, ran.stderr) == (0, "")


def _program() -> tuple[str, str]:
    """A program of this machine and a library it loads that is no part of every base."""
    for program, library in (("/usr/bin/tar", "libacl1"), ("/usr/bin/find", "libselinux1")):
        if Path(program).exists():
            return program, library
    pytest.skip("no program of Debian here")


@pytest.fixture
def carried(tmp_path: Path) -> Path:
    """What the step gathers for one program, beside a runtime base that has libc6 alone."""
    if not shutil.which("dpkg-query") or not shutil.which("ldd"):
        pytest.skip("there is no dpkg here")
    program, _ = _program()
    place, base = tmp_path / "app", tmp_path / "runtime"
    (base / "var/lib/dpkg/status.d").mkdir(parents=True)
    (base / "var/lib/dpkg/status.d/libc6").write_text("Package: libc6\n")
    place.mkdir()
    shutil.copy(program, place / "program")
    text = script().replace("for package in libpq5; do carry $package; done\n", "")
    text = text.replace("/opt/venv", str(place)).replace("/carried", str(tmp_path / "carried"))
    text = text.replace("/runtime", str(base)).replace("/tmp/needed", str(tmp_path / "needed"))
    ran = subprocess.run(["sh", "-c", text], text=True, capture_output=True, env=dict(os.environ))
    assert ran.returncode == 0, ran.stderr
    return tmp_path / "carried"


def test_a_library_comes_with_the_record_of_its_package(carried: Path) -> None:
    _, library = _program()
    records = carried / "var/lib/dpkg/status.d"
    assert f"Package: {library}\n" in (records / library).read_text()
    assert "Version: " in (records / library).read_text()
    listed = (records / f"{library}.md5sums").read_text()
    shared = [line.split()[1] for line in listed.splitlines() if ".so" in line]
    for path in shared:
        merged = path if path.startswith("usr/") else f"usr/{path}"
        assert (carried / merged).exists()


def test_neither_shells_nor_what_the_base_has_come_along(carried: Path) -> None:
    names = {path.name for path in (carried / "var/lib/dpkg/status.d").iterdir()}
    assert not names & {"libc6", "dash", "bash", "dpkg", "tar", "perl-base", "coreutils"}
    assert not (carried / "usr/bin/sh").exists()
    assert not (carried / "lib").exists()
    assert not (carried / "usr/share/man").exists()


def test_packages_are_named_and_build_tools_are_not() -> None:
    text = script("libmagic1 ffmpeg make git libxml2-dev fonts-dejavu-core")
    assert "for package in libpq5 libmagic1 ffmpeg fonts-dejavu-core; do" in text
