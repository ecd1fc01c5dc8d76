"""Files of the context that a compiled program may read when it runs: all that is no source."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable

from ironhull.dockerfiles import Instruction, Stage
from ironhull.hardening._row import Carried, Subject

__all__ = ["assets_of"]

_NEVER = re.compile(
    r"(?:^|/)(?:Dockerfile[^/]*|[^/]*\.dockerignore|docker-compose[^/]*|compose\.ya?ml|Makefile|"
    r"README[^/]*|LICEN[CS]E[^/]*|CHANGELOG[^/]*|CONTRIBUTING[^/]*|NOTICE[^/]*|Jenkinsfile|"
    r"Justfile|justfile|Taskfile\.ya?ml|sample\.toml|\.[^/]+|[^/]+\.(?:md|rst|hcl))$"
    r"|(?:^|/)(?:\.[^/]+|docs?|tests?|testdata|node_modules|examples?|benches|scripts)/",
)
_MANY = 24  # files and folders that are named one by one


def assets_of(subject: Subject, source: Callable[[str], bool]) -> tuple[Carried, ...]:
    """What COPY and ADD of the final stage's chain bring from the context and is no source.

    `source` tells by a path of the context whether the build alone reads it. Documentation, tests
    and files of tools are left out as well. Folders that hold nothing else are taken whole.
    """
    found: dict[str, bool] = {}
    floors: dict[str, str] = {}
    for stage in subject.chain:
        for copy in stage.all("COPY", "ADD"):
            if copy.flag("from") is None and not copy.heredocs:
                for path, target, floor in _targets(subject, copy, stage):
                    floors[target] = floor
                    found[target] = not source(path) and not _NEVER.search(path)
    if not any(found.values()):
        return ()
    return tuple(Carried(path, path) for path in _grouped(found, floors))


def _targets(subject: Subject, copy: Instruction, stage: Stage) -> Iterable[tuple[str, str, str]]:
    """Of every file that a COPY brings: its path in the context, in the image, and a floor.

    The floor is a prefix of the folders that hold nothing but what this COPY brings.
    """
    *sources, target = subject.scope.words(copy)
    workdir = posixpath.join("/", subject.scope.workdir(stage, copy))
    folder = target.endswith("/") or target == "." or len(sources) > 1
    base = posixpath.normpath(posixpath.join(workdir, target))
    for word in sources:
        source = posixpath.normpath(word).lstrip("/")
        for path in subject.context.files():
            if source == "." or path.startswith(f"{source}/"):
                inside = path if source == "." else path[len(source) + 1 :]
                floor = f"{base}/" if base == workdir else base
                yield path, posixpath.join(base, inside), floor
            elif _matches(path, source):
                name = posixpath.basename(path)
                several = folder or "*" in source
                yield path, posixpath.join(base, name) if several else base, f"{base}/"


def _matches(path: str, pattern: str) -> bool:
    from fnmatch import fnmatchcase

    return path == pattern or (path.count("/") == pattern.count("/") and fnmatchcase(path, pattern))


def _grouped(found: dict[str, bool], floors: dict[str, str]) -> list[str]:
    """The highest folders whose files are all wanted, then single files."""
    refused: set[str] = set()
    for path, wanted in found.items():
        if not wanted:
            refused.update(_above(path))
    taken: set[str] = set()
    for path, wanted in found.items():
        if wanted:
            free = [f for f in _above(path) if f not in refused and f.startswith(floors[path])]
            taken.add(min(free, key=len, default=path))
    if len(taken) > _MANY:
        taken = {"/".join(path.split("/")[:3]) for path in taken}
    return sorted(taken)


def _above(path: str) -> list[str]:
    """Every folder above a file, the root left out."""
    parts = path.strip("/").split("/")[:-1]
    return ["/" + "/".join(parts[: n + 1]) for n in range(len(parts))]
