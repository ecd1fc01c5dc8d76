"""Keys: made, read and written as PEM (RFC 7468), also in cosign's format with a password.

cosign's is PEM around JSON: the PKCS #8 key in a NaCl secretbox whose key scrypt makes of the
password (sigstore/cosign pkg/cosign/keys.go; go-securesystemslib/encrypted).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ironhull.errors import SignatureError
from ironhull.limits import LIMITS
from ironhull.signing import _crypto
from ironhull.signing._nouns import PrivateKey, PublicKey
from ironhull.signing._times import utc
from ironhull.values import replace

if TYPE_CHECKING:
    from datetime import datetime

__all__ = [
    "COSIGN_LABELS",
    "bounded_key",
    "certificate_of_pem",
    "generate_key",
    "is_encrypted",
    "key_of_der",
    "key_of_pem",
    "read_private_key",
    "read_public_keys",
    "write_certificate",
    "write_private_key",
    "write_public_key",
]

COSIGN_LABELS = ("ENCRYPTED SIGSTORE PRIVATE KEY", "ENCRYPTED COSIGN PRIVATE KEY")
_PLAIN = ("PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY")
_PUBLIC = ("PUBLIC KEY", "RSA PUBLIC KEY")
_BEGIN = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,64})-----\s*?\n")
_SCRYPT = {"N": 65536, "r": 8, "p": 1}


def generate_key() -> PrivateKey:
    """A new ECDSA P-256 key."""
    ec = _crypto.needed("cryptography.hazmat.primitives.asymmetric.ec")
    return _private(ec.generate_private_key(ec.SECP256R1()), "")


# ── public ───────────────────────────────────────────────────────────────────────────────────────


def read_public_keys(data: bytes, where: str) -> tuple[PublicKey, ...]:
    """The public keys and certificates in a PEM file, at least one; raises SignatureError.

    A certificate stands for its key while it is valid: who issued it is not asked.
    """
    found: list[PublicKey] = []
    for label, block in _blocks(data, where):
        if label.endswith("PRIVATE KEY"):
            raise SignatureError(
                f"{where}: a private key where a public one is expected",
                "give the public half, and keep this one to yourself",
            )
        if label == "CERTIFICATE":
            found += _of_certificate(block, where)
        elif label in _PUBLIC:
            found.append(_of_public(block, where))
    if not found:
        raise SignatureError(
            f"{where}: no public key in it", "a PEM file with BEGIN PUBLIC KEY or CERTIFICATE"
        )
    return tuple(found)


def key_of_der(der: bytes, where: str, *, starts: str = "", ends: str = "") -> PublicKey:
    """The key whose SubjectPublicKeyInfo is `der`, to be used between two times (RFC 3339)."""
    serialization = _crypto.needed("cryptography.hazmat.primitives.serialization")
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        key = serialization.load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm) as trouble:
        raise SignatureError(f"{where}: not a public key: {trouble}") from None
    return replace(
        _crypto.public_of(key, where), starts=utc(starts, where), ends=utc(ends, where, until=True)
    )


def bounded_key(key: PublicKey, starts: str, ends: str) -> PublicKey:
    """`key`, to be used only between two times (RFC 3339 or dates; "": as it was).

    Raises SignatureError for what is no time.
    """
    where = key.name
    return replace(
        key,
        starts=max(key.starts, utc(starts, where)),
        ends=min(filter(None, (key.ends, utc(ends, where, until=True))), default=""),
    )


def key_of_pem(data: bytes, where: str) -> bytes:
    """The SubjectPublicKeyInfo of the one key, or certificate, in `data`; raises SignatureError."""
    return read_public_keys(data, where)[0].der


def certificate_of_pem(data: bytes, where: str) -> bytes:
    """The DER of the first certificate in `data`; raises SignatureError."""
    for label, block in _blocks(data, where):
        if label == "CERTIFICATE":
            try:
                return _body(block)
            except ValueError:
                break
    raise SignatureError(f"{where}: no certificate in it")


def _of_public(block: bytes, where: str) -> PublicKey:
    serialization = _crypto.needed("cryptography.hazmat.primitives.serialization")
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        key = serialization.load_pem_public_key(block)
    except (ValueError, UnsupportedAlgorithm) as trouble:
        raise SignatureError(f"{where}: not a public key: {trouble}") from None
    return _crypto.public_of(key, where)


def _of_certificate(block: bytes, where: str) -> tuple[PublicKey, ...]:
    """The key of a certificate that signs; none of an authority's, which comes along in chains."""
    x509 = _crypto.needed("cryptography.x509")
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        certificate = x509.load_pem_x509_certificate(block)
        key = certificate.public_key()
        said = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        said = None
    except (ValueError, UnsupportedAlgorithm) as trouble:
        raise SignatureError(f"{where}: not a certificate: {trouble}") from None
    if said is not None and said.ca:
        return ()
    made = replace(
        _crypto.public_of(key, where),
        starts=_time(certificate.not_valid_before_utc),
        ends=_time(certificate.not_valid_after_utc),
    )
    return (made,)


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def write_public_key(key: PublicKey) -> bytes:
    """PEM of the SubjectPublicKeyInfo."""
    return _pem("PUBLIC KEY", key.der)


