"""The package database: what dpkg-query and scanners read back is what was put in."""

import shutil
import subprocess
from pathlib import Path

import pytest
from debian.deb822 import Deb822

from ironhull.builders.debian_base.dpkgdb import Installed, md5, write_database, write_status_d
from ironhull.builders.debian_base.rootfs import Rootfs

FIELDS = {
    "Package": "sample",
    "Version": "1:2.0-3",
    "Architecture": "amd64",
    "Maintainer": "N N <n@example.org>",
    "Source": "origin (1.9)",
    "Depends": "libc6 (>= 2.36),\n libx | liby",
    "Description": "short\n long\n .\n more",
    "Homepage": "https://example.org",
}
CONTROL = {
    "conffiles": b"/etc/sample.conf\nremove-on-upgrade /etc/old.conf\n",
    "md5sums": b"d41d8cd98f00b204e9800998ecf8427e  usr/bin/sample\n"
    b"d41d8cd98f00b204e9800998ecf8427e  usr/share/man/man1/sample.1.gz\n",
    "postinst": b"#!/bin/sh\n",
    "triggers": b"interest-noawait /usr/lib/x\ninterest-await ldconfig\nactivate ldconfig\n",
}


def sample(**changed: str) -> Installed:
    return Installed(
        "sample",
        {**FIELDS, **{k.replace("_", "-"): v for k, v in changed.items()}},
        CONTROL,
        ("etc", "etc/sample.conf", "usr/bin/sample"),
        {"etc/sample.conf": md5(b"x=1\n")},
    )


@pytest.fixture
def root(tmp_path: Path) -> Rootfs:
    return Rootfs(tmp_path)


def test_status_has_every_field(root: Rootfs) -> None:
    write_database(root, [sample()], "amd64")
    stanza = Deb822(root.read("var/lib/dpkg/status"))
    assert stanza["Status"] == "install ok installed"
    for name, value in FIELDS.items():
        assert stanza[name] == value
    assert stanza["Conffiles"].split() == ["/etc/sample.conf", md5(b"x=1\n")]


def test_info_files(root: Rootfs) -> None:
    write_database(root, [sample()], "amd64")
    info = "var/lib/dpkg/info/sample"
    assert root.read(f"{info}.list") == b"/.\n/etc\n/etc/sample.conf\n/usr/bin/sample\n"
    assert root.read(f"{info}.md5sums") == CONTROL["md5sums"]
    assert root.inodes[f"{info}.postinst"].mode == 0o755
    assert root.inodes[f"{info}.md5sums"].mode == 0o644
    assert root.read("var/lib/dpkg/info/format") == b"1\n"
    assert root.read("var/lib/dpkg/arch-native") == b"amd64\n"


def test_packages_of_several_architectures_name_their_files_so(root: Rootfs) -> None:
    write_database(root, [sample(Multi_Arch="same")], "amd64")
    assert root.read("var/lib/dpkg/info/sample:amd64.list")


def test_triggers(root: Rootfs) -> None:
    write_database(root, [sample()], "amd64")
    assert root.read("var/lib/dpkg/triggers/File") == b"/usr/lib/x sample/noawait\n"
    assert root.read("var/lib/dpkg/triggers/ldconfig") == b"sample\n"


def test_dpkg_query_reads_it(root: Rootfs, tmp_path: Path) -> None:
    if shutil.which("dpkg-query") is None:
        pytest.skip("there is no dpkg-query on this machine")
    write_database(root, [sample()], "amd64")
    admin = tmp_path / "admin"
    admin.mkdir()
    for path in root.below("var/lib/dpkg"):
        to = admin / path.removeprefix("var/lib/dpkg/")
        if root.inodes[path].kind == "dir":
            to.mkdir(parents=True)
        else:
            to.write_bytes(root.inodes[path].read())
    query = ["dpkg-query", f"--admindir={admin}"]
    shown = subprocess.run(
        [*query, "-W", "-f", "${Package} ${Version} ${db:Status-Status} ${source:Package}\n"],
        capture_output=True,
        check=True,
        text=True,
    )
    assert shown.stdout.splitlines()[0] == "sample 1:2.0-3 installed origin"
    assert not shown.stderr
    listed = subprocess.run([*query, "-L", "sample"], capture_output=True, check=True, text=True)
    assert "/usr/bin/sample" in listed.stdout


def test_status_d_for_scanners(root: Rootfs) -> None:
    write_status_d(root, [sample()], lambda path: path == "usr/bin/sample")
    stanza = Deb822(root.read("var/lib/dpkg/status.d/sample"))
    assert "Status" not in stanza
    assert stanza["Version"] == "1:2.0-3"
    assert root.read("var/lib/dpkg/status.d/sample.md5sums") == (
        b"d41d8cd98f00b204e9800998ecf8427e  usr/bin/sample\n"
    )
