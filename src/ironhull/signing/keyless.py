"""Certificates of identities (Fulcio) verified with given trust roots, by the `sigstore` library.

It checks the certificate's chain and its log (SCT), the transparency log's entry, the time, and the
signature; nothing is asked over the network. An extra: `pip install 'ironhull[keyless]'`.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

from ironhull.errors import SignatureError
from ironhull.limits import LIMITS
from ironhull.signing import _crypto
from ironhull.signing._json import encoded, json_object
from ironhull.signing._nouns import Check, Identity, Trust, signature_error
from ironhull.signing.bundles import Bundle, read_bundle

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.x509 import Certificate

    from ironhull.signing.annotations import Beside

__all__ = ["bundle_of_parts", "check_certificate", "message_content", "read_roots"]


def read_roots(data: bytes, where: str) -> bytes:
    """`data` if it is a Sigstore trusted root; raises SignatureError."""
    found = json_object(data, where, LIMITS.trust_root_bytes)
    if "trustedroot" not in str(found.get("mediaType", "")):
        raise SignatureError(
            f"{where}: not a Sigstore trusted root", "a trusted_root.json is expected"
        )
    return data


def bundle_of_parts(content: Mapping[str, Any], beside: Beside, where: str) -> Bundle:
    """A bundle 0.1 of what cosign keeps in annotations; `content` is the signed part of it.

    Raises SignatureError for what has no entry of a log: without one there is no time at which the
    certificate was valid.
    """
    if not beside.entries:
        raise signature_error("log", f"{where}: signed with a certificate, without a log's entry")
    entry = beside.entries[0]
    kind = json_object(entry.body, f"{where}: the log's entry", LIMITS.signature_payload_bytes)
    data = encoded(
        {
            "mediaType": "application/vnd.dev.sigstore.bundle+json;version=0.1",
            "verificationMaterial": {
                "x509CertificateChain": {
                    "certificates": [{"rawBytes": _b64(_leaf(beside.certificate, where))}]
                },
                "tlogEntries": [
                    {
                        "logIndex": str(entry.index),
                        "logId": {"keyId": _b64(entry.log)},
                        "kindVersion": {
                            "kind": str(kind.get("kind")),
                            "version": str(kind.get("apiVersion")),
                        },
                        "integratedTime": str(entry.time),
                        "inclusionPromise": {"signedEntryTimestamp": _b64(entry.promise)},
                        "canonicalizedBody": _b64(entry.body),
                    }
                ],
            },
            **content,
        }
    )
    return read_bundle(data, where)


def message_content(signature: bytes, message: bytes) -> dict[str, Any]:
    """The signed part of a bundle: a signature over a message kept elsewhere."""
    import hashlib

    digest = hashlib.sha256(message).digest()
    return {
        "messageSignature": {
            "messageDigest": {"algorithm": "SHA2_256", "digest": _b64(digest)},
            "signature": _b64(signature),
        }
    }


def _leaf(chain: bytes, where: str) -> bytes:
    x509 = _crypto.needed("cryptography.x509")
    serialization = _crypto.needed("cryptography.hazmat.primitives.serialization")
    try:
        found = x509.load_pem_x509_certificates(chain)[0]
    except ValueError as trouble:
        raise SignatureError(f"{where}: its certificate cannot be read: {trouble}") from None
    return bytes(found.public_bytes(serialization.Encoding.DER))


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def check_certificate(
    bundle: Bundle, message: bytes | None, trust: Trust, where: str
) -> tuple[str, tuple[Check, ...]]:
    """Verify a bundle with a certificate: (whose it is, what was checked); raises SignatureError.

    `message` is what a signature without an envelope is over.
    """
    if not trust.identities:
        raise signature_error(
            "identity",
            f"{where}: signed with a certificate, and no identity is trusted",
            "name one with --certificate-identity and --certificate-oidc-issuer, or give its key",
        )
    if not trust.roots:
        raise signature_error(
            "identity",
            f"{where}: signed with a certificate, and there are no roots to trust",
            "give --trusted-root FILE, a Sigstore trusted_root.json",
        )
    policy = _Policy(trust.identities)
    _verify(bundle, message, trust.roots, policy, where)
    return policy.found, (
        Check("signature", True, f"by the certificate of {policy.found}"),
        Check("certificate", True, "its chain, its log (SCT) and its time, by the trusted root"),
        Check("log", True, _log_detail(bundle)),
    )


def _verify(
    bundle: Bundle, message: bytes | None, roots: bytes, policy: _Policy, where: str
) -> None:
    models = _crypto.needed("sigstore.models", "keyless")
    verifier = _crypto.needed("sigstore.verify.verifier", "keyless")
    errors = _crypto.needed("sigstore.errors", "keyless")
    trusted = _trusted_root(models, roots, where)
    try:
        read = models.Bundle.from_json(bundle.data)
        checker = verifier.Verifier(trusted_root=trusted)
        if message is None:
            checker.verify_dsse(read, policy)
        else:
            checker.verify_artifact(message, read, policy)
    except SignatureError:
        raise
    except (errors.Error, ValueError) as trouble:
        raise signature_error(_reason(str(trouble)), f"{where}: {trouble}") from None


def _trusted_root(models: Any, roots: bytes, where: str) -> Any:
    """The library reads roots from files only."""
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory(prefix="ironhull-") as place:
        path = Path(place) / "trusted_root.json"
        path.write_bytes(roots)
        try:
            return models.TrustedRoot.from_file(str(path))
        except Exception as trouble:  # noqa: BLE001 - the library lets those of others through
            reason = " ".join(str(trouble).split())[:200]
            raise SignatureError(
                f"{where}: the trusted root cannot be used: {reason}", "a trusted_root.json"
            ) from None


def _reason(said: str) -> str:
    lower = said.lower()
    if "expired" in lower or "valid at" in lower:
        return "expired"
    if "log" in lower or "inclusion" in lower or "checkpoint" in lower:
        return "log"
    if "signature is invalid" in lower or "digest mismatch" in lower:
        return "wrong-payload"
    return "identity"


def _log_detail(bundle: Bundle) -> str:
    from ironhull.signing._times import rfc3339

    entry = bundle.entries[0]
    when = f" of {rfc3339(entry.time)}" if entry.time else ""
    return f"entry {entry.index}{when} in a log of the trusted root"


class _Policy:
    """Which certificates are trusted, in the shape the library calls; `found` whose one was."""

    def __init__(self, identities: tuple[Identity, ...]) -> None:
        self._identities = identities
        self.found = ""

    def verify(self, certificate: Certificate) -> None:
        """Raises SignatureError (identity) where it is nobody's that is trusted."""
        subjects, issuer = _names(certificate)
        for wanted in self._identities:
            for subject in subjects:
                if issuer == wanted.issuer and _is(subject, wanted):
                    self.found = f"{subject} ({issuer})"
                    return
        raise signature_error(
            "identity",
            f"the certificate is of {', '.join(subjects) or 'nobody'} as {issuer or 'no issuer'}"
            f" vouches, and trusted are {', '.join(_told(item) for item in self._identities)}",
        )


