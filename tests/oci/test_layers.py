import gzip
import io
import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from ironhull.errors import ImageError
from ironhull.limits import LIMITS, Limits
from ironhull.oci import _collecting, _tar, decompress, layers
from ironhull.oci.layers import Budget, read_bodies, read_layer, walk
from ironhull.oci.manifests import FOREIGN_LAYER_TYPES, LAYER_TYPES
from ironhull.oci.patterns import Wanted
from tests.oci._craft import digest, file, layer, other, squeeze, stored, tar

try:
    from compression import zstd
except ImportError:
    from backports import zstd

NOISE = random.Random(1).randbytes(3_000_000)
ALL = Wanted.of(["**"])


def members_of_three(data: bytes) -> bytes:
    third = len(data) // 3
    return b"".join(
        squeeze(part) for part in (data[:third], data[third : 2 * third], data[2 * third :])
    )


def frames_of_three(data: bytes) -> bytes:
    third = len(data) // 3
    parts = (data[:third], data[third : 2 * third], data[2 * third :])
    skipped = b"\x50\x2a\x4d\x18\x04\0\0\0abcd"
    return skipped.join(zstd.compress(part) for part in parts)


@pytest.mark.parametrize(
    "compress",
    [
        squeeze,
        lambda data: squeeze(data) + bytes(1000),
        lambda data: gzip.compress(data, 9),
        lambda data: squeeze(b"") + squeeze(data) + squeeze(b""),
        members_of_three,
        zstd.compress,
        frames_of_three,
        lambda data: data,
        lambda data: data + bytes(10240),
    ],
)
def test_one_pass_gives_entries_bodies_and_both_digests(compress: Callable[[bytes], bytes]) -> None:
    members = [file("a", NOISE), other("l", "symlink", "a"), file("d/b", b"z" * 2_000_000)]
    content = tar(members)
    made = stored(content, compress)
    if not compress(b"x").startswith((b"\x1f\x8b", b"\x28", b"\x50")):
        made = replace(made, diff_id=made.digest)
    found = read_layer(made, ALL)
    assert [entry.path for entry in found.entries] == ["a", "l", "d/b"]
    assert found.bodies == {0: NOISE, 2: b"z" * 2_000_000}
    assert found.links == (1,)
    assert (found.digest, found.diff_id, found.size) == (made.digest, made.diff_id, made.size)
    assert found.unpacked >= len(content)


def test_only_wanted_bodies_are_kept_and_others_can_be_fetched_later() -> None:
    made = layer(file("a", "1"), file("b", "2"), file("c", "3"))
    assert read_layer(made, Wanted.of(["b"])).bodies == {1: b"2"}
    assert read_bodies(made, frozenset({0, 2}), budget=Budget(10)).bodies == {0: b"1", 2: b"3"}


def test_walk() -> None:
    stream = io.BytesIO(squeeze(tar([file("a", "1"), file("b", "2")])))
    assert [(entry.path, body()) for entry, body in walk(stream)] == [("a", b"1"), ("b", b"2")]


# ── digests and kinds ────────────────────────────────────────────────────────────────────────────


def test_every_flipped_byte_is_noticed() -> None:
    good = layer(file("a", NOISE[:5000]))
    data = good.open().read()
    for at in range(0, len(data), 7):
        bad = bytearray(data)
        bad[at] ^= 0x10
        with pytest.raises(ImageError):
            read_layer(replace(good, open=lambda bad=bytes(bad): io.BytesIO(bad)), ALL)


def test_wrong_digests_name_what_was_expected_and_got() -> None:
    good = layer(file("a", "1"))
    for field in ("digest", "diff_id"):
        with pytest.raises(ImageError, match="expected") as error:
            read_layer(replace(good, **{field: digest(b"other")}), ALL)
        assert digest(b"other") in str(error.value)
        assert getattr(good, field) in str(error.value)
    with pytest.raises(ImageError, match="expected 1 bytes"):
        read_layer(replace(good, size=1), ALL)


def test_data_behind_the_end_of_the_archive_counts_for_the_diff_id() -> None:
    content = tar([file("a")])
    with pytest.raises(ImageError, match="diff_id"):
        read_layer(replace(stored(content + b"x" * 512), diff_id=digest(content)), ALL)


def test_sha512_layers() -> None:
    import hashlib

    content = tar([file("a", "1")])
    name = "sha512:" + hashlib.sha512(content).hexdigest()
    raw = stored(content, lambda data: data)
    assert read_layer(replace(raw, digest=name), ALL).diff_id == raw.diff_id
    assert read_layer(replace(raw, digest=name, diff_id=name), ALL).digest == name


def test_the_media_type_does_not_decide_the_compression() -> None:
    for media_type in sorted(LAYER_TYPES):
        assert read_layer(layer(file("a"), media_type=media_type), ALL).entries


@pytest.mark.parametrize(
    "media_type", ["", "application/vnd.oci.image.layer.v1.tar+gzip+encrypted", "text/plain"]
)
def test_unknown_layer_types_are_refused(media_type: str) -> None:
    with pytest.raises(ImageError, match="unknown layer type"):
        read_layer(layer(file("a"), media_type=media_type), ALL)


