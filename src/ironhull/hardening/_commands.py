"""What the common commands of a RUN do to an image: the table that every language falls back on."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable

from ironhull.dockerfiles import ShellCommand
from ironhull.hardening._draft import Draft
from ironhull.hardening._packages import installed_by
from ironhull.hardening._row import Effect
from ironhull.values import replace

__all__ = ["effect_of"]

_NOTHING = Effect("nothing")

_QUIET: tuple[str, ...] = (
    "set",
    "echo",
    "printf",
    "true",
    ":",
    "cat",
    "ls",
    "test",
    "[",
    "which",
    "whoami",
    "id",
)
_QUIET += ("env", "pwd", "date", "uname", "command", "sleep", "export", "cd", ".", "source")
_QUIET += ("head", "tail", "grep", "wc", "sha256sum", "sha512sum", "umask", "hash", "type")
"""Commands that leave nothing behind, but for where they redirect their output to."""

_USERS: tuple[str, ...] = (
    "useradd",
    "adduser",
    "groupadd",
    "addgroup",
    "usermod",
    "groupmod",
    "passwd",
    "chpasswd",
)
_USERS += ("deluser", "userdel")
_SYSTEM: tuple[str, ...] = ("apt-get", "apt", "aptitude", "apk", "dnf", "microdnf", "yum", "dpkg")
_TEMPORARY = ("/tmp", "/var/tmp")  # noqa: S108 - in an image
_CACHES = (
    *_TEMPORARY,
    *("/var/lib/apt", "/var/cache", "/root/.cache", "/var/log"),
    *("/usr/share/doc", "/usr/share/man", "/usr/share/locale"),
)


def effect_of(command: ShellCommand, draft: Draft) -> Effect:
    """What a command does: the language's opinion first, then the table, then "writes"."""
    said = None if command.unclear else draft.language.effect(command, draft)
    if said is not None:
        return said
    if command.unclear:
        return Effect("writes")
    row = _ROWS.get(command.program)
    found = row(command, draft) if row else Effect("writes")
    if "sudo" in command.prefixes and not found.text:
        text = re.sub(r"^\s*sudo\s+(-[EHn]+\s+)*", "", command.raw)
        return replace(found, text=text, reason=found.reason or "the builder is root already")
    return found


def _quiet(command: ShellCommand, _: Draft) -> Effect:
    """Nothing, or a file: what is redirected into something counts as written."""
    for redirection in command.redirections:
        target = redirection.target
        if ">" in redirection.operator and not target.startswith(("/dev/", "&", *_TEMPORARY)):
            return Effect("writes")
    if command.program in ("cd", "export", ".", "source", "set", "umask"):
        return Effect("context")
    return _NOTHING


def _user(command: ShellCommand, draft: Draft) -> Effect:
    reason = f"the app runs as {draft.pair.user}, a user that the base has"
    for name, value in _options(command):
        if name in ("-d", "--home", "--home-dir", "-h") and value.startswith("/"):
            draft.notes.setdefault("home", value)
    return Effect("drops", reason=reason)


def _options(command: ShellCommand) -> list[tuple[str, str]]:
    words = command.arguments
    found = []
    for word, after in zip(words, (*words[1:], ""), strict=True):
        name, equals, value = word.partition("=")
        found.append((name, value if equals else after))
    return found


def _plain(command: ShellCommand) -> tuple[str, ...]:
    """The arguments that are no options."""
    return tuple(word for word in command.arguments if not word.startswith("-"))


def _mkdir(command: ShellCommand, draft: Draft) -> Effect:
    words = list(command.arguments)
    for at, word in enumerate(words):
        if word in ("-m", "--mode", "-o", "-g", "--owner", "--group"):
            words[at : at + 2] = ["-p", "-p"]
    paths = tuple(_braces([w for w in words if not w.startswith("-")]))
    if any("$" in path or "*" in path for path in paths):
        return Effect("writes")
    return Effect("folders", paths=tuple(draft.absolute(path) for path in paths))


def _braces(words: list[str]) -> list[str]:
    """`/app/{static,media}` as bash and people mean it."""
    found: list[str] = []
    for word in words:
        head, brace, rest = word.partition("{")
        inner, end, tail = rest.partition("}")
        if brace and end and "," in inner:
            found += [f"{head}{part}{tail}" for part in inner.split(",")]
        else:
            found.append(word)
    return found


