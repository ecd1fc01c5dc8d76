"""Python: packages go into a virtual environment, which the runtime image takes whole."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ironhull.dockerfiles import Instruction
from ironhull.hardening import _pip, _python_facts
from ironhull.hardening._copies import copy_of
from ironhull.hardening._draft import Draft
from ironhull.hardening._packages import installed_by
from ironhull.hardening._python_program import program, script
from ironhull.hardening._row import Carried, Language, Subject
from ironhull.hardening._tracing import image_version

__all__ = ["PYTHON"]

_IMAGES = ("python", "ghcr.io/astral-sh/uv", "bitnami/python", "cimg/python")
_HARDENED = ("ironhull/python", "dhi.io/python", "cgr.dev/chainguard/python")
_DISTROS = ("debian", "ubuntu", "alpine", "buildpack-deps")
_PACKAGE = re.compile(r"python3(\.\d+)?")
_RELEASES = {
    **{"debian:11": "3.9", "bullseye": "3.9", "debian:12": "3.11", "bookworm": "3.11"},
    **{"debian:13": "3.13", "trixie": "3.13", "ubuntu:20": "3.8", "focal": "3.8"},
    **{"ubuntu:22": "3.10", "jammy": "3.10", "ubuntu:24": "3.12", "noble": "3.12"},
}
"""The Python that a release of a distribution calls python3."""

_VENV = "/opt/venv"
_BUILD_ENV = re.compile(
    r"(PIP|POETRY|UV|PDM|PIPENV|VIRTUALENV|HATCH)_\w+|PIP|DEBIAN_FRONTEND|VIRTUAL_ENV|DEBCONF_\w+"
    r"|CFLAGS|CXXFLAGS|LDFLAGS|CC|CXX|PYTHON_VERSION|PYTHON_PIP_VERSION|PYTHONUSERBASE"
)
_SYSTEM_SITE = re.compile(r"/usr(/local)?(/lib(/python3?(\.\d+)?(/(site|dist)-packages)?)?|/bin)?")
_RUNS = {"poetry": ("run",), "uv": ("run",), "pdm": ("run",), "pipenv": ("run",), "hatch": ("run",)}
_UV_VALUED = (
    "--project",
    "--directory",
    "--package",
    "--extra",
    "--group",
    "--with",
    "-p",
    "--python",
)


@cache
def _table() -> Mapping[str, Any]:
    import tomllib

    return tomllib.loads(Path(__file__).with_name("python.toml").read_text(encoding="utf-8"))


def _recognise(subject: Subject) -> str | None:
    root = subject.root
    version = image_version(root, (*_IMAGES, *_HARDENED))
    if version is not None:
        tag = re.search(r"(?:python|:)(3\.\d+)", root)
        return tag[1] if tag else version
    if image_version(root, _DISTROS) is None:
        return None
    for stage in subject.chain:
        for run in stage.all("RUN"):
            for command in _commands(run):
                install = installed_by(command)
                found = [n for n in install.names if _PACKAGE.fullmatch(n)] if install else []
                if found:
                    named = next((n[6:] for n in found if "." in n), "")
                    return named or next((v for k, v in _RELEASES.items() if k in root), "")
    return None


def _commands(run: Instruction) -> Any:
    from ironhull.dockerfiles import commands_of

    return commands_of(run)


def _begin(draft: Draft) -> tuple[str, ...]:
    draft.notes["venv"] = _VENV
    draft.notes["venv in"] = str(draft.stage.index)
    bare = "" if _uses_pip(draft) else " --without-pip"
    if not bare:
        draft.notes["pip in"] = _VENV
    lines: tuple[str, ...] = (
        f"ENV VIRTUAL_ENV={_VENV} PATH={_VENV}/bin:$PATH",
        f"RUN python3 -m venv{bare} {_VENV}",
    )
    asked = _asked(draft)
    extra = tuple(name for name in _wanted(draft) if name not in asked)
    if extra:
        lines = (_apt(extra), *lines)
        reason = f"the image before had {', '.join(extra)} unasked; the base has not"
        draft.change("IH-D001", 0, "", lines[0], reason)
        draft.closure = True
    return lines


def _apt(names: tuple[str, ...]) -> str:
    listed = " ".join(names)
    return (
        f"RUN apt-get update && apt-get install -y --no-install-recommends {listed} && \\\n"
        "    rm -rf /var/lib/apt/lists/*"
    )


def _wanted(draft: Draft) -> tuple[str, ...]:
    """Packages of Debian that an image without "slim" in its tag gave unasked."""
    root = draft.subject.root
    if image_version(root, ("python",)) is None or re.search(r"slim|alpine", root):
        return ()
    named = _python_facts.distributions(draft.subject) | set(draft.notes.get("named", "").split())
    build: list[str] = []
    for name in sorted(named):
        if name in _table()["build"]:
            build += _table()["build"][name]
            build += ["gcc", "libc6-dev", "python3-dev"]
    run = [p for name in sorted(named) for p in _table()["run"].get(name, ())]
    draft.packages += [name for name in run if name not in draft.packages]
    return tuple(dict.fromkeys((*sorted(set(build)), *run)))


def _asked(draft: Draft) -> set[str]:
    """The packages that the image before asks for by name."""
    runs = (run for stage in draft.subject.chain for run in stage.all("RUN"))
    installs = (installed_by(command) for run in runs for command in _commands(run))
    return {name for install in installs if install for name in install.names}


def _uses_pip(draft: Draft) -> bool:
    """Whether anything in a stage may call pip: all that is not known to do without."""
    for stage in draft.subject.dockerfile.stages:
        for run in stage.all("RUN"):
            for command in _commands(run):
                words = (command.program, *command.arguments[:3])
                if command.unclear or re.match(r"pip(3(\.\d+)?)?$|spacy$", command.program):
                    return True
                if command.program.startswith("python") and {"pip", "spacy"} & set(words):
                    return True
    return False


def _carry(draft: Draft) -> tuple[Carried, ...]:
    found = []
    venv = draft.notes.get("venv")
    made = int(draft.notes.get("venv in", "-1"))
    if venv and (made in {s.index for s in draft.subject.chain} or "copied" in draft.notes):
        found.append(Carried(venv, venv))
        draft.environment["PATH"] = f"{venv}/bin:$PATH"
    if target := draft.notes.get("target"):
        found.append(Carried(target, target))
    return tuple(found)


def _copied(instruction: Instruction, draft: Draft) -> tuple[Carried, ...] | None:
    """Site packages that another stage filled, by whatever way people copy them."""
    copy = copy_of(instruction, draft.subject, draft.subject.stage)
    if copy is None or not copy.origin or not draft.notes.get("venv"):
        return None
    stage = draft.subject.dockerfile.stage(copy.origin)
    if stage is None or stage.index not in draft.begun:
        return None
    prefix = draft.notes.get("prefix", "")
    for source in copy.sources:
        home = re.fullmatch(r"(/root|/home/\w+)/\.local(/(bin|lib)(/.*)?)?", source)
        site = _SYSTEM_SITE.fullmatch(source)
        if not (home or site or (prefix and _pip.inside(source, prefix))):
            return None
    draft.notes["copied"] = stage.key
    return (Carried(draft.notes["venv"], draft.notes["venv"]),)


def _build_env(name: str) -> bool:
    return bool(_BUILD_ENV.fullmatch(name))


def _start(words: tuple[str, ...], _: Draft) -> tuple[str, ...]:
    program_ = posixpath.basename(words[0])
    if program_.startswith("python") and len(words) > 3 and words[1] == "-m" and words[2] in _RUNS:
        words, program_ = words[2:], words[2]
    if program_ in _RUNS and words[1:2] == _RUNS[program_]:
        words = _after_options(words[2:])
        if words and words[0].endswith(".py"):
            words = ("python3", *words)
    if not words:
        return words
    first = words[0]
    if re.fullmatch(r"(/usr/local/bin|/usr/bin|/root/\.local/bin|/home/\w+/\.local/bin)/.+", first):
        first = posixpath.basename(first)
    if re.fullmatch(r"python3\.\d+", first):
        first = "python3"
    return (first, *words[1:])


def _after_options(words: tuple[str, ...]) -> tuple[str, ...]:
    at = 0
    while at < len(words) and words[at].startswith("-"):
        at += 2 if words[at] in _UV_VALUED else 1
    return words[at:]


def _probe(url: str, seconds: int) -> tuple[str, ...]:
    code = f"from urllib.request import urlopen; urlopen('{url}', timeout={seconds})"
    return ("python3", "-c", code)


def _finish(draft: Draft) -> tuple[str, ...]:
    """pip has done its work: a package manager is not for the runtime image."""
    lines = _relinked(draft)
    where = draft.notes.get("pip in")
    lineage = {str(stage.index) for stage in draft.subject.scope.lineage(draft.stage)}
    if draft.notes.get("venv in") not in lineage:
        return ()
    if not where or draft.notes.get("in project") == "poetry":
        return lines
    if where == _VENV and draft.stage.index in draft.begun:
        return ("RUN pip uninstall --yes pip", *lines)
    return (f"RUN {where}/bin/python3 -m pip uninstall --yes pip", *lines)


def _relinked(draft: Draft) -> tuple[str, ...]:
    """The virtual environment on the runtime's interpreter, where it lies elsewhere there."""
    venv, interpreter = draft.notes.get("venv"), draft.pair.interpreter
    if not venv or not interpreter or not _official(draft):
        return ()
    return (
        f"RUN ln -sf {interpreter} {venv}/bin/python3 && \\\n"
        f"    sed -i 's|^home = .*|home = {posixpath.dirname(interpreter)}|' {venv}/pyvenv.cfg",
    )


