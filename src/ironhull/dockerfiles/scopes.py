"""What the variables of a Dockerfile hold, stage by stage, as BuildKit has it.

(docs.docker.com/reference/dockerfile: "Environment replacement", "ARG", "Automatic platform ARGs
in the global scope", "Scope".) ENV wins over ARG; an ARG before the first FROM counts in FROMs and
where a stage declares it again; a stage on another stage of the file inherits its ENV. What an
image from elsewhere sets is not known: names that nothing in the file sets stay as written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ironhull.dockerfiles._nouns import Dockerfile, Instruction, Stage
from ironhull.errors import DockerfileError
from ironhull.limits import LIMITS
from ironhull.values import dataclass

__all__ = ["Scope", "scope_of"]

_NAME = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)")
_PATTERN = re.compile(r"\$\{\w+(?:[#%/])")
_BY_SHELL = ("RUN", "CMD", "ENTRYPOINT", "SHELL", "HEALTHCHECK", "ONBUILD")
"""Instructions whose words no variable of ours replaces: the shell does it, or nobody."""


def scope_of(
    dockerfile: Dockerfile,
    arguments: Mapping[str, str] | None = None,
    platform: str = "linux/amd64",
) -> Scope:
    """The values for these build arguments (`--build-arg`) and this platform, built on amd64."""
    given = dict(arguments or {})
    automatic = _automatic(platform)
    known = {**automatic, **{k: v for k, v in given.items() if k in automatic}}
    declared: set[str] = set()
    making = _Making(dockerfile, given, automatic)
    for instruction in dockerfile.arguments:
        for name, raw in instruction.pairs:
            declared.add(name)
            value = given.get(name)
            if value is None and raw is not None:
                value = making.expand(raw, known, frozenset(declared), instruction, True)
            if value is not None:
                known[name] = value
    making.globals = known
    for stage in dockerfile.stages:
        making.stage(stage)
    return Scope(
        dockerfile, making.images, making.parents, making.seen, making.declared, making.ends
    )


@dataclass(frozen=True, slots=True)
class Scope:
    """Values by stage and instruction; see the methods. Made by `scope_of`.

    `images` are the FROMs by stage index, `parents` the index of the stage that FROM names,
    `seen` variables by the line an instruction starts on, `ends` ENV at the end by stage index.
    """

    dockerfile: Dockerfile
    images: Mapping[int, str]
    parents: Mapping[int, int]
    seen: Mapping[int, Mapping[str, str]]
    declared: Mapping[int, frozenset[str]]
    ends: Mapping[int, Mapping[str, str]]

    def image(self, stage: Stage) -> str:
        """What FROM names, expanded: an image, or a stage (see `parent`)."""
        return self.images[stage.index]

    def parent(self, stage: Stage) -> Stage | None:
        """The stage this one stands on, None where it stands on an image."""
        index = self.parents.get(stage.index)
        return None if index is None else self.dockerfile.stages[index]

    def root(self, stage: Stage) -> Stage:
        """The lowest of the stages that this one stands on: the one on an image."""
        while (below := self.parent(stage)) is not None:
            stage = below
        return stage

    def lineage(self, stage: Stage) -> tuple[Stage, ...]:
        """The stages below this one, lowest first, then itself."""
        found = [stage]
        while (below := self.parent(found[-1])) is not None:
            found.append(below)
        return tuple(reversed(found))

    def variables(self, instruction: Instruction) -> Mapping[str, str]:
        """ARG and ENV as an instruction sees them."""
        return self.seen.get(instruction.start, {})

    def environment(self, stage: Stage) -> Mapping[str, str]:
        """ENV at the end of a stage, with that of the stages below it."""
        return self.ends[stage.index]

    def expand(self, instruction: Instruction, raw: str) -> str:
        """A raw word without quotes, with its variables replaced; DockerfileError if it cannot."""
        return _expanded(
            raw,
            self.variables(instruction),
            self.declared.get(instruction.start, frozenset()),
            (self.dockerfile, instruction),
            False,
        )

    def words(self, instruction: Instruction) -> tuple[str, ...]:
        """All words of an instruction expanded; as they are where a shell does that, or nobody."""
        if instruction.name in _BY_SHELL:
            return instruction.words
        if instruction.pairs:
            pairs = self.pairs(instruction)
            return tuple(key if value is None else f"{key}={value}" for key, value in pairs)
        found = tuple(self.expand(instruction, word) for word in instruction.words)
        if instruction.name == "EXPOSE":
            return tuple(port for word in found for port in word.split())
        return found

    def pairs(self, instruction: Instruction) -> tuple[tuple[str, str | None], ...]:
        """Names and values of ENV, LABEL and ARG, expanded; for ARG what is given counts."""
        found: list[tuple[str, str | None]] = []
        for key, raw in instruction.pairs:
            name = self.expand(instruction, key) if instruction.name != "ARG" else key
            found.append((name, None if raw is None else self.expand(instruction, raw)))
        return tuple(found)

    def user(self, stage: Stage) -> str:
        """USER at the end of a stage, "" where only its image says."""
        return self._last(stage, "USER")

    def signal(self, stage: Stage) -> str:
        """STOPSIGNAL at the end of a stage, "" where only its image says."""
        return self._last(stage, "STOPSIGNAL")

    def workdir(self, stage: Stage, before: Instruction | None = None) -> str:
        """WORKDIR at the end of a stage or before an instruction of it.

        "" where only its image says; a relative one on an unknown one is kept relative.
        """
        import posixpath

        path = ""
        for instruction in self._until(stage, before):
            if instruction.name == "WORKDIR":
                path = posixpath.join(path, self.expand(instruction, instruction.argument))
        return posixpath.normpath(path) if path else ""

    def shell(self, stage: Stage, before: Instruction | None = None) -> tuple[str, ...]:
        """SHELL in force at the end of a stage or before an instruction of it."""
        found: tuple[str, ...] = ("/bin/sh", "-c")
        for instruction in self._until(stage, before):
            if instruction.name == "SHELL":
                found = instruction.words
        return found

    def _last(self, stage: Stage, name: str) -> str:
        for part in reversed(self.lineage(stage)):
            if found := part.last(name):
                return self.expand(found, found.argument)
        return ""

    def _until(self, stage: Stage, before: Instruction | None) -> list[Instruction]:
        found = [i for part in self.lineage(stage)[:-1] for i in part.instructions]
        for instruction in stage.instructions:
            if before is not None and instruction.start >= before.start:
                break
            found.append(instruction)
        return found


class _Making:
    """What grows while the stages are gone through in order."""

    def __init__(
        self, dockerfile: Dockerfile, given: Mapping[str, str], automatic: Mapping[str, str]
    ) -> None:
        self.dockerfile = dockerfile
        self.given = given
        self.automatic = automatic
        self.globals: Mapping[str, str] = {}
        self.images: dict[int, str] = {}
        self.parents: dict[int, int] = {}
        self.seen: dict[int, Mapping[str, str]] = {}
        self.declared: dict[int, frozenset[str]] = {}
        self.ends: dict[int, Mapping[str, str]] = {}
        self._names: dict[str, int] = {}

    def stage(self, stage: Stage) -> None:
        """Go through one stage."""
        image = self.expand(stage.image, self.globals, frozenset(), stage.head, True)
        if not image.strip():
            raise _trouble(
                self.dockerfile,
                stage.head,
                f"FROM {stage.image}: the image has no name",
                "give the ARG a default, or its value by --build-arg",
            )
        self.images[stage.index] = image
        parent = self._names.get(image.lower())
        if parent is not None:
            self.parents[stage.index] = parent
        self.seen[stage.head.start] = self.globals
        environment = dict(self.ends[parent]) if parent is not None else {}
        arguments: dict[str, str] = {}
        declared: frozenset[str] = frozenset()
        both: Mapping[str, str] = environment
        for instruction in stage.instructions:
            self.seen[instruction.start] = both
            self.declared[instruction.start] = declared
            if instruction.name not in ("ARG", "ENV"):
                continue
            target = environment if instruction.name == "ENV" else arguments
            if instruction.name == "ENV":
                environment = target = dict(environment)
            for name, value in self._set(instruction, both, declared):
                if instruction.name == "ARG":
                    declared |= {name}
                if value is not None:
                    target[name] = value
            both = {**arguments, **environment}
        self.ends[stage.index] = environment
        if stage.name:
            self._names[stage.name] = stage.index

    def _set(
        self, instruction: Instruction, both: Mapping[str, str], declared: frozenset[str]
    ) -> list[tuple[str, str | None]]:
        found: list[tuple[str, str | None]] = []
        seen = dict(both)
        for name, raw in instruction.pairs:
            if instruction.name == "ENV":
                assert raw is not None
                key = self.expand(name, both, declared, instruction, False)
                found.append((key, self.expand(raw, both, declared, instruction, False)))
                continue
            value = self._argument(name, raw, seen, declared, instruction)
            declared |= {name}
            if value is not None:
                seen.setdefault(name, value)
            found.append((name, value))
        return found

    def _argument(
        self,
        name: str,
        raw: str | None,
        seen: Mapping[str, str],
        declared: frozenset[str],
        instruction: Instruction,
    ) -> str | None:
        if name in self.given:
            return self.given[name]
        if raw is not None:
            return self.expand(raw, seen, declared, instruction, False)
        if name in self.automatic:
            return self.automatic[name]
        return self.globals.get(name)

    def expand(
        self,
        raw: str,
        known: Mapping[str, str],
        declared: frozenset[str],
        instruction: Instruction,
        complete: bool,
    ) -> str:
        """A raw word; `complete`: names that are not known are empty, as in FROM."""
        return _expanded(raw, known, declared, (self.dockerfile, instruction), complete)


def _expanded(
    raw: str,
    known: Mapping[str, str],
    declared: frozenset[str],
    where: tuple[Dockerfile, Instruction],
    complete: bool,
) -> str:
    dockerfile, instruction = where
    if not any(c in raw for c in "$'\"<") and dockerfile.escape not in raw:
        return raw
    if _PATTERN.search(raw) and "*" in raw and _costly(raw, known):
        raise _trouble(dockerfile, instruction, "a pattern that takes too long", "simplify it")
    from e2b_dockerfile_utils import ShellLex

    unset = {name for name in _NAME.findall(raw) if name not in known}
    keep = not complete and not unset <= declared
    lex = ShellLex(dockerfile.escape, env=known, skip_unset_env=keep)
    try:
        value = lex.process_word(raw)
    except (ValueError, RecursionError) as trouble:
        said = str(trouble).rpartition(": ")[2]
        hint = "correct the quotes and ${…}"
        raise _trouble(dockerfile, instruction, f"{raw[:80]!r}: {said}", hint) from None
    if len(value) > LIMITS.dockerfile_value_bytes:
        said = f"a value is longer than {LIMITS.dockerfile_value_bytes} characters"
        raise _trouble(dockerfile, instruction, said, "shorten it")
    return value


def _costly(raw: str, known: Mapping[str, str]) -> bool:
    """Whether the patterns of `${name#pattern}` and the like could take minutes."""
    longest = max((len(known.get(name, "")) for name in _NAME.findall(raw)), default=0)
    return (
        raw.count("*") > LIMITS.dockerfile_wildcards
        or longest + len(raw) > LIMITS.dockerfile_pattern_bytes
    )


def _trouble(
    dockerfile: Dockerfile, instruction: Instruction, message: str, hint: str
) -> DockerfileError:
    line = instruction.start
    return DockerfileError(f"{dockerfile.name}:{line}:1: {message}", hint, line, 1)


def _automatic(platform: str) -> dict[str, str]:
    """The platform arguments; TARGETSTAGE and the version of BuildKit are not known."""
    parts = [*platform.split("/"), "", ""]
    return {
        "BUILDPLATFORM": "linux/amd64",
        "BUILDOS": "linux",
        "BUILDARCH": "amd64",
        "BUILDVARIANT": "",
        "TARGETPLATFORM": platform,
        "TARGETOS": parts[0],
        "TARGETARCH": parts[1],
        "TARGETVARIANT": parts[2],
    }
