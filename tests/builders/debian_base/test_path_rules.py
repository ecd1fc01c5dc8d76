"""The `paths` of a definition."""

from pathlib import Path

import pytest

from ironhull.builders.debian_base.definition import load_definition
from ironhull.builders.debian_base.path_rules import apply_rules, copied_files
from ironhull.builders.debian_base.rootfs import Rootfs
from ironhull.errors import DefinitionError
from ironhull.model import Platform

HEAD = "name: x\nimage: x\nos-release: {id: debian, version-codename: trixie}\n"
HEAD += "contents: {packages: [base-files]}\npaths:\n"


def applied(tmp_path: Path, *rules: str, platform: str = "amd64") -> Rootfs:
    root = Rootfs(tmp_path)
    root.merge_usr(lib64=True)
    root.write("srv/app/run", b"x", 0o755)
    root.write("srv/app/data", b"x", 0o644)
    origin = tmp_path / "x.yaml"
    text = HEAD + "".join(f"  - {{{rule}}}\n" for rule in rules)
    definition = load_definition(text.encode(), "x.yaml")
    apply_rules(root, definition, Platform("linux", platform), origin)
    return root


def test_links_follow_merged_directories(tmp_path: Path) -> None:
    root = applied(tmp_path, "type: symlink, path: /bin/python, source: python3")
    assert root.inodes["usr/bin/python"].link == "python3"


def test_files(tmp_path: Path) -> None:
    (tmp_path / "beside").write_bytes(b"\0binary")
    root = applied(
        tmp_path,
        'type: file, path: /etc/a, content: "text", mode: "0600", uid: 1, gid: 2',
        "type: file, path: /etc/b, source: beside",
        "type: emptyfile, path: /etc/c",
        "type: emptyfile, path: /srv/app/run",
    )
    a = root.inodes["etc/a"]
    assert (a.read(), a.mode, a.uid, a.gid) == (b"text", 0o600, 1, 2)
    assert root.read("etc/b") == b"\0binary"
    assert root.read("etc/c") == b""
    assert root.read("srv/app/run") == b"x"


def test_owner_and_mode_go_down(tmp_path: Path) -> None:
    root = applied(
        tmp_path, 'type: directory, path: /srv/app, uid: 65532, mode: "0755", recursive: true'
    )
    assert {root.inodes[path].uid for path in root.below("srv/app")} == {65532}
    assert root.inodes["srv/app/run"].mode == 0o755
    assert root.inodes["srv/app/data"].mode == 0o644


def test_delete(tmp_path: Path) -> None:
    assert not list(applied(tmp_path, "type: delete, path: /srv/app").below("srv"))
    left = applied(tmp_path, "type: delete, path: '/srv/app/r*'")
    assert list(left.below("srv/app")) == ["srv/app/data"]


def test_rules_for_other_platforms_are_left_out(tmp_path: Path) -> None:
    rule = "type: delete, path: /srv, platforms: [linux/arm64]"
    assert applied(tmp_path, rule).find("srv") is not None
    assert applied(tmp_path, rule, platform="arm64").find("srv") is None


@pytest.mark.parametrize(
    "rule", ["type: delete, path: /", "type: file, path: /etc/a, source: ../outside"]
)
def test_refused(tmp_path: Path, rule: str) -> None:
    with pytest.raises(DefinitionError):
        applied(tmp_path, rule)


def test_files_a_definition_brings(tmp_path: Path) -> None:
    (tmp_path / "init").mkdir()
    for name in ("amd64", "arm64"):
        (tmp_path / "init" / name).write_text(name, "utf-8")
    rules = (
        "type: file, path: /a, source: init/amd64, platforms: [linux/amd64]",
        "type: file, path: /a, source: init/arm64, platforms: [linux/arm64]",
        "type: file, path: /b, content: text",
        "type: symlink, path: /c, source: a",
    )
    text = HEAD + "".join(f"  - {{{rule}}}\n" for rule in rules)
    definition = load_definition(text.encode(), "x.yaml")
    found = copied_files(definition, Platform("linux", "arm64"), tmp_path / "x.yaml")
    assert found == (("init/arm64", b"arm64"),)
