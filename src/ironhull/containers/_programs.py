"""Programs that run to their end, or for so long; their output is kept in a file and bounded."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from typing import IO

from ironhull.containers._nouns import TIMED_OUT, Ended
from ironhull.limits import LIMITS

__all__ = ["asked", "ended", "said", "started"]

_GRACE_SECONDS = 10.0


def asked(command: Sequence[str], seconds: float, environment: Mapping[str, str]) -> Ended:
    """Run a program, both streams together; 127 where there is none, 124 after `seconds`."""
    with tempfile.TemporaryFile() as out:
        try:
            process = started(command, environment, out)
        except OSError as trouble:
            return Ended(127, f"{command[0]}: {trouble.strerror}")
        return ended(process, out, seconds)


def started(
    command: Sequence[str], environment: Mapping[str, str], out: IO[bytes]
) -> subprocess.Popen[bytes]:
    """Start a program that writes to `out`; raises OSError where it cannot be run."""
    return subprocess.Popen(
        list(command),
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=subprocess.STDOUT,
    )


def ended(process: subprocess.Popen[bytes], out: IO[bytes], seconds: float) -> Ended:
    """Wait until a program ends; stop it after `seconds`."""
    try:
        status = process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.terminate()
        try:
            process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        status = TIMED_OUT
    except BaseException:
        process.kill()
        process.wait()
        raise
    return Ended(status, said(out))


def said(out: IO[bytes]) -> str:
    """What was written to `out`, the first and the last part of it where it is long."""
    most = LIMITS.container_output_bytes
    size = os.fstat(out.fileno()).st_size
    head = os.pread(out.fileno(), most, 0)
    if size <= most:
        return head.decode("utf-8", "replace")
    tail = os.pread(out.fileno(), most // 2, size - most // 2)
    return (head[: most // 2] + b"\n[...]\n" + tail).decode("utf-8", "replace")
