"""Answers: what a command wrote, as long as everything it read is as it was.

A run of the same code with the same words, environment and inputs writes the same bytes; where all
of that holds, they are written again without doing the work. Inputs are small documents by content
(an index names all the rest of an image by digest) and large files by inode, size and times. What
could have changed under a run's hands is not kept: no input may be younger than the run.

Texts are joined by NUL, which neither paths nor arguments can hold:

    length of the head, 8 bytes | exit code | length of stdout | (kind, path, value) ... | outputs
"""

from __future__ import annotations

import os
import time

from ironhull.limits import LIMITS
from ironhull.store.cache_files import CacheFiles, key_of
from ironhull.values import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Answer", "AnswerCache", "Input"]

_SETTLED_SECONDS = 2.0  # file systems tell times apart no finer than this (FAT)
_FIELDS = 3


@dataclass(frozen=True, slots=True)
class Input:
    """A file a run depends on.

    `kind` is "text" (by content; absent is a content too), "file" (by inode, size and times),
    "names" (a directory: its names and each of its files as in "file") or "hour" (no file: the
    hour of the day it is, for what asks the clock about days).
    """

    kind: str
    path: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a run wrote to stdout and stderr, and its exit code."""

    code: int
    output: bytes
    notes: bytes


class AnswerCache:
    """The answers kept below the cache folder `root`."""

    def __init__(self, root: str) -> None:
        self._files = CacheFiles(root, "answers", limit=LIMITS.cache_answer_bytes)

    def load(self, request: Iterable[str]) -> Answer | None:
        """The answer to `request`, if all its inputs are as they were; else None."""
        key = key_of(("answer", *request))
        data = self._files.load(key)
        if data is None:
            return None
        try:
            answer, inputs = _unpacked(data)
        except ValueError:
            self._files.forget(key)
            return None
        try:
            same = all(_state(Input(kind, path)) == value for kind, path, value in inputs)
        except (OSError, ValueError):
            return None
        return answer if same else None

    def keep(
        self, request: Iterable[str], answer: Answer, inputs: Iterable[Input], *, since: float
    ) -> bool:
        """Keep an answer that was made of `inputs` by a run that began at `since` (Unix time).

        False where it cannot be kept: an input is too young to be sure the run read it as it is.
        """
        rows: list[str] = []
        try:
            for item in dict.fromkeys(inputs):
                if _youngest(item) > since - _SETTLED_SECONDS:
                    return False
                rows += (item.kind, item.path, _state(item))
            data = _packed(answer, rows)
        except (OSError, ValueError):
            return False
        return self._files.keep(key_of(("answer", *request)), data)


# ── the state of inputs ──────────────────────────────────────────────────────────────────────────


def _state(item: Input) -> str:
    """What must not change; raises OSError and ValueError for what cannot be an input."""
    if item.kind == "text":
        return _content(item.path)
    if item.kind == "file":
        return _identity(item.path)
    if item.kind == "names":
        return key_of(f"{name} {_identity(f'{item.path}/{name}')}" for name in _names(item.path))
    if item.kind == "hour":
        return str(int(time.time()) // 3600)
    raise ValueError(item.kind)


def _content(path: str) -> str:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        return "absent"
    try:
        size = os.fstat(handle).st_size
        if size > LIMITS.config_bytes:
            raise ValueError(f"{path}: too large")
        return key_of((os.read(handle, size + 1),))
    finally:
        os.close(handle)


def _identity(path: str) -> str:
    try:
        known = os.stat(path)  # noqa: PTH116 - pathlib is half of a start
    except (FileNotFoundError, NotADirectoryError):
        return "absent"
    return f"{known.st_ino} {known.st_size} {known.st_mtime_ns} {known.st_ctime_ns}"


def _names(path: str) -> list[str]:
    try:
        return sorted(os.listdir(path))  # noqa: PTH208 - as above
    except (FileNotFoundError, NotADirectoryError):
        return []


def _youngest(item: Input) -> float:
    """When the input last changed, Unix time; 0 for what is not there."""
    paths = [item.path]
    if item.kind == "names":
        paths += [f"{item.path}/{name}" for name in _names(item.path)]
    found = 0.0
    for path in paths:
        try:
            known = os.stat(path)  # noqa: PTH116 - as above
        except (FileNotFoundError, NotADirectoryError):
            continue
        found = max(found, known.st_mtime, known.st_ctime)
    return found


# ── bytes ────────────────────────────────────────────────────────────────────────────────────────


def _packed(answer: Answer, rows: list[str]) -> bytes:
    texts = [str(answer.code), str(len(answer.output)), *rows]
    if any("\0" in text for text in texts):
        raise ValueError("a NUL in a path")
    head = "\0".join(texts).encode("utf-8", "surrogateescape")
    return b"".join((len(head).to_bytes(8, "big"), head, answer.output, answer.notes))


def _unpacked(data: bytes) -> tuple[Answer, list[tuple[str, str, str]]]:
    end = 8 + int.from_bytes(data[:8], "big")
    if end > len(data):
        raise ValueError("cut short")
    code, length, *rows = data[8:end].decode("utf-8", "surrogateescape").split("\0")
    if len(rows) % _FIELDS or not rows:
        raise ValueError("not whole")
    middle = end + int(length)
    if int(length) < 0 or middle > len(data):
        raise ValueError("cut short")
    triples = list(zip(*[iter(rows)] * _FIELDS, strict=True))
    answer = Answer(int(code), data[end:middle], data[middle:])
    return answer, [(kind, path, value) for kind, path, value in triples]
