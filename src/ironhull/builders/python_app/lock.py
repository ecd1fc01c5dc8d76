"""`ironhull.lock`: the wheels of an image, by digest, so that a later build takes the same.

TOML, written sorted, one `[[target]]` for each interpreter and platform:

    version = 1

    [[target]]
    python = "3.13"
    platform = "linux/amd64"
    glibc = "2.41"
    demand = "sha256:…"           # of the requirements this was resolved from
    base = "sha256:…"             # manifest digest of the base image

    [[target.wheel]]
    name = "flask"
    version = "3.0.3"
    file = "flask-3.0.3-py3-none-any.whl"
    sha256 = "…"
    size = 101735                 # bytes
    url = "https://…"             # only for a requirement `name @ url`

No index and no credentials are recorded: where wheels come from is pip's configuration.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ironhull.errors import DefinitionError
from ironhull.limits import LIMITS

__all__ = ["LockedTarget", "Wheel", "read_lock", "write_lock"]

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel file: normalized `name`, `version`, file name, SHA-256 (hex), size in bytes."""

    name: str
    version: str
    file: str
    sha256: str
    size: int
    url: str = ""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9a-f]{64}", self.sha256):
            raise ValueError(f"{self.file}: {self.sha256!r} is no SHA-256")
        if not re.fullmatch(r"[A-Za-z0-9_.+!-]+\.whl", self.file):
            raise ValueError(f"{self.file!r} is no name of a wheel")


@dataclass(frozen=True, slots=True)
class LockedTarget:
    """What was resolved for one interpreter on one platform."""

    python: str
    platform: str
    glibc: str
    demand: str
    base: str
    wheels: tuple[Wheel, ...]

    @property
    def key(self) -> tuple[str, str]:
        """What tells targets of one lock file apart."""
        return self.python, self.platform


def read_lock(path: Path) -> tuple[LockedTarget, ...]:
    """The targets of a lock file, none where there is no file; DefinitionError for a bad one."""
    if not path.exists():
        return ()
    try:
        if path.stat().st_size > LIMITS.definition_bytes:
            raise ValueError(f"larger than {LIMITS.definition_bytes} bytes")
        values = tomllib.loads(path.read_text(encoding="utf-8"))
        if values.get("version") != _VERSION:
            raise ValueError(f"version {values.get('version')!r}, this program reads {_VERSION}")
        return tuple(_target(value) for value in values.get("target", []))
    except (ValueError, KeyError, TypeError, AttributeError, UnicodeDecodeError) as trouble:
        what = f"no {trouble}" if isinstance(trouble, KeyError) else str(trouble)
        raise DefinitionError(
            f"{path}: not a lock file: {what}", "remove it and build without --locked"
        ) from None


def _target(value: dict[str, Any]) -> LockedTarget:
    texts = {key: _text(value[key]) for key in ("python", "platform", "glibc", "demand", "base")}
    return LockedTarget(**texts, wheels=tuple(_wheel(row) for row in value.get("wheel", [])))


def _wheel(row: dict[str, Any]) -> Wheel:
    texts = {key: _text(row[key]) for key in ("name", "version", "file", "sha256")}
    return Wheel(**texts, size=int(row["size"]), url=_text(row.get("url", "")))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} should be a string")
    return value


def write_lock(targets: Sequence[LockedTarget]) -> bytes:
    """The lock file that holds `targets`; equal targets give equal bytes."""
    lines = [
        "# Written by `ironhull build`. Keep it under version control; --locked obeys it.",
        f"version = {_VERSION}",
    ]
    for target in sorted(targets, key=lambda t: t.key):
        lines += ["", "[[target]]"]
        for key in ("python", "platform", "glibc", "demand", "base"):
            lines.append(f"{key} = {_quote(getattr(target, key))}")
        for wheel in sorted(target.wheels, key=lambda w: (w.name, w.file)):
            lines += ["", "[[target.wheel]]"]
            for key in ("name", "version", "file", "sha256"):
                lines.append(f"{key} = {_quote(getattr(wheel, key))}")
            lines.append(f"size = {wheel.size}")
            if wheel.url:
                lines.append(f"url = {_quote(wheel.url)}")
    return ("\n".join(lines) + "\n").encode()


def _quote(text: str) -> str:
    """A TOML basic string: JSON's escapes, and DEL, which TOML forbids too (TOML 1.0, "String")."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
