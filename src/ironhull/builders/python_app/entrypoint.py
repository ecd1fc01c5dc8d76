"""How the app starts: settings first, then what the project says, then what its source shows.

Source is parsed (`ast`), never imported.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from ironhull.builders.python_app.settings import Project
from ironhull.builders.python_app.target import Target
from ironhull.errors import BuildError
from ironhull.limits import LIMITS

__all__ = ["Start", "find_start"]

_MODULES = ("app", "main", "wsgi", "asgi", "server", "run", "application")
_FRAMEWORKS = {"Flask": "wsgi", "Quart": "asgi", "FastAPI": "asgi", "Starlette": "asgi"}
_NAMES = ("app", "application")
_DEFAULT_PORT = 8000


@dataclass(frozen=True, slots=True)
class Start:
    """A command to start; `scripts` are console scripts to write (name -> module:object).

    `port` is the one the guess listens on, 0 where the guess does not know.
    """

    entrypoint: tuple[str, ...]
    cmd: tuple[str, ...] = ()
    scripts: Mapping[str, str] = field(default_factory=dict)
    port: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Module:
    """What the source of a module shows: a web application object, a main guard."""

    name: str
    path: str
    kind: str = ""
    object: str = ""
    runs: bool = False


def find_start(
    project: Project,
    target: Target,
    *,
    shipped: Collection[str],
    packages: Collection[str],
    commands: Collection[str],
) -> Start:
    """Decide entrypoint and cmd.

    `shipped` are paths of the app relative to its root, `packages` normalized names of installed
    distributions, `commands` names of installed console scripts. Raises BuildError when nothing
    tells how to start.
    """
    settings = project.settings
    scripts = dict(project.scripts)
    if settings.entrypoint or settings.cmd:
        return _of_settings(project, target, commands, scripts)
    if len(scripts) == 1:
        name = next(iter(scripts))
        path = f"/{target.scripts}/{name}"
        return Start((path,), (), scripts, 0, (f"entrypoint {path} (the one of project.scripts)",))
    modules = _read_modules(project, shipped)
    port = _first_port(settings.ports)
    start = _of_modules(modules, target, packages, port) or _of_package(target, shipped)
    if start is None:
        raise BuildError(
            f"nothing in {project.context} tells how the app starts",
            'set entrypoint in [tool.ironhull.build], such as ["python3", "-m", "app"]',
        )
    return Start(start.entrypoint, start.cmd, scripts, start.port, start.notes)


def _first_port(ports: Collection[str]) -> int:
    return next((int(port.split("/")[0]) for port in ports), 0)


def _of_settings(
    project: Project, target: Target, commands: Collection[str], scripts: Mapping[str, str]
) -> Start:
    """`python` becomes the interpreter of the base, which may have no command of that name."""
    entrypoint = project.settings.entrypoint
    cmd = project.settings.cmd or ()
    first, *rest = entrypoint or cmd
    notes: tuple[str, ...] = ()
    if first in ("python", "python3", f"python{target.python}"):
        notes = (f"{first} is {target.interpreter}",) if first == "python" else ()
        first = target.interpreter
    elif "/" not in first and (first in commands or first in scripts):
        first = f"/{target.scripts}/{first}"
    if entrypoint:
        return Start((first, *rest), cmd, scripts, 0, notes)
    return Start((), (first, *rest), scripts, 0, notes)


# ── guesses ──────────────────────────────────────────────────────────────────────────────────────


def _of_modules(
    modules: list[_Module], target: Target, packages: Collection[str], port: int
) -> Start | None:
    python = target.interpreter
    for module in modules:
        if not module.object:
            continue
        port = port or _DEFAULT_PORT
        served = _server(module, packages, port)
        if served:
            words, why = served
            return Start((python, *words), (), {}, port, (why,))
        if module.runs:
            break
        if module.kind == "wsgi" and "flask" in packages:
            words = ("-m", "flask", "--app", module.name, "run")
            why = (
                f"entrypoint flask run: {module.path} holds an app and no WSGI server is installed"
            )
            cmd = ("--host", "0.0.0.0", "--port", str(port))  # noqa: S104 - in the container
            return Start((python, *words), cmd, {}, port, (why,))
    for module in modules:
        if module.runs:
            why = f"entrypoint python {module.path}"
            return Start((python, f"/app/{module.path}"), (), {}, 0, (why,))
    return None


def _server(
    module: _Module, packages: Collection[str], port: int
) -> tuple[tuple[str, ...], str] | None:
    place = f"{module.name}:{module.object}"
    everywhere = f"0.0.0.0:{port}"
    known: tuple[tuple[str, str, tuple[str, ...]], ...] = (
        ("gunicorn", "wsgi", ("--bind", everywhere, "--worker-tmp-dir", "/dev/shm", place)),  # noqa: S108 - in the container
        ("waitress", "wsgi", (f"--listen={everywhere}", *_called(module))),
        ("uvicorn", "asgi", ("--host", "0.0.0.0", "--port", str(port), place)),  # noqa: S104 - in the container
        ("hypercorn", "asgi", ("--bind", everywhere, place)),
    )
    for server, kind, words in known:
        if server in packages and kind == module.kind:
            return ("-m", server, *words), f"entrypoint {server} serving {place} on {everywhere}"
    return None


def _called(module: _Module) -> tuple[str, ...]:
    """How waitress is told of an application or of what makes one."""
    if module.object.endswith("()"):
        return "--call", f"{module.name}:{module.object.removesuffix('()')}"
    return (f"{module.name}:{module.object}",)


def _of_package(target: Target, shipped: Collection[str]) -> Start | None:
    found = sorted(
        match[1].replace("/", ".")
        for path in shipped
        if (match := re.fullmatch(r"(?:src/)?([A-Za-z_]\w*)/__main__\.py", path))
    )
    if len(found) != 1:
        return None
    why = f"entrypoint python -m {found[0]} (its __main__.py)"
    return Start((target.interpreter, "-m", found[0]), (), {}, 0, (why,))


def _read_modules(project: Project, shipped: Collection[str]) -> list[_Module]:
    found = []
    for name in _MODULES:
        for path in (f"{name}.py", f"{name}/__init__.py", f"src/{name}.py"):
            if path in shipped:
                file = project.context / path
                if file.is_file() and file.stat().st_size <= LIMITS.definition_bytes:
                    found.append(_inspect(name, path, file.read_bytes()))
    return found


def _inspect(name: str, path: str, source: bytes) -> _Module:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return _Module(name, path)
    kind = object_ = ""
    runs = False
    factories: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Call) and (made := _framework(inner)):
                    factories[node.name] = made
        elif isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Call):
            made = _framework(node.value) or factories.get(_callee(node.value), "")
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [t.id for t in targets if isinstance(t, ast.Name) and t.id in _NAMES]
            if made and names:
                kind, object_ = made, names[0]
        elif isinstance(node, ast.If) and "__name__" in ast.dump(node.test):
            runs = True
    if not object_ and "create_app" in factories and factories["create_app"] == "wsgi":
        kind, object_ = "wsgi", "create_app()"
    return _Module(name, path, kind, object_, runs)


def _callee(call: ast.Call) -> str:
    if isinstance(call.func, ast.Name):
        return call.func.id
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _framework(call: ast.Call) -> str:
    return _FRAMEWORKS.get(_callee(call), "")
