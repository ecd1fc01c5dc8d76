"""What the sources of a Python app tell: which files it writes, which programs it starts."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterator

from ironhull.hardening._copies import context_path
from ironhull.hardening._draft import Draft
from ironhull.hardening._row import Subject

__all__ = ["distributions", "local_inputs", "normal", "programs", "shells", "sources", "writes"]

_TESTS = re.compile(
    r"(^|/)(tests?|docs?|examples?|migrations|\.venv|venv|node_modules)/|conftest\.py$"
)
_RUNNERS = ("run", "Popen", "call", "check_call", "check_output", "which", "create_subprocess_exec")
_STARTS = re.compile(rb"subprocess|Popen|which\(|check_call|check_output")
_SHELL = re.compile(rb"shell|os\.system|os\.popen")
_WRITES = re.compile(
    rb"open\([^)\n]*,|mode|write_|sqlite|mkdir|makedirs|FileHandler|shelve|dbm|touch\("
)
_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")


def normal(name: str) -> str:
    """A distribution's name without extras and versions, normalised (PEP 503)."""
    found = _NAME.match(name)
    return re.sub(r"[-_.]+", "-", found[1]).lower() if found else ""


def local_inputs(path: str, draft: Draft) -> tuple[str, ...] | None:
    """A requirements file and those it names, absolute in the image; None where it cannot tell."""
    if "$" in path or "://" in path or "*" in path:
        return None
    found: list[str] = []
    waiting = [draft.absolute(path)]
    while waiting:
        here = waiting.pop()
        if here in found:
            continue
        found.append(here)
        where = context_path(here, draft.subject, draft.stage, draft.at)
        body = draft.subject.context.read(where) if where else None
        if body is None:
            return None
        for line in body.decode("utf-8", "replace").splitlines():
            if re.match(r"\s*(-e|--editable|\./|\.\./|/|file:|\.\s*$|\.\[)", line):
                return None
            if nested := re.match(r"\s*(?:-r|-c|--requirement|--constraint)[= ]*(\S+)", line):
                if "://" in nested[1]:
                    continue
                waiting.append(
                    posixpath.normpath(posixpath.join(posixpath.dirname(here), nested[1]))
                )
    return tuple(found)


def distributions(subject: Subject) -> frozenset[str]:
    """Names of all distributions that requirement files, pyproject and lock files name."""
    found: set[str] = set()
    for path in subject.context.files():
        name = posixpath.basename(path)
        if re.fullmatch(r"(requirements.*|constraints.*)\.(txt|in)", name) or (
            "requirements" in path.split("/")[:-1] and name.endswith(".txt")
        ):
            body = (subject.context.read(path) or b"").decode("utf-8", "replace")
            found |= {n for line in body.splitlines() if (n := normal(line))}
        elif name in ("poetry.lock", "uv.lock", "pdm.lock"):
            body = (subject.context.read(path) or b"").decode("utf-8", "replace")
            found |= {normal(n) for n in re.findall(r'^name = "([^"]+)"', body, re.MULTILINE)}
        elif name in ("pyproject.toml", "Pipfile", "Pipfile.lock", "setup.cfg", "setup.py"):
            body = (subject.context.read(path) or b"").decode("utf-8", "replace")
            found |= {normal(n) for n in re.findall(r"[\"']([A-Za-z][\w.-]+)", body)}
            found |= {normal(n) for n in re.findall(r"^([\w.-]+) *=", body, re.MULTILINE)}
    return frozenset(found)


def sources(subject: Subject, wanted: re.Pattern[bytes]) -> Iterator[tuple[str, ast.Module]]:
    """The parsed Python files of the context that hold `wanted`, tests left out."""
    import warnings

    for path in subject.context.files():
        if path.endswith(".py") and not _TESTS.search(path):
            body = subject.context.read(path)
            if body is None or not wanted.search(body):
                continue
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    yield path, ast.parse(body)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue


def programs(subject: Subject) -> frozenset[str]:
    """Programs that the sources start by name: the first word of subprocess calls, `which`."""
    found: set[str] = set()
    for _, tree in sources(subject, _STARTS):
        for call in _calls(tree):
            if _called(call) in _RUNNERS and call.args:
                first = call.args[0]
                if isinstance(first, ast.List | ast.Tuple) and first.elts:
                    first = first.elts[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    words = first.value.split()
                    found |= {posixpath.basename(words[0])} if words else set()
    return frozenset(found)


def shells(subject: Subject) -> Iterator[tuple[str, int, str]]:
    """(file, line, call) where the sources want a shell."""
    for path, tree in sources(subject, _SHELL):
        for call in _calls(tree):
            name = _called(call)
            shell = any(
                k.arg == "shell" and isinstance(k.value, ast.Constant) and k.value.value is True
                for k in call.keywords
            )
            dotted = ast.unparse(call.func) if isinstance(call.func, ast.Attribute) else name
            if shell or dotted in ("os.system", "os.popen") or name == "create_subprocess_shell":
                yield path, call.lineno, ast.unparse(call)[:60]


def writes(subject: Subject) -> tuple[tuple[str, str], ...]:
    """(absolute folder or "" for the app's own, "file:line: what") of writes the sources show."""
    found: list[tuple[str, str]] = []
    for path, tree in sources(subject, _WRITES):
        for node in ast.walk(tree):
            target = _written(node)
            if target is None or target.startswith(("/tmp", "/dev/", "/var/tmp")):  # noqa: S108 - in an image
                continue
            folder = posixpath.dirname(target) if target.startswith("/") else ""
            found.append((folder, f"{path}:{getattr(node, 'lineno', 0)}"))
    return tuple(found)


def _written(node: ast.AST) -> str | None:
    """The path a node writes, "" where it is not a plain word; None where it writes nothing."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        found = re.match(r"sqlite(?:\+\w+)?:///(.*)$", node.value)
        return found[1].split("?")[0] if found and ":memory:" not in found[1] else None
    if not isinstance(node, ast.Call):
        return None
    name = _called(node)
    if name == "open" and isinstance(node.func, ast.Name):
        mode = node.args[1] if len(node.args) > 1 else _keyword(node, "mode")
        text = mode.value if isinstance(mode, ast.Constant) else ""
        return _path(node) if isinstance(text, str) and set(text) & set("wax+") else None
    if name in ("write_text", "write_bytes", "touch") and isinstance(node.func, ast.Attribute):
        return ""
    dotted = ast.unparse(node.func) if isinstance(node.func, ast.Attribute) else name
    if dotted in ("os.makedirs", "os.mkdir", "sqlite3.connect", "shelve.open", "dbm.open"):
        path = _path(node)
        return None if path == ":memory:" else path
    if name in ("FileHandler", "RotatingFileHandler", "TimedRotatingFileHandler"):
        return _path(node)
    return None


def _path(call: ast.Call) -> str:
    first = call.args[0] if call.args else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((k.value for k in call.keywords if k.arg == name), None)


def _calls(tree: ast.Module) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""
