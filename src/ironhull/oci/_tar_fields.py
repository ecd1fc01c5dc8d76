"""The fields of tar headers: names, numbers, checksums and pax records."""

from __future__ import annotations

TYPE_CHECKING = False  # `typing` is a third of a start; checkers know the name
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeVar

    _Value = TypeVar("_Value")

__all__ = [
    "NUMBERS",
    "OWNERS",
    "checksum_ok",
    "clean_path",
    "decimal",
    "number",
    "path_escapes",
    "pax_records",
    "seconds",
    "text",
]


def clean_path(name: str) -> str:
    """The path relative to the root: no leading "/", no "." and "..", which stops at the root."""
    if "/." not in name and "//" not in name and name[:1] not in ("/", ".", "") and name[-1] != "/":
        return name
    parts: list[str] = []
    for part in name.split("/"):
        if part == "..":
            if parts:
                parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def path_escapes(name: str) -> bool:
    """Whether `..` in `name` climbs above the root."""
    depth = 0
    for part in name.split("/"):
        if part == "..":
            depth -= 1
        elif part not in ("", "."):
            depth += 1
        if depth < 0:
            return True
    return False


class _Known(dict["bytes", "_Value"]):
    """What fields mean, kept: of 100,000 entries most have fields that others had before.

    A look-up costs half of what `functools.lru_cache` takes.
    """

    def __init__(self, read: Callable[[bytes], _Value]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, field: bytes) -> _Value:
        if len(self) >= _MOST:
            self.clear()
        value = self[field] = self._read(field)
        return value


_MOST = 8192


def number(field: bytes) -> int:
    """A numeric field: octal digits, or base-256 if the first byte has its high bit (GNU, star)."""
    if field[0] & 0x80:
        value = int.from_bytes(field, "big", signed=False)
        bits = 8 * len(field)
        if field[0] == 0xFF:
            return value - (1 << bits)
        return value & ((1 << (bits - 1)) - 1)
    return int(field.partition(b"\0")[0].strip() or b"0", 8)


def _mode_and_owner(field: bytes) -> tuple[int, int, int]:
    return number(field[:8]) & 0o7777, number(field[8:16]), number(field[16:])


NUMBERS = _Known(number)
OWNERS = _Known(_mode_and_owner)


def text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "surrogateescape")


def checksum_ok(header: bytes, stored: int) -> bool:
    """The check in full, also with signed bytes as some old writers summed them."""
    rest = header[:148] + header[156:]
    signed = sum(byte - 256 if byte > 127 else byte for byte in rest)
    return stored in (sum(rest) + 256, signed + 256)


def decimal(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 20:
        raise ValueError(f"{text[:40]!r} is not a number")
    return int(text)


def seconds(text: str) -> int:
    """A pax time: decimal seconds, perhaps negative, perhaps with a fraction (rounded down)."""
    whole, dot, fraction = text.partition(".")
    value = -decimal(whole[1:]) if whole.startswith("-") else decimal(whole)
    negative = whole.startswith("-") and bool(dot) and fraction.strip("0") != ""
    return value - 1 if negative else value


def pax_records(data: bytes) -> Iterator[tuple[str, str]]:
    """The records "LENGTH KEY=VALUE\\n" of an extended header."""
    at = 0
    while at < len(data):
        space = data.find(b" ", at, at + 20)
        digits = data[at:space]
        if space < 0 or not digits.isdigit():
            if not data[at:].strip(b"\0"):
                return
            raise ValueError("pax record without a length")
        end = at + int(digits)
        key, equals, value = data[space + 1 : end - 1].partition(b"=")
        if end > len(data) or not equals or data[end - 1 : end] != b"\n" or end <= space + 1:
            raise ValueError("pax record is malformed")
        name = key.decode("utf-8", "surrogateescape")
        if b"\0" in value and name in ("path", "linkpath", "GNU.sparse.name"):
            raise ValueError("NUL in a file name")
        yield name, value.decode("utf-8", "surrogateescape")
        at = end
