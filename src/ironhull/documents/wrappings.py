"""What SBOMs come wrapped in: in-toto statements, DSSE envelopes, bundles, BuildKit's JSON.

in-toto/attestation spec/v1 and v0.1; secure-systems-lab/dsse protocol.md; sigstore bundle v0.3;
`docker buildx imagetools inspect --format '{{json .SBOM}}'`. No signature is verified here.
"""

from __future__ import annotations

from collections.abc import Mapping

from ironhull.documents import _facts
from ironhull.documents._row import Wanted, Wrapping
from ironhull.documents._values import mapping, rows, text
from ironhull.documents.purl import parse_purl
from ironhull.errors import FormatError
from ironhull.lazy import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["WRAPPINGS"]

_STATEMENT = regex(r"https://in-toto\.io/Statement/v(?:0\.1|1(?:\.\d+)?)")
_URL_SAFE = str.maketrans("-_", "+/")
_DIGESTS = ("sha256", "sha384", "sha512")


# ── in-toto ──────────────────────────────────────────────────────────────────────────────────────


def _is_statement(document: Mapping[str, Any]) -> bool:
    return "predicateType" in document and "predicate" in document


def _statement(document: Mapping[str, Any], wanted: Wanted) -> Mapping[str, Any]:
    kind = text(document.get("_type"))
    if not _STATEMENT.fullmatch(kind):
        raise FormatError(
            f"{wanted.where}: a statement of type {kind[:60] or '(none)'!r} is not known",
            "in-toto Statement v0.1 and v1 are",
        )
    digests: dict[str, str] = {}
    for subject in rows(document.get("subject")):
        said = mapping(subject.get("digest"))
        digest = next((f"{a}:{text(said[a])}" for a in _DIGESTS if text(said.get(a))), "")
        digests.setdefault(digest, _name(text(subject.get("name"))))
    digests.pop("", None)
    if len(digests) > 1:
        raise FormatError(
            f"{wanted.where}: the statement is about {len(digests)} images", "give one about one"
        )
    for digest, name in digests.items():
        wanted.subject = (name, _facts.image_digest(digest))
    predicate = document.get("predicate")
    inner = mapping(predicate)
    if inner.keys() & {"Data", "Timestamp"} and isinstance(inner.get("Data"), str | dict):
        inner = _decoded(inner["Data"], wanted)  # cosign attest --type custom
    if not inner:
        raise FormatError(
            f"{wanted.where}: the statement of type {text(document.get('predicateType'))[:80]!r}"
            " holds no SBOM",
            "give the statement whose predicate is the SPDX or CycloneDX document",
        )
    return inner


def _name(name: str) -> str:
    """An image's name from how statements name it: a package URL, a reference, or "_"."""
    if name.startswith("pkg:"):
        try:
            return _facts.image_name(parse_purl(name))
        except ValueError:
            return ""
    return "" if name == "_" else name


# ── envelopes ────────────────────────────────────────────────────────────────────────────────────


def _is_envelope(document: Mapping[str, Any]) -> bool:
    return isinstance(document.get("payload"), str) and "payloadType" in document


def _envelope(document: Mapping[str, Any], wanted: Wanted) -> Mapping[str, Any]:
    import binascii
    from base64 import b64decode

    payload = text(document.get("payload"))
    try:
        plain = "".join(payload.split()).translate(_URL_SAFE)
        data = b64decode(plain.encode("ascii"), validate=True)
    except (ValueError, binascii.Error):
        raise FormatError(
            f"{wanted.where}: the payload of the DSSE envelope is not base64", "fetch it again"
        ) from None
    wanted.notes.append("its signature was not verified: what it says is a claim")
    return _decoded(data, wanted)


def _decoded(data: str | bytes | dict[str, Any], wanted: Wanted) -> Mapping[str, Any]:
    from ironhull.documents._decode import decode_json

    found = data if isinstance(data, dict) else decode_json(
        data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data, wanted.where
    )  # fmt: skip
    if not isinstance(found, dict):
        raise FormatError(f"{wanted.where}: what is inside is no document", "give the SBOM itself")
    return found


def _is_bundle(document: Mapping[str, Any]) -> bool:
    return isinstance(document.get("dsseEnvelope"), dict)


def _bundle(document: Mapping[str, Any], _wanted: Wanted) -> Mapping[str, Any]:
    return mapping(document.get("dsseEnvelope"))


# ── BuildKit ─────────────────────────────────────────────────────────────────────────────────────


def _is_buildkit(document: Mapping[str, Any]) -> bool:
    return isinstance(document.get("SPDX"), dict)


def _buildkit(document: Mapping[str, Any], _wanted: Wanted) -> Mapping[str, Any]:
    return mapping(document.get("SPDX"))


def is_platforms(document: Mapping[str, Any]) -> bool:
    """Whether this maps platforms to SBOMs, as `docker buildx imagetools inspect` prints them."""
    return bool(document) and all(
        "/" in key and isinstance(value, dict) and "SPDX" in value
        for key, value in document.items()
    )


def _platforms(document: Mapping[str, Any], wanted: Wanted) -> Mapping[str, Any]:
    names = list(document)
    if len(names) == 1 and not wanted.platform:
        return mapping(document[names[0]])
    if wanted.platform in document:
        return mapping(document[wanted.platform])
    listed = ", ".join(name[:40] for name in names[:8])
    if wanted.platform:
        raise FormatError(f"{wanted.where}: has no SBOM for {wanted.platform}", f"it has {listed}")
    raise FormatError(
        f"{wanted.where}: holds SBOMs for {len(names)} platforms ({listed})", "choose by --platform"
    )


def _is_index(document: Mapping[str, Any]) -> bool:
    return document.get("schemaVersion") == 2 and ("manifests" in document or "layers" in document)


def _index(_document: Mapping[str, Any], wanted: Wanted) -> Mapping[str, Any]:
    raise FormatError(
        f"{wanted.where}: is an image manifest or index, not an SBOM",
        "name the image itself: oci-dir://PATH, archive://FILE or its name",
    )


WRAPPINGS: tuple[Wrapping, ...] = (
    Wrapping("in-toto statement", _is_statement, _statement),
    Wrapping("DSSE envelope", _is_envelope, _envelope),
    Wrapping("sigstore bundle", _is_bundle, _bundle),
    Wrapping("BuildKit SBOM", _is_buildkit, _buildkit),
    Wrapping("BuildKit SBOMs by platform", is_platforms, _platforms),
    Wrapping("image manifest", _is_index, _index),
)
"""Every wrapping; they may be inside of each other."""
