"""Labspace-flavoured Markdown: a lab's sections as the steps somebody takes from top to bottom.

GitHub-flavoured Markdown whose fenced blocks are run or saved: `save-as=PATH` writes a file,
`no-run-button` is not run, and only shells have a button at all. `$$name$$` is replaced by a
variable everywhere, also inside fences. Checks are comments, which readers do not see:

    <!-- check: says "10/10 policies met" -->     the block above printed that
    <!-- check: never says "Traceback" -->
    <!-- check: exits 126 or 127 -->              instead of 0
    <!-- do: reserve "Ada Lovelace" -->           what a person does in a browser
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

SHELLS = frozenset({"bash", "sh", "shell", "console"})
_FENCE = re.compile(r"^( {0,3})(`{3,}|~{3,})[ \t]*([^`\n]*)$")
_COMMENT = re.compile(r"^<!--\s*(check|do):\s*(.*?)\s*-->\s*$")
_SAYS = re.compile(r'(never )?says "(.*)"')
_EXITS = re.compile(r"exits (\d+(?: or \d+)*)")
_META = re.compile(r"""([\w-]+)(?:=("[^"]*"|'[^']*'|\S+))?""")
_VARIABLE = re.compile(r"(?<!\\)\$\$([A-Za-z_][\w-]*)\$\$")
_SLUG = re.compile(r"[^a-z0-9 -]")


class LabError(Exception):
    """A lab that cannot be read: file, line, what is wrong."""


@dataclass
class Step:
    """One fenced block that does something, or one `do` comment.

    `kind` is "run", "save" or "do"; `body` the text (for "do" what is to be done), `target` the
    path of "save". `says` and `never` are texts the output has to have or not to have, `exits` the
    exit codes it may end with.
    """

    kind: str
    body: str
    line: int
    target: str = ""
    says: list[str] = field(default_factory=list)
    never: list[str] = field(default_factory=list)
    exits: tuple[int, ...] = (0,)


@dataclass(frozen=True)
class Section:
    """One page."""

    id: str
    title: str
    path: Path
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Lab:
    """A lab: its title and its pages in order."""

    title: str
    sections: tuple[Section, ...]


def read_lab(place: Path, variables: Mapping[str, str] | None = None) -> Lab:
    """The lab whose labspace.yaml is in `place`; `variables` win over its own.

    Raises LabError.
    """
    file = place / "labspace.yaml"
    try:
        said = yaml.safe_load(file.read_text("utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as trouble:
        raise LabError(f"{file}: {trouble}") from None
    if not isinstance(said, dict) or not isinstance(said.get("sections"), list):
        raise LabError(f"{file}: has no list of sections")
    values = {str(k): str(v) for k, v in (said.get("variables") or {}).items()}
    values |= variables or {}
    sections = []
    for entry in said["sections"]:
        if not isinstance(entry, dict) or not {"title", "contentPath"} <= entry.keys():
            raise LabError(f"{file}: a section needs title and contentPath, not {entry!r}")
        path = place / str(entry["contentPath"])
        try:
            text = path.read_text("utf-8")
        except (OSError, ValueError) as trouble:
            raise LabError(f"{path}: {trouble}") from None
        title = str(entry["title"])
        steps = tuple(read_steps(text, values, path))
        sections.append(Section(section_id(title), title, path, steps))
    return Lab(str(said.get("title", "")), tuple(sections))


def section_id(title: str) -> str:
    """The id the platform gives a section."""
    return _SLUG.sub("", title.lower()).replace(" ", "-")


def substitute(text: str, variables: Mapping[str, str]) -> str:
    """`text` with every `$$name$$` replaced; one that is not set gives its name."""
    replaced = _VARIABLE.sub(lambda found: variables.get(found[1], found[1]), text)
    return replaced.replace(r"\$\$", "$$")


def read_steps(text: str, variables: Mapping[str, str], path: Path) -> Iterator[Step]:
    """The steps of one page, in order; raises LabError for a check that follows no block."""
    last: Step | None = None
    for number, info, body in _blocks(text, path):
        if info is None:
            comment = _COMMENT.match(body)
            if comment is None:
                continue
            what = substitute(comment[2], variables)
            if comment[1] == "do":
                last = Step("do", what, number)
                yield last
            elif last is None:
                raise LabError(f"{path}:{number}: a check has to follow a block")
            else:
                _add_check(last, what, f"{path}:{number}")
        elif step := _step(info, substitute(body, variables), number):
            last = step
            yield step


def _add_check(step: Step, what: str, where: str) -> None:
    if said := _SAYS.fullmatch(what):
        (step.never if said[1] else step.says).append(said[2])
    elif codes := _EXITS.fullmatch(what):
        step.exits = tuple(int(code) for code in codes[1].split(" or "))
    else:
        raise LabError(f'{where}: not a check: {what} (says "…", never says "…", exits N)')


def _step(info: str, body: str, number: int) -> Step | None:
    language, _, rest = info.partition(" ")
    meta = {name: value.strip("\"'") for name, value in _META.findall(rest)}
    if target := meta.get("save-as"):
        return Step("save", body, number, target)
    if language.lower() in SHELLS and "no-run-button" not in meta:
        return Step("run", body, number)
    return None


def _blocks(text: str, path: Path) -> Iterator[tuple[int, str | None, str]]:
    """(line, info, body) of fences (CommonMark 4.5), (line, None, text) of other lines."""
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        opened = _FENCE.match(lines[at])
        if opened is None:
            yield at + 1, None, lines[at]
            at += 1
            continue
        mark, end = opened[2], at + 1
        closing = re.compile(rf"^ {{0,3}}{re.escape(mark[0])}{{{len(mark)},}}[ \t]*$")
        while end < len(lines) and not closing.match(lines[end]):
            end += 1
        if end == len(lines):
            raise LabError(f"{path}:{at + 1}: the block is not closed")
        yield at + 1, opened[3].strip(), "".join(f"{line}\n" for line in lines[at + 1 : end])
        at = end + 1
