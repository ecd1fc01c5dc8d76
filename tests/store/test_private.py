"""Our folder in a layout of somebody else's."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ironhull.errors import StoreError
from ironhull.store._private import PRIVATE, private_place


def test_it_is_gone_when_the_last_user_is(tmp_path: Path) -> None:
    with private_place(tmp_path) as first:
        with private_place(tmp_path) as second:
            assert first == second == tmp_path / PRIVATE
            (first / "tmp").mkdir()
        assert (first / "tmp").is_dir()
    assert list(tmp_path.iterdir()) == []


def test_what_is_unfinished_stays_for_the_next(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), private_place(tmp_path) as place:
        (place / "tmp").mkdir()
        (place / "tmp" / "blob.part").write_bytes(b"half")
        raise KeyboardInterrupt
    assert (tmp_path / PRIVATE / "tmp" / "blob.part").read_bytes() == b"half"
    with private_place(tmp_path) as place:
        assert (place / "tmp" / "blob.part").exists()
    assert list(tmp_path.iterdir()) == []


def test_an_error_before_anything_arrived_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(StoreError), private_place(tmp_path):
        raise StoreError("full")
    assert list(tmp_path.iterdir()) == []


def test_many_at_once_never_lose_their_folder(tmp_path: Path) -> None:
    lost: list[int] = []

    def use(number: int) -> None:
        for turn in range(30):
            with private_place(tmp_path) as place:
                mine = place / f"{number}-{turn}"
                mine.write_bytes(b"")
                if not mine.exists():
                    lost.append(number)
                mine.unlink()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(use, range(4)))
    assert lost == []
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_can_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError, match="cannot write"), private_place(tmp_path / "file"):
        pass
    (tmp_path / PRIVATE).write_bytes(b"")
    with pytest.raises(StoreError, match="cannot write"), private_place(tmp_path):
        pass
