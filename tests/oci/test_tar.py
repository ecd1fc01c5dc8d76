"""The tar reader beside the standard library's, and against archives that lie."""

import io
import posixpath
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironhull.errors import ImageError
from ironhull.limits import LIMITS
from ironhull.oci._tar import Entry, TarReader, clean_path, path_escapes
from tests.oci._craft import file, other, tar


def reader(data: bytes, step: int = 64 * 1024) -> TarReader:
    stream = io.BytesIO(data)
    return TarReader(lambda: stream.read(step), "x.tar")


def read(data: bytes, step: int = 64 * 1024) -> list[tuple[Entry, bytes]]:
    archive = reader(data, step)
    return [(entry, archive.body() if entry.kind == "file" else b"") for entry in archive]


def entries(data: bytes) -> list[Entry]:
    return list(reader(data))


# ── beside tarfile ───────────────────────────────────────────────────────────────────────────────

_KINDS = {
    tarfile.REGTYPE: "file",
    tarfile.AREGTYPE: "file",
    tarfile.SYMTYPE: "symlink",
    tarfile.LNKTYPE: "hardlink",
    tarfile.DIRTYPE: "dir",
    tarfile.FIFOTYPE: "fifo",
    tarfile.CHRTYPE: "char",
    tarfile.BLKTYPE: "block",
}


def _cleaned(name: str) -> str:
    return posixpath.normpath("/" + name).lstrip("/")


def oracle(data: bytes) -> list[tuple[Entry, bytes]]:
    found = []
    with tarfile.open(fileobj=io.BytesIO(data), errors="surrogateescape") as archive:
        for info in archive:
            kind = _KINDS[info.type]
            link = info.linkname if kind == "symlink" else ""
            link = _cleaned(info.linkname) if kind == "hardlink" else link
            body = archive.extractfile(info) if kind == "file" else None
            entry = Entry(
                _cleaned(info.name),
                kind,
                info.mode & 0o7777,
                info.uid,
                info.gid,
                info.size if kind == "file" else 0,
                int(info.mtime // 1),
                link,
            )
            found.append((entry, body.read() if body else b""))
    return found


_SEGMENT = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=("Cs",)), min_size=1, max_size=60
)
_NAME = st.lists(_SEGMENT | st.sampled_from([".", "..", ""]), min_size=1, max_size=6).map("/".join)
_NUMBER = st.integers(0, 1 << 40)


@st.composite
def _member(draw: st.DrawFn) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(draw(_NAME.filter(lambda name: name.strip("/") != "")))
    info.type = draw(st.sampled_from(sorted(set(_KINDS) - {tarfile.AREGTYPE})))
    info.mode = draw(st.integers(0, 0o7777))
    info.uid, info.gid = draw(_NUMBER), draw(_NUMBER)
    info.mtime = draw(_NUMBER)
    if info.type in (tarfile.SYMTYPE, tarfile.LNKTYPE):
        info.linkname = draw(_NAME.filter(bool))
    body = draw(st.binary(max_size=1500)) if info.type == tarfile.REGTYPE else b""
    info.size = len(body)
    return info, body


