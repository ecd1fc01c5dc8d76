"""One exchange over http or https: connections, proxies, TLS, and which failure may pass.

RFC 9110 (semantics), RFC 9112 (message framing). urllib3 does the wire; retries, redirects and
ranges are ours, because whoever resumes needs to know of each.
"""

from __future__ import annotations

import os
import time
import weakref
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit, urlunsplit

from ironhull.errors import TransportError
from ironhull.limits import LIMITS

if TYPE_CHECKING:
    import urllib3

__all__ = [
    "REDIRECTS",
    "CutError",
    "Reply",
    "Wire",
    "checked_scheme",
    "origin",
    "passing",
    "redact",
    "redirected",
    "retry_after",
]

REDIRECTS = (301, 302, 303, 307, 308)
_PASSING = (408, 425, 429, 500, 502, 503, 504)
_REASONS = {
    "NameResolutionError": "the host name cannot be resolved",
    "ConnectTimeoutError": "the host does not answer",
    "ReadTimeoutError": "the server stopped sending",
    "IncompleteRead": "the connection was cut",
    "ProtocolError": "the connection was cut",
    "NewConnectionError": "the connection is refused",
    "ProxyError": "the proxy does not work",
    "InvalidChunkLength": "the connection was cut",
}


class CutError(TransportError):
    """A failure that may pass: try again, after `after` seconds if the server said so.

    `tries` bounds how often (a refused connection is not worth the patience a cut one is).
    """

    def __init__(self, message: str, *, after: float | None = None, tries: int = 0) -> None:
        super().__init__(message)
        self.after = after
        self.tries = tries or LIMITS.http_retries


