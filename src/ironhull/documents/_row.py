"""What a kind of document is: a row that says how to know it and how to read it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ironhull.documents._assemble import Content
from ironhull.values import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["DocumentKind", "Wrapping"]


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """A format of SBOMs: `recognises(document)`, `read(document, where)` raising FormatError."""

    name: str
    recognises: Callable[[Mapping[str, Any]], bool]
    read: Callable[[Mapping[str, Any], str], Content]


@dataclass(frozen=True, slots=True)
class Wrapping:
    """Something documents are put into.

    `unwrap(document, wanted)` gives the inner document and adds what it tells to `wanted`.
    """

    name: str
    recognises: Callable[[Mapping[str, Any]], bool]
    unwrap: Callable[[Mapping[str, Any], Wanted], Mapping[str, Any]]


@dataclass(slots=True)
class Wanted:
    """What is known before the document itself is read.

    `where` names the document in errors, `platform` is the one asked for ("os/architecture", ""
    for any), `notes` are said with the result, `subject` is (name, digest) of what a statement is
    about.
    """

    where: str
    platform: str
    notes: list[str]
    subject: tuple[str, str] = ("", "")
