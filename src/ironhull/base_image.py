"""Which image another one was built from, by what it says of itself.

In this order: a provenance attestation (SLSA v1 or v0.2, BuildKit's dialect and our own), the
annotations and then the labels `org.opencontainers.image.base.name` and `.digest` (OCI image-spec,
annotations.md). All of these are claims; `verify` proves one by the layers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeGuard
from urllib.parse import parse_qs, unquote

from ironhull.errors import Error
from ironhull.lazy import regex
from ironhull.limits import LIMITS
from ironhull.model import Attachment, BaseImage, Image, Material, Problem
from ironhull.values import dataclass

__all__ = ["AMBIGUOUS", "Identification", "examine", "identify", "verify"]

AMBIGUOUS = "names several images and no base"
"""What a problem says of provenance whose candidates only layers can tell apart."""

PROVENANCE = ("https://slsa.dev/provenance/v1", "https://slsa.dev/provenance/v0.2")
BASE_NAME = "org.opencontainers.image.base.name"
BASE_DIGEST = "org.opencontainers.image.base.digest"

_TOOLS = regex(r"(^|/)(dockerfile(-upstream)?|buildkit(-syft-scanner)?|scout-sbom-indexer)$")
"""Images a build uses as tools: frontends and SBOM generators."""

_HEX = regex(r"[0-9a-f]{64}")
_DIGEST = regex(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Identification:
    """The base image, every other image that may be it, and why claims were not believed.

    `claims` are all that is said, in the order in which it counts: `base` is the first.
    """

    base: BaseImage | None
    candidates: tuple[BaseImage, ...] = ()
    problems: tuple[Problem, ...] = ()
    claims: tuple[BaseImage, ...] = ()


def identify(image: Image) -> BaseImage | None:
    """The base image as `image` names it, unverified; None where nothing names one."""
    return examine(image).base


def verify(image: Image, base_diff_ids: Sequence[str]) -> bool:
    """Whether the base's layers (diff_ids, lowest first) are the lowest layers of `image`."""
    own = [layer.diff_id for layer in image.layers]
    return 0 < len(base_diff_ids) <= len(own) and own[: len(base_diff_ids)] == list(base_diff_ids)


def examine(image: Image) -> Identification:
    """The base image with the reasons; of several candidates `verify` can find the right one."""
    problems: list[Problem] = []
    candidates: list[BaseImage] = []
    claims: list[BaseImage] = []
    for attachment in image.attachments:
        if attachment.predicate_type not in PROVENANCE:
            continue
        predicate = _predicate(image, attachment)
        if isinstance(predicate, Problem):
            problems.append(predicate)
            continue
        bases = _from_provenance(predicate)
        candidates += [base for base in bases if base not in candidates]
        if len(bases) == 1:
            claims.append(bases[0])
            break
        if bases:
            names = ", ".join(base.name for base in bases)
            problems.append(_problem(attachment, f"{AMBIGUOUS}: {names}"))
    claims += _said(image)
    if not claims:
        return Identification(None, tuple(candidates), tuple(problems))
    every = tuple(dict.fromkeys((claims[0], *candidates)))
    return Identification(claims[0], every, tuple(problems), tuple(claims))


def _said(image: Image) -> Iterator[BaseImage]:
    """What annotations and labels name."""
    labels = _mapping(_mapping(image.config.get("config")).get("Labels"))
    for rule, said in (
        ("annotation", image.annotations),
        ("annotation", _mapping(image.manifest.get("annotations"))),
        ("label", labels),
    ):
        if base := _from_labels(said, rule):
            yield base


def consumed(image: Image) -> tuple[Material, ...]:
    """What the provenance of `image` says went into it: with digests, as claimed, sorted by URI.

    (SLSA v1, buildDefinition.resolvedDependencies; v0.2, materials.) Nothing where it has none.
    """
    found: dict[str, Material] = {}
    for attachment in image.attachments:
        if attachment.predicate_type not in PROVENANCE:
            continue
        predicate = _predicate(image, attachment)
        if isinstance(predicate, Problem):
            continue
        for entry in _dependencies(predicate):
            uri, kind = entry.get("uri"), _mapping(entry.get("annotations")).get("kind", "")
            said = _mapping(entry.get("digest"))
            digests = {name: value for name, value in said.items() if isinstance(value, str)}
            if isinstance(uri, str) and isinstance(kind, str) and digests:
                found[uri] = Material(uri, digests, kind)
    return tuple(found[uri] for uri in sorted(found))


