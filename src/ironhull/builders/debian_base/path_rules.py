"""The `paths` of a definition, applied in their order after everything else is in place."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

from ironhull.builders.debian_base.definition import Definition, PathRule, source_bytes
from ironhull.builders.debian_base.rootfs import Inode, Rootfs
from ironhull.errors import DefinitionError
from ironhull.model import Platform

__all__ = ["apply_rules", "copied_files"]


def apply_rules(root: Rootfs, definition: Definition, platform: Platform, origin: Path) -> None:
    """Make, change and remove what the definition, read from `origin`, says.

    Raises DefinitionError where that cannot be.
    """
    for rule in definition.paths:
        if rule.platforms and platform not in rule.platforms:
            continue
        path = rule.path.strip("/")
        if not path:
            raise DefinitionError(f"{definition.origin}: paths: {rule.path!r} is the root itself")
        _apply(root, rule, path, origin)
        if rule.kind in ("file", "emptyfile", "directory"):
            _own(root, rule, path)


def copied_files(
    definition: Definition, platform: Platform, origin: Path
) -> tuple[tuple[str, bytes], ...]:
    """(source as the rule names it, content) of the files a definition brings with it."""
    return tuple(
        (rule.source, source_bytes(rule, origin))
        for rule in definition.paths
        if rule.kind == "file" and rule.source
        if not rule.platforms or platform in rule.platforms
    )


def _apply(root: Rootfs, rule: PathRule, path: str, origin: Path) -> None:
    if rule.kind == "symlink":
        root.symlink(path, rule.source)
    elif rule.kind == "directory":
        if root.find(path) is None:
            root.mkdir(path)
    elif rule.kind == "file":
        given = rule.content
        root.write(path, source_bytes(rule, origin) if given is None else given)
    elif rule.kind == "emptyfile":
        root.write_new(path, b"")
    else:
        _delete(root, path)


def _delete(root: Rootfs, pattern: str) -> None:
    if any(special in pattern for special in "*?["):
        for path in [path for path in root.inodes if fnmatchcase(path, pattern)]:
            root.remove(path)
    else:
        root.remove(pattern)


def _own(root: Rootfs, rule: PathRule, path: str) -> None:
    top = root.resolve(path, follow=True)
    paths = [top, *root.below(top)] if rule.recursive else [top]
    for one in paths:
        inode = root.inodes[one]
        _change(inode, rule, recursive=one != top)


def _change(inode: Inode, rule: PathRule, *, recursive: bool) -> None:
    inode.uid = inode.uid if rule.uid is None else rule.uid
    inode.gid = inode.gid if rule.gid is None else rule.gid
    if rule.mode is not None and inode.kind != "symlink":
        # as `chmod -R u=rwX` does: what is below becomes searchable only where it is a directory
        below = inode.kind == "file" and recursive
        inode.mode = rule.mode & ~0o111 if below and not inode.mode & 0o111 else rule.mode
