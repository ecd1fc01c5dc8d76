"""One exchange over http, https or file: redirects, proxies, credentials, which failure may pass.

RFC 9110 (semantics), RFC 8089 (file URLs). urllib3 does the wire; retries, redirects and ranges
are ours, because a resumed download needs to know of each.
"""

from __future__ import annotations

import email.utils
import os
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

from ironhull.errors import TransportError
from ironhull.limits import LIMITS
from ironhull.values import dataclass

if TYPE_CHECKING:
    import urllib3

__all__ = ["Answer", "Client", "CutError", "MissingError", "file_path", "redact"]

_REDIRECTS = (301, 302, 303, 307, 308)
_PASSING = (408, 425, 429, 500, 502, 503, 504)
_PACKED = (".gz", ".tgz", ".xz", ".zst", ".bz2", ".zip", ".deb", ".whl")


class CutError(TransportError):
    """A failure that may pass: try again, after `after` seconds if the server said so.

    `tries` bounds how often (a refused connection is not worth the patience a cut one is).
    """

    def __init__(self, message: str, *, after: float | None = None, tries: int = 0) -> None:
        super().__init__(message)
        self.after = after
        self.tries = tries or LIMITS.http_retries


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


def redact(url: str) -> str:
    """`url` as it may be shown: without user, password and the values of its query."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "(malformed URL)"
    query = "…" if parts.query else ""
    return urlunsplit((parts.scheme, host, parts.path, query, ""))


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
    ) -> None:
        self._mirrors = {of.rstrip("/"): to.rstrip("/") for of, to in mirrors.items()}
        self._offline = offline
        self._user_agent = user_agent
        self._proxies = proxies
        self._pools: dict[str, urllib3.PoolManager] = {}

    @contextmanager
    def open(self, url: str, headers: Mapping[str, str]) -> Iterator[Answer]:
        """The answer to GET `url`, redirects followed; statuses 200, 206, 304 and 416 only.

        Raises CutError for what may pass, MissingError for 404 and 410, TransportError else.
        """
        url = self._mirrored(url)
        if _scheme(url) == "file":
            with _open_file(url, headers) as answer:
                yield answer
            return
        if self._offline:
            raise TransportError(f"{redact(url)}: not fetched, offline", "unset IRONHULL_OFFLINE")
        response, final = self._follow(url, headers)
        try:
            _check_status(response.status, response.headers, final)
            yield Answer(
                response.status, response.headers, final, lambda n: _read(response, n, final)
            )
        finally:
            _discard(response)

    def _mirrored(self, url: str) -> str:
        for of, to in self._mirrors.items():
            if url.startswith(f"{of}/"):
                return to + url[len(of) :]
        return url

    def _follow(self, url: str, headers: Mapping[str, str]) -> tuple[Any, str]:
        target, auth = _without_credentials(url)
        for _ in range(LIMITS.http_redirects + 1):
            response = self._request(target, {**headers, **auth})
            location = response.headers.get("Location", "")
            if response.status not in _REDIRECTS or not location:
                return response, target
            _discard(response)
            following = urljoin(target, location)
            _check_redirect(target, following)
            following, own = _without_credentials(following)
            auth = own or (auth if _origin(following) == _origin(target) else {})
            target = following
        raise TransportError(
            f"{redact(url)}: more than {LIMITS.http_redirects} redirects", "check the URL"
        )

    def _request(self, url: str, headers: Mapping[str, str]) -> Any:
        import urllib3

        errors = urllib3.exceptions
        sent = {"User-Agent": self._user_agent, "Accept-Encoding": "identity", **headers}
        try:
            return self._pool(url).request(
                "GET", url, headers=sent, preload_content=False, redirect=False, retries=False
            )
        except (errors.SSLError, errors.ProxyError) as trouble:
            raise TransportError(
                f"{redact(url)}: {_reason(trouble)}", "check certificates and proxy settings"
            ) from trouble
        except errors.NewConnectionError as trouble:
            raise CutError(f"{redact(url)}: {_reason(trouble)}", tries=1) from trouble
        except errors.LocationValueError as trouble:
            raise TransportError(f"{redact(url)}: not a URL we can open") from trouble
        except errors.HTTPError as trouble:
            raise CutError(f"{redact(url)}: {_reason(trouble)}") from trouble

    def _pool(self, url: str) -> urllib3.PoolManager:
        import urllib3

        proxy = _proxy_for(url, self._proxies)
        if proxy not in self._pools:
            keywords: dict[str, Any] = {
                "timeout": urllib3.Timeout(
                    connect=LIMITS.http_connect_seconds, read=LIMITS.http_read_seconds
                ),
                "maxsize": LIMITS.http_parallel,
                "block": False,
            }
            made = urllib3.ProxyManager(proxy, **keywords) if proxy else None
            self._pools[proxy] = made or urllib3.PoolManager(**keywords)
        return self._pools[proxy]


def _scheme(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError as trouble:
        raise TransportError(f"not a URL: {trouble}") from trouble
    if parts.scheme not in ("http", "https", "file"):
        raise TransportError(f"{redact(url)}: not an http, https or file URL")
    if parts.scheme != "file" and not parts.hostname:
        raise TransportError(f"{redact(url)}: the URL names no host")
    return parts.scheme


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port


def _without_credentials(url: str) -> tuple[str, dict[str, str]]:
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    if not at:
        return url, {}
    import urllib3

    header = urllib3.make_headers(basic_auth=unquote(user))
    return urlunsplit(parts._replace(netloc=host)), dict(header)


def _check_redirect(url: str, following: str) -> None:
    try:
        scheme = _scheme(following)
    except TransportError as trouble:
        raise TransportError(
            f"{redact(url)}: redirected to what is not a web address: {trouble.message}"
        ) from trouble
    if scheme == "file" or (scheme == "http" and urlsplit(url).scheme == "https"):
        raise TransportError(
            f"{redact(url)}: redirected to {redact(following)}, which is less safe",
            "use the address it leads to, if you trust it",
        )


def _check_status(status: int, headers: Mapping[str, str], url: str) -> None:
    if status in (200, 206, 304, 416):
        coding = headers.get("Content-Encoding", "identity").strip().lower()
        if coding not in ("", "identity") and not urlsplit(url).path.endswith(_PACKED):
            raise TransportError(f"{redact(url)}: sent with encoding {coding!r}, not asked for")
        return
    message = f"{redact(url)}: the server answers {status}"
    if status in _PASSING:
        raise CutError(message, after=_retry_after(headers.get("Retry-After", "")))
    if status in (404, 410):
        raise MissingError(message, "check the address; the file may have been removed")
    raise TransportError(message, "check the address and your access to it")


def _retry_after(text: str) -> float | None:
    """Seconds a server asks to wait: delay-seconds or HTTP-date (RFC 9110, 10.2.3)."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, moment.timestamp() - time.time())


