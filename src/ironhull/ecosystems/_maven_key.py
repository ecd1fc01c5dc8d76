"""Maven versions as bytes: Maven 4's `ComparableVersion` (maven-artifact), in one pass.

Versions are read into lists as Maven does: "-" and a change between letters and digits begin a
list within the list, always its last item, so a version is a chain of flat lists. Items are
numbers, words, and words with the number behind them. Zeros that do not count are dropped, and an
item that is missing is compared as "nothing", which equals zero and the words of a release (ga,
final, release). In a key stands, item by item:

    1 to 5  alpha, beta, milestone, rc, snapshot: before nothing
    6       nothing, or a word of a release
    7       sp
    8       another word, 0
    9       a list that begins with a number
    10      number

Behind a word stands what decides between versions that have it too:

    1       it begins a list and what follows there is less than nothing: that follows
    2       it stands in the list before, or nothing follows: what follows in the list before
    3       it begins a list and what follows there is more than nothing: that follows
    4       it has a number: number, and what follows
"""

from __future__ import annotations

import re

from ironhull.ecosystems._numbers import bounded, number

__all__ = ["sort_key"]

_VALID = re.compile(r"[\x20-\x7e]+")
_DOTTED = re.compile(r"[0-9]+(?:\.[0-9]+)*")
_PIECE = re.compile(r"[0-9]+|[.-]|[^0-9.-]+")
_QUALIFIERS = {
    **{"alpha": "\x01", "beta": "\x02", "milestone": "\x03", "rc": "\x04", "cr": "\x04"},
    **{"snapshot": "\x05", "ga": "\x06", "final": "\x06", "release": "\x06", "sp": "\x07"},
}
_SHORT = {"a": "\x01", "b": "\x02", "m": "\x03"}  # only with a number behind them
_RELEASE, _LIST, _NUMBER = "\x06", "\x09", "\x0a"
_NOTHING = _RELEASE + "\x02\x02"

# An item is (word, digits): a number has no word, a word alone has None for its digits.
_Item = tuple[str, str | None]


def sort_key(version: str) -> bytes:
    """The key of `version`; raises ValueError for what is empty or not printable ASCII."""
    bounded(version, "a Maven version")
    if _DOTTED.fullmatch(version):
        parts = version.split(".")
        while parts and not parts[-1].strip("0"):
            parts.pop()
        text = "".join([_NUMBER + number(part) for part in parts])
        return (text + _NOTHING).encode("latin-1")
    if not _VALID.fullmatch(version):
        raise ValueError(f"not a Maven version: {version!r}")
    return _encoded(_normalised(_lists(version.lower()))).encode("latin-1")


# ── reading ──────────────────────────────────────────────────────────────────────────────────────


def _lists(text: str) -> list[list[_Item]]:
    """The chain of lists, each the last item of the one before."""
    chain: list[list[_Item]] = [[]]
    pieces = _PIECE.findall(text)
    pending: _Item | None = None
    for place, piece in enumerate(pieces):
        if piece in ".-":
            follows = pieces[place + 1] if place + 1 < len(pieces) else ""
            if piece == "-" and pending and pending[1] is None and follows[:1].isdigit():
                continue  # "rc-1" is "rc1"
            chain[-1].append(pending or ("", "0"))
            pending = None
            if piece == "-":
                chain.append([])
        elif not piece[0].isdigit():
            if pending:  # a number before a word ends its list
                chain[-1].append(pending)
                chain.append([])
            pending = (piece, None)
        else:
            if pending:
                _begin(chain)
            pending = (pending[0] if pending else "", piece)
    if pending:
        if pending[1] is None:
            _begin(chain)  # ".x" at the end is "-x"
        chain[-1].append(pending)
    return chain


def _begin(chain: list[list[_Item]]) -> None:
    if chain[-1]:
        chain.append([])


def _normalised(chain: list[list[_Item]]) -> list[list[_Item]]:
    """The lists that have items, without zeros before nothing, a word or a list that begins so."""
    found: list[list[_Item]] = []  # the deepest first
    follows: _Item | None = None
    for items in reversed(chain):
        kept: list[_Item] = []  # the last first
        for item in reversed(items):
            word, digits = item
            if word or (digits or "").strip("0") or (follows and not follows[0]):
                kept.append(item)
                follows = item
        if kept:
            found.append(kept[::-1])
    return found[::-1]


# ── writing ──────────────────────────────────────────────────────────────────────────────────────


def _encoded(chain: list[list[_Item]]) -> str:
    """The key of a chain, made from its end: each item stands before what follows it."""
    rest, sign = _NOTHING, 0  # of what follows, against nothing
    for depth in range(len(chain) - 1, -1, -1):
        items = chain[depth]
        for place in range(len(items) - 1, -1, -1):
            word, digits = items[place]
            if word:
                begins = place == 0 and depth > 0
                rest, sign = _word(word, digits, begins, (rest, sign))
            else:
                value = number(digits or "0")
                rest = _NUMBER + value + rest
                sign = 1 if len(value) > 1 else sign
        if depth and not items[0][0]:
            rest = _LIST + rest
    return rest


def _word(word: str, digits: str | None, begins: bool, rest: tuple[str, int]) -> tuple[str, int]:
    """Key and sign of a word; `begins`: it is the first of a list within a list."""
    text, sign = rest
    rank = _QUALIFIERS.get(word) or (digits and _SHORT.get(word)) or f"\x08{word}\x00"
    release = rank == _RELEASE
    own = 0 if release else (-1 if rank < _RELEASE else 1)
    if digits and not (release and not digits.strip("0")):
        return f"{rank}\x04{number(digits)}{text}", own or 1
    if begins and sign:
        return f"{rank}{chr(2 + sign)}{text}", own or sign
    if begins:
        text = _NOTHING
    if release:  # no end to "nothing, then nothing, then ..."
        text = f"{chr(2 + sign)}{text}" if sign else "\x02"
    return f"{rank}\x02{text}", own or sign
