"""Rust crates: semantic versions; names as crates.io keeps them apart.

Sources: doc.rust-lang.org/cargo, "The version field" and "Registry index format": crates.io takes
names that differ only in case, or in "-" and "_", for one.
"""

from __future__ import annotations

from ironhull.ecosystems._plain import named, only
from ironhull.ecosystems._row import Ecosystem
from ironhull.ecosystems._semver import semver_key

__all__ = ["ROW", "canonical"]


def canonical(name: str) -> str:
    """Lower case with hyphens."""
    return name.lower().replace("_", "-")


ROW = Ecosystem(
    "cargo",
    ("crates.io",),
    only("crates.io"),
    semver_key,
    named(canonical),
    "SemVer order",
    canonical=canonical,
)
