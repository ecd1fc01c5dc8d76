"""A thin client of the Engine API: unix sockets, TCP with TLS, and the standard streams of ssh.

Docker Engine API (docs.docker.com/reference/api/engine): the version is agreed on by `GET /_ping`,
whose answer tells the highest one the server knows; Podman's answer names its own API's version
too. Over ssh the engine is reached as the docker command does, by `docker system dial-stdio` (or
`podman system dial-stdio`) at the other end.
"""

from __future__ import annotations

import http.client
import json
import socket
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from ironhull.errors import EngineError, StoreError
from ironhull.limits import LIMITS
from ironhull.sources._engine_hosts import Endpoint
from ironhull.sources._engine_wire import AbsentError, Ssh, reach
from ironhull.values import dataclass

__all__ = ["AbsentError", "Client", "connect"]

_NEWEST = (1, 51)  # of the Engine API, as far as it is known here


@dataclass(frozen=True, slots=True)
class Client:
    """An engine that answered; `api` is the agreed version, (0, 0) where it tells none.

    `libpod` is the version of Podman's own API, "" for Docker.
    """

    endpoint: Endpoint
    api: tuple[int, int] = (0, 0)
    libpod: str = ""

    @property
    def name(self) -> str:
        """What to call it in messages: "Docker at unix:///var/run/docker.sock"."""
        return f"{'Podman' if self.libpod else 'Docker'} at {self.endpoint}"

    def path(self, rest: str) -> str:
        """`rest` below the agreed version, of Podman's own API where it speaks it."""
        if self.libpod:
            return f"/v{self.libpod}/libpod{rest}"
        return f"/v{self.api[0]}.{self.api[1]}{rest}" if self.api != (0, 0) else rest

    def json(self, rest: str) -> dict[str, Any] | None:
        """The JSON object at `rest`; None where the engine knows no such thing (404)."""
        with _opened(self.endpoint, LIMITS.engine_read_seconds) as link:
            answer = link.ask(self.path(rest))
            data = link.read_all(answer)
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise self.refusal(answer.status, data)
        try:
            found = json.loads(data)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise EngineError(f"{self.name}: its answer is not a JSON object", "check the address")
        return found

    def stream(self, rest: str) -> Stream:
        """The body at `rest`, to be read in pieces and closed; raises EngineError."""
        link = _opened(self.endpoint, LIMITS.engine_save_seconds)
        try:
            answer = link.ask(self.path(rest))
            if answer.status != 200:
                raise self.refusal(answer.status, link.read_all(answer))
        except BaseException:
            link.close()
            raise
        return Stream(link, answer, self.name)

    def send(self, rest: str, path: Path) -> bytes:
        """POST the tar file `path` to `rest`; the answer's body. Raises EngineError, StoreError."""
        try:
            body = path.open("rb")
        except OSError as trouble:
            raise StoreError(f"cannot read {path}: {trouble.strerror}", "") from None
        with body, _opened(self.endpoint, LIMITS.engine_save_seconds) as link:
            answer = link.send(self.path(rest), body, path.stat().st_size)
            data = link.read_all(answer)
        if answer.status != 200:
            raise self.refusal(answer.status, data)
        return data

    def refusal(self, status: int, data: bytes) -> EngineError:
        """What the engine said no with, in one line."""
        return EngineError(f"{self.name}: {said(data) or f'HTTP status {status}'}", _hint(status))


def _hint(status: int) -> str:
    if status in (401, 403):
        return "an authorization plug-in or proxy refuses it: ask who runs the engine"
    return "see the engine's log" if status >= 500 else ""


