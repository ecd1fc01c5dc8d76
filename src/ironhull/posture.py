"""Tree -> posture: what somebody who can run code in a container of the image could use.

The answer to "can I exec into it" from the files and the configuration alone, without running it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from ironhull.detectors.capabilities import CAPABILITY_PROBE
from ironhull.detectors.programs import APPLETS, PROGRAM_PROBE, kinds_of
from ironhull.limits import LIMITS
from ironhull.model import Posture, Tool, Tree
from ironhull.oci.probes import Body, Probe
from ironhull.values import replace

if TYPE_CHECKING:
    from typing import Protocol
else:
    Protocol = object  # as `Tree` is when it runs

__all__ = ["PATTERNS", "PROBES", "Examined", "accounts", "examine", "root_users"]

_PASSWD, _GROUP, _SHADOW = "etc/passwd", "etc/group", "etc/shadow"
_KEYS = ("**/*.key", "**/*.pem", "**/id_rsa", "**/id_dsa", "**/id_ecdsa", "**/id_ed25519")
_BUNDLES = (
    "etc/ssl/certs/ca-certificates.crt",
    "etc/pki/tls/certs/ca-bundle.crt",
    "etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "etc/ssl/cert.pem",
    "etc/ssl/ca-bundle.pem",
)
_AUTHORITIES = (
    "usr/local/share/ca-certificates/",
    "etc/pki/ca-trust/source/anchors/",
    "usr/share/pki/ca-trust-source/anchors/",
    "etc/pki/trust/anchors/",
    "etc/ca-certificates/trust-source/anchors/",
)
"""Where update-ca-certificates(8), update-ca-trust(8) and SUSE's take those of the house from."""

_ZONES = ("usr/share/zoneinfo/UTC", "usr/share/zoneinfo/Etc/UTC", "usr/share/zoneinfo/tzdata.zi")
_TEMPORARY = ("tmp", "var/tmp", "run", "var/run")
_KERNEL = ("proc/", "sys/", "dev/")
_NO_PROGRAMS = ("etc/", "usr/share/", "usr/lib/apt/methods/", "usr/lib/dpkg/methods/")
_NOTED = ("setuid", "setgid", "world_writable", "writable", "devices", "authorities")
_NUMBER = re.compile(r"\d{1,10}", re.ASCII)
_EXECUTE, _SETUID, _SETGID, _STICKY = 0o111, 0o4000, 0o2000, 0o1000
_PRIVATE = re.compile(
    rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----\s+[A-Za-z0-9+/=:,\s-]{64}"
)
_EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
_EICAR_LENGTH = 128  # with trailing white space (eicar.org)


def _starts_eicar(_path: str, head: bytes) -> bool:
    return head.startswith(_EICAR)


def _eicar(_path: str, body: Body) -> bytes:
    return b"1" if body.size <= _EICAR_LENGTH else b""


PATTERNS = (_PASSWD, _GROUP, _SHADOW, *_KEYS)
"""The files that are read whole, for `oci.tree.read_tree`."""

PROBES: tuple[Probe, ...] = (
    PROGRAM_PROBE,
    CAPABILITY_PROBE,
    Probe(
        name="posture-eicar",
        version="1",
        extract=_eicar,
        patterns=("**",),
        suits=_starts_eicar,
    ),
)
"""What looks into programs, at their capabilities, and for the test file of virus scanners."""


