"""What is said of an image beside its files, as text in which secrets may stand."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

from ironhull.judging._evidence import Evidence
from ironhull.judging._provenance import scout_provenance
from ironhull.model import Image

__all__ = ["texts"]

_ARGUMENT = "build-arg:"
_COMMANDS = ("Entrypoint", "Cmd", "OnBuild")
_DEPTH = 8  # levels of a predicate in which build arguments are looked for


def texts(image: Image) -> Iterator[tuple[str, str, str]]:
    """(one of SECRET_SOURCES, where, text) of variables, labels, commands, history and build.

    OCI image-spec 1.1, config.md; build arguments as BuildKit writes them into its provenance.
    """
    config = _mapping(image.config.get("config"))
    for line in _strings(config.get("Env")):
        yield "ENV", line.partition("=")[0], line
    labels = {**_mapping(config.get("Labels")), **image.annotations}
    for key, value in labels.items():
        if isinstance(value, str):
            yield "LABEL", str(key), f"{key}={value}"
    for name in _COMMANDS:
        yield "CONFIG", name, " ".join(_strings(config.get(name)))
    yield (
        "CONFIG",
        "Healthcheck",
        " ".join(_strings(_mapping(config.get("Healthcheck")).get("Test"))),
    )
    yield from _build(image)
    history = image.config.get("history")
    for number, entry in enumerate(history if isinstance(history, list) else (), start=1):
        said = _mapping(entry)
        for text in _strings([said.get(key) for key in ("created_by", "comment", "author")]):
            yield "HISTORY", str(number), text


def _build(image: Image) -> Iterator[tuple[str, str, str]]:
    """Build arguments, and the Dockerfile, as provenance tells them."""
    predicate = Evidence(image).provenance()
    if predicate is None:
        return
    for key, value in _arguments(predicate, _DEPTH):
        yield "HISTORY", f"build argument {key}", f"{key}={value}"
    source = _mapping(scout_provenance(predicate, None, None).get("source_map"))
    dockerfile = source.get("dockerfile")
    if isinstance(dockerfile, str):
        try:
            text = base64.b64decode(dockerfile, validate=True).decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            return
        yield "HISTORY", "Dockerfile", text


def _arguments(value: Any, depth: int) -> Iterator[tuple[str, str]]:
    if depth and isinstance(value, Mapping):
        for key, item in value.items():
            if isinstance(key, str) and key.startswith(_ARGUMENT) and isinstance(item, str):
                yield key.removeprefix(_ARGUMENT), item
            else:
                yield from _arguments(item, depth - 1)


def _strings(value: Any) -> list[str]:
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
