"""Probes over layers: which files they get, what is kept, what it costs."""

import io
import os
import random
import tarfile
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from ironhull.errors import ImageError, StoreError
from ironhull.limits import LIMITS
from ironhull.model import Layer
from ironhull.oci import _collecting
from ironhull.oci._bodies import IN_MEMORY, Spool
from ironhull.oci.blobs import Part, open_part
from ironhull.oci.directory import DirectoryTree
from ironhull.oci.layers import Budget, LayerIndex, read_layer
from ironhull.oci.patterns import Wanted
from ironhull.oci.probes import Body, Probe
from ironhull.oci.tree import pass_key, read_tree
from tests.oci._craft import digest, file, image, layer, other, squeeze, stored, tar

try:
    from compression import zstd
except ImportError:
    from backports import zstd

NONE = Wanted.of([])
ELF = b"\x7fELF"
BIG = ELF + random.Random(2).randbytes(3 * IN_MEMORY) + b"needle" + bytes(100)


def sizes(path: str, body: Body) -> bytes:
    return f"{path} {body.size} {body.find(b'needle')}".encode()


def programs(name: str = "programs") -> Probe:
    return Probe(name, "1", sizes, executables=True)


def named(*patterns: str, name: str = "named") -> Probe:
    return Probe(name, "1", sizes, patterns)


def told(found: LayerIndex) -> dict[str, dict[str, bytes]]:
    return {found.entries[at].path: dict(facts) for at, facts in found.facts.items()}


def raw_on_disk(content: bytes, path: Path, before: bytes = b"") -> Layer:
    """An uncompressed layer as a part of a file."""
    path.write_bytes(before + content + b"behind")
    archive = path.open("rb")
    part = Part(len(before), len(content))
    made = stored(content, lambda data: data)
    return replace(made, open=lambda: open_part(archive, part))


def test_programs_are_files_with_an_execute_bit_and_the_magic() -> None:
    made = layer(
        file("bin/a", ELF + b"1", 0o755),
        file("bin/group", ELF + b"12", 0o610),
        file("lib/b.so", ELF + b"1", 0o644),
        file("bin/script", b"#!/bin/sh", 0o755),
        file("bin/short", ELF[:3], 0o755),
        file("bin/empty", b"", 0o755),
        other("bin/link", "symlink", "a"),
        other("bin/hard", "hardlink", "bin/a"),
    )
    found = read_layer(made, NONE, probes=[programs()])
    assert told(found) == {
        "bin/a": {"programs": b"bin/a 5 -1"},
        "bin/group": {"programs": b"bin/group 6 -1"},
    }
    assert found.bodies == {}
    assert found.links == ()


def test_each_probe_gets_its_files_only_and_wanted_ones_are_kept_too() -> None:
    made = layer(
        file("a.jar", b"jar needle"), file("b.war", b"w", 0o755), file("p", ELF, 0o755), file("t")
    )
    probes = [named("**/*.jar"), named("b.*", name="other"), programs()]
    found = read_layer(made, Wanted.of(["**/*.jar", "p", "t"]), probes=probes)
    assert told(found) == {
        "a.jar": {"named": b"a.jar 10 4"},
        "b.war": {"other": b"b.war 1 -1"},
        "p": {"programs": b"p 4 -1"},
    }
    assert {found.entries[at].path: body for at, body in found.bodies.items()} == {
        "a.jar": b"jar needle",
        "p": ELF,
        "t": b"",
    }


@pytest.mark.parametrize("size", [20_000, IN_MEMORY - 1, IN_MEMORY, IN_MEMORY + 1, len(BIG)])
@pytest.mark.parametrize("compress", [squeeze, zstd.compress, None])
def test_bodies_are_whole_wherever_they_are_read(
    size: int, compress: Callable[[bytes], bytes] | None, tmp_path: Path
) -> None:
    seen = []

    def extract(path: str, body: Body) -> bytes:
        seen.append((path, type(body).__name__, body.read(0, body.size)))
        return b"x"

    data = BIG[:size]
    content = tar([file("before", b"b" * 700), file("big", data, 0o755), file("after", b"a")])
    made = (
        stored(content, compress)
        if compress
        else raw_on_disk(content, tmp_path / "archive", b"header" * 100)
    )
    probe = Probe("all", "1", extract, executables=True)
    found = read_layer(made, Wanted.of(["after", "big"]), probes=[probe])
    in_file = compress is None or size > IN_MEMORY
    assert seen == [("big", "FileBody" if in_file else "MemoryBody", data)]
    assert dict(found.bodies) == {1: data, 2: b"a"}
    assert found.diff_id == digest(content)


