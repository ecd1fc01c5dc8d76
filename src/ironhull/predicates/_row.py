"""What a row of the table of predicate types says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ironhull.values import dataclass

__all__ = ["PredicateType"]


@dataclass(frozen=True, slots=True)
class PredicateType:
    """A kind of attestation: what users call it, the URI we write, and those that mean the same.

    `other_names` are what users of other tools call it. A `family` holds every version below
    "URI" or "URI/". `check(predicate)` gives what is wrong with one, a line each; `sum_up` what it
    says in a few words; `read(data, name)` makes one of a file, where more than one form of file
    will do, and raises FormatError.
    """

    name: str
    uri: str
    about: str
    also: tuple[str, ...] = ()
    other_names: tuple[str, ...] = ()
    family: str = ""
    check: Callable[[Any], list[str]] | None = None
    sum_up: Callable[[Any], str] | None = None
    read: Callable[[bytes, str], Any] | None = None

    def covers(self, uri: str) -> bool:
        """Whether `uri` is of this kind, in any version."""
        if uri in (self.uri, *self.also):
            return True
        return bool(self.family) and (uri == self.family or uri.startswith(f"{self.family}/"))
