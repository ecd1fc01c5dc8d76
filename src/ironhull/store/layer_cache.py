"""Layers once read, by diff_id: what a pass over them found, so that no image reads them again.

Entries are kept in columns (paths as one text, numbers as one array each) and the bodies one after
the other, all compressed by isal: a sixth of the size for a quarter more time than it takes to
write it as it is (measured on Debian's layers). A `description` in JSON says what lies where.
Everything is checked while it is read: a file that is not what `keep` writes is a miss.

Only layers whose digests were verified get here: `oci.tree.read_tree` gives no others to `Keep`.
"""

from __future__ import annotations

import json
import sys
from array import array
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ironhull.limits import LIMITS
from ironhull.model import Layer, Problem
from ironhull.oci.layers import Entry, LayerIndex
from ironhull.store.cache_files import CacheFiles, key_of
from ironhull.values import replace

__all__ = ["LayerCache"]

_FORMAT = "1"
_KINDS = ("file", "dir", "symlink", "hardlink", "char", "block", "fifo", "other")
_KIND_NUMBER = {kind: number for number, kind in enumerate(_KINDS)}
_NUMBERS = ("mode", "uid", "gid", "size", "mtime")


class LayerCache:
    """Layer results of one `oci.tree.pass_key` below the cache folder `root`.

    `load` and `keep` are what `oci.tree.read_tree` asks for. A result that cannot be written as it
    is kept here (a number beyond 64 bits, a NUL in a path) is not kept.
    """

    def __init__(self, root: Path, pass_key: str) -> None:
        self._files = CacheFiles(str(root), "layers", limit=LIMITS.cache_file_bytes)
        self._pass = pass_key

    @property
    def written(self) -> int:
        """How many layers were put in."""
        return self._files.written

    def load(self, layer: Layer) -> LayerIndex | None:
        """What was kept of `layer`; None for nothing."""
        key = self._key(layer.diff_id)
        data = self._files.load(key)
        if data is None:
            return None
        try:
            index = _unpacked(data)
        except (ValueError, KeyError, TypeError, IndexError, OverflowError, RecursionError):
            self._files.forget(key)
            return None
        return _as_stored_in(index, layer)

    def keep(self, layer: Layer, index: LayerIndex) -> None:
        """Keep what a verified pass over `layer` found."""
        try:
            data = _packed(index)
        except (ValueError, OverflowError, KeyError):
            return
        self._files.keep(self._key(layer.diff_id), data)

    def _key(self, diff_id: str) -> str:
        return key_of(("layer", _FORMAT, sys.byteorder, self._pass, diff_id))


def _as_stored_in(index: LayerIndex, layer: Layer) -> LayerIndex:
    """The same tar may be stored otherwise in another image: its own digest, size and messages."""
    if (index.digest, index.size) == (layer.digest, layer.size):
        return index
    problems = tuple(
        replace(problem, message=problem.message.replace(index.digest, layer.digest))
        for problem in index.problems
    )
    return replace(index, digest=layer.digest, size=layer.size, problems=problems)


# ── to bytes ─────────────────────────────────────────────────────────────────────────────────────


def _packed(index: LayerIndex) -> bytes:
    from isal import isal_zlib

    columns = list(zip(*index.entries, strict=True)) or [()] * len(Entry._fields)
    of = dict(zip(Entry._fields, columns, strict=True))
    pieces = [
        _joined(of["path"]),
        _joined(of["link"]),
        bytes(_KIND_NUMBER[kind] for kind in of["kind"]),
        *(array("q", of[name]).tobytes() for name in _NUMBERS),
    ]
    pieces += index.bodies.values()
    facts = [
        (position, probe, told)
        for position, by_probe in index.facts.items()
        for probe, told in by_probe.items()
    ]
    pieces += [told for _, _, told in facts]
    description = {
        "diff_id": index.diff_id,
        "digest": index.digest,
        "size": index.size,
        "unpacked": index.unpacked,
        "entries": len(index.entries),
        "links": index.links,
        "unkept": list(index.unkept.items()),
        "problems": [(p.stage, p.where, p.message) for p in index.problems],
        "bodies": list(index.bodies),
        "facts": [(position, probe) for position, probe, _ in facts],
        "lengths": [len(piece) for piece in pieces],
    }
    head = json.dumps(description).encode()
    body = b"".join((head, *pieces))
    if len(body) > LIMITS.cache_content_bytes:
        raise ValueError("too large to keep")
    return b"".join(
        (len(head).to_bytes(8, "big"), len(body).to_bytes(8, "big"), isal_zlib.compress(body, 1))
    )


