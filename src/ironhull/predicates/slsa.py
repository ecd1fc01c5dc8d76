"""Build provenance: the SLSA v1 predicate (slsa.dev/spec/v1.0/provenance), read and written.

What a builder puts into `Build.parameters`, all of it optional:

    source     {uri, digest, path}: where the recipe came from; without it the material of kind
               "source" is named
    vcs        {source, revision}: the version control state, as the user's checkout claims
    platform   "linux/amd64"
    internal   what the user did not choose and that mattered (versions of tools)
    documents  {name: text or bytes}: the definition, the lock, the settings
    locked     whether the lock was obeyed or written; left out, it changes nothing in the image
    …          anything else is a parameter of the build

As in BuildKit, mode "min" leaves out everything that may hold a secret or a private path: it keeps
source, vcs, platform and the materials. Mode "max" adds all parameters, the documents (base64) and
which layer was made by what.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from ironhull import __version__
from ironhull.errors import FormatError
from ironhull.model import Build, Image, Material
from ironhull.oci.manifests import canonical_json
from ironhull.predicates._shape import at, count, items, missing, text, wrong_times

__all__ = [
    "BUILDER_ID",
    "BUILD_TYPE",
    "MODES",
    "OLDER_TYPES",
    "PREDICATE_TYPE",
    "check_provenance",
    "slsa_provenance",
    "sum_up_provenance",
]

PREDICATE_TYPE = "https://slsa.dev/provenance/v1"
OLDER_TYPES = ("https://slsa.dev/provenance/v0.2", "https://slsa.dev/provenance/v0.1")
MODES = ("min", "max")
BUILD_TYPE = "https://github.com/ironhull/ironhull/blob/main/docs/provenance.md"
"""Documents the parameters; the fragment names the builder ("#python-app")."""
BUILDER_ID = "https://github.com/ironhull/ironhull"

_APART = frozenset({"source", "vcs", "platform", "internal", "documents", "locked"})


def slsa_provenance(
    build: Build, *, mode: str = "max", reproducible: bool = True
) -> dict[str, Any]:
    """The predicate that says how `build` was made.

    `reproducible` takes the times from the image instead of the clock, so that building the same
    again gives the same attestation. Raises FormatError for a mode that is none of MODES.
    """
    if mode not in MODES:
        raise FormatError(f"provenance mode {mode!r} is not known", f"use {' or '.join(MODES)}")
    full = mode == "max"
    definition = _definition(build, full=full)
    created = str(build.image.config.get("created") or "")
    started, finished = (created, created) if reproducible else (build.started, build.finished)
    metadata: dict[str, Any] = {
        "invocationId": hashlib.sha256(canonical_json(definition)).hexdigest()[:32],
        "startedOn": started,
        "finishedOn": finished,
        "ironhull_metadata": _metadata(build, full=full),
        "ironhull_reproducible": reproducible,
    }
    if not reproducible:
        key = canonical_json([definition, started, finished])
        metadata["invocationId"] = hashlib.sha256(key).hexdigest()[:32]
    return {
        "buildDefinition": definition,
        "runDetails": {
            "builder": {"id": BUILDER_ID, "version": {"ironhull": __version__}},
            "metadata": {key: value for key, value in metadata.items() if value not in ("", {})},
        },
    }


def _definition(build: Build, *, full: bool) -> dict[str, Any]:
    said = build.parameters
    external: dict[str, Any] = {}
    if source := said.get("source") or _source(build.materials):
        external["configSource"] = source
    request = {"platform": said.get("platform") or str(build.image.platform)}
    if full:
        request |= {key: said[key] for key in sorted(said) if key not in _APART}
    external["request"] = request
    return {
        "buildType": f"{BUILD_TYPE}#{build.builder.replace('_', '-')}",
        "externalParameters": external,
        "internalParameters": dict(said.get("internal") or {}) if full else {},
        "resolvedDependencies": _dependencies(build.materials),
    }


def _source(materials: tuple[Material, ...]) -> dict[str, Any]:
    found = [m for m in materials if m.kind == "source"]
    return {"uri": found[0].uri, "digest": dict(found[0].digests)} if len(found) == 1 else {}


def _dependencies(materials: tuple[Material, ...]) -> list[dict[str, Any]]:
    """One ResourceDescriptor for each, sorted; the same thing consumed twice is named once."""
    found = {}
    for material in materials:
        entry: dict[str, Any] = {"uri": material.uri, "digest": dict(material.digests)}
        if material.kind:
            entry["annotations"] = {"kind": material.kind}
        found[canonical_json(entry)] = entry
    return [found[key] for key in sorted(found, key=lambda key: (found[key]["uri"], key))]


def _metadata(build: Build, *, full: bool) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if build.parameters.get("vcs"):
        said["vcs"] = build.parameters["vcs"]
    if full:
        said["layers"] = _layers(build.image)
        documents = build.parameters.get("documents") or {}
        said["source"] = {"infos": [_document(name, documents[name]) for name in sorted(documents)]}
    return said


def _layers(image: Image) -> list[Mapping[str, str]]:
    return [
        {"digest": layer.digest, "diffId": layer.diff_id, "createdBy": layer.created_by}
        for layer in image.layers
    ]


def _document(name: str, text: str | bytes) -> dict[str, str]:
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
    return {"filename": name, "data": base64.b64encode(raw).decode("ascii")}


# ── read ─────────────────────────────────────────────────────────────────────────────────────────


def check_provenance(predicate: Any) -> list[str]:
    """What is wrong with provenance by SLSA v1 or, for a predicate of that shape, v0.2."""
    if at(predicate, "buildDefinition") is None and at(predicate, "buildType") is not None:
        return missing(predicate, ("builder.id", "buildType"))
    wrong = missing(predicate, ("buildDefinition.buildType", "runDetails.builder.id"))
    wrong += missing(predicate, ("buildDefinition.externalParameters",), dict)
    times = ("runDetails.metadata.startedOn", "runDetails.metadata.finishedOn")
    return wrong + wrong_times(predicate, times)


def sum_up_provenance(predicate: Any) -> str:
    """Who built it, from how many materials."""
    builder = text(at(predicate, "runDetails.builder.id")) or text(at(predicate, "builder.id"))
    there = at(predicate, "buildDefinition.resolvedDependencies") or at(predicate, "materials")
    return f"built by {builder or 'nobody named'} from {count(len(items(there)), 'material')}"
