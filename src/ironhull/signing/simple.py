"""What cosign signs of an image: a "simple signing" payload.

(sigstore/cosign specs/SIGNATURE_SPEC.md; containers/image docs/containers-signature.5.md.)
"""

from __future__ import annotations

from collections.abc import Mapping

from ironhull.errors import SignatureError
from ironhull.limits import LIMITS
from ironhull.signing._json import encoded, json_object, mapping, text
from ironhull.signing._nouns import signature_error
from ironhull.values import dataclass, field

__all__ = ["PAYLOAD_TYPE", "Claims", "check_claims", "read_payload", "simple_payload"]

PAYLOAD_TYPE = "application/vnd.dev.cosign.simplesigning.v1+json"
_TYPES = ("cosign container image signature", "atomic container signature")


@dataclass(frozen=True, slots=True)
class Claims:
    """What a payload says: the image's `digest`, the name it was signed as, what was added."""

    digest: str
    reference: str = ""
    optional: Mapping[str, object] = field(default_factory=dict)


def simple_payload(claims: Claims) -> bytes:
    """The payload to sign; equal claims give equal bytes."""
    return encoded(
        {
            "critical": {
                "identity": {"docker-reference": claims.reference},
                "image": {"docker-manifest-digest": claims.digest},
                "type": _TYPES[0],
            },
            "optional": dict(claims.optional) or None,
        }
    )


def read_payload(data: bytes, where: str = "payload") -> Claims:
    """The claims in a payload; raises SignatureError (malformed)."""
    found = json_object(data, where, LIMITS.signature_payload_bytes)
    critical = mapping(found.get("critical"), f"{where}: critical")
    kind = text(critical.get("type"), f"{where}: critical.type")
    if kind not in _TYPES:
        raise SignatureError(f"{where}: {kind[:60]!r} is no type of image signature")
    image = mapping(critical.get("image"), f"{where}: critical.image")
    identity = mapping(critical.get("identity", {}), f"{where}: critical.identity")
    optional = found.get("optional")
    return Claims(
        digest=text(image.get("docker-manifest-digest"), f"{where}: docker-manifest-digest"),
        reference=text(identity.get("docker-reference", ""), f"{where}: docker-reference"),
        optional={} if optional is None else mapping(optional, f"{where}: optional"),
    )


def check_claims(claims: Claims, digest: str, wanted: Mapping[str, str], where: str) -> None:
    """That the payload is about `digest` and says what is `wanted`; raises SignatureError."""
    if claims.digest != digest:
        raise signature_error(
            "other-subject",
            f"{where}: signed is {claims.digest or '(nothing)'}, not {digest}",
            "the signature was moved here from another image, or the image was replaced",
        )
    for key, value in wanted.items():
        said = claims.optional.get(key)
        if said != value:
            told = "nothing" if said is None else repr(said)[:80]
            raise signature_error(
                "claims", f"{where}: {key} is signed as {told}, not {value!r}", "check --annotation"
            )
