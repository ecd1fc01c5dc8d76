"""Joining what is done with base images after they are built: tried, verified, compared.

A part of `pipeline`.
"""

from __future__ import annotations

from ironhull.basing.absence import absence_document, absent
from ironhull.basing.differing import differing, lock_sbom
from ironhull.basing.history import Kept, kept_builds, remember
from ironhull.basing.trying import Tried, ctrf, tried
from ironhull.basing.verifying import Checked, Wanted, verified

__all__ = [
    "Checked",
    "Kept",
    "Tried",
    "Wanted",
    "absence_document",
    "absent",
    "ctrf",
    "differing",
    "kept_builds",
    "lock_sbom",
    "remember",
    "tried",
    "verified",
]
