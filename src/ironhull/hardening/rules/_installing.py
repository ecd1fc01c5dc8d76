"""Rules about packages that a build installs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ironhull.dockerfiles import Instruction, ShellCommand
from ironhull.hardening.rules._row import Case, Rule, Said

__all__ = ["INSTALL_RULES", "installed_packages"]

_APT = frozenset({"apt-get", "apt", "aptitude"})
_RPM = frozenset({"dnf", "yum", "microdnf"})
_CLEANED = _RPM | {"zypper"}
_MANAGERS = _APT | _RPM | {"apk", "zypper"}
_INSTALLING = frozenset({"install", "add", "reinstall"})
_VALUED = frozenset({"-t", "--target-release", "-o", "-c", "--repository", "-X", "--virtual"})
_TOOLS = frozenset(
    {
        *("gcc", "g++", "clang", "build-essential", "make", "cmake", "automake", "autoconf"),
        *("gfortran", "cargo", "rustc", "golang", "golang-go", "default-jdk", "maven", "gradle"),
        *("git", "subversion", "mercurial", "build-base", "pkg-config", "pkgconf", "ninja-build"),
        *("gdb", "strace", "vim", "nano", "emacs", "telnet", "nmap", "tcpdump", "netcat"),
        *("netcat-openbsd", "netcat-traditional", "curl", "wget", "python3-dev", "python3-pip"),
        *("nodejs-dev", "npm", "yarn", "gcc-c++", "musl-dev", "linux-headers", "openjdk-21-jdk"),
        *("openjdk-17-jdk", "openjdk-11-jdk", "cython3", "patch", "bison", "flex", "swig"),
    }
)
_DEVELOPMENT = re.compile(r"^(lib|python3).*-dev(el)?$|-dev$|-devel$")


def installed_packages(command: ShellCommand) -> tuple[str, ...]:
    """The names that a command of a distribution's package manager installs, without versions."""
    if command.program not in _MANAGERS:
        return ()
    words = iter(command.arguments)
    verb, found = "", []
    for word in words:
        if word in _VALUED:
            next(words, None)
        elif not word.startswith("-") and not verb:
            verb = word
        elif not word.startswith("-"):
            found.append(re.split(r"[=<>~]", word.partition(":")[0])[0])
    return tuple(found) if verb in _INSTALLING else ()


def _verb(command: ShellCommand, *names: str) -> bool:
    words = [w for w in command.arguments if not w.startswith("-")]
    return bool(words) and words[0] in names


def _mounts(instruction: Instruction, *places: str) -> bool:
    """Whether a cache is mounted on a folder of `places`, or above or below it."""
    for mount in instruction.flagged("mount"):
        options = dict(p.partition("=")[::2] for p in mount.split(","))
        target = next((options[k] for k in ("target", "dst", "destination") if k in options), "")
        around = [p for p in places if p.startswith(target.rstrip("/")) or target.startswith(p)]
        if target and around and options.get("type") in ("cache", "tmpfs"):
            return True
    return False


def _removes(commands: tuple[ShellCommand, ...], folder: str) -> bool:
    for command in commands:
        if command.program in ("rm", "find") and any(
            w.startswith(folder) or (len(w) > 4 and folder.startswith(w.rstrip("/*")))
            for w in command.arguments
        ):
            return True
    return False


def _left(case: Case) -> Iterator[Said]:
    """Lists and caches of package managers in what ships."""
    for instruction in case.steps("RUN", shipped=True):
        commands = case.commands(instruction)
        if any(c.program in _APT and _verb(c, "update") for c in commands):
            what = "the list of packages"
            places: tuple[str, ...] = ("/var/lib/apt/lists",)
        elif any(c.program in _RPM and _verb(c, "install", "update") for c in commands):
            what, places = "the cache of packages", ("/var/cache/dnf", "/var/cache/yum")
        elif any(c.program == "zypper" and _verb(c, "install", "in") for c in commands):
            what, places = "the cache of packages", ("/var/cache/zypp",)
        elif not _without_cache(commands):
            what, places = "the index of packages", ("/var/cache/apk", "/etc/apk/cache")
        else:
            continue
        cleaned = any(c.program in _CLEANED and _verb(c, "clean") for c in commands)
        cleaned = cleaned or any(_removes(commands, place) for place in places)
        if not cleaned and not _mounts(instruction, *places):
            yield instruction, f"{what} ({places[0]}) stays in the layer"


def _without_cache(commands: tuple[ShellCommand, ...]) -> bool:
    apk = [c for c in commands if c.program == "apk" and _verb(c, "add", "update", "upgrade")]
    return all("--no-cache" in c.arguments for c in apk)


def _pip_cache(case: Case) -> Iterator[Said]:
    for instruction in case.steps("RUN", shipped=True):
        variables = case.scope.variables(instruction)
        for command in case.commands(instruction):
            said = _caching(command, instruction, variables.get("PIP_NO_CACHE_DIR", ""))
            if said and not _removes(case.commands(instruction), "/root/.cache"):
                yield instruction, said
                break


