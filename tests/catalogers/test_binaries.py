"""Software built from source: versions in programs and libraries, and real ones of Debian's."""

import lzma
import re
import urllib.request
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.catalog import catalog
from ironhull.catalogers import binaries
from ironhull.catalogers._binary_libraries import LIBRARIES
from ironhull.catalogers._binary_programs import PROGRAMS
from ironhull.catalogers._probes import BINARIES as PROBE
from ironhull.debian.package import read_data
from ironhull.model import Location, Package, Sbom, Subject
from ironhull.oci._probing import MemoryBody
from ironhull.oci.patterns import Wanted
from tests.catalogers.programs import elf
from tests.catalogers.test_dpkg import OS_RELEASE, stanza
from tests.trees import DictTree

WANTED = Wanted.of(PROBE.patterns)


def told(path: str, text: bytes, section: str = ".rodata") -> str:
    """`name version` of a program whose read-only data holds `text`."""
    assert WANTED.matches(path), path
    tree = DictTree({path: elf({".text": b"code", section: b"\0head\0" + text})}, probes=[PROBE])
    assert tree.troubles == []
    found = [item for f in tree.probed(PROBE.name) for item in binaries.parse(f, tree)]
    assert all(isinstance(item, Package) for item in found)
    return " ".join(f"{i.name} {i.version}" for i in found if isinstance(i, Package))


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("usr/local/lib/libpython3.12.so.1.0", b"3.12.4\0", "python 3.12.4"),
        ("usr/local/bin/python3.14", b"3.14.0rc2\0003.13.1\0", "python 3.14.0rc2"),
        ("usr/local/lib/libpython3.13t.so.1.0", b"3.13.0+ (main", "python 3.13.0"),
        ("usr/local/bin/node", b"node.js/v22.3.0\0", "node 22.3.0"),
        ("bin/deno", b"X-Deno/0.80.0 Deno/2.9.6", "deno 2.9.6"),
        ("usr/local/bin/bun", b"Bun v1.1.8 (Linux)", "bun 1.1.8"),
        ("usr/local/sbin/php-fpm", b"X-Powered-By: PHP/8.3.0RC1\0", "php 8.3.0RC1"),
        ("usr/local/lib/libruby.so.3.2.4", b"ruby 3.2.4 (2024-04-23 revision x)", "ruby 3.2.4"),
        ("usr/local/bin/ruby", b"ruby 3.1.2p20 (2022-04-12 revision x)", "ruby 3.1.2"),
        ("usr/local/bin/perl", b"/usr/local/lib/perl5/5.38.2\0", "perl 5.38.2"),
        ("usr/local/bin/lua5.4", b"$LuaVersion: Lua 5.4.6  Copyright", "lua 5.4.6"),
        ("usr/local/lib/libtcl8.6.so", b"8.6.13\0", "tcl 8.6.13"),
        ("usr/lib/dart/bin/dart", b"3.2.0 (stable) (Tue", "dart 3.2.0"),
        ("usr/sbin/nginx", b"nginx version: nginx/1.25.3\0", "nginx 1.25.3"),
        ("usr/local/openresty/nginx/sbin/nginx", b"openresty/1.21.4.1\0", "openresty 1.21.4.1"),
        ("usr/local/apache2/bin/httpd", b"Apache/2.4.58 (Unix)", "httpd 2.4.58"),
        ("usr/local/sbin/haproxy", b"2.9.1-f72603c\0", "haproxy 2.9.1"),
        (
            "usr/local/bin/redis-server",
            b"7.2.4\0x\0007.2.4host-1700000000000000000\0",
            "redis 7.2.4",
        ),
        (
            "usr/local/bin/valkey-server",
            b"7.2.4\0008.0.1\0008.0.1h-17000000001deadbeef\0",
            "valkey 8.0.1",
        ),
        ("usr/local/bin/memcached", b"memcached 1.6.22\n", "memcached 1.6.22"),
        ("usr/local/bin/postgres", b"postgres (PostgreSQL) 16.1\n", "postgresql 16.1"),
        ("usr/sbin/mysqld", b"11.2.2-MariaDB-1:11", "mariadb 11.2.2"),
        ("usr/sbin/mysqld", b"/build/mysql-8.0.36/sql/x.cc", "mysql 8.0.36"),
        ("usr/sbin/sshd", b"OpenSSH_9.6p1\0", "openssh 9.6p1"),
        ("bin/bash", b"@(#)Bash version 5.2.21(1) release GNU", "bash 5.2.21"),
        ("bin/busybox", b"BusyBox v1.36.1 (2023", "busybox 1.36.1"),
        ("usr/local/bin/git", b"\0git/2.43.0\0", "git 2.43.0"),
        ("sbin/tini", b"tini version 0.19.0", "tini 0.19.0"),
        ("usr/bin/ffmpeg", b"FFmpeg version n6.1.1-3-g", "ffmpeg 6.1.1"),
        ("usr/local/lib/libcrypto.so.3", b"OpenSSL 3.2.0 23 Nov 2023", "openssl 3.2.0"),
        ("a/x.libs/libssl-81259c47.so.1.1.1k", b"OpenSSL 1.1.1k  FIPS 25 Mar", "openssl 1.1.1k"),
        ("lib/libcrypto.so.1.1", b"OpenSSL 1.1.1w  11 Sep 2023", "openssl 1.1.1w"),
        ("usr/bin/curl", b"curl 8.5.0 (x86_64)", "curl 8.5.0"),
        ("usr/local/lib/libcurl.so.4.8.0", b"libcurl/8.5.0\0", "curl 8.5.0"),
        ("usr/local/lib/libsqlite3.so.0.8.6", b"3.44.2\0", "sqlite 3.44.2"),
        ("usr/lib/libz.so.1", b" deflate 1.3.1 Copyright 1995-2024", "zlib 1.3.1"),
        ("opt/x/lib/libxml2.so.2.12.3", b"21203\0", "libxml2 2.12.3"),
        (
            "usr/local/lib/libjpeg.so.62.4.0",
            b"libjpeg-turbo version 3.0.1 (",
            "libjpeg-turbo 3.0.1",
        ),
        ("lib/ld-musl-x86_64.so.1", b"1.2.4\0", "musl 1.2.4"),
        ("lib64/libc.so.6", b"stable release version 2.38.\n", "glibc 2.38"),
    ],
)
def test_versions(path: str, text: bytes, expected: str) -> None:
    assert told(path, text) == expected