def _system(names: tuple[str, ...], draft: Draft) -> tuple[str, ...]:
    """Headers of the base's Python, which the official image has beside its own build of it."""
    compiles = {"gcc", "g++", "build-essential", "clang", "cargo", "rustc"} & set(names)
    named = any(re.fullmatch(r"python3(\.\d+)?-dev", name) for name in names)
    debian = draft.pair.interpreter.startswith("/usr/bin/") and not _official(draft)
    return ("python3-dev",) if compiles and debian and not named else ()


def _official(draft: Draft) -> bool:
    """Whether the build image has its Python in /usr/local, as the official one does."""
    return image_version(draft.pair.build, ("python",)) is not None


def _shells(subject: Subject) -> tuple[tuple[str, str], ...]:
    return tuple((call, f"{path}:{line}") for path, line, call in _python_facts.shells(subject))


PYTHON = Language(
    name="python",
    images=_IMAGES,
    recognise=_recognise,
    effect=_pip.effect,
    begin=_begin,
    carry=_carry,
    build_env=_build_env,
    start=_start,
    program=program,
    script=script,
    shells=_shells,
    runner=("python3",),
    probe=_probe,
    moves=True,
    copied=_copied,
    finish=_finish,
    system=_system,
    programs=_python_facts.programs,
    writes=_python_facts.writes,
)
"""CPython apps: pip, pyproject, uv, poetry, pdm, pipenv."""