def _read(response: Any, count: int, url: str) -> bytes:
    import urllib3

    try:
        data: bytes = response.read(count, decode_content=False)
    except urllib3.exceptions.HTTPError as trouble:
        raise CutError(f"{redact(url)}: {_reason(trouble)}") from trouble
    return data


def _discard(response: Any) -> None:
    if response.length_remaining == 0:
        response.drain_conn()  # an empty body, too, has to be read before the next request
        response.release_conn()
    else:
        response.close()


def _reason(trouble: BaseException) -> str:
    """One line without addresses of objects and without the URL, which may hold credentials."""
    name = type(trouble).__name__
    known = {
        "NameResolutionError": "the host name cannot be resolved",
        "ConnectTimeoutError": "the host does not answer",
        "ReadTimeoutError": "the server stopped sending",
        "IncompleteRead": "the connection was cut",
        "ProtocolError": "the connection was cut",
        "NewConnectionError": "the connection is refused",
        "ProxyError": "the proxy does not work",
        "InvalidChunkLength": "the connection was cut",
    }
    if name in known:
        return known[name]
    return " ".join(str(trouble).split())[:200] or name


def _proxy_for(url: str, proxies: Mapping[str, str] | None) -> str:
    import urllib.request

    if proxies is None:
        proxies = urllib.request.getproxies()
    parts = urlsplit(url)
    found = proxies.get(parts.scheme, "") or proxies.get("all", "")
    if not found or _direct(parts.hostname or "", proxies.get("no", "")):
        return ""
    return found if "://" in found else f"http://{found}"


def _direct(host: str, exempt: str) -> bool:
    """Whether `host` is one of the comma-separated names (and domains) to reach without proxy."""
    names = [name.strip().lower().lstrip(".") for name in exempt.split(",") if name.strip()]
    return any(name in ("*", host) or host.endswith("." + name) for name in names)


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
