"""Catalogers: from the files of package databases to packages. One row per kind of database."""

from __future__ import annotations

from ironhull.catalogers._row import Cataloger, Found, Needs
from ironhull.catalogers.apk import CATALOGER as APK
from ironhull.catalogers.binaries import CATALOGER as BINARIES
from ironhull.catalogers.chisel import CATALOGER as CHISEL
from ironhull.catalogers.composer import CATALOGER as COMPOSER
from ironhull.catalogers.conda import CATALOGER as CONDA
from ironhull.catalogers.dotnet import CATALOGER as DOTNET
from ironhull.catalogers.dpkg import CATALOGER as DPKG
from ironhull.catalogers.embedded import CATALOGER as EMBEDDED
from ironhull.catalogers.gem import CATALOGER as GEM
from ironhull.catalogers.go import CATALOGER as GO
from ironhull.catalogers.hex import CATALOGER as HEX
from ironhull.catalogers.java import CATALOGER as JAVA
from ironhull.catalogers.kernel import CATALOGER as KERNEL
from ironhull.catalogers.lua import CATALOGER as LUA
from ironhull.catalogers.npm import CATALOGER as NPM
from ironhull.catalogers.perl import CATALOGER as PERL
from ironhull.catalogers.python import CATALOGER as PYTHON
from ironhull.catalogers.r import CATALOGER as R
from ironhull.catalogers.rpm import CATALOGER as RPM
from ironhull.catalogers.rust import CATALOGER as RUST

__all__ = ["CATALOGERS", "Cataloger", "Found", "Needs"]

CATALOGERS: tuple[Cataloger, ...] = (
    DPKG,
    CHISEL,
    APK,
    RPM,
    KERNEL,
    PYTHON,
    NPM,
    GEM,
    COMPOSER,
    DOTNET,
    CONDA,
    HEX,
    R,
    LUA,
    PERL,
    GO,
    RUST,
    JAVA,
    BINARIES,
    EMBEDDED,
)
"""Every cataloger, in the order they run: distribution packages first, for they own others."""
