"""Dockerfiles: reading them, what their variables hold, which commands their steps run."""

from __future__ import annotations

from ironhull.dockerfiles._nouns import Comment, Dockerfile, Heredoc, Instruction, Stage
from ironhull.dockerfiles.ignoring import IgnoreRules
from ironhull.dockerfiles.reading import read_dockerfile
from ironhull.dockerfiles.scopes import Scope, scope_of

__all__ = [
    "Comment",
    "Dockerfile",
    "Heredoc",
    "IgnoreRules",
    "Instruction",
    "Scope",
    "Stage",
    "read_dockerfile",
    "scope_of",
]
