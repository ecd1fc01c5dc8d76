"""SBOMs once made, by the config digest of their image and the code that made them.

The config names every layer by its diff_id, so it decides all that is found. What differs by where
an image came from (name, digests and sizes of stored blobs) is put in when an SBOM is loaded: the
subject is made of the image at hand, and problems that name it or its blobs are written anew.
"""

from __future__ import annotations

import json
from operator import attrgetter

from ironhull.limits import LIMITS
from ironhull.model import (
    Distro,
    Image,
    Location,
    Package,
    Problem,
    Relation,
    Sbom,
    Upstream,
    VexFile,
)
from ironhull.store.cache_files import CacheFiles, key_of
from ironhull.subject import subject_of
from ironhull.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import Any

__all__ = ["SbomCache"]

_FORMAT = "3"


class SbomCache:
    """The SBOMs kept below the cache folder `root`, made by `code` (`store._code`).

    Nothing is kept or found for an image without a config digest or for code that is not known.
    """

    def __init__(self, root: Path | str, code: str) -> None:
        self._files = CacheFiles(str(root), "sboms", limit=LIMITS.cache_file_bytes)
        self._code = code

    @property
    def written(self) -> int:
        """How many SBOMs were put in."""
        return self._files.written

    def load(self, image: Image, *, all_layers: bool = False) -> Sbom | None:
        """The SBOM of `image` as `catalog` makes it; None where it is not kept."""
        key = self._key(image, all_layers=all_layers)
        data = self._files.load(key) if key else None
        if data is None:
            return None
        try:
            return _unpacked(json.loads(data), image)
        except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
            self._files.forget(key)
            return None

    def keep(self, image: Image, sbom: Sbom, *, all_layers: bool = False) -> None:
        """Keep what `catalog` made of `image`."""
        key = self._key(image, all_layers=all_layers)
        if key:
            packed = _packed(sbom, image)
            data = json.dumps(packed, separators=(",", ":"), check_circular=False)
            self._files.keep(key, data.encode())

    def _key(self, image: Image, *, all_layers: bool) -> str:
        if not image.config_digest or not self._code or image.origin == "fs":
            return ""
        which = ("sbom", _FORMAT, self._code, image.config_digest, str(all_layers))
        return key_of((*which, *(layer.diff_id for layer in image.layers)))


# ── to JSON ──────────────────────────────────────────────────────────────────────────────────────

_PLAIN = tuple(
    name
    for name in Package.__match_args__
    if name not in ("upstream", "licenses", "locations", "checksums", "qualifiers", "removed_in")
)

_plain = attrgetter(*_PLAIN)


def _packed(sbom: Sbom, image: Image) -> dict[str, Any]:
    numbers = {diff_id: number for number, diff_id in enumerate(sbom.subject.layers)}
    distro = sbom.distro
    return {
        "disk_size": sbom.subject.disk_size,
        "blobs": [layer.digest for layer in image.layers],
        "distro": None
        if distro is None
        else [distro.id, distro.version, distro.codename, distro.pretty_name, *distro.id_like],
        "packages": [_package(package, numbers) for package in sbom.packages],
        "relations": [[r.subject, r.kind, r.object] for r in sbom.relations],
        "problems": [
            [p.stage, None if p.where == sbom.subject.name else p.where, p.message]
            for p in sbom.problems
        ],
        "vex_files": [
            [file.path, numbers.get(file.layer, file.layer), _base64(file.data)]
            for file in sbom.vex_files
        ],
    }


def _package(package: Package, numbers: Mapping[str, int]) -> list[Any]:
    """The fields in the order of `_PLAIN`, then the others; layers as their numbers."""
    upstream = package.upstream
    return [
        *_plain(package),
        None if upstream is None else [upstream.name, upstream.version],
        package.licenses,
        [[at.path, numbers.get(at.layer, at.layer)] for at in package.locations],
        package.checksums,
        package.qualifiers,
        numbers.get(package.removed_in, package.removed_in),
    ]


# ── from JSON ────────────────────────────────────────────────────────────────────────────────────


def _unpacked(said: dict[str, Any], image: Image) -> Sbom:
    if type(said["disk_size"]) is not int:
        raise TypeError("disk_size is no number")
    subject = subject_of(image, disk_size=said["disk_size"])
    distro = said["distro"]
    rows = [*said["relations"], *([distro] if distro is not None else [])]
    if not all(type(text) is str for row in rows for text in row):
        raise TypeError("not the texts that were written")
    problems = [
        Problem(stage, subject.name if where is None else where, message)
        for stage, where, message in said["problems"]
    ]
    return Sbom(
        subject=subject,
        distro=None if distro is None else _distro_of(*distro),
        packages=tuple(_package_of(fields, subject.layers) for fields in said["packages"]),
        relations=tuple(Relation(*fields) for fields in said["relations"]),
        problems=_as_stored_in(problems, said["blobs"], image),
        vex_files=tuple(
            VexFile(path, _layer(layer, subject.layers), _unbase64(data))
            for path, layer, data in said["vex_files"]
        ),
    )


def _distro_of(id_: str, version: str, codename: str, pretty_name: str, *like: str) -> Distro:
    return Distro(id_, version, codename, pretty_name, like)


def _package_of(fields: list[Any], layers: Sequence[str]) -> Package:
    *plain, upstream, licenses, locations, checksums, qualifiers, removed_in = fields
    return Package(
        **dict(zip(_PLAIN, plain, strict=True)),
        upstream=None if upstream is None else Upstream(*upstream),
        licenses=tuple(licenses),
        locations=tuple(Location(path, _layer(layer, layers)) for path, layer in locations),
        checksums=tuple(checksums),
        qualifiers=tuple((key, value) for key, value in qualifiers),
        removed_in=_layer(removed_in, layers),
    )


def _base64(data: bytes) -> str:
    from base64 import b64encode

    return b64encode(data).decode()


def _unbase64(text: str) -> bytes:
    from base64 import b64decode

    return b64decode(text, validate=True)


def _layer(said: int | str, layers: Sequence[str]) -> str:
    return layers[said] if isinstance(said, int) else said


def _as_stored_in(
    problems: Sequence[Problem], blobs: Sequence[str], image: Image
) -> tuple[Problem, ...]:
    """Problems of layers name the blob they met; in another image it may be stored otherwise."""
    other = {old: layer.digest for old, layer in zip(blobs, image.layers, strict=True)}
    if all(old == new for old, new in other.items()):
        return tuple(problems)
    found = []
    for problem in problems:
        for old, new in other.items():
            if old in problem.message:
                message = problem.message.replace(old, new)
                problem = replace(problem, message=message)  # noqa: PLW2901 - each in turn
        found.append(problem)
    return tuple(found)
