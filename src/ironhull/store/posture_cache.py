"""What was found out about the file systems of images, by config digest and the code that did it.

The config names every layer by its diff_id and says how the image starts, so it decides all there
is; the digests of stored blobs are in the key for the sake of problems that name them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ironhull.limits import LIMITS
from ironhull.model import Image, Posture, Problem, Tool
from ironhull.store.cache_files import CacheFiles, key_of

__all__ = ["PostureCache"]

_FORMAT = "1"
_FIELDS = Posture.__match_args__


class PostureCache:
    """The postures kept below the cache folder `root`, made by `code` (`store._code`).

    Nothing is kept or found for an image without a config digest, for directories, or for code that
    is not known.
    """

    def __init__(self, root: Path, code: str) -> None:
        self._files = CacheFiles(str(root), "postures", limit=LIMITS.cache_file_bytes)
        self._code = code

    def load(self, image: Image) -> tuple[Posture, tuple[Problem, ...]] | None:
        """The posture of `image` and what hindered it; None where it is not kept."""
        said = self._load(image, "posture")
        try:
            return None if said is None else _unpacked(said)
        except (ValueError, KeyError, TypeError, AttributeError):
            self._files.forget(self._key(image, "posture"))
            return None

    def keep(self, image: Image, posture: Posture, problems: tuple[Problem, ...]) -> None:
        """Keep what was found out about `image`."""
        fields = {name: _plain(getattr(posture, name)) for name in _FIELDS}
        rows = [(p.stage, p.where, p.message) for p in problems]
        self._keep(image, "posture", {"posture": fields, "problems": rows})

    def load_users(self, image: Image) -> tuple[str, ...] | None:
        """The names with the number 0 in `image`; None where they are not kept."""
        said = self._load(image, "users")
        if not isinstance(said, list) or not all(type(name) is str for name in said):
            return None
        return tuple(said)

    def keep_users(self, image: Image, names: tuple[str, ...]) -> None:
        """Keep the names with the number 0 in `image`."""
        self._keep(image, "users", list(names))

    def _load(self, image: Image, kind: str) -> Any:
        key = self._key(image, kind)
        data = self._files.load(key) if key else None
        if data is None:
            return None
        try:
            return json.loads(data)
        except (ValueError, RecursionError):
            self._files.forget(key)
            return None

    def _keep(self, image: Image, kind: str, value: Any) -> None:
        key = self._key(image, kind)
        if key:
            self._files.keep(key, json.dumps(value, separators=(",", ":")).encode())

    def _key(self, image: Image, kind: str) -> str:
        if not image.config_digest or not self._code or image.origin == "fs":
            return ""
        stored = (part for layer in image.layers for part in (layer.diff_id, layer.digest))
        return key_of((kind, _FORMAT, self._code, image.config_digest, *stored))


def _plain(value: Any) -> Any:
    """Tuples as lists, tools as the list of their fields."""
    if isinstance(value, Tool):
        return [value.name, value.path, value.kind, value.how, value.of]
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value


def _unpacked(said: Any) -> tuple[Posture, tuple[Problem, ...]]:
    fields = dict(said["posture"])
    if set(fields) != set(_FIELDS):
        raise ValueError("other fields than a posture has")
    tools = tuple(Tool(*map(_text, row)) for row in fields.pop("tools"))
    values = {name: _tuples(value) for name, value in fields.items()}
    problems = tuple(Problem(*map(_text, row)) for row in said["problems"])
    return Posture(**values, tools=tools), problems


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _text(value: Any) -> str:
    if type(value) is not str:
        raise TypeError("not the text that was written")
    return value
