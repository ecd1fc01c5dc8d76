"""Writing the result, and nothing else, to standard output."""

from __future__ import annotations

import sys

__all__ = ["write_out"]


def write_out(data: str | bytes) -> bytes:
    """Write `data`, with a newline at its end, to stdout; gives the bytes as written.

    Raises StoreError where they cannot be written and BrokenPipeError where nobody reads them.
    """
    raw = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
    raw = raw if not raw or raw.endswith(b"\n") else raw + b"\n"
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(raw)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as trouble:
        from ironhull.oci.storage import storage_error

        raise storage_error(trouble, "cannot write to standard output") from None
    return raw