def said(data: bytes) -> str:
    """The `message` of an error document on one line, at most 300 characters."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return ""
    message = found.get("message") if isinstance(found, dict) else None
    return " ".join(message.split())[:300] if isinstance(message, str) else ""


def connect(endpoint: Endpoint) -> Client:
    """Greet the engine at `endpoint` and agree on a version.

    Raises AbsentError where nothing answers or we may not ask, EngineError for what is no engine.
    """
    with _opened(endpoint, LIMITS.engine_read_seconds) as link:
        answer = link.ask("/_ping")
        data = link.read_all(answer)
    version = answer.getheader("Api-Version") or ""
    libpod = _plain_version(answer.getheader("Libpod-Api-Version") or "")
    if answer.status != 200 or (not version and data.strip() != b"OK"):
        raise EngineError(
            f"{endpoint}: answers, but is no container engine: {said(data) or answer.status}",
            "check the address; Docker and Podman serve the Engine API",
        )
    return Client(endpoint, min(_version(version), _NEWEST), libpod)


def _version(text: str) -> tuple[int, int]:
    major, dot, minor = text.partition(".")
    known = dot and major.isascii() and major.isdigit() and minor.isascii() and minor.isdigit()
    return (int(major), int(minor)) if known and len(text) < 16 else (0, 0)


def _plain_version(text: str) -> str:
    """`text` without what follows the numbers ("5.0.0-dev"), "" if it is no version."""
    numbers = text.partition("-")[0]
    return numbers if len(numbers) < 16 and not set(numbers) - set("0123456789.") else ""


# ── one connection ───────────────────────────────────────────────────────────────────────────────


class _Connection(http.client.HTTPConnection):
    """HTTP over a socket that is already connected."""

    def __init__(self, ready: socket.socket, host: str) -> None:
        super().__init__(host)
        self.sock = ready


class _Link:
    """One connection for one request."""

    def __init__(self, endpoint: Endpoint, ready: socket.socket, ssh: Ssh | None) -> None:
        self._endpoint = endpoint
        self._ssh = ssh
        self._connection = _Connection(ready, _host_header(endpoint))

    def __enter__(self) -> _Link:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        self._connection.close()
        if self._ssh is not None:
            self._ssh.close()

    def ask(self, path: str) -> http.client.HTTPResponse:
        try:
            self._connection.request("GET", path, headers={"User-Agent": "ironhull"})
            return self._connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            raise self.trouble(error) from None

    def send(self, path: str, body: BinaryIO, size: int) -> http.client.HTTPResponse:
        headers = {"User-Agent": "ironhull", "Content-Type": "application/x-tar"}
        headers["Content-Length"] = str(size)
        try:
            self._connection.request("POST", path, body, headers)
            return self._connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            raise self.trouble(error) from None

    def read_all(self, answer: http.client.HTTPResponse) -> bytes:
        limit = LIMITS.http_document_bytes
        try:
            data = answer.read(limit + 1)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise self.trouble(error) from None
        if len(data) > limit:
            raise EngineError(f"{self._endpoint}: an answer of more than {limit} bytes")
        return data

    def trouble(self, error: Exception) -> EngineError:
        if self._ssh is not None and (words := self._ssh.words()):
            return AbsentError(f"{self._endpoint}: {words}", "try the same with `ssh` itself")
        if isinstance(error, TimeoutError):
            return EngineError(f"{self._endpoint}: does not answer", "is the engine stuck?")
        if isinstance(error, http.client.BadStatusLine | http.client.LineTooLong):
            hint = "it may want TLS: set DOCKER_TLS_VERIFY and DOCKER_CERT_PATH"
            return EngineError(f"{self._endpoint}: does not speak HTTP", hint)
        reason = getattr(error, "strerror", None) or "the connection was closed"
        return EngineError(f"{self._endpoint}: {reason}", "did the engine stop? see its log")


class Stream:
    """The body of an answer; `read` raises EngineError where it is cut."""

    def __init__(self, link: _Link, answer: http.client.HTTPResponse, name: str) -> None:
        self._link = link
        self._answer = answer
        self._name = name

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self._link.close()

    def read(self, size: int) -> bytes:
        """At most `size` bytes, b"" at the end."""
        try:
            data = self._answer.read1(size) if self._answer.chunked else self._answer.read(size)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise self._cut(error) from None
        left = getattr(self._answer, "length", None)  # of a Content-Length; http.client is silent
        if not data and left:
            raise self._cut(EOFError())
        return data

    def _cut(self, error: Exception) -> EngineError:
        if isinstance(error, TimeoutError):
            what = f"sent nothing for {LIMITS.engine_save_seconds:.0f} seconds"
            return EngineError(f"{self._name}: {what} while saving the image", "is it stuck?")
        return EngineError(
            f"{self._name}: the connection ended in the middle of the image",
            "did the engine stop? see its log and try again",
        )


def _host_header(endpoint: Endpoint) -> str:
    address = urlsplit(endpoint.url)
    plain = address.scheme in ("unix", "ssh")
    return "localhost" if plain else (address.netloc.rpartition("@")[2] or "localhost")


def _opened(endpoint: Endpoint, seconds: float) -> _Link:
    """A connection on which no read or write waits longer than `seconds`."""
    ready, ssh = reach(endpoint)
    ready.settimeout(seconds)
    return _Link(endpoint, ready, ssh)
