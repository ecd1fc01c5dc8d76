"""rpm: headers, the three kinds of database, the log beside one, manifests, needs, ownership."""

import contextlib
import shutil
import sqlite3
import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironhull.catalog import PROBES, catalog
from ironhull.catalogers._packing import pack, unpack
from ironhull.catalogers._probes import RPM as PROBE
from ironhull.catalogers._rpm_facts import read_facts
from ironhull.catalogers._rpm_header import read_header
from ironhull.catalogers._rpm_licenses import rpm_licenses
from ironhull.model import Sbom, Subject
from ironhull.oci._probing import MemoryBody
from tests import rpmdbs
from tests.rpmdbs import package
from tests.trees import DictTree

OS_RELEASE = 'ID="rhel"\nVERSION_ID="9.4"\nID_LIKE="fedora"\nPRETTY_NAME="RHEL 9.4"\n'
SQLITE = "var/lib/rpm/rpmdb.sqlite"
BASH = package("bash", "5.1.8", "9.el9", license="GPLv3+", files=["/usr/bin/bash"])
OPENSSL = package(
    "openssl-libs",
    "3.0.7",
    "27.el9",
    epoch=1,
    source="openssl-3.0.7-27.el9.src.rpm",
    license="ASL 2.0",
    requires=["/usr/bin/bash", "libc.so.6()(64bit)", "rpmlib(X)"],
)
GLIBC = package("glibc", "2.34", "100.el9", provides=["glibc", "libc.so.6()(64bit)"])
BIG = package("big", files=[f"/usr/share/big/file-{n:05}" for n in range(3000)])
KEY = package("gpg-pubkey", "8483c65d", "5ccc5b19", arch="")
ALL = (BASH, OPENSSL, GLIBC, BIG, KEY)


def read(files: dict[str, bytes | str]) -> Sbom:
    tree = DictTree({"etc/os-release": OS_RELEASE, **files}, probes=PROBES)
    assert not tree.troubles
    return catalog(tree, Subject("test"))


def names(sbom: Sbom) -> list[str]:
    return [p.name for p in sbom.packages if p.ecosystem == "rpm"]


@pytest.mark.parametrize(
    ("path", "data"),
    [
        (SQLITE, rpmdbs.sqlite(ALL)),
        ("usr/lib/sysimage/rpm/rpmdb.sqlite", rpmdbs.sqlite(ALL, page_size=1024)),
        ("usr/share/rpm/rpmdb.sqlite", rpmdbs.sqlite(ALL, page_size=65536)),
        ("usr/lib/sysimage/rpm/Packages.db", rpmdbs.ndb(ALL)),
        ("var/lib/rpm/Packages.db", rpmdbs.ndb(ALL, pages=3)),
        ("var/lib/rpm/Packages", rpmdbs.bdb(ALL)),
        ("var/lib/rpm/Packages", rpmdbs.bdb(ALL, order=">", page_size=512)),
        ("var/lib/rpm/Packages", rpmdbs.bdb(ALL, kind=2, page_size=65536)),
    ],
)
def test_the_same_packages_from_every_database(path: str, data: bytes) -> None:
    sbom = read({path: data})
    assert not sbom.problems
    assert [(p.name, p.version) for p in sbom.packages] == [
        ("bash", "5.1.8-9.el9"),
        ("big", "1.0-1.el9"),
        ("glibc", "2.34-100.el9"),
        ("openssl-libs", "1:3.0.7-27.el9"),
    ]
    assert sbom.packages[3].purl == (
        "pkg:rpm/redhat/openssl-libs@3.0.7-27.el9?arch=x86_64&distro=rhel-9.4&epoch=1"
        "&upstream=openssl"
    )
    assert [(p.licenses, p.supplier, p.size) for p in sbom.packages[::3]] == [
        (("GPL-3.0-or-later",), "Example", 4096),
        (("Apache-2.0",), "Example", 4096),
    ]
    assert [(r.subject.split("@")[0], r.object.split("@")[0]) for r in sbom.relations] == [
        ("pkg:rpm/redhat/openssl-libs", "pkg:rpm/redhat/bash"),
        ("pkg:rpm/redhat/openssl-libs", "pkg:rpm/redhat/glibc"),
    ]


