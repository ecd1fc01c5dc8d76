"""What the installers of Python do in a RUN: pip, uv, poetry, pdm, pipenv, virtual environments."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable

from ironhull.dockerfiles import ShellCommand
from ironhull.hardening._draft import Draft
from ironhull.hardening._python_facts import local_inputs, normal
from ironhull.hardening._row import Effect
from ironhull.hardening._tracing import image_version, stage_root
from ironhull.values import replace

__all__ = ["effect"]

_TOOLS = frozenset(
    {"poetry", "pdm", "uv", "pipenv", "hatch", "build", "pip-tools", "virtualenv", "twine", "flit"}
    | {"poetry-plugin-export", "hatchling", "flit-core", "poetry-core", "tox", "nox", "pipx"}
)
_SEEDS = frozenset({"pip", "setuptools", "wheel"})
_VALUED = frozenset(
    {"-r", "--requirement", "-c", "--constraint", "-e", "--editable", "-t", "--target"}
    | {"--prefix", "--root", "-i", "--index-url", "--extra-index-url", "-f", "--find-links"}
    | {"--trusted-host", "--timeout", "--retries", "--progress-bar", "--platform", "--abi"}
    | {"--python-version", "--implementation", "--no-binary", "--only-binary", "--cache-dir", "-w"}
    | {"--wheel-dir", "--python", "--cert", "--proxy", "--config-settings", "-C", "--group"}
)
_TOOLBOX = "/opt/tools"
_PIP_CACHE = "/root/.cache/pip"


def effect(command: ShellCommand, draft: Draft) -> Effect | None:
    """See `_row.Language.effect`."""
    program, words = command.program, command.arguments
    if re.fullmatch(r"python(3(\.\d+)?)?", program):
        return _python(command, words, draft)
    if re.fullmatch(r"pip(3(\.\d+)?)?", program):
        return _pip(command, words, draft)
    row = _ROWS.get(program)
    found = row(command, words, draft) if row else None
    return replace(found, before=_for_uv(draft)) if found and program == "uv" else found


def _for_uv(draft: Draft) -> str:
    """uv takes the base's Python, and is there where the image before was its own."""
    variables = draft.subject.scope.environment(draft.stage)
    said = "" if "UV_PYTHON_DOWNLOADS" in variables else "UV_PYTHON_DOWNLOADS=never"
    if ".python-version" in draft.subject.context.files() and "UV_PYTHON" not in variables:
        said = f"UV_PYTHON=python3 {said}".strip()
    if image_version(stage_root(draft.subject, draft.stage), ("ghcr.io/astral-sh/uv",)) is None:
        return f"ENV {said}" if said else ""
    install = f"RUN python3 -m venv {_TOOLBOX} && {_TOOLBOX}/bin/pip install uv"
    return f"ENV {said} PATH=$PATH:{_TOOLBOX}/bin\n{install}"


def _python(command: ShellCommand, words: tuple[str, ...], draft: Draft) -> Effect | None:
    if words[:1] == ("-m",) and len(words) > 1:
        module, rest = words[1], words[2:]
        if module == "pip":
            return _pip(command, rest, draft)
        if module in ("venv", "virtualenv"):
            return _venv(command, rest, draft)
        if module == "ensurepip":
            return Effect("drops", reason="the build image has pip")
        if module == "spacy" and rest[:1] == ("download",):
            return Effect("installs", inputs=())
        row = _ROWS.get(module)
        return row(command, rest, draft) if row else None
    if words[:2] in (("setup.py", "install"), ("setup.py", "develop")):
        return Effect("installs")
    return None


def _venv(command: ShellCommand, words: tuple[str, ...], draft: Draft) -> Effect:
    paths = [w for w in words if not w.startswith("-")]
    if not paths or paths[-1].startswith("$"):
        name = paths[-1].strip("${}") if paths else ""
        value = draft.subject.scope.environment(draft.stage).get(name, "")
        paths = [value] if value else []
    if not paths:
        return Effect("writes")
    _makes(draft.absolute(paths[-1]), draft)
    if command.program != "uv" and "--without-pip" not in words:
        draft.notes["pip in"] = draft.notes["venv"]
    return Effect("keeps", inputs=())


def _makes(path: str, draft: Draft) -> None:
    """Note the virtual environment that the present stage makes."""
    draft.notes["venv"] = path
    draft.notes["venv in"] = str(draft.stage.index)


def _pip(command: ShellCommand, words: tuple[str, ...], draft: Draft) -> Effect:
    verb, rest = _verb(words)
    if verb == "install":
        return _install(command, rest, draft)
    if verb in ("wheel", "download"):
        inputs = _inputs(_parsed(rest)[1], draft)
        return Effect("keeps", text=_bare(command.raw), inputs=inputs, cache=_PIP_CACHE)
    if verb in ("cache", "list", "freeze", "check", "--version", "config", "debug"):
        return Effect("drops" if verb == "cache" else "keeps", inputs=())
    return Effect("keeps" if verb == "uninstall" else "writes")


