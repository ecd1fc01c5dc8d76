"""The shape of a secdb document, decoded one package at a time."""

import msgspec

__all__ = ["Fixes", "read_fixes", "read_packages"]


class _Document(msgspec.Struct):
    packages: list[msgspec.Raw] | None


class _Fixes(msgspec.Struct):
    name: str
    secfixes: dict[str, list[str] | None] | None = None


class _Package(msgspec.Struct):
    pkg: _Fixes


class Fixes(msgspec.Struct):
    """One package: its origin, and what each of its versions repaired."""

    name: str
    secfixes: dict[str, list[str]]


_document = msgspec.json.Decoder(_Document).decode
_package = msgspec.json.Decoder(_Package).decode


def read_packages(data: bytes) -> list[msgspec.Raw]:
    """The undecoded packages of a document; ValueError for anything else."""
    return _document(data).packages or []


def read_fixes(raw: msgspec.Raw) -> Fixes:
    """One package; ValueError for anything else."""
    pkg = _package(raw).pkg
    if not pkg.name:
        raise ValueError("a package without a name")
    return Fixes(pkg.name, {v: lines or [] for v, lines in (pkg.secfixes or {}).items()})
