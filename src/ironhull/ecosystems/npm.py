"""npm: semantic versions as node-semver orders them, names as the registry writes them.

Sources: semver.org 2.0.0, section 11; node-semver, "Versions" and its loose mode, which npm uses
on manifests. Old names that differ in case alone are two packages, so names stay as written.
"""

from __future__ import annotations

from ironhull.ecosystems._plain import named, only
from ironhull.ecosystems._row import Ecosystem
from ironhull.ecosystems._semver import semver_key

__all__ = ["ROW"]

ROW = Ecosystem("npm", ("npm",), only("npm"), semver_key, named(), "SemVer order")
