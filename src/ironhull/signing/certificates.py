"""Certificates of Fulcio that the `sigstore` library does not take, checked by a trusted root.

That library asks for an inclusion proof, which cosign's annotations do not hold: they hold the
log's promise. And it does not know some kinds of entries that envelopes have (`intoto`). So what
Sigstore's client specification asks for is done here for them: time from the log's promise, chain
at that time (RFC 5280), the certificate log's promise (RFC 6962, section 3.2), key usage, identity,
signature.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ironhull.errors import SignatureError
from ironhull.limits import LIMITS
from ironhull.signing import _crypto, _times
from ironhull.signing._identities import IdentityPolicy
from ironhull.signing._json import decoded, json_object, mapping, rows, text
from ironhull.signing._log_bodies import Signed
from ironhull.signing._nouns import Check, PublicKey, Trust, signature_error
from ironhull.signing.annotations import Beside
from ironhull.signing.keys import key_of_der
from ironhull.signing.logs import LogEntry, LogProof, check_entry, read_log_keys

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

__all__ = ["check_promised", "is_ours"]

_OURS = (("intoto", "0.0.1"), ("intoto", "0.0.2"), ("hashedrekord", "0.0.1"))


def is_ours(entries: tuple[LogEntry, ...], where: str) -> bool:
    """Whether an envelope's entry is of a kind the `sigstore` library refuses (4.5)."""
    if len(entries) != 1:
        return False
    found = json_object(entries[0].body, f"{where}: the log's entry", LIMITS.attestation_bytes)
    return (found.get("kind"), found.get("apiVersion")) in _OURS


def check_promised(
    beside: Beside,
    signatures: tuple[bytes, ...],
    message: bytes,
    payload: bytes | None,
    trust: Trust,
    where: str,
) -> tuple[str, tuple[Check, ...]]:
    """Verify one of `signatures` over `message` by the certificate in annotations.

    `payload` is what an envelope holds. Gives whose certificate it is and what was checked; raises
    SignatureError.
    """
    if not beside.entries:
        raise signature_error("log", f"{where}: signed with a certificate, without a log's entry")
    certificate = _leaf(beside.certificate, where)
    policy = IdentityPolicy(trust.identities)
    key = _key_of(certificate, where)
    made = next((item for item in signatures if _crypto.holds(key, item, message)), None)
    if made is None:
        raise signature_error(
            "wrong-payload", f"{where}: the certificate's signature is over other content"
        )
    signed = Signed(made, message, key.der, payload, _raw(certificate))
    proof = _logged(beside, signed, trust.roots, where)
    _check_usage(certificate, where)
    issuer = _issuer(certificate, trust.roots, _times.rfc3339(proof.time), where)
    _check_promise(certificate, issuer, trust.roots, where)
    policy.verify(certificate)
    when = _times.rfc3339(proof.time)
    return policy.found, (
        Check("signature", True, f"by the certificate of {policy.found}"),
        Check("certificate", True, "its chain, its log (SCT) and its time, by the trusted root"),
        Check("log", True, f"entry {proof.index} of {when}: {proof.how}"),
    )


def _logged(beside: Beside, signed: Signed, roots: bytes, where: str) -> LogProof:
    proof = check_entry(beside.entries[0], signed, read_log_keys(roots, "the trusted root"), where)
    if not proof.time:
        raise signature_error("log", f"{where}: the log's entry does not prove a time")
    return proof


# ── the certificate ──────────────────────────────────────────────────────────────────────────────


def _leaf(chain: bytes, where: str) -> Certificate:
    x509 = _crypto.needed("cryptography.x509")
    try:
        found: Certificate = x509.load_pem_x509_certificates(chain)[0]
    except (ValueError, IndexError) as trouble:
        raise SignatureError(f"{where}: its certificate cannot be read: {trouble}") from None
    return found


def _raw(certificate: Certificate) -> bytes:
    serialization = _crypto.needed("cryptography.hazmat.primitives.serialization")
    return certificate.public_bytes(serialization.Encoding.DER)


def _key_of(certificate: Certificate, where: str) -> PublicKey:
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        return _crypto.public_of(certificate.public_key(), where)
    except (ValueError, UnsupportedAlgorithm) as trouble:
        raise SignatureError(f"{where}: its certificate has no usable key: {trouble}") from None


def _check_usage(certificate: Certificate, where: str) -> None:
    x509 = _crypto.needed("cryptography.x509")
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
        purposes = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension) as trouble:
        raise signature_error(
            "identity", f"{where}: its certificate is not for signing: {trouble}"
        ) from None
    if not usage.digital_signature or x509.oid.ExtendedKeyUsageOID.CODE_SIGNING not in purposes:
        raise signature_error("identity", f"{where}: its certificate is not for signing code")


def _issuer(certificate: Certificate, roots: bytes, moment: str, where: str) -> Certificate:
    """Who issued a certificate that an authority of the roots vouched for at `moment`."""
    reason = "the trusted root names no authority of that time"
    for chain in _authorities(roots, moment, where):
        try:
            found: Certificate = _verifier(chain[-1], moment).verify(certificate, chain[:-1])[1]
        except Exception as trouble:  # noqa: BLE001 - hostile certificates raise what parsers raise
            reason = " ".join(str(trouble).split())[:200]
        else:
            return found
    kind = "expired" if "valid at" in reason or "validity" in reason else "identity"
    raise signature_error(kind, f"{where}: its certificate is not vouched for: {reason}")


