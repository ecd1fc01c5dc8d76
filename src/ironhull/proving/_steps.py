"""What a build says: the step that failed, and the last it wrote."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable

from ironhull.errors import BuildError

__all__ = ["Heard"]

_KEPT = 400  # lines
_SHOWN = 160  # characters of a step
_RULE = "------"
_HEAD = re.compile(r"^ > (\[[^\]]*\].*?):?$")
_BUILDAH = re.compile(r"^(?:\[\d+/\d+\] )?STEP \d+/\d+: (.*)$")
_TIMED = re.compile(r"^(?:#\d+ )?\d+\.\d+(?: |$)")
_TROUBLE = ("ERROR: ", "Error: ", "error: ")


class Heard:
    """Passes on what a build says and remembers the end of it."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._lines: deque[str] = deque(maxlen=_KEPT)

    def __call__(self, line: str) -> None:
        self._lines.append(line)
        self._say(line)

    def explained(self, trouble: BuildError, what: str) -> BuildError:
        """The error of a build with the step that failed and the last line it wrote."""
        step, output = self._failed()
        if not step:
            return BuildError(f"{what} does not build: {trouble.message}", trouble.hint)
        words = (_TIMED.sub("", line).strip() for line in reversed(output))
        said = f": {next(filter(None, words), trouble.message)}"
        step = step if len(step) <= _SHOWN else f"{step[:_SHOWN]}…"
        return BuildError(f"{what} does not build: {step} failed{said}", trouble.hint)

    def _failed(self) -> tuple[str, list[str]]:
        """The step BuildKit or buildah stopped at, and what it wrote."""
        lines = list(self._lines)
        for index in range(len(lines) - 1, -1, -1):
            if head := _HEAD.match(lines[index]):
                rest = lines[index + 1 :]
                end = rest.index(_RULE) if _RULE in rest else len(rest)
                return head[1], rest[:end]
            if head := _BUILDAH.match(lines[index]):
                rest = lines[index + 1 :]
                return head[1], [line for line in rest if not line.startswith(_TROUBLE)]
        return "", []
