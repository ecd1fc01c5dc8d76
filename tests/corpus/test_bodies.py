"""What is inside layers: bombs, links in circles, names that lie, whiteouts, a million entries."""

import io
import struct
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ironhull.model import Layer
from tests.corpus.bounded import Outcome, read
from tests.corpus.test_layouts import FILES, OS_RELEASE, STATUS
from tests.oci._craft import Layout, file, layer, other, squeeze, stored, tar
from tests.oci.test_layers import zstd

SIZE = 320 << 20
BASH = ("bash 5.2-1",)


def scan(place: Path, *layers: Layer, mib: int = 512, seconds: int = 60) -> Outcome:
    made = Layout()
    made.top = [made.manifest(*layers)]
    found = read(f"oci-dir://{made.write(place)}", mib=mib, seconds=seconds)
    assert found.crash == ""
    assert "\n" not in found.error
    return found


def raw(name: bytes, *, size: bytes = b"0" * 11, kind: bytes = b"0", prefix: bytes = b"") -> bytes:
    """A ustar header with any bytes as name and size."""
    head = struct.pack(
        "100s8s8s8s12s12s8sc100s6s2s32s32s8s8s155s12x",
        name, b"0000644", b"0000000", b"0000000", size, b"00000000000", b" " * 8, kind, b"",
        b"ustar", b"00", b"", b"", b"", b"", prefix,
    )  # fmt: skip
    return head[:148] + b"%06o\0 " % sum(head) + head[156:]


# ── bombs ────────────────────────────────────────────────────────────────────────────────────────


def zeros(name: str, size: int, compress: Callable[[Iterator[bytes]], bytes]) -> tuple[bytes, str]:
    """A compressed layer that holds `size` zeros as `name`, and its diff_id."""
    import hashlib

    info = tarfile.TarInfo(name)
    info.size = size
    done = hashlib.sha256()

    def pieces() -> Iterator[bytes]:
        block = bytes(1 << 20)
        yield info.tobuf()
        for _ in range(size >> 20):
            yield block
        yield bytes(1024)

    def counted() -> Iterator[bytes]:
        for piece in pieces():
            done.update(piece)
            yield piece

    data = compress(counted())
    return data, f"sha256:{done.hexdigest()}"


def gzipped(pieces: Iterator[bytes]) -> bytes:
    from isal import igzip

    out = io.BytesIO()
    with igzip.IGzipFile(fileobj=out, mode="wb", compresslevel=2, mtime=0) as stream:
        for piece in pieces:
            stream.write(piece)
    return out.getvalue()


def zstandard(pieces: Iterator[bytes]) -> bytes:
    packer = zstd.ZstdCompressor()
    return b"".join([*(packer.compress(piece) for piece in pieces), packer.flush()])


@pytest.mark.parametrize("name", ["var/lib/dpkg/status", "opt/a.jar", "opt/b.so"])
@pytest.mark.parametrize("pack", [gzipped, zstandard])
def test_very_many_zeros(
    tmp_path: Path, name: str, pack: Callable[[Iterator[bytes]], bytes]
) -> None:
    """More than the process may take, in a few kilobytes."""
    data, diff_id = zeros(name, SIZE, pack)
    made = layer(*FILES)
    bomb = stored(b"", lambda _: data)
    zeroes = Layer(diff_id, bomb.digest, bomb.size, bomb.media_type, bomb.open)
    found = scan(tmp_path, made, zeroes, mib=SIZE >> 20)
    if found.error:
        assert "times its size" in found.error
    elif name == "var/lib/dpkg/status":
        assert "not read" in found.said
    else:
        assert found.packages == BASH


def test_an_extended_header_that_never_ends(tmp_path: Path) -> None:
    for kind in (b"x", b"g", b"L", b"K"):
        for size in (b"\x80" + b"\x7f" * 11, b"\xff" * 12, b"00010000000"):
            content = raw(b"head", size=size, kind=kind) + bytes(2 << 20)
            found = scan(tmp_path / f"{kind[0]}{size.hex()}", stored(content))
            assert found.error


def test_a_sparse_file_of_an_exabyte(tmp_path: Path) -> None:
    info = tarfile.TarInfo("var/lib/dpkg/status")
    info.pax_headers = {
        "GNU.sparse.major": "0",
        "GNU.sparse.minor": "1",
        "GNU.sparse.size": str(1 << 60),
        "GNU.sparse.map": "0,0",
    }
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(info, io.BytesIO())
    found = scan(tmp_path, layer(*FILES), stored(out.getvalue()))
    assert "not read" in found.said


