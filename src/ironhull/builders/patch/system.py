"""An image as a root file system that packages can be unpacked into, and its package database.

Contents are held of what is read here (etc, dpkg's database, keys); other files are known by path,
kind, owner and mode alone, and are never written again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ironhull.builders.debian_base.rootfs import Inode, Rootfs
from ironhull.builders.patch.nouns import Installed
from ironhull.debian.deb822 import read_fields, stanzas
from ironhull.debian.relations import version_key
from ironhull.errors import BuildError, printable
from ironhull.model import Image
from ironhull.oci.tree import read_tree

__all__ = ["ADMIN", "IMAGE", "STATUS", "System", "listed", "open_system", "os_release", "sums"]

ADMIN = "var/lib/dpkg"
STATUS = f"{ADMIN}/status"
IMAGE = "(image)"
"""What directories and files that no package owns belong to."""

_PATTERNS = (
    "etc/**",
    "usr/lib/os-release",
    f"{ADMIN}/**",
    "var/lib/apt/extended_states",
    "usr/share/keyrings/*",
    "usr/share/ca-certificates/**",
    "usr/local/share/ca-certificates/**",
)
_KEPT_KINDS = ("file", "dir", "symlink", "char", "block", "fifo")


class _Unread(Inode):
    """A file whose content nobody asked for."""

    def read(self) -> bytes:
        raise BuildError(f"a file of {self.package} would be overwritten, and nobody Replaces it")


@dataclass(slots=True)
class System:
    """The tree of an image under change.

    `before` are the inodes as the image has them, by path; `installed` the packages of its own
    architecture by name, `foreign` those of others; `slim` says that it has no dpkg of its own,
    only records for scanners.
    """

    root: Rootfs
    before: Mapping[str, Inode]
    installed: dict[str, Installed]
    foreign: tuple[Installed, ...]
    os_release: Mapping[str, str]
    slim: bool
    notes: list[str] = field(default_factory=list)
    _compiled: dict[str, list[str]] | None = None

    def text(self, path: str) -> str:
        """The text of a file, "" where there is none."""
        return (self.root.read(path) or b"").decode("utf-8", "surrogateescape")

    def compiled(self, prefix: str) -> list[str]:
        """The paths of byte code that begin with `prefix`."""
        if self._compiled is None:
            self._compiled = {}
            for path in self.before:
                if "/__pycache__/" in path:
                    folder, _, name = path.rpartition("/")
                    key = f"{folder}/{name.partition('.')[0]}."
                    self._compiled.setdefault(key, []).append(path)
        return self._compiled.get(prefix, [])


def open_system(image: Image, architecture: str, scratch: Path) -> System:
    """Read `image`; raises ImageError for a damaged one, BuildError where it is not Debian's."""
    if image.origin == "fs":
        raise BuildError(
            f"{image.name}: a directory has no layers to add one to", "patch the image it is from"
        )
    tree, problems = read_tree(image, _PATTERNS)
    for problem in problems:
        if problem.where.startswith(ADMIN):
            raise BuildError(f"{image.name}: {problem.where}: {problem.message}", "rebuild it")
    root = Rootfs(scratch)
    for entry, _ in tree.entries():
        if entry.path and entry.kind in (*_KEPT_KINDS, "hardlink"):
            kind = "file" if entry.kind == "hardlink" else entry.kind
            made = _Unread if kind == "file" else Inode
            link = entry.link if kind == "symlink" else ""
            root.inodes[entry.path] = made(
                kind, entry.mode, entry.uid, entry.gid, entry.mtime, link=link, package=IMAGE
            )
    for path, inode in list(root.inodes.items()):
        if inode.kind == "file":
            try:
                data = tree.read(path)
            except KeyError:
                continue
            kept = (inode.mode, inode.uid, inode.gid, inode.mtime)
            root.inodes[path] = Inode("file", *kept, content=data, package=IMAGE)
    found = tuple(_packages(root))
    if not found:
        raise BuildError(_not_debian(image.name, root), "rebuild it on a newer base instead")
    own = [one for one in found if one.architecture in (architecture, "all")]
    system = System(
        root=root,
        before=dict(root.inodes),
        installed={one.name: one for one in own},
        foreign=tuple(one for one in found if one not in own),
        os_release=os_release(root),
        slim=root.find("usr/bin/dpkg") is None,
    )
    _own(system)
    return system


