"""What must not be in a runtime image: shells and package managers, found by file."""

from __future__ import annotations

from collections.abc import Iterable

from ironhull.builders.debian_base.rootfs import Rootfs
from ironhull.errors import BuildError

__all__ = ["PACKAGE_MANAGERS", "SHELLS", "check_runtime", "exposed"]

# fmt: off
SHELLS = frozenset(
    (
        "ash", "bash", "busybox", "csh", "dash", "elvish", "fish", "ksh", "ksh93", "mksh", "nu",
        "oksh", "osh", "posh", "pwsh", "rbash", "sash", "sh", "tcsh", "toybox", "xonsh", "yash",
        "zsh",
    )
)
PACKAGE_MANAGERS = frozenset(
    (
        "apk", "apt", "apt-get", "aptitude", "dnf", "dnf5", "dpkg", "dpkg-deb", "microdnf",
        "opkg", "pacman", "rpm", "snap", "yum", "zypper",
    )
)
# fmt: on
_PLACES = ("usr/bin", "usr/sbin", "usr/local/bin", "usr/local/sbin", "usr/games", "opt")


def exposed(root: Rootfs) -> tuple[tuple[str, str, str], ...]:
    """(path, what it is, package) of every shell and package manager that could be executed."""
    found = []
    for place in _PLACES:
        for path in root.below(place):
            name = path.rpartition("/")[2]
            what = "shell" if name in SHELLS else ""
            what = "package manager" if name in PACKAGE_MANAGERS else what
            inode = root.find(path) if what else None
            if inode is not None and inode.kind == "file" and inode.mode & 0o111:
                found.append((path, what, inode.package))
    return tuple(found)


def check_runtime(root: Rootfs, asked_for: Iterable[str]) -> None:
    """Raise BuildError where a shell or package manager came in that nobody asked for by name."""
    wanted = set(asked_for)
    for path, what, package in exposed(root):
        if package not in wanted:
            source = f", from package {package}" if package else ""
            raise BuildError(
                f"the runtime image would have a {what}: /{path}{source}",
                f"exclude it ('!{package or '…'}' among contents.packages), name the package there "
                "if it is meant, or build the dev variant",
            )
