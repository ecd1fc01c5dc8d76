"""Go programs: the main module, the modules it was built from, and the standard library.

Source: Go's `runtime/debug` (BuildInfo.String: the lines `path`, `mod`, `dep`, `=>`, `build`) and
`cmd/go` (which settings exist).

- A replaced module is what replaced it; one replaced by a directory keeps its own name and version,
  because no other is known.
- The main module of a program that was not installed by version says "(devel)". Then its version
  is the one the linker was told to put into a variable (`-X PACKAGE.Version=1.2.3`), or a
  pseudo-version of the revision it was built from. Where nothing is recorded of either, it is the
  only version among the texts the linker was told; or empty.
- A program built without modules only has the path of its main package; its module is the
  repository or the part before "/cmd/".
- `stdlib` is the standard library, its version the toolchain's without "go" ("1.22.3").
"""

from __future__ import annotations

from collections.abc import Iterator

from ironhull.catalogers._binary_probe import record
from ironhull.catalogers._go_version import agreed, main_version, module_of
from ironhull.catalogers._probes import PROGRAMS
from ironhull.catalogers._row import Found, Needs
from ironhull.model import File, Location, Package, Problem, Tree
from ironhull.values import dataclass, field, replace

__all__ = ["parse"]

_NAME = "go"
_DEVEL = "(devel)"


@dataclass(slots=True)
class _Info:
    """A module list: (path, version) of the main module and of the others, and the settings."""

    main: tuple[str, str] = ("", "")
    modules: list[tuple[str, str]] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)
    path: str = ""  # of the main package


def parse(file: File, tree: Tree) -> Iterator[Found]:
    facts = tree.facts(file.path, PROGRAMS.name)
    if (trouble := record(facts, "go!")) is not None:
        yield Problem(_NAME, file.path, trouble.decode("utf-8", "replace"))
    told = record(facts, "go")
    if told is None:
        return
    toolchain, _, modules = told.decode("utf-8", "replace").partition("\0")
    info = _read(modules)
    texts = (record(facts, "go-texts") or b"").decode("ascii", "replace").split()
    if toolchain == "unknown" and not info.modules:
        yield Problem(_NAME, file.path, "a Go program whose build information was removed")
        return
    packages = [_package(name, version, file) for name, version in info.modules if name]
    if library := _standard_library(toolchain):
        packages.append(replace(_package("stdlib", library, file), licenses=("BSD-3-Clause",)))
    yield from packages
    if info.main[0]:
        main = _package(info.main[0], _main_version(info) or agreed(texts), file)
        yield main
        yield Needs(main, tuple(package.purl for package in packages))


def _package(name: str, version: str, file: File) -> Package:
    return Package(
        ecosystem="golang",
        name=name,
        version=version,
        locations=(Location(file.path, file.layer),),
        found_by=_NAME,
    )


def _read(text: str) -> _Info:
    info = _Info()
    for line in text.split("\n"):
        kind, _, rest = line.partition("\t")
        if kind in ("dep", "mod"):
            name, version = _module(rest)
            version = "" if version == _DEVEL and kind == "dep" else version
            if kind == "mod":
                info.main = (name, version)
            else:
                info.modules.append((name, version))
        elif kind == "=>" and info.modules:
            info.modules[-1] = _replaced(info.modules[-1], _module(rest))
        elif kind == "path":
            info.path = rest.strip()
        elif kind == "build":
            key, _, value = rest.partition("=")
            info.settings[_unquoted(key)] = _unquoted(value)
    if not info.main[0]:
        info.main = (module_of(info.path), "")
    return info


def _module(rest: str) -> tuple[str, str]:
    name, _, rest = rest.partition("\t")
    return name.strip(), rest.partition("\t")[0].strip()


def _replaced(old: tuple[str, str], new: tuple[str, str]) -> tuple[str, str]:
    name, version = new
    if name.startswith(("./", "../", "/")) or name in (".", "..") or name[1:3] in (":\\", ":/"):
        return old[0], "" if old[1] == "v0.0.0" else old[1]
    return (name or old[0]), ("" if version == _DEVEL else version)


def _unquoted(text: str) -> str:
    """A key or value that holds blanks or quotes is written as a Go string."""
    if len(text) < 2 or text[0] not in '"`' or text[-1] != text[0]:
        return text
    inside = text[1:-1]
    if text[0] == "`":
        return inside
    return (
        inside.replace('\\"', '"').replace("\\n", "\n").replace("\\t", "\t").replace("\\\\", "\\")
    )


def _main_version(info: _Info) -> str:
    name, version = info.main
    if version not in ("", _DEVEL):
        return version
    return main_version(name, info.settings)


def _standard_library(toolchain: str) -> str:
    """`go1.22.3 X:boringcrypto`, `devel go1.23-8e1fdea831 Fri …` and the like without "go"."""
    for word in toolchain.split():
        if word.startswith("go") and word[2:3].isdigit():
            return word[2:]
    return ""
