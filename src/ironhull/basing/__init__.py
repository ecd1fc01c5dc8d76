"""Joining what is done with base images after they are built: tried, verified, compared.

A part of `pipeline`.
"""

from __future__ import annotations

from ironhull.basing.trying import Tried, ctrf, tried

__all__ = ["Tried", "ctrf", "tried"]