def _verb(words: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    at = 0
    while at < len(words) and words[at].startswith("-") and words[at] != "--version":
        at += 2 if words[at] in _VALUED else 1
    return (words[at], words[at + 1 :]) if at < len(words) else ("", ())


def _parsed(words: tuple[str, ...]) -> tuple[list[str], dict[str, list[str]]]:
    """(names and paths, values by option)."""
    names: list[str] = []
    options: dict[str, list[str]] = {}
    at = 0
    while at < len(words):
        name, equals, value = words[at].partition("=")
        if words[at].startswith("-"):
            if not equals and name in _VALUED and at + 1 < len(words):
                at += 1
                value = words[at]
            elif re.fullmatch(r"-[rcet]\S+", words[at]):
                name, value = words[at][:2], words[at][2:]
            options.setdefault(name, []).append(value)
        else:
            names.append(words[at])
        at += 1
    return names, options


def _install(command: ShellCommand, words: tuple[str, ...], draft: Draft) -> Effect:
    names, options = _parsed(words)
    named = {normal(name) for name in names}
    files = [k for k in options if k in ("-r", "--requirement", "-e", "--editable", "--group")]
    if not files and named and named <= _SEEDS:
        text = draft.subject.dockerfile.text
        if "--no-build-isolation" in text or "setup.py" in text:
            return Effect("keeps", inputs=())
        return Effect("drops", reason="the build image has a current pip")
    if not files and named and named <= _TOOLS | _SEEDS:
        return _tool(command)
    for option in ("-t", "--target"):
        for target in options.get(option, ()):
            draft.notes["target"] = draft.absolute(target)
    for target in options.get("--prefix", ()):
        draft.notes["prefix"] = draft.absolute(target)
    if "--root" in options:
        return Effect("writes")
    text = _bare(command.raw)
    inputs = _inputs({**options, "": names}, draft)
    _requirements(names, draft)
    for name in names:
        if name.startswith(("/", ".")) and not name.endswith((".whl", ".gz", ".zip")):
            path = draft.absolute(name.partition("[")[0])
            draft.notes["installed"] = f"{draft.notes.get('installed', '')} {path}".strip()
    kind = "keeps" if "target" in draft.notes else "installs"
    return Effect(kind, text=text, inputs=inputs, cache=_PIP_CACHE, reason=_why(command.raw, text))


def _tool(command: ShellCommand) -> Effect:
    """Programs of the build apart from the app's packages, and from Debian's own."""
    text = _bare(command.raw) or command.raw
    text = re.sub(r"^\s*(\S*python\S*\s+-m\s+)?\S*pip[\d.]*(?=\s)", f"{_TOOLBOX}/bin/pip", text)
    return Effect(
        "tool",
        text=f"python3 -m venv {_TOOLBOX} && {text}",
        reason="a program of the build, in an environment of its own that does not ship",
        inputs=(),
        cache=_PIP_CACHE,
        before=f"ENV PATH=$PATH:{_TOOLBOX}/bin",
    )


def _requirements(names: list[str], draft: Draft) -> None:
    """Note the distributions that a command names itself."""
    found = {normal(n) for n in names if not n.startswith((".", "/", "-", "$")) and n}
    known = set(draft.notes.get("named", "").split())
    draft.notes["named"] = " ".join(sorted(known | found))


def _inputs(options: dict[str, list[str]], draft: Draft) -> tuple[str, ...] | None:
    """The files of the context that an installation reads; None where it reads a project."""
    if any(key in options for key in ("-e", "--editable", "--group", "-f", "--find-links")):
        return None
    found: list[str] = []
    for name in options.get("", ()):
        if name.startswith((".", "/", "$", "file:")) or name.endswith((".whl", ".tar.gz", ".zip")):
            return None
    for key in ("-r", "--requirement", "-c", "--constraint"):
        for path in options.get(key, ()):
            read = local_inputs(path, draft)
            if read is None:
                return None
            found += read
    return tuple(found)


def _bare(raw: str) -> str:
    """Without what a virtual environment refuses, and without the ban on pip's cache."""
    text = re.sub(r"\s--(user|system|no-cache-dir|no-cache|break-system-packages)(?=\s|$)", "", raw)
    text = re.sub(r"\s--root-user-action[= ]\w+", "", text)
    text = re.sub(r"\s--prefix[= ]\S+", "", text)
    text = re.sub(r"^(sudo\s+(-\S+\s+)*)", "", text)
    return text if text != raw else ""


def _why(raw: str, text: str) -> str:
    if not text:
        return ""
    if "--user" in raw or "--prefix" in raw or "--system" in raw:
        return "the virtual environment is where packages go"
    return "the cache is a mount: it is in no layer and speeds up the next build"


def _uv(command: ShellCommand, words: tuple[str, ...], draft: Draft) -> Effect | None:
    verb, rest = _verb(words)
    cache = "/root/.cache/uv"
    if verb == "venv":
        return _venv(command, rest or (".venv",), draft)
    if verb == "pip" and rest[:1] in (("install",), ("sync",)):
        names, options = _parsed(rest[1:])
        inputs = None if rest[0] == "sync" else _inputs({**options, "": names}, draft)
        if rest[0] == "sync":
            inputs = _inputs({"-r": names}, draft)
        _requirements(names if rest[0] == "install" else [], draft)
        text = _bare(command.raw)
        why = _why(command.raw, text)
        return Effect("installs", text=text, inputs=inputs, cache=cache, reason=why)
    if verb == "sync":
        variables = draft.subject.scope.environment(draft.stage)
        folder = variables.get("UV_PROJECT_ENVIRONMENT", ".venv")
        if not folder.startswith(("/usr/local", "/usr")):
            _makes(draft.absolute(folder), draft)
        kind = "keeps" if not folder.startswith(("/usr/local", "/usr")) else "installs"
        inputs = ("pyproject.toml", "uv.lock") if "--no-install-project" in rest else None
        text = _bare(command.raw)
        return Effect(kind, text=text, inputs=inputs, cache=cache, reason=_why(command.raw, text))
    if verb in ("export", "lock", "pip", "python", "build", "cache", "--version"):
        return Effect("keeps")
    return None


def _poetry(_: ShellCommand, words: tuple[str, ...], draft: Draft) -> Effect | None:
    verb, rest = _verb(words)
    if verb == "config":
        if "in-project" in " ".join(rest) and "true" in rest:
            draft.notes["in project"] = "poetry"
        return Effect("keeps", inputs=())
    if verb in ("install", "sync"):
        inputs = ("pyproject.toml", "poetry.lock") if "--no-root" in rest else None
        variables = draft.subject.scope.environment(draft.stage)
        inside = variables.get("POETRY_VIRTUALENVS_IN_PROJECT", "").lower() in ("1", "true")
        cache = "/root/.cache/pypoetry"
        if inside or "in project" in draft.notes:
            draft.notes["in project"] = "poetry"
            _makes(draft.absolute(".venv"), draft)
            draft.notes["pip in"] = draft.notes["venv"]
            return Effect("keeps", inputs=inputs, cache=cache)
        return Effect("installs", inputs=inputs, cache=cache)
    return Effect("keeps") if verb in ("export", "self", "check", "lock", "cache", "env") else None


def _pdm(_: ShellCommand, words: tuple[str, ...], draft: Draft) -> Effect | None:
    verb, rest = _verb(words)
    if verb in ("install", "sync"):
        _makes(draft.absolute(".venv"), draft)
        alone = "--no-self" in rest or "--no-editable" in rest
        return Effect("keeps", inputs=("pyproject.toml", "pdm.lock") if alone else None)
    return Effect("keeps") if verb in ("export", "config", "use", "venv", "lock", "self") else None


def _pipenv(command: ShellCommand, words: tuple[str, ...], draft: Draft) -> Effect | None:
    verb, _rest = _verb(words)
    if verb in ("install", "sync"):
        variables = draft.subject.scope.environment(draft.stage)
        text = re.sub(r"\s--system(?=\s|$)", "", command.raw)
        text = text if text != command.raw else ""
        assigned = dict(command.assignments)
        inside = assigned.get("PIPENV_VENV_IN_PROJECT", variables.get("PIPENV_VENV_IN_PROJECT"))
        if inside in ("1", "true") and not text:
            _makes(draft.absolute(".venv"), draft)
            return Effect("keeps", inputs=("Pipfile", "Pipfile.lock"))
        why = "pipenv installs into the virtual environment it is started in" if text else ""
        return Effect("installs", text=text, inputs=("Pipfile", "Pipfile.lock"), reason=why)
    return Effect("keeps") if verb in ("requirements", "lock", "--version") else None


_Row = Callable[[ShellCommand, tuple[str, ...], Draft], Effect | None]
_ROWS: dict[str, _Row] = {
    "uv": _uv,
    "poetry": _poetry,
    "pdm": _pdm,
    "pipenv": _pipenv,
    "virtualenv": _venv,
    "pip-sync": lambda *_: Effect("installs"),
}


def inside(path: str, folder: str) -> bool:
    """Whether `path` is `folder` or in it."""
    return path == folder or path.startswith(posixpath.join(folder, ""))
