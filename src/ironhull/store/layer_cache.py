"""Layers once read, by diff_id: what a pass over them found, so that no image reads them again.

What `oci.encoding` makes of them is compressed by isal: a sixth of the size for a quarter more time
than it takes to write it as it is (measured on Debian's layers). Everything is checked while it is
read: a file that is not what `keep` writes is a miss.

Only layers whose digests were verified get here: `oci.tree.read_tree` gives no others to `Keep`.
"""

from __future__ import annotations

import sys

from ironhull.limits import LIMITS
from ironhull.model import Layer
from ironhull.oci.encoding import decoded, encoded
from ironhull.oci.layers import LayerIndex
from ironhull.store.cache_files import CacheFiles, key_of
from ironhull.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["LayerCache"]

_FORMAT = "2"
_LENGTH = 8  # bytes that hold the length of what is compressed


class LayerCache:
    """Layer results of one `oci.tree.pass_key` below the cache folder `root`.

    `load` and `keep` are what `oci.tree.read_tree` asks for. A result that cannot be written as it
    is kept here (a number beyond 64 bits, a NUL in a path) is not kept.
    """

    def __init__(self, root: Path | str, pass_key: str) -> None:
        self._files = CacheFiles(str(root), "layers", limit=LIMITS.cache_file_bytes)
        self._pass = pass_key

    @property
    def written(self) -> int:
        """How many layers were put in."""
        return self._files.written

    def load(self, layer: Layer) -> LayerIndex | None:
        """What was kept of `layer`; None for nothing."""
        key = self._key(layer.diff_id)
        data = self._files.load(key)
        if data is None:
            return None
        try:
            index = decoded(_inflated(data))
        except (ValueError, KeyError, TypeError, IndexError, OverflowError, RecursionError):
            self._files.forget(key)
            return None
        return _as_stored_in(index, layer)

    def keep(self, layer: Layer, index: LayerIndex) -> None:
        """Keep what a verified pass over `layer` found."""
        try:
            data = _packed(index)
        except (ValueError, OverflowError, KeyError):
            return
        self._files.keep(self._key(layer.diff_id), data)

    def _key(self, diff_id: str) -> str:
        return key_of(("layer", _FORMAT, sys.byteorder, self._pass, diff_id))


def _as_stored_in(index: LayerIndex, layer: Layer) -> LayerIndex:
    """The same tar may be stored otherwise in another image: its own digest, size and messages."""
    if (index.digest, index.size) == (layer.digest, layer.size):
        return index
    problems = tuple(
        replace(problem, message=problem.message.replace(index.digest, layer.digest))
        for problem in index.problems
    )
    return replace(index, digest=layer.digest, size=layer.size, problems=problems)


def _packed(index: LayerIndex) -> bytes:
    from isal import isal_zlib

    body = encoded(index)
    if len(body) > LIMITS.cache_content_bytes:
        raise ValueError("too large to keep")
    return len(body).to_bytes(_LENGTH, "big") + isal_zlib.compress(body, 1)


def _inflated(data: bytes) -> bytes:
    from isal import isal_zlib

    length = int.from_bytes(data[:_LENGTH], "big")
    if length > LIMITS.cache_content_bytes:
        raise ValueError("larger than anything kept here")
    unpacking = isal_zlib.decompressobj()
    try:
        body: bytes = unpacking.decompress(data[_LENGTH:], length + 1)
    except isal_zlib.error as trouble:  # type: ignore[misc]  # its stubs say it is an instance
        raise ValueError(str(trouble)) from None
    if len(body) != length or not unpacking.eof:
        raise ValueError("not the length that was written")
    return body
