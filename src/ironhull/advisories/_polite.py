"""The transport as advisory sources use it: few connections a host, no second try of a dead one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ironhull.errors import AdvisoryError, TransportError
from ironhull.limits import LIMITS

if TYPE_CHECKING:
    from ironhull.transport import Fetched, Transport

__all__ = ["Courier"]

_BEGINNING = 512  # bytes of a file that tell a web page
_PAGES = (b"<!doctype html", b"<html", b"<head")


class Courier:
    """Gets files for several sources at once; threads share it.

    At most `LIMITS.http_host_parallel` connections are open to a host, pauses it asks for included.
    A host that did not answer one source is asked last by the others.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._lock = threading.Lock()
        self._places: dict[object, threading.BoundedSemaphore] = {}
        self._down: set[object] = set()

    def document(
        self, url: str, *, etag: str = "", last_modified: str = "", max_bytes: int
    ) -> Fetched:
        """A small document, as `Transport.get`; AdvisoryError for a web page in its place."""
        with self._place(url):
            got = self._transport.get(
                url, etag=etag, last_modified=last_modified, max_bytes=max_bytes
            )
        if not got.not_modified:
            _refuse_page(url, got.data[:_BEGINNING])
        return got

    def file(
        self,
        url: str,
        dest: Path,
        *,
        label: str,
        etag: str = "",
        last_modified: str = "",
        max_bytes: int = LIMITS.advisory_zip_bytes,
    ) -> Fetched:
        """A file, as `Transport.refresh`; AdvisoryError for a web page in its place."""
        with self._place(url):
            got = self._transport.refresh(
                url,
                dest,
                etag=etag,
                last_modified=last_modified,
                max_bytes=max_bytes,
                label=label,
            )
        if not got.not_modified:
            with dest.open("rb") as file:
                _refuse_page(url, file.read(_BEGINNING))
        return got

    def each(self, work: Callable[[str], None], names: Sequence[str]) -> None:
        """`work` on every name, several at a time; the first failure is raised."""
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(LIMITS.http_host_parallel) as pool:
            running = [pool.submit(work, name) for name in names]
            try:
                for future in running:
                    future.result()
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                raise

    def in_turn(self, urls: Sequence[str]) -> list[str]:
        """Mirrors in the order in which to ask them."""
        return sorted(urls, key=lambda url: _host(url) in self._down)

    def note_down(self, url: str) -> None:
        """The host of `url` did not answer."""
        with self._lock:
            self._down.add(_host(url))

    @contextmanager
    def _place(self, url: str) -> Iterator[None]:
        with self._lock:
            place = self._places.setdefault(
                _host(url), threading.BoundedSemaphore(LIMITS.http_host_parallel)
            )
        with place:
            yield


def _host(url: str) -> object:
    from ironhull.transport import origin

    try:
        return origin(url)
    except TransportError:
        return url


def _refuse_page(url: str, beginning: bytes) -> None:
    from ironhull.transport import redact

    if not beginning.strip():
        raise AdvisoryError(f"{redact(url)}: an empty file came", "the old data stays in use")
    if beginning.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_PAGES):
        raise AdvisoryError(
            f"{redact(url)}: a web page came instead of advisory data",
            "a proxy or a login page answers in its place; the old data stays in use",
        )
