"""Node.js: what npm, yarn and pnpm do in a build, production dependencies alone, how it starts."""

from __future__ import annotations

import posixpath
import re

from ironhull.dockerfiles import ShellCommand, commands_of
from ironhull.hardening import _ids
from ironhull.hardening._draft import Draft
from ironhull.hardening._interpreters import reachable
from ironhull.hardening._node_facts import Manifest, imported, manifest_of, native
from ironhull.hardening._node_managers import (
    asked,
    install_tools,
    is_install,
    omitting,
    prune,
    standing_manager,
)
from ironhull.hardening._node_start import started
from ironhull.hardening._quoting import env_value
from ironhull.hardening._row import Carried, Effect, Language, Subject
from ironhull.hardening._tracing import argv, builders, image_version, only_arguments
from ironhull.values import replace

__all__ = ["NODE"]

_IMAGES = (
    "node",
    "ironhull/node",
    "dhi.io/node",
    "cgr.dev/chainguard/node",
    "bitnami/node",
    "public.ecr.aws/lambda/nodejs",
)
_DISTROLESS = re.compile(r"gcr\.io/distroless/nodejs(\d+)?(-debian\d+)?(:.*)?")
_MANAGERS = ("npm", "yarn", "yarnpkg", "pnpm")
_RUNNERS = (*_MANAGERS, "npx", "pnpx", "node", "tsc", "next", "vite", "nest", "ng", "webpack")
_OWN_SCRIPTS = ("preinstall", "install", "postinstall", "prepare", "prepublish")
_COMPILES = re.compile(
    rb"node-gyp\b|node-addon-api|prebuild-install|node-pre-gyp|[\"/ ]nan[@\"]|[\" /]bindings[@\"]"
)
_LOCKS = ("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml")
_SETTINGS = (".npmrc", ".yarnrc", ".yarnrc.yml", "pnpm-workspace.yaml", ".pnpmfile.cjs")
_CACHES = {"npm": "/root/.npm", "yarn": "/usr/local/share/.cache/yarn"}
"""Where each keeps what it downloads, as root (npm config, cache; yarn cache dir)."""

_BUILD_ENV = re.compile(r"npm_config_.*|YARN_.*|COREPACK_.*|NPM_CONFIG_.*", re.IGNORECASE)
_TOOLS = "python3 make g++"


def _recognise(subject: Subject) -> str | None:
    if found := _DISTROLESS.fullmatch(subject.root):
        return found[1] or ""
    return image_version(subject.root, _IMAGES)


# ── building ─────────────────────────────────────────────────────────────────────────────────────


def _effect(command: ShellCommand, draft: Draft) -> Effect | None:
    name, arguments = command.program, command.arguments
    if name == "corepack":
        tool = install_tools(draft.subject, _manifest(draft))
        reason = "the build base has no corepack: the same package manager from the registry"
        return Effect("tool", tool, reason) if tool else Effect("nothing")
    if name not in _RUNNERS:
        return None
    if command.within and is_install(command) and not asked(command):
        _noted(command, draft)  # a choice of the package manager by its lock file
        return Effect("installs")
    if name in _MANAGERS and not command.within:
        if "cache" in arguments[:1] or arguments[:2] == ("store", "prune"):
            return Effect("cleans")
        if arguments[:1] == ("config",) or (name == "npm" and arguments[:1] == ("set",)):
            return Effect("tool")
        if globals_of(command):
            return _global(command, draft)
        if is_install(command):
            return _install(command, draft)
    return Effect("writes")


def _global(command: ShellCommand, draft: Draft) -> Effect:
    """`npm install -g`: tools of the build, unless the app is started by one."""
    started_by = {posixpath.basename(word) for word in argv(draft.subject)[:3]}
    names = {re.sub(r"(?<=.)@.*", "", word) for word in globals_of(command)}
    if names & started_by - {"npm", "yarn", "pnpm", "pm2"}:
        draft.notes["node_global"] = "yes"
        return Effect("installs")
    return Effect("tool")


def globals_of(command: ShellCommand) -> tuple[str, ...]:
    """The packages of `npm install -g …` and `yarn global add …`; none where it is neither."""
    words = command.arguments
    if command.program == "yarn" and words[:2] == ("global", "add"):
        return tuple(word for word in words[2:] if not word.startswith("-"))
    if {"-g", "--global"} & set(words) and words[:1] in (("install",), ("i",), ("add",)):
        return tuple(word for word in words[1:] if not word.startswith("-"))
    return ()


