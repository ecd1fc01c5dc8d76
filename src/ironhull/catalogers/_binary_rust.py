"""What cargo-auditable leaves in a program: the crates it was built from.

Source: rust-secure-code/cargo-auditable, PARSING.md: section `.dep-v0`, zlib over JSON.
"""

from __future__ import annotations

from ironhull.catalogers._elf import Elf
from ironhull.limits import LIMITS

__all__ = ["audit_data"]

_SECTION = b".dep-v0"


def audit_data(elf: Elf) -> bytes:
    """The JSON document; b"" of a program without one. Raises ValueError for a damaged one."""
    section = elf.section(_SECTION)
    if section is None:
        if elf.has(_SECTION):
            raise ValueError("the audit data of this Rust program is outside the file")
        return b""
    import zlib

    inflate = zlib.decompressobj()
    packed = elf.body.read(section.offset, min(section.size, LIMITS.rust_audit_bytes))
    try:
        document = inflate.decompress(packed, LIMITS.rust_audit_bytes)
    except zlib.error as trouble:
        raise ValueError(f"the audit data of this Rust program is damaged: {trouble}") from None
    if not inflate.eof:
        raise ValueError(
            "the audit data of this Rust program is cut off or more than"
            f" {LIMITS.rust_audit_bytes} bytes"
        )
    return document