@pytest.mark.parametrize("raw", [False, True])
def test_memory_does_not_grow_with_bodies(raw: bool, tmp_path: Path) -> None:
    content = tar([file("go", ELF + bytes(40_000_000) + b"needle", 0o755), file("x", b"1")])
    made = raw_on_disk(content, tmp_path / "archive") if raw else stored(content)
    del content
    tracemalloc.start()
    try:
        found = read_layer(made, NONE, probes=[programs()])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert told(found)["go"]["programs"].endswith(b" 40000004")
    assert peak < 10_000_000


def test_a_file_beyond_the_limit_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_collecting, "LIMITS", replace(LIMITS, probe_bytes=100))
    made = layer(file("big.jar", b"x" * 101), file("small.jar", b"x" * 100))
    found, problems = read_tree(image(made), [], [named("**/*.jar")])
    assert [item.path for item in found.probed("named")] == ["small.jar"]
    assert [(problem.where, problem.message) for problem in problems] == [
        ("big.jar", "101 bytes, more than 100; not looked into")
    ]


def test_facts_beyond_the_budget_are_named() -> None:
    made = layer(file("a.jar"), file("b.jar", b"1"), file("c.jar", b"2"))
    found = read_layer(made, NONE, probes=[named("**/*.jar")], budget=Budget(12))
    assert list(found.facts) == [1]
    assert list(found.unkept) == [2]


def test_what_a_probe_raises_costs_one_problem() -> None:
    def fail(path: str, body: Body) -> bytes:
        raise ValueError("not a\nzip file")

    def die(path: str, body: Body) -> bytes:
        raise RecursionError

    probes = [
        Probe("zip", "1", fail, ("**/*.jar",)),
        Probe("deep", "1", die, ("**/*.jar",)),
        named("**/*.jar"),
    ]
    made = layer(file("a.jar", b"1"), file("b.txt", b"1"))
    found, problems = read_tree(image(made), [], probes)
    assert [problem.where for problem in problems] == ["a.jar"]
    assert problems[0].message == (
        "zip: cannot be read: not a zip file; deep: cannot be read: RecursionError"
    )
    assert found.facts("a.jar", "named") == b"a.jar 1 -1"


def test_only_visible_files_tell_and_trouble() -> None:
    def fail(path: str, body: Body) -> bytes:
        if body.read(0, 3) == b"bad":
            raise ValueError("bad")
        return body.read(0, 9)

    probe = Probe("p", "1", fail, ("**/*.jar",))
    lower = layer(
        file("gone.jar", b"bad"),
        file("same.jar", b"bad"),
        file("kept.jar", b"kept"),
        file("trouble.jar", b"bad"),
        other("hard", "hardlink", "kept.jar"),
        file("usr/moved.jar", b"low"),
        other("link", "symlink", "usr"),
    )
    upper = layer(file(".wh.gone.jar"), file("same.jar", b"new"), file("link/moved.jar", b"bad"))
    found, problems = read_tree(image(lower, upper), [], [probe])
    assert [problem.where for problem in problems] == ["trouble.jar", "usr/moved.jar"]
    assert {item.path: found.facts(item.path, "p") for item in found.probed("p")} == {
        "hard": b"kept",
        "kept.jar": b"kept",
        "same.jar": b"new",
    }
    with pytest.raises(KeyError):
        found.facts("gone.jar", "p")
    with pytest.raises(KeyError):
        found.facts("kept.jar", "other")


def test_sparse_programs_are_read_with_their_holes() -> None:
    info, _ = file("sparse", b"", 0o755)
    body = b"2\n0\n4\n1000\n4\n".ljust(512, b"\0") + ELF + b"tail"
    info.size = len(body)
    info.pax_headers = {
        "GNU.sparse.major": "1",
        "GNU.sparse.minor": "0",
        "GNU.sparse.name": "sparse",
        "GNU.sparse.realsize": "1004",
    }
    content = tar([(info, body)], tarfile.PAX_FORMAT)
    probe = Probe("p", "1", lambda _, body: body.read(998, 6), ("sparse",))
    found = read_layer(stored(content), NONE, probes=[probe])
    assert told(found) == {"sparse": {"p": b"\0\0tail"}}


def test_a_layer_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "archive"
    made = raw_on_disk(tar([file("a.jar", b"1" * 3 * IN_MEMORY)]), path)

    def meddle(_: str, body: Body) -> bytes:
        with path.open("ab") as archive:
            archive.write(b"more")
        return b""

    with pytest.raises(ImageError, match="changed while it was read"):
        read_layer(made, NONE, probes=[Probe("p", "1", meddle, ("**/*.jar",))])


