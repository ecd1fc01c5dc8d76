"""How a registry wants to know who asks: nothing, basic, or a token fetched elsewhere.

Docker Registry token authentication (distribution.github.io, spec/auth/token) and its OAuth2 form
(spec/auth/oauth). Credentials go to the token server the registry names, over https unless the
registry itself is spoken to in plain http, and to nobody that server redirects to.
"""

from __future__ import annotations

import base64
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from ironhull.errors import ImageError, RegistryError, TransportError
from ironhull.limits import LIMITS
from ironhull.oci.manifests import load_json
from ironhull.registry._challenge import Challenge, parse_challenges
from ironhull.registry._redirects import send_followed
from ironhull.registry.credentials import Credential, Keychain
from ironhull.registry.hosts import Endpoint, is_loopback
from ironhull.transport import (
    CutError,
    Wire,
    passing,
    persist,
    redact,
    retry_after,
)
from ironhull.values import dataclass

__all__ = ["Authorizer"]

_CLIENT = "ironhull"
_LIFETIME = 60.0  # seconds, where the server does not say (spec/auth/token, expires_in)
_MARGIN = 5.0
_VISIBLE = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class _Token:
    header: str
    until: float


class Authorizer:
    """The Authorization of requests to one endpoint; threads may share it."""

    def __init__(
        self,
        endpoint: Endpoint,
        wire: Wire,
        keychain: Keychain,
        pause: Callable[[float], None],
    ) -> None:
        self._endpoint = endpoint
        self._wire = wire
        self._keychain = keychain
        self._pause = pause
        self._lock = threading.Lock()
        self._challenge: Challenge | None = None
        self._tokens: dict[tuple[str, ...], _Token] = {}
        self.used_credentials = False

    def header(self, scopes: tuple[str, ...], *, secure: bool) -> str:
        """The Authorization for `scopes`, "" before the registry has asked for one."""
        with self._lock:
            if self._challenge is None:
                return ""
            token = self._tokens.get(scopes)
            if token is None or token.until < time.monotonic():
                token = self._fetch(self._challenge, scopes, secure=secure)
                self._tokens[scopes] = token
            return token.header

    def refused(self, scopes: tuple[str, ...], header: str, sent: str, *, secure: bool) -> bool:
        """After a 401 to a request with Authorization `sent`: whether to ask again."""
        challenges = {item.scheme: item for item in reversed(parse_challenges(header))}
        chosen = challenges.get("bearer") or challenges.get("basic")
        with self._lock:
            if chosen is None:
                return False
            known = self._tokens.get(scopes)
            if known is None or known.header == sent or self._challenge is None:
                self._challenge = chosen  # otherwise another thread was faster
                self._tokens[scopes] = self._fetch(chosen, scopes, secure=secure)
            return self._tokens[scopes].header not in ("", sent)

    def _fetch(self, challenge: Challenge, scopes: tuple[str, ...], *, secure: bool) -> _Token:
        repository = next((s.split(":")[1] for s in scopes if s.count(":") >= 2), "")
        credential = self._keychain.find(self._endpoint.registry, repository)
        self.used_credentials = credential is not None
        if credential is not None and credential.registry_token:
            return _Token(_bearer(credential.registry_token, self._endpoint.host), float("inf"))
        if challenge.scheme == "basic":
            return _Token(_basic(credential), float("inf"))
        return self._bearer_token(challenge, scopes, credential, secure=secure)

    def _bearer_token(
        self,
        challenge: Challenge,
        scopes: tuple[str, ...],
        credential: Credential | None,
        *,
        secure: bool,
    ) -> _Token:
        realm = self._realm(challenge.parameters.get("realm", ""), secure=secure)
        wanted = _merge(challenge.parameters.get("scope", ""), scopes)
        service = challenge.parameters.get("service", "")
        asked = [("service", service)] if service else []
        if credential is not None and credential.identity_token:
            form = [
                ("grant_type", "refresh_token"),
                *asked,
                ("client_id", _CLIENT),
                ("scope", " ".join(wanted)),
                ("refresh_token", credential.identity_token),
            ]
            body = urlencode(form).encode()
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            return self._ask("POST", realm, headers, body)
        headers = {}
        if credential is not None:
            asked.append(("account", credential.username))
            headers["Authorization"] = _basic(credential)
        query = [*asked, *(("scope", scope) for scope in wanted)]
        return self._ask("GET", _with_query(realm, query), headers, None)

    def _realm(self, text: str, *, secure: bool) -> str:
        try:
            parts = urlsplit(text)
        except ValueError:
            parts = urlsplit("")
        if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
            raise RegistryError(
                f"{self._endpoint.host}: the registry names no usable token server",
                "ask who runs it",
            )
        local = is_loopback(self._endpoint.host) and not is_loopback(parts.netloc)
        if parts.scheme == "http" and (secure or local):
            raise RegistryError(
                f"{self._endpoint.host}: its token server {redact(text)} is not https",
                "credentials are not sent in the clear: ask who runs the registry",
            )
        return text

    def _ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> _Token:
        started = time.monotonic()
        try:
            answer = persist(lambda: self._once(method, url, headers, body), lambda: 0, self._pause)
        except RegistryError:
            raise
        except TransportError as trouble:
            raise RegistryError(
                f"{self._endpoint.host}: its token server fails: {trouble.message}", trouble.hint
            ) from trouble
        token = answer.get("token") or answer.get("access_token")
        if not isinstance(token, str):
            raise RegistryError(f"{self._endpoint.host}: its token server gives no token")
        lifetime = answer.get("expires_in")
        if isinstance(lifetime, bool) or not isinstance(lifetime, int | float) or lifetime <= 0:
            lifetime = _LIFETIME
        until = started + max(lifetime - _MARGIN, lifetime / 2)
        return _Token(_bearer(token, self._endpoint.host), until)

    def _once(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> Mapping[str, Any]:
        reply = send_followed(self._wire, method, url, headers, body)
        try:
            if passing(reply.status):
                after = retry_after(reply.headers.get("Retry-After", ""))
                raise CutError(f"{redact(url)}: the server answers {reply.status}", after=after)
            if reply.status != 200:
                raise self._denied(reply.status, url)
            data = b""
            while piece := reply.read(LIMITS.registry_answer_bytes + 1 - len(data)):
                data += piece
            return _json(data, redact(url))
        finally:
            reply.close()

    def _denied(self, status: int, url: str) -> RegistryError:
        server = redact(urlunsplit(urlsplit(url)._replace(query="")))
        where = f"{self._endpoint.host}: its token server {server}"
        if status in (400, 401, 403):
            what = "refuses the credentials" if self.used_credentials else "refuses access"
            return RegistryError(
                f"{where} {what} ({status})", f"log in: `docker login {self._endpoint.registry}`"
            )
        return RegistryError(f"{where} answers {status}", "ask who runs the registry")


def _json(data: bytes, server: str) -> Mapping[str, Any]:
    try:
        return load_json(data, f"token of {server}", LIMITS.registry_answer_bytes)
    except ImageError as trouble:
        raise RegistryError(trouble.message, "ask who runs the registry") from None


def _bearer(token: str, host: str) -> str:
    if not _VISIBLE.fullmatch(token):
        raise RegistryError(f"{host}: the token for it cannot be sent in a header")
    return f"Bearer {token}"


def _basic(credential: Credential | None) -> str:
    if credential is None or not credential.username:
        return ""
    text = f"{credential.username}:{credential.password}".encode()
    return "Basic " + base64.b64encode(text).decode("ascii")


def _with_query(url: str, query: Sequence[tuple[str, str]]) -> str:
    parts = urlsplit(url)
    pairs = [*parse_qsl(parts.query, keep_blank_values=True), *query]
    return urlunsplit(parts._replace(query=urlencode(pairs), fragment=""))


def _merge(challenged: str, scopes: Sequence[str]) -> list[str]:
    """Our scopes, and those the registry asks for beyond them: "type:name:action,action"."""
    actions: dict[str, list[str]] = {}
    for scope in (*scopes, *challenged.split()):
        name, _, said = scope.rpartition(":")
        known = actions.setdefault(name, [])
        known += [action for action in said.split(",") if action not in known]
    return [f"{name}:{','.join(known)}" if name else known[0] for name, known in actions.items()]
