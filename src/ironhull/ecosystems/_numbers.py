"""Numbers of versions as text that sorts as the numbers do, without a limit to their length.

Keys are put together as text of the characters 0 to 255 and become bytes at the end (latin-1).
"""

from __future__ import annotations

from functools import lru_cache

__all__ = ["LONGEST", "bounded", "downwards", "number", "numbers"]

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
