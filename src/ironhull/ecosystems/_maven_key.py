"""Maven versions as bytes: the order of the POM reference ("Version Order Specification").

Versions are read into lists as maven-artifact's `ComparableVersion` does: "-" and a change between
letters and digits begin a list within the list, always its last item, so a version is a chain of
flat lists of numbers and words. Zeros and the words of a release (ga, final, release) do not count
at the end of a list, zeros also before a word. An item that is missing is compared as "nothing",
which equals zero and the words of a release.
Where Maven 3 contradicts itself ("1.sp-x" < "1-alpha" < "1" < "1.sp-x": a word behind a dot came
before any list), a word counts alike with a dot and a hyphen before it, as in Maven 4.

In a key stands, item by item:

    1 to 5  alpha, beta, milestone, rc, snapshot: before nothing
    6       nothing, or a word of a release
    7       sp
    8       another word, 0
    9       a list that begins with a number, or with such a list
    10      number

Behind a word stands what decides between versions that have it too:

    1       it begins a list and what follows there is less than nothing: that follows
    2       it stands in the list before, or nothing follows: what follows in the list before
    3       it begins a list and what follows there is more than nothing: that follows
"""

from __future__ import annotations

from ironhull.ecosystems._numbers import bounded, number
from ironhull.lazy import regex

__all__ = ["sort_key"]

_VALID = regex(r"[\x20-\x7e]+")
_DOTTED = regex(r"[0-9]+(?:\.[0-9]+)*")
_PIECE = regex(r"[0-9]+|[.-]|[^0-9.-]+")
_QUALIFIERS = {
    **{"alpha": "\x01", "beta": "\x02", "milestone": "\x03", "rc": "\x04", "cr": "\x04"},
    **{"snapshot": "\x05", "ga": "\x06", "final": "\x06", "release": "\x06", "sp": "\x07"},
}
_SHORT = {"a": "alpha", "b": "beta", "m": "milestone"}
"""What letters mean with a number behind them."""

_RELEASE, _LIST, _NUMBER = "\x06", "\x09", "\x0a"
_NOTHING = _RELEASE + "\x02\x02"


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
    return _encoded(_lists(version.lower())).encode("latin-1")


def _lists(text: str) -> list[list[str]]:
    """The chain of lists, each the last item of the one before; items are words or digits."""
    chain: list[list[str]] = [[]]
    pieces = _PIECE.findall(text)
    pending = ""
    for place, piece in enumerate(pieces):
        if piece == ".":
            chain[-1].append(pending or "0")
            pending = ""
        elif piece == "-":
            follows = pieces[place + 1] if place + 1 < len(pieces) else ""
            if not pending or pending[0].isdigit() or not follows[:1].isdigit():
                chain[-1].append(pending or "0")
                chain.append([])
                pending = ""
            # else: "rc-1" is "rc1"
        else:
            if pending:  # from letters to digits or back
                if piece[0].isdigit():
                    _begin(chain)
                    pending = _SHORT.get(pending, pending)
                chain[-1].append(pending)
                chain.append([])
            pending = piece
    if pending:
        if not pending[0].isdigit():
            _begin(chain)  # ".x" at the end is "-x"
        chain[-1].append(pending)
    return chain


def _begin(chain: list[list[str]]) -> None:
    if chain[-1]:
        chain.append([])


def _counting(items: list[str]) -> list[str]:
    """The items of a list without zeros and words of a release that no number follows there."""
    kept: list[str] = []  # the last first
    counts = False
    for item in reversed(items):
        if item[0].isdigit():
            counts = counts or item.strip("0") != ""
            if not counts:
                continue
        elif _QUALIFIERS.get(item) == _RELEASE and not counts:
            continue
        else:
            counts = False
        kept.append(item)
    return kept[::-1]


def _encoded(chain: list[list[str]]) -> str:
    """The key of a chain, made from its end: each item stands before what follows it."""
    rest, sign = _NOTHING, 0  # of what follows, against nothing
    for depth in range(len(chain) - 1, -1, -1):
        items = _counting(chain[depth])
        for place in range(len(items) - 1, -1, -1):
            item = items[place]
            if item[0].isdigit():
                rest, sign = _NUMBER + number(item) + rest, 1
            else:
                rest, sign = _word(item, depth > 0 and not place, rest, sign)
        if depth and (items[0][0].isdigit() if items else rest[0] == _LIST):
            rest = _LIST + rest
    return rest


def _word(word: str, begins: bool, rest: str, sign: int) -> tuple[str, int]:
    """Key and sign of a word and what follows; `begins`: it is the first of a list in a list."""
    rank = _QUALIFIERS.get(word) or f"\x08{word}\x00"
    own = (rank > _RELEASE) - (rank < _RELEASE)
    if begins and sign:
        return f"{rank}{chr(2 + sign)}{rest}", own or sign
    if begins:
        rest = _NOTHING
    if own:
        return f"{rank}\x02{rest}", own
    # a release, then nothing, then nothing, ... has no end but this
    return f"{rank}\x02{chr(2 + sign)}{rest}" if sign else _NOTHING, sign
