"""What an output format is: a row that says how to write one kind of document."""

from __future__ import annotations

from collections.abc import Callable

from ironhull.values import dataclass


@dataclass(frozen=True, slots=True)
class Format:
    """A document format. `write` takes the document's value and what else the kind needs.

    SBOM formats: `write(sbom, *, created) -> bytes`, `created` an RFC 3339 time in UTC. `write`
    imports the module that does the work when it is called, so a row costs nothing.
    """

    name: str
    media_type: str
    write: Callable[..., bytes]