def redact(url: str) -> str:
    """`url` as it may be shown: without user, password and the values of its query."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "(malformed URL)"
    query = "…" if parts.query else ""
    return urlunsplit((parts.scheme, host, parts.path, query, ""))


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port (RFC 6454): what credentials may be sent to. Raises TransportError."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    except ValueError as trouble:
        raise TransportError(f"{redact(url)}: not a URL we can open") from trouble
    return parts.scheme, (parts.hostname or "").lower(), port


def checked_scheme(url: str) -> str:
    """The scheme of `url`: http, https or file; raises TransportError for any other."""
    try:
        parts = urlsplit(url)
    except ValueError as trouble:
        raise TransportError(f"not a URL: {trouble}") from trouble
    if parts.scheme not in ("http", "https", "file"):
        raise TransportError(f"{redact(url)}: not an http, https or file URL")
    if parts.scheme != "file" and not parts.hostname:
        raise TransportError(f"{redact(url)}: the URL names no host")
    return parts.scheme


def redirected(url: str, location: str) -> str:
    """Where `url` leads with this Location; raises TransportError for a less safe place."""
    try:
        following = urljoin(url, location)
        scheme = checked_scheme(following)
    except (TransportError, ValueError) as trouble:
        reason = trouble.message if isinstance(trouble, TransportError) else "malformed"
        raise TransportError(
            f"{redact(url)}: redirected to what is not a web address: {reason}"
        ) from trouble
    if scheme == "file" or (scheme == "http" and urlsplit(url).scheme == "https"):
        raise TransportError(
            f"{redact(url)}: redirected to {redact(following)}, which is less safe",
            "use the address it leads to, if you trust it",
        )
    return following


def passing(status: int) -> bool:
    """Whether an answer of this status may be another one when asked again."""
    return status in _PASSING


def retry_after(text: str) -> float | None:
    """Seconds a server asks to wait: delay-seconds or HTTP-date (RFC 9110, 10.2.3)."""
    import email.utils

    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, moment.timestamp() - time.time())


class Reply:
    """An answer whose body is still to be read; `url` is what was asked."""

    __slots__ = ("_cut", "_raw", "_slow", "headers", "status", "url")

    def __init__(self, raw: Any, url: str, read_seconds: float) -> None:
        self._raw = raw
        self._cut: CutError | None = None
        self._slow = read_seconds
        self.status: int = raw.status
        self.headers: Mapping[str, str] = raw.headers
        self.url = url

    def read(self, count: int) -> bytes:
        """Up to `count` bytes as sent, b"" at the end; raises CutError, also for a mere trickle.

        What arrived before a cut is given first.
        """
        import urllib3

        if self._cut:
            raise self._cut
        pieces: list[bytes] = []
        got = 0
        started = time.monotonic()
        try:
            while got < count:
                piece: bytes = self._raw.read1(count - got, decode_content=False)
                if not piece:
                    break
                pieces.append(piece)
                got += len(piece)
                passed = time.monotonic() - started
                if passed > self._slow and got < passed * LIMITS.http_slowest_rate:
                    raise CutError(f"{redact(self.url)}: the server sends too slowly")
        except urllib3.exceptions.HTTPError as trouble:
            self._cut = CutError(f"{redact(self.url)}: {_reason(trouble)}")
            if not pieces:
                raise self._cut from trouble
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def close(self) -> None:
        """Give the connection back where nothing is left to read from it, else end it."""
        if self._raw.length_remaining == 0:
            self._raw.drain_conn()  # an empty body, too, has to be read before the next request
            self._raw.release_conn()
        else:
            self._raw.close()


class Wire:
    """Sends requests; threads may share it.

    `proxies`: scheme -> proxy URL ("no": hosts to reach directly), None means the system's.
    `ca_files` (PEM) are trusted beside the system's authorities.
    """

    def __init__(
        self,
        user_agent: str,
        proxies: Mapping[str, str] | None,
        *,
        ca_files: Sequence[str] = (),
        read_seconds: float = LIMITS.http_read_seconds,
    ) -> None:
        self._user_agent = user_agent
        self._proxies = proxies
        self._ca_files = tuple(ca_files)
        self._read_seconds = read_seconds
        self._pools: dict[str, urllib3.PoolManager] = {}
        _WIRES.add(self)

    def forget(self) -> None:
        """Leave all connections to others; what is asked next opens new ones."""
        self._pools = {}

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | Iterable[bytes] | None = None,
    ) -> Reply:
        """The answer to one request, whatever its status; no redirect is followed.

        Raises CutError for what may pass, TransportError for what will not.
        """
        import urllib3

        errors = urllib3.exceptions
        sent = {"User-Agent": self._user_agent, "Accept-Encoding": "identity", **headers}
        try:
            raw = self._pool(url).request(
                method,
                url,
                body=body,
                headers=sent,
                preload_content=False,
                redirect=False,
                retries=False,
            )
        except errors.SSLError as trouble:
            raise TransportError(
                f"{redact(url)}: {_tls_reason(trouble)}",
                "a certificate of your own authority goes into the settings as ca_file",
            ) from trouble
        except errors.ProxyError as trouble:
            raise TransportError(
                f"{redact(url)}: {_reason(trouble)}", "check certificates and proxy settings"
            ) from trouble
        except errors.NewConnectionError as trouble:
            raise CutError(f"{redact(url)}: {_reason(trouble)}", tries=1) from trouble
        except errors.LocationValueError as trouble:
            raise TransportError(f"{redact(url)}: not a URL we can open") from trouble
        except errors.HTTPError as trouble:
            raise CutError(f"{redact(url)}: {_reason(trouble)}") from trouble
        return Reply(raw, url, self._read_seconds)

    def _pool(self, url: str) -> urllib3.PoolManager:
        import urllib3

        proxy = _proxy_for(url, self._proxies)
        key = f"{urlsplit(url).scheme} {proxy}"
        if key not in self._pools:
            keywords: dict[str, Any] = {
                "timeout": urllib3.Timeout(
                    connect=LIMITS.http_connect_seconds, read=self._read_seconds
                ),
                "maxsize": LIMITS.http_parallel,
                "block": False,
            }
            if self._ca_files and url.startswith("https:"):
                keywords["ssl_context"] = _trusting(self._ca_files)
            made = urllib3.ProxyManager(proxy, **keywords) if proxy else None
            self._pools[key] = made or urllib3.PoolManager(**keywords)
        return self._pools[key]


_WIRES: weakref.WeakSet[Wire] = weakref.WeakSet()


def _forget_connections() -> None:
    """A process that forked must not speak in the middle of what its parent says."""
    for wire in tuple(_WIRES):
        wire.forget()


os.register_at_fork(after_in_child=_forget_connections)


def _trusting(ca_files: Sequence[str]) -> Any:
    import ssl

    context = ssl.create_default_context()
    for path in ca_files:
        try:
            context.load_verify_locations(path)
        except (OSError, ssl.SSLError) as trouble:
            reason = trouble.strerror or "not a certificate"
            raise TransportError(
                f"cannot use the certificate authority in {path}: {reason}",
                "ca_file names a PEM file",
            ) from trouble
    return context


def _tls_reason(trouble: BaseException) -> str:
    """What is wrong with the TLS connection, in words."""
    import ssl

    inner = next((item for item in trouble.args if isinstance(item, ssl.SSLError)), None)
    if isinstance(inner, ssl.SSLCertVerificationError):
        return f"the certificate is not trusted: {inner.verify_message}"
    if inner is not None and inner.reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"):
        return "the server does not speak TLS"
    return f"TLS fails: {' '.join(str(inner.reason if inner else trouble).split())[:200]}"


def _reason(trouble: BaseException) -> str:
    """One line without addresses of objects and without the URL, which may hold credentials."""
    name = type(trouble).__name__
    if name in _REASONS:
        return _REASONS[name]
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
