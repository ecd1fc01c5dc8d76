"""The two rules of docs/adr/0001: imports point down, every file of a plural folder is listed."""

import ast
import importlib
import inspect
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import ironhull
from ironhull import errors
from tests.images import layout

SRC = Path(ironhull.__file__).parent

LEVELS: dict[str, int] = {
    **dict.fromkeys(("values", "lazy"), -1),
    **dict.fromkeys(("__init__", "model", "errors", "limits"), 0),
    **dict.fromkeys(
        ("ecosystems", "oci", "transport", "counts", "base_image", "subject", "signing"), 1
    ),
    "containers": 2,
    **dict.fromkeys(("copies", "rego", "health", "licenses", "dockerfiles"), 1),
    **dict.fromkeys(("store", "compare", "debian", "documents", "registry", "explain"), 2),
    "hardening": 2,
    **dict.fromkeys(
        ("sources", "catalogers", "advisories", "predicates", "builders", "formats", "config"), 3
    ),
    **dict.fromkeys(("ignore", "statements", "attestations", "policies", "detectors"), 3),
    "pipeline": 4,
    "commands": 5,
    "__main__": 6,
}
"""The unit (first part of the module name) and its level; a singular module shares its unit."""

SINGULAR = {
    "catalog": "catalogers",
    "inventory": "catalogers",
    "match": "advisories",
    "building": "pipeline",
    "attest": "predicates",
    "vex": "statements",
    "policy": "policies",
    "posture": "detectors",
    "attesting": "pipeline",
    "stating": "pipeline",
    "vexing": "pipeline",
    "weighing": "pipeline",
    "mirroring": "pipeline",
    "judging": "pipeline",
    "inspecting": "pipeline",
    "searching": "pipeline",
    "signatures": "pipeline",
    "licensing": "pipeline",
    "scanning": "pipeline",
    "dockerbuilding": "pipeline",
    "patching": "pipeline",
    "basing": "pipeline",
    "proving": "pipeline",
    "plugin": "__main__",
    "recommending": "pipeline",
    "places": "config",
    "base_choice": "base_image",
    "harden": "hardening",
}
"""Singular filters and the plural folder they form one unit with."""

HEAVY = (
    "argparse",
    "dataclasses",
    "msgspec",
    "ssl",
    "urllib3",
    "yaml",
    "sqlite3",
    "rich",
    "json",
    "typing",
    "re",
    "enum",
)


def _unit(module: str) -> str:
    name = module.split(".")[1] if "." in module else "__init__"
    return SINGULAR.get(name, name)


@cache
def _modules() -> list[str]:
    found = [ironhull.__name__]
    found += [m.name for m in pkgutil.walk_packages([str(SRC)], "ironhull.")]
    return found


def _imports(module: str) -> Iterator[str]:
    path = SRC.joinpath(*module.split(".")[1:])
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("ironhull"):
            yield from _imported_from(node)
        elif isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.startswith("ironhull"))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield from _named_lazily(node)


def _named_lazily(call: ast.Call) -> Iterator[str]:
    """What `lazily("ironhull.…", name)` imports."""
    assert isinstance(call.func, ast.Name)
    if call.func.id == "lazily":
        assert isinstance(call.args[0], ast.Constant), "lazily wants the name of a module"
        yield call.args[0].value


def _imported_from(node: ast.ImportFrom) -> Iterator[str]:
    assert node.module is not None
    if node.module != "ironhull":
        yield node.module
    for alias in node.names:
        name = f"{node.module}.{alias.name}"
        if name in _modules():
            yield name
        elif node.module == "ironhull":
            yield "ironhull"


@pytest.mark.parametrize("module", _modules())
def test_imports_point_down(module: str) -> None:
    unit = _unit(module)
    assert unit in LEVELS, f"{module}: give the unit {unit!r} a level"
    for imported in _imports(module):
        other = _unit(imported)
        if other != unit:
            assert LEVELS[other] < LEVELS[unit], (
                f"{module} (level {LEVELS[unit]}) imports {imported}"
            )


@pytest.mark.parametrize(
    "folder", ["ecosystems", "sources", "catalogers", "advisories", "predicates", "formats"]
)
def test_every_file_of_a_plural_folder_is_in_its_list(folder: str) -> None:
    listed = set(_imports(f"ironhull.{folder}"))
    for path in (SRC / folder).glob("[!_]*.py"):
        module = f"ironhull.{folder}.{path.stem}"
        users = {m for m in _modules() if m.startswith(f"ironhull.{folder}.") and m != module}
        if module not in listed and not any(module in set(_imports(user)) for user in users):
            pytest.fail(f"{module} is in no list of {folder}/__init__.py and nobody uses it")


@pytest.mark.parametrize("module", _modules())
def test_every_exception_descends_from_error(module: str) -> None:
    if module.endswith("__main__"):
        return
    for _, value in inspect.getmembers(importlib.import_module(module), inspect.isclass):
        if issubclass(value, Exception) and value.__module__.startswith("ironhull"):
            assert issubclass(value, errors.Error)


def test_every_file_is_one_thing() -> None:
    long = {
        str(p.relative_to(SRC)): n
        for p in SRC.rglob("*.py")
        if (n := len(p.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert not long


def test_version_imports_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv=['ironhull','--version']; from ironhull.__main__ import main; main()"
    )
    code += "; print(*sorted(sys.modules))"
    out = subprocess.run(
        [sys.executable, "-S", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(SRC.parent)},
    ).stdout
    loaded = set(out.splitlines()[1].split())
    assert not loaded.intersection(HEAVY)


UNUSED = (
    *("argparse", "gettext", "locale", "typing", "pathlib", "contextlib", "importlib"),
    *("urllib.parse", "ipaddress", "base64", "tempfile", "signal"),
    *("ironhull.model._reports", "ironhull.store.images", "ironhull.commands._reports"),
    *("dataclasses", "msgspec", "packaging.version", "uuid", "yaml", "sqlite3", "rich"),
    *("urllib3", "ssl", "zipfile", "license_expression", "datetime"),
    *("ironhull.documents", "ironhull.transport", "ironhull.registry"),
    *("ironhull.catalogers.npm", "ironhull.catalogers.python", "ironhull.catalogers.rpm"),
)
"""What the SBOM of a small Debian image does not wait for, though nothing is cached."""


def test_a_first_sbom_imports_what_its_image_needs(tmp_path: Path) -> None:
    status = "Package: bash\nStatus: install ok installed\nVersion: 5.2\nArchitecture: amd64\n\n"
    release = b"ID=debian\nVERSION_ID=13\n"
    files = {"etc/os-release": release, "var/lib/dpkg/status": status.encode()}
    image = layout(tmp_path, "image", files)
    code = (
        "import sys; from ironhull.commands import run;"
        " code = run(sys.argv[1:]); print(*sorted(sys.modules), file=sys.stderr); sys.exit(code)"
    )
    words = ["sbom", f"oci-dir://{image}", "--format", "cyclonedx", "-q"]
    ran = subprocess.run(
        [sys.executable, "-c", code, *words],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(SRC.parent), "IRONHULL_HOME": str(tmp_path / "home")},
    )
    assert '"purl": "pkg:deb/debian/bash@5.2?arch=amd64&distro=debian-13"' in ran.stdout
    assert not set(ran.stderr.split()).intersection(UNUSED)