def _install(command: ShellCommand, draft: Draft) -> Effect:
    """Dependencies of the app; without those for development where nothing needs them."""
    manifest = _manifest(draft)
    if manifest is None or asked(command) or _elsewhere(command, draft):
        return Effect("writes")
    _noted(command, draft)
    own = any(script in manifest.scripts for script in _OWN_SCRIPTS)
    found = Effect(
        "writes" if own else "installs",
        inputs=None if own else _inputs(manifest, draft.subject),
        cache=_CACHES.get(command.program, ""),
    )
    rewritten = omitting(command, manifest, draft.subject)
    if not rewritten or not manifest.development:
        draft.notes.pop(f"node_prune {draft.stage.index}", None)
        return found
    if kept := _needs_development(manifest, draft.subject):
        draft.hand(_ids.TOOLS, command.line, command.raw, f"development packages stay: {kept}")
        return found
    if own or _builds(draft):
        draft.notes[f"node_prune {draft.stage.index}"] = draft.workdir
        return found
    reason = "packages for development are not for the image that runs"
    return replace(found, text=rewritten, reason=reason)


def _inputs(manifest: Manifest, subject: Subject) -> tuple[str, ...] | None:
    """The files an install reads; None where packages of the context itself are among them."""
    data = subject.context.read(posixpath.join(manifest.folder, "package.json")) or b""
    if re.search(rb'"workspaces"|"(?:file|link|portal|patch):|"patchedDependencies"', data):
        return None
    files = subject.context.files()
    names = ("package.json", *_LOCKS, *_SETTINGS)
    return tuple(name for name in names if posixpath.join(manifest.folder, name) in files)


def _noted(command: ShellCommand, draft: Draft) -> None:
    """Where it installs, and whether anything there may load shared libraries."""
    manifest = _manifest(draft)
    draft.notes["node_manager"] = command.program
    if draft.stage in draft.subject.chain:
        draft.notes["node_folder"] = draft.workdir
        folder = manifest.folder if manifest else ""
        draft.closure = draft.closure or native(draft.subject, folder) != ""


def _elsewhere(command: ShellCommand, draft: Draft) -> bool:
    """Whether it installs into another folder than the working directory."""
    options = {word.partition("=")[0] for word in command.arguments}
    if options & {"--prefix", "-C", "--cwd", "--dir"}:
        return True
    commands = commands_of(draft.at) if draft.at is not None else ()
    return any(each.program == "cd" for each in commands)


def _builds(draft: Draft) -> bool:
    """Whether a step of the image that runs may need what is for development."""
    for _, instruction in builders(draft.subject, draft.stage):
        for command in commands_of(instruction):
            if command.unclear or (command.program in _RUNNERS and not _harmless(command)):
                return True
    return False


def _harmless(command: ShellCommand) -> bool:
    words = command.arguments[:1]
    return (
        is_install(command)
        or bool(globals_of(command))
        or words in (("cache",), ("config",), ("set",), ("--version",), ("-v",))
    )


def _needs_development(manifest: Manifest, subject: Subject) -> str:
    """Why packages for development are needed when the app runs; "" where nothing says so."""
    start = started(argv(subject), manifest)
    tools = [tool for tool in start.tools if tool not in manifest.dependencies]
    if tools:
        return f"the app is started by {tools[0]}, which is no dependency of it"
    found = imported(subject.context, manifest.development)
    return f"{found[1]} imports {found[0]}" if found else ""


def _manifest(draft: Draft) -> Manifest | None:
    return manifest_of(draft.subject)


def _begin(draft: Draft) -> tuple[str, ...]:
    """What official images have and build bases lack: compilers, yarn, pnpm."""
    lines: list[str] = []
    manifest = _manifest(draft)
    packages = _compilers(draft.subject, manifest)
    if packages:
        lines.append(
            "RUN apt-get update && apt-get install -y --no-install-recommends"
            f" {packages} && rm -rf /var/lib/apt/lists/*"
        )
    manager = standing_manager(draft.subject)
    if manager and (tool := install_tools(draft.subject, manifest, manager)):
        lines.append(f"RUN {tool}")
    elif _nested_corepack(draft):
        lines.append("RUN npm install --global corepack@0.31")
    return tuple(lines)


def _nested_corepack(draft: Draft) -> bool:
    """Whether a step calls corepack where it cannot be written anew."""
    for _, instruction in builders(draft.subject, draft.stage):
        for command in commands_of(instruction):
            if command.program == "corepack" and command.within:
                return True
    return False


def _compilers(subject: Subject, manifest: Manifest | None) -> str:
    """Compilers where a package may be compiled and the image that is left had them."""
    tag = subject.root.rpartition(":")[2]
    folder = manifest.folder if manifest else ""
    locks = [subject.context.read(posixpath.join(folder, name)) or b"" for name in _LOCKS]
    text = b"\n".join(locks)
    needed = []
    if "slim" not in tag and "alpine" not in tag:
        needed += [_TOOLS] if _COMPILES.search(text) else []
        needed += ["git"] if re.search(rb"git\+|github:|git://|codeload\.github", text) else []
    return " ".join(needed)


