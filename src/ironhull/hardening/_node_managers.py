"""npm, yarn and pnpm: which one an app uses, installing without development packages, pruning."""

from __future__ import annotations

import posixpath
import re
import shlex

from ironhull.dockerfiles import ShellCommand, commands_of
from ironhull.hardening._node_facts import Manifest
from ironhull.hardening._row import Subject
from ironhull.hardening._tracing import builders

__all__ = ["asked", "install_tools", "is_install", "omitting", "prune", "standing_manager"]

_YARN = "yarn@1.22.22"  # the last of Yarn Classic
_PNPM = {"9": "pnpm@9", "6": "pnpm@8", "5": "pnpm@7"}
"""pnpm by the major of its lock file's version (pnpm.io, "pnpm-lock.yaml" of each release)."""

_LOCKS = {"package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml"}
_VERBS = {
    "npm": ("install", "ci", "i", "clean-install", "ic", "install-clean"),
    "yarn": ("install",),
    "yarnpkg": ("install",),
    "pnpm": ("install", "i"),
}
_OMITTED = re.compile(
    r"--(?:production|prod|only[= ]prod(?:uction)?|omit[= ]dev)(?:=true)?|-P|--production=true"
)


def _verb(command: ShellCommand) -> str:
    plain = [word for word in command.arguments if not word.startswith("-")]
    if command.program in ("yarn", "yarnpkg") and not plain:
        return "install"
    return plain[0] if plain else ""


def is_install(command: ShellCommand) -> bool:
    """Whether it installs what package.json asks for."""
    return _verb(command) in _VERBS.get(command.program, ())


def asked(command: ShellCommand) -> bool:
    """Whether it installs packages by name, or does not know what it installs."""
    plain = [word for word in command.arguments if not word.startswith("-")]
    words = [word for word in plain[1:] if word not in ("dev", "production", "prod")]
    return bool(words) or not all(command.plain)


def omitting(command: ShellCommand, manifest: Manifest, subject: Subject) -> str:
    """The command without development packages; "" where it is so, or cannot be said.

    (docs.npmjs.com, "npm ci": --omit; classic.yarnpkg.com, "yarn install": --production;
    pnpm.io, "pnpm install": --prod.) Later releases of Yarn have no such option.
    """
    text = " ".join(command.words)
    if _OMITTED.search(text) or subject_is_production(command, subject):
        return ""
    if command.program in ("yarn", "yarnpkg") and is_berry(manifest, subject):
        return ""
    flag = {"npm": "--omit=dev", "pnpm": "--prod"}.get(command.program, "--production")
    verb = _verb(command)
    words = list(command.words)
    if verb in words:
        words.insert(words.index(verb) + 1, flag)
    else:
        words += ["install", flag]
    assigned = "".join(f"{name}={shlex.quote(value)} " for name, value in command.assignments)
    return assigned + " ".join(shlex.quote(word) for word in words)


def subject_is_production(command: ShellCommand, subject: Subject) -> bool:
    """Whether NODE_ENV says production where it runs: npm and Yarn Classic leave out the rest."""
    if dict(command.assignments).get("NODE_ENV") == "production":
        return True
    for stage in subject.dockerfile.stages:
        for instruction in stage.all("RUN"):
            if instruction.start <= command.line <= instruction.end:
                return subject.scope.variables(instruction).get("NODE_ENV") == "production"
    return False


def is_berry(manifest: Manifest, subject: Subject) -> bool:
    """Whether Yarn is of release 2 or later."""
    if re.match(r"yarn@[2-9]", manifest.manager):
        return True
    path = posixpath.join(manifest.folder, ".yarnrc.yml")
    return path in subject.context.files()


def prune(manager: str, folder: str, workdir: str) -> str:
    """The RUN that takes development packages away after a build."""
    command = {
        "npm": "npm prune --omit=dev --ignore-scripts",
        "pnpm": "CI=true pnpm prune --prod --ignore-scripts",
    }.get(manager, "yarn install --production --frozen-lockfile")
    place = "" if folder == workdir else f"cd {shlex.quote(folder)} && "
    return f"RUN {place}{command}"


def standing_manager(subject: Subject) -> str:
    """yarn or pnpm where the app uses it and no step installs it; "" else: npm is there."""
    used: set[str] = set()
    for stage in subject.dockerfile.stages:
        for _, instruction in builders(subject, stage):
            for command in commands_of(instruction):
                name = "yarn" if command.program == "yarnpkg" else command.program
                used.add(name)
                if command.program == "corepack" or "-g" in command.words:
                    used |= {f"+{word.split('@')[0]}" for word in command.words}
                if command.program == "corepack":
                    used |= {"+yarn", "+pnpm"}
    present = {posixpath.basename(path) for path in subject.context.files()}
    for name, lock in (("pnpm", "pnpm-lock.yaml"), ("yarn", "yarn.lock")):
        if name in used and f"+{name}" not in used and (lock in present or not present & _LOCKS):
            return name
    return ""


def install_tools(subject: Subject, manifest: Manifest | None, manager: str = "") -> str:
    """The command that installs the app's package manager; "" where it is npm or not known."""
    said = manifest.manager.partition("+")[0] if manifest else ""
    if re.fullmatch(r"pnpm@\d[\w.-]*|yarn@1[\w.-]*", said):
        return f"npm install --global {said}"
    folder = manifest.folder if manifest else ""
    lock = subject.context.read(posixpath.join(folder, "pnpm-lock.yaml"))
    if lock is not None and manager in ("", "pnpm"):
        found = re.match(rb"lockfileVersion:\s*'?(\d+)", lock)
        return f"npm install --global {_PNPM.get(found[1].decode() if found else '', 'pnpm@9')}"
    if said.startswith("yarn@") or (manifest and is_berry(manifest, subject)):
        return "npm install --global corepack@0.31 && corepack enable yarn"
    yarn = subject.context.read(posixpath.join(folder, "yarn.lock"))
    return f"npm install --global {_YARN}" if yarn is not None or manager == "yarn" else ""
