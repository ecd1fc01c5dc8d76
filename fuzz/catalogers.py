"""Every cataloger over files of any content: nothing escapes, and what is found can be written.

The first byte of an input chooses a row of CATALOGERS (new rows come in by themselves), the second
one of its patterns, the third where the file lies, the rest is its content. Other files the row may
look into lie in the same directory.
"""

import io
import json
import os
import sqlite3
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path

from fuzz._harness import fuzz
from ironhull.catalog import PROBES, catalog
from ironhull.catalogers import CATALOGERS, Cataloger
from ironhull.errors import FormatError
from ironhull.formats import SBOM_FORMATS
from ironhull.model import File, Platform, Subject
from ironhull.oci._probing import MemoryBody, Probing
from ironhull.oci.patterns import Wanted
from tests.trees import DictTree

OS_RELEASE = {"etc/os-release": 'ID=debian\nVERSION_ID="13"\n'}
PLACES = ("", "usr/lib/", "usr/lib/node_modules/x/", "app/a/b/", "usr/lib/python3/dist-packages/")
JSON = b'{"name":"x","version":"1.0","license":"MIT","dependencies":{"y":"^1"}}'
STATUS = b"""Package: libc6
Status: install ok installed
Architecture: amd64
Source: glibc (2.41)
Version: 2.41-12
Depends: bash (>= 1) | x, y
"""
CONTENT = {
    "status": STATUS,
    "installed": b"C:Q1=\nP:musl\nV:1.2\nA:x86_64\nL:MIT\no:musl\nF:lib\nR:ld.so\n\n",
    "container-manifest-1": b"filesystem-1.1-1.azl3.x86_64\n",
    "container-manifest-2": b"filesystem\t1.1-1\t1\t2\tMS\t(none)\tx86_64\t0\tf-1.src.rpm\n",
    "METADATA": b"Metadata-Version: 2.1\nName: flask\nVersion: 3.0\nRequires-Dist: a>1; extra\n",
    "PKG-INFO": b"Metadata-Version: 1.0\nName: flask\nVersion: 3.0\nLicense: MIT\n",
    "RECORD": b"flask/__init__.py,sha256=abc,3\n",
    "direct_url.json": b'{"url":"https://x/y","vcs_info":{"vcs":"git","commit_id":"a"}}',
    "requires.txt": b"a>=1\n\n[extra]\nb\n",
    "package.json": JSON,
    ".gemspec": b'Gem::Specification.new do |s|\n s.name = "rake".freeze\n s.version = "13.0"\n'
    b' s.licenses = ["MIT".freeze]\nend\n',
    "installed.json": b'{"packages":[{"name":"a/b","version":"v1.0","license":["MIT"]}]}',
    ".deps.json": b'{"runtimeTarget":{"name":".NETCoreApp,Version=v8.0"},"targets":{".NETCoreApp,'
    b'Version=v8.0":{"A/1.0":{"dependencies":{"B":"1"}}}},"libraries":{"A/1.0":{"type":"package"}}}',
    ".nuspec": b'<package xmlns="x"><metadata><id>A</id><version>1</version></metadata></package>',
    ".json": JSON,
    ".app": b'{application,x,[{vsn,"1.0"},{modules,[a]},{applications,[kernel]}]}.',
    ".config": b'{<<"name">>,<<"x">>}.\n{<<"version">>,<<"1.0">>}.\n',
    "DESCRIPTION": b"Package: x\nVersion: 1.0\nLicense: GPL-2\nBuilt: R 4.3\nDepends: R (>= 3)\n",
    ".rockspec": b'package = "x"\nversion = "1.0-1"\ndependencies = {"lua >= 5.1"}\n',
    "perllocal.pod": b"=head2 Mon: C<Module> L<X|X>\n\n=over 4\n\n=item *\n\nC<VERSION: 1.0>\n",
    ".packlist": b"/usr/lib/x.pm type=file\n",
    "copyright": b"Format: https://www.debian.org/x\nFiles: *\nCopyright: me\nLicense: GPL-2+\n",
    "release": b'JAVA_VERSION="21.0.1"\nIMPLEMENTOR="Debian"\n',
    "sqlite": b"sqlite",  # made below
}


def path(pattern: str, place: str) -> str:
    """A path that `pattern` matches, below `place` where the pattern leaves that open."""
    name = pattern.replace("**/", place, 1).replace("**/", "")
    return name.replace("*", "n-1.0").removeprefix("/")


def patterns(row: Cataloger) -> tuple[str, ...]:
    """All that the row looks at."""
    probed = (*row.probe.patterns, "usr/bin/*") if row.probe else ()
    return (*row.patterns, *row.reads, *probed)


ROWS = tuple(patterns(row) for row in CATALOGERS)
PROBING = Probing(PROBES)


@cache
def matcher(pattern: str) -> Callable[[str], bool]:
    return Wanted.of([pattern]).matches


class Files(DictTree):
    """A tree that makes its patterns once for all inputs."""

    def __init__(self, files: Mapping[str, bytes | str]) -> None:
        super().__init__(files)
        self._facts = {
            path: PROBING.run(path, 0o755, MemoryBody(body), self.troubles.append)
            for path, body in self._files.items()
        }

    def glob(self, pattern: str) -> Iterator[File]:
        return (self._file(path) for path in sorted(self._files) if matcher(pattern)(path))