def test_other_compressions_are_named() -> None:
    import bz2
    import lzma

    for name, compress in (("bzip2", bz2.compress), ("xz", lzma.compress)):
        with pytest.raises(ImageError, match=name):
            read_layer(layer(file("a"), compress=compress), ALL)


def test_missing_blobs_and_foreign_layers_say_so() -> None:
    def gone() -> io.BytesIO:
        raise FileNotFoundError(2, "No such file or directory")

    made = replace(layer(file("a")), open=gone)
    with pytest.raises(ImageError, match="No such file"):
        read_layer(made, ALL)
    with pytest.raises(ImageError, match="foreign"):
        read_layer(replace(made, media_type=min(FOREIGN_LAYER_TYPES)), ALL)


@pytest.mark.parametrize("compress", [squeeze, zstd.compress])
def test_streams_cut_short_are_refused(compress: Callable[[bytes], bytes]) -> None:
    data = compress(tar([file("a", NOISE[:2000])]))
    for length in (5, 12, len(data) // 2, len(data) - 1):
        with pytest.raises(ImageError):
            list(walk(io.BytesIO(data[:length])))


@pytest.mark.parametrize("compress", [squeeze, zstd.compress])
def test_garbage_after_compressed_data_is_refused(compress: Callable[[bytes], bytes]) -> None:
    made = stored(tar([file("a")]), lambda data: compress(data) + b"garbage")
    with pytest.raises(ImageError, match="follows"):
        read_layer(made, ALL)


# ── limits ───────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def set_limits(**values: int) -> None:
        limits = replace(LIMITS, **values) if values else Limits()
        for module in (_tar, _collecting, layers, decompress):
            monkeypatch.setattr(module, "LIMITS", limits)

    return set_limits


def test_zstd_bombs_stop_at_the_ratio(small: Callable[..., None]) -> None:
    bomb = stored(bytes(200_000_000), lambda data: zstd.compress(data, 19))
    assert bomb.size < 100_000
    small(layer_ratio_from=100_000_000)
    with pytest.raises(ImageError, match="times its size"):
        read_layer(bomb, ALL)


def test_a_small_layer_may_have_any_ratio() -> None:
    made = stored(tar([file("zeros", bytes(100 << 20))]), zstd.compress)
    assert (100 << 20) / made.size > LIMITS.layer_ratio
    assert read_layer(made, Wanted.of([])).entries[0].size == 100 << 20


def test_the_worst_deflate_allows_is_still_read() -> None:
    made = stored(tar([file("a", bytes(20_000_000))]), lambda data: gzip.compress(data, 9))
    assert read_layer(made, Wanted.of([])).entries[0].size == 20_000_000


def test_layers_stop_at_the_size_limit(small: Callable[..., None]) -> None:
    small(layer_bytes=100_000)
    for compress in (squeeze, zstd.compress, bytes):
        with pytest.raises(ImageError, match="more than 100000 bytes"):
            read_layer(layer(file("a", NOISE[:200_000]), compress=compress), ALL)


def test_entries_and_names_are_counted(small: Callable[..., None]) -> None:
    small(layer_entries=10)
    with pytest.raises(ImageError, match="more than 10 entries"):
        read_layer(layer(*[file(f"f{number}") for number in range(11)]), ALL)
    small(layer_path_bytes=1000)
    with pytest.raises(ImageError, match="1000 bytes of names"):
        read_layer(layer(*[file(f"{number}" * 90) for number in range(10, 30)]), ALL)


def test_files_too_large_to_keep_are_named_not_dropped(small: Callable[..., None]) -> None:
    small(file_bytes=1000)
    found = read_layer(layer(file("big", b"x" * 1001), file("fits", b"x" * 1000)), ALL)
    assert list(found.bodies) == [1]
    assert "more than 1000" in found.unkept[0]
    found = read_layer(
        layer(file("a", b"x" * 600), file("b", b"x" * 600)), ALL, budget=Budget(1000)
    )
    assert (list(found.bodies), list(found.unkept)) == ([0], [1])


def test_a_lying_size_of_a_sparse_file_reserves_no_memory() -> None:
    info, _ = file("GNUSparseFile.0/s", b"1\n0\n0\n".ljust(512, b"\0"))
    info.pax_headers = {
        "GNU.sparse.major": "1",
        "GNU.sparse.minor": "0",
        "GNU.sparse.name": "s",
        "GNU.sparse.realsize": str(1 << 60),
    }
    import tarfile

    content = tar([(info, b"1\n0\n0\n".ljust(512, b"\0"))], tarfile.PAX_FORMAT)
    found = read_layer(stored(content), ALL)
    assert (found.entries[0].size, dict(found.bodies), list(found.unkept)) == (1 << 60, {}, [0])


def test_odd_entries_are_problems() -> None:
    info, _ = file("v")
    info.type = b"V"
    found = read_layer(layer((info, b""), file("../out")), ALL)
    assert [problem.where for problem in found.problems] == ["../out", "v"]
