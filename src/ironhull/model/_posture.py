"""What somebody who can run code in a container of an image would find."""

from __future__ import annotations

from ironhull.values import dataclass

__all__ = ["TOOL_KINDS", "Posture", "Tool"]

TOOL_KINDS = (
    "shell",
    "interpreter",
    "runner",
    "package manager",
    "network",
    "privilege",
    "build",
)
"""What a program is good for; a "runner" starts other programs (find -exec, env, vi)."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A program in the image: `kind` is one of TOOL_KINDS.

    `how` says how it was recognised: "name", "content" (what is in it), "applet" (a name of
    busybox or the like, whose program it is `of`).
    """

    name: str
    path: str
    kind: str
    how: str = "name"
    of: str = ""


@dataclass(frozen=True, slots=True)
class Posture:
    """The facts about a file system and the configuration that decide what an attacker can do.

    `user` as configured and `uid`, `gid` it means (None: a name the image does not have),
    `root_users` the accounts with uid 0. `writable` are directories and files the image's user may
    write to, outside of `volumes` and directories for temporary files; None for root, who may write
    everywhere. `world_writable` are those everybody may, directories with the sticky bit left out.
    `absent` is the program it starts with where the image does not have it. `capabilities` are
    (path, "cap_net_raw=ep") of files that carry some, `programs` how many files somebody may
    execute. `certificates` is the bundle of the system's authorities, `authorities` the files of
    such as somebody added to them; `passwordless` are accounts that log in without a
    password. Paths have no leading slash, are sorted, and cut at LIMITS.posture_paths of a kind;
    `counts` says how many there are of each kind, tools by theirs.
    """

    user: str = ""
    uid: int | None = None
    gid: int | None = None
    root_users: tuple[str, ...] = ()
    passwordless: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    absent: str = ""
    ports: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    programs: int = 0
    tools: tuple[Tool, ...] = ()
    setuid: tuple[str, ...] = ()
    setgid: tuple[str, ...] = ()
    capabilities: tuple[tuple[str, str], ...] = ()
    world_writable: tuple[str, ...] = ()
    writable: tuple[str, ...] | None = ()
    devices: tuple[str, ...] = ()
    private_keys: tuple[str, ...] = ()
    certificates: str = ""
    authorities: tuple[str, ...] = ()
    time_zones: bool = False
    eicar: tuple[str, ...] = ()
    counts: tuple[tuple[str, int], ...] = ()

    def of_kind(self, *kinds: str) -> tuple[Tool, ...]:
        """The tools of these kinds."""
        return tuple(tool for tool in self.tools if tool.kind in kinds)

    @property
    def is_root(self) -> bool:
        """Whether the image starts as root; a user nobody knows the number of is not believed."""
        return self.uid == 0

    @property
    def exec_into(self) -> str:
        """What `exec` into a container gives: "shell", "code" (an interpreter), "" for nothing."""
        if self.of_kind("shell"):
            return "shell"
        return "code" if self.of_kind("interpreter") else ""