def test_a_version_alone_counts_only_if_there_is_one() -> None:
    assert told("usr/lib/libsqlite3.so.0", b"3.44.2\0003.40.0\0") == ""
    assert told("usr/lib/libsqlite3.so.0", b"3.44.2\0and 3.40.0\0") == "sqlite 3.44.2"


def test_compilers_tell_in_their_comment() -> None:
    text = b"GCC: (GNU) 13.2.0\0"
    assert told("usr/local/bin/gcc", text, ".comment") == "gcc 13.2.0"
    rust = "usr/local/rustup/toolchains/x/lib/rustlib/x86_64/lib/libstd-0a1b.so"
    assert told(rust, b"rustc version 1.75.0 (82e1608df)", ".comment") == "rust 1.75.0"


@pytest.mark.parametrize(
    "path",
    ["usr/bin/nginx-debug", "usr/lib/x86_64-linux-gnu/libcrypto.so.3.1", "etc/nginx/nginx.conf"],
)
def test_files_of_other_names_are_not_looked_into(path: str) -> None:
    assert not WANTED.matches(path)


def test_scripts_and_foreign_programs_are_nothing() -> None:
    assert told("usr/bin/node", b"nothing of the kind") == ""
    tree = DictTree({"usr/bin/node": b"#!/bin/sh\necho node.js/v1.2.3\n"}, probes=[PROBE])
    assert list(tree.probed("binaries")) == []


@pytest.mark.parametrize(
    ("path", "text", "purl"),
    [
        ("usr/local/go/VERSION", "go1.22.3\ntime 2024-05-01T19:49:47Z\n", "pkg:generic/go@1.22.3"),
        ("usr/lib/erlang/releases/26/OTP_VERSION", "26.2.1\n", "pkg:generic/erlang@26.2.1"),
    ],
)
def test_versions_in_files_beside_the_program(path: str, text: str, purl: str) -> None:
    (package,) = read({path: text}).packages
    assert package.purl == purl
    assert package.locations == (Location(path, "sha256:" + "1" * 64),)


def read(files: dict[str, str | bytes]) -> Sbom:
    tree = DictTree({"etc/os-release": OS_RELEASE, **files}, probes=[PROBE])
    return catalog(tree, Subject("test"))


def test_what_a_distribution_ships_is_left_out() -> None:
    body = elf({".rodata": b"\0@(#)Bash version 5.2.15(1) release GNU\0"})
    files: dict[str, str | bytes] = {
        "usr/bin/bash": body,
        "usr/local/bin/bash": body,
        "var/lib/dpkg/status": stanza("bash", "5.2.15-2+b7"),
        "var/lib/dpkg/info/bash.list": "/.\n/usr\n/usr/bin\n/usr/bin/bash\n",
    }
    found = [p for p in read(files).packages if p.ecosystem == "generic"]
    assert [(p.name, [at.path for at in p.locations]) for p in found] == [
        ("bash", ["usr/local/bin/bash"])
    ]


@given(st.binary(max_size=400))
def test_any_contents_are_read(content: bytes) -> None:
    for path in ("usr/bin/node", "usr/bin/redis-server", "usr/bin/python3.12", "lib/libxml2.so.2"):
        told(path, content)


REAL = ("bash", "busybox", "curl", "lighttpd", "memcached", "nginx", "tini")


@pytest.mark.network
def test_debians_builds_tell_the_versions_of_their_packages(
    debian_archive: str, tmp_path: Path
) -> None:
    index = f"{debian_archive}/dists/trixie/main/binary-amd64/Packages.xz"
    with urllib.request.urlopen(index) as answer:
        text = lzma.decompress(answer.read()).decode()
    for name in REAL:
        match = re.search(rf"^Package: {name}\n(?:.+\n)+", text, re.MULTILINE)
        assert match, name
        fields = dict(line.split(": ", 1) for line in match[0].splitlines() if ": " in line)
        deb = tmp_path / f"{name}.deb"
        with urllib.request.urlopen(f"{debian_archive}/{fields['Filename']}") as answer:
            deb.write_bytes(answer.read())
        found = {}
        for entry, content in read_data(deb):
            if content is not None and WANTED.matches(entry.path):
                facts = PROBE.extract(entry.path, MemoryBody(content.read()))
                found |= dict([facts.decode().split("\0")] if facts else [])
        assert set(found) == {name}
        upstream = fields["Version"].rpartition(":")[2]
        assert upstream.startswith(found[name]), (name, upstream, found)


def test_every_row_is_in_the_documentation() -> None:
    page = (Path(__file__).parents[2] / "docs" / "programs-and-jars.md").read_text()
    words = set(re.findall(r"[\w-]+", page.partition("## Built from source")[2]))
    assert {row.name for row in (*PROGRAMS, *LIBRARIES)} <= words
