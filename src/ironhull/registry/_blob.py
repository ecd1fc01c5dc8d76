"""A blob as a stream that survives cut connections (RFC 9110, 14: Range)."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from contextlib import suppress

from ironhull.errors import RegistryError, TransportError
from ironhull.transport import CutError, Patience, Reply

__all__ = ["BlobStream"]

_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)", re.ASCII)
_SKIP = 1024 * 1024


class BlobStream(io.RawIOBase):
    """Exactly `size` bytes from `offset` on, or an error; what they are is for the reader to check.

    `ask(offset)` gives an answer of status 200 or 206. After a cut it is asked for the rest;
    progress renews the patience. `where` names registry, repository and digest.
    """

    def __init__(
        self,
        ask: Callable[[int], Reply],
        size: int,
        where: str,
        pause: Callable[[float], None],
        offset: int = 0,
    ) -> None:
        self._ask = ask
        self._size = size
        self._where = where
        self._at = offset
        self._reply: Reply | None = None
        self._patience = Patience(pause, offset)
        if offset < size:  # now, so that a blob that is not there is missed where it is opened
            with suppress(CutError):
                self._open_reply()

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes (all that is left for a negative one), fewer only at the end."""
        left = self._size - self._at
        wanted = left if size is None or size < 0 else min(size, left)
        pieces = []
        while wanted:
            piece = self._piece(wanted)
            pieces.append(piece)
            wanted -= len(piece)
        if self._at == self._size:
            self._finish()
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def close(self) -> None:
        """Give the connection back."""
        self._drop()
        super().close()

    def _piece(self, wanted: int) -> bytes:
        while True:
            try:
                reply = self._reply or self._open_reply()
                piece = reply.read(wanted)
                if not piece:
                    raise CutError(f"{self._where}: ends after {self._at} of {self._size} bytes")
            except CutError as cut:
                self._drop()
                self._wait(cut)
                continue
            self._at += len(piece)
            return piece

    def _wait(self, cut: CutError) -> None:
        try:
            self._patience.spend(cut, self._at)
        except TransportError as trouble:
            raise RegistryError(trouble.message, trouble.hint) from trouble

    def _open_reply(self) -> Reply:
        reply = self._ask(self._at)
        try:
            start = self._start(reply)
            self._check_length(reply, start)
            while start < self._at:
                skipped = reply.read(min(_SKIP, self._at - start))
                if not skipped:
                    raise CutError(f"{self._where}: ends after {start} of {self._size} bytes")
                start += len(skipped)
        except BaseException:
            reply.close()
            raise
        self._reply = reply
        return reply

    def _start(self, reply: Reply) -> int:
        """The offset the answer begins at."""
        if reply.status != 206:
            return 0
        match = _CONTENT_RANGE.fullmatch(reply.headers.get("Content-Range", "").strip())
        if match is None or int(match[1]) != self._at:
            raise RegistryError(
                f"{self._where}: the registry sends another part than was asked for"
            )
        return self._at

    def _check_length(self, reply: Reply, start: int) -> None:
        text = reply.headers.get("Content-Length", "").strip()
        if text.isascii() and text.isdigit() and int(text[:19]) != self._size - start:
            raise RegistryError(
                f"{self._where}: the registry offers {int(text[:19]) + start} bytes "
                f"where the image says {self._size}",
                "the registry's copy is damaged, or a proxy answers in its place",
            )

    def _finish(self) -> None:
        """Nothing may follow the last byte."""
        if self._reply is None:
            return
        try:
            more = self._reply.read(1)
        except CutError:
            more = b""
        self._drop()
        if more:
            raise RegistryError(
                f"{self._where}: the registry sends more than the {self._size} bytes of the image",
                "the registry's copy is damaged, or a proxy answers in its place",
            )

    def _drop(self) -> None:
        if self._reply is not None:
            self._reply.close()
            self._reply = None
