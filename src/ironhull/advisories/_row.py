"""What an advisory source is: a row of data and the function that reads its files.

How its files come is one of four shapes, `AdvisorySource.fetch`:

"document"  one file at the URL, however large (JSON, .gz, .tar.gz): kept as `document`
"files"     several files below the URL, each with validators of its own: `files` names them, they
            are kept under the same relative paths
"listed"    a list of all records with the date of each, and an archive of all of them; `listing`
            says where. Few changes are fetched record by record, many as the archive.
"bundled"   comes with Ironhull, nothing is fetched

All are conditional (ETag, Last-Modified), resumed after a cut, tried at each mirror in turn, and
put in place only when `parse` could read them. `parse(directory, tally)` finds in `directory` what
the shape says, and beside it `state.json`, which it leaves alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ironhull.model import Problem
from ironhull.values import dataclass, field

__all__ = ["AdvisorySource", "Listing", "RemoteFile", "Tally", "later"]

_AHEAD = timedelta(days=1)  # clocks and time zones differ; more than a day is a typing error
_KEPT_PROBLEMS = 20


@dataclass(slots=True)
class Tally:
    """What reading one source found beside its records. `now` is RFC 3339 in UTC.

    `scopes` tells how much the source knows of each scope; `skipped` counts records that could not
    be used, of which the first few are `problems`; `passed` counts by reason those that say nothing
    a version could be compared with (commits only), which is no fault; `examined` are the (scope,
    package) pairs that a source which knows only some packages has looked at.
    """

    source: str
    now: str
    date: str = ""
    skipped: int = 0
    future: int = 0
    scopes: dict[str, str] = field(default_factory=dict)
    examined: set[tuple[str, str]] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    passed: dict[str, int] = field(default_factory=dict)

    def saw(self, date: str) -> None:
        """Note the date of a statement; one in the future is not believed and counted."""
        if date > self.date:
            if date > later(self.now):
                self.future += 1
            else:
                self.date = date

    def skip(self, where: str, message: str) -> None:
        """Note a record that cannot be used."""
        self.skipped += 1
        if len(self.problems) < _KEPT_PROBLEMS:
            self.problems.append(Problem("advisories", f"{self.source}: {where}", message))

    def leave(self, reason: str) -> None:
        """Count a record that is sound and says nothing that can be matched."""
        self.passed[reason] = self.passed.get(reason, 0) + 1


def later(now: str) -> str:
    """The moment after which dates are not believed at `now`, both RFC 3339."""
    moment = datetime.fromisoformat(now) + _AHEAD
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One file of a source of shape "files".

    `path` is relative to the source's URL, and to `parse`'s directory. `optional`: a server without
    it is no failure (at least one file must be there). `check` is the path of a small file that
    changes with it (a `.meta`, a `.sha256`): it is asked for first and kept, too; where it says the
    same as before the file is not asked for; a server without it is asked for the file itself.
    `verify(path of the file, bytes of the check)` raises AdvisoryError for a file that is not the
    one the check is about.
    """

    path: str
    optional: bool = False
    check: str = ""
    verify: Callable[[Path, bytes], None] | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """Where a source of shape "listed" has its list and its archive; paths are relative to it.

    `read(bytes)` turns the list into name -> date of its last change (RFC 3339), and raises
    AdvisoryError for what is no such list. `archive` is the path of the archive of all records, or
    with `pointer` what it is kept as: the file at `pointer` then holds its path. A record is at its
    name with `suffix`. Kept are the list under its own name, the archive as `archive`, and records
    that changed since as `changed/NAME` with suffix. `members` lists what an archive holds (names
    without suffix), so that records it lacks can be fetched; without it, all are taken to be there.
    """

    list: str
    archive: str
    read: Callable[[bytes], dict[str, str]]
    pointer: str = ""
    suffix: str = ".json"
    members: Callable[[Path], Set[str]] | None = None


@dataclass(frozen=True, slots=True)
class AdvisorySource:
    """One source: where it is, how it is fetched, how its files are read.

    `name` identifies it, `base` the URL setting it belongs to (several may share one), `url` that
    setting's default, `folder` a path below it. `fetch` is a shape (see the module), `files(scopes,
    now)` gives the files of shape "files" for the scopes that are needed (none: for all there are),
    `listing` belongs to "listed". `gives` says what `parse(directory, tally)` yields: "claims"
    (`Advisory`), "kev" ((CVE, words on its exploitation)), "epss" (CVE, score, percentile) or
    "facts" ((CVE, kind, value, source word)). `serves` are the first parts ("Debian" of
    "Debian:13") of the scopes it speaks of, empty for what serves every image: a source is fetched
    when an image seen so far needs it.
    `heavy`: fetched only then, also when nothing was seen yet. `stale_days`: older data is called
    stale. `parse` raises AdvisoryError for files that are not what they should be.
    """

    name: str
    base: str
    url: str
    fetch: str
    gives: str
    parse: Callable[[Path, Tally], Iterator[Any]]
    stale_days: int = 7
    folder: str = ""
    files: Callable[[frozenset[str], str], Sequence[RemoteFile]] | None = None
    listing: Listing | None = None
    serves: tuple[str, ...] = ()
    heavy: bool = False
