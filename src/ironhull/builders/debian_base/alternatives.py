"""The alternatives system without running it: what packages register, the links, the database.

Packages register with `update-alternatives --install LINK NAME PATH PRIORITY [--slave LINK NAME
PATH]…` in their postinst (update-alternatives(1)); such calls are read, not run, where all their
words are literal. The database has one file per name in var/lib/dpkg/alternatives.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass

from ironhull.builders.debian_base.rootfs import Rootfs

__all__ = ["Alternative", "registered", "write_alternatives"]

_CALL = re.compile(
    r"^[^#\n]*?\bupdate-alternatives\s+(?:--quiet\s+)?(--install\s[^\n;|&]*)", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Alternative:
    """One candidate for `name`: `link` -> /etc/alternatives/`name` -> `path`.

    `slaves` are (name, link, path) that follow the choice.
    """

    name: str
    link: str
    path: str
    priority: int
    slaves: tuple[tuple[str, str, str], ...] = ()


def registered(script: str) -> tuple[Alternative, ...]:
    """What a maintainer script registers; calls with variables in them are left out."""
    found = []
    for match in _CALL.finditer(script.replace("\\\n", " ")):
        if "$" in match[1] or "`" in match[1]:
            continue
        try:
            words = shlex.split(match[1])
        except ValueError:
            continue
        if alternative := _parse(words):
            found.append(alternative)
    return tuple(found)


def _parse(words: list[str]) -> Alternative | None:
    head, rest = words[1:5], words[5:]
    if len(head) != 4 or not head[3].lstrip("-").isdigit():
        return None
    slaves = []
    while len(rest) >= 4 and rest[0] == "--slave":
        slaves.append((rest[2], rest[1], rest[3]))
        rest = rest[4:]
    return Alternative(head[1], head[0], head[2], int(head[3]), tuple(slaves))


def write_alternatives(root: Rootfs, found: Iterable[Alternative], *, database: bool) -> None:
    """Make the links of the best candidate of each name; candidates that are absent do not count.

    `database` also writes what update-alternatives keeps, for images it works in.
    """
    by_name: dict[str, list[Alternative]] = {}
    for alternative in found:
        if root.find(alternative.path.strip("/")) is not None:
            by_name.setdefault(alternative.name, []).append(alternative)
    for name, candidates in sorted(by_name.items()):
        candidates.sort(key=lambda one: one.path)
        best = max(candidates, key=lambda one: one.priority)
        _link(root, name, best.link, best.path)
        for slave, link, path in best.slaves:
            if root.find(path.strip("/")) is not None:
                _link(root, slave, link, path)
        if database:
            root.write(f"var/lib/dpkg/alternatives/{name}", _record(best, candidates))


def _link(root: Rootfs, name: str, link: str, path: str) -> None:
    root.symlink(f"etc/alternatives/{name}", path)
    root.symlink(link.strip("/"), f"/etc/alternatives/{name}")


def _record(best: Alternative, candidates: list[Alternative]) -> str:
    slaves = sorted({(name, link) for one in candidates for name, link, _ in one.slaves})
    lines = ["auto", best.link]
    for name, link in slaves:
        lines += [name, link]
    lines.append("")
    for one in candidates:
        paths = {name: path for name, _, path in one.slaves}
        lines += [one.path, str(one.priority), *(paths.get(name, "") for name, _ in slaves)]
    return "\n".join([*lines, "", ""])
