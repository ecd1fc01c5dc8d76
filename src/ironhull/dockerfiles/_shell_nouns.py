"""What a shell script is made of, as far as reading a Dockerfile needs it."""

from __future__ import annotations

import re

from ironhull.values import dataclass

__all__ = ["SHELLS", "Redirection", "ShellCommand"]

SHELLS = frozenset({"sh", "bash", "dash", "ash", "ksh", "zsh", "busybox"})
"""Programs that take a script by -c in the language read here."""

_PREFIXES: dict[str, tuple[str, int]] = {
    "sudo": ("ugChpTRDrt", 0),
    "doas": ("uC", 0),
    "env": ("uSC", 0),
    "exec": ("a", 0),
    "time": ("fo", 0),
    "nohup": ("", 0),
    "nice": ("n", 0),
    "ionice": ("cn", 0),
    "stdbuf": ("ioe", 0),
    "timeout": ("ks", 1),
    "gosu": ("", 1),
    "su-exec": ("", 1),
    "tini": ("pe", 0),
    "tini-static": ("pe", 0),
    "dumb-init": ("r", 0),
    "setpriv": ("", 0),
    "eatmydata": ("", 0),
    "catchsegv": ("", 0),
    "builtin": ("", 0),
}
"""Programs that run another one: their options that take the next word, and how many words come
before the other program's name."""

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")


@dataclass(frozen=True, slots=True)
class Redirection:
    """`fd` is -1 where none is written; `body` is that of a here-document, else ""."""

    fd: int
    operator: str
    target: str
    body: str = ""


@dataclass(frozen=True, slots=True)
class ShellCommand:
    """One simple command of a script.

    `words` are without quotes and with variables as text ("$HOME"); `plain` tells of each whether
    it is what it says: no variable, substitution or unquoted wildcard. `connector` is what stands
    before it: "" at the beginning, else "&&", "||", ";", "|", "|&", "&" or a line end. `within`
    are the constructs around it, outermost first: "if", "loop", "case", "group", "subshell",
    "function", "substitution", "sh -c", "heredoc" (scripts given to a shell).
    `unclear` says why the rest of a script, in `raw`, could
    not be split; `words` are empty then. They are empty also for assignments alone.
    """

    words: tuple[str, ...]
    plain: tuple[bool, ...]
    raw: str
    line: int
    assignments: tuple[tuple[str, str], ...] = ()
    connector: str = ""
    redirections: tuple[Redirection, ...] = ()
    within: tuple[str, ...] = ()
    unclear: str = ""

    @property
    def program(self) -> str:
        """The program's name without its folder, past `sudo`, `env`, `exec` and the like."""
        return self._program()[0]

    @property
    def arguments(self) -> tuple[str, ...]:
        """The words after the program's name."""
        return self._program()[1]

    @property
    def prefixes(self) -> tuple[str, ...]:
        """Which of `sudo`, `env`, `exec`, `gosu`, `tini` and the like stand before the program."""
        return self._program()[2]

    def _program(self) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
        words = self.words
        prefixes: list[str] = []
        while words:
            name = words[0].rpartition("/")[2]
            rest = words[1:]
            after = _after(name, rest) if name in _PREFIXES else ()
            if not after:
                return name, rest, tuple(prefixes)
            prefixes.append(name)
            words = after
        return "", (), tuple(prefixes)


def _after(name: str, words: tuple[str, ...]) -> tuple[str, ...]:
    """The words from the program that a prefix runs; none where it runs none."""
    valued, skipped = _PREFIXES[name]
    at = 0
    while at < len(words):
        word = words[at]
        if word == "--":
            at += 1
            break
        if _ASSIGNMENT.match(word) and name in ("env", "sudo", "doas"):
            at += 1
        elif word.startswith("-") and len(word) > 1:
            takes = not word.startswith("--") and word[-1] in valued and len(word) == 2
            at += 2 if takes else 1
        else:
            break
    return words[at + skipped :]
