"""Dockerfiles: reading them, what their variables hold, which commands their steps run."""

from __future__ import annotations

from ironhull.dockerfiles._nouns import Comment, Dockerfile, Heredoc, Instruction, Stage
from ironhull.dockerfiles.ignoring import IgnoreRules
from ironhull.dockerfiles.reading import read_dockerfile
from ironhull.dockerfiles.scopes import Scope, scope_of
from ironhull.dockerfiles.shell import Redirection, ShellCommand, commands_of, script_commands

__all__ = [
    "Comment",
    "Dockerfile",
    "Heredoc",
    "IgnoreRules",
    "Instruction",
    "Redirection",
    "Scope",
    "ShellCommand",
    "Stage",
    "commands_of",
    "read_dockerfile",
    "scope_of",
    "script_commands",
]
