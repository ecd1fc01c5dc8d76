"""Swift packages: semantic versions (tags of a repository), named by the repository's address.

Sources: purl-spec, types/swift ("github.com/vapor/vapor"); OSV schema, "SwiftURL": the name is the
Git URL of the source.
"""

from __future__ import annotations

import re

from ironhull.ecosystems._plain import named, only
from ironhull.ecosystems._row import Ecosystem
from ironhull.ecosystems._semver import semver_key
from ironhull.lazy import regex

__all__ = ["ROW", "canonical"]

_SCHEME = regex(r"(?:[a-z][a-z0-9+.-]*://)?(?:[^@/]*@)?(?:www\.)?", re.ASCII)


def canonical(name: str) -> str:
    """HOST/OWNER/NAME in lower case, without scheme, user and ".git"."""
    rest = _SCHEME.sub("", name.lower().strip(), count=1).rstrip("/").removesuffix(".git")
    host, colon, path = rest.partition(":")
    if colon and "/" not in host and not path[:1].isdigit():
        rest = f"{host}/{path}"  # git@github.com:vapor/vapor
    return rest


ROW = Ecosystem(
    "swift",
    ("SwiftURL",),
    only("SwiftURL"),
    semver_key,
    named(canonical),
    "SemVer order",
    canonical=canonical,
)
