"""What a Dockerfile is made of, with the lines and the text it was written as."""

from __future__ import annotations

from collections.abc import Iterator

from ironhull.errors import DockerfileError
from ironhull.values import dataclass

__all__ = ["Comment", "Dockerfile", "Heredoc", "Instruction", "Stage"]


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment outside instructions, or between their lines; `text` with its number sign."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Heredoc:
    """A here-document: `body` with its line ends, without leading tabs where `chomp` (`<<-`).

    `expands` says whether variables in it are replaced (its word was not quoted).
    """

    name: str
    body: str
    expands: bool = True
    chomp: bool = False
    fd: int = 0


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction, from line `start` to line `end` (from 1, both included).

    `text` is as written, without the last line end; `line` has continuations joined and comments
    dropped, here-documents left out. `words` are the raw arguments: quotes kept, nothing expanded.
    The shell form of RUN, CMD and ENTRYPOINT is one word, the script; HEALTHCHECK's first is CMD or
    NONE; COPY's and ADD's last is the target; FROM has (image) or (image, "AS", name). Words of an
    exec form (`exec_form`) are as JSON gives them. `flags` are in order, without dashes.
    """

    name: str
    start: int
    end: int
    text: str
    line: str
    flags: tuple[tuple[str, str], ...] = ()
    words: tuple[str, ...] = ()
    exec_form: bool = False
    heredocs: tuple[Heredoc, ...] = ()
    pairs: tuple[tuple[str, str | None], ...] = ()
    """ENV, LABEL, ARG: names with raw values; None where an ARG has no default."""
    inner: Instruction | None = None
    """ONBUILD: what it triggers."""
    places: tuple[tuple[int, int], ...] = ()
    """Where lines of the file begin in `line`: (offset, line of the file), in order."""

    def flag(self, name: str) -> str | None:
        """The value of the last `--name=value`, "" of `--name`, None where it is not there."""
        found = self.flagged(name)
        return found[-1] if found else None

    def flagged(self, name: str) -> tuple[str, ...]:
        """The values of every `--name`."""
        return tuple(value for key, value in self.flags if key == name)

    @property
    def argument(self) -> str:
        """The first word, "" where there is none."""
        return self.words[0] if self.words else ""


@dataclass(frozen=True, slots=True)
class Stage:
    """One FROM and what follows it; `image` and `platform` are raw, `name` lower case or ""."""

    index: int
    name: str
    image: str
    platform: str
    head: Instruction
    instructions: tuple[Instruction, ...]

    @property
    def key(self) -> str:
        """By which other stages may name it."""
        return self.name or str(self.index)

    @property
    def start(self) -> int:
        """The line of FROM."""
        return self.head.start

    @property
    def end(self) -> int:
        """The last line of its last instruction."""
        return self.instructions[-1].end if self.instructions else self.head.end

    def all(self, *names: str) -> tuple[Instruction, ...]:
        """Its instructions of these names, in order."""
        return tuple(i for i in self.instructions if i.name in names)

    def last(self, name: str) -> Instruction | None:
        """Its last instruction of that name: the one that counts for CMD, USER and the like."""
        return next((i for i in reversed(self.instructions) if i.name == name), None)


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """A Dockerfile; `arguments` are the ARGs before the first FROM.

    `escape` is the escape character, `syntax` the frontend its first line asks for, or "".
    """

    name: str
    text: str
    escape: str
    syntax: str
    arguments: tuple[Instruction, ...]
    stages: tuple[Stage, ...]
    comments: tuple[Comment, ...] = ()

    @property
    def final(self) -> Stage:
        """The last stage; there always is one."""
        return self.stages[-1]

    def stage(self, key: str) -> Stage | None:
        """The stage of that name, in any case, or number; None where there is none.

        Of several with one name it is the last, as BuildKit has it.
        """
        key = key.lower()
        for stage in reversed(self.stages):
            if stage.name == key:
                return stage
        number = int(key) if key.isascii() and key.isdigit() and len(key) < 9 else -1
        return self.stages[number] if 0 <= number < len(self.stages) else None

    def target(self, key: str) -> Stage:
        """The stage to build, the last where `key` is ""; DockerfileError where there is none."""
        found = self.stage(key) if key else self.final
        if found is None:
            names = ", ".join(s.key for s in self.stages)
            raise DockerfileError(
                f"{self.name}: there is no stage {key!r}", f"its stages are {names}"
            )
        return found

    def instructions(self) -> Iterator[Instruction]:
        """Every instruction, FROM and ARG before it included, in order."""
        yield from self.arguments
        for stage in self.stages:
            yield stage.head
            yield from stage.instructions

    def lines(self, start: int, end: int) -> str:
        """The lines from `start` to `end` (from 1, both included) as written, with line ends."""
        return "\n".join(self.text.split("\n")[start - 1 : end]) + "\n"
