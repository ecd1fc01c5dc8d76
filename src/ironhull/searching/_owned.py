"""Which findings are what a distribution ships, and no secret of whoever made the image."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ironhull.catalogers._owners import owners
from ironhull.detectors.secret_files import FileSecrets
from ironhull.model import Package, Sbom, Tree
from ironhull.values import dataclass

__all__ = ["Place", "unowned"]

_STATUS = ("var/lib/dpkg/status", "var/lib/dpkg/status.d/*")
_CONFFILE = re.compile(rb"^ /(\S+) ([0-9a-f]{32})(?: |$)", re.MULTILINE)
"""deb-conffiles(5), and how dpkg keeps them in its status file."""

_EDITED = "etc/"


@dataclass(frozen=True, slots=True)
class Place:
    """A file with secrets, its layer, and the one that hides it, by diff_id."""

    secrets: FileSecrets
    layer: str = ""
    removed_in: str = ""

    @property
    def path(self) -> str:
        """The file's."""
        return self.secrets.found[0].path


def unowned(places: Sequence[Place], tree: Tree, sbom: Sbom, layers: Sequence[str]) -> list[Place]:
    """The `places` of `tree` that no distribution package of its `sbom` ships as they are.

    A file in a layer above its package's, or below etc and no unchanged configuration file of dpkg,
    was written by somebody else.
    """
    owner_of = owners({place.path for place in places}, sbom.packages, tree)
    number = {diff_id: at for at, diff_id in reversed([*enumerate(layers)])}
    shipped: dict[str, str] | None = None
    left = []
    for place in places:
        owner = owner_of.get(place.path)
        if owner is not None and place.path.startswith(_EDITED):
            shipped = _conffiles(tree) if shipped is None else shipped
            if place.secrets.md5 and shipped.get(place.path) == place.secrets.md5:
                continue
        elif owner is not None and number.get(place.layer, 0) <= _installed(owner, number):
            continue
        left.append(place)
    return left


def _installed(owner: Package, number: dict[str, int]) -> int:
    """The layer that installed a package, as its records tell."""
    return min((number.get(at.layer, 0) for at in owner.locations), default=0)


def _conffiles(tree: Tree) -> dict[str, str]:
    found: dict[str, str] = {}
    for data in _records(tree):
        for path, md5 in _CONFFILE.findall(data):
            found[path.decode("utf-8", "surrogateescape")] = md5.decode()
    return found


def _records(tree: Tree) -> Iterable[bytes]:
    for pattern in _STATUS:
        for file in tree.glob(pattern):
            try:
                yield tree.read(file.path)
            except KeyError:
                continue