def _is(subject: str, wanted: Identity) -> bool:
    if wanted.pattern:
        return re.fullmatch(wanted.subject, subject) is not None
    return subject == wanted.subject


def _told(wanted: Identity) -> str:
    return f"{wanted.subject} ({wanted.issuer})"


_ISSUER_V2 = "1.3.6.1.4.1.57264.1.8"  # sigstore/fulcio docs/oid-info.md: UTF8String
_ISSUER_V1 = "1.3.6.1.4.1.57264.1.1"  # the text itself


def _names(certificate: Certificate) -> tuple[tuple[str, ...], str]:
    """The subjects (addresses, URLs, other names) and the issuer a certificate tells."""
    x509 = _crypto.needed("cryptography.x509")
    subjects: list[str] = []
    for extension in certificate.extensions:
        value = extension.value
        if isinstance(value, x509.SubjectAlternativeName):
            subjects += value.get_values_for_type(x509.RFC822Name)
            subjects += value.get_values_for_type(x509.UniformResourceIdentifier)
            subjects += [
                item.value[2:].decode("utf-8", "replace")
                for item in value.get_values_for_type(x509.OtherName)
                if item.type_id.dotted_string == "1.3.6.1.4.1.57264.1.7"
                and len(item.value) == item.value[1] + 2
            ]
    return tuple(subjects), _issuer(certificate)


def _issuer(certificate: Certificate) -> str:
    x509 = _crypto.needed("cryptography.x509")
    for oid, begin in ((_ISSUER_V2, True), (_ISSUER_V1, False)):
        try:
            found = certificate.extensions.get_extension_for_oid(x509.ObjectIdentifier(oid))
        except x509.ExtensionNotFound:
            continue
        assert isinstance(found.value, x509.UnrecognizedExtension)
        raw = bytes(found.value.value)
        if begin and (len(raw) < 2 or raw[0] != 0x0C or raw[1] != len(raw) - 2):
            return ""
        return (raw[2:] if begin else raw).decode("utf-8", "replace")
    return ""
