"""Decompression of layers: ImageError, or the tar inside with both digests right."""

import gzip
import hashlib
import io

from fuzz._harness import fuzz
from ironhull.errors import ImageError
from ironhull.oci.decompress import Unpacking, compression

BODY = bytes(range(256)) * 20


def seeds() -> list[bytes]:
    packed = gzip.compress(BODY, mtime=0)
    made = [BODY, packed, packed + packed, packed + bytes(512), packed[:-4], b"BZh9", b"\xfd7zXZ\0"]
    try:
        from compression import zstd  # Python 3.14
    except ImportError:
        from backports import zstd
    frame = zstd.compress(BODY)
    skippable = b"\x50\x2a\x4d\x18\x03\0\0\0abc"
    return [*made, frame, frame + frame, skippable + frame, frame + skippable, frame[:-2]]


def one(data: bytes) -> None:
    compression(data[:8])
    unpacking = Unpacking(io.BytesIO(data), "fuzz", ("sha256", "sha256"))
    content = hashlib.sha256()
    try:
        for piece in unpacking:
            content.update(piece)
    except ImageError as error:
        assert "\n" not in error.message
        return
    assert unpacking.digest == "sha256:" + hashlib.sha256(data).hexdigest()
    assert unpacking.diff_id == "sha256:" + content.hexdigest()
    assert unpacking.size == len(data)


if __name__ == "__main__":
    fuzz(one, seeds())
