"""An image of a few files, catalogued, and its SBOM in short."""

import json
from collections.abc import Mapping

from ironhull.catalog import PROBES, catalog
from ironhull.catalogers import CATALOGERS, Cataloger
from ironhull.model import Package, Platform, Sbom, Subject
from tests.trees import DictTree

Files = Mapping[str, str | bytes | dict[str, object] | list[object]]


def row(name: str) -> Cataloger:
    """The row of that name."""
    return next(row for row in CATALOGERS if row.name == name)


def read(files: Files) -> Sbom:
    """The SBOM of an image; what is neither text nor bytes is written as JSON."""
    bodies = {
        path: body if isinstance(body, str | bytes) else json.dumps(body)
        for path, body in files.items()
    }
    return catalog(DictTree(bodies, probes=PROBES), Subject("test", platform=Platform()))


def listed(sbom: Sbom) -> list[str]:
    """NAME@VERSION of every package, sorted as in the SBOM."""
    return [f"{package.name}@{package.version}" for package in sbom.packages]


def only(sbom: Sbom) -> Package:
    """The one package there is."""
    assert len(sbom.packages) == 1, (sbom.packages, sbom.problems)
    assert not sbom.problems
    return sbom.packages[0]


def edges(sbom: Sbom) -> set[tuple[str, str]]:
    """What depends on what, by the names in the purls."""

    def name(purl: str) -> str:
        return purl.partition("/")[2].partition("@")[0].replace("%40", "@")

    return {(name(r.subject), name(r.object)) for r in sbom.relations if r.kind == "depends-on"}


def said(sbom: Sbom) -> list[tuple[str, str]]:
    """Where and what of every Problem."""
    return [(problem.where, problem.message) for problem in sbom.problems]
