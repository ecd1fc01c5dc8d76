"""One source asked at one mirror, and what the shapes of fetching have in common."""

from __future__ import annotations

import hashlib
from datetime import UTC
from pathlib import Path

from ironhull.advisories._polite import Courier
from ironhull.advisories._raw import State, adopt
from ironhull.advisories._row import AdvisorySource
from ironhull.errors import AdvisoryError
from ironhull.values import dataclass, replace

__all__ = ["Visit", "of_http"]


@dataclass(frozen=True, slots=True)
class Visit:
    """One source asked at one mirror.

    `url` is the mirror as the settings name it, `place` where the source is below it; `current`
    holds the files there are, described by `held`, `incoming` takes the new ones. `dated`: they
    state their date.
    """

    source: AdvisorySource
    place: str
    url: str
    courier: Courier
    current: Path
    incoming: Path
    held: State
    now: str
    dated: bool = False

    @property
    def validators(self) -> tuple[str, str]:
        """ETag and Last-Modified this mirror gave when it was asked before."""
        if self.held.url != self.url:
            return "", ""
        return self.held.etag, self.held.last_modified

    def fetch_document(self, url: str, name: str) -> State | None:
        """One file at `url`, kept as `name`; None where it is as before.

        A server's file that is older than the one there is, by the date servers give files, is
        refused where its content states no date of its own.
        """
        etag, modified = self.validators if (self.current / name).is_file() else ("", "")
        got = self.courier.file(
            url,
            self.incoming / name,
            label=self.source.name,
            etag=etag,
            last_modified=modified,
        )
        if got.not_modified:
            return None
        self._refuse_older(of_http(got.last_modified), url)
        with (self.incoming / name).open("rb") as file:
            print_ = hashlib.file_digest(file, "sha256").hexdigest()
        state = State(
            url=self.url,
            etag=got.etag,
            last_modified=got.last_modified,
            fetched=self.now,
            fingerprint=print_,
        )
        return self.kept(state)

    def _refuse_older(self, date: str, url: str) -> None:
        from ironhull.transport import redact

        known = of_http(self.held.last_modified)
        if date and date < known and not self.dated:
            raise AdvisoryError(
                f"{redact(url)} is of {date}, older than the data there is, of {known}",
                "the mirror is behind; the newer data stays in use",
            )

    def settled(self, state: State, *, said: str) -> State | None:
        """`state` with the fingerprint of `said`; None where that is the one of before."""
        return self.kept(replace(state, fingerprint=hashlib.sha256(said.encode()).hexdigest()))

    def kept(self, state: State) -> State | None:
        """`state`; None where it says what is held, which then is as new as it."""
        if state.fingerprint != self.held.fingerprint:
            return state
        adopt(self.current, state)
        return None


def of_http(date: str) -> str:
    """An HTTP date (RFC 9110, 5.6.7) as RFC 3339; "" for anything else."""
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(date)
    except (ValueError, TypeError, IndexError):
        return ""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