class _Entry(Protocol):
    """What is looked at of `oci.layers.Entry`."""

    @property
    def path(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def mode(self) -> int: ...
    @property
    def uid(self) -> int: ...
    @property
    def gid(self) -> int: ...
    @property
    def size(self) -> int: ...
    @property
    def link(self) -> str: ...


class Examined(Tree, Protocol):
    """A tree that tells of every entry, too."""

    def entries(self) -> Iterator[tuple[_Entry, str]]:
        """Every visible entry and the diff_id of its layer, sorted by path."""


def examine(tree: Examined, config: Mapping[str, Any]) -> Posture:
    """The posture of a tree read with PATTERNS and PROBES, started as an image's `config` says."""
    said = config.get("config")
    inner: Mapping[str, Any] = said if isinstance(said, Mapping) else {}
    user = inner.get("User")
    posture, groups = _user(tree, user if isinstance(user, str) else "")
    found = _Found(posture, groups, tuple(_names(inner.get("Volumes"))))
    for entry, _ in tree.entries():
        found.entry(entry)
        for tool in _tools(entry, tree):
            found.tool(tool)
    return replace(
        found.posture(),
        entrypoint=_words(inner.get("Entrypoint")),
        command=_words(inner.get("Cmd")),
        absent=_absent(tree, _words(inner.get("Entrypoint")) or _words(inner.get("Cmd"))),
        ports=tuple(_names(inner.get("ExposedPorts"))),
        volumes=tuple(_names(inner.get("Volumes"))),
        passwordless=tuple(islice(_passwordless(tree), LIMITS.posture_paths)),
        capabilities=tuple(_capabilities(tree)),
        private_keys=tuple(islice(_private_keys(tree), LIMITS.posture_paths)),
        certificates=next((path for path in _BUNDLES if tree.exists(path)), ""),
        time_zones=any(tree.exists(path) for path in _ZONES),
        eicar=tuple(f.path for f in islice(tree.probed("posture-eicar"), LIMITS.posture_paths)),
    )


# ── users ────────────────────────────────────────────────────────────────────────────────────────


def accounts(passwd: bytes) -> dict[str, tuple[int, int]]:
    """(uid, gid) by name of an /etc/passwd (or (gid, gid) of an /etc/group); the first counts."""
    found: dict[str, tuple[int, int]] = {}
    for line in passwd.decode("utf-8", "surrogateescape").splitlines():
        fields = line.split(":")
        if len(fields) < 3 or not fields[0] or not _NUMBER.fullmatch(fields[2]):
            continue
        group = fields[3] if len(fields) > 3 and _NUMBER.fullmatch(fields[3]) else fields[2]
        found.setdefault(fields[0], (int(fields[2]), int(group)))
    return found


def root_users(tree: Tree) -> tuple[str, ...]:
    """The names that have the number 0 in the tree's /etc/passwd."""
    return tuple(name for name, (uid, _) in accounts(_read(tree, _PASSWD)).items() if uid == 0)


def _passwordless(tree: Tree) -> Iterator[str]:
    """The accounts without a password (shadow(5)): what asks for one lets everybody in as them."""
    for line in _read(tree, _SHADOW).decode("utf-8", "surrogateescape").splitlines():
        name, *fields = line.split(":")
        if name and fields and not fields[0]:
            yield name


def _user(tree: Tree, text: str) -> tuple[Posture, frozenset[int]]:
    """Who the image starts as (OCI image-spec, config.md, `User`), and the groups of it.

    Groups that list a user by name are its, too, unless the image names a group.
    """
    users = accounts(_read(tree, _PASSWD))
    groups = accounts(_read(tree, _GROUP))
    name, _, group = text.strip().partition(":")
    uid: int | None = None
    gid: int | None = 0
    if not name:
        uid = 0
    elif name in users:
        uid, gid = users[name]
    elif _NUMBER.fullmatch(name):
        uid = int(name)
        name, gid = next(((own, g) for own, (u, g) in users.items() if u == uid), ("", 0))
    elif name == "root":
        uid = 0
    if group:
        known = groups.get(group)
        gid = known[0] if known else int(group) if _NUMBER.fullmatch(group) else None
    roots = [own for own, (number, _) in users.items() if number == 0]
    every = {gid} if group else {gid, *_member_of(tree, name)}
    posture = Posture(user=text, uid=uid, gid=gid, root_users=tuple(roots[: LIMITS.posture_paths]))
    return posture, frozenset(number for number in every if number is not None)


def _member_of(tree: Tree, name: str) -> Iterator[int]:
    """The groups that list the user of that name (group(5))."""
    for line in _read(tree, _GROUP).decode("utf-8", "surrogateescape").splitlines() if name else ():
        fields = line.split(":")
        if len(fields) == 4 and name in fields[3].split(",") and _NUMBER.fullmatch(fields[2]):
            yield int(fields[2])


def _read(tree: Tree, path: str) -> bytes:
    try:
        return tree.read(path)
    except KeyError:
        return b""


# ── files ────────────────────────────────────────────────────────────────────────────────────────


class _Found:
    """Paths by kind as entries go by."""

    def __init__(self, posture: Posture, groups: frozenset[int], volumes: Iterable[str]) -> None:
        self._posture = posture
        self._groups = groups
        self._tools: list[Tool] = []
        self._apart = tuple(f"{path.strip('/')}/" for path in (*_TEMPORARY, *volumes))
        self._paths: dict[str, list[str]] = {kind: [] for kind in _NOTED}
        self._counts: Counter[str] = Counter()
        self._programs = 0

    def entry(self, entry: _Entry) -> None:
        """Note what is to be noted of one entry."""
        kind, path = entry.kind, entry.path
        if kind == "file":
            self._file(entry)
        elif kind in ("char", "block"):
            self._note("devices", path)
        if kind not in ("file", "dir") or path.startswith(_KERNEL):
            return
        apart = f"{path}/".startswith(self._apart)
        if entry.mode & 0o002 and not (kind == "dir" and (apart or entry.mode & _STICKY)):
            self._note("world_writable", path)
        if not apart and self._may_write(entry):
            self._note("writable", path)

    def _file(self, entry: _Entry) -> None:
        if entry.path.startswith(_AUTHORITIES):
            self._note("authorities", entry.path)
        if not entry.mode & _EXECUTE:
            return
        self._programs += 1
        if entry.mode & _SETUID:
            self._note("setuid", entry.path)
        if entry.mode & _SETGID:
            self._note("setgid", entry.path)

    def _may_write(self, entry: _Entry) -> bool:
        """As the kernel decides: the owner's bits for the owner, else the group's, else all's."""
        posture, mode = self._posture, entry.mode
        if posture.uid is None or posture.uid == 0:
            return False
        if entry.uid == posture.uid:
            return bool(mode & 0o200)
        if entry.gid in self._groups:
            return bool(mode & 0o020)
        return bool(mode & 0o002)

    def _note(self, kind: str, path: str) -> None:
        self._counts[kind] += 1
        if len(self._paths[kind]) < LIMITS.posture_paths:
            self._paths[kind].append(path)

    def tool(self, tool: Tool) -> None:
        """Note a tool."""
        self._counts[tool.kind] += 1
        if self._counts[tool.kind] <= LIMITS.posture_paths:
            self._tools.append(tool)

    def posture(self) -> Posture:
        """What was noted."""
        paths = {kind: tuple(found) for kind, found in self._paths.items()}
        return replace(
            self._posture,
            programs=self._programs,
            tools=tuple(sorted(self._tools, key=lambda tool: (tool.kind, tool.name, tool.path))),
            setuid=paths["setuid"],
            setgid=paths["setgid"],
            world_writable=paths["world_writable"],
            writable=None if self._posture.uid == 0 else paths["writable"],
            devices=paths["devices"],
            authorities=paths["authorities"],
            counts=tuple(sorted(self._counts.items())),
        )


def _tools(entry: _Entry, tree: Tree) -> Iterator[Tool]:
    """What a file or link is, by its name and by its content."""
    if entry.kind == "symlink":
        yield from _linked(entry, tree)
        return
    if entry.kind != "file" or not entry.mode & _EXECUTE or not entry.size:
        return
    words = _content(tree, entry.path)
    box = _box(words)
    name, kind = _named(entry.path)
    if kind:
        applet = bool(box) and name not in APPLETS
        yield Tool(name, entry.path, kind, "applet" if applet else "name", box if applet else "")
    elif words and not entry.link:  # hard links of a box are its applets
        yield Tool(box or words[0], entry.path, "shell", "content")


def _box(words: Iterable[str]) -> str:
    return next((word for word in words if word in APPLETS), "")


def _linked(entry: _Entry, tree: Tree) -> Iterator[Tool]:
    """A link by the name of a tool that leads to a program: another program or an applet of one."""
    name, kind = _named(entry.path)
    if not kind:
        return
    target = tree.find(entry.path)
    if target is None or not target.mode & _EXECUTE or not target.size:
        return
    box = _box(_content(tree, target.path))
    yield Tool(name, entry.path, kind, "applet" if box else "name", box or target.path)


def _named(path: str) -> tuple[str, str]:
    """The name of a program and what it is good for; "" where no programs are run from."""
    name = path.rpartition("/")[2]
    return name, "" if path.startswith(_NO_PROGRAMS) else kinds_of(name)


def _content(tree: Tree, path: str) -> list[str]:
    try:
        return tree.facts(path, PROGRAM_PROBE.name).decode().split()
    except KeyError:
        return []


def _capabilities(tree: Tree) -> Iterator[tuple[str, str]]:
    for file in islice(tree.probed(CAPABILITY_PROBE.name), LIMITS.posture_paths):
        yield file.path, tree.facts(file.path, CAPABILITY_PROBE.name).decode()


def _private_keys(tree: Tree) -> Iterator[str]:
    seen: set[str] = set()
    for pattern in _KEYS:
        for file in tree.glob(pattern):
            if file.path in seen or file.size > LIMITS.posture_key_bytes:
                continue
            seen.add(file.path)
            if _PRIVATE.search(_read(tree, file.path)):
                yield file.path


def _absent(tree: Tree, words: Sequence[str]) -> str:
    """The program `words` start, where that is a path the image does not have."""
    program = words[0] if words else ""
    return program if program.startswith("/") and tree.find(program.strip("/")) is None else ""


def _names(value: object) -> Iterator[str]:
    """The keys of a set as the image config writes one."""
    if isinstance(value, Mapping):
        yield from sorted(str(key) for key in value)


def _words(value: object) -> tuple[str, ...]:
    if isinstance(value, (list, tuple)):
        return tuple(str(each) for each in value)
    return ()
