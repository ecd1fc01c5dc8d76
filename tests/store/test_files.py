"""Files written whole or not at all; locks between processes."""

import multiprocessing
import os
import resource
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from ironhull.errors import StoreError
from ironhull.store.files import atomic_file, atomic_write, locked, locked_directory

FORK = multiprocessing.get_context("fork")


def test_writes_and_replaces(tmp_path: Path) -> None:
    path = tmp_path / "new" / "deep" / "file"
    atomic_write(path, b"one")
    atomic_write(path, b"two")
    assert path.read_bytes() == b"two"
    assert [p.name for p in path.parent.iterdir()] == ["file"]
    assert path.stat().st_mode & 0o600 == 0o600


def test_a_block_that_fails_leaves_the_old(tmp_path: Path) -> None:
    path = tmp_path / "file"
    atomic_write(path, b"old")
    with pytest.raises(ZeroDivisionError), atomic_file(path) as file:
        file.write(b"half")
        _ = 1 // 0
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_full_disk_leaves_the_old_and_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "file"
    atomic_write(path, b"old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(StoreError, match=str(path)) as caught:
            atomic_write(path, bytes(1 << 16))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.hint
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("place", ["file/below", "directory"])
def test_a_path_that_cannot_be_a_file(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "directory").mkdir()
    with pytest.raises(StoreError, match="cannot write"):
        atomic_write(tmp_path / place, b"x")


def _hold(path: Path, pipe: Connection) -> None:
    with locked(path):
        pipe.send("held")
        pipe.recv()
        os._exit(9)  # as a crash does: nothing is cleaned up


def test_a_lock_keeps_others_out_and_dies_with_its_process(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    ours, theirs = FORK.Pipe()
    child = FORK.Process(target=_hold, args=(path, theirs))
    child.start()
    assert ours.recv() == "held"
    with pytest.raises(StoreError, match="locked by another process"), locked(path, seconds=0.1):
        pass
    with (
        pytest.raises(StoreError, match="locked by another process"),
        locked(path, shared=True, seconds=0.1),
    ):
        pass
    ours.send("go")
    child.join()
    with locked(path, seconds=5):
        pass


def test_readers_share_a_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with locked(path, shared=True), locked(path, shared=True, seconds=0.1):
        pass


def test_a_directory_is_locked_without_a_trace(tmp_path: Path) -> None:
    with locked_directory(tmp_path):
        with pytest.raises(StoreError, match="locked"), locked_directory(tmp_path, seconds=0.1):
            pass
        assert not list(tmp_path.iterdir())
    with pytest.raises(StoreError, match="cannot lock"), locked_directory(tmp_path / "none"):
        pass


def test_a_device_or_pipe_is_written_to_not_replaced(tmp_path: Path) -> None:
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    for path in (pipe, link):
        reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        try:
            atomic_write(path, b"data")
            assert os.read(reader, 100) == b"data"
        finally:
            os.close(reader)
    assert pipe.is_fifo()
    assert link.is_symlink()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["link", "pipe"]


def test_a_full_device_is_an_error() -> None:
    full = Path("/dev/full")
    if not full.is_char_device():
        pytest.skip("no /dev/full on this system")
    with pytest.raises(StoreError, match="cannot write /dev/full"):
        atomic_write(full, b"data")
    assert full.is_char_device()
