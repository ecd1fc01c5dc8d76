"""Packages read: every compression, every kind of file, and what is refused."""

import io
import shutil
import subprocess
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ironhull.debian import _inflate
from ironhull.debian import package as reader
from ironhull.debian.package import read_control, read_data
from ironhull.errors import RepositoryError, StoreError
from ironhull.limits import LIMITS
from tests.debian.debmaker import COMPRESS, Link, Mode, ar, deb, tar


def _write(directory: Path, data: bytes) -> Path:
    path = directory / "sample.deb"
    path.write_bytes(data)
    return path


def _contents(path: Path) -> dict[str, bytes | None]:
    return {entry.path: content and content.read() for entry, content in read_data(path)}


@pytest.mark.parametrize("kind", COMPRESS)
def test_every_compression(tmp_path: Path, kind: str) -> None:
    files = {"usr": None, "usr/x": b"y" * 300_000, "usr/z": b""}
    path = _write(tmp_path, deb(files, control={"md5sums": "0  usr/x\n"}, kind=kind))
    assert _contents(path) == {"usr": None, "usr/x": b"y" * 300_000, "usr/z": b""}
    control = read_control(path)
    assert control.fields["Package"] == "sample"
    assert control.fields["Description"] == "a sample\n and more of it"
    assert control.files == {"md5sums": b"0  usr/x\n"}


def test_contents_may_be_skipped(tmp_path: Path) -> None:
    path = _write(tmp_path, deb({"a": b"1" * 9999, "b": b"2"}))
    assert [entry.path for entry, _ in read_data(path)] == ["a", "b"]


def test_modes_owners_and_links(tmp_path: Path) -> None:
    files = {
        "usr/bin/su": Mode(0o4755, b"elf", 0, 42),
        "usr/bin/hard": Link("./usr/bin/su", hard=True),
        "usr/bin/soft": Link("../bin/su"),
    }
    su, hard, soft = (entry for entry, _ in read_data(_write(tmp_path, deb(files))))
    assert (su.mode, su.uid, su.gid, su.size, su.mtime) == (0o4755, 0, 42, 3, 1_600_000_000)
    assert (hard.kind, hard.link) == ("hardlink", "usr/bin/su")
    assert (soft.kind, soft.link) == ("symlink", "../bin/su")


def test_dpkg_deb_writes_what_we_read(tmp_path: Path) -> None:
    if shutil.which("dpkg-deb") is None:
        pytest.skip("there is no dpkg-deb on this machine")
    tree = tmp_path / "tree"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "DEBIAN/control").write_text(
        "Package: real\nVersion: 2\nArchitecture: all\nMaintainer: x <x@y>\nDescription: z\n"
    )
    (tree / "usr/share/ä").mkdir(parents=True)
    (tree / "usr/share/ä/file").write_bytes(b"content")
    for kind in ("none", "gzip", "xz", "zstd"):
        made = tmp_path / f"{kind}.deb"
        command = ["dpkg-deb", "--root-owner-group", f"-Z{kind}", "-b", str(tree), str(made)]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            continue  # a dpkg without that compression
        assert read_control(made).fields["Version"] == "2"
        assert _contents(made)["usr/share/ä/file"] == b"content"


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "usr/../../x"])
def test_paths_stay_inside(tmp_path: Path, path: str) -> None:
    data = tar({"./ok": b""}) and _tar_with(path)
    deb_bytes = ar({"debian-binary": b"2.0\n", "control.tar": b"", "data.tar": data})
    with pytest.raises(RepositoryError, match="leads out of the root"):
        _contents(_write(tmp_path, deb_bytes))


def _tar_with(path: str) -> bytes:
    info = tarfile.TarInfo(path)
    return info.tobuf(tarfile.GNU_FORMAT) + b"\0" * 1024


def test_hard_links_stay_inside(tmp_path: Path) -> None:
    path = _write(tmp_path, deb({"x": Link("../../etc/shadow", hard=True)}))
    with pytest.raises(RepositoryError, match="leads out of the root"):
        _contents(path)


