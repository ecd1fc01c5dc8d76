"""Base image definitions: YAML in the shape of Docker's hardened-image catalog."""

from ironhull.builders.debian_base._nouns import (
    PATH_KINDS,
    VARIANTS,
    Accounts,
    Definition,
    Group,
    PackageRequest,
    PathRule,
    Repository,
    User,
)

__all__ = [
    "PATH_KINDS",
    "VARIANTS",
    "Accounts",
    "Definition",
    "Group",
    "PackageRequest",
    "PathRule",
    "Repository",
    "User",
]
