"""SBOM files that software brings with it into an image.

Docker Hardened Images keep theirs in opt/docker/sbom, Bitnami beside each component
(`.spdx-NAME.spdx`), Wolfi and Chainguard one per apk in var/lib/db/sbom, Python wheels what was
bundled into them in `*.dist-info/sboms` (PEP 770), pip in `_vendor/bom.cdx.json`. What is in them
and was found by its own cataloger too is one package with one more place. What a document marks as
not delivered (CycloneDX scope "excluded": tools of the build and tests) is left out. Packages of
the distribution are taken from its own database where there is one: that knows what is installed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from ironhull.catalogers._places import WHEEL_METADATA
from ironhull.catalogers._python_relations import canonical
from ironhull.catalogers._row import Found, Needs
from ironhull.errors import FormatError
from ironhull.model import File, Location, Package, Platform, Problem, Relation, Tree
from ironhull.values import replace

__all__ = ["parse", "relate"]

_NAME = "embedded-sbom"
_WHEELS = ".dist-info/sboms/"
_VENDORED = "/_vendor/"
_DATABASES = {
    "deb": ("var/lib/dpkg/status", "var/lib/dpkg/status.d"),
    "apk": ("lib/apk/db/installed", "usr/lib/apk/db/installed"),
    "rpm": ("var/lib/rpm", "usr/lib/sysimage/rpm", "var/lib/rpmmanifest"),
}
"""By ecosystem, where a distribution's own database lies."""

_QUALIFIED = frozenset({"generic", "bitnami", "dhi", "docker"})
"""Ecosystems that have no cataloger of their own whose packages these must be equal to."""


def parse(file: File, tree: Tree) -> Iterator[Found]:
    from ironhull.documents import read_document

    prepare = partial(_leave_out, vendored=_VENDORED in file.path)
    try:
        sbom = read_document(tree.read(file.path), file.path, prepare=prepare)
    except FormatError as trouble:
        message = trouble.message.removeprefix(f"{file.path}: ")
        yield Problem(_NAME, file.path, f"was not read: {message}")
        return
    bundled = _WHEELS in file.path or _VENDORED in file.path
    wheel = _wheel(file, tree) if bundled else None
    here = (Location(file.path, file.layer),)
    for package in sbom.packages:
        found = _installed(package, tree, wheel)
        if found is None or (bundled and not _is_bundled(found)):
            continue
        yield replace(found, locations=here, found_by=_NAME, owned_by="", removed_in="")
        if wheel is not None and not _same(found, wheel):
            yield Needs(found, requires=(wheel.purl,))
    for problem in sbom.problems:
        yield Problem(_NAME, file.path, f"{problem.where}: {problem.message}")


def _leave_out(document: object, *, vendored: bool) -> None:
    """Take components of scope "excluded" out of a CycloneDX document (CycloneDX 1.6).

    A list of what is vendored names the Python package it is for, without a package URL.
    """
    if not isinstance(document, dict) or document.get("bomFormat") != "CycloneDX":
        return
    todo: list[object] = [document]
    while todo:
        holder = todo.pop()
        if not isinstance(holder, dict) or not isinstance(held := holder.get("components"), list):
            continue
        holder["components"] = [
            part
            for part in held
            if not isinstance(part, dict)
            or not (part.get("scope") == "excluded" or (vendored and not part.get("purl")))
        ]
        todo += holder["components"]


def _installed(package: Package, tree: Tree, wheel: Package | None) -> Package | None:
    """The package as the catalogue should know it; None where another cataloger tells it better."""
    if package.owned_by:
        return None
    databases = _DATABASES.get(package.ecosystem)
    if databases is None:
        if package.ecosystem in _QUALIFIED:
            return package
        return replace(package, qualifiers=(), namespace="", distro="", arch="")
    if wheel is not None:  # a library of the distribution the wheel was built on, copied into it
        note = f"bundled from {package.purl}"
        return Package(
            "generic", package.name, package.version, licenses=package.licenses, summary=note
        )
    if any(tree.exists(path) for path in databases):
        return None
    return replace(package, qualifiers=())


def _same(package: Package, wheel: Package) -> bool:
    return package.ecosystem == "pypi" and canonical(package.name) == canonical(wheel.name)


def _is_bundled(package: Package) -> bool:
    """Whether it is in the wheel; what is only required is of the same type and has no version."""
    return bool(package.version) or package.ecosystem != "pypi"


def _wheel(file: File, tree: Tree) -> Package | None:
    """The Python distribution whose directory the document lies in, as its METADATA names it."""
    directory = file.path.partition("/sboms/")[0]
    if _VENDORED in file.path:  # site-packages/pip/_vendor: beside site-packages/pip-26.3.dist-info
        site, _, name = file.path.partition(_VENDORED)[0].rpartition("/")
        start = f"{site}/{name}-"
        places = (other.path for other in tree.glob(WHEEL_METADATA) if other.path.startswith(start))
        directory = min(places, default="").rpartition("/")[0]
    try:
        head = tree.read(f"{directory}/METADATA").partition(b"\n\n")[0].decode("utf-8", "replace")
    except KeyError:
        return None
    said = dict(line.split(": ", 1) for line in reversed(head.splitlines()) if ": " in line)
    name = said.get("Name", "").strip()
    return Package("pypi", name, said.get("Version", "").strip()) if name else None


def relate(
    needs: Sequence[Needs],
    tree: Tree,  # noqa: ARG001  one signature for all rows
    platform: Platform | None,  # noqa: ARG001
) -> Iterable[Relation]:
    return {
        Relation(need.package.purl, "bundled-by", wheel)
        for need in needs
        for wheel in need.requires
    }
