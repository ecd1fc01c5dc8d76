"""Running a program that builds: its words are passed on, the last of them kept for the error."""

from __future__ import annotations

import subprocess
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from ironhull.errors import BuildError
from ironhull.limits import LIMITS

__all__ = ["Asked", "Say", "ask", "follow"]

Say = Callable[[str], None]
"""Is told each line a program says."""

_LINE = 16_384  # bytes; what is longer is told in pieces
_LAST = 20
_TROUBLE = ("ERROR: ", "Error: ", "error: ")
_GRACE_SECONDS = 10.0


class Asked:
    """What a short question to a program was answered: exit status and output, trimmed."""

    def __init__(self, status: int, output: str, errors: str) -> None:
        self.status = status
        self.output = output.strip()
        self.errors = errors.strip()

    @property
    def trouble(self) -> str:
        """The last line it said."""
        lines = [line for line in (self.errors or self.output).splitlines() if line.strip()]
        return lines[-1].strip() if lines else f"exit status {self.status}"


def ask(
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    seconds: float = LIMITS.engine_read_seconds,
) -> Asked:
    """Ask a program something it answers at once; it failing is an answer too."""
    try:
        done = subprocess.run(
            list(command),
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Asked(1, "", f"{command[0]} does not answer")
    except OSError as trouble:
        return Asked(127, "", f"{command[0]}: {trouble.strerror}")
    return Asked(done.returncode, done.stdout.decode(errors="replace"), _text(done.stderr))


def _text(data: bytes) -> str:
    return data.decode(errors="replace")


def follow(
    command: Sequence[str], environment: Mapping[str, str], say: Say, *, stdin: bool = False
) -> None:
    """Run a program to its end, telling `say` every line of it; BuildError where it fails.

    With `stdin` it reads our standard input. Whatever interrupts us ends the program too.
    """
    last: deque[str] = deque(maxlen=_LAST)
    try:
        process = subprocess.Popen(
            list(command),
            env=dict(environment),
            stdin=None if stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    except OSError as trouble:
        raise BuildError(
            f"{command[0]} cannot be run: {trouble.strerror}", "install it, or name another engine"
        ) from None
    try:
        assert process.stdout is not None
        while data := process.stdout.readline(_LINE):
            if line := _text(data).rstrip():
                last.append(line)
                say(line)
        status = process.wait()
    finally:
        _end(process)
    if status:
        raise BuildError(f"{_name(command)} failed: {_reason(last, status)}", _hint(last))


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_SECONDS)
        if process.poll() is None:
            process.kill()
            process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _name(command: Sequence[str]) -> str:
    words = []
    for word in command[:3]:
        if word.startswith("-"):
            break
        words.append(word.rpartition("/")[2])
    return " ".join(words)


def _reason(last: Sequence[str], status: int) -> str:
    for line in reversed(last):
        for mark in _TROUBLE:
            if line.startswith(mark):
                return line.removeprefix(mark)
    return last[-1] if last else f"exit status {status}"


def _hint(last: Sequence[str]) -> str:
    return "what it said before tells more; -q hides that" if len(last) > 1 else ""
