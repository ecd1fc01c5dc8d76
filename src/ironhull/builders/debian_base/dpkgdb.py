"""The package database of an image: all of it for dpkg, or status.d for scanners alone.

var/lib/dpkg/status and info/* are dpkg's own (dpkg-query(1), deb(5), deb-triggers(5)); runtime
images, which have no dpkg, carry var/lib/dpkg/status.d/PACKAGE and PACKAGE.md5sums, the layout
distroless images introduced and scanners read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ironhull.builders.debian_base.rootfs import Rootfs

__all__ = ["Installed", "md5", "stanza", "write_database", "write_status_d"]

_ADMIN = "var/lib/dpkg"
_FIRST = ("Package", "Essential", "Status", "Priority", "Section", "Installed-Size", "Maintainer")
_LAST = ("Description", "Homepage")
_NOT_IN_INFO = ("control", "list")
_INTERESTS = {
    "interest": "",
    "interest-await": "",
    "interest-noawait": "/noawait",
}


@dataclass(frozen=True, slots=True)
class Installed:
    """A package in the image: its control fields and files, the paths it shipped.

    `hashes` holds the md5 (hex) of conffiles by path without leading slash, as shipped.
    """

    name: str
    fields: Mapping[str, str]
    control: Mapping[str, bytes]
    paths: Sequence[str]
    hashes: Mapping[str, str] = field(default_factory=dict)

    @property
    def file_name(self) -> str:
        """The stem of its files in info/: packages several architectures share name theirs."""
        if self.fields.get("Multi-Arch") == "same":
            return f"{self.name}:{self.fields.get('Architecture', '')}"
        return self.name

    @property
    def conffiles(self) -> tuple[str, ...]:
        """Its configuration files, absolute, without those it asks to remove."""
        lines = self.control.get("conffiles", b"").decode("utf-8", "replace").splitlines()
        return tuple(line.strip() for line in lines if line.startswith("/"))


def md5(data: bytes) -> str:
    """The checksum dpkg keeps of conffiles and files; nothing here trusts it."""
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


# ── dpkg's own ───────────────────────────────────────────────────────────────────────────────────


def write_database(root: Rootfs, packages: Iterable[Installed], architecture: str) -> None:
    """Write the database of a system on which dpkg has installed `packages`."""
    ordered = sorted(packages, key=lambda one: (one.name, one.fields.get("Architecture", "")))
    for name in ("info", "parts", "updates", "triggers", "alternatives"):
        root.mkdir(f"{_ADMIN}/{name}")
    root.write(f"{_ADMIN}/status", "\n".join(stanza(one, status=True) for one in ordered))
    for name in ("available", "diversions", "statoverride", "triggers/Unincorp", "triggers/Lock"):
        root.write_new(f"{_ADMIN}/{name}", b"")
    root.write_new(f"{_ADMIN}/lock", b"", 0o640)
    root.write_new(f"{_ADMIN}/lock-frontend", b"", 0o640)
    root.write(f"{_ADMIN}/arch-native", f"{architecture}\n")
    root.write(f"{_ADMIN}/info/format", "1\n")
    for one in ordered:
        _write_info(root, one)
    _write_triggers(root, ordered)


def _write_info(root: Rootfs, package: Installed) -> None:
    stem = f"{_ADMIN}/info/{package.file_name}"
    paths = ["/.", *("/" + path for path in package.paths)]
    root.write(f"{stem}.list", "".join(f"{path}\n" for path in paths).encode("utf-8", _SAME))
    for name, data in sorted(package.control.items()):
        if name not in _NOT_IN_INFO and "/" not in name:
            script = name in ("preinst", "postinst", "prerm", "postrm", "config")
            root.write(f"{stem}.{name}", data, 0o755 if script else 0o644)


def _write_triggers(root: Rootfs, packages: Iterable[Installed]) -> None:
    files: list[str] = []
    names: dict[str, list[str]] = {}
    for package in packages:
        for line in package.control.get("triggers", b"").decode("utf-8", "replace").splitlines():
            words = line.split()
            if len(words) != 2 or words[0] not in _INTERESTS:
                continue
            who = package.file_name + _INTERESTS[words[0]]
            if words[1].startswith("/"):
                files.append(f"{words[1]} {who}")
            else:
                names.setdefault(words[1], []).append(who)
    root.write(f"{_ADMIN}/triggers/File", "".join(f"{line}\n" for line in files))
    for name, interested in sorted(names.items()):
        if "/" not in name:
            root.write(f"{_ADMIN}/triggers/{name}", "".join(f"{one}\n" for one in interested))


def stanza(package: Installed, *, status: bool) -> str:
    """The control fields of `package` in dpkg's order; with `status` as dpkg keeps them."""
    fields = dict(package.fields)
    if status:
        fields["Status"] = "install ok installed"
    text = "".join(_field(name, fields.pop(name)) for name in _FIRST if name in fields)
    last = "".join(_field(name, fields.pop(name)) for name in _LAST if name in fields)
    text += "".join(_field(name, value) for name, value in fields.items())
    if status and package.conffiles:
        text += "Conffiles:\n"
        for path in package.conffiles:
            text += f" {path} {package.hashes.get(path.lstrip('/'), 'newconffile')}\n"
    return text + last


def _field(name: str, value: str) -> str:
    return f"{name}: {value}\n" if not value.startswith("\n") else f"{name}:{value}\n"


# ── for scanners ─────────────────────────────────────────────────────────────────────────────────


def write_status_d(
    root: Rootfs, packages: Iterable[Installed], present: Callable[[str], bool]
) -> None:
    """Write status.d: a stanza per package, and the checksums of its files that are `present`."""
    for package in packages:
        stem = f"{_ADMIN}/status.d/{package.name}"
        root.write(stem, stanza(package, status=False))
        kept = []
        for line in package.control.get("md5sums", b"").decode("utf-8", _SAME).splitlines():
            _, _, path = line.partition("  ")
            if path and present(path):
                kept.append(line + "\n")
        root.write(f"{stem}.md5sums", "".join(kept).encode("utf-8", _SAME))


_SAME = "surrogateescape"
