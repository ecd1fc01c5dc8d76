"""What the files of a Node.js app say: its scripts, its dependencies, which of them are native."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ironhull.hardening._context import Context
from ironhull.hardening._row import Subject
from ironhull.values import dataclass

__all__ = ["Manifest", "imported", "manifest_of", "native"]

_SPECIFIER = re.compile(
    r"""(?:\bfrom\s*|\brequire\s*\(\s*|\bimport\s*\(\s*|\bimport\s+|\brequire\.resolve\s*\(\s*)["'`]([^"'`\n]+)["'`]"""
)
_PLATFORM = re.compile(
    rb"node-gyp|node-addon-api|prebuild-install|node-pre-gyp|\bnan@|\bbindings@|napi|@prisma/|"
    rb"linux-x64|linux-arm64|requiresBuild: true|\bsharp@|\bcanvas@|puppeteer"
)
_SOURCES = (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".tsx", ".jsx", ".vue", ".svelte")
_FOR_TESTS = re.compile(
    r"(?:^|/)(?:tests?|__tests__|__mocks__|spec|e2e|cypress|fixtures|node_modules)/"
    r"|\.(?:test|spec|stories|config|d)\.[cm]?[jt]sx?$|(?:^|/)\.[^/]+$"
)


@dataclass(frozen=True, slots=True)
class Manifest:
    """package.json (docs.npmjs.com, "package.json"): what of it hardening looks at.

    `folder` is where the context has it, "" the root; `manager` is as packageManager says it.
    """

    folder: str
    scripts: Mapping[str, str]
    dependencies: frozenset[str]
    development: frozenset[str]
    manager: str
    main: str


def manifest_of(subject: Subject) -> Manifest | None:
    """The app's package.json: the one copied to the working directory, else the context's own."""
    for folder in _folders(subject):
        data = subject.context.read(posixpath.join(folder, "package.json"))
        if data is not None:
            return _manifest(data, folder)
    return None


def _folders(subject: Subject) -> Iterator[str]:
    """Folders of the context that a COPY takes package.json from, then its root."""
    for stage in reversed(subject.dockerfile.stages):
        for copy in stage.all("COPY", "ADD"):
            for word in subject.scope.words(copy)[:-1] if copy.flag("from") is None else ():
                source = posixpath.normpath(word).lstrip("/")
                if re.fullmatch(r"(.*/)?package(\*|-lock|\.|\.json|\*\.json)?[^/]*", source):
                    yield posixpath.dirname(source)
                elif f"{source}/package.json" in subject.context.files():
                    yield source
    yield ""


def _manifest(data: bytes, folder: str) -> Manifest | None:
    import json

    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None
    scripts = {key: value for key, value in _table(said, "scripts").items() if type(value) is str}
    needed = {*_table(said, "dependencies"), *_table(said, "optionalDependencies")}
    return Manifest(
        folder,
        scripts,
        frozenset(needed),
        frozenset(_table(said, "devDependencies")) - needed,
        str(said.get("packageManager", "")),
        str(said.get("main", "")),
    )


def _table(said: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = said.get(key)
    return found if isinstance(found, dict) else {}


def imported(context: Context, names: frozenset[str]) -> tuple[str, str] | None:
    """(package, file) of the first of `names` that a file of the app imports when it runs.

    Tests, settings of build tools and type declarations are not looked at; of TypeScript,
    `import type` is gone when it runs.
    """
    for path in context.files() if names else ():
        if path.endswith(_SOURCES) and not _FOR_TESTS.search(path):
            text = (context.read(path) or b"").decode("utf-8", "replace")
            for found in _SPECIFIER.finditer(re.sub(r"\b(?:im|ex)port\s+type\b[^;\n]*", "", text)):
                package = _package(found[1])
                if package in names:
                    return package, path
    return None


def _package(specifier: str) -> str:
    """`@scope/name` or `name` of `name/inner/file`."""
    parts = specifier.split("/")
    return "/".join(parts[:2]) if specifier.startswith("@") else parts[0]


def native(subject: Subject, folder: str) -> str:
    """What of the lock file is code for one platform or C library; "" where nothing is.

    package-lock.json of version 2 and later tells it of each package (docs.npmjs.com,
    "package-lock.json": hasInstallScript, cpu, libc; dev); of other files, names of what compiles
    or chooses by platform. Where there is no lock file nobody knows: "packages without a lock
    file".
    """
    names = ("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml")
    for name in names:
        data = subject.context.read(posixpath.join(folder, name))
        if data is not None:
            found = _by_platform(data) if name.endswith(".json") else None
            return _named(data) if found is None else found
    return "packages without a lock file"


def _named(data: bytes) -> str:
    found = _PLATFORM.search(data)
    return found[0].decode("ascii", "replace").strip() if found else ""


def _by_platform(data: bytes) -> str | None:
    import json

    try:
        packages = json.loads(data).get("packages")
    except (ValueError, AttributeError, RecursionError):
        return None
    if not isinstance(packages, dict):
        return None
    for path, row in packages.items():
        if path and isinstance(row, dict) and _for_one_platform(row):
            return str(path).rpartition("node_modules/")[2]
    return ""


def _for_one_platform(row: Mapping[str, Any]) -> bool:
    if row.get("dev") or row.get("devOptional"):
        return False
    return bool(row.get("hasInstallScript") or row.get("libc") or row.get("cpu"))
