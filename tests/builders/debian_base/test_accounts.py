"""Accounts: few in runtime images, Debian's own in the others, numbers in the image config."""

from pathlib import Path

import pytest

from ironhull.builders.debian_base.accounts import run_as, write_accounts
from ironhull.builders.debian_base.definition import Accounts, Group, User
from ironhull.builders.debian_base.rootfs import Rootfs
from ironhull.errors import DefinitionError

NONROOT = Accounts(
    run_as="nonroot",
    users=(User("nonroot", 65532, 65532),),
    groups=(Group("nonroot", 65532, ("nonroot",)),),
)


def _lines(root: Rootfs, path: str) -> dict[str, list[str]]:
    text = (root.read(path) or b"").decode()
    return {line.split(":")[0]: line.split(":") for line in text.splitlines()}


@pytest.fixture
def root(tmp_path: Path) -> Rootfs:
    return Rootfs(tmp_path)


@pytest.fixture
def debian(root: Rootfs) -> Rootfs:
    root.write(
        "usr/share/base-passwd/passwd.master",
        "root:*:0:0:root:/root:/bin/bash\nlist:*:38:38:Mailing List Manager:/var/list:/usr/sbin/"
        "nologin\n_apt:*:42:65534::/nonexistent:/usr/sbin/nologin\nbroken line\n",
    )
    root.write("usr/share/base-passwd/group.master", "root:*:0:\nlist:*:38:\nnogroup:*:65534:\n")
    root.write("usr/bin/bash", b"elf", 0o755)
    return root


def test_runtime_has_root_nobody_and_its_own(root: Rootfs) -> None:
    write_accounts(root, NONROOT, shell=False)
    users = _lines(root, "etc/passwd")
    assert list(users) == ["root", "nonroot", "nobody"]
    assert users["nonroot"] == [
        "nonroot", "x", "65532", "65532", "nonroot", "/home/nonroot", "/usr/sbin/nologin",
    ]  # fmt: skip
    assert users["root"][-1] == "/usr/sbin/nologin"
    assert _lines(root, "etc/group")["nonroot"] == ["nonroot", "x", "65532", "nonroot"]
    home = root.inodes["home/nonroot"]
    assert (home.kind, home.mode, home.uid, home.gid) == ("dir", 0o700, 65532, 65532)
    assert root.inodes["root"].mode == 0o700
    assert root.read("etc/shadow") is None


def test_system_has_debians_accounts(debian: Rootfs) -> None:
    write_accounts(debian, NONROOT, shell=True)
    users = _lines(debian, "etc/passwd")
    assert users["root"][-1] == "/bin/bash"
    assert users["list"][4] == "Mailing List Manager"
    assert users["_apt"][2:6] == ["42", "65534", "", "/nonexistent"]
    assert users["nonroot"][-1] == "/bin/sh"
    assert "nonexistent" not in debian.inodes


def test_shadow_files_where_the_tools_are(debian: Rootfs) -> None:
    debian.write("usr/sbin/pwconv", b"elf", 0o755)
    write_accounts(debian, NONROOT, shell=True)
    assert _lines(debian, "etc/passwd")["root"][1] == "x"
    shadow = debian.inodes["etc/shadow"]
    assert (shadow.mode, shadow.uid, shadow.gid) == (0o640, 0, 42)
    assert _lines(debian, "etc/shadow")["root"][1:4] == ["*", "", "0"]
    assert _lines(debian, "etc/gshadow")["nonroot"] == ["nonroot", "*", "", "nonroot"]


def test_a_user_without_a_group_gets_one(root: Rootfs) -> None:
    write_accounts(root, Accounts(users=(User("app", 1000, 1000, "/srv/app"),)), shell=False)
    assert _lines(root, "etc/group")["app"][2] == "1000"
    assert root.inodes["srv/app"].uid == 1000


@pytest.mark.parametrize(
    ("accounts", "message"),
    [
        (Accounts(users=(User("a", 7, 7), User("b", 7, 7))), "users a and b both have uid 7"),
        (Accounts(users=(User("a", 0, 0),)), "users root and a both have uid 0"),
        (Accounts(groups=(Group("a", 5),)), "groups tty and a both have gid 5"),
    ],
)
def test_numbers_are_used_once(root: Rootfs, accounts: Accounts, message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        write_accounts(root, accounts, shell=False)


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        ("nonroot", "65532"),
        ("", "0"),
        ("root", "0"),
        ("1000", "1000"),
        ("nonroot:nonroot", "65532:65532"),
        ("1000:0", "1000:0"),
        ("nobody:nogroup", "65534:65534"),
    ],
)
def test_run_as_is_a_number(asked: str, number: str) -> None:
    assert run_as(Accounts(False, asked, NONROOT.users, NONROOT.groups)) == number


def test_run_as_somebody_unknown() -> None:
    with pytest.raises(DefinitionError, match=r"'app', which is none of accounts\.users"):
        run_as(Accounts(run_as="app"))
