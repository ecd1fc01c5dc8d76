"""Packaging systems: version order, the scope of their advisories and the names looked up there.

One file per system, one row per file. A system without a row is listed but never compared: its
packages read "not checked". A row is loaded when it is first asked for, as an image needs few.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping

from ironhull.ecosystems._hardened import FAMILY
from ironhull.ecosystems._row import Ecosystem
from ironhull.lazy import imported, lazily

TYPE_CHECKING = False
if TYPE_CHECKING:  # the modules of _NAMES, and the functions below
    from ironhull.ecosystems import (  # noqa: F401 - loaded by name
        apk,
        bitnami,
        cargo,
        composer,
        conda,
        cran,
        deb,
        dhi,
        gem,
        golang,
        hackage,
        hex,  # noqa: A004 - no code here calls hex()
        maven,
        npm,
        nuget,
        pub,
        pypi,
        rpm,
        swift,
    )
    from ironhull.ecosystems._ends import end_of_support, ended
    from ironhull.ecosystems._runtime_ends import runtime_end
else:
    end_of_support = lazily("ironhull.ecosystems._ends", "end_of_support")
    ended = lazily("ironhull.ecosystems._ends", "ended")
    runtime_end = lazily("ironhull.ecosystems._runtime_ends", "runtime_end")

__all__ = [
    "ECOSYSTEMS",
    "Ecosystem",
    "ecosystem_of_scope",
    "end_of_support",
    "ended",
    "runtime_end",
]

_NAMES = (
    *("apk", "bitnami", "deb", "dhi", "rpm"),
    *("cargo", "composer", "conda", "cran", "gem", "golang", "hackage", "hex", "maven", "npm"),
    *("nuget", "pub", "pypi", "swift"),
)
"""The modules, each named as its row's purl type."""


class _Rows(MutableMapping[str, Ecosystem]):
    """Rows by purl type, loaded one by one."""

    def __init__(self) -> None:
        self._rows: dict[str, Ecosystem | None] = dict.fromkeys(_NAMES)

    def __getitem__(self, key: str) -> Ecosystem:
        row = self._rows[key]
        if row is None:
            loaded: Ecosystem = imported(f"{__name__}.{key}").ROW
            row = self._rows[key] = loaded
        return row

    def __setitem__(self, key: str, row: Ecosystem) -> None:
        self._rows[key] = row

    def __delitem__(self, key: str) -> None:
        del self._rows[key]

    def __contains__(self, key: object) -> bool:
        return key in self._rows

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


ECOSYSTEMS: MutableMapping[str, Ecosystem] = _Rows()
"""By purl type."""

_BY_FOLDER: dict[str, Ecosystem] = {}


def ecosystem_of_scope(scope: str) -> Ecosystem | None:
    """The row that orders the versions of a scope ("Debian:13", "PyPI"); None: no row.

    Docker's records on a distribution's packages ("Docker Hardened Images:Debian:13") keep the
    order of that distribution.
    """
    if not _BY_FOLDER:
        _BY_FOLDER.update((folder, row) for row in ECOSYSTEMS.values() for folder in row.folders)
    family, _, rest = scope.partition(":")
    return _BY_FOLDER.get(rest.partition(":")[0] if family == FAMILY else family)
