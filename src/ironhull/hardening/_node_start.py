"""How a Node.js app is started: npm, yarn, pnpm and npx are not there when it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ironhull.dockerfiles import ShellCommand, script_commands
from ironhull.hardening._node_facts import Manifest
from ironhull.hardening._tracing import INITS
from ironhull.values import dataclass

__all__ = ["Started", "started"]

_MANAGERS = ("npm", "yarn", "pnpm", "npx", "pnpx", "bun")
_INIT_OPTIONS = {
    "tini": ("-p", "-e"),
    "tini-static": ("-p", "-e"),
    "dumb-init": ("-r", "--rewrite"),
}
_WATCHERS = ("nodemon", "ts-node-dev", "tsx", "ts-node", "node-dev")
_RUN = ("run", "run-script", "rum", "urn")
_SILENT = ("-s", "--silent", "--quiet", "-q", "--loglevel=error", "--if-present")
_LIFE = ("start", "test", "stop", "restart")
_HOPS = 10  # scripts that run scripts


@dataclass(frozen=True, slots=True)
class Started:
    """The words that start the app, variables set before, and what that rests on.

    `words` are empty where `trouble` says why they could not be found. `tools` are packages whose
    programs are started out of node_modules.
    """

    words: tuple[str, ...]
    environment: Mapping[str, str]
    steps: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    trouble: str = ""


def started(words: tuple[str, ...], manifest: Manifest | None) -> Started:
    """`words` without programs that install or watch: `npm start` is what its script says."""
    environment: dict[str, str] = {}
    steps: list[str] = []
    for _ in range(_HOPS):
        words = without_init(words, steps)
        name = words[0].rpartition("/")[2] if words else ""
        if name not in _MANAGERS:
            return _program(words, environment, steps)
        script, rest = _script(name, words[1:])
        if name in ("npx", "pnpx") or script is None:
            return _tool(name, words[1:], environment, steps)
        if manifest is None:
            return Started((), {}, trouble=f"{name} runs a script, but there is no package.json")
        if script not in manifest.scripts and script == "start" and name == "npm":
            steps.append("npm start without a script runs server.js")
            words = ("node", "server.js", *rest)
            continue
        found = _simple(manifest, script, rest)
        if isinstance(found, str):
            return Started((), {}, trouble=found)
        steps.append(f'"{script}": "{manifest.scripts[script]}"')
        environment.update(found.assignments)
        words = found.words
    return Started((), {}, trouble="its scripts run each other")


def without_init(words: tuple[str, ...], steps: list[str]) -> tuple[str, ...]:
    """`words` past `tini --`, `dumb-init` and the entrypoint of the official image."""
    while words:
        name = words[0].rpartition("/")[2]
        if name not in INITS:
            return words
        rest = list(words[1:])
        while rest and rest[0].startswith("-"):
            option = rest.pop(0)
            if option == "--":
                break
            if option in _INIT_OPTIONS.get(name, ()) and rest:
                rest.pop(0)
        if not rest:
            return words
        steps.append(f"{name} is not needed where `docker run --init` or a pod does its work")
        words = tuple(rest)
    return words


def _script(manager: str, words: tuple[str, ...]) -> tuple[str | None, tuple[str, ...]]:
    """The script that a manager is asked to run and its arguments; None where it runs no script."""
    left = [word for word in words if word not in _SILENT]
    if manager in ("npx", "pnpx") or not left:
        return None, ()
    if left[0] in _RUN and len(left) > 1:
        name, rest = left[1], left[2:]
    elif left[0] in _LIFE or (manager != "npm" and left[0] not in ("exec", "dlx", "node")):
        name, rest = left[0], left[1:]
    else:
        return None, ()
    if rest[:1] == ["--"]:
        rest = rest[1:]
    return name, tuple(rest)


@dataclass(frozen=True, slots=True)
class _Line:
    words: tuple[str, ...]
    assignments: tuple[tuple[str, str], ...]


def _simple(manifest: Manifest, script: str, rest: tuple[str, ...]) -> _Line | str:
    """The one command of a script without variables, or why it is not one."""
    text = manifest.scripts.get(script)
    if text is None:
        return f"package.json has no script {script!r}"
    for more in (f"pre{script}", f"post{script}"):
        if more in manifest.scripts:
            return f"package.json has a script {more!r} that runs beside {script!r}"
    commands = script_commands(text)
    if len(commands) != 1 or commands[0].unclear or commands[0].redirections:
        return f"the script {script!r} is more than one command: {text}"
    only = commands[0]
    if not all(only.plain) or any("$" in value for _, value in only.assignments):
        return f"the script {script!r} needs a shell for its variables: {text}"
    words, assigned = _assigned(only)
    return _Line((*words, *rest), (*only.assignments, *assigned))


def _assigned(command: ShellCommand) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Past `cross-env A=b` and `env A=b`, which set variables for what follows."""
    words = list(command.words)
    found: list[tuple[str, str]] = []
    while words and words[0] in ("cross-env", "cross-env-shell", "env", "exec"):
        words.pop(0)
        while words and "=" in words[0] and not words[0].startswith("-"):
            name, _, value = words.pop(0).partition("=")
            found.append((name, value))
    return tuple(words), tuple(found)


