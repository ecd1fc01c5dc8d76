"""Signatures over bytes with the `cryptography` library, loaded when the first is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ironhull.errors import Error, SignatureError
from ironhull.signing._nouns import PrivateKey, PublicKey

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

__all__ = ["holds", "kind_of", "needed", "public_of", "sign"]

_CURVES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}
_RSA_BITS = (2048, 16384)


def needed(module: str, extra: str = "sign") -> Any:
    """The module of an extra, or an Error that says how to get it."""
    from importlib import import_module

    try:
        return import_module(module)
    except ImportError as trouble:
        raise Error(
            f"signatures need {module.partition('.')[0]}, which is not installed: {trouble}",
            f"pip install 'ironhull[{extra}]'",
        ) from None


def kind_of(key: PublicKeyTypes, where: str) -> str:
    """What key it is, if it is of a kind that is trusted here; raises SignatureError."""
    ec = needed("cryptography.hazmat.primitives.asymmetric.ec")
    ed25519 = needed("cryptography.hazmat.primitives.asymmetric.ed25519")
    rsa = needed("cryptography.hazmat.primitives.asymmetric.rsa")
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _CURVES:
        return f"ECDSA {_CURVES[key.curve.name]}"
    if isinstance(key, ed25519.Ed25519PublicKey):
        return "Ed25519"
    if isinstance(key, rsa.RSAPublicKey):
        if _RSA_BITS[0] <= key.key_size <= _RSA_BITS[1]:
            return f"RSA {key.key_size}"
        raise SignatureError(
            f"{where}: an RSA key of {key.key_size} bits",
            f"use one of {_RSA_BITS[0]} to {_RSA_BITS[1]} bits, or ECDSA P-256",
        )
    raise SignatureError(
        f"{where}: a key of a kind that is not used for signatures here",
        "ECDSA P-256, P-384 and P-521, Ed25519 and RSA are",
    )


def public_of(key: PublicKeyTypes, where: str) -> PublicKey:
    """`key` as our noun."""
    serialization = needed("cryptography.hazmat.primitives.serialization")
    der = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return PublicKey(der, kind_of(key, where), where)


def holds(key: PublicKey, signature: bytes, message: bytes) -> bool:
    """Whether `key` made `signature` over `message`.

    As cosign and Sigstore's clients do it: ECDSA with SHA-256, or, of the larger curves, also with
    their own; RSA PKCS #1 v1.5 with SHA-256.
    """
    serialization = needed("cryptography.hazmat.primitives.serialization")
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    try:
        loaded = serialization.load_der_public_key(key.der)
    except (ValueError, UnsupportedAlgorithm):
        return False
    for ways in _ways(key):
        try:
            loaded.verify(signature, message, *ways)
        except (InvalidSignature, ValueError):
            continue
        return True
    return False


def _ways(key: PublicKey) -> tuple[tuple[Any, ...], ...]:
    hashes = needed("cryptography.hazmat.primitives.hashes")
    if key.kind == "Ed25519":
        return ((),)
    if key.kind.startswith("RSA"):
        padding = needed("cryptography.hazmat.primitives.asymmetric.padding")
        return ((padding.PKCS1v15(), hashes.SHA256()),)
    ec = needed("cryptography.hazmat.primitives.asymmetric.ec")
    own = {"ECDSA P-384": hashes.SHA384, "ECDSA P-521": hashes.SHA512}.get(key.kind)
    kinds = (hashes.SHA256,) if own is None else (hashes.SHA256, own)
    return tuple((ec.ECDSA(kind()),) for kind in kinds)


def sign(key: PrivateKey, message: bytes) -> bytes:
    """The signature of `key` over `message`; the same each time where that can be (RFC 6979)."""
    serialization = needed("cryptography.hazmat.primitives.serialization")
    loaded = serialization.load_der_private_key(key.der, None)
    if key.public.kind.startswith("ECDSA"):
        return bytes(loaded.sign(message, _ecdsa()))
    made: bytes = loaded.sign(message, *_ways(key.public)[0])
    return made


def _ecdsa() -> Any:
    ec = needed("cryptography.hazmat.primitives.asymmetric.ec")
    hashes = needed("cryptography.hazmat.primitives.hashes")
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        return ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
    except UnsupportedAlgorithm:
        return ec.ECDSA(hashes.SHA256())
