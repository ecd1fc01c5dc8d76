"""What cosign signs of an image: a "simple signing" payload, or, from version 3 on, a statement.

sigstore/cosign specs/SIGNATURE_SPEC.md; containers/image docs/containers-signature.5.md; in-toto
attestation spec/v1/statement.md.
"""

from __future__ import annotations

from collections.abc import Mapping

from ironhull.errors import SignatureError
from ironhull.limits import LIMITS
from ironhull.signing._json import encoded, json_object, mapping, rows, text
from ironhull.signing._nouns import signature_error
from ironhull.values import dataclass, field

__all__ = [
    "PAYLOAD_TYPE",
    "SIGN_PREDICATE",
    "Claims",
    "check_claims",
    "is_sign_statement",
    "read_payload",
    "read_sign_statement",
    "sign_statement",
    "simple_payload",
]

SIGN_PREDICATE = "https://sigstore.dev/cosign/sign/v1"
"""What the statement in a bundle of cosign 3 says: that its subject was signed."""

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


def sign_statement(claims: Claims) -> bytes:
    """The statement that cosign 3 signs; equal claims give equal bytes."""
    algorithm, _, value = claims.digest.partition(":")
    subject = {"digest": {algorithm: value}, "annotations": dict(claims.optional)}
    return encoded(
        {
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [subject],
            "predicateType": SIGN_PREDICATE,
            "predicate": {},
        }
    )


def is_sign_statement(payload: bytes) -> bool:
    """Whether a payload says it is such a statement; other attestations do not."""
    try:
        return json_object(payload, "").get("predicateType") == SIGN_PREDICATE
    except SignatureError:
        return False


def read_sign_statement(data: bytes, digest: str, where: str = "statement") -> Claims:
    """What such a statement claims: its subject `digest`, or the first where it has others alone.

    Raises SignatureError (malformed).
    """
    found = json_object(data, where, LIMITS.signature_payload_bytes)
    if found.get("predicateType") != SIGN_PREDICATE:
        raise SignatureError(f"{where}: the statement is not that of a signature")
    said: list[Claims] = []
    for item in rows(found.get("subject"), f"{where}: subject", LIMITS.signatures):
        digests = mapping(item.get("digest"), f"{where}: subject.digest")
        optional = mapping(item.get("annotations") or {}, f"{where}: subject.annotations")
        name = text(item.get("name", ""), f"{where}: subject.name")
        said += [Claims(f"{kind}:{value}", name, optional) for kind, value in digests.items()]
    if not said:
        raise SignatureError(f"{where}: the statement names no subject")
    return next((claims for claims in said if claims.digest == digest), said[0])


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
