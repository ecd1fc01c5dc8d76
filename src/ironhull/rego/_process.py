"""The evaluating process as its parent sees it: messages there and back, and an end."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ironhull.errors import PolicyError
from ironhull.limits import LIMITS

__all__ = ["EndedError", "Process", "SlowError", "starting"]

_START = "import sys; sys.path[:] = sys.argv[1:];from ironhull.rego._worker import main; main()"
_READ = 256 * 1024  # bytes


class SlowError(PolicyError):
    """No answer within the time; `evaluate` makes an outcome of it."""


class EndedError(PolicyError):
    """The process ended, or said something nobody understands; as above."""


_waiting: list[subprocess.Popen[bytes]] = []


@contextmanager
def starting() -> Iterator[None]:
    """Meanwhile the first `Process` is started, so that nobody waits for it later.

    One that was not used is ended. Raises PolicyError.
    """
    if not _waiting:
        _waiting.append(_started())
    try:
        yield
    finally:
        while _waiting:
            _end(_waiting.pop())


def _started() -> subprocess.Popen[bytes]:
    package = str(Path(__file__).parent.parent.parent)
    try:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _START, package, *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            cwd="/",
            close_fds=True,
        )
    except OSError as trouble:
        raise PolicyError(f"policies cannot be evaluated: {trouble.strerror}") from None


def _taken() -> subprocess.Popen[bytes]:
    """The one that waits, if it still does."""
    while _waiting:
        child = _waiting.pop()
        if child.poll() is None:
            return child
        _end(child)
    return _started()


def _end(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except OSError:  # what was not sent is nobody's loss
                continue
    child.wait()


class Process:
    """A worker at work on one input document; `close` ends it whatever it does."""

    def __init__(self, opening: bytes, document: bytes) -> None:
        self._child = _taken()
        assert self._child.stdin is not None and self._child.stdout is not None
        self._to, self._from = self._child.stdin.fileno(), self._child.stdout.fileno()
        self._got = bytearray()
        os.set_blocking(self._to, False)
        os.set_blocking(self._from, False)
        self._write(opening + b"\n" + document + b"\n")

    def send(self, message: object) -> None:
        """Say something; EndedError where nobody listens, SlowError where nobody takes it."""
        self._write(json.dumps(message).encode() + b"\n")

    def receive(self, seconds: float) -> tuple[dict[str, Any], float]:
        """The next message and the seconds waited for it; SlowError, EndedError."""
        started = time.monotonic()
        while (end := self._got.find(b"\n")) < 0:
            left = seconds - (time.monotonic() - started)
            if left <= 0 or not select.select([self._from], [], [], left)[0]:
                raise SlowError("no answer in time")
            piece = os.read(self._from, _READ)
            self._got += piece
            if not piece or len(self._got) > LIMITS.policy_answer_bytes:
                raise EndedError("no answer")
        line = bytes(self._got[:end])
        del self._got[: end + 1]
        try:
            message = json.loads(line)
        except ValueError:
            raise EndedError("no answer") from None
        return message, time.monotonic() - started

    def close(self) -> None:
        """End it."""
        _end(self._child)

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        until = time.monotonic() + LIMITS.policy_seconds
        try:
            while view:
                left = until - time.monotonic()
                if left <= 0 or not select.select([], [self._to], [], left)[1]:
                    raise SlowError("no answer in time")
                view = view[os.write(self._to, view) :]
        except (BrokenPipeError, ConnectionError):
            raise EndedError("no answer") from None
