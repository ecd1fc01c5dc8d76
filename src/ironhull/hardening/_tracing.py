"""Where the program that an image starts comes from: which stage made it, or the context."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence

from ironhull.dockerfiles import Instruction, Stage, commands_of
from ironhull.hardening._row import Subject
from ironhull.values import dataclass

__all__ = [
    "INITS",
    "Origin",
    "argv",
    "builders",
    "image_version",
    "only_arguments",
    "origin_of",
    "placed",
    "program",
    "stage_root",
    "tag_of",
]

_HOSTS = (
    "docker.io/library/",
    "docker.io/",
    "index.docker.io/library/",
    "index.docker.io/",
    "registry-1.docker.io/library/",
    "public.ecr.aws/docker/library/",
    "mirror.gcr.io/library/",
    "library/",
)
_NUMBER = re.compile(r"v?(\d+(?:\.\d+)*)")
_BIN = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
INITS = ("tini", "tini-static", "dumb-init", "docker-init")
"""Programs that only start another one and reap what it leaves."""

_HOPS = 20  # stages a file is followed through


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a file was made: in `stage` as `path`, absolute; in the context where `stage` is None.

    `path` of the context is relative, `image` names the image of a COPY --from of one.
    """

    stage: Stage | None
    path: str
    image: str = ""


def image_version(reference: str, names: Sequence[str]) -> str | None:
    """The version in the tag of an image with one of these names, "" where the tag has none.

    None where it is another image. Names are of the official images ("node") or whole
    ("cgr.dev/chainguard/node").
    """
    repository, _, tag = _split(reference)
    for host in _HOSTS:
        if repository.startswith(host) and repository.removeprefix(host) in names:
            repository = repository.removeprefix(host)
            break
    if repository not in names:
        return None
    found = _NUMBER.match(tag)
    return found[1] if found else ""


def _split(reference: str) -> tuple[str, str, str]:
    """Repository, digest and tag of a reference as a Dockerfile writes it."""
    name, _, digest = reference.partition("@")
    head, slash, last = name.rpartition("/")
    last, _, tag = last.partition(":")
    return f"{head}{slash}{last}", digest, tag


def tag_of(reference: str) -> str:
    """The tag of a reference, "" where it has none."""
    return _split(reference)[2]


def stage_root(subject: Subject, stage: Stage) -> str:
    """The image from elsewhere that a stage stands on, expanded."""
    return subject.scope.image(subject.scope.root(stage))


def builders(subject: Subject, stage: Stage) -> Iterator[tuple[Stage, Instruction]]:
    """Every RUN of a stage and of the stages it stands on, in order."""
    for part in subject.scope.lineage(stage):
        for instruction in part.all("RUN"):
            yield part, instruction


# ── what is started ──────────────────────────────────────────────────────────────────────────────


def argv(subject: Subject) -> tuple[str, ...]:
    """The words of ENTRYPOINT and CMD that are run; none where they are no plain command.

    The shell form counts where it is one command without variables, as `exec` of it does.
    (docs.docker.com/reference/dockerfile, "Understand how CMD and ENTRYPOINT interact".)
    """
    entrypoint, command = _last_ones(subject)
    if entrypoint is None:
        return _words(command)
    words = _words(entrypoint)
    if not words or not entrypoint.exec_form:
        return words
    return words + _words(command) if command else words


def program(subject: Subject) -> str:
    """The first of the words that are run, past `tini`, `exec`, `env`; "" where it is not known."""
    for instruction in _last_ones(subject):
        if instruction is not None:
            commands = commands_of(instruction)
            if commands and not commands[0].unclear and commands[0].words:
                return _program(commands[0].words, commands[0].program)
    return ""


def only_arguments(subject: Subject, words: tuple[str, ...]) -> bool:
    """Whether `words` are a CMD that an ENTRYPOINT takes as arguments."""
    entrypoint, command = _last_ones(subject)
    if entrypoint is None or command is None or words != _words(command):
        return False
    first = _words(entrypoint)
    if not first:
        return False
    if posixpath.basename(first[0]) in INITS:
        return any(not word.startswith("-") for word in first[1:])
    return not first[0].endswith(".sh") and "entrypoint" not in posixpath.basename(first[0])


def _program(words: tuple[str, ...], name: str) -> str:
    """The word that names the program, with its folder as written."""
    return next((word for word in words if posixpath.basename(word) == name), name)


