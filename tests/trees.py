"""A file system made of a dict, for tests that need a `model.Tree` and no image."""

from collections.abc import Iterable, Iterator, Mapping

from ironhull.model import File
from ironhull.oci._probing import MemoryBody, Probing
from ironhull.oci.patterns import Wanted
from ironhull.oci.probes import Probe


class DictTree:
    """`model.Tree` over `{path: bytes}`; all files come from one layer.

    With `probes` every file is taken for executable; what probes raise is in `troubles`.
    """

    def __init__(
        self,
        files: Mapping[str, bytes | str],
        layer: str = "sha256:" + "1" * 64,
        probes: Iterable[Probe] = (),
    ) -> None:
        self._files = {p: c.encode() if isinstance(c, str) else c for p, c in files.items()}
        self._layer = layer
        self.troubles: list[str] = []
        probing = Probing(probes)
        self._facts = {
            path: probing.run(path, 0o755, MemoryBody(body), self.troubles.append)
            for path, body in self._files.items()
        }

    def glob(self, pattern: str) -> Iterator[File]:
        wanted = Wanted.of([pattern])
        return (self._file(path) for path in sorted(self._files) if wanted.matches(path))

    def read(self, path: str) -> bytes:
        return self._files[path]

    def exists(self, path: str) -> bool:
        return path in self._files or any(p.startswith(path + "/") for p in self._files)

    def find(self, path: str) -> File | None:
        return self._file(path) if path in self._files else None

    def paths(self) -> Iterable[str]:
        return sorted(self._files)

    def probed(self, probe: str) -> Iterator[File]:
        return (self._file(p) for p in sorted(self._files) if probe in self._facts[p])

    def facts(self, path: str, probe: str) -> bytes:
        return self._facts[path][probe]

    def _file(self, path: str) -> File:
        return File(path, self._layer, len(self._files[path]), 0o644)
