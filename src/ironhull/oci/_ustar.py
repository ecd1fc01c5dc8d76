"""Tar headers: ustar (POSIX.1-1988) with PAX records (POSIX.1-2001) only where ustar is too small.

Member names are bytes here. A name that is not ASCII goes into a PAX `path`, as POSIX asks
(UTF-8; bytes that are not UTF-8 are kept as they are).
"""

from collections.abc import Mapping

__all__ = ["BLOCK", "END", "header", "padding"]

BLOCK = 512
END = bytes(2 * BLOCK)

_NAME, _PREFIX = 100, 155
_OCTAL_7 = 0o7777777
_OCTAL_11 = 0o77777777777
_PAX_NAME = b"PaxHeaders/"


def padding(size: int) -> bytes:
    """The zeros that fill a body of `size` bytes up to a whole block."""
    return bytes(-size % BLOCK)


def header(  # noqa: PLR0913 - the fields of a tar header
    name: bytes,
    kind: bytes,
    *,
    mode: int,
    owner: tuple[int, int],
    size: int = 0,
    mtime: int = 0,
    link: bytes = b"",
    device: tuple[int, int] = (0, 0),
) -> bytes:
    """All header blocks of one member: a PAX header where one is needed, then the ustar one."""
    records: dict[bytes, bytes] = {}
    prefix, short = _split(name)
    if short is None:
        records[b"path"] = name
        prefix, short = b"", _ascii(name)[:_NAME].rstrip(b"/") or b"_"
        if kind == b"5":
            short = short[: _NAME - 1] + b"/"
    if len(link) > _NAME or not link.isascii():
        records[b"linkpath"] = link
        link = _ascii(link)[:_NAME]
    uid = _fit(records, b"uid", owner[0], _OCTAL_7)
    gid = _fit(records, b"gid", owner[1], _OCTAL_7)
    size_field = _fit(records, b"size", size, _OCTAL_11)
    time_field = _fit(records, b"mtime", mtime, _OCTAL_11)
    block = _block(
        name=short,
        prefix=prefix,
        kind=kind,
        numbers=(mode, uid, gid, size_field, time_field),
        link=link,
        device=device,
    )
    return (_pax(records, short) if records else b"") + block


def _fit(records: dict[bytes, bytes], key: bytes, value: int, largest: int) -> int:
    if value <= largest:
        return value
    records[key] = str(value).encode()
    return 0


def _ascii(name: bytes) -> bytes:
    return bytes(byte if byte < 0x80 else 0x5F for byte in name)


def _split(name: bytes) -> tuple[bytes, bytes | None]:
    """(prefix, name) as ustar can hold it; name None where it cannot."""
    if not name.isascii():
        return b"", None
    if len(name) <= _NAME:
        return b"", name
    at = name.rfind(b"/", 0, min(_PREFIX + 1, len(name) - 1))
    if at <= 0 or len(name) - at - 1 > _NAME:
        return b"", None
    return name[:at], name[at + 1 :]


def _pax(records: Mapping[bytes, bytes], short: bytes) -> bytes:
    body = b"".join(_record(key, records[key]) for key in sorted(records))
    last = short.rstrip(b"/").rpartition(b"/")[2]
    name = (_PAX_NAME + last)[:_NAME]
    head = _block(name=name, prefix=b"", kind=b"x", numbers=(0o644, 0, 0, len(body), 0))
    return head + body + padding(len(body))


def _record(key: bytes, value: bytes) -> bytes:
    rest = b" " + key + b"=" + value + b"\n"
    length = len(rest) + 1
    while length != len(rest) + len(str(length)):
        length = len(rest) + len(str(length))
    return str(length).encode() + rest


def _block(
    *,
    name: bytes,
    prefix: bytes,
    kind: bytes,
    numbers: tuple[int, int, int, int, int],
    link: bytes = b"",
    device: tuple[int, int] = (0, 0),
) -> bytes:
    mode, uid, gid, size, mtime = numbers
    fields = b"".join(
        (
            name.ljust(_NAME, b"\0"),
            b"%07o\0%07o\0%07o\0%011o\0%011o\0" % (mode & 0o7777, uid, gid, size, mtime),
            b" " * 8,  # the checksum counts as spaces while it is computed
            kind,
            link.ljust(_NAME, b"\0"),
            b"ustar\x0000",
            bytes(64),  # user and group names
            b"%07o\0%07o\0" % device,
            prefix.ljust(_PREFIX, b"\0"),
            bytes(12),
        )
    )
    return fields[:148] + b"%06o\0 " % sum(fields) + fields[156:]
