"""Hex (Elixir, Erlang): semantic versions as Elixir's `Version` orders them.

Sources: hexdocs.pm/elixir, "Version"; hex.pm's specifications, "Package metadata": names are lower
case, whatever advisories write.
"""

from __future__ import annotations

from ironhull.ecosystems._plain import named, only
from ironhull.ecosystems._row import Ecosystem
from ironhull.ecosystems._semver import semver_key

__all__ = ["ROW"]

ROW = Ecosystem(
    "hex", ("Hex",), only("Hex"), semver_key, named(str.lower), "SemVer order", canonical=str.lower
)
