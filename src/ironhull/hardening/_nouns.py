"""What hardening a Dockerfile gives: the new text, why each line changed, what is left to do."""

from __future__ import annotations

from ironhull.values import dataclass

__all__ = ["ByHand", "Change", "Hardened", "Pair"]


@dataclass(frozen=True, slots=True)
class Change:
    """One change to a Dockerfile: `rule` is its id (IH-Dnnn), `line` of the input, from 1; 0: new.

    `before` and `after` are text of the input and the output, either may be empty.
    """

    rule: str
    line: int
    before: str
    after: str
    reason: str


@dataclass(frozen=True, slots=True)
class ByHand:
    """What was kept as it is because nothing proves a change safe, and what to do about it."""

    rule: str
    line: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Pair:
    """The images of one family for one language: `build` has a shell and tools, `run` neither.

    Both are references without digests ("ironhull/python:3.13-debian13-dev"). `version` is the
    language's as the pair has it, `said` why it is not the one asked for ("" where it is). `user`
    is the numeric "UID:GID" to run as, `interpreter` the path of the language's program in `run`.
    """

    family: str
    language: str
    version: str
    build: str
    run: str
    user: str = "65532:65532"
    interpreter: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Hardened:
    """A Dockerfile hardened: `text` is the new one, `ignore` a new .dockerignore (None: kept).

    `language` is "" where none was recognised, `pair` None where the bases were kept.
    """

    name: str
    before: str
    text: str
    language: str
    pair: Pair | None
    ignore: str | None
    changes: tuple[Change, ...]
    by_hand: tuple[ByHand, ...]