def test_modules_epochs_of_zero_and_sources_of_another_version() -> None:
    blobs = [
        package("nodejs", modularity="nodejs:18:9040020240101:rhel9", epoch=0),
        package("perl-Socket", "2.031", epoch=4, source="perl-5.32.1-481.el9.src.rpm"),
    ]
    node, socket = read({SQLITE: rpmdbs.sqlite(blobs)}).packages
    assert node.version == "1.0-1.el9"
    assert "rpmmod=nodejs:18:9040020240101:rhel9" in node.purl
    assert "epoch" not in node.purl
    assert socket.source.name == "perl"
    assert socket.source.version == "5.32.1-481.el9"


def test_one_version_of_a_need_is_the_one_that_is_meant() -> None:
    blobs = [
        package("core", "1", provides=["core"]),
        package("core", "2", provides=["core"]),
        rpmdbs.header(
            {
                rpmdbs.NAME: "mod",
                rpmdbs.VERSION: "1",
                rpmdbs.ARCH: "x86_64",
                rpmdbs.REQUIRES: ["core-id", "rpmlib(Y)"],
                rpmdbs.REQUIRE_FLAGS: [8, 8 | 1 << 24],
                rpmdbs.REQUIRE_VERSIONS: ["2", "3"],
            }
        ),
        rpmdbs.header(
            {
                rpmdbs.NAME: "id2",
                rpmdbs.VERSION: "1",
                rpmdbs.PROVIDES: ["core-id", "core-id"],
                rpmdbs.PROVIDE_FLAGS: [8, 8],
                rpmdbs.PROVIDE_VERSIONS: ["1", "2"],
            }
        ),
    ]
    sbom = read({SQLITE: rpmdbs.sqlite(blobs)})
    assert [(r.subject[:17], r.object[:17]) for r in sbom.relations] == [
        ("pkg:rpm/redhat/mo", "pkg:rpm/redhat/id")
    ]


def test_a_package_is_of_the_layer_that_brought_its_files() -> None:
    class Layered(DictTree):
        def find(self, path: str):  # type: ignore[no-untyped-def]  # as the base class
            file = super().find(path)
            if file is None or path != "usr/bin/bash":
                return file
            return type(file)(file.path, "sha256:" + "2" * 64, file.size, file.mode)

    files = {"etc/os-release": OS_RELEASE, "usr/bin/bash": b"x", SQLITE: rpmdbs.sqlite([BASH])}
    (bash,) = catalog(Layered(files, probes=[PROBE]), Subject("t")).packages
    assert [(at.path, at.layer[7:9]) for at in bash.locations] == [(SQLITE, "22"), (SQLITE, "11")]


def test_what_a_package_ships_is_marked() -> None:
    site = "usr/lib/python3.9/site-packages"
    blob = package(
        "python3-libs",
        files=[f"/{site}/six-1.dist-info/METADATA", f"/{site}/gone-1.dist-info/METADATA"],
        flags=[0, 0x40],
    )
    sbom = read(
        {
            SQLITE: rpmdbs.sqlite([blob]),
            f"{site}/six-1.dist-info/METADATA": "Name: six\nVersion: 1\n",
            f"{site}/gone-1.dist-info/METADATA": "Name: gone\nVersion: 1\n",
        }
    )
    owned = {p.name: p.owned_by.partition("@")[0] for p in sbom.packages if p.ecosystem == "pypi"}
    assert owned == {"six": "pkg:rpm/redhat/python3-libs", "gone": ""}


def test_what_an_older_rpm_left_does_not_count() -> None:
    old = package("bash", "4.4", "1.el8")
    sbom = read({SQLITE: rpmdbs.sqlite([BASH]), "var/lib/rpm/Packages": rpmdbs.bdb([old])})
    assert [p.version for p in sbom.packages] == ["5.1.8-9.el9"]
    assert ["rpmdb.sqlite, which counts" in p.message for p in sbom.problems] == [True]
    empty = read({SQLITE: rpmdbs.sqlite([]), "var/lib/rpm/Packages": rpmdbs.bdb([old])})
    assert [p.version for p in empty.packages] == ["4.4-1.el8"]


