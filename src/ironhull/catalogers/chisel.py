"""Ubuntu packages cut into slices by Chisel, which leaves no dpkg database.

Source: Chisel's documentation, "Chisel manifest": var/lib/chisel/manifest.wall is zstd-compressed
"jsonwall", one JSON object a line; those of kind "package" have name, version, arch and the
SHA-256 of the .deb, those of kind "content" a path and the slice (`package_slice`) it is of.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Iterator

from ironhull.catalogers._fields import load_json
from ironhull.catalogers._packing import pack, unpack
from ironhull.catalogers._row import Found
from ironhull.lazy import regex
from ironhull.limits import LIMITS
from ironhull.model import File, Location, Package, Problem, Tree
from ironhull.oci.probes import Body

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["extract", "parse", "shipped"]

_NAME = "chisel"
_MAGIC = b"\x28\xb5\x2f\xfd"
_VALID_NAME = regex(r"[a-z0-9][a-z0-9.+-]*", re.ASCII)
_FIELDS = ("name", "version", "arch", "sha256")


def extract(_path: str, body: Body) -> bytes:
    """The lines that are wrong, then of each package its fields and the paths of its slices."""
    packages: dict[str, list[str]] = {}
    paths: dict[str, list[str]] = {}
    wrong: list[str] = []
    for number, line in enumerate(_inflated(body).split(b"\n"), 1):
        if not line:
            continue
        try:
            _read(load_json(line), packages, paths)
        except ValueError as error:
            wrong.append(f"line {number}: {error}")
    if not packages:
        wrong.append("lists no package")
    told = "\n".join(wrong[: LIMITS.file_problems]).encode()
    return pack([told, *(_packed([*packages[n], *paths.get(n, ())]) for n in sorted(packages))])


def _packed(texts: Iterable[str]) -> bytes:
    return "\0".join(texts).encode("utf-8", "replace")


def _inflated(body: Body) -> bytes:
    data = body.read(0, LIMITS.file_bytes)
    if data[:4] != _MAGIC:
        return data
    try:
        zstd: Any = importlib.import_module("compression.zstd")  # Python 3.14 and later
    except ImportError:
        zstd = importlib.import_module("backports.zstd")
    options = {zstd.DecompressionParameter.window_log_max: LIMITS.zstd_window_log}
    decoder = zstd.ZstdDecompressor(options=options)
    found: bytes = decoder.decompress(data, LIMITS.file_bytes + 1)
    if len(found) > LIMITS.file_bytes:
        raise ValueError(f"more than {LIMITS.file_bytes} bytes")
    if not decoder.eof:
        raise ValueError("the compressed data ends too early")
    return found


def _read(entry: Any, packages: dict[str, list[str]], paths: dict[str, list[str]]) -> None:
    if not isinstance(entry, dict):
        raise ValueError("is no JSON object")  # noqa: TRY004 - a wrong line, no wrong call
    kind = entry.get("kind")
    if kind == "content":
        path, of = entry.get("path"), entry.get("slice")
        if isinstance(path, str) and isinstance(of, str):
            paths.setdefault(of.rpartition("_")[0], []).append(path.replace("\0", ""))
    elif kind == "package":
        values = [entry.get(name, "") for name in _FIELDS]
        if not all(isinstance(value, str) and value.isprintable() for value in values):
            raise ValueError("a package whose fields are not text: not listed")
        if not _VALID_NAME.fullmatch(values[0]) or not values[1] or " " in values[1]:
            raise ValueError(f"an impossible package {values[0][:40]!r} {values[1][:40]!r}")
        packages[values[0]] = values


def parse(file: File, tree: Tree) -> Iterator[Found]:
    wrong, *packages = unpack(tree.facts(file.path, _NAME))
    for line in wrong.decode().splitlines():
        yield Problem(_NAME, file.path, line)
    for packed in packages:
        name, version, arch, sha256 = packed.decode().split("\0", 4)[:4]
        known = re.fullmatch("[0-9a-f]{64}", sha256)
        yield Package(
            ecosystem="deb",
            name=name,
            version=version,
            arch=arch,
            locations=(Location(file.path, file.layer),),
            found_by=_NAME,
            checksums=(f"sha256:{sha256}",) if known else (),
        )


def shipped(file: File, tree: Tree, paths: set[str]) -> Iterator[tuple[str, str, str]]:
    """(name, version, path) for those of `paths` that slices of a manifest brought."""
    for packed in unpack(tree.facts(file.path, _NAME))[1:]:
        name, version, _, _, *listed = packed.decode().split("\0")
        for path in paths.intersection(one.strip("/") for one in listed):
            yield name, version, path
