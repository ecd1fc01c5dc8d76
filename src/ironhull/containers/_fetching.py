"""One GET request (RFC 9112) over a socket somebody opened."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable

from ironhull.containers._nouns import Answer
from ironhull.limits import LIMITS

__all__ = ["fetched"]


def fetched(connect: Callable[[], socket.socket], path: str) -> Answer:
    """GET `path` over what `connect` gives; status 0 and the reason where nothing answers."""
    try:
        with connect() as stream:
            connection = http.client.HTTPConnection("localhost")
            connection.sock = stream
            connection.request("GET", path, headers={"Connection": "close"})
            answer = connection.getresponse()
            body = answer.read(LIMITS.container_output_bytes)
            return Answer(answer.status, body.decode("utf-8", "replace"))
    except (OSError, http.client.HTTPException) as trouble:
        return Answer(0, str(trouble) or type(trouble).__name__)
