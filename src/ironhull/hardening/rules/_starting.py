"""Rules about how the container starts and how its health is asked."""

from __future__ import annotations

from collections.abc import Iterator

from ironhull.dockerfiles import Instruction
from ironhull.hardening.rules._row import Case, Rule, Said

__all__ = ["STARTING_RULES"]

_CLIENTS = frozenset({"curl", "wget", "nc", "netcat", "bash", "sh", "http", "telnet"})


def _shell_form(case: Case) -> Iterator[Said]:
    for name in ("ENTRYPOINT", "CMD"):
        last = case.last(name)
        if last is None or not last.words:
            continue
        commands = case.split(last)
        if not last.exec_form:
            alone = len(commands) == 1 and "exec" in commands[0].prefixes
            what = "needs a shell to start" if alone else "a shell is the first process"
            yield (
                last,
                f"{name} in shell form: {what}" + ("" if alone else ", and gets the signals"),
            )
        elif any("sh -c" in command.within for command in commands):
            yield last, f"{name} starts a shell to start the app"


def _health(case: Case) -> Iterator[Said]:
    last = case.last("HEALTHCHECK")
    if last is None or last.argument.upper() == "NONE":
        return
    commands = case.split(last)
    if not last.exec_form or any(c.unclear or c.within for c in commands):
        yield last, "the health check needs a shell"
        return
    client = next((c.program for c in commands if c.program in _CLIENTS), "")
    if client:
        yield last, f"the health check needs {client}"


def _no_health(case: Case) -> Iterator[Said]:
    runs = case.last("CMD") or case.last("ENTRYPOINT")
    if case.last("HEALTHCHECK") is None and runs is not None:
        yield None, "no HEALTHCHECK: Docker and Compose cannot tell whether the app works"


def _several(case: Case) -> Iterator[Said]:
    for stage in case.stages:
        for name in ("CMD", "ENTRYPOINT", "HEALTHCHECK"):
            yield from _but_last(stage.all(name))


def _but_last(found: tuple[Instruction, ...]) -> Iterator[Said]:
    for instruction in found[:-1]:
        yield instruction, f"a later {instruction.name}, on line {found[-1].start}, replaces it"


STARTING_RULES = (
    Rule(
        "IH-D006",
        "warning",
        "CMD or ENTRYPOINT needs a shell",
        "A minimal base has none; and the shell, not the app, gets SIGTERM, so that `docker stop` "
        "kills after ten seconds.",
        'The exec form: `CMD ["program", "argument"]`; variables by the app itself.',
        _shell_form,
        "FROM debian:13\nCMD python3 app.py\n",
        'FROM debian:13\nCMD ["python3", "app.py"]\n',
    ),
    Rule(
        "IH-D013",
        "warning",
        "HEALTHCHECK needs a shell or a client",
        "A minimal base has neither a shell nor curl or wget; one brought for this is there for "
        "an intruder too.",
        "Ask by the app's own language in the exec form, or leave it to the orchestrator's probes.",
        _health,
        "FROM debian:13\nHEALTHCHECK CMD curl -f http://localhost:8080/ || exit 1\n",
        'FROM debian:13\nHEALTHCHECK CMD ["/app/healthy"]\n',
    ),
    Rule(
        "IH-D023",
        "note",
        "No HEALTHCHECK",
        "Docker and Compose take a process that runs for an app that works. Kubernetes has probes "
        "of its own and does not look at it.",
        'HEALTHCHECK CMD ["/app/healthy"], or HEALTHCHECK NONE where probes do it.',
        _no_health,
        'FROM debian:13\nCMD ["/app/serve"]\n',
        'FROM debian:13\nHEALTHCHECK NONE\nCMD ["/app/serve"]\n',
    ),
    Rule(
        "IH-D024",
        "warning",
        "An instruction that a later one replaces",
        "Only the last CMD, ENTRYPOINT and HEALTHCHECK of a stage count: the other is dead, or was "
        "meant to do something.",
        "Keep one.",
        _several,
        'FROM debian:13\nCMD ["/app/migrate"]\nCMD ["/app/serve"]\n',
        'FROM debian:13\nCMD ["/app/serve"]\n',
    ),
)
