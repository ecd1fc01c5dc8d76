"""Zipped eggs: Python distributions that are one archive, imported without unpacking.

Source: setuptools, "The Internal Structure of Python Eggs". What is kept of one is its PKG-INFO and
requires.txt, with a NUL between.
"""

from __future__ import annotations

from ironhull.oci.probes import Body

__all__ = ["contents", "extract"]

_MEMBERS = ("EGG-INFO/PKG-INFO", "EGG-INFO/requires.txt")
_MEMBER_BYTES = 1 << 20


def extract(_path: str, body: Body) -> bytes:
    if body.read(0, 2) != b"PK":
        return b""  # another system's file: CHICKEN Scheme's egg descriptions have that name
    from zipfile import ZipFile

    parts = []
    with ZipFile(body.open()) as archive:
        names = set(archive.namelist())
        for member in _MEMBERS:
            part = b""
            if member in names:
                with archive.open(member) as file:
                    part = file.read(_MEMBER_BYTES)
            parts.append(part.replace(b"\0", b""))
    return b"\0".join(parts)


def contents(facts: bytes) -> tuple[str, str]:
    """PKG-INFO and requires.txt of an egg."""
    metadata, _, requires = facts.partition(b"\0")
    return metadata.decode("utf-8", "replace"), requires.decode("utf-8", "replace")
