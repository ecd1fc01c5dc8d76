"""Joining what is done with base images after they are built: tried, verified, compared.

A part of `pipeline`.
"""

from __future__ import annotations

from ironhull.basing.absence import absence_document, absent
from ironhull.basing.history import Kept, kept_builds, remember
from ironhull.basing.trying import Tried, ctrf, tried

__all__ = [
    "Kept",
    "Tried",
    "absence_document",
    "absent",
    "ctrf",
    "kept_builds",
    "remember",
    "tried",
]