def test_archives_in_archives(tmp_path: Path) -> None:
    """A jar in a jar in a jar, and one that inflates to a gigabyte where its name is looked for."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("META-INF/MANIFEST.MF", b"Bundle-Version: 1\n" + bytes(32 << 20))
        with archive.open("META-INF/maven/g/a/pom.properties", "w", force_zip64=True) as stream:
            for _ in range(128):
                stream.write(bytes(1 << 20))
    data = out.getvalue()
    for number in range(40):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
            for twin in ("a", "b"):
                archive.writestr(f"BOOT-INF/lib/{twin}{number}.jar", data)
        data = out.getvalue() if len(out.getvalue()) < 32 << 20 else data
    found = scan(tmp_path, layer(*FILES, file("app/x.jar", data), file("app/y.egg", data)))
    assert "bash 5.2-1" in found.packages


# ── links and names ──────────────────────────────────────────────────────────────────────────────


def test_links_in_circles(tmp_path: Path) -> None:
    found = scan(
        tmp_path,
        layer(
            *FILES,
            other("etc/a", "symlink", "b"),
            other("etc/b", "symlink", "a"),
            other("usr/lib/os-release", "symlink", "../lib/os-release"),
            other("loop", "symlink", "."),
            other("up", "symlink", "../../../../.."),
            other("h1", "hardlink", "h2"),
            other("h2", "hardlink", "h1"),
            other("self", "hardlink", "self"),
            other("usr/lib/python3/dist-packages/x.dist-info", "symlink", "x.dist-info"),
            file("etc/a/b/c/METADATA", "Name: x\n"),
        ),
    )
    assert "bash 5.2-1" in found.packages
    assert "circles" in found.said


@pytest.mark.parametrize("root", ["/", "./", "/./", "//", "x/../", "../", "/../../"])
def test_paths_that_mean_the_same_or_climb(tmp_path: Path, root: str) -> None:
    members = [file(root + info.name, data) for info, data in FILES]
    found = scan(tmp_path, layer(*members))
    assert found.packages == BASH
    assert ("leaves the root" in found.said) == (root in ("../", "/../../"))


def test_the_last_of_two_entries_counts(tmp_path: Path) -> None:
    newer = STATUS.replace("5.2-1", "5.3-1")
    found = scan(tmp_path, layer(*FILES, file("var/lib/dpkg/status", newer)))
    assert found.packages == ("bash 5.3-1",)
    found = scan(tmp_path / "2", layer(*FILES, other("var/lib/dpkg/status", "dir")))
    assert found.packages == ()
    assert found.problems
    found = scan(tmp_path / "3", layer(*FILES, file("var/lib/dpkg", "x")))
    assert found.packages == ()
    assert found.problems


def test_devices_and_pipes_are_not_read(tmp_path: Path) -> None:
    kinds = [other("var/lib/dpkg/status", "fifo"), other("etc/os-release", "char")]
    found = scan(tmp_path, layer(*kinds, file("usr/lib/os-release", OS_RELEASE)))
    assert found.packages == ()
    assert "none of its packages could be listed" in found.said


def test_names_that_are_not_utf_8(tmp_path: Path) -> None:
    python = b"usr/lib/python3/dist-packages/\xff\xfe-1.0.dist-info/METADATA"
    content = b"Name: caf\xe9\nVersion: 1.0\xff\nLicense: \xff\n"
    body = raw(python, size=b"%011o" % len(content)) + content.ljust(512, b"\0")
    status = STATUS.encode() + b"Package: b\xffd\nStatus: install ok installed\nVersion: \xe9\n\n"
    whole = tar([FILES[0], file("var/lib/dpkg/status", status)]).rstrip(b"\0")
    whole += bytes(-len(whole) % 512)
    found = scan(tmp_path, stored(whole + body + bytes(1024)))
    assert found.error == ""
    assert "bash 5.2-1" in found.packages


def test_names_with_control_characters(tmp_path: Path) -> None:
    name = "opt/\x1b]0;x\x07\n\r\x7f.dist-info/METADATA"
    found = scan(tmp_path, layer(*FILES, file(name, "Name: x\x1b[31m\nVersion: 1\x00\n")))
    assert found.error == ""
    assert "bash 5.2-1" in found.packages


def test_names_with_nul(tmp_path: Path) -> None:
    content = raw(b"a\0b/../../etc") + raw(b"c", prefix=b"d\0e") + bytes(1024)
    assert scan(tmp_path, layer(*FILES), stored(content)).packages == BASH
    record = b"path=a\0b\n"
    pax = b"%d " % (len(record) + 3) + record
    content = raw(b"h", kind=b"x", size=b"%011o" % len(pax)) + pax.ljust(512, b"\0") + raw(b"f")
    found = scan(tmp_path / "2", layer(*FILES), stored(content + bytes(1024)))
    assert "NUL" in found.error


def test_names_that_are_too_long_or_too_deep(tmp_path: Path) -> None:
    deep = "/".join(["d"] * 2000) + "/x"
    long = "n" * 5000
    found = scan(tmp_path, layer(*FILES, file(deep, "x"), file(long, "x")))
    assert found.packages == BASH
    assert "5000 characters" in found.said


@pytest.mark.parametrize("size", [b"77777777777", b"\x80" + b"\x7f" * 11, b"\xff" * 12, b"9999"])
def test_sizes_that_lie(tmp_path: Path, size: bytes) -> None:
    found = scan(tmp_path, layer(*FILES), stored(raw(b"var/lib/dpkg/status", size=size)))
    assert found.error


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: data + b"garbage" * 100, "follows"),
        (lambda data: data[:-8] + b"\0" * 8, "damaged|cut short"),
        (lambda data: b"BZh91AY&SY" + data, "bzip2"),
        (lambda data: b"\xfd7zXZ\0" + data, "xz"),
        (lambda data: b"MZ" + data, "tar archive"),
    ],
)
def test_compression_that_lies(
    tmp_path: Path, change: Callable[[bytes], bytes], words: str
) -> None:
    import re

    made = layer(*FILES, compress=lambda data: change(squeeze(data)))
    assert re.search(words, scan(tmp_path, made).error)


# ── whiteouts ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "gone",
    [
        [".wh.etc", ".wh.var"],
        [".wh..wh..opq"],
        ["etc/.wh..wh..opq", "var/.wh.lib"],
        ["var/lib/dpkg/.wh.status", "etc/.wh.os-release"],
    ],
)
def test_whiteouts_of_everything(tmp_path: Path, gone: list[str]) -> None:
    found = scan(tmp_path, layer(*FILES), layer(*(file(name) for name in gone)))
    assert (found.error, found.packages) == ("", ())


@pytest.mark.parametrize(
    "name", [".wh.", ".wh..", ".wh...", ".wh..wh.", ".wh..wh..opq/x", "etc/.wh./x", ".wh.nothing"]
)
def test_whiteouts_of_nothing(tmp_path: Path, name: str) -> None:
    found = scan(tmp_path, layer(*FILES), layer(file(name)))
    assert (found.error, found.packages) == ("", BASH)


# ── very many ────────────────────────────────────────────────────────────────────────────────────


def entries(count: int) -> bytes:
    """The tar of `count` empty files, quicker than tarfile makes it."""
    template = bytearray(raw(b"d/00000000"))
    base = sum(template[:148]) + 8 * 32 + sum(template[156:]) - 8 * 48
    made = bytearray(512 * count)
    for number in range(count):
        digits = b"%08d" % number
        template[2:10] = digits
        template[148:156] = b"%06o\0 " % (base + sum(digits))
        made[512 * number : 512 * number + 512] = template
    return bytes(made)


def test_very_many_files(tmp_path: Path) -> None:
    content = entries(100_000) + tar(FILES)
    assert scan(tmp_path, stored(content)).packages == BASH


@pytest.mark.slow
def test_a_million_files(tmp_path: Path) -> None:
    content = entries(1_000_000) + tar(FILES)
    found = scan(tmp_path, stored(content, lambda data: gzipped(iter([data]))), mib=1536)
    assert found.packages == BASH


def test_very_many_wanted_files(tmp_path: Path) -> None:
    """More packages and broken ones than anybody installs."""
    good = [file(f"s/p{n}-1.dist-info/METADATA", f"Name: p{n}\nVersion: 1\n") for n in range(2_000)]
    bad = [file(f"s/b{n}-1.dist-info/METADATA", b"\xff" * 10) for n in range(2_000)]
    found = scan(tmp_path, layer(*FILES, *good, *bad), mib=768)
    assert len(found.packages) == 2_001
    assert found.problems
