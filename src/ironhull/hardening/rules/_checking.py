"""A Dockerfile through the rules, and what comments in it ask to leave out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from ironhull.dockerfiles import Dockerfile, Instruction, scope_of
from ironhull.hardening._context import Context
from ironhull.hardening.rules._row import Case, Checked, Remark, Rule
from ironhull.model import Problem

__all__ = ["check"]

_ASKED = re.compile(r"#\s*ironhull\s+(ignore|ignore-file)\s*[=:]\s*([\w,\-\s]*)", re.IGNORECASE)
_ID = re.compile(r"IH-[A-Z]\d{3}", re.IGNORECASE)


def check(  # noqa: PLR0913 - what is checked, then how, by name
    dockerfile: Dockerfile,
    context: Context | None = None,
    *,
    target: str = "",
    arguments: Mapping[str, str] | None = None,
    today: str = "",
    platform: str = "linux/amd64",
    rules: Sequence[Rule] | None = None,
) -> Checked:
    """What the rules say of `dockerfile`, built for stage `target` ("": the last).

    `context` None: nothing is said about a .dockerignore. `today` is "YYYY-MM-DD"; "" asks nothing
    about releases that have ended. DockerfileError where there is no such stage, or a variable
    cannot be expanded.
    """
    scope = scope_of(dockerfile, arguments, platform)
    case = Case(dockerfile, scope, dockerfile.target(target), context, today)
    if rules is None:
        from ironhull.hardening.rules import RULES

        rules = RULES
    asked, problems = _asked(dockerfile, {rule.id for rule in rules})
    kept: list[Remark] = []
    ignored: list[Remark] = []
    for rule in rules:
        for remark in dict.fromkeys(_remarks(rule, case)):
            where = asked.get(remark.line, frozenset()) | asked.get(0, frozenset())
            (ignored if rule.id in where else kept).append(remark)
    return Checked(dockerfile.name, _sorted(kept), _sorted(ignored), tuple(problems))


def _sorted(remarks: list[Remark]) -> tuple[Remark, ...]:
    return tuple(sorted(remarks, key=lambda r: (r.line, r.rule, r.message)))


def _remarks(rule: Rule, case: Case) -> Iterator[Remark]:
    for instruction, message in rule.check(case):
        line, end, text = 0, 0, ""
        if instruction is not None:
            line, end = instruction.start, instruction.end
            text = instruction.text.split("\n")[0].strip()
        yield Remark(rule.id, rule.level, line, end, text, message, rule.remedy)


def _asked(
    dockerfile: Dockerfile, known: set[str]
) -> tuple[dict[int, frozenset[str]], list[Problem]]:
    """Rules to leave out, by the line an instruction begins on (0: everywhere)."""
    found: dict[int, frozenset[str]] = {}
    problems: list[Problem] = []
    every = list(dockerfile.instructions())
    for comment in dockerfile.comments:
        asked = _ASKED.match(comment.text)
        if not asked:
            continue
        ids = {name.upper() for name in _ID.findall(asked[2])}
        where = f"{dockerfile.name}:{comment.line}"
        problems += [
            Problem("harden", where, f"there is no rule {unknown} to ignore")
            for unknown in sorted(ids - known)
        ]
        if not ids:
            problems.append(Problem("harden", where, "ignore without the id of a rule (IH-D003)"))
        line = 0 if asked[1].lower() == "ignore-file" else _next(every, comment.line)
        if line is None:
            problems.append(Problem("harden", where, "ignore with no instruction after it"))
        else:
            found[line] = found.get(line, frozenset()) | ids
    return found, problems


def _next(every: Sequence[Instruction], line: int) -> int | None:
    """The line of the instruction around `line`, or the first after it."""
    return next((i.start for i in every if i.end >= line), None)
