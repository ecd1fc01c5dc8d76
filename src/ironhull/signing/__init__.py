"""Signatures: keys, DSSE envelopes, cosign's payloads, Sigstore bundles, transparency logs.

Bytes and keys only: where signatures are kept is for others. Nothing is trusted that `Trust` does
not name; whatever does not hold raises SignatureError, whose `reason` is one of REASONS. What needs
the `cryptography` library (`pip install 'ironhull[sign]'`) loads it when it is first needed.
"""

from __future__ import annotations

from ironhull.signing._crypto import holds, sign
from ironhull.signing._nouns import (
    REASONS,
    Check,
    Identity,
    LogKey,
    Opened,
    PrivateKey,
    PublicKey,
    Trust,
    signature_error,
)
from ironhull.signing.bundles import BUNDLE, Bundle, read_bundle, write_bundle
from ironhull.signing.claims import Claims
from ironhull.signing.envelopes import pae, read_envelope, sign_envelope, write_envelope
from ironhull.signing.keys import (
    bounded_key,
    generate_key,
    is_encrypted,
    read_private_key,
    read_public_keys,
    write_private_key,
    write_public_key,
)
from ironhull.signing.logs import read_log_keys
from ironhull.signing.opening import open_document, verify_document

__all__ = [
    "BUNDLE",
    "REASONS",
    "Bundle",
    "Check",
    "Claims",
    "Identity",
    "LogKey",
    "Opened",
    "PrivateKey",
    "PublicKey",
    "Trust",
    "bounded_key",
    "generate_key",
    "holds",
    "is_encrypted",
    "open_document",
    "pae",
    "read_bundle",
    "read_envelope",
    "read_log_keys",
    "read_private_key",
    "read_public_keys",
    "sign",
    "sign_envelope",
    "signature_error",
    "verify_document",
    "write_bundle",
    "write_envelope",
    "write_private_key",
    "write_public_key",
]
