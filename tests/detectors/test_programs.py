"""Programs by name, and shells by what is in them."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.detectors.programs import PROGRAM_PROBE, kinds_of
from ironhull.model import TOOL_KINDS
from ironhull.oci._probing import MemoryBody

WORDS = b"OPTIND\0PPID\0PS1\0PS4\0CDPATH\0"


def told(data: bytes) -> list[str]:
    return PROGRAM_PROBE.extract("any", MemoryBody(data)).decode().split()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("bash", "shell"),
        ("busybox", "shell"),
        ("python3.13", "interpreter"),
        ("php8.2", "interpreter"),
        ("perl5.40.1", "interpreter"),
        ("gcc-14", "build"),
        ("x86_64-linux-gnu-g++-14", "build"),
        ("aarch64-linux-gnu-ld", "build"),
        ("apt-get", "package manager"),
        ("pip3.12", "package manager"),
        ("curl", "network"),
        ("sudo", "privilege"),
        ("find", "runner"),
        ("ld-linux-x86-64.so.2", "runner"),
        ("ld-musl-aarch64.so.1", "runner"),
        ("gunicorn", ""),
        ("bashful", ""),
        ("python-config", ""),
        ("pythonic", ""),
        ("", ""),
    ],
)
def test_names(name: str, kind: str) -> None:
    assert kinds_of(name) == kind
    assert kind in ("", *TOOL_KINDS)


@given(st.text())
def test_any_name_has_a_kind_or_none(name: str) -> None:
    assert kinds_of(name) in ("", *TOOL_KINDS)


def test_a_shell_is_known_by_the_variables_of_the_standard() -> None:
    assert told(b"\x7fELF" + WORDS) == ["shell"]
    for word in WORDS.split(b"\0")[:-1]:
        assert told(b"\x7fELF" + WORDS.replace(word, b"")) == []


def test_one_that_holds_wide_characters_is_known_too() -> None:
    wide = "".join(("PPID\0", "PS1\0", "PS4\0", "CDPATH\0")).encode("utf-32-le")
    assert told(b"\x7fELF OPTIND\0" + wide) == ["shell"]
    assert told(b"\x7fELF" + wide) == []


def test_boxes_are_known_by_what_they_say() -> None:
    box = b"BusyBox v1.37.0\0BusyBox is a multi-call binary that"
    assert told(b"\x7fELF" + box) == ["busybox"]
    assert told(b"\x7fELF" + WORDS + box) == ["shell", "busybox"]
    assert told(b"\x7fELF usage: toybox [--long]") == ["toybox"]
    assert told(b"\x7fELF (?m)BusyBox v(?P<version>[0-9.]+)") == []  # what looks for one


@pytest.mark.parametrize("name", ["bash", "dash", "busybox", "zsh", "mksh", "ksh93", "yash"])
def test_real_shells_are_known(name: str) -> None:
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed")
    assert told(Path(path).read_bytes())


@pytest.mark.network
@pytest.mark.parametrize(
    ("package", "program", "words"),
    [
        ("busybox-static", "bin/busybox", {"shell", "busybox"}),
        ("toybox", "bin/toybox", {"toybox"}),
        ("zsh-static", "bin/zsh-static", {"shell"}),
        ("yash", "usr/bin/yash", {"shell"}),
        ("mksh", "bin/mksh", {"shell"}),
        ("mawk", "usr/bin/mawk", set()),
    ],
)
def test_shells_of_debian_are_known(
    tmp_path: Path, debian_archive: str, package: str, program: str, words: set[str]
) -> None:
    if shutil.which("apt-get") is None or shutil.which("dpkg") is None:
        pytest.skip("not a Debian system: apt-get and dpkg fetch and unpack the packages")
    got = subprocess.run(
        ["apt-get", "download", "-q", package], cwd=tmp_path, capture_output=True, text=True
    )
    if got.returncode:
        pytest.skip(f"apt-get download {package} from {debian_archive}: {got.stderr.strip()[:80]}")
    deb = next(tmp_path.glob("*.deb"))
    subprocess.run(["dpkg", "-x", deb, tmp_path / "files"], check=True)
    found = [
        path
        for path in (tmp_path / "files").rglob(program.rpartition("/")[2])
        if path.is_file() and not path.is_symlink() and path.read_bytes()[:4] == b"\x7fELF"
    ]
    assert found
    for path in found:
        assert set(told(path.read_bytes())) == words
