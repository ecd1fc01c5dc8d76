"""A RUN taken apart: which of its commands the builder needs, and how they are written then."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ironhull.dockerfiles import Instruction, ShellCommand
from ironhull.hardening._commands import effect_of
from ironhull.hardening._draft import Draft
from ironhull.hardening._row import Effect
from ironhull.values import dataclass

__all__ = ["GONE", "Step", "Unit", "render", "step_of"]

_RANK: tuple[str, ...] = (
    "drops",
    "owns",
    "nothing",
    "cleans",
    "context",
    "removes",
    "modes",
    "folders",
    "tool",
    "keeps",
)
_RANK += ("system", "installs", "writes", "stays")

GONE = ("drops", "owns")
"""Kinds of commands that the builder does without."""


@dataclass(frozen=True, slots=True)
class Unit:
    """Commands that stand or fall together: one, or several joined by a pipe or `||`."""

    commands: tuple[ShellCommand, ...]
    effects: tuple[Effect, ...]
    text: str

    @property
    def kind(self) -> str:
        """The weightiest of its effects."""
        return max((e.kind for e in self.effects), key=_RANK.index)

    @property
    def changed(self) -> bool:
        """Whether its text is not the input's."""
        return any(effect.text for effect in self.effects)


@dataclass(frozen=True, slots=True)
class Step:
    """A RUN; `flat` where its units are a plain sequence that can be written anew."""

    instruction: Instruction
    units: tuple[Unit, ...]
    flat: bool

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of its units."""
        return frozenset(unit.kind for unit in self.units)

    @property
    def effects(self) -> tuple[Effect, ...]:
        """The effects of all its commands."""
        return tuple(effect for unit in self.units for effect in unit.effects)


def step_of(instruction: Instruction, draft: Draft) -> Step:
    """Take a RUN apart; `draft.at` is the instruction."""
    commands = draft.commands(instruction)
    flat = (
        not instruction.exec_form
        and not instruction.heredocs
        and not any(c.within or c.unclear for c in commands)
        and not any(c.connector == "&" for c in commands)
    )
    groups: list[list[ShellCommand]] = []
    for command in commands:
        if groups and command.connector in ("|", "|&", "||"):
            groups[-1].append(command)
        else:
            groups.append([command])
    units = tuple(_unit(group, draft) for group in groups)
    return Step(instruction, units, flat)


def _unit(group: list[ShellCommand], draft: Draft) -> Unit:
    effects = tuple(effect_of(command, draft) for command in group)
    text = ""
    for command, effect in zip(group, effects, strict=True):
        joint = f" {command.connector} " if text else ""
        text += joint + (effect.text or command.raw.strip())
    return Unit(tuple(group), effects, text)


def render(step: Step, units: Sequence[Unit], flags: Iterable[str] = ()) -> str:
    """The RUN with only these units, as it was written where all are there unchanged."""
    instruction = step.instruction
    text = instruction.text
    if not step.flat or (len(units) == len(step.units) and not any(u.changed for u in units)):
        for unit in units:
            for command, effect in zip(unit.commands, unit.effects, strict=True):
                if effect.text and text.count(command.raw) == 1:
                    text = text.replace(command.raw, effect.text)
        return _flagged(text, instruction, flags)
    kept = [*(f"--{name}={value}" for name, value in instruction.flags), *flags]
    body = _joined([unit for unit in units if _wanted(unit, units)])
    head = "RUN " + "".join(f"{flag} " for flag in kept)
    lines = " && \\\n    ".join(body)
    if kept and (len(body) > 1 or len(head) + len(lines) > 100):
        return f"{head}\\\n    {lines}"
    return head + lines


def _wanted(unit: Unit, units: Sequence[Unit]) -> bool:
    """`set -e` is what `&&` says already; `cd` without anything after it moves nobody."""
    if unit.commands[0].program == "set":
        return False
    return unit.kind != "context" or unit is not units[-1]


def _joined(units: list[Unit]) -> list[str]:
    return [_folded(unit.text) for unit in units]


def _folded(text: str) -> str:
    """A long command over several lines, broken before words as people do it for packages."""
    text = re.sub(r"[ \t]+", " ", text.strip())
    if len(text) <= 92 or "'" in text or '"' in text or "$(" in text:
        return text
    if " && " in text and "(" not in text:
        return " && \\\n    ".join(_folded(part) for part in text.split(" && "))
    lines, line = [], ""
    for word in text.split(" "):
        if line and len(line) + len(word) > 84:
            lines.append(line)
            line = ""
        line = f"{line} {word}" if line else word
    return " \\\n      ".join([*lines, line])


def _flagged(text: str, instruction: Instruction, flags: Iterable[str]) -> str:
    added = "".join(f" {flag}" for flag in flags)
    if not added:
        return text
    first, newline, rest = text.partition("\n")
    head = re.match(r"\s*RUN((?:\s+--\S+)*)", first, re.IGNORECASE)
    if not head:
        return text
    tail = first[head.end() :]
    if len(first) + len(added) > 100 and not instruction.heredocs:
        return f"{first[: head.end()]}{added} \\\n   {tail}{newline}{rest}"
    return f"{first[: head.end()]}{added}{tail}{newline}{rest}"
