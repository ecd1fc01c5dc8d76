"""What is told of images made in code: users, programs, rights, what else somebody could use."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull import posture as posture_module
from ironhull.limits import LIMITS
from ironhull.model import Posture
from ironhull.oci.edit import ImageConfig
from ironhull.oci.pack import Member
from ironhull.oci.tree import read_tree
from ironhull.posture import PATTERNS, PROBES, accounts, examine, root_users
from ironhull.values import replace
from tests.images import Files, image

PASSWD = "root:x:0:0:root:/root:/bin/sh\ntoor:x:0:0::/:\napp:x:1000:2000::/home/app:\n"
GROUP = "root:x:0:\nstaff:x:50:app,other\napp:x:2000:\n"
USERS: Files = {"etc/passwd": PASSWD, "etc/group": GROUP}
SHELL = b"\x7fELF OPTIND PPID PS1 PS4 CDPATH"
BOX = SHELL + b" BusyBox v1.37.0 multi-call binary"
EICAR = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def program(content: bytes = b"\x7fELF", mode: int = 0o755, **more: Any) -> Member:
    return Member("", "file", mode, content=content, **more)


def link(target: str, kind: str = "symlink") -> Member:
    return Member("", kind, 0o777, link=target)


def posture(*layers: Files, **config: Any) -> Posture:
    made = image(list(layers), config=ImageConfig(**config))
    tree, problems = read_tree(made, PATTERNS, PROBES)
    assert not problems
    return examine(tree, made.config)


def kinds(found: Posture, kind: str) -> list[tuple[str, str, str]]:
    return [(tool.path, tool.how, tool.of) for tool in found.of_kind(kind)]


# ── users ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("user", "uid", "gid"),
    [
        ("", 0, 0),
        ("root", 0, 0),
        ("toor", 0, 0),
        ("app", 1000, 2000),
        ("1000", 1000, 2000),
        ("65532", 65532, 0),
        ("app:staff", 1000, 50),
        ("app:7", 1000, 7),
        ("app:nobody", 1000, None),
        ("ghost", None, 0),
        ("99999999999", None, 0),
        (" 0 ", 0, 0),
    ],
)
def test_who_it_starts_as(user: str, uid: int | None, gid: int | None) -> None:
    found = posture(USERS, user=user)
    assert (found.user, found.uid, found.gid) == (user, uid, gid)
    assert found.root_users == ("root", "toor")
    assert found.is_root is (uid == 0)


def test_root_is_root_where_nobody_lists_users() -> None:
    assert posture({"app": "x"}, user="root").uid == 0


def test_a_config_of_other_types_is_no_trouble() -> None:
    made = image(dict(USERS))
    tree, _ = read_tree(made, PATTERNS, PROBES)
    for config in ({}, {"config": None}, {"config": {"User": 7, "Volumes": [], "Cmd": {}}}):
        assert examine(tree, config).uid == 0


def test_accounts_without_a_password() -> None:
    shadow = "root::19000::::::\napp:!:19000\nbin:*:1\nodd\n::\nopen::\n"
    assert posture({"etc/shadow": shadow}).passwordless == ("root", "open")


@given(st.binary(max_size=200))
def test_any_bytes_are_read_as_accounts(data: bytes) -> None:
    for name, (uid, gid) in accounts(data).items():
        assert name
        assert uid >= 0
        assert gid >= 0


def test_the_first_line_of_a_name_counts() -> None:
    assert accounts(b"a:x:1:1\na:x:0:0\nb:x:\xd9\xa3:1\nc:x:-1:0\nd:x\n") == {"a": (1, 1)}


def test_names_with_the_number_zero() -> None:
    tree, _ = read_tree(image(dict(USERS)), PATTERNS)
    assert root_users(tree) == ("root", "toor")
    tree, _ = read_tree(image({"a": "b"}), PATTERNS)
    assert root_users(tree) == ()


# ── programs ─────────────────────────────────────────────────────────────────────────────────────


def test_shells_are_found_by_name_and_by_content() -> None:
    found = posture(
        {
            "usr/bin/bash": program(SHELL),
            "app/server": program(SHELL),
            "usr/bin/plain": program(),
            "usr/bin/sh": program(mode=0o644),
            "etc/dash": program(SHELL),
        }
    )
    assert kinds(found, "shell") == [
        ("usr/bin/bash", "name", ""),
        ("app/server", "content", ""),
        ("etc/dash", "content", ""),
    ]
    assert found.programs == 4
    assert found.exec_into == "shell"


def test_links_are_tools_where_they_lead_to_a_program() -> None:
    found = posture(
        {
            "usr/bin/dash": program(SHELL),
            "bin/sh": link("/usr/bin/dash"),
            "bin/bash": link("/usr/bin/nothing"),
            "bin/zsh": link("../etc/data"),
            "etc/data": "x",
        }
    )
    assert kinds(found, "shell") == [
        ("usr/bin/dash", "name", ""),
        ("bin/sh", "name", "usr/bin/dash"),
    ]


@pytest.mark.parametrize("kind", ["symlink", "hardlink"])
def test_applets_of_a_box_are_tools(kind: str) -> None:
    target = "/bin/busybox" if kind == "symlink" else "bin/busybox"
    names = ("sh", "wget", "ls", "vi")
    found = posture(
        {"bin/busybox": program(BOX), **{f"bin/{n}": link(target, kind) for n in names}}
    )
    applets = {tool.name: (tool.kind, tool.of) for tool in found.tools if tool.how == "applet"}
    assert applets == {
        "sh": ("shell", "busybox"),
        "wget": ("network", "busybox"),
        "vi": ("runner", "busybox"),
    }
    assert [tool.path for tool in found.tools if tool.how != "applet"] == ["bin/busybox"]


def test_a_box_of_another_name_is_a_shell() -> None:
    assert kinds(posture({"app/tool": program(BOX)}), "shell") == [("app/tool", "content", "")]
    assert posture({"app/tool": program(BOX)}).tools[0].name == "busybox"


def test_what_a_later_layer_removes_is_not_there() -> None:
    found = posture({"bin/sh": program(SHELL), "bin/python3": program()}, {"bin/.wh.sh": ""})
    assert found.of_kind("shell") == ()
    assert found.exec_into == "code"
    assert posture({"bin/app": program()}).exec_into == ""


def test_emptied_programs_are_none() -> None:
    assert posture({"bin/sh": program(SHELL)}, {"bin/sh": program(b"")}).tools == ()


def test_tools_are_bounded_kind_by_kind() -> None:
    shells: Files = {f"a{n}/sh": program(SHELL) for n in range(LIMITS.posture_paths + 5)}
    found = posture({**shells, "bin/curl": program()})
    assert len(found.of_kind("shell")) == LIMITS.posture_paths
    assert len(found.of_kind("network")) == 1
    assert dict(found.counts)["shell"] == LIMITS.posture_paths + 5


# ── rights ───────────────────────────────────────────────────────────────────────────────────────


def test_setuid_and_setgid_count_where_they_can_be_executed() -> None:
    found = posture(
        {
            "bin/su": program(mode=0o4755),
            "bin/wall": program(mode=0o2755),
            "bin/both": program(mode=0o6755),
            "lib/data": program(mode=0o4644),
            "var/mail": Member("", "dir", 0o2775),
        }
    )
    assert found.setuid == ("bin/both", "bin/su")
    assert found.setgid == ("bin/both", "bin/wall")


def test_what_everybody_may_write() -> None:
    found = posture(
        {
            "tmp": Member("", "dir", 0o777),
            "tmp/open": program(mode=0o666),
            "var/sticky": Member("", "dir", 0o1777),
            "var/open": Member("", "dir", 0o777),
            "data": Member("", "dir", 0o777),
            "data/file": program(mode=0o646),
            "link": link("/etc"),
        },
        volumes=("/data",),
    )
    assert found.world_writable == ("data/file", "tmp/open", "var/open")


def test_what_its_user_may_write() -> None:
    files: Files = {
        **USERS,
        "app/own": program(mode=0o600, uid=1000),
        "app/read": program(mode=0o466, uid=1000, gid=2000),
        "app/group": program(mode=0o664, gid=2000),
        "app/staff": program(mode=0o664, gid=50),
        "app/other": program(mode=0o664, gid=51),
        "app/all": program(mode=0o602),
        "tmp/a": program(mode=0o600, uid=1000),
        "srv/v/a": program(mode=0o600, uid=1000),
    }
    assert posture(files, user="app", volumes=("/srv/v",)).writable == (
        "app/all",
        "app/group",
        "app/own",
        "app/staff",
    )
    assert posture(files, user="app:51").writable == ("app/all", "app/other", "app/own", "srv/v/a")
    assert posture(files, user="").writable is None
    assert posture(files, user="ghost").writable == ()


def test_paths_are_cut_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posture_module, "LIMITS", replace(LIMITS, posture_paths=2))
    found = posture({f"bin/{n}": program(mode=0o4755) for n in range(5)})
    assert found.setuid == ("bin/0", "bin/1")
    assert dict(found.counts) == {"setuid": 5}


# ── what else ────────────────────────────────────────────────────────────────────────────────────


def test_keys_certificates_and_time_zones() -> None:
    body = "\n".join(["QUJD" * 16] * 3)
    found = posture(
        {
            "etc/ssl/private/a.key": f"-----BEGIN RSA PRIVATE KEY-----\n{body}\n",
            "root/.ssh/id_ed25519": f"-----BEGIN OPENSSH PRIVATE KEY-----\n{body}\n",
            "etc/ssl/public.pem": f"-----BEGIN CERTIFICATE-----\n{body}\n",
            "usr/share/doc/example.pem": "-----BEGIN PRIVATE KEY-----\nyour key here\n",
            "large.key": f"-----BEGIN PRIVATE KEY-----\n{body}\n" + "x" * LIMITS.posture_key_bytes,
            "etc/ssl/certs/ca-certificates.crt": "x",
            "usr/local/share/ca-certificates/house.crt": "x",
            "usr/share/zoneinfo/UTC": "TZif",
        }
    )
    assert found.private_keys == ("etc/ssl/private/a.key", "root/.ssh/id_ed25519")
    assert found.certificates == "etc/ssl/certs/ca-certificates.crt"
    assert found.authorities == ("usr/local/share/ca-certificates/house.crt",)
    assert found.time_zones
    bare = posture({"a": "b"})
    assert (bare.certificates, bare.authorities, bare.time_zones) == ("", (), False)


def test_devices_and_the_test_file_of_virus_scanners() -> None:
    found = posture(
        {
            "opt/null": Member("", "char", 0o666, device=(1, 3)),
            "a/eicar.com": f"{EICAR}\r\n",
            "a/padded": EICAR + " " * 100,
            "a/text": f"see {EICAR}",
        }
    )
    assert found.devices == ("opt/null",)
    assert found.eicar == ("a/eicar.com",)


def test_how_it_starts() -> None:
    found = posture(
        {"a": "b"},
        entrypoint=("/app", "-v"),
        cmd=("serve",),
        exposed_ports=("80/tcp",),
        volumes=("/data",),
    )
    assert (found.entrypoint, found.command) == (("/app", "-v"), ("serve",))
    assert (found.ports, found.volumes) == (("80/tcp",), ("/data",))


@pytest.mark.parametrize(
    ("entrypoint", "cmd", "absent"),
    [
        (("/app",), (), ""),
        (("/bin/link", "x"), (), ""),
        (("/gone",), ("/app",), "/gone"),
        ((), ("/bin/sh", "-c", "x"), "/bin/sh"),
        (("app",), (), ""),  # by PATH
        ((), (), ""),
    ],
)
def test_a_program_that_is_not_there(
    entrypoint: tuple[str, ...], cmd: tuple[str, ...], absent: str
) -> None:
    files: Files = {"app": program(), "bin/link": link("../app")}
    assert posture(files, entrypoint=entrypoint, cmd=cmd).absent == absent