def _tool(
    manager: str, words: tuple[str, ...], environment: dict[str, str], steps: list[str]
) -> Started:
    """`npx x`, `yarn exec x`, `pnpm exec x`: a program of node_modules."""
    left = [word for word in words if word not in ("exec", "--no-install", "--no", "-y", "--yes")]
    left = left[1:] if left[:1] == ["--"] else left
    if not left or left[0] in ("dlx", "-p", "--package", "-c", "install", "ci"):
        return Started((), {}, trouble=f"{manager} {' '.join(words)} is no program of the app")
    steps.append(f"{manager} runs {left[0]} of node_modules")
    return _program(tuple(left), environment, steps)


def _program(words: tuple[str, ...], environment: dict[str, str], steps: list[str]) -> Started:
    """`node …` as it is; another name is a program of node_modules, which node can run itself."""
    if not words:
        return Started((), {}, trouble="what it starts is not known")
    name = words[0].rpartition("/")[2]
    if name in ("node", "nodejs"):
        return Started(("node", *words[1:]), environment, tuple(steps))
    if row := _BY_TOOL.get(name):
        return row(words, environment, steps)
    inside = words[0].startswith(("node_modules/.bin/", "./node_modules/.bin/"))
    if not steps and not inside:
        return Started((), {}, trouble=f"{words[0]} is no program that the runtime image has")
    if "/" in words[0] and not inside:
        return _by_suffix(words, environment, steps)
    return Started(
        ("node", f"node_modules/.bin/{name}", *words[1:]), environment, tuple(steps), (name,)
    )


def _by_suffix(words: tuple[str, ...], environment: dict[str, str], steps: list[str]) -> Started:
    if words[0].endswith((".js", ".mjs", ".cjs")):
        return Started(("node", *words), environment, tuple(steps))
    return Started((), {}, trouble=f"{words[0]} is no program that the runtime image has")


def _watcher(words: tuple[str, ...], _: dict[str, str], __: list[str]) -> Started:
    return Started(
        (), {}, trouble=f"{words[0]} is for development: start what it builds with node instead"
    )


def _pm2(words: tuple[str, ...], environment: dict[str, str], steps: list[str]) -> Started:
    """`pm2-runtime app.js` with nothing else: the engine restarts containers itself."""
    rest = [word for word in words[1:] if word not in ("start", "--no-daemon")]
    if len(rest) == 1 and rest[0].endswith((".js", ".mjs", ".cjs")) and "config" not in rest[0]:
        steps.append(f"{words[0]} restarts what ends, as the engine's restart policy does")
        return Started(("node", rest[0]), environment, tuple(steps))
    return Started((), {}, trouble=f"{' '.join(words)}: its settings are not read")


_BY_TOOL: Mapping[str, Callable[[tuple[str, ...], dict[str, str], list[str]], Started]] = {
    **dict.fromkeys(_WATCHERS, _watcher),
    **dict.fromkeys(("pm2", "pm2-runtime", "pm2-docker"), _pm2),
}
