"""Tables in a box, cells that repeat down a column written once: the look of Trivy's reports."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["grid", "wrapped"]

_LONGEST = 200  # characters of one line of a cell


def grid(
    header: Sequence[str], rows: Sequence[Sequence[str]], *, merge: bool = True, centred: int = -1
) -> list[str]:
    """The lines of a table; cells may hold line breaks.

    With `merge` a cell equal to the one above it is left blank and not divided from it. Columns
    from `centred` on are centred (-1: none).
    """
    cells = [[cell.split("\n") for cell in row] for row in rows]
    joined = [
        [merge and number > 0 and bool(row[c]) and row[c] == rows[number - 1][c] for c in _of(row)]
        for number, row in enumerate(rows)
    ]
    widths = [
        max(len(header[c]), *(len(line) for row in cells for line in row[c])) for c in _of(header)
    ]
    lines = [
        _rule("┌┬┐", widths),
        _written([f"{h:^{w}}" for h, w in zip(header, widths, strict=True)]),
    ]
    for number, row in enumerate(cells):
        lines.append(_between(widths, joined[number]) if number else _rule("├┼┤", widths))
        shown = [[""] if joined[number][c] else cell for c, cell in enumerate(row)]
        for place in range(max(map(len, shown))):
            texts = [cell[place] if place < len(cell) else "" for cell in shown]
            lines.append(
                _written([_aligned(t, w, c, centred) for c, (t, w) in _pairs(texts, widths)])
            )
    return [*lines, _rule("└┴┘", widths)]


def _of(row: Sequence[object]) -> range:
    return range(len(row))


def _pairs(texts: list[str], widths: list[int]) -> list[tuple[int, tuple[str, int]]]:
    return list(enumerate(zip(texts, widths, strict=True)))


def _aligned(text: str, width: int, column: int, centred: int) -> str:
    return f"{text:^{width}}" if 0 <= centred <= column else f"{text:<{width}}"


def _written(texts: Sequence[str]) -> str:
    return f"│ {' │ '.join(texts)} │"


def _rule(corners: str, widths: Sequence[int]) -> str:
    parts = corners[1].join("─" * (width + 2) for width in widths)
    return f"{corners[0]}{parts}{corners[2]}"


def _between(widths: Sequence[int], joined: Sequence[bool]) -> str:
    """The line between two rows, open where a cell goes on."""
    drawn = [not same for same in joined]
    parts = ["├" if drawn[0] else "│"]
    for column, width in enumerate(widths):
        parts.append(("─" if drawn[column] else " ") * (width + 2))
        after = drawn[column + 1] if column + 1 < len(widths) else None
        parts.append(_crossing(drawn[column], after))
    return "".join(parts)


def _crossing(before: bool, after: bool | None) -> str:
    if after is None:
        return "┤" if before else "│"
    return {(True, True): "┼", (True, False): "┤", (False, True): "├", (False, False): "│"}[
        before, after
    ]


def wrapped(text: str, width: int) -> str:
    """`text` in lines of at most `width` characters, broken at blanks where there are any."""
    lines: list[str] = []
    for word in text.split():
        piece = word
        if lines and len(lines[-1]) + 1 + len(piece) <= width:
            lines[-1] += f" {piece}"
            continue
        while len(piece) > _LONGEST:
            lines.append(piece[:_LONGEST])
            piece = piece[_LONGEST:]
        lines.append(piece)
    return "\n".join(lines)
