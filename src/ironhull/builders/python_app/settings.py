"""`[tool.ironhull.build]` and what else a pyproject.toml says of a project; nothing is run.

[tool.ironhull.build]
base = "python:3.13-debian13"     # a name in the local store or a catalog definition
platform = "linux/amd64"
requirements = "requirements.txt" # or a list; without it requirements.txt, then [project]
groups = ["prod"]                 # dependency groups (PEP 735)
extras = ["postgres"]             # optional dependencies of [project] (PEP 621)
entrypoint = ["python3", "-m", "app"]
cmd = []
port = 5000                       # or ports = [5000, "53/udp"]
user = "65532"                    # a name of the base's passwd, or UID[:GID]
writable = ["/data"]              # directories made for the user
include = ["src/**"]              # ship nothing else
exclude = ["docs"]                # more lines of .dockerignore
env = { LANG = "C.UTF-8" }
labels = { team = "front" }
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ironhull.errors import DefinitionError
from ironhull.limits import LIMITS

__all__ = ["AppSettings", "Project", "read_project"]


@dataclass(frozen=True, slots=True)
class AppSettings:
    """The keys of `[tool.ironhull.build]`; None or empty means: guess."""

    base: str = ""
    platform: str = ""
    requirements: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[str, ...] = ()
    user: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    writable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Project:
    """A directory with a Python app: its settings and the static facts of pyproject.toml.

    `has_metadata` tells whether there is a `[project]` table, `is_package` whether there is a
    `[build-system]` (the project can be installed), `dependency_groups` is the table as written.
    """

    context: Path
    settings: AppSettings = AppSettings()
    has_metadata: bool = False
    is_package: bool = False
    name: str = ""
    version: str = ""
    requires_python: str = ""
    dependencies: tuple[str, ...] = ()
    optional: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dynamic: tuple[str, ...] = ()
    scripts: Mapping[str, str] = field(default_factory=dict)
    dependency_groups: Mapping[str, Any] = field(default_factory=dict)
    urls: Mapping[str, str] = field(default_factory=dict)


def read_project(context: Path) -> Project:
    """Read `context`/pyproject.toml where there is one.

    Raises DefinitionError: no such directory, not TOML, unknown or ill-typed setting.
    """
    if not context.is_dir():
        raise DefinitionError(
            f"no directory {context} to build from", "give the directory of the project"
        )
    values = _load(context / "pyproject.toml")
    tool = values.get("tool", {})
    ironhull = _is_table(
        tool.get("ironhull", {}) if isinstance(tool, dict) else {}, "tool.ironhull"
    )
    _refuse_unknown(ironhull, "tool.ironhull", {"build"})
    build = ironhull.get("build", {})
    project = values.get("project")
    facts = _metadata(project) if isinstance(project, dict) else {}
    groups = values.get("dependency-groups", {})
    return Project(
        context=context,
        settings=_settings(build),
        is_package="build-system" in values,
        dependency_groups=groups if isinstance(groups, dict) else {},
        **facts,
    )


def _load(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    if path.stat().st_size > LIMITS.definition_bytes:
        raise DefinitionError(
            f"{path}: larger than {LIMITS.definition_bytes} bytes", "this is no pyproject.toml"
        )
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as trouble:
        raise DefinitionError(f"{path}: {trouble}", "pyproject.toml must be TOML") from None


_PROJECT_KEYS = frozenset(
    {
        *("name", "version", "description", "readme", "requires-python", "license"),
        *("license-files", "authors", "maintainers", "keywords", "classifiers", "urls", "scripts"),
        *("gui-scripts", "entry-points", "dependencies", "optional-dependencies", "dynamic"),
        *("import-names", "import-namespaces"),
    }
)
"""The keys of the pyproject.toml specification of PyPA, with those of PEP 639 and PEP 794."""

# ── [project] ────────────────────────────────────────────────────────────────────────────────────


def _metadata(project: Mapping[str, Any]) -> dict[str, Any]:
    _refuse_unknown(project, "project", _PROJECT_KEYS, sure=False)
    optional = project.get("optional-dependencies", {})
    return {
        "has_metadata": True,
        "name": _is_text(project.get("name", ""), "project.name"),
        "version": _is_text(project.get("version", ""), "project.version"),
        "requires_python": _is_text(project.get("requires-python", ""), "project.requires-python"),
        "dependencies": _texts(project.get("dependencies", []), "project.dependencies"),
        "optional": {
            _normal(name): _texts(value, f"project.optional-dependencies.{name}")
            for name, value in _is_table(optional, "project.optional-dependencies").items()
        },
        "dynamic": _texts(project.get("dynamic", []), "project.dynamic"),
        "scripts": _text_table(project.get("scripts", {}), "project.scripts"),
        "urls": _text_table(project.get("urls", {}), "project.urls"),
    }


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


# ── [tool.ironhull.build] ────────────────────────────────────────────────────────────────────────


def _settings(build: object) -> AppSettings:
    table = dict(_is_table(build, "tool.ironhull.build"))
    _refuse_unknown(table, "tool.ironhull.build", _KEYS.keys())
    if "port" in table and "ports" in table:
        raise DefinitionError(
            "pyproject.toml: tool.ironhull.build has both port and ports", "keep one of them"
        )
    values: dict[str, Any] = {}
    for key, value in table.items():
        field_name, read = _KEYS[key]
        values[field_name] = read(value, f"tool.ironhull.build.{key}")
    return AppSettings(**values)


def _refuse_unknown(
    table: Mapping[str, Any], where: str, known: Set[str], *, sure: bool = True
) -> None:
    """DefinitionError for a key of `table` that is not `known`.

    Where we cannot be `sure` to know them all, only for one that looks like a mistyped known key.
    """
    for key in table:
        if key in known:
            continue
        near = difflib.get_close_matches(key, known, 1, 0.6 if sure else 0.85)
        if not near and not sure:
            continue
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(known))}"
        raise DefinitionError(f"pyproject.toml: unknown key {where}.{key}", hint)


def _fail(where: str, wanted: str, value: object) -> DefinitionError:
    return DefinitionError(f"pyproject.toml: {where} must be {wanted}, not {value!r}", "correct it")


def _is_text(value: object, where: str) -> str:
    if not isinstance(value, str) or "\0" in value or "\n" in value:
        raise _fail(where, "a string of one line", value)
    return value


def _is_table(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _fail(where, "a table", value)
    return value


def _texts(value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise _fail(where, "a list of strings", value)
    return tuple(_is_text(item, where) for item in value)


def _text_or_texts(value: object, where: str) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else _texts(value, where)


def _command(value: object, where: str) -> tuple[str, ...]:
    if isinstance(value, str):
        raise _fail(where, "a list of strings (there is no shell to split it)", value)
    return _texts(value, where)


def _text_table(value: object, where: str) -> Mapping[str, str]:
    table = _is_table(value, where)
    return {key: _is_text(item, f"{where}.{key}") for key, item in table.items()}


def _environment(value: object, where: str) -> Mapping[str, str]:
    table = _text_table(value, where)
    for key in table:
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", key):
            raise _fail(where, "a table of environment variables", key)
    return table


def _ports(value: object, where: str) -> tuple[str, ...]:
    found = []
    for item in value if isinstance(value, list) else [value]:
        match = re.fullmatch(r"([0-9]{1,5})(?:/(tcp|udp|sctp))?", str(item))
        if isinstance(item, bool) or not match or not 0 < int(match[1]) < 65536:
            raise _fail(where, 'a port such as 8000 or "53/udp"', item)
        found.append(f"{int(match[1])}/{match[2] or 'tcp'}")
    return tuple(found)


def _user(value: object, where: str) -> str:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not re.fullmatch(r"[A-Za-z0-9_][\w.-]*(:[\w.-]+)?", text):
        raise _fail(where, 'a user such as "65532" or "app:app"', value)
    return text


def _directories(value: object, where: str) -> tuple[str, ...]:
    found = _text_or_texts(value, where)
    for path in found:
        parts = path.strip("/").split("/")
        if not path.startswith("/") or any(part in ("", ".", "..") for part in parts):
            raise _fail(where, "a list of absolute directories", path)
    return found


_KEYS: dict[str, tuple[str, Callable[[object, str], Any]]] = {
    "base": ("base", _is_text),
    "platform": ("platform", _is_text),
    "requirements": ("requirements", _text_or_texts),
    "groups": ("groups", _texts),
    "extras": ("extras", _texts),
    "entrypoint": ("entrypoint", _command),
    "cmd": ("cmd", _command),
    "env": ("env", _environment),
    "port": ("ports", _ports),
    "ports": ("ports", _ports),
    "user": ("user", _user),
    "labels": ("labels", _text_table),
    "include": ("include", _texts),
    "exclude": ("exclude", _texts),
    "writable": ("writable", _directories),
}