def os_release(root: Rootfs) -> dict[str, str]:
    """The fields of os-release(5)."""
    data = root.read("etc/os-release") or root.read("usr/lib/os-release") or b""
    found = {}
    for line in data.decode("utf-8", "replace").splitlines():
        name, equals, value = line.strip().partition("=")
        if equals and not name.startswith("#"):
            found[name] = value.strip().strip("\"'")
    return found


def _not_debian(name: str, root: Rootfs) -> str:
    for path, what in (
        ("lib/apk/db/installed", "Alpine's packages (apk)"),
        ("usr/lib/apk/db/installed", "Alpine's packages (apk)"),
        ("var/lib/rpm", "RPM packages"),
        ("usr/lib/sysimage/rpm", "RPM packages"),
    ):
        if root.find(path) is not None:
            return f"{name}: has {what}; patch knows dpkg's database only"
    return f"{name}: has no packages of Debian: neither {STATUS} nor status.d"


# ── the package database ─────────────────────────────────────────────────────────────────────────


def _packages(root: Rootfs) -> Iterator[Installed]:
    paths = [STATUS] if root.find(STATUS) is not None else []
    paths += [p for p in root.below(f"{ADMIN}/status.d") if not p.endswith(".md5sums")]
    for path in paths:
        for stanza in stanzas((root.read(path) or b"").decode("utf-8", "surrogateescape")):
            try:
                fields = read_fields(stanza)
                name, version = fields["Package"], fields["Version"]
                version_key(version)
            except ValueError as trouble:
                raise BuildError(f"/{path}: {trouble}", "the package database is damaged") from None
            except KeyError:
                if "not-installed" in stanza:
                    continue
                raise BuildError(
                    f"/{path}: a stanza without Package or Version: "
                    f"{printable(stanza.splitlines()[0][:80])}",
                    "the package database is damaged",
                ) from None
            words = fields.get("Status", "").split() or ["install", "ok", "installed"]
            if words[-1] in ("not-installed", "config-files"):
                continue
            yield Installed(
                name=name,
                version=version,
                architecture=fields.get("Architecture", "all"),
                source=(fields.get("Source") or name).partition(" ")[0],
                fields=fields,
                path=path,
                want=words[0],
                state=words[-1],
            )


def _own(system: System) -> None:
    """Note whose file each is, as the lists of dpkg say."""
    for package in (*system.installed.values(), *system.foreign):
        for path in listed(system, package):
            real = system.root.resolve(path)
            inode = system.root.inodes.get(real)
            if inode is not None and inode.kind != "dir":
                inode.package = package.name


def listed(system: System, package: Installed) -> tuple[str, ...]:
    """The paths a package shipped, as it names them; of status.d the files that were kept."""
    if package.path == STATUS:
        for stem in (f"{package.name}:{package.architecture}", package.name):
            data = system.root.read(f"{ADMIN}/info/{stem}.list")
            if data is not None:
                lines = data.decode("utf-8", "surrogateescape").splitlines()
                return tuple(line[1:] for line in lines if line.startswith("/") and len(line) > 2)
        return ()
    return tuple(sums(system, package))


def sums(system: System, package: Installed) -> dict[str, str]:
    """md5 (hex) by path, as the package database has them."""
    stems = [f"{package.path}.md5sums"]
    if package.path == STATUS:
        names = (f"{package.name}:{package.architecture}", package.name)
        stems = [f"{ADMIN}/info/{name}.md5sums" for name in names]
    for stem in stems:
        data = system.root.read(stem)
        if data is not None:
            lines = data.decode("utf-8", "surrogateescape").splitlines()
            pairs = (line.partition("  ") for line in lines)
            return {path.lstrip("/"): md5 for md5, _, path in pairs if path}
    return {}
