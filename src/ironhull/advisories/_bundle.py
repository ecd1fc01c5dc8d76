"""Advisory data as one file: a tar archive, compressed with zstd.

    bundle.json             what is in it: versions, dates, size and SHA-256 of every other member
    index.sqlite            the index
    learned/NAME.json       what was learnt of an image's own archive
    raw/SOURCE/…            what was downloaded, where it was asked for

Members come in this order, regular files only, and nothing else is taken from such a file.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from ironhull.errors import AdvisoryError
from ironhull.limits import LIMITS
from ironhull.values import dataclass

__all__ = ["HEAD", "INDEX", "Head", "Member", "read_bundle", "write_bundle"]

HEAD = "bundle.json"
INDEX = "index.sqlite"
_FORMAT = 1
_LEVEL = 9
_PIECE = 1 << 20
_NAME = re.compile(r"learned/[\w.:-]+\.json|raw/[\w.-]+(?<!\.new|\.old)(?:/[^/]+)+", re.ASCII)
_HINT = "export it again"


@dataclass(frozen=True, slots=True)
class Head:
    """What a bundle says of itself.

    `schema` is the version of its index, `digest` the index's, `date` that of its newest statement,
    `built` when it was made, `ironhull` the version that wrote it; `sources` are (name, date) of
    each, `files` the (size, SHA-256) of each member by path.
    """

    schema: int
    digest: str
    date: str
    built: str
    ironhull: str
    sources: tuple[tuple[str, str], ...]
    files: Mapping[str, tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a bundle; `write_to` copies it and raises AdvisoryError if it is damaged."""

    path: str
    size: int
    write_to: Callable[[IO[bytes]], None]


def write_bundle(file: BinaryIO, head: Head, places: Sequence[tuple[str, Path]]) -> None:
    """Write the bundle of `head`, whose `files` lie at `places`; raises OSError."""
    values = {name: getattr(head, name) for name in Head.__dataclass_fields__}
    data = json.dumps({"format": _FORMAT, **values}, indent=1).encode()
    zstd = _zstd()
    options = {
        zstd.CompressionParameter.compression_level: _LEVEL,
        zstd.CompressionParameter.checksum_flag: 1,
    }
    with (
        zstd.ZstdFile(file, "wb", options=options) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as archive,
    ):
        archive.addfile(_entry(HEAD, len(data)), io.BytesIO(data))
        for name, path in places:
            with path.open("rb") as member:
                archive.addfile(_entry(name, head.files[name][0]), member)


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size = size
    entry.mode = 0o644
    return entry


@contextmanager
def read_bundle(file: BinaryIO, what: str) -> Iterator[tuple[Head, Iterator[Member]]]:
    """The head of a bundle and its members, which are written out one after the other.

    `what` names it in messages. Raises AdvisoryError for what is no bundle or a damaged one.
    """
    zstd = _zstd()
    try:
        with (
            zstd.ZstdFile(file, "rb", options=_window(zstd)) as unpacked,
            tarfile.open(fileobj=unpacked, mode="r|") as archive,
        ):
            head = _head(archive, what)
            yield head, _members(archive, head, what)
    except (tarfile.TarError, zstd.ZstdError, EOFError, ValueError, UnicodeError) as trouble:
        raise AdvisoryError(f"{what}: not a whole export: {trouble}", _HINT) from trouble


def _members(archive: tarfile.TarFile, head: Head, what: str) -> Iterator[Member]:
    missing = dict(head.files)
    while entry := archive.next():
        size, sha256 = missing.pop(entry.name, (-1, ""))
        if not entry.isfile() or entry.size != size:
            raise AdvisoryError(f"{what}: {entry.name[:100]!r} does not belong there", _HINT)
        opened = archive.extractfile(entry)
        assert opened is not None  # a regular file
        where = f"{what}: {entry.name}"

        def write_to(
            target: IO[bytes], opened: IO[bytes] = opened, sha256: str = sha256, where: str = where
        ) -> None:
            found = hashlib.sha256()
            while piece := opened.read(_PIECE):
                found.update(piece)
                target.write(piece)
            if found.hexdigest() != sha256:
                raise AdvisoryError(f"{where}: damaged: another digest than it should have", _HINT)

        yield Member(entry.name, size, write_to)
    if missing:
        raise AdvisoryError(f"{what}: {min(missing)} is missing", _HINT)


def _head(archive: tarfile.TarFile, what: str) -> Head:
    first = archive.next()
    opened = archive.extractfile(first) if first is not None and first.isfile() else None
    if first is None or first.name != HEAD or opened is None:
        raise AdvisoryError(f"{what}: not advisory data that `ironhull db export` wrote", _HINT)
    if first.size > LIMITS.advisory_entry_bytes:
        raise AdvisoryError(f"{what}: {HEAD} has {first.size} bytes", _HINT)
    values = json.loads(opened.read())
    version = values.get("format") if isinstance(values, dict) else None
    if version != _FORMAT:
        raise AdvisoryError(
            f"{what}: an export of format {version!r}, this Ironhull reads {_FORMAT}",
            "export it with this version of Ironhull",
        )
    return _checked(values, what)


def _checked(values: dict[str, Any], what: str) -> Head:
    try:
        files = {str(path): (int(size), str(sha)) for path, (size, sha) in values["files"].items()}
        head = Head(
            schema=int(values["schema"]),
            sources=tuple((str(name), str(date)) for name, date in values["sources"]),
            files=files,
            **{name: str(values[name]) for name in ("digest", "date", "built", "ironhull")},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as trouble:
        raise AdvisoryError(f"{what}: {HEAD} is not what it should be: {trouble}", _HINT) from None
    odd = [path for path in files if path != INDEX and not _is_sound(path)]
    if odd or INDEX not in files:
        raise AdvisoryError(f"{what}: holds {odd[0] if odd else 'no index'}", _HINT)
    if sum(max(size, 0) for size, _ in files.values()) > LIMITS.advisory_bundle_bytes:
        limit = LIMITS.advisory_bundle_bytes
        raise AdvisoryError(f"{what}: more than {limit} bytes when unpacked", _HINT)
    return head


def _is_sound(path: str) -> bool:
    parts = path.split("/")
    return bool(_NAME.fullmatch(path)) and path.isprintable() and not {"", ".", ".."} & {*parts}


def _window(zstd: Any) -> dict[Any, int]:
    return {zstd.DecompressionParameter.window_log_max: LIMITS.zstd_window_log}


def _zstd() -> Any:
    try:
        return import_module("compression.zstd")  # Python 3.14 and later
    except ImportError:
        return cast(Any, import_module("backports.zstd"))
