"""What cosign keeps of a signature in annotations of the layer that is signed.

(sigstore/cosign specs/SIGNATURE_SPEC.md, "Properties"; ATTESTATION_SPEC.md.)
"""

from __future__ import annotations

from collections.abc import Mapping

from ironhull.signing._json import decoded
from ironhull.signing.logs import LogEntry, entry_of_cosign
from ironhull.values import dataclass

__all__ = ["CERTIFICATE", "KEY_ID", "LOG_ENTRY", "SIGNATURE", "Beside", "read_annotations"]

SIGNATURE = "dev.cosignproject.cosign/signature"
CERTIFICATE = "dev.sigstore.cosign/certificate"
LOG_ENTRY = "dev.sigstore.cosign/bundle"
KEY_ID = "io.github.ironhull.key-id"
"""Ours: which key signed, so that an altered payload and another key can be told apart."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What annotations tell: a signature, the signer's certificate (PEM), a log's entry, a key."""

    signature: bytes = b""
    certificate: bytes = b""
    entries: tuple[LogEntry, ...] = ()
    hint: str = ""


def read_annotations(said: Mapping[str, str], where: str) -> Beside:
    """The parts of a signature that `said` holds; raises SignatureError for what is damaged."""
    entry = said.get(LOG_ENTRY, "")
    return Beside(
        signature=decoded(said.get(SIGNATURE, ""), f"{where}: {SIGNATURE}"),
        certificate=said.get(CERTIFICATE, "").encode(),
        entries=(entry_of_cosign(entry.encode(), f"{where}: {LOG_ENTRY}"),) if entry else (),
        hint=said.get(KEY_ID, ""),
    )
