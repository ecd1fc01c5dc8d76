"""The parts of a definition, each read from its place in the YAML tree."""

from __future__ import annotations

import posixpath
import re

from ironhull.builders.debian_base._nouns import (
    PATH_KINDS,
    Accounts,
    Group,
    PathRule,
    User,
)
from ironhull.builders.debian_base._yaml import Node
from ironhull.debian.model import PackageRequest, Repository
from ironhull.debian.repositories import parse_source
from ironhull.errors import DefinitionError
from ironhull.model import Platform

__all__ = [
    "read_accounts",
    "read_environment",
    "read_os_release",
    "read_packages",
    "read_path",
    "read_platform",
    "read_port",
    "read_repositories",
    "read_user_name",
]

_PACKAGE = re.compile(
    r"(!?)([a-z0-9][a-z0-9+.-]+)(?::(?:any|native))?(?:=([0-9A-Za-z.+~:-]+))?(?:/([a-z][a-z0-9-]*))?"
)
_ACCOUNT = re.compile(r"[a-z_][a-z0-9_.-]{0,31}")
_PORT = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?(?:/(tcp|udp|sctp))?")
_HIGHEST_ID = 2**32 - 2  # (uid_t) -1 means "no change" to chown(2)


def read_repositories(node: Node) -> tuple[Repository, ...]:
    """contents.repositories."""
    found: list[Repository] = []
    for item in node.sequence(lambda n: n):
        try:
            found += parse_source(item.string())
        except DefinitionError as trouble:
            raise DefinitionError(
                f"{node.origin}:{item.line}: {item.path}: {trouble.message}", trouble.hint
            ) from trouble
    return tuple(found)


def read_packages(node: Node) -> tuple[tuple[PackageRequest, ...], tuple[str, ...]]:
    """contents.packages: what is asked for, and the names excluded.

    A name both asked for and excluded is asked for (the catalog excludes all providers of awk, then
    names one).
    """
    requests: dict[str, PackageRequest] = {}
    excluded: dict[str, None] = {}
    for item in node.sequence(lambda n: n):
        text = item.string()
        match = _PACKAGE.fullmatch(text)
        if match is None or (match[1] and (match[3] or match[4])):
            item.fail(f"{text!r} is not a package", "write name, name=version, name/suite or !name")
        if match[1]:
            excluded[match[2]] = None
            continue
        request = PackageRequest(match[2], match[3] or "", match[4] or "")
        if requests.setdefault(request.name, request) != request:
            item.fail(f"{request.name} is asked for twice with different versions")
    return tuple(requests.values()), tuple(name for name in excluded if name not in requests)


def read_platform(node: Node) -> Platform:
    """linux/amd64 and the like."""
    parts = node.string().split("/")
    if len(parts) not in (2, 3) or parts[0] != "linux" or not all(parts):
        node.fail(f"{node.string()!r} is not a platform", "such as linux/amd64")
    return Platform(*parts)


def read_accounts(node: Node) -> Accounts:
    """accounts, whole and consistent: ids and names used once, members and run-as known."""
    entries = node.keys(("root", "run-as", "users", "groups"))
    users = entries["users"].sequence(_user) if "users" in entries else ()
    groups = entries["groups"].sequence(_group) if "groups" in entries else ()
    for what in (users, groups):
        names = [account.name for account in what]
        if twice := [name for name in names if names.count(name) > 1]:
            node.fail(f"{twice[0]} is there twice")
    known = {"root", *(user.name for user in users)}
    for group in groups:
        if unknown := [member for member in group.members if member not in known]:
            node.fail(f"group {group.name} has the member {unknown[0]}, who is not a user")
    run_as = entries["run-as"].string() if "run-as" in entries else ""
    name = run_as.partition(":")[0]
    if name and name not in known and not name.isdigit():
        entries["run-as"].fail(f"{name!r} is not a user", "add it to accounts.users")
    root = entries["root"].boolean() if "root" in entries else False
    return Accounts(root, run_as, users, groups)


