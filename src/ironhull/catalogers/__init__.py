"""Catalogers: from the files of package databases to packages. One row per kind of database."""

from __future__ import annotations

from ironhull.catalogers import dpkg, python
from ironhull.catalogers._row import Cataloger, Found, Needs

__all__ = ["CATALOGERS", "Cataloger", "Found", "Needs"]

CATALOGERS: tuple[Cataloger, ...] = (dpkg.CATALOGER, python.CATALOGER)
"""Every cataloger, in the order they run: distribution packages first, for they own others."""
