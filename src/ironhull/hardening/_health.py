"""HEALTHCHECK without a shell and without curl."""

from __future__ import annotations

import json
import re

from ironhull.dockerfiles import Instruction, ShellCommand
from ironhull.hardening import _ids
from ironhull.hardening._draft import Draft

__all__ = ["health_check"]

_URL = re.compile(r"(https?://)?([\w.-]+|\[::1?\])(:\d+)?(/\S*)?")
_VALUED: tuple[str, ...] = (
    "-o",
    "--output",
    "-m",
    "--max-time",
    "--connect-timeout",
    "-H",
    "--header",
    "-X",
    "-T",
)
_VALUED += (
    "--timeout",
    "-t",
    "--tries",
    "-O",
    "--retry",
    "-w",
    "--write-out",
    "-A",
    "--user-agent",
)


def health_check(instruction: Instruction, draft: Draft) -> str:
    """The HEALTHCHECK in a form that works without a shell; "" and by hand where there is none."""
    if instruction.argument.upper() == "NONE":
        return instruction.text
    commands = draft.commands(instruction)
    words = _words(commands, draft)
    if words is None:
        reason = "it needs a shell or a program that the runtime image has not; "
        reason += "ask the app by its own language, or leave it to the orchestrator's probes"
        draft.hand(_ids.HEALTH, instruction.start, instruction.text, reason)
        left = "left out: it could never succeed, and the container would count as unhealthy"
        draft.change(_ids.HEALTH, instruction.start, instruction.text, "", left)
        return ""
    flags = "".join(f"--{name}={value} " for name, value in instruction.flags)
    after = f"CMD {json.dumps(list(words), ensure_ascii=False)}"
    text = f"HEALTHCHECK {flags}{after}"
    if len(text) > 100 and flags:
        text = f"HEALTHCHECK {flags}\\\n    {after}"
    if instruction.exec_form and words == instruction.words[1:]:
        return instruction.text
    reason = "there is neither a shell nor curl in the runtime image"
    draft.change(_ids.HEALTH, instruction.start, instruction.text, text, reason)
    return text


def _words(commands: tuple[ShellCommand, ...], draft: Draft) -> tuple[str, ...] | None:
    if not commands or any(c.unclear for c in commands):
        return None
    first, rest = commands[0], commands[1:]
    if rest and not (len(rest) == 1 and rest[0].program in ("exit", "false", "true", "kill")):
        return None
    if rest and rest[0].connector != "||":
        return None
    if first.program in ("curl", "wget"):
        return _asked(first, draft)
    if first.within and first.within != ("sh -c",):
        return None
    if not first.words or not all(first.plain) or first.assignments:
        return None
    if first.program in ("nc", "pg_isready", "redis-cli", "grep", "ps", "pgrep", "test", "["):
        return None
    return draft.language.start(first.words, draft)


def _asked(command: ShellCommand, draft: Draft) -> tuple[str, ...] | None:
    """The question curl or wget asks, by the app's own language."""
    words = command.arguments
    urls = []
    seconds = 5
    at = 0
    while at < len(words):
        name, equals, value = words[at].partition("=")
        if words[at].startswith("-"):
            if not equals and name in _VALUED:
                at += 1
                value = words[at] if at < len(words) else ""
            if name in ("-X", "-H", "--header"):
                return None
            if name in ("-m", "--max-time", "-T", "--timeout") and value.isdigit():
                seconds = int(value)
        else:
            urls.append(words[at])
        at += 1
    if len(urls) != 1:
        return None
    url = _expanded(urls[0], draft)
    if "$" in url or not _URL.fullmatch(url):
        return None
    url = url if "://" in url else f"http://{url}"
    for key, after in draft.notes.items():
        if key.startswith("port "):
            before = key.removeprefix("port ")
            url = (
                re.sub(rf"^(https?://[^:/]+)(:{before})?(?=/|$)", rf"\1:{after}", url)
                if (
                    f":{before}/" in url + "/"
                    or (before == "80" and not re.search(r":\d", url[8:]))
                )
                else url
            )
    return draft.language.probe(url, seconds)


def _expanded(url: str, draft: Draft) -> str:
    """With the variables that the Dockerfile sets; the port of an ENV may still be another."""
    known = draft.subject.scope.environment(draft.subject.stage)

    def value(match: re.Match[str]) -> str:
        name, default = match[1] or match[2], match[3]
        return known.get(name) or default or match[0]

    return re.sub(r"\$(?:(\w+)|\{(\w+)(?::?-([^{}]*))?\})", value, url)
