"""The probe of programs: one look at the section names tells Go, Rust and all others apart.

Facts are records, each `KIND LENGTH` and a newline before its bytes; a kind ending in "!" holds the
reason why a program of that kind does not tell what is in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ironhull.catalogers._row import Needs
from ironhull.model import Platform, Relation, Tree
from ironhull.oci.probes import Body

__all__ = ["extract", "record", "relate"]


def extract(_path: str, body: Body) -> bytes:
    from ironhull.catalogers._binary_rust import audit_data
    from ironhull.catalogers._elf import read_elf
    from ironhull.catalogers._go_buildinfo import from_elf, from_windows, texts

    elf = read_elf(body)
    facts = b""
    try:
        told = from_windows(body) if elf is None else from_elf(elf)
        if told is not None:
            facts = _record(b"go", told[0].encode() + b"\0" + told[1])
            if elf is not None and (versions := texts(elf, told[1])):
                facts += _record(b"go-texts", versions)
    except ValueError as trouble:
        facts = _record(b"go!", str(trouble).encode())
    if elf is None:
        return facts
    try:
        if audit := audit_data(elf):
            facts += _record(b"rust", audit)
    except ValueError as trouble:
        facts += _record(b"rust!", str(trouble).encode())
    return facts


def _record(kind: bytes, data: bytes) -> bytes:
    return b"%s %d\n%s" % (kind, len(data), data)


def record(facts: bytes, kind: str) -> bytes | None:
    """The bytes of the record of that kind; None where there is none."""
    at = 0
    while at < len(facts):
        behind = facts.index(b"\n", at)
        name, _, length = facts[at:behind].partition(b" ")
        at = behind + 1 + int(length)
        if name == kind.encode():
            return facts[behind + 1 : at]
    return None


def relate(needs: Sequence[Needs], _tree: Tree, _platform: Platform | None) -> Iterable[Relation]:
    """Relations of packages whose requirements are purls already."""
    for need in needs:
        for purl in need.requires:
            if purl != need.package.purl:
                yield Relation(need.package.purl, "depends-on", purl)
