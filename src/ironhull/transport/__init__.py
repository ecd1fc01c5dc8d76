"""Downloads: retried, resumed, bounded, verified, never half-written.

    transport = Transport(user_agent="ironhull/1.0")
    document = transport.get(url, etag=known).data
    transport.download(url, path, size=4096, sha256="…")

http, https and file URLs. A cut connection, 429 and 5xx are tried again with growing pauses; a
download goes on where it stopped (RFC 9110, 14: Range, If-Range) and appears at its destination
only when it is whole and has the digest asked for. Credentials of a URL go to its own origin and
into no message. Errors: TransportError (MissingError where there is nothing, MismatchError for
another size or digest), StoreError.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path

from ironhull.errors import TransportError
from ironhull.limits import LIMITS
from ironhull.model import Progress
from ironhull.transport._http import Answer, Client, MissingError, file_path
from ironhull.transport._part import Part, disk, file_sha256, open_part
from ironhull.transport._retry import Patience, persist
from ironhull.transport._wire import (
    REDIRECTS,
    CutError,
    Reply,
    Wire,
    origin,
    passing,
    redact,
    redirected,
    retry_after,
)
from ironhull.values import dataclass, replace

__all__ = [
    "REDIRECTS",
    "CutError",
    "Fetched",
    "Job",
    "MismatchError",
    "MissingError",
    "Part",
    "Patience",
    "Reply",
    "Transport",
    "Wire",
    "disk",
    "file_path",
    "file_sha256",
    "open_part",
    "origin",
    "passing",
    "persist",
    "redact",
    "redirected",
    "retry_after",
]

_CHUNK = 256 * 1024
_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document: `data` is empty when `not_modified`; `url` is where it came from in the end."""

    data: bytes
    etag: str = ""
    last_modified: str = ""
    not_modified: bool = False
    url: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """One download of many; `size` in bytes, `sha256` hex, None where not known."""

    url: str
    dest: Path
    size: int | None = None
    sha256: str | None = None
    max_bytes: int = LIMITS.http_file_bytes
    label: str = ""


class Transport:
    """Gets documents and files.

    `proxies` maps a scheme to a proxy URL ("no": hosts to reach directly), None means the system's
    settings. `mirrors` maps the beginning of URLs to what is asked instead. `offline` refuses all
    but file:// URLs. `pause` waits between tries (seconds). `credentials` are what origins
    (scheme://host[:port]) are sent as Authorization.
    """

    def __init__(  # noqa: PLR0913  # each is something of its own that a run is told
        self,
        *,
        user_agent: str,
        progress: Progress | None = None,
        proxies: Mapping[str, str] | None = None,
        mirrors: Mapping[str, str] | None = None,
        offline: bool = False,
        pause: Callable[[float], None] = time.sleep,
        credentials: Mapping[str, str] | None = None,
    ) -> None:
        self._client = Client(
            user_agent,
            proxies,
            mirrors=mirrors or {},
            offline=offline,
            credentials=credentials or {},
        )
        self._progress = progress
        self._pause = pause

    def get(
        self,
        url: str,
        *,
        etag: str = "",
        last_modified: str = "",
        max_bytes: int = LIMITS.http_document_bytes,
    ) -> Fetched:
        """The document at `url`, in memory; with `etag` or `last_modified` only if it changed."""
        headers = _since(etag, last_modified)

        def once() -> Fetched:
            with self._client.open(url, headers) as answer:
                return _document(answer, max_bytes)

        with _naming(url):
            return persist(once, lambda: 0, self._pause)

    def download(
        self,
        url: str,
        dest: Path,
        *,
        size: int | None = None,
        sha256: str | None = None,
        max_bytes: int = LIMITS.http_file_bytes,
        label: str = "",
    ) -> Path:
        """The file at `url` put at `dest`, whole and verified; goes on from `dest`.part.

        Nothing is fetched when `dest` has `sha256` already.
        """
        self._download(Job(url, dest, size, sha256, max_bytes, label), threading.Event())
        return dest

    def refresh(
        self,
        url: str,
        dest: Path,
        *,
        etag: str = "",
        last_modified: str = "",
        max_bytes: int = LIMITS.http_file_bytes,
        label: str = "",
    ) -> Fetched:
        """The file at `url` put at `dest` where it changed since `etag` or `last_modified`.

        `dest` is written when all of it is there, from `dest`.part on; `data` of the answer is
        empty. Nothing is written when it is `not_modified`.
        """
        job = Job(url, dest, None, None, max_bytes, label)

        def once() -> Fetched:
            headers = {**_since(etag, last_modified), **_range(job, part)}
            with self._client.open(url, headers) as answer:
                if answer.status != 304:
                    self._receive(job, part, answer, threading.Event())
                return _described(answer)

        with _naming(url), open_part(dest) as part:
            found = persist(once, lambda: part.size, self._pause)
            if found.not_modified:
                part.drop()
            else:
                part.finish()
        return found

    def download_all(self, jobs: Sequence[Job]) -> None:
        """All `jobs`, several at a time; the first failure stops the rest and is raised."""
        stop = threading.Event()
        pool = ThreadPoolExecutor(LIMITS.http_parallel, thread_name_prefix="download")
        try:
            running = [pool.submit(self._download, job, stop) for job in jobs]
            done, _ = wait(running, return_when=FIRST_EXCEPTION)
            failed = [f for f in running if f in done and f.exception() is not None]
            for future in failed[:1]:
                future.result()
        finally:
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)

    def _download(self, job: Job, stop: threading.Event) -> None:
        if job.sha256 and file_sha256(job.dest) == job.sha256:
            return
        with _naming(job.url), open_part(job.dest) as part:
            if job.sha256 and file_sha256(job.dest) == job.sha256:
                part.drop()  # another process was faster
                return
            for resumed in (True, False) if part.size else (False,):
                try:
                    self._fill(job, part, stop)
                    _verify(job, part)
                    break
                except MismatchError:
                    if not resumed:
                        part.drop()
                        raise
                    part.restart("")  # the beginning may have been of something else
            part.finish()

    def _fill(self, job: Job, part: Part, stop: threading.Event) -> None:
        def once() -> None:
            if job.size is not None and part.size == job.size:
                return
            with self._client.open(job.url, _range(job, part)) as answer:
                self._receive(job, part, answer, stop)

        persist(once, lambda: part.size, self._pause)

    def _receive(self, job: Job, part: Part, answer: Answer, stop: threading.Event) -> None:
        if not _continues(answer, part):
            part.restart(_validator(answer.headers))
            if answer.status != 200:
                raise CutError(f"{redact(job.url)}: the server cannot go on where it stopped")
        bound = job.max_bytes if job.size is None else min(job.size, job.max_bytes)
        total = part.size + _length(answer)
        _check_total(job, part, total if _length(answer) else 0, bound)
        while chunk := answer.read(_CHUNK):
            if stop.is_set():
                raise TransportError(f"{redact(job.url)}: stopped")
            if part.size + len(chunk) > bound:
                part.drop()
                raise _too_much(job, bound)
            part.append(chunk)
            if self._progress:
                self._progress(job.label or job.dest.name, part.size, job.size or total)


