"""A layer's index as bytes and back: for files that keep it and for what other processes found.

Entries are kept in columns (paths as one text, numbers as one array each) and the bodies one after
the other; a description in JSON says what lies where. Everything is checked while it is read.
"""

from __future__ import annotations

import json
from array import array
from functools import partial
from operator import itemgetter

from ironhull.model import Problem
from ironhull.oci.layers import Entry, LayerIndex

TYPE_CHECKING = False  # `typing` is a third of a start; checkers know the name
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

__all__ = ["decoded", "encoded"]

_KINDS = ("file", "dir", "symlink", "hardlink", "char", "block", "fifo", "other")
_KIND_NUMBER = {kind: number for number, kind in enumerate(_KINDS)}
_NUMBERS = ("mode", "uid", "gid", "size", "mtime")
_HEAD = 8  # bytes that hold the length of the description


def encoded(index: LayerIndex) -> bytes:
    """`index` as bytes, of this machine's byte order.

    Raises ValueError, OverflowError, KeyError for what has no such form: a number beyond 64 bits, a
    NUL in a path.
    """
    of = {name: list(map(itemgetter(at), index.entries)) for at, name in enumerate(Entry._fields)}
    pieces = [
        _joined(of["path"]),
        _joined(of["link"]),
        bytes(map(_KIND_NUMBER.__getitem__, of["kind"])),
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
    return b"".join((len(head).to_bytes(_HEAD, "big"), head, *pieces))


def _joined(texts: Iterable[str]) -> bytes:
    texts = list(texts)
    joined = "\0".join(texts)
    if joined.count("\0") != max(len(texts) - 1, 0):
        raise ValueError("a NUL in a path")
    return joined.encode("utf-8", "surrogateescape")


def decoded(data: bytes) -> LayerIndex:
    """The index in `data`.

    Raises ValueError, KeyError, TypeError, IndexError, OverflowError or RecursionError for anything
    that `encoded` does not write.
    """
    end = _HEAD + int.from_bytes(data[:_HEAD], "big")
    said = json.loads(data[_HEAD:end])
    pieces = _pieces(data, end, said["lengths"])
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
    entries = tuple(map(partial(tuple.__new__, Entry), made))
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
