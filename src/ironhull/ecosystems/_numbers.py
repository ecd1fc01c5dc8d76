"""Numbers of versions as text that sorts as the numbers do, without a limit to their length.

Keys are put together as text of the characters 0 to 255 and become bytes at the end (latin-1).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

__all__ = ["LONGEST", "bounded", "downwards", "listed", "number", "numbers", "padded"]

LONGEST = 512
"""Characters of a version; longer "versions" are an attack on the parser."""

_COMPLEMENT = str.maketrans("0123456789", "9876543210")


def bounded(version: str, kind: str) -> None:
    """Raise ValueError where a version is longer than any is."""
    if len(version) > LONGEST:
        raise ValueError(f"not {kind}: {version[:40]!r}… is {len(version)} characters long")


@lru_cache(maxsize=1 << 14)
def number(digits: str) -> str:
    """How many digits, and the digits, without leading zeros: none for zero.

    No result is the beginning of another. At most 8 decimal places of length.
    """
    digits = digits.lstrip("0")
    size = len(digits)
    if size < 0xFF:
        return chr(size) + digits
    return f"\xff{size:08d}{digits}"


def downwards(digits: str) -> str:
    """As `number`, the greater the number the earlier it sorts; up to 254 digits."""
    digits = digits.lstrip("0")
    return chr(0xFF - len(digits)) + digits.translate(_COMPLEMENT)


def numbers(parts: list[str], least: int) -> str:
    """The key of a dotted list of numbers: the first `least` (missing ones are zero), then each
    further one behind the character 3. Trailing zeros do not count, the caller's next character
    must be 1 or 2.
    """
    count = len(parts)
    if count > least:
        while count > least and not parts[count - 1].strip("0"):
            count -= 1
        further = "".join(f"\x03{number(part)}" for part in parts[least:count])
        return "".join(map(number, parts[:least])) + further
    return "".join(map(number, parts)) + "\x00" * (least - count)


def listed(parts: Iterable[str]) -> str:
    """The key of a list of numbers of which the longer one is greater, whatever it ends in."""
    return "".join([f"\x02{number(part)}" for part in parts]) + "\x01"


def padded(items: Iterable[tuple[int, str]]) -> str:
    """The key of a list that ends in zeros without end: (sign, key) of its items.

    An item is below zero (sign -1), zero (0, its key does not count) or above. Item by item:

        1 key                      the next is below zero
        2 number, key              that many zeros, then one below zero
        3                          nothing but zeros follows
        4 number downwards, key    that many zeros, then one above zero
        5 key                      the next is above zero
    """
    found: list[str] = []
    zeros = 0
    for sign, key in items:
        if not sign:
            zeros += 1
            continue
        if not zeros:
            found.append("\x01" if sign < 0 else "\x05")
        elif sign < 0:
            found.append("\x02" + number(str(zeros)))
        else:
            found.append("\x04" + downwards(str(zeros)))
        found.append(key)
        zeros = 0
    found.append("\x03")
    return "".join(found)