@contextmanager
def _naming(url: str) -> Iterator[None]:
    """Lets MissingError say which URL was asked for, whatever it redirects to."""
    try:
        yield
    except MissingError as trouble:
        trouble.url = url
        raise


class MismatchError(TransportError):
    """What arrived has not the size or digest asked for: altered, or another version."""


def _since(etag: str, last_modified: str) -> dict[str, str]:
    """Headers that ask for what changed only (RFC 9110, 13.1: the entity tag counts if known)."""
    if etag:
        return {"If-None-Match": etag}
    return {"If-Modified-Since": last_modified} if last_modified else {}


def _described(answer: Answer) -> Fetched:
    """What an answer says of its body."""
    etag = answer.headers.get("ETag", "")
    modified = answer.headers.get("Last-Modified", "")
    return Fetched(b"", etag, modified, answer.status == 304, answer.url)


def _document(answer: Answer, max_bytes: int) -> Fetched:
    found = _described(answer)
    if found.not_modified:
        return found
    if answer.status != 200:
        raise TransportError(f"{redact(answer.url)}: the server answers {answer.status}")
    chunks, size = [], 0
    while chunk := answer.read(_CHUNK):
        size += len(chunk)
        if size > max_bytes:
            raise TransportError(f"{redact(answer.url)}: larger than {max_bytes} bytes")
        chunks.append(chunk)
    return replace(found, data=b"".join(chunks))


def _range(job: Job, part: Part) -> dict[str, str]:
    """Headers that ask for the rest, where the rest can be trusted to be of the same file."""
    if not part.size:
        return {}
    if job.sha256:
        return {"Range": f"bytes={part.size}-"}
    if validator := part.validator:
        return {"Range": f"bytes={part.size}-", "If-Range": validator}
    return {}


def _validator(headers: Mapping[str, str]) -> str:
    """What If-Range may name: a strong entity tag, or a date that is one (RFC 9110, 13.1.5).

    A date is a strong validator when the answer was made a second later or more (8.8.2.2).
    """
    etag = headers.get("ETag", "")
    if etag:
        return "" if etag.startswith("W/") else etag
    modified = headers.get("Last-Modified", "")
    made, changed = _moment(headers.get("Date", "")), _moment(modified)
    return modified if made and changed and made - changed >= 1 else ""


def _moment(date: str) -> float:
    import email.utils

    try:
        return email.utils.parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0.0


def _continues(answer: Answer, part: Part) -> bool:
    if answer.status != 206:
        return False
    match = _CONTENT_RANGE.fullmatch(answer.headers.get("Content-Range", "").strip())
    return match is not None and int(match[1]) == part.size


def _length(answer: Answer) -> int:
    text = answer.headers.get("Content-Length", "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _check_total(job: Job, part: Part, total: int, bound: int) -> None:
    if total > bound:
        part.drop()
        raise _too_much(job, bound)
    if job.size is not None and total and total != job.size:
        raise MismatchError(
            f"{redact(job.url)}: {total} bytes are offered where {job.size} were expected",
            "the file changed on the server, or a proxy answers in its place",
        )


def _too_much(job: Job, bound: int) -> TransportError:
    kind = TransportError if job.size is None else MismatchError
    return kind(
        f"{redact(job.url)}: more than the {bound} bytes expected arrive",
        "the file changed on the server, or a proxy answers in its place",
    )


def _verify(job: Job, part: Part) -> None:
    problem = ""
    if job.size is not None and part.size != job.size:
        problem = f"{part.size} bytes arrived where {job.size} were expected"
    elif job.sha256 and part.sha256 != job.sha256:
        problem = f"sha256 is {part.sha256}, not {job.sha256} as expected"
    if problem:
        raise MismatchError(
            f"{redact(job.url)}: {problem}",
            "the file changed on the server, or something between alters it",
        )
