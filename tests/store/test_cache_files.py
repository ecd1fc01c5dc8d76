"""Cache files: what is damaged is a miss and goes; what cannot be written is no failure."""

import multiprocessing
import os
import signal
import stat
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.store.cache_files import SUFFIX, CacheFiles, key_of

KEY = key_of(["one"])
LIMIT = 1 << 20


def cache(root: Path, limit: int = LIMIT) -> CacheFiles:
    return CacheFiles(str(root), "layers", limit=limit)


def the_file(root: Path) -> Path:
    (found,) = (root / "layers").iterdir()
    return found


def test_what_was_kept_is_found_and_only_under_its_key(tmp_path: Path) -> None:
    files = cache(tmp_path)
    assert files.load(KEY) is None
    assert files.keep(KEY, b"content")
    assert files.load(KEY) == b"content"
    assert files.load(key_of(["other"])) is None
    assert files.written == 1
    assert the_file(tmp_path).name == KEY + SUFFIX


def test_parts_of_a_key_do_not_run_into_each_other() -> None:
    assert key_of(["ab", "c"]) != key_of(["a", "bc"]) != key_of(["abc"])
    assert key_of([b"a"]) == key_of(["a"])


def test_nobody_else_reads_it(tmp_path: Path) -> None:
    cache(tmp_path).keep(KEY, b"content")
    assert stat.S_IMODE((tmp_path / "layers").stat().st_mode) == 0o700
    assert stat.S_IMODE(the_file(tmp_path).stat().st_mode) == 0o600


@given(st.data())
def test_any_damage_is_a_miss_and_the_file_goes(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    root = tmp_path_factory.mktemp("cache")
    content = data.draw(st.binary(min_size=1, max_size=64))
    cache(root).keep(KEY, content)
    path = the_file(root)
    raw = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(raw) - 1))
    if data.draw(st.booleans()):
        raw[at] ^= data.draw(st.integers(1, 255))
    else:
        del raw[at:]
    path.write_bytes(raw)
    assert cache(root).load(KEY) is None
    assert not path.exists()


def test_a_file_of_another_key_is_not_taken(tmp_path: Path) -> None:
    other = key_of(["other"])
    cache(tmp_path).keep(other, b"content")
    the_file(tmp_path).rename(tmp_path / "layers" / (KEY + SUFFIX))
    assert cache(tmp_path).load(KEY) is None


def test_too_large_is_neither_kept_nor_read(tmp_path: Path) -> None:
    assert not cache(tmp_path, limit=3).keep(KEY, b"four")
    cache(tmp_path).keep(KEY, bytes(10_000))
    assert cache(tmp_path, limit=3).load(KEY) is None


@pytest.mark.parametrize(
    "plant", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/etc/passwd")]
)
def test_what_is_no_file_is_neither_followed_nor_waited_for(plant: object, tmp_path: Path) -> None:
    (tmp_path / "layers").mkdir()
    plant(tmp_path / "layers" / (KEY + SUFFIX))
    assert cache(tmp_path).load(KEY) is None


def test_a_folder_that_cannot_be_made_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "layers").write_bytes(b"")
    files = cache(tmp_path)
    assert not files.keep(KEY, b"content")
    assert files.load(KEY) is None


def test_a_full_disk_is_no_failure_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    files = cache(tmp_path)
    monkeypatch.setattr(os, "write", full)
    assert not files.keep(KEY, b"content")
    monkeypatch.undo()
    assert list((tmp_path / "layers").iterdir()) == []
    assert not files.keep(KEY, b"content"), "one failure is enough for a run"


def test_reading_marks_it_as_used(tmp_path: Path) -> None:
    cache(tmp_path).keep(KEY, b"content")
    os.utime(the_file(tmp_path), (1, 1))
    cache(tmp_path).load(KEY)
    assert the_file(tmp_path).stat().st_mtime > 1


def write_for_ever(root: str) -> None:
    files = CacheFiles(root, "layers", limit=LIMIT)
    while True:
        files.keep(KEY, b"x" * 500_000)


def test_readers_beside_writers_that_are_killed_see_all_or_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    seen = 0
    for _ in range(3):
        writer = context.Process(target=write_for_ever, args=(str(tmp_path),))
        writer.start()
        until = time.monotonic() + 30
        while time.monotonic() < until:
            found = cache(tmp_path).load(KEY)
            assert found in (None, b"x" * 500_000)
            if found is not None:
                seen += 1
                break
        assert writer.pid is not None
        os.kill(writer.pid, signal.SIGKILL)
        writer.join()
    assert seen == 3
    assert cache(tmp_path).load(KEY) == b"x" * 500_000
