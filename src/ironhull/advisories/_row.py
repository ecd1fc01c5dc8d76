"""What an advisory source is: a row of data and the function that reads its files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ironhull.model import Problem
from ironhull.values import dataclass, field

__all__ = ["AdvisorySource", "Tally"]

_AHEAD = timedelta(days=1)  # clocks and time zones differ; more than a day is a typing error
_KEPT_PROBLEMS = 20


@dataclass(slots=True)
class Tally:
    """What reading one source found beside its records. `now` is RFC 3339 in UTC.

    `scopes` tells how much the source knows of each scope; `skipped` counts records that could not
    be used, of which the first few are `problems`; `examined` are the (scope, package) pairs that a
    source which knows only some packages has looked at.
    """

    source: str
    now: str
    date: str = ""
    skipped: int = 0
    future: int = 0
    scopes: dict[str, str] = field(default_factory=dict)
    examined: set[tuple[str, str]] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)

    def saw(self, date: str) -> None:
        """Note the date of a statement; one in the future is not believed and counted."""
        if date > self.date:
            if date > _later(self.now):
                self.future += 1
            else:
                self.date = date

    def skip(self, where: str, message: str) -> None:
        """Note a record that cannot be used."""
        self.skipped += 1
        if len(self.problems) < _KEPT_PROBLEMS:
            self.problems.append(Problem("advisories", f"{self.source}: {where}", message))


def _later(now: str) -> str:
    moment = datetime.fromisoformat(now) + _AHEAD
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class AdvisorySource:
    """One source: where it is, how it is fetched, how its files are read.

    `name` identifies it, `base` the URL setting it belongs to (several may share one), `url` that
    setting's default. `fetch` is "document" (one file, conditional GET) or "osv" (a folder of
    OSV's bucket named `folder`); `gives` says what `parse(directory, tally)` yields: "claims"
    (`Advisory`), "kev" (CVE ids) or "epss" (CVE, score, percentile). `stale_days`: older data is
    called stale. `parse` raises AdvisoryError for files that are not what they should be.
    """

    name: str
    base: str
    url: str
    fetch: str
    gives: str
    parse: Callable[[Path, Tally], Iterator[Any]]
    stale_days: int = 7
    folder: str = ""
