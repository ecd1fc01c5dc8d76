"""Statements that a base image does not have the code of a vulnerability, each with its proof.

Scanners report a vulnerability of a Debian source package for every binary package of it. Where
the code is in few files (`_absences`) and none of these is in the image, that is so by the image's
own file list: `vulnerable_code_not_present`. The statement names the packages of that source that
are there and how many files they have, so that it can be checked again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from ironhull import __version__
from ironhull.basing._absences import ABSENCES, Absence
from ironhull.model import Image, Package, Statement
from ironhull.oci.names import Reference
from ironhull.statements.products import image_products, package_component
from ironhull.statements.writing import Head, openvex_document

__all__ = ["absence_document", "absent"]

_LISTS = ("var/lib/dpkg/status.d/*.md5sums", "var/lib/dpkg/info/*.md5sums")


def absence_document(image: Image, names: Sequence[str]) -> bytes:
    """OpenVEX of what is provably absent from `image`, called `names`; b"" where nothing is.

    The same for the same image. Raises ImageError.
    """
    statements = tuple(absent(image, names))
    if not statements:
        return b""
    created = str(image.config.get("created") or "1970-01-01T00:00:00Z")
    tool = f"ironhull/{__version__}"
    return openvex_document(statements, Head("ironhull base build", created, tooling=tool))


def absent(
    image: Image, names: Sequence[str], rows: Sequence[Absence] = ABSENCES
) -> Iterator[Statement]:
    """A statement for each of `rows` that holds of `image`, bound to its digest."""
    from ironhull.oci.tree import read_tree
    from ironhull.pipeline import sbom

    listed = [p for p in sbom(image).packages if p.ecosystem == "deb"]
    tree, _ = read_tree(image, _LISTS)
    there = [path.rpartition("/")[2] for path in tree.paths()]
    counted = {
        file.path.rpartition("/")[2].removesuffix(".md5sums").partition(":")[0]: len(
            tree.read(file.path).splitlines()
        )
        for pattern in _LISTS
        for file in tree.glob(pattern)
    }
    pinned = dict.fromkeys(f"{_repository(name)}@{image.digest}" for name in names)
    for row in rows:
        packages = [p for p in listed if _source(p) == row.source]
        if not packages or any(fnmatchcase(name, f) for name in there for f in row.files):
            continue
        parts = tuple(package_component(package.purl) for package in packages)
        yield Statement(
            row.vulnerability,
            "not_affected",
            tuple(c for name in pinned for c in image_products(name, (), parts)),
            justification="vulnerable_code_not_present",
            impact_statement=_impact(row, packages, counted),
        )


def _repository(name: str) -> str:
    reference = Reference.parse(name)
    return Reference(reference.registry, reference.repository).familiar


def _source(package: Package) -> str:
    return package.upstream.name if package.upstream else package.name


def _impact(row: Absence, packages: Sequence[Package], counted: dict[str, int]) -> str:
    held = ", ".join(
        f"{p.name} {p.version} ({counted.get(p.name, 0)} files)"
        for p in sorted(packages, key=lambda p: p.name)
    )
    files = ", ".join(row.files)
    return (
        f"The code is in {row.where} ({row.reference}). No file of the image is called {files}. "
        f"Of the source package {row.source} it has {held}."
    )
