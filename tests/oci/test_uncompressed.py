"""Layers that lie uncompressed in a file: the same is found in them as in a stream."""

import random
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironhull.errors import ImageError
from ironhull.limits import LIMITS
from ironhull.model import Layer
from ironhull.oci import _uncompressed
from ironhull.oci.blobs import Part, open_part
from ironhull.oci.layers import LayerIndex, read_layer
from ironhull.oci.patterns import Wanted
from ironhull.oci.probes import Probe
from tests.oci._craft import digest, file, other, stored, tar

WANTED = Wanted.of(["**/*.txt"])
PROBES = [Probe("sizes", "1", lambda _, body: str(body.size).encode(), executables=True)]
NOISE = random.Random(5).randbytes(3_000_000)


def lying(content: bytes, path: Path, before: bytes = b"", behind: bytes = b"behind") -> Layer:
    """A layer that is a part of the file `path`."""
    path.write_bytes(before + content + behind)
    archive = path.open("rb")
    part = Part(len(before), len(content))
    return replace(stored(content, lambda data: data), open=lambda: open_part(archive, part))


def found_in(made: Layer) -> LayerIndex:
    return read_layer(made, WANTED, probes=PROBES)


_FILES = st.lists(
    st.tuples(
        st.sampled_from(["a.txt", "b.bin", "c.txt", "d/e.so"]),
        st.sampled_from([0, 1, 511, 512, 513, 15_000, 16_384, 70_000, 300_000, 2_200_000]),
        st.sampled_from([0o644, 0o755]),
        st.sampled_from([b"\x7fELF", b"text"]),
    ),
    max_size=8,
)


@settings(deadline=None, max_examples=40)
@given(_FILES, st.sampled_from([0, 1, 512, 5000]), st.integers(0, 3000))
def test_the_same_is_found_as_in_a_stream(
    tmp_path_factory: pytest.TempPathFactory,
    files: Sequence[tuple[str, int, int, bytes]],
    start: int,
    tail: int,
) -> None:
    members = [
        file(f"{number}/{name}", (magic + NOISE)[:size], mode)
        for number, (name, size, mode, magic) in enumerate(files)
    ]
    content = tar([*members, other("link.txt", "symlink", "0/a.txt")]) + b"x" * tail
    path = tmp_path_factory.mktemp("lying") / "archive"
    assert found_in(lying(content, path, b"." * start)) == found_in(
        stored(content, lambda data: data)
    )


@pytest.mark.parametrize("size", [100, 2_000_000])
def test_changed_bytes_that_nobody_reads_are_found(size: int, tmp_path: Path) -> None:
    content = tar([file("a", NOISE[:size])])
    made = lying(content, tmp_path / "archive")
    damaged = bytearray(content)
    damaged[512 + size // 2] ^= 1
    (tmp_path / "archive").write_bytes(damaged)
    with pytest.raises(ImageError, match=r"digest is sha256:.*, not the expected"):
        found_in(made)


@pytest.mark.parametrize("cut", [1_999_000, 1000, 100])
def test_cut_layers_are_refused(cut: int, tmp_path: Path) -> None:
    content = tar([file("a", NOISE[:2_000_000])])
    made = lying(content, tmp_path / "archive")
    (tmp_path / "archive").write_bytes(content[:cut])
    with pytest.raises(ImageError, match=r"is cut short|expected \d+ bytes, got"):
        found_in(made)


def test_a_layer_larger_than_it_says_is_refused(tmp_path: Path) -> None:
    content = tar([file("a", NOISE[:2_000_000])])
    made = lying(content, tmp_path / "archive")
    with pytest.raises(
        ImageError, match=rf"expected {len(content) - 10} bytes, got {len(content)}"
    ):
        found_in(replace(made, size=len(content) - 10))
    with pytest.raises(ImageError, match=r"is cut short"):
        found_in(replace(made, size=1_000_000))


def test_the_limit_of_a_layer_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_uncompressed, "LIMITS", replace(LIMITS, layer_bytes=1_000_000))
    made = lying(tar([file("a", NOISE[:2_000_000])]), tmp_path / "archive")
    with pytest.raises(ImageError, match="more than 1000000 bytes"):
        found_in(made)


def test_digests_may_be_of_two_kinds(tmp_path: Path) -> None:
    import hashlib

    content = tar([file("a.txt", NOISE)])
    other_kind = f"sha512:{hashlib.sha512(content).hexdigest()}"
    made = replace(lying(content, tmp_path / "archive"), digest=other_kind)
    found = found_in(made)
    assert (found.digest, found.diff_id) == (other_kind, digest(content))
    with pytest.raises(ImageError, match="diff_id is"):
        found_in(replace(made, diff_id=digest(b"else")))


def test_trouble_in_the_walk_ends_the_hashing(tmp_path: Path) -> None:
    content = bytearray(tar([file("a", NOISE), file("b", b"x")]))
    content[100] ^= 1
    before = threading.active_count()
    with pytest.raises(ImageError, match="tar archive"):
        found_in(lying(bytes(content), tmp_path / "archive"))
    assert threading.active_count() == before


def test_no_further_thread_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = tar([file("a.txt", NOISE)])
    made = lying(content, tmp_path / "archive")

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert found_in(made).bodies == {0: NOISE}
