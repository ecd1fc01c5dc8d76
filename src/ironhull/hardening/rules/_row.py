"""A rule about Dockerfiles, what it says of one, and what it may look at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ironhull.dockerfiles import Dockerfile, Instruction, Scope, ShellCommand, Stage, commands_of
from ironhull.hardening._context import Context
from ironhull.model import Problem
from ironhull.values import dataclass

__all__ = ["LEVELS", "Case", "Checked", "Remark", "Rule", "Said", "mounted_from"]

LEVELS = ("error", "warning", "note")
"""Levels, most serious first."""

Said = tuple[Instruction | None, str]
"""What a rule says of an instruction (None: of the file), as one sentence without its end."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: `title` says what is wrong, `why` what comes of it, `remedy` what to do."""

    id: str
    level: str
    title: str
    why: str
    remedy: str
    check: Callable[[Case], Iterator[Said]]
    bad: str
    """A Dockerfile that it speaks of; the documentation shows it, the tests try it."""
    good: str
    """The same without what is wrong."""


@dataclass(frozen=True, slots=True)
class Remark:
    """What one rule says of one instruction: lines `line` to `end` from 1; 0: of the whole file."""

    rule: str
    level: str
    line: int
    end: int
    text: str
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What the rules say of a Dockerfile, in the order of its lines.

    `ignored` is what comments in it ask to leave out, `problems` what those comments got wrong.
    """

    name: str
    remarks: tuple[Remark, ...]
    ignored: tuple[Remark, ...] = ()
    problems: tuple[Problem, ...] = ()

    def count(self, level: str) -> int:
        """How many remarks have that level."""
        return sum(remark.level == level for remark in self.remarks)


class Case:
    """A Dockerfile and all that rules ask about it; `today` is "YYYY-MM-DD" or ""."""

    def __init__(
        self,
        dockerfile: Dockerfile,
        scope: Scope,
        stage: Stage,
        context: Context | None,
        today: str,
    ) -> None:
        self.dockerfile = dockerfile
        self.scope = scope
        self.stage = stage
        self.context = context
        self.today = today
        self.chain = scope.lineage(stage)
        """The stages whose layers ship: those the final one stands on, and itself."""
        self.image = scope.image(self.chain[0])
        """The image from elsewhere that what ships stands on."""
        self._needed = _needed(self)
        self._commands: dict[int, tuple[ShellCommand, ...]] = {}

    @property
    def stages(self) -> Iterable[Stage]:
        """The stages that are built for this target."""
        return (s for s in self.dockerfile.stages if s.index in self._needed)

    def steps(self, *names: str, shipped: bool = False) -> Iterator[Instruction]:
        """The instructions of those names, of every stage that is built or of what ships."""
        for stage in self.chain if shipped else self.stages:
            yield from stage.all(*names)

    def commands(self, instruction: Instruction) -> tuple[ShellCommand, ...]:
        """The commands of RUN, CMD, ENTRYPOINT, HEALTHCHECK without what cannot be split."""
        return tuple(c for c in self.split(instruction) if not c.unclear)

    def split(self, instruction: Instruction) -> tuple[ShellCommand, ...]:
        """The same with what is unclear."""
        found = self._commands.get(instruction.start)
        if found is None:
            stage = self.stage_of(instruction)
            found = commands_of(instruction, self.scope.shell(stage, instruction))
            self._commands[instruction.start] = found
        return found

    def stage_of(self, instruction: Instruction) -> Stage:
        """The stage an instruction stands in."""
        at = instruction.start
        return next(s for s in reversed(self.dockerfile.stages) if s.start <= at)

    def last(self, name: str) -> Instruction | None:
        """The last instruction of that name in what ships: the one that counts."""
        for stage in reversed(self.chain):
            if found := stage.last(name):
                return found
        return None


def _needed(case: Case) -> frozenset[int]:
    """The stages that the target needs: below it, copied or mounted from, and theirs."""
    found: set[int] = set()
    waiting = [case.stage]
    while waiting:
        stage = waiting.pop()
        if stage.index in found:
            continue
        found.add(stage.index)
        if below := case.scope.parent(stage):
            waiting.append(below)
        for source in sources_of(stage, case.scope):
            other = case.dockerfile.stage(source)
            if other is not None and other.index < stage.index:
                waiting.append(other)
    return frozenset(found)


def sources_of(stage: Stage, scope: Scope) -> Iterator[str]:
    """Stages and images that a stage copies or mounts from."""
    for instruction in stage.all("COPY", "ADD", "RUN"):
        if source := instruction.flag("from"):
            yield scope.expand(instruction, source)
        yield from mounted_from(instruction)


def mounted_from(instruction: Instruction) -> Iterator[str]:
    """Stages and images that a RUN mounts something of (`--mount=type=bind,from=NAME`)."""
    for mount in instruction.flagged("mount"):
        for part in mount.split(","):
            key, _, value = part.partition("=")
            if key == "from" and value:
                yield value
