"""Members that fit onto a base image: links resolved, directories of the base left as they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from ironhull.errors import BuildError
from ironhull.limits import LIMITS
from ironhull.oci.layers import Entry
from ironhull.oci.pack import Member

__all__ = ["Ground"]


class _Tree(Protocol):
    def entries(self) -> Iterator[tuple[Entry, str]]: ...

    def read(self, path: str) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Ground:
    """What a base image has where members will go."""

    entries: dict[str, Entry]
    passwd: str = ""
    group: str = ""

    @classmethod
    def of(cls, tree: _Tree) -> Ground:
        """Everything `tree` shows, and its users."""
        entries = {entry.path: entry for entry, _ in tree.entries()}
        return cls(entries, _text(tree, "etc/passwd"), _text(tree, "etc/group"))

    def real(self, path: str) -> str:
        """`path` with the links of the base among its directories followed, inside the root."""
        parts, done = path.strip("/").split("/"), list[str]()
        hops = 0
        while parts:
            part = parts.pop(0)
            if part in ("", "."):
                continue
            if part == "..":
                done = done[:-1]
                continue
            entry = self.entries.get("/".join([*done, part]))
            if entry is not None and entry.kind == "symlink":
                hops += 1
                if hops > LIMITS.symlink_hops:
                    raise BuildError(f"/{path}: too many links in the base", "take another path")
                done = [] if entry.link.startswith("/") else done
                parts = [*entry.link.strip("/").split("/"), *parts]
            else:
                done.append(part)
        return "/".join(done)

    def parents(self, members: Iterable[Member]) -> tuple[Member, ...]:
        """The directories above `members` that the base has, with its owners and modes.

        A layer states the directories it writes into; without these the base's /tmp would lose
        its mode. Raises BuildError where the base has a file in the way.
        """
        members = tuple(members)
        given = {member.path for member in members}
        needed: set[str] = set()
        for member in members:
            parent = member.path.rpartition("/")[0]
            while parent and parent not in needed:
                needed.add(parent)
                parent = parent.rpartition("/")[0]
        found = []
        for path in sorted(needed - given):
            entry = self.entries.get(path)
            if entry is None:
                continue
            if entry.kind != "dir":
                raise BuildError(f"the base has a {entry.kind} at /{path}", "take another base")
            found.append(
                Member(path, "dir", entry.mode & 0o7777, entry.uid, entry.gid, int(entry.mtime))
            )
        return tuple(found)

    def owner(self, user: str) -> tuple[int, int]:
        """(uid, gid) of `user`, a name of the base's passwd or numbers; BuildError if unknown."""
        name, _, group = (user or "0").partition(":")
        row = next((r for r in _rows(self.passwd) if len(r) > 3 and name in (r[0], r[2])), None)
        if row is None and not name.isdigit():
            raise BuildError(f"the base has no user {name!r}", "give a number, such as 65532")
        uid = int(row[2]) if row else int(name)
        gid = int(row[3]) if row else uid
        if group:
            found = next((r for r in _rows(self.group) if len(r) > 2 and group == r[0]), None)
            if found is None and not group.isdigit():
                raise BuildError(f"the base has no group {group!r}", "give a number")
            gid = int(found[2]) if found else int(group)
        return uid, gid


def _text(tree: _Tree, path: str) -> str:
    try:
        return tree.read(path).decode("utf-8", "replace")
    except KeyError:
        return ""


def _rows(text: str) -> Iterator[list[str]]:
    for line in text.splitlines():
        row = line.split(":")
        if len(row) > 2 and row[2].isdigit() and (len(row) < 7 or row[3].isdigit()):
            yield row
