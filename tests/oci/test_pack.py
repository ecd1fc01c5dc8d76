"""Layers written: the same bytes for the same members, readable by tarfile, refused when wrong."""

import gzip
import hashlib
import io
import resource
import tarfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironhull.errors import BuildError, StoreError
from ironhull.oci.pack import Member, PackedLayer, pack_layer, write_tar

EPOCH = 1_700_000_000


def _open(layer: PackedLayer) -> tarfile.TarFile:
    return tarfile.open(layer.path, "r:gz")


def _tar(members: list[Member], epoch: int = EPOCH) -> list[tarfile.TarInfo]:
    out = io.BytesIO()
    write_tar(members, out, epoch=epoch)
    return tarfile.open(fileobj=io.BytesIO(out.getvalue())).getmembers()


def _file(path: str, content: bytes | Path = b"x", **more: object) -> Member:
    return Member(path, "file", 0o644, content=content, **more)  # type: ignore[arg-type] # test options


def test_order_does_not_matter(tmp_path: Path) -> None:
    members = [_file("b/z"), _file("a"), Member("b", "dir", 0o700), _file("b-c"), _file("é")]
    one = pack_layer(members, tmp_path / "1", epoch=EPOCH)
    two = pack_layer(reversed(members), tmp_path / "2", epoch=EPOCH)
    assert one.digest == two.digest
    assert [m.name for m in _open(one)] == ["a", "b", "b/z", "b-c", "é"]


def test_digests_and_sizes_are_of_what_is_on_disk(tmp_path: Path) -> None:
    layer = pack_layer([_file("a", b"12345"), _file("b/c", b"678")], tmp_path, epoch=EPOCH)
    stored = layer.path.read_bytes()
    assert layer.path.name == hashlib.sha256(stored).hexdigest() == layer.digest[7:]
    assert layer.diff_id[7:] == hashlib.sha256(gzip.decompress(stored)).hexdigest()
    assert (layer.size, layer.unpacked_size) == (len(stored), 8)
    assert [p.name for p in tmp_path.iterdir()] == [layer.path.name]


def test_gzip_header_has_no_time_and_no_name(tmp_path: Path) -> None:
    layer = pack_layer([_file("a")], tmp_path, epoch=EPOCH)
    assert layer.path.read_bytes()[:10] == b"\x1f\x8b\x08\0\0\0\0\0\0\xff"