def write_certificate(der: bytes) -> bytes:
    """PEM of a certificate."""
    return _pem("CERTIFICATE", der)


# ── private ──────────────────────────────────────────────────────────────────────────────────────


def is_encrypted(data: bytes) -> bool:
    """Whether a file holds a private key that wants a password."""
    return b"ENCRYPTED" in data[: LIMITS.key_bytes]


def read_private_key(data: bytes, password: bytes | None, where: str) -> PrivateKey:
    """The private key in a PEM file; raises SignatureError, also for a wrong password.

    PKCS #8, SEC 1 and PKCS #1, PKCS #8 with a password, and cosign's format.
    """
    for label, block in _blocks(data, where):
        if label in COSIGN_LABELS:
            return _loaded(_decrypted(block, _given(password, where), where), None, where)
        if label in _PLAIN:
            # a password for a key that has none is not an error: cosign's variable may be set
            wanted = _given(password, where) if is_encrypted(block) else None
            return _loaded(block, wanted, where)
    raise SignatureError(f"{where}: no private key in it", "make one with `ironhull key generate`")


def _given(password: bytes | None, where: str) -> bytes:
    if password is None:
        raise SignatureError(
            f"{where}: the key is protected by a password", "set COSIGN_PASSWORD, or type it"
        )
    return password


def _loaded(data: bytes, password: bytes | None, where: str) -> PrivateKey:
    serialization = _crypto.needed("cryptography.hazmat.primitives.serialization")
    from cryptography.exceptions import UnsupportedAlgorithm

    load = serialization.load_pem_private_key
    if not data.startswith(b"-----"):
        load = serialization.load_der_private_key
    try:
        key = load(data, password)
    except (ValueError, TypeError, UnsupportedAlgorithm) as trouble:
        reason = "wrong password?" if password is not None else str(trouble)
        raise SignatureError(f"{where}: the private key cannot be read: {reason}") from None
    return _private(key, where)


def _private(key: Any, where: str) -> PrivateKey:
    serialization = _crypto.needed("cryptography.hazmat.primitives.serialization")
    public = _crypto.public_of(key.public_key(), where)
    der = key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return PrivateKey(der, public)


def write_private_key(key: PrivateKey, password: bytes | None) -> bytes:
    """PEM: cosign's format with a password (also the empty one), PKCS #8 without."""
    if password is None:
        return _pem("PRIVATE KEY", key.der)
    import json

    secret = _crypto.needed("nacl.secret")
    from nacl.utils import random

    salt, nonce = random(32), random(secret.SecretBox.NONCE_SIZE)
    box = secret.SecretBox(_stretched(password, salt, **_SCRYPT))
    made = {
        "kdf": {"name": "scrypt", "params": _SCRYPT, "salt": _b64(salt)},
        "cipher": {"name": "nacl/secretbox", "nonce": _b64(nonce)},
        "ciphertext": _b64(box.encrypt(key.der, nonce).ciphertext),
    }
    return _pem(COSIGN_LABELS[0], json.dumps(made, separators=(",", ":")).encode())