def test_a_full_disk_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: Spool, pieces: Any, what: str) -> Any:
        raise StoreError(f"cannot unpack {what}: No space left on device")

    monkeypatch.setattr(Spool, "take", full)
    with pytest.raises(StoreError, match=r"cannot unpack big of layer sha256:"):
        read_layer(layer(file("big", BIG, 0o755)), NONE, probes=[programs()])


def test_streams_without_a_place_are_read_too() -> None:
    class Pipe(io.RawIOBase):
        def __init__(self, data: bytes) -> None:
            self._data = io.BytesIO(data)

        def readable(self) -> bool:
            return True

        def read(self, size: int = -1) -> bytes:
            return self._data.read(min(size, 1000))

    content = tar([file("big", BIG, 0o755)])

    def opened() -> BinaryIO:
        return Pipe(content)  # type: ignore[return-value]  # what layers need of a stream

    made = replace(stored(content, lambda data: data), open=opened)
    found = read_layer(made, NONE, probes=[programs()])
    assert told(found)["big"]["programs"].endswith(str(BIG.find(b"needle")).encode())


# ── extended attributes ──────────────────────────────────────────────────────────────────────────

CAPABILITY = "security.capability"
VALUE = b"\x01\0\0\x02\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\xff"  # no UTF-8


def attributed(path: str, mode: int, **records: bytes) -> tuple[tarfile.TarInfo, bytes]:
    info, data = file(path, b"program", mode)
    info.pax_headers = {
        f"SCHILY.xattr.{name.replace('_', '.')}": value.decode("utf-8", "surrogateescape")
        for name, value in records.items()
    }
    return info, data


def with_attributes() -> Layer:
    members = [
        attributed("usr/bin/ping", 0o755, security_capability=VALUE),
        file("usr/bin/next", b"plain", 0o755),
        attributed("usr/bin/data", 0o644, security_capability=VALUE),
        attributed("usr/bin/other", 0o755, user_note=VALUE),
        attributed("usr/bin/empty", 0o755, security_capability=b""),
    ]
    return stored(tar(members, tarfile.PAX_FORMAT))


def kept(_path: str, body: Body) -> bytes:
    return body.read(0, body.size)


def test_an_extended_attribute_is_given_in_place_of_the_content() -> None:
    probe = Probe("capabilities", "1", kept, attribute=CAPABILITY)
    found, problems = read_tree(image(with_attributes()), [], [probe])
    assert not problems
    assert {f.path: found.facts(f.path, "capabilities") for f in found.probed("capabilities")} == {
        "usr/bin/ping": VALUE
    }


def test_attributes_and_content_are_told_of_the_same_file() -> None:
    probes = [
        Probe("capabilities", "1", kept, attribute=CAPABILITY),
        Probe("bodies", "1", kept, ("usr/bin/*",)),
    ]
    found, _ = read_tree(image(with_attributes()), [], probes)
    assert found.facts("usr/bin/ping", "capabilities") == VALUE
    assert found.facts("usr/bin/ping", "bodies") == b"program"
    assert found.facts("usr/bin/next", "bodies") == b"plain"
    assert pass_key([], probes[:1]) != pass_key([], [Probe("capabilities", "1", kept)])


def test_a_probe_that_raises_on_an_attribute_costs_a_problem() -> None:
    def broken(_path: str, _body: Body) -> bytes:
        raise ValueError("not a capability")

    probe = Probe("capabilities", "1", broken, attribute=CAPABILITY)
    _, problems = read_tree(image(with_attributes()), [], [probe])
    assert [(p.where, p.message) for p in problems] == [
        ("usr/bin/ping", "capabilities: cannot be read: not a capability")
    ]


def test_attributes_of_files_in_a_directory(tmp_path: Path) -> None:
    for name, mode in (("program", 0o755), ("data", 0o644)):
        path = tmp_path / name
        path.write_bytes(b"content")
        try:
            os.setxattr(path, "user.note", VALUE)
        except OSError as trouble:
            pytest.skip(f"no extended attributes here: {trouble}")
        path.chmod(mode)
    (tmp_path / "none").write_bytes(b"content")
    (tmp_path / "none").chmod(0o755)
    found = DirectoryTree(tmp_path, [], [Probe("notes", "1", kept, attribute="user.note")])
    assert [f.path for f in found.probed("notes")] == ["program"]
    assert found.facts("program", "notes") == VALUE
