"""Catalogers: from the files of package databases to packages. One row per kind of database."""

from __future__ import annotations

from ironhull.catalogers._row import Cataloger, Found, Needs
from ironhull.catalogers.dpkg import CATALOGER as DPKG
from ironhull.catalogers.npm import CATALOGER as NPM
from ironhull.catalogers.python import CATALOGER as PYTHON

__all__ = ["CATALOGERS", "Cataloger", "Found", "Needs"]

CATALOGERS: tuple[Cataloger, ...] = (DPKG, PYTHON, NPM)
"""Every cataloger, in the order they run: distribution packages first, for they own others."""
