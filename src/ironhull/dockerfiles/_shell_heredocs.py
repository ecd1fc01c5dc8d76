"""The here-documents of a script (IEEE 1003.1, Shell Command Language, 2.7.4)."""

from __future__ import annotations

from collections.abc import Sequence

from ironhull.dockerfiles._nouns import Heredoc
from ironhull.dockerfiles._shell_words import Cursor

__all__ = ["Heredocs"]


class Heredocs:
    """Where their bodies end in a script, and those that came with an instruction instead."""

    def __init__(self, given: Sequence[Heredoc]) -> None:
        self._given = list(given)
        self._ends: dict[int, int] = {}

    def after(self, newline: int) -> int:
        """Where the script goes on after the line end at `newline`."""
        return self._ends.get(newline, newline + 1)

    def body(self, cursor: Cursor, word: str, chomp: bool, own: bool) -> str:
        """The body of the one whose operator and `word` end at the cursor.

        It begins after this line; without a line end in the text, or where the text is not the
        script's `own`, it is the next of those given.
        """
        text = cursor.text
        newline = text.find("\n", cursor.at)
        if not own or newline < 0:
            return self._given.pop(0).body if self._given else ""
        at = start = self.after(newline)
        while at < len(text):
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
            line = text[at:end].lstrip("\t") if chomp else text[at:end]
            if line == word:
                self._ends[newline] = min(end + 1, len(text))
                return text[start:at]
            at = end + 1
        self._ends[newline] = len(text)
        return text[start:]
