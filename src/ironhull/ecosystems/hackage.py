"""Haskell packages of Hackage: versions are numbers apart by dots.

Source: the Haskell Package Versioning Policy (pvp.haskell.org) and Cabal's `Version`: lists of
numbers in lexicographic order, so "1.0" comes before "1.0.0". Advisories on GHC itself are of
another ecosystem.
"""

from __future__ import annotations

from ironhull.ecosystems._numbers import bounded, listed
from ironhull.ecosystems._plain import named, only
from ironhull.ecosystems._row import Ecosystem
from ironhull.lazy import regex

__all__ = ["ROW", "sort_key"]

_VERSION = regex(r"[0-9]+(?:\.[0-9]+)*")


def sort_key(version: str) -> bytes:
    """The key of `version`; raises ValueError for what is no version of Cabal's."""
    bounded(version, "a Hackage version")
    if not _VERSION.fullmatch(version):
        raise ValueError(f"not a Hackage version: {version!r}")
    return listed(version.split(".")).encode("latin-1")


ROW = Ecosystem("hackage", ("Hackage",), only("Hackage"), sort_key, named(), "Hackage order")
