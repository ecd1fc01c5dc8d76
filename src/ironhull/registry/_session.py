"""Requests to one server of a registry: authorized, redirected, tried again, named when they fail.

OCI distribution-spec 1.1, "API" and "Error Codes". Authorization goes to the server itself only:
what it redirects to (object stores, CDNs) is asked without.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

from ironhull.errors import RegistryError, TransportError
from ironhull.limits import LIMITS
from ironhull.oci.names import DEFAULT_REGISTRY
from ironhull.registry._redirects import send_followed
from ironhull.registry._tokens import Authorizer
from ironhull.registry.credentials import Keychain
from ironhull.registry.hosts import Endpoint
from ironhull.transport import (
    CutError,
    Reply,
    Wire,
    origin,
    passing,
    persist,
    redact,
    retry_after,
)
from ironhull.values import dataclass, field

__all__ = ["AbsentError", "DeniedError", "Request", "Session", "next_page", "read_all"]

_PLAIN = re.compile(r"[^\x20-\x7e]+")
_TLS_SERVER = b"HTTPS server"  # what a Go server answers to plain http on its TLS port


class AbsentError(RegistryError):
    """The registry answers, but has no such repository, manifest, blob or API (404)."""


class DeniedError(RegistryError):
    """The registry refuses (401, 403)."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request: `target` is a path below /v2/ or a whole URL, `body` can be sent again."""

    method: str
    target: str
    scopes: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | Callable[[], Iterable[bytes]] | None = None
    accepted: tuple[int, ...] = (200,)


