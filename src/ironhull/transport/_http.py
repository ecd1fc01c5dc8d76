"""One exchange over http, https or file: redirects, proxies, credentials, which failure may pass.

RFC 9110 (semantics), RFC 8089 (file URLs).
"""

from __future__ import annotations

import email.utils
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit, urlunsplit

from ironhull.errors import TransportError
from ironhull.limits import LIMITS
from ironhull.transport._wire import (
    REDIRECTS,
    CutError,
    Reply,
    Wire,
    checked_scheme,
    origin,
    passing,
    redact,
    redirected,
    retry_after,
)
from ironhull.values import dataclass

__all__ = ["Answer", "Client", "MissingError", "file_path"]

_PACKED = (".gz", ".tgz", ".xz", ".zst", ".bz2", ".zip", ".deb", ".whl")


class MissingError(TransportError):
    """The server answers, but has nothing at this URL (404, 410, no such file).

    `url` is the one asked for.
    """

    url = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response whose body is still to be read: `read(n)` gives up to n bytes, b"" at the end."""

    status: int
    headers: Mapping[str, str]
    url: str
    read: Callable[[int], bytes]


def file_path(url: str) -> Path:
    """The path of a file:// URL of this machine; raises TransportError for another host."""
    parts = urlsplit(url)
    if parts.netloc not in ("", "localhost"):
        raise TransportError(f"{redact(url)}: a file URL of another host", "write file:///path")
    return Path(unquote(parts.path))


class Client:
    """Opens URLs; threads may share it. `proxies`: scheme -> proxy URL, None: the system's."""

    def __init__(
        self,
        user_agent: str,
        proxies: Mapping[str, str] | None,
        *,
        mirrors: Mapping[str, str],
        offline: bool = False,
        credentials: Mapping[str, str] | None = None,
    ) -> None:
        self._mirrors = {of.rstrip("/"): to.rstrip("/") for of, to in mirrors.items()}
        self._offline = offline
        self._credentials = {origin(url): said for url, said in (credentials or {}).items()}
        self._wire = Wire(user_agent, proxies)

    @contextmanager
    def open(self, url: str, headers: Mapping[str, str]) -> Iterator[Answer]:
        """The answer to GET `url`, redirects followed; statuses 200, 206, 304 and 416 only.

        Raises CutError for what may pass, MissingError for 404 and 410, TransportError else.
        """
        url = self._mirrored(url)
        if checked_scheme(url) == "file":
            with _open_file(url, headers) as answer:
                yield answer
            return
        if self._offline:
            raise TransportError(f"{redact(url)}: not fetched, offline", "unset IRONHULL_OFFLINE")
        reply = self._follow(url, headers)
        try:
            _check_status(reply.status, reply.headers, reply.url)
            yield Answer(reply.status, reply.headers, reply.url, reply.read)
        finally:
            reply.close()

    def _mirrored(self, url: str) -> str:
        for of, to in self._mirrors.items():
            if url.startswith(f"{of}/"):
                return to + url[len(of) :]
        return url

    def _follow(self, url: str, headers: Mapping[str, str]) -> Reply:
        target, auth = _without_credentials(url)
        auth = auth or self._known(target)
        for _ in range(LIMITS.http_redirects + 1):
            reply = self._wire.send("GET", target, {**headers, **auth})
            location = reply.headers.get("Location", "")
            if reply.status not in REDIRECTS or not location:
                return reply
            reply.close()
            following, own = _without_credentials(redirected(target, location))
            same = origin(following) == origin(target)
            auth = own or (auth if same else self._known(following))
            target = following
        raise TransportError(
            f"{redact(url)}: more than {LIMITS.http_redirects} redirects", "check the URL"
        )

    def _known(self, url: str) -> dict[str, str]:
        """The Authorization header of the origin of `url`, if there is one."""
        said = self._credentials.get(origin(url))
        return {"Authorization": said} if said else {}


def _without_credentials(url: str) -> tuple[str, dict[str, str]]:
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    if not at:
        return url, {}
    import urllib3

    header = urllib3.make_headers(basic_auth=unquote(user))
    return urlunsplit(parts._replace(netloc=host)), dict(header)


def _check_status(status: int, headers: Mapping[str, str], url: str) -> None:
    if status in (200, 206, 304, 416):
        coding = headers.get("Content-Encoding", "identity").strip().lower()
        if coding not in ("", "identity") and not urlsplit(url).path.endswith(_PACKED):
            raise TransportError(f"{redact(url)}: sent with encoding {coding!r}, not asked for")
        return
    message = f"{redact(url)}: the server answers {status}"
    if passing(status):
        raise CutError(message, after=retry_after(headers.get("Retry-After", "")))
    if status in (404, 410):
        raise MissingError(message, "check the address; the file may have been removed")
    raise TransportError(message, "check the address and your access to it")


@contextmanager
def _open_file(url: str, headers: Mapping[str, str]) -> Iterator[Answer]:
    path = file_path(url)
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise TransportError(f"{redact(url)}: not a regular file")
            etag = f'"{status.st_mtime_ns:x}-{status.st_size:x}"'
            modified = email.utils.formatdate(status.st_mtime, usegmt=True)
            told = {"ETag": etag, "Last-Modified": modified, "Content-Length": str(status.st_size)}
            code = 304 if headers.get("If-None-Match") == etag else 200
            yield Answer(code, told, url, _reader(file, url))
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as trouble:
        raise MissingError(f"{redact(url)}: there is no such file") from trouble
    except PermissionError as trouble:
        raise TransportError(f"{redact(url)}: the file may not be read") from trouble


def _reader(file: BinaryIO, url: str) -> Callable[[int], bytes]:
    def read(count: int) -> bytes:
        try:
            return file.read(count)
        except OSError as trouble:
            raise TransportError(f"{redact(url)}: {trouble.strerror}") from trouble

    return read