def _user(node: Node) -> User:
    entries = _needing(node, ("name", "uid", "gid"), ("home", "shell"))
    home, shell = (entries[k].string() if k in entries else "" for k in ("home", "shell"))
    for text in (home, shell):
        if text and (not text.startswith("/") or re.search(r"[:\s]", text)):
            node.fail(f"{text!r} is not an absolute path")
    return User(
        read_user_name(entries["name"]),
        entries["uid"].integer(_HIGHEST_ID),
        entries["gid"].integer(_HIGHEST_ID),
        home,
        shell,
    )


def _group(node: Node) -> Group:
    entries = _needing(node, ("name", "gid"), ("members",))
    members = entries["members"].sequence(read_user_name) if "members" in entries else ()
    return Group(read_user_name(entries["name"]), entries["gid"].integer(_HIGHEST_ID), members)


def read_user_name(node: Node) -> str:
    """A name useradd(8) would take."""
    name = node.string()
    if not _ACCOUNT.fullmatch(name):
        node.fail(f"{name!r} is not a user or group name")
    return name


def read_os_release(node: Node) -> dict[str, str]:
    """os-release with its keys as os-release(5) writes them; any key of that form is taken."""
    found = {}
    for key, value in node.mapping().items():
        name = key.upper().replace("-", "_")
        if not re.fullmatch("[A-Z][A-Z0-9_]*", name):
            value.fail("is not an os-release key", "such as version-id")
        found[name] = value.string()
        if "\n" in found[name]:
            value.fail("must be one line")
    return found


def read_environment(node: Node) -> dict[str, str]:
    """environment: names a process can have."""
    found = node.table()
    for name in found:
        if not name or re.search(r"[=\0\s]", name):
            node.fail(f"{name!r} is not the name of an environment variable")
    return found


def read_port(node: Node) -> str:
    """A port, "8080/tcp"; the protocol is added where it is missing."""
    match = _PORT.fullmatch(node.string())
    if match is None or not all(0 < int(n) < 65536 for n in match.groups()[:2] if n):
        node.fail(f"{node.string()!r} is not a port", "such as 8080/tcp")
    text = node.string()
    return text if match[3] else f"{text}/tcp"


def read_path(node: Node) -> PathRule:
    """One of paths."""
    entries = _needing(
        node,
        ("type", "path"),
        ("content", "uid", "gid", "mode", "source", "recursive", "platforms", "if"),
    )
    if "if" in entries:
        entries["if"].fail("conditions are not supported", "write a definition for each case")
    kind = entries["type"].one_of(PATH_KINDS)
    path = _absolute(entries["path"])
    content = entries["content"].script() if "content" in entries else None
    source = entries["source"].string() if "source" in entries else ""
    if kind == "symlink" and not source:
        node.fail("a symlink needs source, the path it leads to")
    if kind == "file" and (content is None) == (not source):
        node.fail("a file needs content or source, and not both", "use emptyfile for an empty one")
    ids = {k: entries[k].integer(_HIGHEST_ID) if k in entries else None for k in ("uid", "gid")}
    return PathRule(
        kind=kind,
        path=path,
        content=content,
        source=source,
        uid=ids["uid"],
        gid=ids["gid"],
        mode=entries["mode"].mode() if "mode" in entries else None,
        recursive=entries["recursive"].boolean() if "recursive" in entries else False,
        platforms=entries["platforms"].sequence(read_platform) if "platforms" in entries else (),
    )


def _absolute(node: Node) -> str:
    text = node.string()
    if not text.startswith("/") or "\0" in text or ".." in text.split("/"):
        node.fail(f"{text!r} is not an absolute path inside the image")
    return posixpath.normpath("/" + text.lstrip("/"))


def _needing(node: Node, needed: tuple[str, ...], optional: tuple[str, ...]) -> dict[str, Node]:
    entries = dict(node.keys(needed + optional))
    for name in needed:
        if name not in entries:
            node.fail(f"{name} is missing")
    return entries
