import errno
import io
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.errors import ImageError, StoreError
from ironhull.oci import _bodies
from ironhull.oci._bodies import FileBody, MemoryBody, Spool
from ironhull.oci.probes import Body


def bodies(data: bytes, around: bytes) -> Iterator[Body]:
    """The same content in memory, as a part of other bytes and in a file."""
    yield MemoryBody(data)
    whole = around + data + around
    yield MemoryBody(whole, len(around), len(around) + len(data))
    with tempfile.TemporaryFile() as file:
        file.write(whole)
        file.flush()
        yield FileBody(file.fileno(), len(around), len(data))


_BYTES = st.text("ab", max_size=40).map(str.encode)


@given(_BYTES, _BYTES, _BYTES, st.integers(0, 45), st.integers(0, 45))
def test_bodies_agree(data: bytes, around: bytes, what: bytes, offset: int, count: int) -> None:
    small, _bodies._CHUNK = _bodies._CHUNK, 7
    try:
        for body in bodies(data, around):
            assert body.size == len(data)
            assert body.read(offset, count) == data[offset : offset + count]
            if what:
                assert body.find(what, offset) == data.find(what, offset)
            with body.open() as file:
                assert file.read(3) == data[:3]
                assert file.seek(-1, os.SEEK_END) == len(data) - 1 if data else True
                assert file.read() == data[-1:]
                file.seek(offset)
                assert file.read(count) == data[offset : offset + count]
    finally:
        _bodies._CHUNK = small


def test_zip_files_are_read_where_they_lie() -> None:
    import zipfile

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a/b", "content")
    for body in bodies(packed.getvalue(), b"x" * 1000):
        with zipfile.ZipFile(body.open()) as archive:
            assert archive.read("a/b") == b"content"


def test_a_file_cut_meanwhile_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"x" * 10)
    with (tmp_path / "f").open("rb") as file:
        body = FileBody(file.fileno(), 0, 20)
        with pytest.raises(OSError, match="shorter"):
            body.read(0, 20)


def taken(pieces: Iterable[bytes]) -> None:
    with Spool() as spool:
        spool.take(pieces, "a jar")


def test_a_full_disk_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: Any) -> Any:
        return Path("/dev/full").open("wb", buffering=0)

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    with pytest.raises(StoreError, match=r"cannot unpack a jar.*No space left") as caught:
        taken([b"x"])
    assert "free some space" in caught.value.hint

    def no_directory(**_: Any) -> Any:
        raise OSError(errno.ENOENT, "No such file or directory")

    monkeypatch.setattr(tempfile, "TemporaryFile", no_directory)
    with pytest.raises(StoreError, match="cannot unpack a jar"):
        taken([b"x"])


def test_damage_behind_the_pieces_passes() -> None:
    def pieces() -> Iterator[bytes]:
        yield b"x"
        raise ImageError("cut short")

    with pytest.raises(ImageError, match="cut short"):
        taken(pieces())


def test_a_spool_is_used_again() -> None:
    with Spool() as spool:
        for content in (b"long" * 1000, b"", b"short"):
            body = spool.take([content[:3], content[3:]], "a jar")
            assert body.size == len(content)
            assert body.read(0, 10_000) == content
            assert body.find(b"long", 5) == (8 if len(content) > 10 else -1)
