"""Postures as text: whether one can exec into a container, and what is there to be used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ironhull.errors import printable as safe
from ironhull.formats.text_table import plural, short_digest, table
from ironhull.model import MadeWith, Posture, Problem, Subject, Tool

__all__ = ["exec_lines", "write_inspect"]

_SHOWN = 12  # paths or tools of one kind
_PLURALS = {
    "shell": "shells",
    "interpreter": "interpreters",
    "runner": "runners of others",
    "package manager": "package managers",
    "network": "network tools",
    "privilege": "privilege tools",
    "build": "build tools",
}

_PATHS = {
    "setuid": "setuid",
    "setgid": "setgid",
    "world_writable": "world-writable",
    "writable": "writable by it",
    "devices": "devices",
    "private_keys": "private keys",
}
"""Fields of Posture, and how they are called."""


def write_inspect(
    subject: Subject,
    posture: Posture | None,
    problems: tuple[Problem, ...],
    made_with: MadeWith,
) -> str:
    """The answer first, then the facts kind by kind, then what could not be looked into."""
    name = safe(subject.name)
    platform = f"  {safe(str(subject.platform))}" if subject.platform else ""
    digest = f"  {short_digest(subject.digest)}" if subject.digest else ""
    lines = [f"Target  {name}{digest}{platform}", ""]
    if posture is None:
        lines += ["Not known: nothing of this image was looked into."]
    else:
        lines += [*exec_lines(posture, complete=not problems), "", *_facts(posture)]
    if problems:
        rows = [f"  ! {safe(p.stage)}: {safe(p.where)}: {safe(p.message)}" for p in problems]
        lines += ["", f"Problems ({len(problems)})", "", *rows]
    return "\n".join([*lines, "", f"made with ironhull {made_with.ironhull}"]) + "\n"


def exec_lines(posture: Posture, *, complete: bool = True) -> list[str]:
    """Whether `exec` gives a shell or lets run code, and why; at least one line.

    Without `complete` something could not be looked into, which a "no" has to say.
    """
    shells = posture.of_kind("shell")
    interpreters = posture.of_kind("interpreter")
    if shells:
        best = min(shells, key=_preference)
        lines = [f"Exec a shell into it: yes, {_path(best)}{_why(best)}"]
    else:
        looked = plural(posture.programs, "program")
        lines = [
            "Exec a shell into it: no, because none of its"
            f" {looked} is a shell, by name or by content"
        ]
        if not complete:
            lines[0] += ", as far as they could be looked into (see the problems below)"
    if interpreters:
        best = min(interpreters, key=_preference)
        lines.append(
            f"Run code given on a command line: yes, {_path(best)} is an interpreter{_why(best)}"
        )
    elif shells:
        lines.append("Run code given on a command line: yes, with the shell")
    else:
        lines.append("Run code given on a command line: no, because there is no interpreter")
    return [*lines, _who(posture)]


def _preference(tool: Tool) -> tuple[bool, bool, bool, int, str]:
    """The handiest first: of a known name, in a directory of programs, short; awk last."""
    unknown, apart = tool.how == "content", "bin/" not in tool.path
    return (unknown, apart, tool.name.endswith("awk"), len(tool.name), tool.path)


def _path(tool: Tool) -> str:
    return f"/{safe(tool.path)}"


def _why(tool: Tool) -> str:
    if tool.how == "content":
        return f" (by its content: {safe(tool.name)})"
    if tool.how == "applet":
        return f" (an applet of {safe(tool.of)})"
    return f" (a link to /{safe(tool.of)})" if tool.of else ""


def _who(posture: Posture) -> str:
    if posture.uid == 0:
        return "It starts as root"
    if posture.uid is None:
        return (
            f"It starts as {safe(posture.user)}, whose number nobody can tell: not in /etc/passwd"
        )
    return f"It starts as user {posture.uid}, group {posture.gid}"


# ── facts ────────────────────────────────────────────────────────────────────────────────────────


def _facts(posture: Posture) -> list[str]:
    rows = [(label, line) for label, lines in _rows(posture) for line in lines or ["none"]]
    cells = []
    last = ""
    for label, line in rows:
        cells.append((label if label != last else "", line))
        last = label
    return table(cells)


def _rows(posture: Posture) -> Iterator[tuple[str, list[str]]]:
    user = safe(posture.user) or "root (the image names none)"
    number = "not known" if posture.uid is None else f"{posture.uid}:{posture.gid}"
    yield "user", [f"{user}, uid:gid {number}"]
    yield "starts", [_command(posture)]
    yield "uid 0", [safe(", ".join(posture.root_users))] if posture.root_users else []
    if posture.passwordless:
        yield "no password", [safe(", ".join(posture.passwordless))]
    counts = dict(posture.counts)
    for kind, label in _PLURALS.items():
        tools = [f"{_path(tool)}{_why(tool)}" for tool in posture.of_kind(kind)]
        yield label, _cut(tools, counts.get(kind, len(tools)))
    for kind, label in _PATHS.items():
        found = getattr(posture, kind)
        if found is None:
            yield label, ["everything: it is root"]
        else:
            yield label, _path_lines(found, counts.get(kind, len(found)))
    yield "capabilities", [f"/{safe(path)}  {safe(said)}" for path, said in posture.capabilities]
    yield "volumes", [safe(", ".join(posture.volumes))] if posture.volumes else []
    yield "ports", [safe(", ".join(posture.ports))] if posture.ports else []
    yield "certificates", _certificates(posture)
    yield "time zones", ["yes" if posture.time_zones else "no"]
    if posture.eicar:
        yield "malware marker", [f"EICAR test file /{safe(path)}" for path in posture.eicar]


def _command(posture: Posture) -> str:
    words = (*posture.entrypoint, *posture.command)
    if not words:
        return "nothing: no entrypoint, no command"
    lost = f" (there is no {safe(posture.absent)}: it cannot start)" if posture.absent else ""
    return f"{safe(' '.join(words))}{lost}"


def _path_lines(paths: Iterable[str], count: int) -> list[str]:
    return _cut([f"/{safe(path)}" for path in paths], count)


def _cut(lines: list[str], count: int) -> list[str]:
    if count > _SHOWN:
        return [*lines[:_SHOWN], f"… and {count - _SHOWN} more"]
    return lines


def _certificates(posture: Posture) -> list[str]:
    lines = [f"/{safe(posture.certificates)}"] if posture.certificates else []
    return [*lines, *(f"added: /{safe(path)}" for path in posture.authorities)]
