"""A certificate authority for identities, with a certificate log and a trusted root of its own."""

import datetime
import json
import struct
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ironhull.signing import PrivateKey, PublicKey, generate_key, sign
from tests.signing.rekor import TIME, Log, b64, dsse, sha256

SUBJECT = "builder@example.com"
ISSUER = "https://accounts.example.com"
_SCT_LIST = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
_ISSUER_V1 = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.1")
_ISSUER_V2 = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.8")


def _time(seconds: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC)


def _rfc3339(seconds: int) -> str:
    return _time(seconds).strftime("%Y-%m-%dT%H:%M:%SZ")


def _der(length: int) -> bytes:
    if length < 128:
        return bytes([length])
    raw = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(raw)]) + raw


@dataclass
class Authority:
    """Fulcio, its certificate log (`ct`) and the transparency log (`log`)."""

    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    ct: PrivateKey = field(default_factory=generate_key)
    log: Log = field(default_factory=Log)

    def __post_init__(self) -> None:
        for number in range(3):  # Go reads index 0 and a proof without hashes as nothing at all
            self.log.add({"earlier": number})
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests")])
        self.root = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self.key.public_key())
            .serial_number(1)
            .not_valid_before(_time(TIME - 86400))
            .not_valid_after(_time(TIME + 10 * 86400))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs=True), critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), critical=False
            )
            .sign(self.key, hashes.SHA256())
        )

    def certificate(
        self,
        key: PublicKey,
        subject: str = SUBJECT,
        issuer: str = ISSUER,
        seconds: int = 600,
        *,
        promised: bool = True,
        purpose: x509.ObjectIdentifier = ExtendedKeyUsageOID.CODE_SIGNING,
    ) -> x509.Certificate:
        """For `key`, valid for some seconds from TIME on, with the certificate log's promise."""
        public = serialization.load_der_public_key(key.der)
        assert isinstance(public, ec.EllipticCurvePublicKey)
        said = issuer.encode()
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(self.root.subject)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(_time(TIME))
            .not_valid_after(_time(TIME + seconds))
            .add_extension(_usage(signs=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
                critical=False,
            )
            .add_extension(x509.SubjectAlternativeName([x509.RFC822Name(subject)]), critical=True)
            .add_extension(x509.UnrecognizedExtension(_ISSUER_V1, said), critical=False)
            .add_extension(
                x509.UnrecognizedExtension(_ISSUER_V2, b"\x0c" + _der(len(said)) + said),
                critical=False,
            )
        )
        if not promised:
            return builder.sign(self.key, hashes.SHA256())
        before = builder.sign(self.key, hashes.SHA256()).tbs_certificate_bytes
        # signatures differ, what is signed does not: the promise is about the certificate below
        promise = x509.UnrecognizedExtension(_SCT_LIST, self._promise(before))
        return builder.add_extension(promise, critical=False).sign(self.key, hashes.SHA256())

    def _promise(self, tbs: bytes) -> bytes:
        """The extension with one signed certificate timestamp (RFC 6962, 3.2 and 3.3)."""
        issuer = self.key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        when = struct.pack(">Q", TIME * 1000)
        entry = b"\0\0" + when + b"\0\1" + sha256(issuer) + len(tbs).to_bytes(3, "big") + tbs
        made = sign(self.ct, entry + b"\0\0")
        sct = b"\0" + bytes.fromhex(self.ct.public.id) + when + b"\0\0\4\3"
        sct += struct.pack(">H", len(made)) + made
        listed = struct.pack(">HH", len(sct) + 2, len(sct)) + sct
        return b"\x04" + _der(len(listed)) + listed

    def trusted_root(self) -> bytes:
        return json.dumps(
            {
                "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
                "tlogs": [_instance(self.log.public)],
                "ctlogs": [_instance(self.ct.public)],
                "certificateAuthorities": [
                    {
                        "subject": {"organization": "tests", "commonName": "tests"},
                        "uri": "https://fulcio.test",
                        "certChain": {"certificates": [{"rawBytes": b64(_raw(self.root))}]},
                        "validFor": {"start": _rfc3339(TIME - 86400)},
                    }
                ],
                "timestampAuthorities": [],
            }
        ).encode()

    def bundle(self, envelope: dict[str, Any], certificate: x509.Certificate) -> bytes:
        """A bundle 0.3 of an envelope signed with the certificate's key, entered in the log."""
        index = self.log.add(dsse(envelope, pem(certificate)))
        return json.dumps(
            {
                "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
                "verificationMaterial": {
                    "certificate": {"rawBytes": b64(_raw(certificate))},
                    "tlogEntries": [self.log.entry(index)],
                },
                "dsseEnvelope": envelope,
            }
        ).encode()


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _raw(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _instance(key: PublicKey) -> dict[str, Any]:
    return {
        "baseUrl": "https://log.test",
        "hashAlgorithm": "SHA2_256",
        "publicKey": {
            "rawBytes": b64(key.der),
            "keyDetails": "PKIX_ECDSA_P256_SHA_256",
            "validFor": {"start": _rfc3339(TIME - 86400)},
        },
        "logId": {"keyId": b64(bytes.fromhex(key.id))},
    }