def _last_ones(subject: Subject) -> tuple[Instruction | None, Instruction | None]:
    """ENTRYPOINT and CMD in force; an ENTRYPOINT takes back the CMD of a stage below."""
    entrypoint = command = None
    for stage in subject.chain:
        own = stage.last("ENTRYPOINT")
        if own is not None:
            entrypoint, command = own, None
        command = stage.last("CMD") or command
    return entrypoint, command


def _words(instruction: Instruction | None) -> tuple[str, ...]:
    if instruction is None or not instruction.words:
        return ()
    if instruction.exec_form:
        return instruction.words
    commands = commands_of(instruction)
    if len(commands) != 1 or commands[0].unclear or not all(commands[0].plain):
        return ()
    only = commands[0]
    if only.redirections or only.assignments or only.within:
        return ()
    return only.words[1:] if only.words[:1] == ("exec",) else only.words


# ── where a file comes from ──────────────────────────────────────────────────────────────────────


def origin_of(subject: Subject, path: str, stage: Stage | None = None) -> Origin | None:
    """Where the file that `stage` (the final one) has as `path` was made.

    `path` may be a program's name without a folder, or relative to the working directory. A file
    that no COPY or ADD brings was made by the stage itself, if it has a RUN: its origin is there.
    None where nothing in the file tells.
    """
    where = stage or subject.stage
    for _ in range(_HOPS):
        found = _copied(subject, where, path)
        if found is None:
            if not any(True for _ in builders(subject, where)) or "/" not in path:
                return None
            return Origin(where, _absolute(subject, where, path))
        if found.stage is None:
            return found
        where, path = found.stage, found.path
    return None


def placed(subject: Subject, name: str) -> str:
    """Where a COPY of the final stage's chain puts a program of the search path; "" nowhere."""
    for path in _names(subject, subject.stage, name):
        if _copied(subject, subject.stage, path) is not None:
            return path
    return ""


def _copied(subject: Subject, stage: Stage, path: str) -> Origin | None:
    """What the last COPY or ADD of a chain that brings `path` takes it from."""
    names = _names(subject, stage, path)
    for part in reversed(subject.scope.lineage(stage)):
        for instruction in reversed(part.all("COPY", "ADD")):
            for name in names:
                source = _source(subject, part, instruction, name)
                found = None if source is None else _origin(subject, instruction, source)
                if found is not None and _there(subject, found):
                    return found
    return None


def _there(subject: Subject, origin: Origin) -> bool:
    """Whether the context has the file; what a stage or another image has is not looked at."""
    if origin.stage is not None or origin.image or set(origin.path) & set("*?["):
        return True
    return origin.path in subject.context.files()


def _names(subject: Subject, stage: Stage, path: str) -> tuple[str, ...]:
    if "/" in path:
        return (_absolute(subject, stage, path),)
    return tuple(f"{folder}/{path}" for folder in _BIN)


def _absolute(subject: Subject, stage: Stage, path: str) -> str:
    return posixpath.normpath(posixpath.join("/", subject.scope.workdir(stage), path))


def _source(subject: Subject, stage: Stage, copy: Instruction, path: str) -> str | None:
    """The source word under which a COPY or ADD brings `path`, None where it does not."""
    *sources, target = subject.scope.words(copy)
    if copy.heredocs or not sources:
        return None
    workdir = posixpath.join("/", subject.scope.workdir(stage, copy))
    folder = target.endswith(("/", "/.")) or target in (".", "./") or len(sources) > 1
    target = posixpath.normpath(posixpath.join(workdir, target))
    for source in reversed(sources):
        if not folder and target == path:
            return source
        if path.startswith(f"{target.rstrip('/')}/"):
            inside = path[len(target.rstrip("/")) + 1 :]
            name = posixpath.basename(source.rstrip("/"))
            if name == inside:
                return source
            if "/" in inside or not _is_file(subject, copy, source):
                return posixpath.join(source, inside)
    return None


def _is_file(subject: Subject, copy: Instruction, source: str) -> bool:
    """Whether a source of the context is one file: then it brings no other name."""
    path = posixpath.normpath(source.lstrip("/"))
    return copy.flag("from") is None and path in subject.context.files()


def _origin(subject: Subject, copy: Instruction, source: str) -> Origin:
    named = copy.flag("from")
    if named is None:
        return Origin(None, posixpath.normpath(source).lstrip("/"))
    name = subject.scope.expand(copy, named)
    stage = subject.dockerfile.stage(name)
    if stage is None:
        return Origin(None, source, name)
    return Origin(stage, posixpath.normpath(posixpath.join("/", source)))
