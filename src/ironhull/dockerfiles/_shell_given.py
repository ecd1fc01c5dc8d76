"""The scripts that a command gives to a shell: `sh -c SCRIPT`, and here-documents as its input."""

from __future__ import annotations

from ironhull.dockerfiles._shell_nouns import SHELLS, ShellCommand

__all__ = ["given_scripts"]


def given_scripts(command: ShellCommand) -> tuple[tuple[str, str], ...]:
    """("sh -c" or "heredoc", script) of each; nothing of what is no shell or reads a file."""
    words = command.arguments
    if command.program not in SHELLS:
        return ()
    if command.program == "busybox":
        if words[:1] not in (("sh",), ("ash",)):
            return ()
        words = words[1:]
    at = 0
    while at < len(words) and words[at].startswith(("-", "+")):
        word = words[at]
        if not word.startswith("--") and "c" in word:
            return tuple(("sh -c", script) for script in words[at + 1 : at + 2])
        at += 2 if word.endswith(("o", "O")) and not word.startswith("--") else 1
    if at < len(words):
        return ()
    heredocs = (r.body for r in command.redirections if r.operator.startswith("<<"))
    return tuple(("heredoc", body) for body in heredocs if body)