def _log(path: Path) -> tuple[bytes, bytes, bytes]:
    """A database, the same with a package more, and the log that makes the one the other."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB)")
    connection.execute("INSERT INTO Packages(blob) VALUES (?)", (BASH,))
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = path.read_bytes()
    connection.execute("INSERT INTO Packages(blob) VALUES (?)", (BIG,))
    connection.commit()
    log = path.with_name(path.name + "-wal").read_bytes()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    after = path.read_bytes()
    connection.close()
    return before, after, log


def test_a_log_with_changes_of_its_own_is_said(tmp_path: Path) -> None:
    before, after, log = _log(tmp_path / "rpmdb.sqlite")
    stale = read({SQLITE: before, f"{SQLITE}-wal": log})
    assert names(stale) == ["bash"]
    assert ["never written to the database" in p.message for p in stale.problems] == [True]
    written = read({SQLITE: after, f"{SQLITE}-wal": log})
    assert names(written) == ["bash", "big"]
    assert not written.problems
    alone = read({f"{SQLITE}-wal": log})
    assert any("never written" in p.message for p in alone.problems)


def test_a_manifest_of_an_image_without_rpm() -> None:
    at = "var/lib/rpmmanifest/container-manifest-"
    line = "\t".join(
        ("openssl-libs", "1.1.1k-27.cm2", "1", "2", "Microsoft Corporation", "1", "4096",
         "x86_64", "1", "openssl-1.1.1k-27.cm2.src.rpm")
    )  # fmt: skip
    plain = line.replace("openssl-libs", "glibc").replace("\t1\t4096", "\t(none)\t4096")
    sbom = read({f"{at}2": f"{line}\n{plain}\nbroken\n", f"{at}1": "other-1-1.x86_64\n"})
    assert [(p.name, p.version, p.source.name, p.size) for p in sbom.packages] == [
        ("glibc", "1.1.1k-27.cm2", "openssl", 4096),
        ("openssl-libs", "1:1.1.1k-27.cm2", "openssl", 4096),
    ]
    assert [p.where for p in sbom.problems] == [f"{at}2:3"]
    short = read({f"{at}1": "glibc-2.35-6.cm2.x86_64\nnonsense\n"})
    assert [(p.name, p.version, p.arch) for p in short.packages] == [
        ("glibc", "2.35-6.cm2", "x86_64")
    ]
    assert [p.where for p in short.problems] == [f"{at}1:2"]


# ── damage ───────────────────────────────────────────────────────────────────────────────────────


def facts(data: bytes) -> tuple[list[str], tuple[str, ...]]:
    known = read_facts(PROBE.extract("var/lib/rpm/Packages", MemoryBody(data)))
    return [p.name for p in known.packages], known.problems


@pytest.mark.parametrize("make", [rpmdbs.sqlite, rpmdbs.ndb, rpmdbs.bdb])
def test_a_broken_header_costs_one_problem(make) -> None:  # type: ignore[no-untyped-def]  # of three
    found, problems = facts(make([BASH, b"\xff" * 300, GLIBC]))
    assert found == ["bash", "glibc"]
    assert len(problems) == 1


def test_databases_cut_short_say_so() -> None:
    for data in (rpmdbs.sqlite(ALL), rpmdbs.ndb(ALL), rpmdbs.bdb(ALL)):
        found, problems = facts(data[: len(data) * 2 // 3])
        assert len(found) < len(ALL) - 1
        assert any("cut short" in problem for problem in problems)


def test_a_wrong_checksum_of_ndb_is_said() -> None:
    data = bytearray(rpmdbs.ndb([BASH]))
    data[data.index(b"The bash")] = ord("t")
    found, problems = facts(bytes(data))
    assert found == ["bash"]
    assert "checksum" in problems[0]


@pytest.mark.parametrize(
    "data",
    [
        b"x" * 4096,
        b"",
        rpmdbs.sqlite(ALL)[:50],
        rpmdbs.ndb(ALL)[:20],
        rpmdbs.bdb(ALL)[:100],
        rpmdbs.bdb(ALL).replace(b"\x61\x15\x06\x00\x09", b"\x61\x15\x06\x00\x63", 1),
        rpmdbs.ndb(ALL).replace(b"RpmP\0", b"RpmP\x09", 1),
    ],
)
def test_what_is_no_database_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"cut short|no rpm database|unknown version"):
        facts(data)


def test_entries_that_point_at_each_other_end() -> None:
    """A chain of overflow pages that loops, pages of a tree that name their parent."""
    data = bytearray(rpmdbs.bdb([BIG], page_size=512))
    for at in range(512, len(data), 512):
        if data[at + 25] == 7:
            struct.pack_into("<I", data, at + 16, at // 512)
    found, _ = facts(bytes(data))
    assert found in ([], ["big"])
    data = bytearray(rpmdbs.sqlite([BASH] * 400, page_size=512))
    for at in range(512, len(data), 512):
        if data[at] == 5:
            struct.pack_into(">I", data, at + 8, at // 512 + 1)
    found, problems = facts(bytes(data))
    assert len(found) < 400
    assert any("used twice" in problem for problem in problems)


@pytest.mark.parametrize("order", ["<", ">"])
def test_encrypted_and_other_berkeleydb_files_are_named(order: str) -> None:
    data = bytearray(rpmdbs.bdb(ALL, order=order))
    data[24] = 1
    with pytest.raises(ValueError, match="encrypted"):
        facts(bytes(data))


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_damage_never_escapes(data: st.DataObject) -> None:
    make = data.draw(st.sampled_from([rpmdbs.sqlite, rpmdbs.ndb, rpmdbs.bdb]))
    body = bytearray(make([BASH, OPENSSL, GLIBC]))
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at] = data.draw(st.integers(0, 255))
    with contextlib.suppress(ValueError):  # the file as a whole is none
        facts(bytes(body[: data.draw(st.integers(0, len(body)))]))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.binary(min_size=1, max_size=9000), max_size=40),
    st.sampled_from([512, 1024, 4096, 65536]),
)
def test_rows_of_sqlite_are_those_sqlite_wrote(rows: list[bytes], page_size: int) -> None:
    from ironhull.catalogers._rpm_sqlite import headers

    troubles: list[str] = []
    body = MemoryBody(rpmdbs.sqlite(rows, page_size=page_size))
    assert list(headers(body, troubles.append, {})) == rows
    assert not troubles


@given(st.binary(max_size=400))
def test_no_header_crashes(data: bytes) -> None:
    with pytest.raises(ValueError, match="header"):
        read_header(data[:200] + b"\xff")


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_packing_gives_back(fields: list[bytes]) -> None:
    assert unpack(pack(fields)) == fields


@given(st.binary(max_size=60))
def test_unpacking_refuses_the_rest(data: bytes) -> None:
    with contextlib.suppress(ValueError):
        assert pack(unpack(data)) == data


def test_headers_without_a_region_and_with_whole_paths() -> None:
    old = rpmdbs.header(
        {rpmdbs.NAME: "a", rpmdbs.VERSION: "1", 1027: ["/bin/a", "/bin/b", "/etc/c"]}, region=False
    )
    found = read_header(old)
    paths = [found.directories[number] for number in found.directory_of]
    assert paths == [b"/bin/", b"/bin/", b"/etc/"]
    assert found.base_names == [b"a", b"b", b"c"]


@pytest.mark.parametrize(
    "tags",
    [
        {rpmdbs.VERSION: "1"},
        {rpmdbs.NAME: "a"},
        {rpmdbs.NAME: "a", rpmdbs.VERSION: 7},
        {rpmdbs.NAME: "a", rpmdbs.VERSION: "1", rpmdbs.EPOCH: "x"},
        {rpmdbs.NAME: "a", rpmdbs.VERSION: "1", rpmdbs.BASE_NAMES: ["x"]},
        {
            rpmdbs.NAME: "a",
            rpmdbs.VERSION: "1",
            rpmdbs.BASE_NAMES: ["x"],
            rpmdbs.DIRECTORIES: ["/"],
            rpmdbs.DIRECTORY_OF: [9],
        },
    ],
)
def test_headers_that_make_no_sense_are_refused(tags: dict[int, rpmdbs.Value]) -> None:
    with pytest.raises(ValueError, match="header"):
        read_header(rpmdbs.header(tags))


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("GPLv2+ and (LGPLv2+ or MIT)", "GPL-2.0-or-later AND (LGPL-2.0-or-later OR MIT)"),
        ("ASL 2.0", "Apache-2.0"),
        ("GPL-2.0-or-later AND MIT", "GPL-2.0-or-later AND MIT"),
        ("Public Domain", "LicenseRef-public-domain"),
        ("MPLv2.0", "MPL-2.0"),
        ("Vim and MIT", "Vim AND MIT"),
    ],
)
def test_licences(text: str, expression: str) -> None:
    assert rpm_licenses(text) == (expression,)


def test_no_licence() -> None:
    assert rpm_licenses("") == rpm_licenses("(none)") == ()


# ── rpm and Berkeley DB themselves ───────────────────────────────────────────────────────────────


@pytest.mark.skipif(shutil.which("rpm") is None, reason="rpm is not installed (package rpm)")
@pytest.mark.parametrize("backend", ["sqlite", "bdb_ro"])
def test_rpm_reads_the_same_from_such_a_database(backend: str, tmp_path: Path) -> None:
    blobs = [BASH, OPENSSL, GLIBC, BIG]
    rpm = ["rpm", "--define", f"_db_backend {backend}", "--dbpath", str(tmp_path)]
    if backend == "bdb_ro":
        path = tmp_path / "Packages"
        path.write_bytes(rpmdbs.bdb(blobs))
    else:
        subprocess.run([*rpm, "--initdb"], check=True)
        path = tmp_path / "rpmdb.sqlite"
        connection = sqlite3.connect(path)
        rows = [(blob,) for blob in blobs]
        connection.executemany("INSERT INTO Packages(blob) VALUES (?)", rows)
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
    form = "%{NAME} %|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}\n"
    query = [*rpm, "-qa", "--nodigest", "--nosignature", "--qf", form]
    said = subprocess.run(query, capture_output=True, text=True, check=False)
    if "invalid %_db_backend" in said.stderr:
        pytest.skip(f"this rpm has no backend {backend}")
    known = read_facts(PROBE.extract(f"var/lib/rpm/{path.name}", MemoryBody(path.read_bytes())))
    assert sorted(said.stdout.splitlines()) == sorted(f"{p.name} {p.evr}" for p in known.packages)


_LOAD = shutil.which("db5.3_load") or shutil.which("db_load")


@pytest.mark.skipif(_LOAD is None, reason="db_load is not installed (package db5.3-util)")
@pytest.mark.parametrize(
    ("kind", "order", "page_size"),
    [("hash", 1234, 4096), ("hash", 4321, 512), ("hash", 1234, 65536), ("btree", 4321, 4096)],
)
def test_what_berkeley_db_writes_is_read(
    kind: str, order: int, page_size: int, tmp_path: Path
) -> None:
    code = "<I" if order == 1234 else ">I"
    blobs = [package(f"p{number}", files=["/f"] * (number * 7)) for number in range(1, 120)]
    rows = enumerate([struct.pack(code, 120), *blobs])
    text = "".join(f" {struct.pack(code, n).hex()}\n {blob.hex()}\n" for n, blob in rows)
    head = f"VERSION=3\nformat=bytevalue\ntype={kind}\ndb_pagesize={page_size}\n"
    head += f"db_lorder={order}\nHEADER=END\n"
    subprocess.run(
        [str(_LOAD), str(tmp_path / "Packages")], input=f"{head}{text}DATA=END\n", text=True,
        check=True,
    )  # fmt: skip
    found, problems = facts((tmp_path / "Packages").read_bytes())
    assert sorted(found) == sorted(f"p{number}" for number in range(1, 120))
    assert not problems