def _chown(command: ShellCommand, draft: Draft) -> Effect:
    plain = _plain(command)
    owner = plain[0] if plain else ""
    paths = tuple(draft.absolute(path) for path in plain[1:] if "$" not in path)
    if owner.split(":")[0] in ("root", "0", ""):
        return Effect("nothing")
    return Effect("owns", paths=paths)


def _chmod(command: ShellCommand, draft: Draft) -> Effect:
    """Execute bits and tightening stay; what only opens folders to everybody is ownership."""
    plain = _plain(command)
    mode = plain[0] if plain else ""
    for word in command.arguments:
        if word.startswith(("+", "-x", "u+", "a+", "g+", "ug+")):
            mode = mode or word
    if mode.lstrip("0") in ("777", "775", "770", "766") or "w" in mode:
        paths = tuple(draft.absolute(path) for path in plain[1:] if "$" not in path)
        return Effect("owns", paths=paths, reason=f"chmod {mode}")
    return Effect("modes", paths=tuple(draft.absolute(p) for p in plain[1:] if "$" not in p))


def _remove(command: ShellCommand, draft: Draft) -> Effect:
    """Clean-up stays with the step it cleans up after; it changes nothing that is carried."""
    paths = _plain(command)
    kept = [path for path in paths if not path.startswith("/root/.cache")]
    if not kept:
        return Effect("drops", reason="the cache is a mount, or stays in the builder")
    text = command.raw
    for path in paths:
        if path not in kept:
            text = re.sub(rf"\s{re.escape(path)}(?=\s|$)", "", text)
    text = text if text != command.raw else ""
    if any("$" in path for path in paths):
        return Effect("writes", text=text)
    places = tuple(draft.absolute(path.rstrip("*").rstrip("/") or "/") for path in kept)
    if all(place.startswith(_CACHES) for place in places):
        return Effect("cleans", text=text)
    return Effect("removes", text=text, paths=places)


def _system(command: ShellCommand, _: Draft) -> Effect:
    if {"purge", "remove", "autoremove", "del"} & set(command.arguments):
        return Effect("drops", reason="the builder does not ship: nothing has to be removed")
    if installed_by(command) is None:
        return Effect("cleans") if "clean" in command.arguments else Effect("system")
    return Effect("system")


def _links(command: ShellCommand, _: Draft) -> Effect:
    """`ln -sf /dev/stdout …` and time zones; other links count as written."""
    plain = _plain(command)
    if plain and re.search(r"bin/(python|pip)3?$", plain[-1]):
        return Effect("drops", reason="the base has python and pip by these names")
    if plain and plain[0].startswith("/usr/share/zoneinfo"):
        return Effect("drops", reason="TZ says the time zone, the base has the data")
    return Effect("writes")


def _fetch(command: ShellCommand, _: Draft) -> Effect:
    """A download to a known place outside the app's folders is a tool for the build."""
    for name, value in _options(command):
        if name in ("-o", "--output", "-O", "--output-document") and value.startswith(_TEMPORARY):
            return Effect("nothing")
    return Effect("writes")


_ROWS: dict[str, Callable[[ShellCommand, Draft], Effect]] = {
    **dict.fromkeys(_QUIET, _quiet),
    **dict.fromkeys(_USERS, _user),
    **dict.fromkeys(_SYSTEM, _system),
    **dict.fromkeys(("curl", "wget"), _fetch),
    "mkdir": _mkdir,
    "install": lambda c, d: _mkdir(c, d) if "-d" in c.arguments else Effect("writes"),
    "chown": _chown,
    "chgrp": _chown,
    "chmod": _chmod,
    "rm": _remove,
    "ln": _links,
    "locale-gen": lambda *_: Effect("drops", reason="the base has C.UTF-8"),
    "update-ca-certificates": lambda *_: Effect("writes"),
    "ldconfig": lambda *_: _NOTHING,
}


def below(path: str, folders: tuple[str, ...]) -> bool:
    """Whether `path` is one of the folders or in one."""
    return any(path == f or path.startswith(posixpath.join(f, "")) for f in folders)