def _carry(draft: Draft) -> tuple[Carried, ...]:
    found = []
    if folder := draft.notes.get("node_folder"):
        path = posixpath.join(folder, "node_modules")
        found.append(Carried(path, path))
    if draft.notes.get("node_global"):
        path = "/usr/local/lib/node_modules"
        found.append(Carried(path, path))
    return tuple(found)


def _finish(draft: Draft) -> tuple[str, ...]:
    folder = draft.notes.get(f"node_prune {draft.stage.index}")
    if not folder:
        return ()
    draft.at = None
    line = prune(draft.notes["node_manager"], folder, draft.workdir)
    reason = "packages for development were needed to build, not to run"
    draft.change(_ids.TOOLS, 0, "", line, reason)
    return (line,)


# ── running ──────────────────────────────────────────────────────────────────────────────────────


def _start(words: tuple[str, ...], draft: Draft) -> tuple[str, ...] | None:
    reachable(draft)
    if only_arguments(draft.subject, words):
        return words
    if words and words[0].endswith((".js", ".mjs", ".cjs")) and not words[0].startswith("/"):
        words = ("node", *words)  # what the entrypoint of the official image makes of it
    elif words and words[0].startswith("-"):
        words = ("node", *words)
    found = started(words, _manifest(draft))
    if not found.words:
        draft.hand(_ids.SHELL_FORM, 0, " ".join(words), found.trouble)
        return None
    for name, value in found.environment.items():
        draft.environment[name] = env_value(value)
    if found.steps:
        draft.notes["start"] = "; ".join(found.steps)
    if found.tools and _pnpm(draft):
        reason = f"pnpm makes shell scripts of programs: start {found.tools[0]}'s own file by node"
        draft.hand(_ids.SHELL_FORM, 0, " ".join(words), reason)
        return None
    return found.words


def _pnpm(draft: Draft) -> bool:
    return draft.notes.get("node_manager") == "pnpm" or standing_manager(draft.subject) == "pnpm"


def _program(commands: tuple[ShellCommand, ...], draft: Draft) -> str | None:
    """`node app.js --port $PORT`: the same words, with variables replaced by a few lines of it."""
    reachable(draft)
    if len(commands) != 1:
        return None
    only = commands[0]
    if only.unclear or only.redirections or only.within or only.assignments:
        return None
    words = only.words[1:] if only.words[:1] == ("exec",) else only.words
    if len(words) < 2 or words[0] not in ("node", "nodejs") or words[1].startswith("-"):
        return None
    plain = only.plain[-len(words) :]
    values = [_value(words[at], plain[at], only.raw) for at in range(1, len(words))]
    if None in values:
        return None
    return (
        "const { resolve } = require('node:path');\n"
        f"const words = [{', '.join(map(str, values))}].flat();\n"
        "process.argv = [process.execPath, resolve(words[0]), ...words.slice(1)];\n"
        "require('node:module').runMain();\n"
    )


_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)(?:(:?-)([^${}]*))?\})")


def _value(word: str, plain: bool, raw: str) -> str | None:
    """A word of a shell as an expression, None where it is more than text and variables.

    A variable without quotes around it is as many words as it has (IEEE 1003.1, 2.6.5).
    """
    import json

    if plain:
        return json.dumps(word)
    if set(_VARIABLE.sub("", word)) & set("$`*?[\\"):
        return None
    parts = []
    at = 0
    for found in _VARIABLE.finditer(word):
        parts += [json.dumps(text)] if (text := word[at : found.start()]) else []
        operator = "??" if found[3] == "-" else "||"
        default = json.dumps(found[4] or "")
        parts.append(f"(process.env.{found[1] or found[2]} {operator} {default})")
        at = found.end()
    parts += [json.dumps(word[at:])] if word[at:] else []
    quoted = raw.count(f'"{word}"')
    if quoted and quoted != raw.count(word):
        return None
    if len(parts) == 1 and not quoted:
        return f"{parts[0]}.split(/\\s+/).filter(Boolean)"
    return " + ".join(parts)


def _probe(url: str, seconds: int) -> tuple[str, ...]:
    code = (
        f"fetch({url!r}, {{ signal: AbortSignal.timeout({seconds * 1000}) }})"
        ".then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"
    )
    return ("node", "-e", code)


NODE = Language(
    name="node",
    images=_IMAGES,
    recognise=_recognise,
    effect=_effect,
    begin=_begin,
    carry=_carry,
    build_env=lambda name: bool(_BUILD_ENV.fullmatch(name)),
    start=_start,
    program=_program,
    runner=("node",),
    probe=_probe,
    moves=True,
    finish=_finish,
)
"""Node.js by its official images and those of the families."""