def test_large_content_is_one_gzip_member_whatever_the_number_of_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = b"".join(hashlib.sha256(bytes([n % 251, n // 251])).digest() for n in range(60_000))
    (tmp_path / "big").write_bytes(body)
    layers = []
    for cpus in (1, 7):
        monkeypatch.setattr("os.cpu_count", lambda cpus=cpus: cpus)
        layers.append(pack_layer([_file("big", tmp_path / "big")], tmp_path / "o", epoch=EPOCH))
    assert layers[0] == layers[1]
    unpacker = zlib.decompressobj(31)
    plain = unpacker.decompress(layers[0].path.read_bytes())
    assert unpacker.eof
    assert not unpacker.unused_data
    assert body in plain


def test_times_are_at_most_the_epoch() -> None:
    found = {
        m.name: m.mtime for m in _tar([_file("d/old", mtime=5), _file("d/new", mtime=1 << 33)])
    }
    assert found == {"d": EPOCH, "d/old": 5, "d/new": EPOCH}


def test_missing_parents_belong_to_root() -> None:
    found = _tar([_file("a/b/c", uid=7)])
    assert [(m.name, m.isdir(), m.mode, m.uid) for m in found[:2]] == [
        ("a", True, 0o755, 0),
        ("a/b", True, 0o755, 0),
    ]


def test_a_directory_given_keeps_its_mode() -> None:
    found = _tar([_file("tmp/x"), Member("tmp", "dir", 0o1777, uid=5)])
    assert (found[0].name, found[0].mode, found[0].uid) == ("tmp", 0o1777, 5)


def test_hard_links_follow_their_file_and_look_like_it() -> None:
    found = _tar(
        [
            Member("a", "hardlink", 0, link="b"),
            Member("b", "hardlink", 0, link="z/real"),
            Member("z/real", "file", 0o755, uid=3, content=b"#!"),
        ]
    )
    assert [(m.name, m.linkname) for m in found[2:]] == [("a", "z/real"), ("b", "z/real")]
    assert all((m.islnk(), m.mode, m.uid) == (True, 0o755, 3) for m in found[2:])


def test_every_kind() -> None:
    found = {
        m.name: m
        for m in _tar(
            [
                Member("link", "symlink", 0o777, link="../über/x"),
                Member("pipe", "fifo", 0o600),
                Member("null", "char", 0o666, device=(1, 3)),
                Member("disk", "block", 0o660, device=(8, 0)),
                Member(".", "dir", 0o755),
            ]
        )
    }
    assert found["link"].linkname == "../über/x"
    assert found["pipe"].isfifo()
    assert (found["null"].ischr(), found["null"].devminor) == (True, 3)
    assert (found["disk"].isblk(), found["disk"].devmajor) == (True, 8)
    assert found["."].isdir()


def test_no_names_and_no_pax_where_ustar_does(tmp_path: Path) -> None:
    out = io.BytesIO()
    path = "d" * 90 + "/" + "e" * 60 + "/" + "f" * 90
    write_tar([_file(path, uid=65532, gid=65532)], out, epoch=EPOCH)
    with tarfile.open(fileobj=io.BytesIO(out.getvalue())) as archive:
        last = archive.getmembers()[-1]
        assert not any(m.pax_headers for m in archive.getmembers())
    assert (last.name, last.uid, last.uname, last.gname) == (path, 65532, "", "")
    assert b"PaxHeaders" not in out.getvalue()


@pytest.mark.parametrize(
    ("member", "key"),
    [
        (_file("x" * 101), "path"),
        (_file("d/" + "x" * 300), "path"),
        (_file("ä"), "path"),
        (_file("owner", uid=3_000_000), "uid"),
        (Member("l", "symlink", 0o777, link="t" * 101), "linkpath"),
    ],
)
def test_pax_where_ustar_does_not(member: Member, key: str) -> None:
    found = _tar([member])[-1]
    assert list(found.pax_headers) == [key]
    assert (found.name, found.uid, found.linkname) == (member.path, member.uid, member.link)


def test_more_than_eight_gib_has_a_pax_size(tmp_path: Path) -> None:
    size = (8 << 30) + 3
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(size)

    class Head:
        """Takes the first bytes, then says enough."""

        data = b""

        def write(self, data: bytes) -> None:
            if len(self.data) > 4096:
                raise InterruptedError
            self.data += data

    head = Head()
    with pytest.raises(InterruptedError):
        write_tar([_file("sparse", tmp_path / "sparse")], head, epoch=EPOCH)
    assert b"size=%d\n" % size in head.data
    with tarfile.open(fileobj=io.BytesIO(head.data), mode="r|") as archive:
        first = archive.next()
    assert first is not None
    assert first.size == size


def test_names_that_are_not_utf8_are_kept() -> None:
    name = b"caf\xe9".decode("utf-8", "surrogateescape")
    assert _tar([_file(name)])[-1].name == name


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ([_file("a"), _file("./a")], "twice"),
        ([_file("/etc/passwd")], "not a path inside"),
        ([_file("a/../b")], "not a path inside"),
        ([_file("a\0b")], "not a path inside"),
        ([_file("x/" * 2500)], "longer than"),
        ([Member("lib", "symlink", 0o777, link="usr/lib"), _file("lib/x")], "is a symlink"),
        ([_file("f"), _file("f/x")], "is a file"),
        ([Member("a", "hardlink", 0, link="nowhere")], "not a file of this layer"),
        ([Member("a", "hardlink", 0, link="d"), Member("d", "dir", 0o755)], "not a file"),
        (
            [Member("a", "hardlink", 0, link="b"), Member("b", "hardlink", 0, link="a")],
            "hard link to itself",
        ),
    ],
)
def test_members_that_cannot_be_are_refused(
    members: list[Member], words: str, tmp_path: Path
) -> None:
    with pytest.raises(BuildError, match=words):
        pack_layer(members, tmp_path, epoch=EPOCH)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "options",
    [{"kind": "door"}, {"kind": "symlink"}, {"kind": "file", "uid": -1}],
)
def test_a_member_that_means_nothing_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(BuildError, match="x"):
        Member(path="x", mode=0o644, **options)  # type: ignore[arg-type] # wrong on purpose


def test_a_missing_source_is_named_and_nothing_is_left(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    with pytest.raises(BuildError, match=str(gone)):
        pack_layer([_file("a", gone)], tmp_path / "out", epoch=EPOCH)
    assert not list((tmp_path / "out").iterdir())


def test_a_file_system_that_is_full_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(hashlib.shake_256(b"").digest(1 << 20))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, hard))
    try:
        with pytest.raises(StoreError) as caught:
            pack_layer([_file("a", tmp_path / "big")], tmp_path / "out", epoch=EPOCH)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert str(tmp_path / "out") in caught.value.message
    assert caught.value.hint
    assert not list((tmp_path / "out").iterdir())


def test_a_file_where_the_directory_should_be(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(StoreError, match="cannot write a layer"):
        pack_layer([_file("a")], tmp_path / "out", epoch=EPOCH)


_segment = st.text(
    st.characters(blacklist_characters="/\0", blacklist_categories=["Cs"]), min_size=1, max_size=60
).filter(lambda s: s not in (".", ".."))
_paths = st.lists(_segment, min_size=1, max_size=4).map("/".join)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(_paths, st.binary(max_size=1500), max_size=8), st.integers(0, 1 << 32))
def test_what_goes_in_comes_out(files: dict[str, bytes], epoch: int) -> None:
    parents = {p[:i] for p in files for i, c in enumerate(p) if c == "/"}
    members = [_file(p, c, mtime=1 << 31) for p, c in files.items() if p not in parents]
    out = io.BytesIO()
    total = write_tar(members, out, epoch=epoch)
    found = {}
    with tarfile.open(fileobj=io.BytesIO(out.getvalue())) as archive:
        for entry in archive:
            if entry.isfile():
                body = archive.extractfile(entry)
                assert body is not None
                found[entry.name] = body.read()
            assert entry.mtime <= epoch
    assert found == {m.path: m.content for m in members}
    assert total == sum(len(c) for c in found.values())
    again = io.BytesIO()
    write_tar(members[::-1], again, epoch=epoch)
    assert again.getvalue() == out.getvalue()
