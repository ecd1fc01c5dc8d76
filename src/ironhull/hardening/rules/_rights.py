"""Rules about users, rights and ports."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ironhull.dockerfiles import ShellCommand
from ironhull.hardening.families import family_of
from ironhull.hardening.rules._images import is_minimal
from ironhull.hardening.rules._row import Case, Rule, Said

__all__ = ["RIGHTS_RULES"]

_WIDE = re.compile(r"0*[0-7]?[0-7][0-7][2367]")
_WIDE_WORDS = re.compile(r"[ugoa]*[oa][ugoa]*[+=]r?w[xX]?")


def _root(case: Case) -> Iterator[Said]:
    last = case.last("USER")
    if last is None:
        if case.image != "scratch" and _runs_as_nobody(case.image):
            return
        yield None, "no USER: what ships runs as root, unless the base says otherwise"
        return
    user = case.scope.expand(last, last.argument).partition(":")[0]
    if user in ("root", "ContainerAdministrator") or (user.isdigit() and int(user) == 0):
        yield last, f"what ships runs as {user}"


def _named(case: Case) -> Iterator[Said]:
    last = case.last("USER")
    if last is None:
        return
    user = case.scope.expand(last, last.argument).partition(":")[0]
    if not user.isdigit() and "$" not in user and user not in ("root", "ContainerAdministrator"):
        yield last, f"{user} is a name: whether it is root cannot be seen from outside"


def _runs_as_nobody(image: str) -> bool:
    if not is_minimal(image):
        return False
    name = image.partition("@")[0]
    return family_of(image) is not None and (
        not name.startswith("gcr.io/distroless/") or "nonroot" in name
    )


def _low_ports(case: Case) -> Iterator[Said]:
    for instruction in case.steps("EXPOSE", shipped=True):
        for word in case.scope.words(instruction):
            first = word.partition("/")[0].partition("-")[0]
            if first.isdigit() and 0 < int(first) < 1024:
                yield instruction, f"port {first} needs a right that others than root may lack"


def _remote_login(case: Case) -> Iterator[Said]:
    for instruction in case.steps("EXPOSE", shipped=True):
        if any(w.partition("/")[0] == "22" for w in case.scope.words(instruction)):
            yield instruction, "port 22 is that of a server for logins"
    for instruction in case.steps("RUN", "CMD", "ENTRYPOINT", shipped=True):
        for command in case.commands(instruction):
            if command.program == "sshd" or _installs(command, "openssh-server"):
                yield instruction, "a server for logins (sshd)"
                break


def _installs(command: ShellCommand, package: str) -> bool:
    managers = ("apt-get", "apt", "apk", "dnf", "yum", "microdnf")
    return command.program in managers and package in command.arguments


def _sudo(case: Case) -> Iterator[Said]:
    for instruction in case.steps("RUN", "CMD", "ENTRYPOINT"):
        for command in case.commands(instruction):
            if {"sudo", "doas"} & set(command.prefixes) or command.program in ("sudo", "doas"):
                yield instruction, f"{command.raw[:60]!r} runs by sudo"
                break
            if _installs(command, "sudo"):
                yield instruction, "sudo is installed"
                break


def _writable(case: Case) -> Iterator[Said]:
    for instruction in case.steps("COPY", "ADD"):
        mode = instruction.flag("chmod") or ""
        if _WIDE.fullmatch(mode):
            yield instruction, f"--chmod={mode}: everybody may write there"
    for instruction in case.steps("RUN"):
        for command in case.commands(instruction):
            mode = _mode(command)
            if mode:
                yield instruction, f"chmod {mode}: everybody may write there"
                break


def _mode(command: ShellCommand) -> str:
    """The mode of a chmod that gives everybody the right to write, without the sticky bit."""
    if command.program != "chmod":
        return ""
    for word in command.arguments:
        if word.startswith("-") and not re.fullmatch(r"-[rwxXst]+", word):
            continue
        sticky = re.fullmatch(r"0*1\d{3}", word)
        wide = _WIDE.fullmatch(word) and not sticky
        words = any(_WIDE_WORDS.fullmatch(p) for p in word.split(",")) and "t" not in word
        return word if wide or words else ""
    return ""


RIGHTS_RULES = (
    Rule(
        "IH-D003",
        "error",
        "Runs as root",
        "Who takes over the app is root in the container and one flaw of the kernel or one mount "
        "away from the host.",
        "End with `USER 65532:65532`, or another number that is not 0, and give the app's user "
        "just the folders it writes to (`COPY --chown`).",
        _root,
        "FROM debian:13\nCOPY app /app\n",
        "FROM debian:13\nCOPY app /app\nUSER 65532:65532\n",
    ),
    Rule(
        "IH-D012",
        "warning",
        "A port below 1024",
        "Only root, or who has CAP_NET_BIND_SERVICE, may listen there in many setups; that right "
        "is what one takes away.",
        "Listen on 8080 or another port from 1024 up, and publish it as the one people use.",
        _low_ports,
        "FROM debian:13\nEXPOSE 80\n",
        "FROM debian:13\nEXPOSE 8080\n",
    ),
    Rule(
        "IH-D014",
        "warning",
        "sudo",
        "RUN is root already unless USER says otherwise, and in what ships sudo is a way to "
        "become root.",
        "Put `USER root` before what needs it and the app's user after it.",
        _sudo,
        "FROM debian:13\nRUN sudo make install\n",
        "FROM debian:13\nRUN make install\n",
    ),
    Rule(
        "IH-D016",
        "warning",
        "Files that everybody may write",
        "Any process in the container can replace them, with programs too.",
        "Give them to the app's user: `COPY --chown=65532:65532 --chmod=0755 …`.",
        _writable,
        "FROM debian:13\nRUN chmod -R 777 /app\n",
        "FROM debian:13\nRUN chmod -R 755 /app\n",
    ),
    Rule(
        "IH-D027",
        "warning",
        "A server for logins",
        "A container is looked into by its engine (`docker exec`, `kubectl debug`); sshd is one "
        "more service, with keys of its own, that nobody updates.",
        "Leave it out.",
        _remote_login,
        "FROM debian:13\nEXPOSE 22\n",
        "FROM debian:13\nEXPOSE 8022\n",
    ),
    Rule(
        "IH-D031",
        "warning",
        "The user is a name",
        "Kubernetes (runAsNonRoot) refuses a name: who it is stands in a file of the image, and "
        "may be root.",
        "Say the user's number: `USER 65532:65532`.",
        _named,
        "FROM debian:13\nUSER app\n",
        "FROM debian:13\nUSER 65532:65532\n",
    ),
)
