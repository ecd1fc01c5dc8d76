""".NET: NuGet packages of applications and shared frameworks, NuGet package folders.

_dotnet_bundle.py finds the deps.json of applications that are a single file.

Sources: github.com/dotnet/sdk, "Runtime configuration files" (`*.deps.json`: runtimeTarget,
targets, libraries); learn.microsoft.com, ".nuspec reference" and "Managing the global packages
folder". Of a deps.json count the libraries of type `package` or `runtimepack` that bring files to
run in its runtime target: others were needed to compile, or come from the shared framework, whose
own deps.json names them. Projects are the application's own code, not NuGet packages. A shared
framework is listed under its own name where its deps.json does not name the NuGet package of the
same content (NAME.Runtime.PLATFORM, since .NET 5).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from ironhull.catalogers._dotnet_nuspec import parse_nuspec
from ironhull.catalogers._fields import load_json, mapping, word
from ironhull.catalogers._probes import DOTNET_BUNDLES
from ironhull.catalogers._row import Found, Needs
from ironhull.model import File, Location, Package, Platform, Problem, Relation, Tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["parse", "relate"]

_NAME = "dotnet"
_RUNTIME_PACK = "runtimepack."
_KINDS = frozenset({"package", "runtimepack"})
_ASSETS = ("runtime", "native", "runtimeTargets", "resources")


def parse(file: File, tree: Tree) -> Iterator[Found]:
    if file.path.endswith(".nuspec"):
        yield from parse_nuspec(file, tree.read(file.path))
        return
    bundled = not file.path.endswith(".deps.json")
    try:
        body = tree.facts(file.path, DOTNET_BUNDLES.name) if bundled else tree.read(file.path)
        document = mapping(load_json(body))
    except ValueError as error:
        yield Problem(_NAME, file.path, f"cannot be read ({error}): its packages are not listed")
        return
    libraries = document.get("libraries")
    if not isinstance(libraries, dict):
        yield Problem(_NAME, file.path, "names no libraries")
        return
    target = _target(document)
    where = Location(file.path, file.layer)
    framework = _framework(file.path)
    for key, library in libraries.items():
        kind = mapping(library).get("type")
        if kind not in _KINDS or (target is not None and not _runs(mapping(target.get(key)))):
            continue
        name, version = _identity(key)
        if not name or not version:
            yield Problem(_NAME, file.path, f"library {key[:60]!r} has no version: not listed")
            continue
        if framework is not None and name.startswith(framework[0] + ".Runtime."):
            framework = None
        package = Package("nuget", name, version, locations=(where,), found_by=_NAME)
        yield package
        yield Needs(package, tuple(_dependencies(mapping((target or {}).get(key)))))
    if framework is not None:
        yield Package("nuget", *framework, locations=(where,), found_by=_NAME)


def _target(document: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The runtime target's libraries; None where the file names none (nothing to filter by)."""
    targets = mapping(document.get("targets"))
    said = document.get("runtimeTarget")
    name = said if isinstance(said, str) else mapping(said).get("name")
    found = targets.get(name) if isinstance(name, str) else None
    if found is None and len(targets) == 1:
        found = next(iter(targets.values()))
    return found if isinstance(found, dict) and found else None


def _runs(library: Mapping[str, Any]) -> bool:
    """Whether a library of the target has files that a program loads; `_._` stands for none."""
    assets = (name for group in _ASSETS for name in mapping(library.get(group)))
    return any(not name.endswith("/_._") for name in assets)


def _identity(key: str) -> tuple[str, str]:
    """NAME/VERSION; runtime packs are the package of that name with a prefix."""
    name, _, version = key.rpartition("/")
    return word(name.removeprefix(_RUNTIME_PACK)), word(version)


def _dependencies(library: Mapping[str, Any]) -> Iterator[str]:
    for name, version in mapping(library.get("dependencies")).items():
        yield f"{name}/{version}"


def _framework(path: str) -> tuple[str, str] | None:
    """Name and version of the shared framework whose deps.json this is: shared/NAME/VERSION."""
    parts = path.split("/")
    if len(parts) < 4 or parts[-4] != "shared" or parts[-1] != f"{parts[-3]}.deps.json":
        return None
    name, version = word(parts[-3]), word(parts[-2])
    return (name, version) if name and version[:1].isdigit() else None


def relate(needs: Sequence[Needs], _tree: Tree, _platform: Platform | None) -> Iterator[Relation]:
    """The target names the exact versions; names are compared without case, as NuGet does."""
    purls: dict[str, str] = {}
    required: dict[str, set[str]] = defaultdict(set)
    for need in needs:
        purl = need.package.purl
        purls[f"{need.package.name}/{need.package.version}".lower()] = purl
        required[purl].update(need.requires)
    for purl, names in required.items():
        for name in names:
            other = purls.get(name.lower())
            if other and other != purl:
                yield Relation(purl, "depends-on", other)
