"""Alternatives: read from scripts, linked by priority, kept as update-alternatives keeps them."""

import shutil
import subprocess
from pathlib import Path

import pytest

from ironhull.builders.debian_base.alternatives import Alternative, registered, write_alternatives
from ironhull.builders.debian_base.rootfs import Rootfs

MAWK = r"""#!/bin/sh
set -e
if [ "$1" = "configure" ]; then
        update-alternatives --install /usr/bin/awk awk /usr/bin/mawk 5 \
            --slave /usr/share/man/man1/awk.1.gz awk.1.gz /usr/share/man/man1/mawk.1.gz \
            --slave /usr/bin/nawk nawk /usr/bin/mawk
fi
"""
AWK = Alternative(
    "awk",
    "/usr/bin/awk",
    "/usr/bin/mawk",
    5,
    (
        ("awk.1.gz", "/usr/share/man/man1/awk.1.gz", "/usr/share/man/man1/mawk.1.gz"),
        ("nawk", "/usr/bin/nawk", "/usr/bin/mawk"),
    ),
)


def test_read_from_a_script() -> None:
    assert registered(MAWK) == (AWK,)


@pytest.mark.parametrize(
    "script",
    [
        "# update-alternatives --install /a a /b 1\n",
        "update-alternatives --install /usr/bin/$x x /usr/bin/y 1\n",
        "update-alternatives --remove awk /usr/bin/mawk\n",
        "update-alternatives --install /usr/bin/x x\n",
        "update-alternatives --install /usr/bin/x 'x /usr/bin/y 1\n",
        "update-alternatives --install /usr/bin/x x /usr/bin/y high\n",
    ],
)
def test_what_is_not_a_plain_call_is_left_out(script: str) -> None:
    assert registered(script) == ()


@pytest.fixture
def root(tmp_path: Path) -> Rootfs:
    made = Rootfs(tmp_path)
    made.write("usr/bin/mawk", b"elf", 0o755)
    made.write("usr/bin/gawk", b"elf", 0o755)
    return made


def test_the_highest_priority_is_linked(root: Rootfs) -> None:
    gawk = Alternative("awk", "/usr/bin/awk", "/usr/bin/gawk", 10)
    absent = Alternative("awk", "/usr/bin/awk", "/usr/bin/busybox", 99)
    write_alternatives(root, [AWK, gawk, absent], database=False)
    assert root.inodes["etc/alternatives/awk"].link == "/usr/bin/gawk"
    assert root.inodes["usr/bin/awk"].link == "/etc/alternatives/awk"
    assert root.resolve("usr/bin/awk", follow=True) == "usr/bin/gawk"
    assert not list(root.below("var"))


def test_slaves_follow_where_their_file_is(root: Rootfs) -> None:
    write_alternatives(root, [AWK], database=False)
    assert root.resolve("usr/bin/nawk", follow=True) == "usr/bin/mawk"
    assert "etc/alternatives/awk.1.gz" not in root.inodes


def test_update_alternatives_reads_the_database(root: Rootfs, tmp_path: Path) -> None:
    if shutil.which("update-alternatives") is None:
        pytest.skip("there is no update-alternatives on this machine")
    write_alternatives(root, [AWK], database=True)
    record = root.read("var/lib/dpkg/alternatives/awk") or b""
    admin = tmp_path / "admin"
    admin.mkdir()
    (admin / "awk").write_bytes(record)
    command = ["update-alternatives", "--admindir", str(admin), "--query", "awk"]
    shown = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    assert "Link: /usr/bin/awk" in shown
    assert "Alternative: /usr/bin/mawk\nPriority: 5" in shown
    assert " nawk /usr/bin/mawk" in shown
