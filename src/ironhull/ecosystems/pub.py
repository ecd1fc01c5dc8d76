"""Pub (Dart, Flutter): semantic versions whose build metadata counts.

Source: pub_semver's README, "Semantics": a version with build metadata is newer than the same
without, and the metadata is compared as pre-releases are.
"""

from __future__ import annotations

from ironhull.ecosystems._plain import named, only
from ironhull.ecosystems._row import Ecosystem
from ironhull.ecosystems._semver import identifiers, semver_text

__all__ = ["ROW", "sort_key"]


def sort_key(version: str) -> bytes:
    """The key of `version`; raises ValueError for what is no semantic version."""
    head, build = semver_text(version)
    return (f"{head}\x02{identifiers(build)}" if build else f"{head}\x01").encode("latin-1")


ROW = Ecosystem("pub", ("Pub",), only("Pub"), sort_key, named(), "pub order")
