"""Packaging systems: version order, the scope of their advisories and the names looked up there.

One file per system, one row per file. A system without a row is listed but never compared: its
packages read "not checked".
"""

from __future__ import annotations

from ironhull.ecosystems._hardened import FAMILY
from ironhull.ecosystems._row import Ecosystem
from ironhull.ecosystems.apk import ROW as APK
from ironhull.ecosystems.bitnami import ROW as BITNAMI
from ironhull.ecosystems.cargo import ROW as CARGO
from ironhull.ecosystems.composer import ROW as COMPOSER
from ironhull.ecosystems.conda import ROW as CONDA
from ironhull.ecosystems.cran import ROW as CRAN
from ironhull.ecosystems.deb import ROW as DEB
from ironhull.ecosystems.dhi import ROW as DHI
from ironhull.ecosystems.gem import ROW as GEM
from ironhull.ecosystems.golang import ROW as GOLANG
from ironhull.ecosystems.hackage import ROW as HACKAGE
from ironhull.ecosystems.hex import ROW as HEX
from ironhull.ecosystems.maven import ROW as MAVEN
from ironhull.ecosystems.npm import ROW as NPM
from ironhull.ecosystems.nuget import ROW as NUGET
from ironhull.ecosystems.pub import ROW as PUB
from ironhull.ecosystems.pypi import ROW as PYPI
from ironhull.ecosystems.rpm import ROW as RPM
from ironhull.ecosystems.swift import ROW as SWIFT

__all__ = ["ECOSYSTEMS", "Ecosystem", "ecosystem_of_scope"]

ECOSYSTEMS: dict[str, Ecosystem] = {
    row.key: row
    for row in (
        *(APK, BITNAMI, DEB, DHI, RPM),
        *(CARGO, COMPOSER, CONDA, CRAN, GEM, GOLANG, HACKAGE, HEX, MAVEN, NPM, NUGET, PUB, PYPI),
        *(SWIFT,),
    )
}
"""By purl type."""


_BY_FOLDER = {folder: row for row in ECOSYSTEMS.values() for folder in row.folders}


def ecosystem_of_scope(scope: str) -> Ecosystem | None:
    """The row that orders the versions of a scope ("Debian:13", "PyPI"); None: no row.

    Docker's records on a distribution's packages ("Docker Hardened Images:Debian:13") keep the
    order of that distribution.
    """
    family, _, rest = scope.partition(":")
    return _BY_FOLDER.get(rest.partition(":")[0] if family == FAMILY else family)
