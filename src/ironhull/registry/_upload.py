"""Putting a blob into a registry (distribution-spec 1.1, "Pushing blobs").

Mounted from a sister repository where that can be, else sent in one request; where the connection
is cut on the way or the request is too large, in chunks that go on where they stopped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import quote

from ironhull.errors import RegistryError, TransportError
from ironhull.limits import LIMITS
from ironhull.model import Descriptor
from ironhull.registry._redirects import following
from ironhull.registry._session import Request
from ironhull.transport import CutError, Patience, Reply

if TYPE_CHECKING:
    from ironhull.registry.repository import Repository

__all__ = ["upload"]

_PIECE = 256 * 1024
_RANGE = re.compile(r"(?:bytes=)?0-(\d{1,18})", re.ASCII)
_MIN_CHUNK = "OCI-Chunk-Min-Length"

Opened = Callable[[int], BinaryIO]


def upload(repository: Repository, blob: Descriptor, opened: Opened, mount_from: str) -> bool:
    """See Repository.upload."""
    start = _start(repository, blob, mount_from)
    if start.status == 201:
        return True
    where = f"{repository.where}@{blob.digest}"
    location = _location(start, where)
    try:
        repository.session.once(
            Request(
                "PUT",
                _with_digest(location, blob.digest),
                repository.scopes(push=True),
                _headers(blob.size),
                lambda: _pieces(opened, 0, blob.size, where),
                (201, 204),
            )
        ).close()
    except CutError as cut:
        _in_chunks(repository, blob, opened, cut)
    except RegistryError as trouble:
        if "answers 413" not in trouble.message:
            raise
        _in_chunks(repository, blob, opened, CutError(trouble.message))
    return False


def _start(repository: Repository, blob: Descriptor, mount_from: str) -> Reply:
    target = f"{repository.name}/blobs/uploads/"
    if mount_from:
        target += f"?mount={quote(blob.digest, safe='')}&from={quote(mount_from, safe='')}"
    scopes = repository.scopes(push=True, also=mount_from)
    reply = repository.session.send(
        Request("POST", target, scopes, {"Content-Length": "0"}, accepted=(201, 202))
    )
    reply.close()
    return reply


def _location(reply: Reply, where: str) -> str:
    location = reply.headers.get("Location", "")
    if not location:
        raise RegistryError(f"{where}: the registry does not say where to upload to")
    return following(reply, location)


def _with_digest(location: str, digest: str) -> str:
    return f"{location}{'&' if '?' in location else '?'}digest={quote(digest, safe='')}"


def _headers(size: int) -> dict[str, str]:
    return {"Content-Type": "application/octet-stream", "Content-Length": str(size)}


def _pieces(opened: Opened, start: int, count: int, where: str) -> Iterator[bytes]:
    """`count` bytes of the blob from `start` on; raises RegistryError where it ends before."""
    with opened(start) as stream:
        while count:
            try:
                piece = stream.read(min(_PIECE, count))
            except OSError as trouble:
                raise RegistryError(f"{where}: cannot be read: {trouble.strerror}") from trouble
            if not piece:
                raise RegistryError(f"{where}: ends before its size", "the image is damaged")
            count -= len(piece)
            yield piece


# ── chunks ───────────────────────────────────────────────────────────────────────────────────────


def _in_chunks(repository: Repository, blob: Descriptor, opened: Opened, cut: CutError) -> None:
    """Begin again, chunk by chunk; after a cut ask how far the registry got."""
    patience = Patience(repository.pause)
    where = f"{repository.where}@{blob.digest}"
    location, at = "", 0
    size = _chunk_bytes()
    while True:
        try:
            if cut is not None:
                _wait(patience, cut, at)
            if not location:
                start = _start(repository, blob, "")
                location, at = _location(start, where), 0
                least = start.headers.get(_MIN_CHUNK, "")
                size = max(size, int(least) if least.isdigit() and len(least) < 12 else 0)
            while at < blob.size:
                count = min(size, blob.size - at)
                location = _chunk(repository, location, opened, (at, count), where)
                at += count
            _finish(repository, _with_digest(location, blob.digest))
            return
        except CutError as trouble:
            cut = trouble
            location, at = _progress(repository, location, at, where)


def _chunk_bytes() -> int:
    return LIMITS.upload_chunk_bytes


def _wait(patience: Patience, cut: CutError, at: int) -> None:
    try:
        patience.spend(cut, at)
    except TransportError as trouble:
        raise RegistryError(trouble.message, "check the network and push again") from trouble


def _chunk(
    repository: Repository, location: str, opened: Opened, part: tuple[int, int], where: str
) -> str:
    at, count = part
    headers = {**_headers(count), "Content-Range": f"{at}-{at + count - 1}"}
    reply = repository.session.once(
        Request(
            "PATCH",
            location,
            repository.scopes(push=True),
            headers,
            lambda: _pieces(opened, at, count, where),
            (202, 201, 204),
        )
    )
    reply.close()
    return _location(reply, where)


def _finish(repository: Repository, location: str) -> None:
    scopes = repository.scopes(push=True)
    request = Request("PUT", location, scopes, _headers(0), b"", (201, 204))
    repository.session.once(request).close()


def _progress(repository: Repository, location: str, at: int, where: str) -> tuple[str, int]:
    """Where to go on and from which byte; ("", 0) where only a new upload helps."""
    if not location:
        return "", 0
    try:
        reply = repository.session.once(
            Request("GET", location, repository.scopes(push=True), accepted=(204, 202, 200))
        )
        reply.close()
        match = _RANGE.fullmatch(reply.headers.get("Range", "").strip())
        got = int(match[1]) + 1 if match else 0
        if match is None or (got == 1 and at == 0):  # "0-0" also stands for nothing yet
            return "", 0
        return _location(reply, where) if "Location" in reply.headers else location, got
    except TransportError:
        return "", 0
