"""R packages of CRAN: versions are numbers apart by dots or hyphens.

Source: R's documentation of `numeric_version` and `compareVersion`: number by number, of two that
agree so far the longer is the later ("1.0" comes before "1.0.0").
"""

from __future__ import annotations

import re

from ironhull.ecosystems._numbers import bounded, listed
from ironhull.ecosystems._plain import named, only
from ironhull.ecosystems._row import Ecosystem
from ironhull.lazy import regex

__all__ = ["ROW", "sort_key"]

_VERSION = regex(r"\s*([0-9]+(?:[.-][0-9]+)*)\s*", re.ASCII)


def sort_key(version: str) -> bytes:
    """The key of `version`; raises ValueError for what is no package version of R."""
    bounded(version, "an R package version")
    match = _VERSION.fullmatch(version)
    if match is None:
        raise ValueError(f"not an R package version: {version!r}")
    return listed(match[1].replace("-", ".").split(".")).encode("latin-1")


ROW = Ecosystem("cran", ("CRAN",), only("CRAN"), sort_key, named(), "R order")
