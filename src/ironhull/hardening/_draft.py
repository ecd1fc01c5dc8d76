"""A hardened Dockerfile as it grows."""

from __future__ import annotations

import posixpath

from ironhull.dockerfiles import Instruction, ShellCommand, Stage, commands_of
from ironhull.hardening._nouns import ByHand, Change, Pair
from ironhull.hardening._row import Carried, Language, Options, Subject

__all__ = ["Draft"]


class Draft:
    """What a rewrite of `subject` has found and decided so far.

    `stage` is the one being worked on and `at` its instruction; `begun` the stages (by index) in
    whose chain the language's first lines stand; `environment` what the runtime stage sets beside
    the input's own ENV; `notes` is for the language's row.
    """

    def __init__(self, subject: Subject, language: Language, pair: Pair, options: Options) -> None:
        self.subject = subject
        self.language = language
        self.pair = pair
        self.options = options
        self.stage: Stage = subject.stage
        self.at: Instruction | None = None
        self.begun: set[int] = set()
        self.environment: dict[str, str] = {}
        self.notes: dict[str, str] = {}
        self.changes: list[Change] = []
        self.by_hand: list[ByHand] = []
        self.writable: dict[str, str] = {}
        """Folders that the app writes, and why that is believed."""
        self.folders: list[str] = []
        """Folders that the input makes."""
        self.packages: list[str] = []
        """Packages of the distribution that the app needs when it runs."""
        self.closure = False
        """Whether something carried may need shared libraries that the runtime base lacks."""
        self.carried: list[Carried] = []
        self.built: set[int] = set()
        """Lines of the input whose instructions the builder has."""
        self.only_carried = False
        """Whether the runtime stage takes what the language carries and none of the app's files."""

    @property
    def debian(self) -> bool:
        """Whether the builder's packages are Debian's: the family's, or those of its own image."""
        from ironhull.hardening.families import families

        rows = {family.name: family.packages for family in families()}
        return not self.pair.build or rows.get(self.pair.family, "deb") == "deb"

    @property
    def workdir(self) -> str:
        """The working directory before the present instruction, absolute."""
        return "/" + self.subject.scope.workdir(self.stage, self.at).strip("/")

    @property
    def final_workdir(self) -> str:
        """The working directory the app starts in, absolute."""
        return "/" + self.subject.scope.workdir(self.subject.stage).strip("/")

    def absolute(self, path: str) -> str:
        """`path` as the present instruction means it."""
        return posixpath.normpath(posixpath.join(self.workdir, path))

    def commands(self, instruction: Instruction) -> tuple[ShellCommand, ...]:
        """The commands of a RUN, CMD, ENTRYPOINT or HEALTHCHECK."""
        return commands_of(instruction, self.subject.scope.shell(self.stage, instruction))

    def change(self, rule: str, line: int, before: str, after: str, reason: str) -> None:
        """Note a change; the same one only once."""
        change = Change(rule, line, before, after, reason)
        if change not in self.changes:
            self.changes.append(change)

    def hand(self, rule: str, line: int, text: str, reason: str) -> None:
        """Note what is left to do by hand; the same only once."""
        left = ByHand(rule, line, text, reason)
        if left not in self.by_hand:
            self.by_hand.append(left)
