"""Lock files: exactly which .debs a base image was built from, to build it again.

A lock is reviewed content, kept beside the definition. Building from it trusts the digests in it:
every .deb must have its sha256, and neither InRelease nor signatures are asked for again. JSON,
two spaces, keys and packages in a fixed order, so that a change shows as a change.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from ironhull.builders.debian_base.definition import Definition
from ironhull.debian.archive import Archive
from ironhull.debian.model import Deb
from ironhull.debian.relations import version_key
from ironhull.debian.resolve import Resolution
from ironhull.errors import DefinitionError
from ironhull.limits import LIMITS
from ironhull.model import Platform, Upstream

__all__ = [
    "Lock",
    "LockedRelease",
    "check_lock",
    "inputs_digest",
    "make_lock",
    "read_lock",
    "write_lock",
]

_FORMAT = 1
_AGAIN = "resolve again: build without --locked"
_SHA256 = re.compile("[0-9a-f]{64}")
_NAME = re.compile("[a-z0-9][a-z0-9+.-]+")


@dataclass(frozen=True, slots=True)
class LockedRelease:
    """A repository as it was: `sha256` (hex) of its InRelease and its Date (RFC 3339)."""

    url: str
    suite: str
    components: tuple[str, ...]
    sha256: str
    date: str


@dataclass(frozen=True, slots=True)
class Lock:
    """`definition` is `inputs_digest` of the definition, `epoch` in seconds since 1970.

    `packages` are in unpacking order; their `fields` are empty (the .deb itself has them).
    """

    definition: str
    platform: Platform
    epoch: int
    requested: tuple[str, ...]
    repositories: tuple[LockedRelease, ...]
    packages: tuple[Deb, ...]
    notes: tuple[str, ...] = ()


def make_lock(
    definition: Definition,
    archive: Archive,
    resolution: Resolution,
    *,
    platform: Platform,
    epoch: int | None = None,
) -> Lock:
    """The lock of a resolution; `epoch` None: the newest Date of the repositories."""
    if epoch is None:
        epoch = int(datetime.fromisoformat(archive.date).timestamp())
    return Lock(
        definition=inputs_digest(definition),
        platform=platform,
        epoch=epoch,
        requested=resolution.requested,
        repositories=tuple(
            LockedRelease(
                release.repository.url,
                release.repository.suite,
                release.repository.components,
                release.sha256,
                release.date,
            )
            for release in archive.releases
        ),
        packages=resolution.packages,
        notes=resolution.notes,
    )


def inputs_digest(definition: Definition) -> str:
    """sha256 of what decides the packages: repositories, keyring, packages, exclusions, variant.

    Labels, accounts and paths may change without resolving again.
    """
    inputs = {
        "repositories": [
            [str(r), list(r.architectures), r.check_valid_until] for r in definition.repositories
        ],
        "keyring": list(definition.keyring),
        "packages": sorted(map(str, definition.packages)),
        "excluded": sorted(definition.excluded),
        "essential": definition.essential,
    }
    text = json.dumps(inputs, sort_keys=True, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def check_lock(lock: Lock, definition: Definition, platform: Platform, name: str) -> None:
    """Raises DefinitionError unless `lock`, read from `name`, is of this definition, platform."""
    if lock.platform != platform:
        raise DefinitionError(f"{name}: is for {lock.platform}, not for {platform}", _AGAIN)
    if lock.definition != inputs_digest(definition):
        raise DefinitionError(
            f"{name}: {definition.origin} names other packages or repositories than when it was "
            "locked",
            _AGAIN,
        )


def write_lock(lock: Lock) -> bytes:
    """The lock as a file: equal locks give equal bytes."""
    document = {
        "format": _FORMAT,
        "definition": lock.definition,
        "platform": str(lock.platform),
        "epoch": lock.epoch,
        "requested": list(lock.requested),
        "repositories": [
            {
                "url": release.url,
                "suite": release.suite,
                "components": list(release.components),
                "inrelease-sha256": release.sha256,
                "date": release.date,
            }
            for release in lock.repositories
        ],
        "packages": [_package(deb) for deb in lock.packages],
        "notes": list(lock.notes),
    }
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode("utf-8")


def _package(deb: Deb) -> dict[str, Any]:
    return {
        "name": deb.name,
        "version": deb.version,
        "architecture": deb.architecture,
        "source": f"{deb.source.name} {deb.source.version}",
        "origin": deb.origin,
        "url": deb.url,
        "size": deb.size,
        "sha256": deb.sha256,
    }


def read_lock(data: bytes, name: str) -> Lock:
    """The lock in `data`, every value checked; raises DefinitionError naming what is wrong."""
    if len(data) > LIMITS.lock_bytes:
        raise DefinitionError(f"{name}: larger than {LIMITS.lock_bytes} bytes")
    try:
        document = json.loads(data)
        if not isinstance(document, dict):
            raise TypeError("not a JSON object")
        if document.get("format") != _FORMAT:
            raise ValueError(f"format is {document.get('format')!r}, not {_FORMAT}")
        return Lock(
            definition=_text(document, "definition"),
            platform=_platform(_text(document, "platform")),
            epoch=_number(document, "epoch", 2**40),
            requested=_texts(document, "requested"),
            repositories=tuple(_release(item) for item in _list(document, "repositories")),
            packages=tuple(_deb(item) for item in _list(document, "packages")),
            notes=_texts(document, "notes"),
        )
    except (ValueError, TypeError, RecursionError) as trouble:
        reason = " ".join(str(trouble).split())[:200]
        raise DefinitionError(f"{name}: not a lock file: {reason}", _AGAIN) from trouble


def _platform(text: str) -> Platform:
    parts = text.split("/")
    if len(parts) not in (2, 3):
        raise ValueError(f"platform is {text!r}")
    return Platform(*parts)


def _release(item: Mapping[str, Any]) -> LockedRelease:
    return LockedRelease(
        _text(item, "url"),
        _text(item, "suite"),
        _texts(item, "components"),
        _digest(item, "inrelease-sha256"),
        _text(item, "date"),
    )


def _deb(item: Mapping[str, Any]) -> Deb:
    source, _, version = _text(item, "source").partition(" ")
    name, url = _text(item, "name"), _text(item, "url")
    if not _NAME.fullmatch(name) or not source or not version:
        raise ValueError(f"packages: {name!r} is not a package with its source")
    if urlsplit(url).scheme not in ("http", "https", "file"):
        raise ValueError(f"packages: {name}: {url!r} is not an http, https or file address")
    version_key(_text(item, "version"))
    return Deb(
        name=name,
        version=_text(item, "version"),
        architecture=_text(item, "architecture"),
        source=Upstream(source, version),
        url=url,
        size=_number(item, "size", LIMITS.deb_bytes),
        sha256=_digest(item, "sha256"),
        origin=_text(item, "origin"),
    )


def _value(item: Mapping[str, Any], key: str) -> Any:
    if not isinstance(item, dict) or key not in item:
        raise ValueError(f"{key} is missing")
    return item[key]


def _text(item: Mapping[str, Any], key: str) -> str:
    value = _value(item, key)
    if not isinstance(value, str) or not value or any(ord(c) < 32 for c in value):
        raise TypeError(f"{key} is not a text: {value!r}")
    return value


def _texts(item: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = _list(item, key)
    if not all(isinstance(text, str) for text in value):
        raise TypeError(f"{key} holds what is not a text")
    return tuple(value)


def _list(item: Mapping[str, Any], key: str) -> list[Any]:
    value = _value(item, key)
    if not isinstance(value, list):
        raise TypeError(f"{key} is not a list")
    return value


def _number(item: Mapping[str, Any], key: str, highest: int) -> int:
    value = _value(item, key)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= highest:
        raise TypeError(f"{key} is not a number from 0 to {highest}: {value!r}")
    return value


def _digest(item: Mapping[str, Any], key: str) -> str:
    value = _text(item, key)
    if not _SHA256.fullmatch(value):
        raise ValueError(f"{key} is not a sha256: {value[:80]!r}")
    return value
