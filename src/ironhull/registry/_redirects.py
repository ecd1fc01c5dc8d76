"""Redirects of registries and their token servers (RFC 9110, 15.4): one way to follow them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ironhull.errors import RegistryError, TransportError
from ironhull.limits import LIMITS
from ironhull.transport import REDIRECTS, Reply, Wire, origin, redact, redirected

__all__ = ["following", "send_followed"]

_FOLLOWED = ("GET", "HEAD")


def following(reply: Reply, location: str) -> str:
    """Where a Location header leads, never from https to http; raises RegistryError."""
    try:
        return redirected(reply.url, location)
    except TransportError as trouble:
        raise RegistryError(trouble.message, "ask who runs the registry") from trouble


def send_followed(
    wire: Wire,
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | Iterable[bytes] | None = None,
) -> Reply:
    """The answer to a request, of GET and HEAD behind its redirects.

    Authorization goes to no other origin. Raises RegistryError, TransportError.
    """
    sent = dict(headers)
    for _ in range(LIMITS.http_redirects + 1):
        reply = wire.send(method, url, sent, body)
        location = reply.headers.get("Location", "")
        if method not in _FOLLOWED or reply.status not in REDIRECTS or not location:
            return reply
        reply.close()
        target = following(reply, location)
        if origin(target) != origin(url):
            sent.pop("Authorization", None)
        url = target
    raise RegistryError(f"{redact(url)}: more than {LIMITS.http_redirects} redirects")
