"""Certificates of identities (Fulcio) verified with given trust roots, by the `sigstore` library.

It checks the certificate's chain and its log (SCT), the transparency log's entry, the time, and the
signature; nothing is asked over the network. An extra: `pip install 'ironhull[keyless]'`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ironhull.errors import SignatureError
from ironhull.limits import LIMITS
from ironhull.signing import _crypto
from ironhull.signing._identities import IdentityPolicy, need_identities
from ironhull.signing._json import json_object
from ironhull.signing._nouns import Check, Trust, signature_error

if TYPE_CHECKING:
    from ironhull.signing.bundles import Bundle

__all__ = ["check_certificate", "read_roots"]


def read_roots(data: bytes, where: str) -> bytes:
    """`data` if it is a Sigstore trusted root; raises SignatureError."""
    found = json_object(data, where, LIMITS.trust_root_bytes)
    if "trustedroot" not in str(found.get("mediaType", "")):
        raise SignatureError(
            f"{where}: not a Sigstore trusted root", "a trusted_root.json is expected"
        )
    return data


def check_certificate(bundle: Bundle, trust: Trust, where: str) -> tuple[str, tuple[Check, ...]]:
    """Verify a bundle with a certificate and an envelope: (whose it is, what was checked).

    Raises SignatureError.
    """
    need_identities(trust, where)
    policy = IdentityPolicy(trust.identities)
    _verify(bundle, trust.roots, policy, where)
    return policy.found, (
        Check("signature", True, f"by the certificate of {policy.found}"),
        Check("certificate", True, "its chain, its log (SCT) and its time, by the trusted root"),
        Check("log", True, _log_detail(bundle)),
    )


def _verify(bundle: Bundle, roots: bytes, policy: IdentityPolicy, where: str) -> None:
    models = _crypto.needed("sigstore.models", "keyless")
    verifier = _crypto.needed("sigstore.verify.verifier", "keyless")
    trusted = _trusted_root(models, roots, where)
    try:
        read = models.Bundle.from_json(bundle.data)
        verifier.Verifier(trusted_root=trusted).verify_dsse(read, policy)
    except SignatureError:
        raise
    except Exception as trouble:  # noqa: BLE001 - hostile certificates raise what parsers raise
        said = " ".join(str(trouble).split())[:300] or type(trouble).__name__
        raise signature_error(_reason(said), f"{where}: {said}") from None


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
