"""Statements of exploitability: VEX documents of every format, read, written, checked.

A format is a row of FORMATS. Reading knows bytes only; where documents come from and which
statements apply is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ironhull.errors import FormatError
from ironhull.lazy import lazily
from ironhull.limits import LIMITS
from ironhull.model import Component, Problem, Statement
from ironhull.statements._decode import HINT, decode
from ironhull.statements._reading import Reading
from ironhull.statements._wrapping import unwrapped
from ironhull.values import dataclass

__all__ = ["FORMATS", "VexFormat", "read_vex", "readings"]


@dataclass(frozen=True, slots=True)
class VexFormat:
    """A format of VEX documents: how to know it (`keys` it has), and how to read it."""

    name: str
    recognises: Callable[[Mapping[str, Any]], bool]
    read: Callable[[Mapping[str, Any], Reading], None]


FORMATS: tuple[VexFormat, ...] = (
    VexFormat(
        "OpenVEX",
        lazily("ironhull.statements.openvex", "recognises"),
        lazily("ironhull.statements.openvex", "read_openvex"),
    ),
    VexFormat(
        "CycloneDX",
        lazily("ironhull.statements.cyclonedx", "recognises"),
        lazily("ironhull.statements.cyclonedx", "read_cyclonedx"),
    ),
    VexFormat(
        "CSAF",
        lazily("ironhull.statements.csaf", "recognises"),
        lazily("ironhull.statements.csaf", "read_csaf"),
    ),
)
"""Every format of VEX documents that is read."""


def read_vex(
    data: bytes,
    document: str,
    *,
    origin: str = "file",
    issued: str = "",
    subjects: tuple[Component, ...] = (),
) -> tuple[tuple[Statement, ...], tuple[Problem, ...]]:
    """The statements of a VEX document and what is wrong with it.

    `document` names it (file, URL, digest), `origin` says how it came here; `issued` and `subjects`
    are what statements inherit that name no time or product, where the document and the in-toto
    statement around it do not either. Statements in DSSE envelopes are "unchecked": no signature is
    verified here. Raises FormatError where it is no VEX, damaged or beyond the limits.
    """
    start = Reading(document, origin, issued, subjects)
    read = readings(data, start)
    statements = tuple(statement for reading in read for statement in reading.statements)
    return statements, tuple(problem for reading in read for problem in reading.problems())


def readings(data: bytes, start: Reading) -> list[Reading]:
    """Each document in `data` as read; what it inherits is taken from `start`. FormatError."""
    documents = decode(data, start.document)
    found, refused = [], []
    for number, document in enumerate(documents, 1):
        name = f"{start.document}:{number}" if len(documents) > 1 else start.document
        reading = Reading(name, start.origin, start.issued, start.subjects, room=start.room)
        try:
            _read(document, reading)
        except FormatError as trouble:
            refused.append((reading, trouble))
        else:
            found.append(reading)
    if not found:
        raise refused[0][1] if refused else FormatError(f"{start.document}: holds nothing", HINT)
    for reading, fault in refused:
        if not isinstance(fault, _OtherStatementError):
            reading.say("", "not-vex", fault.message.removeprefix(f"{reading.document}: "))
            found.append(reading)
    return found


class _OtherStatementError(FormatError):
    """An in-toto statement whose predicate is something else than VEX."""


def _read(document: object, reading: Reading) -> None:
    if not isinstance(document, dict):
        raise FormatError(f"{reading.document}: is no VEX document", HINT)
    inner = unwrapped(document, reading)
    row = next((row for row in FORMATS if row.recognises(inner)), None)
    if row is None:
        keys = ", ".join(str(key)[:24] for key in list(inner)[:4])
        raise (FormatError if inner is document else _OtherStatementError)(
            f"{reading.document}: is no VEX document (it begins with {keys})", HINT
        )
    row.read(inner, reading)
    if len(reading.statements) > LIMITS.vex_statements:
        raise FormatError(
            f"{reading.document}: holds more than {LIMITS.vex_statements} statements", "split it"
        )
