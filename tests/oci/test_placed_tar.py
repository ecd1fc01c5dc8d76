"""Tar files whose members have their places first."""

import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.errors import ImageError
from ironhull.oci.placed_tar import PlacedTar

paths = st.from_regex(r"[a-z]{1,20}(/[a-z]{1,60}){0,3}", fullmatch=True)


@given(st.dictionaries(paths, st.binary(max_size=2000), max_size=8), st.randoms())
def test_written_in_any_order_it_is_the_same_tar(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes], random: object
) -> None:
    path = tmp_path_factory.mktemp("tar") / "file.tar"
    with path.open("w+b") as file:
        tar = PlacedTar(file)
        places = {name: tar.place(name, len(data)) for name, data in files.items()}
        order = list(files)
        random.shuffle(order)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda name: tar.write(name, places[name], [files[name]]), order))
        tar.add("last", b"data")
        tar.finish()
    with tarfile.open(path) as found:
        assert [member.name for member in found] == [*files, "last"]
        for name, data in files.items():
            member = found.extractfile(name)
            assert member is not None
            assert member.read() == data
            assert found.getmember(name).mtime == 0


def test_what_failed_is_written_again(tmp_path: Path) -> None:
    with (tmp_path / "file.tar").open("w+b") as file:
        tar = PlacedTar(file)
        place = tar.place("a", 4)
        with pytest.raises(ImageError, match="ends before its 4 bytes"):
            tar.write("a", place, [b"abc"])
        with pytest.raises(ImageError, match="larger than the 4 bytes"):
            tar.write("a", place, [b"abc", b"de"])
        tar.write("a", place, [b"ab", b"cd"])
        tar.finish()
    with tarfile.open(tmp_path / "file.tar") as found:
        member = found.extractfile("a")
        assert member is not None
        assert member.read() == b"abcd"


def test_more_than_ustar_can_say(tmp_path: Path) -> None:
    with (tmp_path / "file.tar").open("w+b") as file:
        tar = PlacedTar(file)
        large = tar.place("large", 9 << 30)
        assert large.offset == 3 * 512  # a PAX header, its records and the header itself
