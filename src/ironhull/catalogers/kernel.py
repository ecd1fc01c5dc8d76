"""Linux kernels and their modules, where no distribution package owns them.

A module is an ELF file whose section .modinfo holds `key=value` strings (kernel.org,
"Building External Modules" and include/linux/module.h): version, license, description, vermagic.
Its name is that of its file, with "_" for "-" as modprobe has it. An x86 kernel image tells its
release in its setup header ("The Linux/x86 Boot Protocol", field kernel_version); compressed
modules and other images are listed by their paths.

The version of a module without one of its own is the release of the kernel it was built for. Rows
are told by `found_by` "kernel": one vulnerability of a kernel is not one of each module.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from ironhull.catalogers._packing import pack, unpack
from ironhull.catalogers._places import KERNEL_MODULES
from ironhull.catalogers._row import Found
from ironhull.licenses.names import expression
from ironhull.limits import LIMITS
from ironhull.model import File, Location, Package, Problem, Tree
from ironhull.oci.probes import Body

__all__ = ["extract", "parse"]

_NAME = "kernel"
_SECTION = b".modinfo"
_KEYS = (b"version", b"license", b"description", b"vermagic")
_SETUP_MAGIC = 0x202
_KERNEL_VERSION = 0x20E
_SETUP_OFFSET = 0x200
_RELEASE_LENGTH = 128

_LICENSES = {
    "GPL": "GPL-2.0-or-later",
    "GPL v2": "GPL-2.0-only",
    "GPL and additional rights": "LicenseRef-GPL-2.0-or-later-and-additional-rights",
    "Dual BSD/GPL": "BSD-3-Clause OR GPL-2.0-only",
    "Dual MIT/GPL": "MIT OR GPL-2.0-only",
    "Dual MPL/GPL": "MPL-1.1 OR GPL-2.0-only",
    "Proprietary": "LicenseRef-Proprietary",
}
"""MODULE_LICENSE texts (kernel.org, "Linux kernel licensing rules")."""


def extract(path: str, body: Body) -> bytes:
    """`.modinfo` values of a module, the release of an image, or that there is such a file."""
    if path.endswith(".ko"):
        return pack(_modinfo(body))
    if not path.endswith(KERNEL_MODULES):
        return pack([_release(body)])
    return pack([])


def _modinfo(body: Body) -> list[bytes]:
    from ironhull.catalogers._elf import read_elf

    elf = read_elf(body)
    section = elf.section(_SECTION) if elf is not None else None
    if section is None:
        raise ValueError("no kernel module: not an ELF file with a section .modinfo")
    values = dict.fromkeys(_KEYS, b"")
    text = body.read(section.offset, min(section.size, LIMITS.elf_names_bytes))
    for entry in text.split(b"\0"):
        key, _, value = entry.partition(b"=")
        if key in values and not values[key]:
            values[key] = value
    if not values[b"vermagic"]:
        raise ValueError("no kernel module: no vermagic in .modinfo")
    return list(values.values())


def _release(body: Body) -> bytes:
    """The release an x86 image tells ("6.1.0-18-amd64 (…) #1 SMP …"), or b""."""
    head = body.read(_SETUP_MAGIC, 14)
    if head[:4] != b"HdrS" or len(head) < 14:
        return b""
    (offset,) = struct.unpack_from("<H", head, _KERNEL_VERSION - _SETUP_MAGIC)
    if not offset:
        return b""
    text = body.read(offset + _SETUP_OFFSET, _RELEASE_LENGTH).split(b"\0", 1)[0]
    return text.split(b" ", 1)[0]


def parse(file: File, tree: Tree) -> Iterator[Found]:
    values = [value.decode("utf-8", "replace") for value in unpack(tree.facts(file.path, _NAME))]
    name = file.path.rpartition("/")[2]
    if name.endswith(KERNEL_MODULES):
        package = _module(name, values, file)
    else:
        package = _image(name, values[0], file)
    if package.version and not package.version.isprintable():
        yield Problem(_NAME, file.path, f"has an impossible version {package.version[:40]!r}")
        return
    yield package


def _module(name: str, values: list[str], file: File) -> Package:
    version, license_, description, magic = values or ("", "", "", "")
    release = magic.split(" ", 1)[0] or _release_of(file.path)
    known = _LICENSES.get(license_) or expression(license_)
    return Package(
        ecosystem="generic",
        name=name[: name.index(".ko")].replace("-", "_") or name,
        version=version.strip() or release,
        licenses=(known,) if known else (),
        locations=(Location(file.path, file.layer),),
        found_by=_NAME,
        size=file.size,
        summary=description or f"Linux kernel module for {release}",
    )


def _image(name: str, release: str, file: File) -> Package:
    return Package(
        ecosystem="generic",
        name="linux-kernel",
        version=release or name.partition("-")[2] or _release_of(file.path),
        licenses=("GPL-2.0-only WITH Linux-syscall-note",),
        locations=(Location(file.path, file.layer),),
        found_by=_NAME,
        size=file.size,
        summary="Linux kernel",
    )


def _release_of(path: str) -> str:
    """The directory below lib/modules."""
    before, _, after = path.rpartition("lib/modules/")
    return after.split("/", 1)[0] if before or path.startswith("lib/modules/") else ""
