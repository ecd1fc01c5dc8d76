"""Running probes over the files of a layer or directory."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from typing import BinaryIO

from ironhull.oci.patterns import Wanted
from ironhull.oci.probes import Body, Probe

__all__ = ["MemoryBody", "Probing"]

_ELF = b"\x7fELF"
_EXECUTE = 0o111


class MemoryBody:
    """A `probes.Body` over bytes in memory."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self._data)

    def read(self, offset: int, count: int, /) -> bytes:
        """Up to `count` bytes from `offset`."""
        return self._data[offset : offset + count]

    def find(self, what: bytes, start: int = 0, /) -> int:
        """The first offset of `what` at or behind `start`, or -1."""
        return self._data.find(what, start)

    def open(self) -> BinaryIO:
        """The whole as a seekable file."""
        return io.BytesIO(self._data)


class Probing:
    """A set of probes and the rules which files they get."""

    def __init__(self, probes: Iterable[Probe]) -> None:
        self.probes = tuple(probes)
        self._wanted = Wanted.of(p for probe in self.probes for p in probe.patterns)
        self._matches = {
            probe.name: Wanted.of(probe.patterns).matches if probe.patterns else None
            for probe in self.probes
        }
        self._executables = any(probe.executables for probe in self.probes)

    def may_want(self, path: str, mode: int) -> bool:
        """Whether some probe may want the file; its first bytes decide."""
        return bool(self._executables and mode & _EXECUTE) or (
            bool(self._wanted.patterns) and self._wanted.matches(path)
        )

    def run(
        self, path: str, mode: int, body: Body, trouble: Callable[[str], None]
    ) -> Mapping[str, bytes]:
        """The facts of one file by probe; what a probe raises is told to `trouble`."""
        program = bool(mode & _EXECUTE) and body.read(0, 4) == _ELF
        found: dict[str, bytes] = {}
        for probe in self.probes:
            matches = self._matches[probe.name]
            if (probe.executables and program) or (matches is not None and matches(path)):
                try:
                    facts = probe.extract(path, body)
                except Exception as error:  # noqa: BLE001 - one broken file costs one Problem
                    trouble(f"{probe.name}: cannot be read: {error or type(error).__name__}")
                    continue
                if facts:
                    found[probe.name] = facts
        return found
