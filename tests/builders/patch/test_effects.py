"""What configuring would make: certificates, alternatives, the linker's directories."""

import base64
import hashlib
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.builders.debian_base.keystore import PASSWORD, jks
from ironhull.builders.debian_base.rootfs import Rootfs
from ironhull.builders.patch.effects import check_libraries, write_bundle
from ironhull.builders.patch.keystore import changed_keystore
from ironhull.builders.patch.system import System
from ironhull.errors import BuildError
from ironhull.oci.pack import Member
from tests.builders.patch.samples import Made, Shop, again, installed


def pem(text: str) -> bytes:
    return f"-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n".encode()


A, B, C, OURS = pem("aaaa"), pem("bbbb"), pem("cccc"), pem("oooo")
BUNDLE = "etc/ssl/certs/ca-certificates.crt"


def system(files: dict[str, bytes], *, slim: bool) -> System:
    root = Rootfs(Path())
    for path, data in files.items():
        root.write(path, data)
    return System(
        root=root, before=dict(root.inodes), installed={}, foreign=(), os_release={}, slim=slim
    )


def test_a_bundle_alone_gets_the_new_ones_and_keeps_those_somebody_added() -> None:
    there = system({BUNDLE: A + B + OURS}, slim=True)
    write_bundle(there, {"m/b.crt": B, "m/c.crt": C}, {"m/a.crt": A, "m/b.crt": B})
    assert there.root.read(BUNDLE) == B + C + OURS
    assert not there.notes


def der(pem_: bytes) -> bytes:
    return base64.b64decode(pem_.split(b"\n")[1])


def test_java_trusts_what_the_bundle_has(tmp_path: Path) -> None:
    own = {"debian:a.pem": der(A), "mine": der(OURS)}
    there = system({BUNDLE: A, "etc/ssl/certs/java/cacerts": jks(own, 5)}, slim=True)
    write_bundle(there, {"m/B_(x).crt": B}, {"m/a.crt": A})
    expected = {"debian:b_=x=.pem": der(B), "mine": der(OURS)}
    assert there.root.read("etc/ssl/certs/java/cacerts") == jks(expected, 0)
    assert not there.notes


@pytest.mark.parametrize("data", [b"", b"x" * 99, jks({"a": b"b"}, 1)[:-1] + b"!"])
def test_a_keystore_of_another_kind_stays_and_that_is_said(data: bytes) -> None:
    there = system({BUNDLE: A, "etc/ssl/certs/java/cacerts": data}, slim=True)
    write_bundle(there, {"m/b.crt": B}, {"m/a.crt": A})
    assert there.root.read("etc/ssl/certs/java/cacerts") == data
    assert there.notes == [
        "/etc/ssl/certs/java/cacerts keeps the certificates it has:"
        " no JKS, or under a password of its own"
    ]


@given(st.binary(max_size=60))
def test_any_keystore_is_read_or_refused(body: bytes) -> None:
    check = hashlib.sha1(PASSWORD.encode("utf-16-be") + b"Mighty Aphrodite" + body)
    with suppress(ValueError):
        changed_keystore(body + check.digest(), set(), {}, 0)


def test_a_link_nobody_recorded_stays(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    less = Made("less", files={"usr/bin/less": "1"})
    shop.offer(again(less, control={"postinst": POSTINST.format(77)}))
    more = {"usr/bin/pager": Member("", "symlink", 0o777, link="/usr/bin/most")}
    for slim in (True, False):
        files = installed(shop, [less], slim=slim, more=more)
        tree = shop.tree(shop.patch(shop.image(files)).build.image)
        (link,) = [e.link for e, _ in tree.entries() if e.path == "usr/bin/pager"]
        assert link == ("/usr/bin/most" if slim else "/etc/alternatives/pager")


def test_without_the_old_package_nothing_is_taken_out_and_it_is_said() -> None:
    there = system({BUNDLE: A + OURS}, slim=True)
    write_bundle(there, {"m/c.crt": C}, None)
    assert there.root.read(BUNDLE) == C + A + OURS
    assert "cannot be told" in there.notes[0]


def test_with_a_list_the_administrators_choice_holds() -> None:
    files = {
        "etc/ca-certificates.conf": b"# a comment\nm/a.crt\n!m/b.crt\nm/gone.crt\n",
        "usr/share/ca-certificates/m/a.crt": A,
        "usr/share/ca-certificates/m/b.crt": B,
        "usr/share/ca-certificates/m/c.crt": C,
        "usr/local/share/ca-certificates/ours.crt": OURS,
        BUNDLE: A,
    }
    there = system(files, slim=False)
    there.root.symlink("etc/ssl/certs/gone.pem", "/usr/share/ca-certificates/m/gone.crt")
    there.root.symlink("etc/ssl/certs/0123abcd.0", "gone.pem")
    there.root.symlink("etc/ssl/certs/mine.pem", "/srv/mine.crt")
    write_bundle(there, {"m/a.crt": A, "m/b.crt": B, "m/c.crt": C}, None)
    assert there.root.read(BUNDLE) == A + C + OURS
    said = (there.root.read("etc/ca-certificates.conf") or b"").decode().splitlines()
    assert said == ["# a comment", "m/a.crt", "!m/b.crt", "!m/gone.crt", "m/c.crt"]
    names = {p.rpartition("/")[2] for p in there.root.below("etc/ssl/certs")}
    assert names == {"a.pem", "c.pem", "ours.pem", "mine.pem", "ca-certificates.crt"}


RECORD = """auto
/usr/bin/pager
pager.1
/usr/share/man/pager.1

/usr/bin/more
50
/usr/share/man/more.1

"""
POSTINST = "#!/bin/sh\nupdate-alternatives --install /usr/bin/pager pager /usr/bin/less {}\n"


@pytest.mark.parametrize(
    ("priority", "mode", "leads"),
    [(77, "auto", "less"), (7, "auto", "more"), (77, "manual", "more")],
)
def test_new_candidates_of_alternatives_are_registered(
    tmp_path: Path, priority: int, mode: str, leads: str
) -> None:
    shop = Shop(tmp_path)
    less = Made("less", files={"usr/bin/less": "1"})
    shop.offer(again(less, control={"postinst": POSTINST.format(priority)}))
    record = "var/lib/dpkg/alternatives/pager"
    more = {
        record: RECORD.replace("auto", mode, 1),
        "usr/bin/more": "m",
        "etc/alternatives/pager": Member("", "symlink", 0o777, link="/usr/bin/more"),
        "usr/bin/pager": Member("", "symlink", 0o777, link="/etc/alternatives/pager"),
    }
    tree = shop.tree(shop.patch(shop.image(installed(shop, [less], more=more))).build.image)
    (link,) = [e.link for e, _ in tree.entries() if e.path == "etc/alternatives/pager"]
    assert link == f"/usr/bin/{leads}"
    assert (b"/usr/bin/less" in tree.read(record)) == (mode == "auto")


def test_a_library_that_only_ldconfig_would_find_is_refused() -> None:
    files = {
        "etc/ld.so.cache": b"x",
        "etc/ld.so.conf.d/own.conf": b"/opt/lib\n",
        "opt/lib/libold.so.1": b"x",
    }
    there = system(files, slim=False)
    there.root.write("usr/lib/x86_64-linux-gnu/libnew.so.1", b"x")
    there.root.write("opt/other/libnew.so.1", b"x")
    check_libraries(there)
    there.root.write("opt/lib/libnew.so.2", b"x")
    with pytest.raises(BuildError, match="ldconfig"):
        check_libraries(there)
