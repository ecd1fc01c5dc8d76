"""Kernels and modules: what .modinfo and setup headers tell, paths, ownership, damage."""

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.catalog import PROBES, catalog
from ironhull.catalogers._probes import KERNEL as PROBE
from ironhull.model import Sbom, Subject
from ironhull.oci._probing import MemoryBody
from tests.catalogers.test_dpkg import stanza
from tests.trees import DictTree

RELEASE = "6.1.0-18-amd64"
AT = f"lib/modules/{RELEASE}/kernel"
MAGIC = f"vermagic={RELEASE} SMP preempt mod_unload modversions "


def module(*entries: str, order: str = "<", wide: bool = True) -> bytes:
    """An ELF relocatable with a section .modinfo of those entries."""
    names = b"\0.modinfo\0.shstrtab\0"
    info = b"".join(entry.encode() + b"\0" for entry in entries)
    head = 64 if wide else 52
    size = 64 if wide else 40
    word = "Q" if wide else "I"
    sections = [(0, 0, 0), (10, head, len(names)), (1, head + len(names), len(info))]
    table = b""
    for name, start, length in sections:
        fields = (name, 1, 0, 0, start, length, 0, 0, 0, 0)
        table += struct.pack(f"{order}II4{word}II2{word}", *fields)
    ident = b"\x7fELF" + bytes([2 if wide else 1, 2 if order == ">" else 1, 1]) + bytes(9)
    at = head + len(names) + len(info)
    rest = struct.pack(
        f"{order}HHI{word}{word}{word}IHHHHHH", 1, 62, 1, 0, 0, at, 0, head, 0, 0, size, 3, 1
    )
    return ident + rest + names + info + table


def image(release: str) -> bytes:
    """The start of an x86 kernel image."""
    data = bytearray(4096)
    data[0x202:0x206] = b"HdrS"
    struct.pack_into("<H", data, 0x20E, 0xC00 - 0x200)
    text = release.encode() + b" (debian-kernel@lists.debian.org) #1 SMP\0"
    data[0xC00 : 0xC00 + len(text)] = text
    return bytes(data)


def read(files: dict[str, bytes | str]) -> tuple[Sbom, list[str]]:
    tree = DictTree(files, probes=PROBES)
    return catalog(tree, Subject("test")), tree.troubles


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("wide", [True, False])
def test_modules_of_every_kind_of_elf(order: str, wide: bool) -> None:
    data = module(
        "version=1.8", "license=Dual BSD/GPL", "description=VLAN", MAGIC, order=order, wide=wide
    )
    sbom, troubles = read({f"{AT}/net/8021q/8021q.ko": data})
    (found,) = sbom.packages
    assert not troubles
    assert (found.purl, found.found_by) == ("pkg:generic/8021q@1.8", "kernel")
    assert (found.licenses, found.summary) == (("BSD-3-Clause OR GPL-2.0-only",), "VLAN")


def test_a_module_without_a_version_is_of_its_kernel() -> None:
    files: dict[str, bytes | str] = {
        f"{AT}/fs/xfs/xfs.ko": module("license=GPL", MAGIC),
        f"usr/{AT}/net/nf-tables.ko.xz": b"\xfd7zXZ",
        f"{AT}/misc/a.ko.zst": b"(",
        f"boot/vmlinuz-{RELEASE}": image(RELEASE),
        "boot/vmlinuz-5.0": b"\0" * 1000,
        "lib/modules/6.6.1/vmlinuz": b"\x1f\x8b",
    }
    sbom, troubles = read(files)
    assert not troubles
    assert [(p.name, p.version) for p in sbom.packages] == [
        ("a", RELEASE),
        ("linux-kernel", "5.0"),
        ("linux-kernel", RELEASE),
        ("linux-kernel", "6.6.1"),
        ("nf_tables", RELEASE),
        ("xfs", RELEASE),
    ]


def test_kernels_of_a_distribution_package_are_that_package() -> None:
    path = f"{AT}/fs/xfs/xfs.ko"
    sbom, _ = read(
        {
            "etc/os-release": "ID=debian\nVERSION_ID=12\n",
            "var/lib/dpkg/status": stanza("linux-image"),
            "var/lib/dpkg/info/linux-image.list": f"/.\n/{path}\n",
            path: module("license=GPL", MAGIC),
            f"{AT}/extra/own.ko": module("license=GPL", MAGIC),
        }
    )
    assert [p.name for p in sbom.packages] == ["linux-image", "own"]


@pytest.mark.parametrize(
    "data", [b"text", module("license=GPL"), module(MAGIC)[:80], b"\x7fELF" + b"\xff" * 100]
)
def test_what_is_no_module_costs_a_problem(data: bytes) -> None:
    sbom, troubles = read({f"{AT}/x.ko": data})
    assert not sbom.packages
    assert any("no kernel module" in trouble for trouble in troubles)


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=6))
def test_damage_never_escapes(changes: list[tuple[int, int]]) -> None:
    data = bytearray(module("version=1", "license=GPL", MAGIC))
    for at, value in changes:
        data[at % len(data)] = value
    with contextlib.suppress(ValueError):
        PROBE.extract("lib/modules/1/x.ko", MemoryBody(bytes(data)))