def _verifier(root: Certificate, moment: str) -> _Chains:
    from datetime import datetime

    x509 = _crypto.needed("cryptography.x509")
    rules = _crypto.needed("cryptography.x509.verification")
    # Fulcio's certificates are for signing code, which is checked for itself
    loose = (x509.ExtendedKeyUsage, rules.Criticality.AGNOSTIC, None)
    return _Chains(
        rules.PolicyBuilder()
        .store(rules.Store([root]))
        .time(datetime.fromisoformat(moment))
        .extension_policies(
            ca_policy=rules.ExtensionPolicy.webpki_defaults_ca().may_be_present(*loose),
            ee_policy=rules.ExtensionPolicy.webpki_defaults_ee().may_be_present(*loose),
        )
        .build_client_verifier()
        .verify
    )


class _Chains:
    """The chains that hold: `verify(certificate, others)`, the certificate itself first."""

    def __init__(self, verify: Callable[..., Any]) -> None:
        self._verify = verify

    def verify(self, certificate: Certificate, others: list[Certificate]) -> list[Certificate]:
        """Raises whatever the library does."""
        return list(self._verify(certificate, others).chain)


# ── the trusted root ─────────────────────────────────────────────────────────────────────────────


def _authorities(roots: bytes, moment: str, where: str) -> list[list[Certificate]]:
    """The chains of authorities that were in use at `moment`, each with its root last."""
    x509 = _crypto.needed("cryptography.x509")
    found = json_object(roots, "the trusted root", LIMITS.trust_root_bytes)
    chains = []
    for item in rows(found.get("certificateAuthorities"), "certificateAuthorities", LIMITS.keys):
        if not _in_use(item, moment, where):
            continue
        chain = mapping(item.get("certChain"), "certChain")
        raw = [
            decoded(one.get("rawBytes"), "rawBytes")
            for one in rows(chain.get("certificates"), "certificates", LIMITS.keys)
        ]
        try:
            chains.append([x509.load_der_x509_certificate(one) for one in raw])
        except ValueError as trouble:
            raise SignatureError(f"the trusted root holds no certificate: {trouble}") from None
    return [chain for chain in chains if chain]


def _in_use(item: Mapping[str, Any], moment: str, where: str) -> bool:
    valid = mapping(item.get("validFor", {}), "validFor")
    starts = _times.utc(text(valid.get("start", ""), "start"), where)
    ends = _times.utc(text(valid.get("end", ""), "end"), where)
    return _times.within(moment, PublicKey(b"", "", starts=starts, ends=ends))


def _check_promise(certificate: Certificate, issuer: Certificate, roots: bytes, where: str) -> None:
    """That a certificate log of the roots promised to take the certificate in."""
    x509 = _crypto.needed("cryptography.x509")
    serialization = _crypto.needed("cryptography.hazmat.primitives.serialization")
    logs = _certificate_logs(roots)
    try:
        kind = x509.PrecertificateSignedCertificateTimestamps
        promises = certificate.extensions.get_extension_for_class(kind).value
        before = certificate.tbs_precertificate_bytes
    except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension):
        raise signature_error(
            "identity", f"{where}: no certificate log promised to take its certificate in"
        ) from None
    der = issuer.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    for promise in promises:
        log = logs.get(promise.log_id)
        if log is not None and _promised(promise, before, der, log):
            return
    raise signature_error(
        "identity", f"{where}: its certificate is in no certificate log of the trusted root"
    )


def _certificate_logs(roots: bytes) -> dict[bytes, PublicKey]:
    found = json_object(roots, "the trusted root", LIMITS.trust_root_bytes)
    logs = {}
    for item in rows(found.get("ctlogs"), "ctlogs", LIMITS.keys):
        said = mapping(item.get("publicKey"), "ctlogs: publicKey")
        valid = mapping(said.get("validFor", {}), "ctlogs: validFor")
        key = key_of_der(
            decoded(said.get("rawBytes"), "ctlogs: rawBytes"),
            "the trusted root: ctlogs",
            starts=text(valid.get("start", ""), "start"),
            ends=text(valid.get("end", ""), "end"),
        )
        logs[bytes.fromhex(key.id)] = key
    return logs


def _promised(promise: Any, before: bytes, issuer: bytes, log: PublicKey) -> bool:
    """Whether `log` signed a promise (RFC 6962, section 3.2, precert_entry)."""
    import hashlib
    from datetime import UTC

    when = promise.timestamp.replace(tzinfo=UTC)
    millis = int(when.timestamp()) * 1000 + when.microsecond // 1000
    extensions: bytes = promise.extension_bytes
    signed = (
        b"\0\0"
        + millis.to_bytes(8, "big")
        + b"\0\1"
        + hashlib.sha256(issuer).digest()
        + len(before).to_bytes(3, "big")
        + before
        + len(extensions).to_bytes(2, "big")
        + extensions
    )
    moment = when.strftime("%Y-%m-%dT%H:%M:%SZ")
    return _times.within(moment, log) and _crypto.holds(log, promise.signature, signed)