def _caching(command: ShellCommand, instruction: Instruction, turned_off: str) -> str:
    words = command.arguments
    pip = re.fullmatch(r"pip(3(\.\d+)?)?", command.program) is not None
    if re.fullmatch(r"python(3(\.\d+)?)?", command.program) and words[:2] == ("-m", "pip"):
        pip, words = True, words[2:]
    if pip and words[:1] in (("install",), ("wheel",)):
        off = "--no-cache-dir" in words or turned_off not in ("", "0", "off", "false")
        if not off and not _mounts(instruction, "/root/.cache"):
            return "the cache of pip stays in the layer"
    npm = command.program == "npm" and words[:1] in (("install",), ("ci",), ("i",))
    cleaned = _mounts(instruction, "/root/.npm") or "npm cache clean" in instruction.line
    return "the cache of npm stays in the layer" if npm and not cleaned else ""


def _tools(case: Case) -> Iterator[Said]:
    removed: set[str] = set()
    for instruction in case.steps("RUN", shipped=True):
        commands = case.commands(instruction)
        removed = {w for c in commands if _verb(c, "remove", "purge", "del") for w in c.arguments}
        found = [
            name
            for command in commands
            for name in installed_packages(command)
            if (name in _TOOLS or _DEVELOPMENT.search(name))
            and not removed.intersection((name, _virtual(command)))
        ]
        if found and not any("--auto-remove" in c.arguments for c in commands):
            names = ", ".join(dict.fromkeys(found[:6])) + (" …" if len(found) > 6 else "")
            yield instruction, f"what only a build or an intruder needs ships: {names}"


def _virtual(command: ShellCommand) -> str:
    """The name under which `apk add --virtual NAME` puts packages, by which they are removed."""
    words = command.arguments
    for index, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name in ("-t", "--virtual"):
            return value if equals else "".join(words[index + 1 : index + 2])
    return "-"


def _recommended(case: Case) -> Iterator[Said]:
    for instruction in case.steps("RUN", shipped=True):
        for command in case.commands(instruction):
            if command.program not in _APT or not _verb(command, "install"):
                continue
            off = any("no-install-recommends" in w.lower() for w in command.arguments)
            off = off or any("Install-Recommends=" in w for w in command.arguments)
            if not off:
                yield instruction, "packages that are only recommended are installed as well"
                break


def _alone(case: Case) -> Iterator[Said]:
    for instruction in case.steps("RUN"):
        commands = case.commands(instruction)
        apt = [c for c in commands if c.program in _APT]
        alone = apt and all(_verb(c, "update") for c in apt)
        if alone and not _mounts(instruction, "/var/lib/apt"):
            yield instruction, "lists updated in a step of their own grow old in the cache"


def _upgraded(case: Case) -> Iterator[Said]:
    for instruction in case.steps("RUN", shipped=True):
        for command in case.commands(instruction):
            if command.program in _MANAGERS and _verb(
                command, "upgrade", "dist-upgrade", "full-upgrade", "distro-sync"
            ):
                yield instruction, f"{command.raw[:60]!r} gives another image every day"
                break


INSTALL_RULES = (
    Rule(
        "IH-D008",
        "warning",
        "Lists of a package manager stay in a layer",
        "They make the image larger and each build of it different.",
        "In the same RUN: `rm -rf /var/lib/apt/lists/*`, `apk add --no-cache`, `dnf clean all`; or "
        "mount a cache: `RUN --mount=type=cache,target=/var/lib/apt …`.",
        _left,
        "FROM debian:13\nRUN apt-get update && apt-get install -y libpq5\n",
        "FROM debian:13\nRUN apt-get update && apt-get install -y libpq5 \\\n"
        " && rm -rf /var/lib/apt/lists/*\n",
    ),
    Rule(
        "IH-D009",
        "warning",
        "The cache of pip or npm stays in a layer",
        "It makes the image larger and is of no use in it.",
        "`RUN --mount=type=cache,target=/root/.cache pip install …`, or `--no-cache-dir`.",
        _pip_cache,
        "FROM debian:13\nRUN pip install flask\n",
        "FROM debian:13\nRUN pip install --no-cache-dir flask\n",
    ),
    Rule(
        "IH-D017",
        "warning",
        "Tools of the build in the final stage",
        "Compilers, headers and clients are what an intruder looks for first, and most findings of "
        "a scan are theirs.",
        "Install them in a stage of their own and copy from it what runs.",
        _tools,
        "FROM debian:13\nRUN apt-get install -y gcc\n",
        "FROM debian:13 AS builder\nRUN apt-get install -y gcc\nFROM debian:13\n"
        "COPY --from=builder /app /app\n",
    ),
    Rule(
        "IH-D021",
        "note",
        "Recommended packages are installed too",
        "They are often many times what was asked for.",
        "`apt-get install --no-install-recommends …`.",
        _recommended,
        "FROM debian:13\nRUN apt-get install -y libpq5\n",
        "FROM debian:13\nRUN apt-get install -y --no-install-recommends libpq5\n",
    ),
    Rule(
        "IH-D022",
        "warning",
        "Lists are updated in a step of their own",
        "The step stays in the build cache: a later install takes old versions, or fails because "
        "they are gone.",
        "`apt-get update && apt-get install …` in one RUN.",
        _alone,
        "FROM debian:13\nRUN apt-get update\nRUN apt-get install -y libpq5\n",
        "FROM debian:13\nRUN apt-get update && apt-get install -y libpq5\n",
    ),
    Rule(
        "IH-D030",
        "note",
        "The whole distribution is upgraded",
        "Two builds differ, layers of the base are there twice, and nobody sees what changed.",
        "Take a newer base, pinned by digest.",
        _upgraded,
        "FROM debian:13\nRUN apt-get update && apt-get upgrade -y\n",
        "FROM debian:13\nRUN apt-get update && apt-get install -y libssl3t64\n",
    ),
)
