"""Giving an answer again: what a run wrote, while all it read is as it was (`store.answer_cache`).

This is tried before the command line is parsed or a module of the command is loaded, so it imports
next to nothing. A run that was not told `--no-cache` and writes to stdout is recorded.
"""

from __future__ import annotations

import os
import sys
import time

from ironhull.commands._stdout import write_out
from ironhull.places import places
from ironhull.store._code import running_code
from ironhull.store.answer_cache import Answer, AnswerCache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ironhull.store.answer_cache import Input

__all__ = ["Recording", "begin"]

_NEVER = ("fs://", "registry://", "sbom://", "docker://", "podman://")
"""References whose content cannot be told from a few local files."""

_VARIABLES = ("SOURCE_DATE_EPOCH", "NO_COLOR", "COLUMNS", "TERM", "LANG", "LC_ALL", "LC_CTYPE")
_KEPT_CODES = (0, 2)  # fine, or a threshold was hit


class Recording:
    """One run: what it is asked, and what it wrote so far, to be answered again."""

    def __init__(self, cache: str, request: tuple[str, ...]) -> None:
        self._cache = AnswerCache(cache)
        self._request = request
        self._since = time.time()
        self._inputs: list[Input] = []
        self._output: list[bytes] = []
        self._notes: list[str] = []
        self._valid = True

    def repeat(self) -> int | None:
        """Write the answer of an earlier run and give its exit code; None where there is none."""
        answer = self._cache.load(self._request)
        if answer is None:
            return None
        if answer.notes:
            sys.stderr.write(answer.notes.decode("utf-8", "surrogateescape"))
        write_out(answer.output)
        return answer.code

    def wrote(self, data: bytes) -> None:
        """`data` went to stdout."""
        self._output.append(data)

    def noted(self, line: str) -> None:
        """`line` went to stderr."""
        self._notes.append(line)

    def depends_on(self, inputs: Iterable[Input] | None) -> None:
        """The run read these; None: what it read cannot be told, so it is not to be repeated."""
        if inputs is None:
            self._valid = False
        else:
            self._inputs += inputs

    def finish(self, code: int) -> None:
        """Keep the answer of a run that ended with `code`."""
        if self._valid and self._inputs and code in _KEPT_CODES:
            notes = "".join(self._notes).encode("utf-8", "surrogateescape")
            answer = Answer(code, b"".join(self._output), notes)
            self._cache.keep(self._request, answer, self._inputs, since=self._since)


def begin(argv: Sequence[str], env: Mapping[str, str]) -> Recording | None:
    """The recording of the command line `argv`; None where it can have no answer."""
    if any(word.startswith(_NEVER) or "\0" in word for word in argv):
        return None
    code = running_code()
    if not code:
        return None
    try:
        here = os.getcwd()  # noqa: PTH109 - pathlib is half of a start
    except OSError:
        return None
    found = places(env)
    names = sorted(name for name in env if name.startswith("IRONHULL_") or name in _VARIABLES)
    request = (
        *(code, sys.version, os.uname().machine, here, _terminal()),
        *(found.home, found.cache, found.file),
        *(f"{name}={env[name]}" for name in names),
        *argv,
    )
    return Recording(found.cache, request)


def _terminal() -> str:
    """Where output goes, as far as it makes a difference to what is written."""
    if not sys.stdout.isatty():
        return ""
    try:
        return str(os.get_terminal_size(sys.stdout.fileno()).columns)
    except OSError:
        return "tty"
