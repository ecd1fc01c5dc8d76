"""Dockerfile -> hardened Dockerfile, with a reason for every change. See docs/harden.md."""

from __future__ import annotations

from ironhull.dockerfiles import Dockerfile, Stage, scope_of
from ironhull.hardening._context import Context, Directory, Memory, directory
from ironhull.hardening._nouns import Hardened
from ironhull.hardening._row import Options, Subject
from ironhull.hardening._writing import write

__all__ = ["Context", "Directory", "Memory", "Options", "directory", "harden"]


def harden(dockerfile: Dockerfile, context: Context, options: Options | None = None) -> Hardened:
    """The hardened Dockerfile, every change with its reason, and what is left to do by hand.

    Nothing is run and nothing is fetched but by `options.pin`. DockerfileError for a target stage
    that is not there, or a variable that cannot be expanded.
    """
    options = options or Options()
    scope = scope_of(dockerfile, options.arguments, options.platform)
    stage: Stage = dockerfile.target(options.target)
    chain = scope.lineage(stage)
    root = scope.image(chain[0])
    return write(Subject(dockerfile, scope, stage, chain, root, context), options)