def _joined(texts: Iterable[str]) -> bytes:
    texts = list(texts)
    joined = "\0".join(texts)
    if joined.count("\0") != max(len(texts) - 1, 0):
        raise ValueError("a NUL in a path")
    return joined.encode("utf-8", "surrogateescape")


# ── from bytes ───────────────────────────────────────────────────────────────────────────────────


def _unpacked(data: bytes) -> LayerIndex:
    """The index in `data`; raises ValueError and the like for anything `_packed` does not write."""
    body = _inflated(data)
    head = int.from_bytes(data[:8], "big")
    said = json.loads(body[:head])
    pieces = _pieces(body, head, said["lengths"])
    count = _number(said["entries"])
    entries = _entries(pieces[: 3 + len(_NUMBERS)], count)
    rest = pieces[3 + len(_NUMBERS) :]
    where = [_position(position, count) for position in said["bodies"]]
    facts: dict[int, dict[str, bytes]] = {}
    for (position, probe), told in zip(said["facts"], rest[len(where) :], strict=True):
        facts.setdefault(_position(position, count), {})[str(probe)] = told
    return LayerIndex(
        diff_id=str(said["diff_id"]),
        digest=str(said["digest"]),
        size=_number(said["size"]),
        unpacked=_number(said["unpacked"]),
        entries=entries,
        bodies=dict(zip(where, rest[: len(where)], strict=True)),
        unkept={_position(at, count): str(reason) for at, reason in said["unkept"]},
        links=tuple(_position(at, count) for at in said["links"]),
        problems=tuple(Problem(*map(str, problem)) for problem in said["problems"]),
        facts=facts,
    )


def _inflated(data: bytes) -> bytes:
    from isal import isal_zlib

    length = int.from_bytes(data[8:16], "big")
    if length > LIMITS.cache_content_bytes:
        raise ValueError("larger than anything kept here")
    unpacking = isal_zlib.decompressobj()
    try:
        body: bytes = unpacking.decompress(data[16:], length + 1)
    except isal_zlib.error as trouble:  # type: ignore[misc]  # its stubs say it is an instance
        raise ValueError(str(trouble)) from None
    if len(body) != length or not unpacking.eof:
        raise ValueError("not the length that was written")
    return body


def _pieces(body: bytes, at: int, lengths: Iterable[Any]) -> list[bytes]:
    found = []
    for length in lengths:
        found.append(body[at : at + _number(length)])
        at += length
    if at != len(body):
        raise ValueError("lengths do not add up")
    return found


def _entries(pieces: list[bytes], count: int) -> tuple[Entry, ...]:
    if not count:
        return ()
    paths, links, kinds, *numbers = pieces
    made = zip(
        _split(paths),
        [_KINDS[number] for number in kinds],
        *map(_array, numbers),
        _split(links),
        strict=True,
    )
    entries = tuple(map(Entry._make, made))
    if len(entries) != count:
        raise ValueError("not as many entries as were written")
    return entries


def _split(text: bytes) -> list[str]:
    return text.decode("utf-8", "surrogateescape").split("\0")


def _array(data: bytes) -> array[int]:
    found = array("q")
    found.frombytes(data)
    return found


def _number(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"{value!r} is no number")
    return value


def _position(value: object, count: int) -> int:
    number = _number(value)
    if number >= count:
        raise ValueError(f"no entry {number}")
    return number
