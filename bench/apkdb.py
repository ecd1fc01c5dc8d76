"""An apk database for the benchmark, in the format of apk-tools 2 (apk-tools.git, doc/)."""

from __future__ import annotations

from collections.abc import Iterator

RELEASE = """\
NAME="Alpine Linux"
ID=alpine
VERSION_ID=3.20.3
PRETTY_NAME="Alpine Linux v3.20"
"""
RECORD = """\
C:Q1{checksum:027}=
P:{name}
V:{version}-r{revision}
A:x86_64
S:{size}
I:{size}
T:Library {name} of the benchmark image
U:https://example.org/{name}
L:{licence}
o:{origin}
m:Somebody <somebody@example.org>
t:1700000000
c:0000000000000000000000000000000000000000
D:so:libc.musl-x86_64.so.1
p:so:{name}.so.1={version}
F:usr/share/{name}
"""
LICENCES = ("MIT", "GPL-2.0-or-later", "LGPL-2.1-or-later AND MIT", "Apache-2.0", "BSD-3-Clause")
FILES = 12


def write_apkdb(*, packages: int) -> dict[str, str]:
    """The files of a root with that many packages, database and os-release included."""
    tree = {"etc/os-release": RELEASE, "etc/alpine-release": "3.20.3\n", "etc/apk/arch": "x86_64\n"}
    records = []
    for number in range(packages):
        name = f"benchlib{number:03}"
        record = RECORD.format(
            checksum=number,
            name=name,
            version=f"{number % 7}.{number % 11}.{number}",
            revision=number % 5,
            size=4096 + number,
            licence=LICENCES[number % len(LICENCES)],
            origin=f"bench{number // 3:03}",
        )
        records.append(record + "".join(f"R:file{n}\n" for n in range(FILES)))
        tree |= dict(_files(name))
    tree["lib/apk/db/installed"] = "\n".join(records) + "\n"
    tree["etc/apk/world"] = "benchlib000\n"
    return tree


def _files(name: str) -> Iterator[tuple[str, str]]:
    for number in range(FILES):
        yield f"usr/share/{name}/file{number}", f"{name} {number}\n" * 200