def _decrypted(block: bytes, password: bytes, where: str) -> bytes:
    """The PKCS #8 key inside cosign's format."""
    import json

    secret = _crypto.needed("nacl.secret")
    from nacl.exceptions import CryptoError

    try:
        found = json.loads(_body(block))
        kdf, cipher = found["kdf"], found["cipher"]
        params = {name: kdf["params"][name] for name in ("N", "r", "p")}
        salt, nonce = _bytes(kdf["salt"]), _bytes(cipher["nonce"])
        hidden = _bytes(found["ciphertext"])
        names = (kdf["name"], cipher["name"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise SignatureError(
            f"{where}: the private key is damaged: not cosign's JSON inside"
        ) from None
    if names != ("scrypt", "nacl/secretbox") or len(nonce) != secret.SecretBox.NONCE_SIZE:
        raise SignatureError(f"{where}: the private key is protected in a way that is not known")
    _bounded(params, where)
    try:
        return bytes(secret.SecretBox(_stretched(password, salt, **params)).decrypt(hidden, nonce))
    except (CryptoError, ValueError):
        raise SignatureError(f"{where}: the private key cannot be read: wrong password?") from None


def _bounded(params: dict[str, Any], where: str) -> None:
    """scrypt's N, r and p (RFC 7914), so far as memory and time go."""
    whole = all(type(value) is int and value > 0 for value in params.values())
    if whole and params["p"] <= 16 and params["N"] * params["r"] * 128 <= LIMITS.key_scrypt_bytes:
        return
    raise SignatureError(
        f"{where}: the key's protection asks for too much: scrypt with {params}",
        f"at most {LIMITS.key_scrypt_bytes >> 20} MiB of memory are given",
    )


def _stretched(password: bytes, salt: bytes, *, N: int, r: int, p: int) -> bytes:  # noqa: N803 - RFC 7914
    import hashlib

    memory = 128 * r * (N + p + 2) + (1 << 20)
    return hashlib.scrypt(password, salt=salt, n=N, r=r, p=p, maxmem=memory, dklen=32)


# ── PEM ──────────────────────────────────────────────────────────────────────────────────────────


def _blocks(data: bytes, where: str) -> Iterator[tuple[str, bytes]]:
    """(label, whole block) of each in the file; raises SignatureError for too much of it."""
    if len(data) > LIMITS.key_bytes:
        raise SignatureError(
            f"{where}: {len(data)} bytes, more than the {LIMITS.key_bytes} of a file of keys"
        )
    at = 0
    for number in range(LIMITS.keys + 1):
        begin = _BEGIN.search(data, at)
        if begin is None:
            return
        closing = b"-----END " + begin[1] + b"-----"
        end = data.find(closing, begin.end())
        if end < 0:
            raise SignatureError(f"{where}: cut off: BEGIN {begin[1].decode('ascii')} without END")
        if number == LIMITS.keys:
            raise SignatureError(f"{where}: more than {LIMITS.keys} keys")
        at = end + len(closing)
        yield begin[1].decode("ascii"), data[begin.start() : at] + b"\n"


def _body(block: bytes) -> bytes:
    """What is between BEGIN and END, base64 undone; raises ValueError."""
    return _bytes(b"".join(block.split(b"-----")[2].split()))


def _pem(label: str, data: bytes) -> bytes:
    text = _b64(data)
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return "\n".join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", "")).encode()


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(text: str | bytes) -> bytes:
    """Base64 undone; raises ValueError (binascii.Error is one), TypeError."""
    if not isinstance(text, str | bytes):
        raise binascii.Error("not text")
    return base64.b64decode(text, validate=True)
