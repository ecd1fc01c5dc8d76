"""passwd, group, shadow and home directories of an image (passwd(5), group(5), shadow(5))."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ironhull.builders.debian_base.definition import Accounts, Group, User
from ironhull.builders.debian_base.rootfs import Rootfs
from ironhull.errors import DefinitionError

__all__ = ["NONROOT", "run_as", "write_accounts"]

NONROOT = 65532
"""uid and gid of the user hardened images run as, by convention."""

_NOLOGIN = "/usr/sbin/nologin"
_SHADOW_GROUP = 42
_FEW_USERS: tuple[User, ...] = (
    User("root", 0, 0, "/root", _NOLOGIN),
    User("nobody", 65534, 65534, "/nonexistent", _NOLOGIN),
)
_FEW_GROUPS: tuple[Group, ...] = (
    Group("root", 0),
    Group("adm", 4),
    Group("tty", 5),
    Group("mail", 8),
    Group("shadow", 42),
    Group("utmp", 43),
    Group("staff", 50),
    Group("users", 100),
    Group("nogroup", 65534),
)


@dataclass(frozen=True, slots=True)
class _Everyone:
    users: tuple[User, ...]
    groups: tuple[Group, ...]
    own: tuple[User, ...]  # of the definition, among users
    comments: Mapping[str, str]  # what Debian says of a user, where it says so


def run_as(accounts: Accounts) -> str:
    """The user of the image config: a uid, and a gid where the definition names a group.

    Numbers, because runAsNonRoot of Kubernetes cannot look names up. Raises DefinitionError for a
    name no account has.
    """
    user, _, group = accounts.run_as.partition(":")
    uids = {one.name: one.uid for one in (*_FEW_USERS, *accounts.users)}
    gids = {one.name: one.gid for one in (*_FEW_GROUPS, *accounts.groups)}
    uid = _number(user or "root", uids, "users")
    return f"{uid}:{_number(group, gids, 'groups')}" if group else uid


def _number(name: str, known: Mapping[str, int], section: str) -> str:
    if name.isdigit():
        return name
    if name not in known:
        raise DefinitionError(
            f"accounts.run-as names {name!r}, which is none of accounts.{section}",
            f"add {name} to accounts.{section}",
        )
    return str(known[name])


def write_accounts(root: Rootfs, accounts: Accounts, *, shell: bool) -> None:
    """Write etc/passwd and etc/group (and shadow files where `passwd` is installed), make homes.

    Begins with Debian's own accounts where base-passwd is in the image and has a list of them,
    else with root and nobody; then those of the definition. `shell`: root may log in to one.
    Raises DefinitionError where two accounts have one name or number.
    """
    everyone = _everyone(root, accounts, shell=shell)
    shadowed = root.find("usr/sbin/pwconv") is not None
    secret = "x" if shadowed or not shell else "*"
    root.write(
        "etc/passwd", "".join(_passwd_line(everyone, user, secret) for user in everyone.users)
    )
    root.write("etc/group", "".join(_group_line(group, secret) for group in everyone.groups))
    if shadowed:
        _write_shadow(root, everyone)
    if shell:
        root.write_new("etc/subuid", b"")
        root.write_new("etc/subgid", b"")
    root.mkdir("root", 0o700)
    for user in everyone.own:
        home = user.home.strip("/")
        if home and user.uid and home != "nonexistent" and root.find(home) is None:
            root.mkdir(home, 0o700, user.uid, user.gid)


def _everyone(root: Rootfs, accounts: Accounts, *, shell: bool) -> _Everyone:
    masters = (
        root.read("usr/share/base-passwd/passwd.master"),
        root.read("usr/share/base-passwd/group.master"),
    )
    users, groups = _FEW_USERS, _FEW_GROUPS
    comments: dict[str, str] = {}
    if shell and masters[0] is not None and masters[1] is not None:
        rows = _rows(masters[0], 7)
        users = tuple(User(r[0], int(r[2]), int(r[3]), r[5], r[6]) for r in rows)
        groups = tuple(Group(r[0], int(r[2])) for r in _rows(masters[1], 4))
        comments = {r[0]: r[4] for r in rows}
    if shell:
        login = "/bin/bash" if root.find("usr/bin/bash") is not None else "/bin/sh"
        users = tuple(replace(u, shell=login) if u.name == "root" else u for u in users)
    own_users = tuple(_with_defaults(user, shell=shell) for user in accounts.users)
    own_groups = accounts.groups
    for user in own_users:
        if user.gid not in {g.gid for g in (*groups, *own_groups)}:
            own_groups = (*own_groups, Group(user.name, user.gid))
    return _Everyone(
        _merged_users(users, own_users), _merged_groups(groups, own_groups), own_users, comments
    )


def _with_defaults(user: User, *, shell: bool) -> User:
    home = user.home or ("/nonexistent" if user.name == "_apt" else f"/home/{user.name}")
    default = "/bin/sh" if shell and user.name != "_apt" else _NOLOGIN
    return replace(user, home=home, shell=user.shell or default)


def _merged_users(users: Iterable[User], own: Iterable[User]) -> tuple[User, ...]:
    merged = {user.name: user for user in users}
    merged |= {user.name: user for user in own}
    taken: dict[int, str] = {}
    for user in merged.values():
        if taken.setdefault(user.uid, user.name) != user.name:
            raise DefinitionError(
                f"users {taken[user.uid]} and {user.name} both have uid {user.uid}",
                "give each of accounts.users a uid of its own",
            )
    return tuple(sorted(merged.values(), key=lambda user: user.uid))


def _merged_groups(groups: Iterable[Group], own: Iterable[Group]) -> tuple[Group, ...]:
    merged = {group.name: group for group in groups}
    merged |= {group.name: group for group in own}
    taken: dict[int, str] = {}
    for group in merged.values():
        if taken.setdefault(group.gid, group.name) != group.name:
            raise DefinitionError(
                f"groups {taken[group.gid]} and {group.name} both have gid {group.gid}",
                "give each of accounts.groups a gid of its own",
            )
    return tuple(sorted(merged.values(), key=lambda group: group.gid))


def _rows(text: bytes, columns: int) -> list[list[str]]:
    rows = [line.split(":") for line in text.decode("utf-8", "replace").splitlines()]
    return [row for row in rows if len(row) == columns and row[2].isdigit()]


def _passwd_line(everyone: _Everyone, user: User, secret: str) -> str:
    comment = everyone.comments.get(user.name, user.name)
    return f"{user.name}:{secret}:{user.uid}:{user.gid}:{comment}:{user.home}:{user.shell}\n"


def _group_line(group: Group, secret: str) -> str:
    return f"{group.name}:{secret}:{group.gid}:{','.join(group.members)}\n"


def _write_shadow(root: Rootfs, everyone: _Everyone) -> None:
    # No password works ("*"); no date of a last change, which would differ from day to day.
    shadow = "".join(f"{user.name}:*::0:99999:7:::\n" for user in everyone.users)
    gshadow = "".join(f"{g.name}:*::{','.join(g.members)}\n" for g in everyone.groups)
    root.write("etc/shadow", shadow, 0o640, 0, _SHADOW_GROUP)
    root.write("etc/gshadow", gshadow, 0o640, 0, _SHADOW_GROUP)
