"""Debian's names of machine architectures (policy 11.1) for those of the OCI image-spec."""

from __future__ import annotations

from ironhull.errors import RepositoryError
from ironhull.model import Platform

__all__ = ["debian_architecture"]

_ARCHITECTURES = {
    "amd64": "amd64",
    "arm64": "arm64",
    "386": "i386",
    "ppc64le": "ppc64el",
    "riscv64": "riscv64",
    "s390x": "s390x",
}


def debian_architecture(platform: Platform) -> str:
    """Debian's word for a platform; raises RepositoryError for one Debian is not made for."""
    if platform.os == "linux" and platform.architecture == "arm":
        return "armel" if platform.variant == "v5" else "armhf"
    try:
        if platform.os != "linux":
            raise KeyError
        return _ARCHITECTURES[platform.architecture]
    except KeyError:
        raise RepositoryError(
            f"Debian has no packages for {platform}", "try linux/amd64 or linux/arm64"
        ) from None