def test_a_truncated_package_is_refused(tmp_path: Path) -> None:
    whole = deb({"x": b"y" * 100_000})
    for size in (0, 8, 60, len(whole) // 2, len(whole) - 4):
        path = _write(tmp_path, whole[:size])
        with pytest.raises(RepositoryError, match=r"sample\.deb"):
            read_control(path)
            _contents(path)


@pytest.mark.parametrize("kind", [".tar.gz", ".tar.xz", ".tar.bz2", ".tar.zst"])
def test_damaged_compression_is_refused(tmp_path: Path, kind: str) -> None:
    whole = COMPRESS[kind](tar({"./x": bytes(range(256)) * 400}))
    for broken in (whole[: len(whole) // 2], b"\0" * 50, whole[:9] + b"\xff" * 9 + whole[18:]):
        data = ar({"debian-binary": b"2.0\n", f"control{kind}": b"", f"data{kind}": broken})
        with pytest.raises(RepositoryError, match="damaged"):
            _contents(_write(tmp_path, data))


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"debian-binary": b"3.0\n"}, "format 2"),
        ({"control.tar": b""}, "format 2"),
        ({"debian-binary": b"2.0\n", "control.tar": tar({})}, "no control file"),
        ({"debian-binary": b"2.0\n"}, r"no control\.tar"),
        ({"debian-binary": b"2.0\n", "control.tar.rar": b""}, "do not know"),
        (
            {"debian-binary": b"2.0\n", "control.tar": tar({"./control": "Package: x\n"})},
            "no Version",
        ),
    ],
)
def test_what_is_no_package(tmp_path: Path, members: dict[str, bytes], message: str) -> None:
    with pytest.raises(RepositoryError, match=message):
        read_control(_write(tmp_path, ar(members)))


def test_a_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_inflate, "LIMITS", replace(LIMITS, deb_unpacked_bytes=1_000_000))
    path = _write(tmp_path, deb({"zeros": b"\0" * 5_000_000}))
    with pytest.raises(RepositoryError, match="unpacks to more than 1000000 bytes"):
        _contents(path)


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "LIMITS", replace(LIMITS, archive_members=5))
    path = _write(tmp_path, deb({f"f{n}": b"" for n in range(9)}))
    with pytest.raises(RepositoryError, match="more than 5 files"):
        _contents(path)


def test_a_missing_file_is_a_store_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot read"):
        read_control(tmp_path / "none.deb")


def test_gzip_in_several_streams(tmp_path: Path) -> None:
    data = tar({"./a": b"1" * 5000, "./b": b"2"})
    pieces = COMPRESS[".tar.gz"](data[:3000]) + COMPRESS[".tar.gz"](data[3000:])
    path = _write(tmp_path, ar({"debian-binary": b"2.0\n", "data.tar.gz": pieces}))
    assert _contents(path) == {"a": b"1" * 5000, "b": b"2"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.integers(0, 10_000), st.integers(0, 255))
def test_one_wrong_byte_ends_well(tmp_path: Path, at: int, value: int) -> None:
    whole = bytearray(deb({"usr/x": b"content" * 50, "usr/l": Link("x")}, kind=".tar.gz"))
    whole[at % len(whole)] = value
    path = _write(tmp_path, bytes(whole))
    try:
        read_control(path)
        _contents(path)
    except RepositoryError as trouble:
        assert "sample.deb" in trouble.message


def test_control_fields(tmp_path: Path) -> None:
    written = "\nPackage: a\nVersion: 1\nArchitecture: all\nDescription: b\n  c\n .\n"
    folded = "Depends:\n d,\n e\n\nPackage: next\n"
    packed = COMPRESS[".tar.gz"](tar({"./control": written + folded}))
    path = _write(tmp_path, ar({"debian-binary": b"2.0\n", "control.tar.gz": packed}))
    assert read_control(path).fields == {
        "Package": "a",
        "Version": "1",
        "Architecture": "all",
        "Description": "b\n  c\n .",
        "Depends": "\n d,\n e",
    }


def test_streams_are_read_once(tmp_path: Path) -> None:
    path = _write(tmp_path, deb({"a": b"first", "b": b"second"}))
    first = next(iter(read_data(path)))[1]
    assert isinstance(first, io.BufferedIOBase | io.RawIOBase) or hasattr(first, "read")
    assert first is not None and first.read(3) == b"fir" and first.read() == b"st"
