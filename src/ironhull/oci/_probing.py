"""Running probes over the files of a layer or directory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from ironhull.oci._bodies import MemoryBody
from ironhull.oci.patterns import Wanted
from ironhull.oci.probes import HEAD, Body, Probe

__all__ = ["ELF", "EXECUTE", "MemoryBody", "Probing", "extract"]

ELF = b"\x7fELF"
EXECUTE = 0o111
_EVERYTHING = ("**",)


class Probing:
    """A set of probes and the rules which files they get.

    `patterns` are those of all probes, `executables` whether one asks for programs, `attributed`
    those that ask for an extended attribute and not for content.
    """

    def __init__(self, probes: Iterable[Probe]) -> None:
        given = tuple(probes)
        self.attributed = tuple(probe for probe in given if probe.attribute)
        self.probes = tuple(probe for probe in given if not probe.attribute)
        self.executables = any(probe.executables for probe in self.probes)
        self.patterns = tuple(p for probe in self.probes for p in probe.patterns)
        self._always = tuple(probe for probe in self.probes if probe.patterns == _EVERYTHING)
        chosen = [probe for probe in self.probes if probe.patterns != _EVERYTHING]
        self._wanted = Wanted.of(p for probe in chosen for p in probe.patterns)
        self._rows = tuple(
            (probe, Wanted.of(probe.patterns).matches if probe.patterns else _nothing)
            for probe in chosen
        )

    def may_want(self, path: str, mode: int) -> bool:
        """Whether some probe may want the file; its first bytes decide."""
        program = mode & EXECUTE and (self.executables or self.attributed)
        return bool(program) or self.named(path)

    def named(self, path: str) -> bool:
        """Whether some probe asks for the file by its path."""
        return bool(self._always) or self._wanted.matches(path)

    def choose(self, path: str, mode: int, head: Callable[[], bytes]) -> Sequence[Probe]:
        """The probes that want the file; `head()` gives its first HEAD bytes or fewer."""
        named = self._wanted.matches(path)
        program = self.executables and mode & EXECUTE and head().startswith(ELF)
        found: list[Probe] = []
        if named or program:
            found = [
                probe
                for probe, matches in self._rows
                if (program and probe.executables) or (named and matches(path))
            ]
        found += self._always
        return [probe for probe in found if probe.suits is None or probe.suits(path, head())]

    def run(
        self, path: str, mode: int, body: Body, trouble: Callable[[str], None]
    ) -> Mapping[str, bytes]:
        """The facts of one file by probe; what a probe raises is told to `trouble`."""
        return extract(self.choose(path, mode, lambda: body.read(0, HEAD)), path, body, trouble)


def extract(
    probes: Iterable[Probe], path: str, body: Body, trouble: Callable[[str], None]
) -> Mapping[str, bytes]:
    """What `probes` tell of one file, by name; what they raise is told to `trouble`, in a line."""
    found: dict[str, bytes] = {}
    for probe in probes:
        try:
            facts = probe.extract(path, body)
        except Exception as error:  # noqa: BLE001 - one broken file costs one Problem
            said = " ".join(str(error).split()) or type(error).__name__
            trouble(f"{probe.name}: cannot be read: {said}")
            continue
        if facts:
            found[probe.name] = facts
    return found


def _nothing(_: str) -> bool:
    return False
