"""Records in a tar archive (gzip, zstd or plain), read once from end to end, one in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from ironhull.errors import AdvisoryError, Error
from ironhull.limits import LIMITS

__all__ = ["members"]


def members(
    path: Path, wanted: Callable[[str], bool], where: str
) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """(path in the archive, reader) of the files `wanted`.

    A reader works until the next step; it raises ValueError for a file beyond
    LIMITS.advisory_entry_bytes. Raises AdvisoryError for an archive that is damaged, cut short or
    has more than LIMITS.advisory_entries files.
    """
    from ironhull.errors import ImageError
    from ironhull.oci.layers import walk

    try:
        with path.open("rb") as stream:
            for number, (entry, body) in enumerate(walk(stream, path.name)):
                if number > LIMITS.advisory_entries:
                    raise AdvisoryError(
                        f"{where}: more than {LIMITS.advisory_entries} files in the archive",
                        "the old data stays in use",
                    )
                if entry.kind == "file" and wanted(entry.path):
                    yield entry.path, _Reader(entry.size, body, where)
    except (ImageError, OSError) as trouble:
        raise _damaged(where, trouble) from trouble


class _Reader:
    """A file's bytes, unless they are too many."""

    __slots__ = ("_body", "_size", "_where")

    def __init__(self, size: int, body: Callable[[], bytes], where: str) -> None:
        self._size = size
        self._body = body
        self._where = where

    def __call__(self) -> bytes:
        from ironhull.errors import ImageError

        if self._size > LIMITS.advisory_entry_bytes:
            raise ValueError(f"a record of {self._size} bytes, more than we read")
        try:
            return self._body()
        except (ImageError, OSError) as trouble:
            raise _damaged(self._where, trouble) from trouble


def _damaged(where: str, trouble: Exception) -> AdvisoryError:
    text = trouble.message if isinstance(trouble, Error) else str(trouble)
    return AdvisoryError(f"{where}: not a whole archive: {text}", "the old data stays in use")
