"""Where secrets may be in some bytes: a first look, fast and too generous; rules decide.

With Vectorscan (package `hyperscan`) all expressions run at once; with `ahocorasick_rs` all
keywords; without either the keywords one after the other. What is found is a rule and an offset
near which it may match; the answer of the rules is the same whichever looked first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from ironhull.detectors.secret_rules import Rule, plain

__all__ = ["ENGINES", "Looking", "first_look"]

ENGINES = ("vectorscan", "ahocorasick", "plain")
"""The fastest first."""


class Looking(Protocol):
    """A first look at some bytes."""

    @property
    def name(self) -> str:
        """One of ENGINES."""

    def places(self, data: bytes) -> Iterator[tuple[int, int]]:
        """(number of a rule, offset) wherever a rule may match nearby, in no order."""


def first_look(rules: Sequence[Rule], *, engine: str = "", kept: Path | None = None) -> Looking:
    """The fastest first look that is installed, or the one named.

    What is compiled is kept in the directory `kept`.
    """
    for name, make in (("vectorscan", _vectorscan), ("ahocorasick", _ahocorasick)):
        if engine in ("", name) and (found := make(rules, kept)) is not None:
            return found
    return _Plain(_by_keyword(rules))


@cache
def _by_keyword(rules: tuple[Rule, ...]) -> dict[bytes, tuple[int, ...]]:
    found: dict[bytes, list[int]] = {}
    for number, rule in enumerate(rules):
        for keyword in rule.keywords:
            found.setdefault(keyword.encode("latin-1"), []).append(number)
    return {keyword: tuple(numbers) for keyword, numbers in found.items()}


class _Plain:
    name = "plain"

    def __init__(self, keywords: dict[bytes, tuple[int, ...]]) -> None:
        self._keywords = keywords

    def places(self, data: bytes) -> Iterator[tuple[int, int]]:
        lower = data.lower()
        for keyword, numbers in self._keywords.items():
            at = lower.find(keyword)
            while at >= 0:
                for number in numbers:
                    yield number, at
                at = lower.find(keyword, at + 1)


class _Ahocorasick:
    name = "ahocorasick"

    def __init__(self, automaton: Any, numbers: Sequence[tuple[int, ...]]) -> None:
        self._automaton = automaton
        self._numbers = numbers

    def places(self, data: bytes) -> Iterator[tuple[int, int]]:
        for which, start, _ in self._automaton.find_matches_as_indexes(
            data.lower(), overlapping=True
        ):
            for number in self._numbers[which]:
                yield number, start


def _ahocorasick(rules: Sequence[Rule], _kept: Path | None) -> Looking | None:
    try:
        from ahocorasick_rs import BytesAhoCorasick
    except ImportError:
        return None
    keywords = _by_keyword(tuple(rules))
    return _Ahocorasick(BytesAhoCorasick(list(keywords)), list(keywords.values()))


class _Vectorscan:
    name = "vectorscan"

    def __init__(self, database: Any, module: Any) -> None:
        import threading

        self._database = database
        self._module = module
        self._local = threading.local()

    def places(self, data: bytes) -> Iterator[tuple[int, int]]:
        found: list[tuple[int, int]] = []

        def note(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            found.append((number, end))

        self._database.scan(data, match_event_handler=note, scratch=self._scratch())
        return iter(found)

    def _scratch(self) -> Any:
        """The memory of a scan: one for each thread."""
        scratch = getattr(self._local, "scratch", None)
        if scratch is None:
            scratch = self._database.scratch.clone()
            self._local.scratch = scratch
        return scratch


def _vectorscan(rules: Sequence[Rule], kept: Path | None) -> Looking | None:
    try:
        import hyperscan
    except ImportError:
        return None
    data = _load(rules, kept, hyperscan)
    database = hyperscan.loadb(data, hyperscan.HS_MODE_BLOCK)
    database.scratch = hyperscan.Scratch(database)
    return _Vectorscan(database, hyperscan)


def _load(rules: Sequence[Rule], kept: Path | None, module: Any) -> bytes:
    """The compiled rules: kept from before, or made and kept."""
    import hashlib

    said = repr((module.__version__, [(r.id, r.look) for r in rules])).encode()
    file = kept / f"{hashlib.sha256(said).hexdigest()}.vectorscan" if kept is not None else None
    if file is not None and (data := _kept(file)):
        return data
    data = bytes(module.dumpb(_compile(rules, module)))
    if file is not None:
        from ironhull.store.files import atomic_write

        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            atomic_write(file, hashlib.sha256(data).digest() + data)
        except OSError:  # a home that cannot be written to costs half a second, no more
            return data
    return data


def _kept(file: Path) -> bytes:
    """What is in the file, if it is whole: a damaged database would crash the engine."""
    import hashlib

    try:
        data = file.read_bytes()
    except OSError:
        return b""
    return data[32:] if hashlib.sha256(data[32:]).digest() == data[:32] else b""


def _compile(rules: Sequence[Rule], module: Any) -> Any:
    database = module.Database(mode=module.HS_MODE_BLOCK)
    database.compile(
        expressions=[plain(rule.look).encode("latin-1") for rule in rules],
        ids=list(range(len(rules))),
        flags=[module.HS_FLAG_PREFILTER] * len(rules),
    )
    return database