class Session:
    """Talks to one `endpoint`; threads may share it."""

    def __init__(
        self,
        endpoint: Endpoint,
        wire: Wire,
        keychain: Keychain,
        pause: Callable[[float], None],
    ) -> None:
        self.endpoint = endpoint
        self.lists_referrers = True  # until it answers that it does not
        self.listing = threading.RLock()  # held while a list of referrers under a tag is rewritten
        self._wire = wire
        self._pause = pause
        self._authorizer = Authorizer(endpoint, wire, keychain, pause)
        self._scheme = endpoint.scheme
        self._lock = threading.Lock()

    def send(self, request: Request) -> Reply:
        """The answer, of one of the accepted statuses, tried again while that may help.

        Raises AbsentError, DeniedError, RegistryError.
        """
        try:
            return persist(lambda: self.once(request), lambda: 0, self._pause)
        except RegistryError:
            raise
        except TransportError as trouble:
            hint = trouble.hint
            if "answers 429" in trouble.message:
                hint = self._too_many()
            raise RegistryError(trouble.message, hint) from trouble

    def once(self, request: Request) -> Reply:
        """As `send`, but what may pass is a CutError at once."""
        url = self.url(request.target)
        own = origin(url) == origin(self.url(""))
        secure = url.startswith("https:")
        sent = self._authorizer.header(request.scopes, secure=secure) if own else ""
        reply = self._follow(request, url, sent)
        if reply.status == 401 and own:
            asked = reply.headers.get("WWW-Authenticate", "")
            reply.close()
            if not self._authorizer.refused(request.scopes, asked, sent, secure=secure):
                raise self._denied(url, 401, "")
            sent = self._authorizer.header(request.scopes, secure=secure)
            reply = self._follow(request, url, sent)
        if reply.status in request.accepted:
            return reply
        try:
            raise self._refusal(reply)
        finally:
            reply.close()

    def url(self, target: str) -> str:
        """The URL of `target`, which may be a whole one already."""
        if "://" in target:
            return target
        return f"{self._found_scheme()}://{self.endpoint.host}/v2/{target}"

    def _follow(self, request: Request, url: str, authorization: str) -> Reply:
        headers = dict(request.headers)
        if authorization:
            headers["Authorization"] = authorization
        body = request.body() if callable(request.body) else request.body
        return send_followed(self._wire, request.method, url, headers, body)

    # ── http or https ────────────────────────────────────────────────────────────────────────────

    def _found_scheme(self) -> str:
        """Loopback registries speak either; a request without credentials finds out which."""
        if not self._scheme:
            with self._lock:
                self._scheme = self._scheme or self._probe()
        return self._scheme

    def _probe(self) -> str:
        url = f"http://{self.endpoint.host}/v2/"
        try:
            reply = self._wire.send("GET", url, {})
        except CutError as trouble:
            if "refused" in trouble.message:
                raise RegistryError(
                    f"{self.endpoint.host}: the connection is refused",
                    "is the registry running there?",
                ) from trouble
            return "https"
        try:
            tls = reply.status == 400 and _TLS_SERVER in reply.read(4096)
            return "https" if tls else "http"
        except CutError:
            return "https"
        finally:
            reply.close()

    # ── refusals ─────────────────────────────────────────────────────────────────────────────────

    def _refusal(self, reply: Reply) -> TransportError:
        said = _errors(reply)
        what = f"{self._where(reply.url)}: the registry answers {reply.status}{said}"
        if passing(reply.status):
            after = retry_after(reply.headers.get("Retry-After", ""))
            if after is not None and after > LIMITS.http_pause_seconds:
                hint = self._too_many() if reply.status == 429 else "try again later"
                return RegistryError(f"{what} and asks to wait {after:.0f} s", hint)
            return CutError(what, after=after)
        if reply.status in (404, 410):
            return AbsentError(what, "check the name")
        if reply.status in (401, 403):
            return self._denied(reply.url, reply.status, said)
        return RegistryError(what, "ask who runs the registry")

    def _denied(self, url: str, status: int, said: str) -> DeniedError:
        registry = self.endpoint.registry
        what = f"{self._where(url)}: access is refused ({status}){said}"
        if origin(url) != origin(self.url("")):
            return DeniedError(what, f"ask who runs {registry} about its storage")
        if self._authorizer.used_credentials:
            hint = f"the credentials found for {registry} do not allow it, or it does not exist"
            return DeniedError(what, hint)
        return DeniedError(what, f"it may not exist, or log in: `docker login {registry}`")

    def _where(self, url: str) -> str:
        if origin(url) != origin(self.url("")):
            return f"{self.endpoint.host}: redirected to {redact(url)}"
        path = urlsplit(url).path.removeprefix("/v2/").rstrip("/")
        return f"{self.endpoint.host}/{path}" if path else self.endpoint.host

    def _too_many(self) -> str:
        if self.endpoint.registry == DEFAULT_REGISTRY:
            return "Docker Hub limits pulls: `docker login` raises the limit, or set a mirror"
        return "the registry limits requests: wait, log in, or set a mirror"


def read_all(reply: Reply, limit: int, what: str) -> bytes:
    """The body of `reply`, which is closed then; raises RegistryError beyond `limit` bytes."""
    pieces, size = [], 0
    try:
        while piece := reply.read(256 * 1024):
            size += len(piece)
            if size > limit:
                raise RegistryError(f"{what}: the registry sends more than {limit} bytes")
            pieces.append(piece)
    finally:
        reply.close()
    return b"".join(pieces)


def _errors(reply: Reply) -> str:
    """The first error of an error answer: ": CODE: message", "" where it holds none."""
    import json

    try:
        found: Any = json.loads(reply.read(64 * 1024))
        first = found["errors"][0]
        parts = [str(first.get(key) or "") for key in ("code", "message")]
    except (CutError, ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
        return ""
    text = ": ".join(_PLAIN.sub(" ", part).strip()[:200] for part in parts if part)
    return f": {text}" if text else ""


def next_page(reply: Reply) -> str:
    """The URL of the next page (RFC 8288, Link; rel="next"), "" on the last."""
    match = re.match(r'\s*<([^>]*)>\s*;[^,]*rel="?next"?', reply.headers.get("Link", ""))
    return urljoin(reply.url, match[1]) if match else ""