@settings(max_examples=150, deadline=None)
@given(
    st.lists(_member(), max_size=6),
    st.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]),
    st.sampled_from([1, 511, 512, 700, 65536]),
)
def test_reads_what_the_standard_library_reads(
    members: list[tuple[tarfile.TarInfo, bytes]], form: int, step: int
) -> None:
    data = tar(members, form)
    assert read(data, step) == oracle(data)


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_names_and_links(form: int) -> None:
    length = 120 if form == tarfile.USTAR_FORMAT else 3000
    name = "/".join(["d" * 50] * (length // 51)) + "/f"
    data = tar([file(name, "x"), other("l", "symlink", name[:99])], form)
    assert [(entry.path, body) for entry, body in read(data)] == [(name, b"x"), ("l", b"")]


def test_large_numbers_negative_times_and_fractions() -> None:
    info, body = file("a", "x")
    info.uid, info.mtime = 1 << 50, -5
    assert entries(tar([(info, body)]))[0][3:7:3] == (1 << 50, -5)  # base-256
    info.mtime = -1.5  # type: ignore[assignment]  # tarfile writes floats as pax records
    assert entries(tar([(info, body)], tarfile.PAX_FORMAT))[0].mtime == -2


def test_names_that_are_not_utf8_survive() -> None:
    name = b"caf\xe9/\xff".decode("utf-8", "surrogateescape")
    for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        (entry,) = entries(tar([file(name)], form))
        assert entry.path.encode("utf-8", "surrogateescape") == b"caf\xe9/\xff"


def test_global_pax_headers_hold_until_changed() -> None:
    out = io.BytesIO()
    with tarfile.open(
        fileobj=out, mode="w", format=tarfile.PAX_FORMAT, pax_headers={"uid": "7"}
    ) as made:
        for name in ("a", "b"):
            made.addfile(file(name)[0], io.BytesIO())
    assert [entry.uid for entry in entries(out.getvalue())] == [7, 7]


# ── paths ────────────────────────────────────────────────────────────────────────────────────────


@given(st.text("ab./", max_size=20))
def test_clean_paths_stay_inside(name: str) -> None:
    path = clean_path(name)
    assert path == _cleaned(name)
    assert clean_path(path) == path
    assert not path_escapes(path)


def test_names_that_climb_out_are_reported() -> None:
    archive = reader(tar([file("../../etc/x"), file("a/../b"), file("a..b")]))
    assert [entry.path for entry in archive] == ["etc/x", "b", "a..b"]
    assert archive.escaped == ["../../etc/x"]


# ── sparse files ─────────────────────────────────────────────────────────────────────────────────

_HOLED = b"A" * 512 + bytes(2048) + b"B" * 100


def _gnu_sparse(pieces: list[tuple[int, int]], size: int, data: bytes) -> bytes:
    """The old GNU format: the map in the header and in blocks after it."""
    info = tarfile.TarInfo("s")
    info.type, info.size = tarfile.GNUTYPE_SPARSE, len(data)
    block = bytearray(info.tobuf(tarfile.GNU_FORMAT)[-512:])
    numbers = [b"%011o\0%011o\0" % piece for piece in pieces]
    block[386:482] = b"".join(numbers[:4]).ljust(96, b"\0")
    block[482] = len(pieces) > 4
    block[483:495] = b"%011o\0" % size
    rest = numbers[4:]
    more = b""
    while rest:
        more += b"".join(rest[:21]).ljust(504, b"\0") + bytes([len(rest) > 21]) + bytes(7)
        rest = rest[21:]
    return _summed(block) + more + data + bytes(-len(data) % 512) + bytes(1024)


def _summed(block: bytearray) -> bytes:
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def _pax_sparse(records: dict[str, str], data: bytes) -> bytes:
    info, _ = file("GNUSparseFile.0/s", data)
    info.pax_headers = records
    return tar([(info, data)], tarfile.PAX_FORMAT)


_STORED = b"A" * 512 + b"B" * 100
_MAP = "2\n0\n512\n2560\n100\n"


@pytest.mark.parametrize(
    "data",
    [
        _gnu_sparse([(0, 512), (2560, 100)], 2660, _STORED),
        _pax_sparse({"GNU.sparse.size": "2660", "GNU.sparse.map": "0,512,2560,100"}, _STORED),
        _pax_sparse(
            {
                "GNU.sparse.major": "1",
                "GNU.sparse.minor": "0",
                "GNU.sparse.name": "s",
                "GNU.sparse.realsize": "2660",
            },
            _MAP.encode().ljust(512, b"\0") + _STORED,
        ),
    ],
    ids=["gnu", "pax-0.1", "pax-1.0"],
)
def test_sparse_files_have_their_full_size_and_content(data: bytes) -> None:
    ((entry, body),) = read(data, 700)
    assert (entry.size, body) == (2660, _HOLED)
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        found = archive.extractfile(archive.getmembers()[0])
        assert found is not None and found.read() == body
    assert [entry.size for entry in entries(data)] == [2660]


def test_sparse_0_0_with_repeated_records() -> None:
    pairs = [("GNU.sparse.size", "2660"), ("GNU.sparse.numblocks", "2")]
    for offset, size in (("0", "512"), ("2560", "100")):
        pairs += [("GNU.sparse.offset", offset), ("GNU.sparse.numbytes", size)]
    data = _extended(b"x", b"".join(_record(*pair) for pair in pairs)) + tar([file("s", _STORED)])
    ((entry, body),) = read(data)
    assert (entry.path, entry.size, body) == ("s", 2660, _HOLED)


def test_long_gnu_sparse_maps() -> None:
    pieces = [(number * 1024, 512) for number in range(60)]
    data = _gnu_sparse(pieces, 60 * 1024, b"x" * 512 * 60)
    ((entry, body),) = read(data)
    assert entry.size == len(body) == 60 * 1024
    assert body == (b"x" * 512 + bytes(512)) * 60


@pytest.mark.parametrize(
    "pieces", [[(0, 512), (100, 100)], [(0, 600), (2600, 100)], [(0, 10**9)], [(5000, 10)]]
)
def test_sparse_maps_that_lie_are_refused(pieces: list[tuple[int, int]]) -> None:
    with pytest.raises(ImageError, match="sparse"):
        read(_gnu_sparse(pieces, 2660, _STORED))


# ── hostile ──────────────────────────────────────────────────────────────────────────────────────


def _record(key: str, value: str) -> bytes:
    rest = f" {key}={value}\n".encode()
    length = len(rest) + 1
    while len(str(length)) + len(rest) != length:
        length = len(str(length)) + len(rest)
    return str(length).encode() + rest


def _extended(kind: bytes, data: bytes, claimed: int | None = None) -> bytes:
    info = tarfile.TarInfo("h")
    info.type, info.size = kind, len(data) if claimed is None else claimed
    return info.tobuf(tarfile.GNU_FORMAT) + data + bytes(-len(data) % 512)


def _patched(at: int, field: bytes) -> bytes:
    block = bytearray(tar([file("a", "abc")])[:512])
    block[at : at + len(field)] = field
    return _summed(block) + b"abc".ljust(512, b"\0") + bytes(1024)


@pytest.mark.parametrize(
    "data",
    [
        b"x" * 511,
        b"x" * 512,
        tar([file("a", "b" * 600)])[:1000],
        tar([file("a", "b" * 600)])[:512],
        tar([file("a", "b")])[: 512 + 100],
        tar([file("a")])[:512] + bytes(512) + tar([file("b")])[:512],
        _patched(124, b"99999999999\0"),
        _patched(124, b"-0000000001\0"),
        _patched(124, b"\xff" * 12),
        _patched(124, b"\x80" + b"\xff" * 11),
        _patched(124, b"\x80\0\0\0\x7f" + b"\xff" * 7),
        _patched(100, b"zzzzzzz\0"),
        _extended(b"x", b"0 path=a\n") + tar([file("a")]),
        _extended(b"x", b"99 path=a\n") + tar([file("a")]),
        _extended(b"x", b"path=a\n") + tar([file("a")]),
        _extended(b"x", _record("size", "-1")) + tar([file("a")]),
        _extended(b"x", _record("size", "1e9")) + tar([file("a")]),
        _extended(b"x", _record("size", "9" * 5000)) + tar([file("a")]),
        _extended(b"x", _record("path", "a\0b")) + tar([file("a")]),
        _extended(b"x", _record("mtime", "soon")) + tar([file("a")]),
        _extended(b"x", _record("GNU.sparse.map", "0,1,2") + _record("GNU.sparse.size", "1"))
        + tar([file("a")]),
        _extended(b"L", b"", LIMITS.tar_header_bytes + 1),
        _extended(b"x", _record("path", "a")),
        _extended(b"x", b"x" * 4096) * 400,
    ],
)
def test_archives_that_lie_are_refused_in_one_line(data: bytes) -> None:
    for step in (600, 65536):
        with pytest.raises(ImageError, match=r"x\.tar") as error:
            read(data, step)
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("at", [0, 20, 100, 130, 148, 156, 257])
def test_every_changed_header_byte_is_noticed(at: int) -> None:
    data = bytearray(tar([file("a", "abc")]))
    data[at] ^= 0x01
    with pytest.raises(ImageError, match=r"checksum|header"):
        entries(bytes(data))


def test_a_checksum_that_is_no_number_is_damage() -> None:
    data = bytearray(tar([file("a", "b")]))
    data[148:156] = b"007048\0 "
    with pytest.raises(ImageError, match="not valid"):
        entries(bytes(data))


def test_signed_checksums_of_old_writers_are_right() -> None:
    block = bytearray(tar([file("\udcff\udcfe", "")])[:512])
    block[148:156] = b" " * 8
    signed = sum(byte - 256 if byte > 127 else byte for byte in block)
    block[148:156] = b"%06o\0 " % signed
    assert len(entries(bytes(block) + bytes(1024))) == 1


@settings(deadline=None)
@given(st.binary(max_size=600), st.integers(0, 2047))
def test_any_damage_is_an_image_error_or_a_reading(noise: bytes, at: int) -> None:
    data = bytearray(tar([file("a" * 120, "abc"), other("l", "symlink", "x")], tarfile.PAX_FORMAT))
    data[at : at + len(noise)] = noise
    try:
        found = read(bytes(data))
    except ImageError:
        return
    assert all(len(body) == entry.size for entry, body in found)


def test_an_empty_stream_and_a_missing_end_are_fine() -> None:
    assert entries(b"") == []
    assert len(entries(tar([file("a", "x")])[:1024])) == 1


def test_links_and_directories_carry_no_data_whatever_they_claim() -> None:
    info, _ = other("d", "dir")
    info.size = 5000
    header = info.tobuf(tarfile.GNU_FORMAT)
    assert [entry.path for entry in entries(header + tar([file("a")]))] == ["d", "a"]
    assert entries(header)[0].size == 0


def test_unknown_types_are_passed_over_with_their_data() -> None:
    info, body = file("v", "x" * 700)
    info.type = b"V"
    data = info.tobuf(tarfile.GNU_FORMAT) + body.ljust(1024, b"\0") + tar([file("a")])
    assert [(entry.path, entry.kind) for entry in entries(data)] == [("v", "other"), ("a", "file")]