# ── labels and annotations ───────────────────────────────────────────────────────────────────────


def _from_labels(said: Mapping[str, Any], rule: str) -> BaseImage | None:
    name, digest = said.get(BASE_NAME), said.get(BASE_DIGEST)
    if not _is_name(name):
        return None
    valid = isinstance(digest, str) and _DIGEST.fullmatch(digest)
    return BaseImage(name, str(digest) if valid else "", rule)


# ── provenance ───────────────────────────────────────────────────────────────────────────────────


def _predicate(image: Image, attachment: Attachment) -> Mapping[str, Any] | Problem:
    """The predicate of a provenance statement about this image, or why there is none."""
    import msgspec

    if attachment.size > LIMITS.attestation_bytes:
        return _problem(attachment, f"{attachment.size} bytes exceed attestation_bytes")
    try:
        statement = msgspec.json.decode(attachment.read())
    except Error as trouble:
        return _problem(attachment, f"cannot be read: {trouble.message}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as trouble:
        return _problem(attachment, f"is not JSON: {trouble}")
    statement = _mapping(statement)
    ours = {d.removeprefix("sha256:") for d in (image.digest, image.index_digest) if d}
    subjects = [_mapping(s.get("digest")).get("sha256") for s in _mappings(statement, "subject")]
    if not any(subject in ours for subject in subjects if isinstance(subject, str)):
        return _problem(attachment, "is a statement about another image")
    predicate = statement.get("predicate")
    if not isinstance(predicate, Mapping):
        return _problem(attachment, "has no predicate")
    return predicate


def _from_provenance(predicate: Mapping[str, Any]) -> tuple[BaseImage, ...]:
    """The base image if the predicate tells which it is, else all images it may be."""
    materials = _dependencies(predicate)
    marked = [base for m in materials if _is_marked(m) and (base := _material(m))]
    if marked:
        return (marked[0],)
    arguments = _arguments(predicate)
    frontend = _familiar(arguments.get("source", "")) if arguments.get("source") else ""
    images: list[BaseImage] = []
    for material in materials:
        base = _material(material)
        if base and not _is_tool(base.name, frontend) and base not in images:
            images.append(base)
    if len(images) > 1 and (final := _final_stage(_dockerfile(predicate), arguments)):
        named = [base for base in images if _familiar(base.name) == _familiar(final)]
        return tuple(named) if len(named) == 1 else tuple(images)
    return tuple(images)


def _dependencies(predicate: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    definition = _mapping(predicate.get("buildDefinition"))
    return [*_mappings(definition, "resolvedDependencies"), *_mappings(predicate, "materials")]


def _is_marked(material: Mapping[str, Any]) -> bool:
    """Our own provenance names the base as such (SLSA v1, ResourceDescriptor.name)."""
    return "base" in (
        material.get("name"),
        _mapping(material.get("annotations")).get("kind"),
    )


def _is_tool(name: str, frontend: str) -> bool:
    return _TOOLS.search(_repository(name)) is not None or _familiar(name) == frontend


def _material(material: Mapping[str, Any]) -> BaseImage | None:
    """The image behind `pkg:docker/NAME@TAG?...` or `pkg:oci/...?repository_url=&tag=`."""
    uri = material.get("uri")
    if not isinstance(uri, str) or not uri.startswith(("pkg:docker/", "pkg:oci/")):
        return None
    path, _, query = uri.partition("?")
    kind, _, rest = path.removeprefix("pkg:").partition("/")
    qualifiers = {key: values[0] for key, values in parse_qs(query[: LIMITS.path_bytes]).items()}
    name, _, version = rest.partition("@")
    name, version = unquote(name), unquote(version)
    if kind == "oci":
        name = qualifiers.get("repository_url", name)
        version, digest = qualifiers.get("tag", ""), version
    else:
        digest = qualifiers.get("digest", "")
    hexadecimal = _mapping(material.get("digest")).get("sha256")
    if isinstance(hexadecimal, str) and _HEX.fullmatch(hexadecimal):
        digest = f"sha256:{hexadecimal}"
    if version.startswith("sha256:"):
        digest, version = digest or version, ""
    digest = digest if _DIGEST.fullmatch(digest) else ""
    name = f"{name}:{version}" if version else name
    return BaseImage(name, digest, "provenance") if _is_name(name) else None


def _arguments(predicate: Mapping[str, Any]) -> dict[str, str]:
    """The frontend's arguments: `target`, `source`, `build-arg:NAME` (BuildKit)."""
    parameters = _mapping(
        _mapping(_mapping(predicate.get("buildDefinition")).get("externalParameters")).get(
            "request"
        )
    ) or _mapping(_mapping(predicate.get("invocation")).get("parameters"))
    found = _mapping(parameters.get("args"))
    return {key: value for key, value in found.items() if isinstance(value, str)}


def _dockerfile(predicate: Mapping[str, Any]) -> str:
    """The Dockerfile a provenance of mode max carries (first of source.infos), else nothing."""
    import base64
    import binascii

    metadata = _mapping(_mapping(predicate.get("runDetails")).get("metadata"))
    older = _mapping(predicate.get("metadata"))
    for holder in (
        metadata.get("buildkit_metadata"),
        older.get("https://mobyproject.org/buildkit@v1#metadata"),
    ):
        for info in _mappings(_mapping(_mapping(holder).get("source")), "infos"):
            data = info.get("data")
            if isinstance(data, str):
                try:
                    return base64.b64decode(data, validate=True).decode("utf-8", "replace")
                except binascii.Error:
                    return ""
    return ""


# ── the last FROM of a Dockerfile ────────────────────────────────────────────────────────────────

_INSTRUCTION = regex(r"^[ \t]*(ARG|FROM)[ \t]+(.+)$", re.IGNORECASE)
_VARIABLE = regex(r"\$(?:\{(\w+)(?::-([^}]*))?\}|(\w+))")
_STAGES = 1_000


def _final_stage(dockerfile: str, arguments: Mapping[str, str]) -> str:
    """The image the target stage stands on, stages named by others followed; "" if not clear."""
    variables: dict[str, str] = {}
    stages: dict[str, str] = {}
    last = ""
    for line in dockerfile.splitlines():
        if not (found := _INSTRUCTION.match(line)):
            continue
        word, rest = found[1].upper(), found[2].strip()
        if word == "ARG" and not stages:
            name, _, default = rest.partition("=")
            variables[name] = arguments.get(f"build-arg:{name}", default.strip("\"'"))
        elif word == "FROM" and len(stages) < _STAGES:
            parts = [p for p in _substitute(rest, variables).split() if not p.startswith("--")]
            if not parts:
                return ""
            named = len(parts) == 3 and parts[1].upper() == "AS"
            last = parts[2].lower() if named else str(len(stages))
            stages[last] = stages.get(parts[0].lower(), parts[0])
    return stages.get(arguments.get("target", last).lower(), "")


def _substitute(text: str, variables: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda m: variables.get(m[1] or m[3]) or m[2] or "", text)


# ── names ────────────────────────────────────────────────────────────────────────────────────────


def _repository(name: str) -> str:
    """`name` without digest and tag."""
    name = name.partition("@")[0]
    head, slash, tail = name.rpartition("/")
    return f"{head}{slash}{tail.partition(':')[0]}"


def _familiar(name: str) -> str:
    """`name` in Docker's short form with its tag, without digest, to compare two spellings."""
    name = name.partition("@")[0]
    for prefix in ("docker.io/", "index.docker.io/", "library/"):
        name = name.removeprefix(prefix)
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


def _is_name(name: object) -> TypeGuard[str]:
    return (
        isinstance(name, str)
        and 0 < len(name) <= LIMITS.path_bytes
        and name.isprintable()
        and " " not in name
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _mappings(value: Mapping[str, Any], key: str) -> Iterator[Mapping[str, Any]]:
    found = value.get(key)
    return (
        (item for item in found if isinstance(item, Mapping))
        if isinstance(found, list)
        else iter(())
    )


def _problem(attachment: Attachment, message: str) -> Problem:
    where = f"provenance {attachment.digest}"
    return Problem("base image", where, f"ignored: {message}")
