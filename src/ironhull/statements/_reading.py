"""What is known before a document is read, what was read of it, and what was wrong with it."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from ironhull.errors import FormatError
from ironhull.limits import LIMITS
from ironhull.model import Component, Problem, Statement
from ironhull.values import dataclass, field

__all__ = ["LEVELS", "STAGE", "Reading", "Trouble", "asked", "purl_like", "short", "text", "utc"]

STAGE = "vex"
LEVELS = ("error", "warning", "note")
"""Not used; used, but doubtful; used, and could be better (told by lint only)."""

_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,30}))?([Zz]|[+-]\d\d:\d\d)",
    re.ASCII,
)
_PURL = re.compile(r"pkg:/*[a-z][a-z0-9.+-]*/+[^/?#].*", re.ASCII | re.IGNORECASE | re.DOTALL)
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_LONGEST_ID = 16_384  # characters; longer ones are an attack


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong at `place` of a document ("statement 3, product 1"), under the name `rule`."""

    place: str
    rule: str
    level: str
    message: str


@dataclass(slots=True)
class Reading:
    """One document being read.

    `name` names it in messages, `document` with its identifier in statements; `issued` and
    `subjects` are what statements inherit that say neither time nor product, `author` whom the
    document names. With `about` (names of vulnerabilities in lower case) statements about others
    are only counted; `stated` is how many there are in all. With `keep`, for lint, the document
    stays in `inner` and notes are taken. `known` are fields of every statement that are known
    better than from the document: who signed it, which base it came with.
    """

    document: str
    origin: str = "file"
    issued: str = ""
    subjects: tuple[Component, ...] = ()
    signature: str = "unsigned"
    author: str = ""
    format: str = "openvex"
    about: Container[str] | None = None
    stated: int = 0
    statements: list[Statement] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    untold: int = 0
    room: int = LIMITS.file_problems
    keep: bool = False
    name: str = ""
    known: Sequence[tuple[str, str]] = ()
    inner: Mapping[str, Any] | None = None

    def say(self, place: str, rule: str, message: str, level: str = "error") -> None:
        """Note what is wrong; beyond `room` it is only counted."""
        if level == "note" and not self.keep:
            return
        if len(self.troubles) < self.room:
            self.troubles.append(Trouble(place, rule, level, message))
        else:
            self.untold += 1

    def add(self, number: int, vulnerability: str, aliases: tuple[str, ...], **said: Any) -> None:
        """Take a statement; `said` are the other fields of Statement."""
        self.stated += 1
        if not asked(self.about, (vulnerability, *aliases)):
            return
        said["signature"] = self.signature
        said.update(self.known)
        self.statements.append(
            Statement(
                number=number,
                vulnerability=vulnerability,
                aliases=aliases,
                author=self.author,
                document=self.document,
                format=self.format,
                origin=self.origin,
                **said,
            )
        )

    def check_amount(self, rows: int) -> None:
        """FormatError for more statements than are kept in memory."""
        if rows > LIMITS.vex_statements:
            raise FormatError(
                f"{self.name}: holds more than {LIMITS.vex_statements} statements", "split it"
            )

    def problems(self) -> tuple[Problem, ...]:
        """What a user must know: what was not used and what is doubtful."""
        found = [
            Problem(STAGE, f"{self.name}: {t.place}" if t.place else self.name, t.message)
            for t in self.troubles
            if t.level != "note"
        ]
        if self.untold:
            found.append(Problem(STAGE, self.name, f"{self.untold} more problems"))
        return tuple(found)


def asked(about: Container[str] | None, names: Iterable[str]) -> bool:
    """Whether one of `names` is in `about`; anything is in None."""
    return about is None or any(name.lower() in about for name in names)


def text(value: object) -> str:
    """A string without the blanks around it; "" for everything else."""
    return value.strip() if isinstance(value, str) else ""


def short(value: object) -> str:
    """A value as a message quotes it."""
    said = repr(value)
    return said if len(said) <= 80 else said[:79] + "…"


def purl_like(value: str) -> bool:
    """Whether `value`, which begins with pkg:, has what every package URL has: type and name."""
    return len(value) <= _LONGEST_ID and _PURL.fullmatch(value) is not None


@lru_cache(maxsize=4096)
def utc(value: str) -> str:
    """An RFC 3339 time in UTC, as `2025-01-31T10:00:00[.25]Z`; ValueError where it is none.

    Fractions have no trailing zeros, so that texts without the "Z" sort as times.
    """
    found = _TIME.fullmatch(value)
    if found is None:
        raise ValueError(f"{short(value)} is no RFC 3339 time")
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    fraction, zone = (found[7] or "")[:9].rstrip("0"), found[8]
    real = 1 <= month <= 12 and 1 <= day <= _DAYS[month - 1] and year
    leap = month != 2 or day != 29 or (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0))
    if not real or not leap or hour > 23 or minute > 59 or second > 60:
        raise ValueError(f"{short(value)} is no time there was")
    tail = f".{fraction}Z" if fraction else "Z"
    if zone in ("Z", "z") or zone[1:] == "00:00":
        return f"{value[:10]}T{value[11:19]}{tail}"
    from datetime import datetime, timedelta

    hours, minutes = int(zone[1:3]), int(zone[4:6])
    if hours > 23 or minutes > 59:
        raise ValueError(f"{short(value)} has no such time zone")
    off = timedelta(hours=hours, minutes=minutes) * (-1 if zone[0] == "-" else 1)
    try:
        moved = datetime(year, month, day, hour, minute, min(second, 59)) - off
    except OverflowError:
        raise ValueError(f"{short(value)} is no time there was") from None
    return f"{moved.isoformat()}{tail}"
