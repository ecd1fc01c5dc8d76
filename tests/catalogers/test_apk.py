"""apk's database: fields, damage with line numbers, needs, ownership."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.catalog import PROBES, catalog
from ironhull.limits import Limits
from ironhull.model import Package, Problem, Sbom, Subject
from tests.catalogers.listing import row
from tests.trees import DictTree

CATALOGER = row("apk")
DATABASE = "lib/apk/db/installed"
OS_RELEASE = 'ID=alpine\nVERSION_ID=3.20.3\nPRETTY_NAME="Alpine Linux v3.20"\n'
MUSL = """\
C:Q1gZfDLT8Hb3m9TBaGLBhwP9gEAKI=
P:musl
V:1.2.5-r0
A:x86_64
S:407278
I:667648
T:the musl c library (libc) implementation
U:https://musl.libc.org/
L:MIT
o:musl
m:Timo Teräs <timo.teras@iki.fi>
t:1714981135
p:so:libc.musl-x86_64.so.1=1
F:lib
R:ld-musl-x86_64.so.1
a:0:0:755
Z:Q1SLkS9hBidUbPwwrw+XR0Whv3ww8=
"""
CRYPTO = """\
P:libcrypto3
V:3.3.2-r0
A:x86_64
L:Apache-2.0
o:openssl
D:so:libc.musl-x86_64.so.1 !libressl musl>=1.2.4
p:so:libcrypto.so.3=3.3.2 cmd:openssl3
F:usr/lib
R:libcrypto.so.3
F:usr/lib/python3.12/site-packages/six-1.dist-info
R:METADATA
"""
USER = "P:user\nV:1_git20240101-r0\nD:so:libcrypto.so.3 cmd:none /bin/sh user\n"


def read(text: str, at: str = DATABASE, **more: str) -> Sbom:
    tree = DictTree({"etc/os-release": OS_RELEASE, at: text, **more}, probes=PROBES)
    return catalog(tree, Subject("test"))


@pytest.mark.parametrize("at", [DATABASE, "usr/lib/apk/db/installed"])
def test_packages_and_what_they_need(at: str) -> None:
    sbom = read(f"{MUSL}\n{CRYPTO}\n{USER}\n", at)
    crypto, musl, user = sbom.packages
    assert not sbom.problems
    assert crypto.purl == (
        "pkg:apk/alpine/libcrypto3@3.3.2-r0?arch=x86_64&distro=alpine-3.20&upstream=openssl"
    )
    assert (crypto.source.name, crypto.source.version) == ("openssl", "3.3.2-r0")
    assert (musl.licenses, musl.size, musl.supplier) == (
        ("MIT",), 667648, "Timo Teräs <timo.teras@iki.fi>")  # fmt: skip
    assert (musl.summary[:8], musl.homepage) == ("the musl", "https://musl.libc.org/")
    assert [at.path for at in musl.locations] == [at]
    assert user.version == "1_git20240101-r0"
    assert [(r.subject, r.object) for r in sbom.relations] == [
        (crypto.purl, musl.purl),
        (user.purl, crypto.purl),
    ]


@pytest.mark.parametrize("identity", ["wolfi", "chainguard"])
def test_wolfi_and_chainguard_have_purls_of_their_own(identity: str) -> None:
    release = f'ID={identity}\nVERSION_ID="20230201"\n'
    sbom = catalog(DictTree({"etc/os-release": release, DATABASE: MUSL}), Subject("t"))
    assert sbom.packages[0].purl == (
        f"pkg:apk/{identity}/musl@1.2.5-r0?arch=x86_64&distro={identity}-20230201"
    )


def test_a_package_is_of_the_layer_that_brought_its_files() -> None:
    class Layered(DictTree):
        def find(self, path: str):  # type: ignore[no-untyped-def]  # as the base class
            file = super().find(path)
            if file is None or "musl" not in path:
                return file
            return type(file)(file.path, "sha256:" + "2" * 64, file.size, file.mode)

    tree = Layered({"lib/ld-musl-x86_64.so.1": "x", DATABASE: MUSL})
    (musl,) = catalog(tree, Subject("t")).packages
    assert [at.layer[7:9] for at in musl.locations] == ["22", "11"]


def test_what_a_package_ships_is_marked_under_either_name() -> None:
    site = "usr/lib/python3.12/site-packages"
    files = {
        f"{site}/six-1.dist-info/METADATA": "Name: six\nVersion: 1\n",
        f"{site}/own-1.dist-info/METADATA": "Name: own\nVersion: 1\n",
    }
    short = CRYPTO.replace("F:usr/lib/python3.12", "F:lib/python3.12")
    for text in (CRYPTO, short):
        sbom = read(text, **files)
        owners = {p.name: p.owned_by for p in sbom.packages if p.ecosystem == "pypi"}
        assert owners["six"].startswith("pkg:apk/alpine/libcrypto3@")
        assert owners["own"] == ""


def problems(text: str) -> list[tuple[str, str]]:
    return [(p.where, p.message) for p in read(text).problems]


def test_wrong_records_cost_a_problem_each_with_their_line() -> None:
    text = f"{MUSL}\nP:noversion\nA:x\n\nV:1-r0\nL:MIT\n\nP:sp ace\nV:1\n\nP:v\nV:1 2\n\n{CRYPTO}\n"
    sbom = read(text)
    assert [p.name for p in sbom.packages] == ["libcrypto3", "musl"]
    assert [(p.where, p.message) for p in sbom.problems] == [
        (f"{DATABASE}:19", "noversion has no version (V): not listed"),
        (f"{DATABASE}:22", "record with no package name (P): not listed"),
        (f"{DATABASE}:25", "record with an impossible package name 'sp ace': not listed"),
        (f"{DATABASE}:28", "v has an impossible version '1 2': not listed"),
    ]


def test_lines_that_are_none_are_told_and_the_rest_is_read() -> None:
    text = "P:a\ngarbage\nV:1-r0\n:x\n\n\n\nP:b\nV:2-r0\nmore garbage\n"
    assert [p.name for p in read(text).packages] == ["a", "b"]
    assert problems(text) == [
        (f"{DATABASE}:2", "is not LETTER:value (package a)"),
        (f"{DATABASE}:4", "is not LETTER:value (package a)"),
        (f"{DATABASE}:10", "is not LETTER:value (package b)"),
    ]


def test_a_lost_empty_line_loses_no_package() -> None:
    sbom = read(f"{USER}{MUSL}{CRYPTO}P:bad\n")
    assert [p.name for p in sbom.packages] == ["libcrypto3", "musl", "user"]
    assert [p.where for p in sbom.problems] == [f"{DATABASE}:32"]


def test_more_records_than_an_image_may_have_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ironhull.catalogers.apk.LIMITS", Limits(packages=2, file_problems=3))
    sbom = read(f"{USER}\n{MUSL}\n{CRYPTO}\n")
    assert [p.name for p in sbom.packages] == ["musl", "user"]
    assert [p.message for p in sbom.problems] == ["more than 2 records: the rest is not read"]
    assert len(problems("P:a\nV:1\n" + "x\n" * 100)) == 3


def test_a_torn_database_says_so() -> None:
    assert problems("P:a\nV:1-r0\nA:x86")[0] == (
        DATABASE, "ends in the middle of a line: it may be cut short")  # fmt: skip
    assert problems("\n")[0][1] == "holds no package"


def test_a_broken_package_is_listed_with_a_problem() -> None:
    ((where, message),) = problems("P:a\nV:1-r0\nf:fs\n")
    assert where == f"{DATABASE}:1"
    assert message.startswith("a is broken: its files are not all there, its scripts failed")


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("MIT AND BSD-2-Clause", "MIT AND BSD-2-Clause"),
        ("MIT BSD-2-Clause GPL-2.0+", "MIT AND BSD-2-Clause AND GPL-2.0-or-later"),
        ("GPL-2.0-only WITH Linux-syscall-note", "GPL-2.0-only WITH Linux-syscall-note"),
        ("custom", "LicenseRef-custom"),
    ],
)
def test_licences(text: str, expression: str) -> None:
    (package,) = read(f"P:a\nV:1-r0\nL:{text}\n").packages
    assert package.licenses == (expression,)


@given(st.text(alphabet="PVADpoLIf:\n\t\r ax1-FR/\x00é", max_size=300))
def test_nothing_in_the_database_crashes(text: str) -> None:
    tree = DictTree({DATABASE: text})
    for file in tree.glob(DATABASE):
        for found in CATALOGER.parse(file, tree):
            assert found
            if isinstance(found, Problem):
                assert found.where.startswith(DATABASE)


_WORD = st.text(alphabet="abcdefgh0123456789", min_size=1, max_size=6)


@given(st.lists(st.tuples(_WORD, _WORD), min_size=1, max_size=20, unique_by=lambda row: row[0]))
def test_every_record_is_a_package(rows: list[tuple[str, str]]) -> None:
    text = "\n".join(f"P:{name}\nV:{version}\nA:x\n" for name, version in rows)
    tree = DictTree({DATABASE: text})
    found = list(CATALOGER.parse(next(tree.glob(DATABASE)), tree))
    assert [(p.name, p.version) for p in found if isinstance(p, Package)] == rows
    assert not any(isinstance(item, Problem) for item in found)
