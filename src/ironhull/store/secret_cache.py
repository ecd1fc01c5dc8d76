"""Secrets once found: of layers by diff_id, of images by their config and what is beside it.

What is kept is what reports show: no secret is in it. As in `store.layer_cache`, what is not as it
was written is a miss.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ironhull.limits import LIMITS
from ironhull.model import Image, Problem, SecretFinding
from ironhull.store.cache_files import CacheFiles, key_of

__all__ = ["ImageSecrets", "LayerSecrets"]

_FORMAT = "1"
_FIELDS = tuple(name for name in SecretFinding.__match_args__ if name != "ignored")
_NUMBERS = ("line", "end_line")


class LayerSecrets:
    """What a probe told of the files of layers, by their positions; one `version` of its rules."""

    def __init__(self, root: Path, version: str) -> None:
        self._files = CacheFiles(str(root), "secrets", limit=LIMITS.cache_file_bytes)
        self._version = version

    def load(self, diff_id: str) -> Mapping[int, bytes] | None:
        """The facts of a layer; None where it was not searched."""
        key = self._key(diff_id)
        data = self._files.load(key)
        if data is None:
            return None
        try:
            return {_position(at): str(text).encode() for at, text in json.loads(data)}
        except (ValueError, TypeError, RecursionError):
            self._files.forget(key)
            return None

    def keep(self, diff_id: str, facts: Mapping[int, bytes]) -> None:
        """Keep the facts of a layer."""
        rows = [[at, told.decode()] for at, told in facts.items()]
        self._files.keep(self._key(diff_id), json.dumps(rows).encode())

    def _key(self, diff_id: str) -> str:
        return key_of(("layer secrets", _FORMAT, self._version, repr(LIMITS), diff_id))


class ImageSecrets:
    """What a search through images found, made by `code` (`store._code`).

    Nothing is kept or found for an image without a config digest or for code that is not known.
    """

    def __init__(self, root: Path, code: str) -> None:
        self._files = CacheFiles(str(root), "secrets", limit=LIMITS.cache_file_bytes)
        self._code = code

    def load(self, image: Image) -> tuple[tuple[SecretFinding, ...], tuple[Problem, ...]] | None:
        """The findings and problems of `image`; None where it was not searched."""
        key = self._key(image)
        data = self._files.load(key) if key else None
        if data is None:
            return None
        try:
            said = json.loads(data)
            problems = tuple(Problem(*map(str, row)) for row in said["problems"])
            return tuple(map(_finding, said["findings"])), problems
        except (ValueError, TypeError, KeyError, RecursionError):
            self._files.forget(key)
            return None

    def keep(
        self, image: Image, findings: Iterable[SecretFinding], problems: Iterable[Problem]
    ) -> None:
        """Keep what was found in `image`."""
        key = self._key(image)
        if key:
            said = {
                "findings": [[getattr(found, name) for name in _FIELDS] for found in findings],
                "problems": [[p.stage, p.where, p.message] for p in problems],
            }
            self._files.keep(key, json.dumps(said).encode())

    def _key(self, image: Image) -> str:
        if not image.config_digest or not self._code or image.origin == "fs":
            return ""
        beside = [attachment.digest for attachment in image.attachments]
        labels = [text for pair in sorted(image.annotations.items()) for text in pair]
        parts = ("image secrets", _FORMAT, self._code, image.config_digest, image.name)
        lists = (beside, labels, [layer.diff_id for layer in image.layers])
        return key_of((*parts, *(text for each in lists for text in (str(len(each)), *each))))


def _finding(row: list[Any]) -> SecretFinding:
    fields = dict(zip(_FIELDS, row, strict=True))
    for name, value in fields.items():
        if type(value) is not (int if name in _NUMBERS else str):
            raise TypeError(f"{name} is not what was written")
    return SecretFinding(**fields)


def _position(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"{value!r} is no position")
    return value