def content(name: str) -> bytes:
    return next((data for end, data in CONTENT.items() if name.endswith(end)), b"")


def one(data: bytes) -> None:
    if len(data) < 3:
        return
    others = ROWS[data[0] % len(ROWS)]
    pattern = others[data[1] % len(others)]
    place = PLACES[data[2] % len(PLACES)]
    here = path(pattern, place)
    beside = (path(other, place) for other in others)
    files: dict[str, bytes | str] = {**OS_RELEASE}
    files |= {p: content(p) for p in beside if p.rpartition("/")[0] == here.rpartition("/")[0]}
    files[here] = data[3:]
    tree = Files(files)
    subject = Subject(name="fuzz", digest="", platform=Platform())
    found = catalog(tree, subject)
    for package in found.packages:
        assert package.purl.startswith("pkg:"), package
    for problem in found.problems:
        assert "\n" not in problem.message, problem
    for form in SBOM_FORMATS:
        try:
            written = form.write(found, created="2026-01-01T00:00:00Z")
        except FormatError:
            continue
        if form.name != "list":
            json.loads(written)


# ── seeds ────────────────────────────────────────────────────────────────────────────────────────


def jar() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "META-INF/MANIFEST.MF", "Implementation-Title: x\nImplementation-Version: 1\n"
        )
        archive.writestr(
            "META-INF/maven/g/a/pom.properties", "groupId=g\nartifactId=a\nversion=1\n"
        )
        inner = io.BytesIO()
        with zipfile.ZipFile(inner, "w") as nested:
            nested.writestr(
                "META-INF/maven/g/b/pom.properties", "groupId=g\nartifactId=b\nversion=2\n"
            )
        archive.writestr("BOOT-INF/lib/b-2.jar", inner.getvalue())
        archive.writestr("node_modules/x/package.json", JSON)
        archive.writestr("EGG-INFO/PKG-INFO", CONTENT["PKG-INFO"])
    return out.getvalue()


def rpm_header() -> bytes:
    """A header of an installed package: name, version, release, arch (rpm, "Header Format")."""
    store, index = b"", b""
    for tag, text in ((1000, b"bash"), (1001, b"5.2"), (1002, b"1.el9"), (1022, b"x86_64")):
        index += struct.pack(">IIII", tag, 6, len(store), 1)
        store += text + b"\0"
    return struct.pack(">II", len(index) // 16, len(store)) + index + store


def rpm_sqlite() -> bytes:
    place = Path(f"/tmp/ironhull-fuzz-{os.getpid()}.sqlite")
    base = sqlite3.connect(place)
    base.execute("PRAGMA page_size=512")
    base.execute(
        "CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)"
    )
    base.execute("INSERT INTO Packages (blob) VALUES (?)", (rpm_header(),))
    base.commit()
    base.close()
    data = place.read_bytes()
    place.unlink()
    return data


def elf(sections: dict[str, bytes]) -> bytes:
    """A 64-bit little-endian ELF file with these sections (System V ABI, chapter 4)."""
    names = b"\0" + b"".join(name.encode() + b"\0" for name in sections) + b".shstrtab\0"
    bodies = [*sections.values(), names]
    at, offsets = 64, []
    for body in bodies:
        offsets.append(at)
        at += len(body)
    table = bytes(64)
    for name, body, offset in zip([*sections, ".shstrtab"], bodies, offsets, strict=True):
        start = names.index(name.encode() + b"\0")
        address = 0x1000 + offset
        table += struct.pack("<IIQQQQIIQQ", start, 1, 3, address, offset, len(body), 0, 0, 16, 0)
    count = len(bodies) + 1
    head = b"\x7fELF\2\1\1" + bytes(9)
    head += struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0, 0, at, 0, 64, 56, 0, 64, count, count - 1)
    return head + b"".join(bodies) + table


def programs() -> list[bytes]:
    info = b"path\tx/y\nmod\tx/y\tv1.0.0\th1:a=\ndep\tgithub.com/a/b\tv1.2.3\th1:b=\n"
    framed = bytes(16) + info + bytes(16)
    go = b"\xff Go buildinf:\x08\x02" + bytes(16) + b"\x08go1.22.1" + bytes([len(framed)]) + framed
    rust = zlib.compress(b'{"packages":[{"name":"x","version":"1.0","source":"crates.io"}]}')
    return [
        elf({".go.buildinfo": go}),
        elf({".dep-v0": rust}),
        elf({".rodata": b"Python 3.13.1\0OpenSSL 3.0.15 3 Sep 2024\0nginx/1.27\0", ".data": b"x"}),
    ]


def seeds() -> list[bytes]:
    made = []
    archive, base, runs = jar(), rpm_sqlite(), programs()
    for number, row in enumerate(ROWS):
        for position, pattern in enumerate(row[:100]):
            head = bytes([number, position, 1 + number % 2])
            if pattern.endswith((".jar", ".zip", ".egg", ".war")):
                made.append(head + archive)
            elif pattern.endswith(".sqlite"):
                made.append(head + base)
            elif pattern.endswith((".so", "bin/*", "vmlinuz-*", ".ko")):
                made += [head + program for program in runs]
            else:
                made.append(head + content(pattern))
    return made


if __name__ == "__main__":
    fuzz(one, seeds())
