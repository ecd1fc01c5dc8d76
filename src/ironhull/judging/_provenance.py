"""What provenance says of a build, as policies see it: `input.source.provenance` of Docker Scout.

Read from SLSA v1 and v0.2, BuildKit's dialect and our own (moby/buildkit,
docs/attestations/slsa-definitions.md; docs/provenance.md).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from ironhull.errors import ReferenceFault
from ironhull.judging._source_map import instructions_of
from ironhull.model import BaseImage, Platform
from ironhull.oci.names import Reference

__all__ = ["builder_of", "scout_provenance"]

_KEYS = (
    ("metadata", "https://mobyproject.org/buildkit@v1#metadata"),
    ("runDetails", "metadata", "buildkit_metadata"),
    ("runDetails", "metadata", "ironhull_metadata"),
)
"""Where the builders put what the specification has no field for."""


def scout_provenance(
    predicate: Mapping[str, Any] | None, base: BaseImage | None, platform: Platform | None
) -> dict[str, Any]:
    """The document for a predicate (None: there is none) and the base that is known; may be empty.

    `mode` is "buildkit_max_mode" where the build's own source or steps are told.
    """
    made: dict[str, Any] = {}
    if base is not None and base.name:
        made["base_image"] = _base(base, platform)
    if predicate is None:
        return made
    details = _details(predicate)
    steps = _at(predicate, "buildDefinition", "internalParameters", "buildConfig")
    full = any((details.get("source"), details.get("layers"), predicate.get("buildConfig"), steps))
    made["mode"] = "buildkit_max_mode" if full else "buildkit_min_mode"
    vcs = _mapping(details.get("vcs"))
    said = {key: vcs[key] for key in ("source", "revision") if isinstance(vcs.get(key), str)}
    if said:
        made["vcs"] = said
    if full and (source_map := _source_map(predicate, details, base)):
        made["source_map"] = source_map
    return made


def builder_of(predicate: Mapping[str, Any]) -> tuple[str, str]:
    """The identifier of the builder and the build type; "" for what is not told."""
    builder = _at(predicate, "runDetails", "builder", "id") or _at(predicate, "builder", "id")
    kind = _at(predicate, "buildDefinition", "buildType") or predicate.get("buildType")
    return (
        builder if isinstance(builder, str) else "",
        kind if isinstance(kind, str) else "",
    )


def _base(base: BaseImage, platform: Platform | None) -> dict[str, Any]:
    made: dict[str, Any] = {"name": base.name}
    try:
        reference = Reference.parse(base.name)
        made["name"] = Reference(reference.registry, reference.repository).familiar
        if reference.tag:
            made["tag"] = reference.tag
    except ReferenceFault:
        pass
    if base.digest:
        made["digest"] = base.digest
    if platform is not None:
        made["platform"] = {"os": platform.os, "architecture": platform.architecture}
    return made


def _details(predicate: Mapping[str, Any]) -> Mapping[str, Any]:
    return next((found for keys in _KEYS if (found := _mapping(_at(predicate, *keys)))), {})


def _source_map(
    predicate: Mapping[str, Any], details: Mapping[str, Any], base: BaseImage | None
) -> dict[str, Any]:
    """The Dockerfile (base64) and its instructions; without one the base, where it is known."""
    path, dockerfile = _dockerfile(details)
    if not dockerfile:
        if base is None or not base.name:
            return {}
        name = f"{base.name}@{base.digest}" if base.digest else base.name
        return {"instructions": [{"instruction": "FROM_RUNTIME", "source": f"FROM {name}"}]}
    text = base64.b64decode(dockerfile).decode(errors="replace")
    return {
        "dockerfile": dockerfile,
        "instructions": instructions_of(text, path, _target(predicate)),
    }


def _target(predicate: Mapping[str, Any]) -> str:
    """The stage of the Dockerfile that was built; "" is the last."""
    for keys in (
        ("invocation", "parameters", "args", "target"),
        ("buildDefinition", "externalParameters", "request", "args", "target"),
    ):
        if isinstance(found := _at(predicate, *keys), str):
            return found
    return ""


def _dockerfile(details: Mapping[str, Any]) -> tuple[str, str]:
    """The Dockerfile's name and its text in base64, as they are told; "" where they are not."""
    infos = _mapping(details.get("source")).get("infos")
    for info in infos if isinstance(infos, list) else ():
        entry = _mapping(info)
        name, data = entry.get("filename"), entry.get("data")
        if isinstance(name, str) and isinstance(data, str) and "dockerfile" in name.lower():
            try:
                base64.b64decode(data, validate=True)
            except (binascii.Error, ValueError):
                return "", ""
            return name, data
    return "", ""


def _at(value: Any, *keys: str) -> Any:
    for key in keys:
        value = _mapping(value).get(key)
    return value


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
