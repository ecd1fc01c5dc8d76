"""What Java trusts after certificates changed: the keystore that ca-certificates-java keeps."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping

from ironhull.builders.debian_base.keystore import PASSWORD, jks

__all__ = ["changed_keystore"]

_MAGIC, _VERSION, _TRUSTED = 0xFEEDFEED, 2, 2
_CHECK = 20  # bytes of SHA-1 at the end


def changed_keystore(
    data: bytes, dropped: set[bytes], added: Mapping[str, bytes], moment: int
) -> bytes:
    """The keystore `data` without the certificates `dropped` (DER), with those `added` (by alias).

    `moment` is in milliseconds since 1970. Raises ValueError for anything but a JKS of trusted
    certificates under Java's own password: keys in it could not be written again.
    """
    kept = {alias: der for alias, der in _read(data).items() if der not in dropped}
    there = set(kept.values())
    kept |= {alias: der for alias, der in added.items() if der not in there}
    return jks(kept, moment)


def _read(data: bytes) -> dict[str, bytes]:
    body, check = data[:-_CHECK], data[-_CHECK:]
    said = hashlib.sha1(PASSWORD.encode("utf-16-be"), usedforsecurity=False)
    said.update(b"Mighty Aphrodite" + body)
    if said.digest() != check:
        raise ValueError("no JKS, or under a password of its own")
    try:
        return _entries(body)
    except (struct.error, UnicodeDecodeError) as trouble:
        raise ValueError(f"damaged: {trouble}") from trouble


def _entries(body: bytes) -> dict[str, bytes]:
    magic, version, count = struct.unpack_from(">III", body)
    if (magic, version) != (_MAGIC, _VERSION):
        raise ValueError("a keystore of another kind")
    found: dict[str, bytes] = {}
    at = 12
    for _ in range(min(count, len(body))):
        (tag,) = struct.unpack_from(">I", body, at)
        if tag != _TRUSTED:
            raise ValueError("holds a key")
        alias, at = _block(body, at + 4, ">H")
        _, at = _block(body, at + 8, ">H")  # the moment, then the type
        der, at = _block(body, at, ">I")
        found[alias.decode("utf-8")] = der
    return found


def _block(body: bytes, at: int, form: str) -> tuple[bytes, int]:
    """Bytes with their length before them, and what follows."""
    (size,) = struct.unpack_from(form, body, at)
    start = at + struct.calcsize(form)
    if start + size > len(body):
        raise ValueError("cut short")
    return body[start : start + size], start + size
