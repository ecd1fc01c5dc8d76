"""Whole systems from a few packages made here: what each variant has and has not."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from ironhull.builders.debian_base.compose import compose
from ironhull.builders.debian_base.definition import Definition, load_definition
from ironhull.debian.model import Deb
from ironhull.errors import BuildError
from ironhull.model import Platform
from ironhull.oci.pack import Member
from tests.debian.debmaker import Link, Mode, package

EPOCH = 1_700_000_000
DEFINITION = """
name: Sample
image: sample
variant: VARIANT
contents:
  repositories:
    - deb http://archive.test/debian trixie main
    - deb http://archive.test/debian trixie-updates main
  packages: [base-files, tool]
accounts:
  run-as: nonroot
  users: [{name: nonroot, uid: 65532, gid: 65532}]
os-release: {id: debian, version-id: "13", version-codename: trixie, pretty-name: A "sample"}
paths:
  - {type: symlink, path: /usr/bin/t, source: tool}
  - {type: directory, path: /data, uid: 65532, gid: 65532, mode: "0750"}
  - {type: file, path: /data/x, content: hello}
  - {type: delete, path: /usr/lib/tool/*.so}
"""


def definition(variant: str, **changes: object) -> Definition:
    return replace(load_definition(DEFINITION.replace("VARIANT", variant).encode(), "x"), **changes)


def tool(directory: Path) -> tuple[Deb, Path]:
    files = {
        "usr/bin/tool": Mode(0o4755, b"elf"),
        "usr/share/doc/tool/copyright": "free",
        "usr/share/doc/tool/changelog.gz": "long",
        "usr/share/man/man1/tool.1.gz": "page",
        "usr/share/locale/de/LC_MESSAGES/tool.mo": "Wort",
        "usr/lib/tool/plugin.so": "elf",
        "etc/tool.conf": "x=1\n",
        "etc/init.d/tool": "#!/bin/sh\n",
    }
    control = {"conffiles": "/etc/tool.conf\n", "md5sums": "0" * 32 + "  usr/bin/tool\n"}
    return package(directory, "tool", files, control=control)


def base(directory: Path) -> tuple[Deb, Path]:
    files = {
        "tmp": None,
        "bin": Link("usr/bin"),
        "etc/debian_version": "13.1\n",
        "usr/lib/os-release": "ID=debian\n",
        "usr/share/doc/base-files/copyright": "free",
    }
    return package(directory, "base-files", files)


def shell(directory: Path) -> tuple[Deb, Path]:
    files = {"bin/dash": Mode(0o755, b"elf"), "bin/sh": Link("dash")}
    return package(directory, "dash", files)


def made(
    tmp_path: Path, variant: str, *debs: tuple[Deb, Path], **changes: object
) -> Mapping[str, Member]:
    scratch = tmp_path / "scratch"
    scratch.mkdir(exist_ok=True)
    composed = compose(
        definition(variant, **changes),
        debs,
        Platform("linux", "amd64"),
        origin=tmp_path / "x.yaml",
        scratch=scratch,
        epoch=EPOCH,
    )
    return {member.path: member for member in composed.members}


def test_runtime(tmp_path: Path) -> None:
    members = made(tmp_path, "runtime", tool(tmp_path), base(tmp_path))
    assert members["usr/bin/tool"].mode == 0o755
    assert members["usr/share/doc/tool/copyright"].content == b"free"
    assert members["tmp"].mode == members["var/tmp"].mode == 0o1777
    assert members["lib64"].link == "usr/lib64"
    assert members["var/lib/dpkg/status.d/tool"].kind == "file"
    assert members["etc/nsswitch.conf"].kind == "file"
    assert members["usr/bin/t"].link == "tool"
    assert (members["data"].uid, members["data"].mode) == (65532, 0o750)
    assert members["data/x"].content == b"hello"
    assert members["etc/tool.conf"].content == b"x=1\n"
    for gone in (
        "usr/share/doc/tool/changelog.gz",
        "usr/share/man",
        "usr/share/locale",
        "etc/init.d",
        "usr/lib/tool/plugin.so",
        "var/lib/dpkg/status",
    ):
        assert gone not in members


def test_os_release_is_quoted_and_parsed_back(tmp_path: Path) -> None:
    content = made(tmp_path, "runtime", base(tmp_path))["usr/lib/os-release"].content
    assert isinstance(content, bytes)
    assert b'VERSION_ID=13\n' in content  # fmt: skip
    assert rb'PRETTY_NAME="A \"sample\""' in content


def test_system(tmp_path: Path) -> None:
    debs = [tool(tmp_path), base(tmp_path), shell(tmp_path)]
    apt = {"usr/bin/apt-get": Mode(0o755, b"elf"), "usr/bin/dpkg": Mode(0o755, b"elf")}
    keys = {"usr/share/keyrings/debian-archive-keyring.pgp": "key"}
    debs += [package(tmp_path, "apt", apt), package(tmp_path, "debian-archive-keyring", keys)]
    members = made(tmp_path, "dev", *debs)
    assert members["usr/bin/tool"].mode == 0o4755
    assert members["usr/bin/sh"].link == "dash"
    assert members["etc/init.d/tool"].kind == "file"
    status = members["var/lib/dpkg/status"].content
    assert isinstance(status, (bytes, Path))
    text = status if isinstance(status, bytes) else status.read_bytes()
    assert text.count(b"Status: install ok installed") == len(debs)
    assert b"Conffiles:\n /etc/tool.conf " in text
    sources = members["etc/apt/sources.list.d/debian.sources"].content
    assert sources == (
        b"Types: deb\nURIs: http://archive.test/debian\nSuites: trixie trixie-updates\n"
        b"Components: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.pgp\n"
    )
    assert "var/lib/apt/lists/partial" in members
    assert "var/lib/dpkg/status.d" not in members
    assert "usr/share/man" not in members
    assert b"path-exclude /usr/share/man/*" in members["etc/dpkg/dpkg.cfg.d/ironhull"].content  # type: ignore[operator]


def test_a_shell_in_a_runtime_image_stops_the_build(tmp_path: Path) -> None:
    with pytest.raises(
        BuildError, match="would have a shell: /usr/bin/dash, from package dash"
    ) as e:
        made(tmp_path, "runtime", base(tmp_path), shell(tmp_path))
    assert "'!dash'" in e.value.hint


def test_a_shell_that_is_asked_for_may_stay(tmp_path: Path) -> None:
    asked = load_definition(
        DEFINITION.replace("VARIANT", "runtime").replace("tool]", "tool, dash]").encode(), "x"
    ).packages
    members = made(tmp_path, "runtime", base(tmp_path), shell(tmp_path), packages=asked)
    assert "usr/bin/sh" in members


def test_a_package_manager_stops_the_build(tmp_path: Path) -> None:
    dpkg = package(tmp_path, "dpkg", {"usr/bin/dpkg": Mode(0o755, b"elf")})
    with pytest.raises(BuildError, match="would have a package manager: /usr/bin/dpkg"):
        made(tmp_path, "runtime", base(tmp_path), dpkg)


def test_packages_may_come_in_any_order(tmp_path: Path) -> None:
    debs = [tool(tmp_path), base(tmp_path), shell(tmp_path)]
    assert made(tmp_path, "dev", *debs) == made(tmp_path, "dev", *reversed(debs))


def test_replaces_is_obeyed(tmp_path: Path) -> None:
    old = package(tmp_path, "old", {"usr/share/x": "old"}, Version="1.0")
    new = package(tmp_path, "new", {"usr/share/x": "new"}, Replaces="old (<< 2)")
    assert made(tmp_path, "dev", old, new)["usr/share/x"].content == b"new"
    too_old = package(tmp_path, "new", {"usr/share/x": "new"}, Replaces="old (<< 1.0)")
    with pytest.raises(BuildError, match="/usr/share/x is in both"):
        made(tmp_path, "dev", old, too_old)


def test_a_package_that_is_another_is_refused(tmp_path: Path) -> None:
    deb, path = package(tmp_path, "tool", {})
    with pytest.raises(BuildError, match=r"holds tool 1\.0-1 amd64, not tool 2 amd64"):
        made(tmp_path, "dev", (replace(deb, version="2"), path))
