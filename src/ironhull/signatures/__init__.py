"""Signatures of images where they are kept: put beside them, found and verified.

What is signed is a digest, of an image, an index or a manifest of attestations. Kept as cosign
does it: under the tag `sha256-<hex>.sig`, as an OCI 1.1 referrer, or as a referrer that is a
Sigstore bundle.
"""

from __future__ import annotations

from ironhull.signatures.finding import Signature, find_signatures
from ironhull.signatures.making import STORAGES, sign_digest
from ironhull.signatures.subjects import subjects_of
from ironhull.signatures.trusting import read_key_file, read_trust
from ironhull.signatures.verifying import Verification, Verified, verify_digest

__all__ = [
    "STORAGES",
    "Signature",
    "Verification",
    "Verified",
    "find_signatures",
    "read_key_file",
    "read_trust",
    "sign_digest",
    "subjects_of",
    "verify_digest",
]
