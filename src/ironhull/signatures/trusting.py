"""Whom to trust, read from the files that the settings or the command line name."""

from __future__ import annotations

from pathlib import Path

from ironhull.config import TrustSettings
from ironhull.errors import SignatureError
from ironhull.limits import LIMITS
from ironhull.signing import Identity, Trust, bounded_key, read_log_keys, read_public_keys
from ironhull.signing.keyless import read_roots

__all__ = ["read_key_file", "read_trust"]


def read_trust(given: TrustSettings, *, now: str) -> Trust:
    """The keys, logs and roots that `given` names; raises SignatureError.

    A trusted root also gives its logs, for signatures of keys. `now` as in Trust.
    """
    roots = read_roots(read_key_file(given.roots), given.roots) if given.roots else b""
    logs = [log for file in given.logs for log in read_log_keys(read_key_file(file), file)]
    if roots and given.keys:
        logs += read_log_keys(roots, given.roots)
    return Trust(
        keys=tuple(
            bounded_key(key, item.starts, item.ends)
            for item in given.keys
            for key in read_public_keys(read_key_file(item.file), item.file)
        ),
        logs=tuple(logs),
        require_log=given.require_log,
        identities=tuple(Identity(*item) for item in given.identities),
        roots=roots,
        now=now,
    )


def read_key_file(file: str) -> bytes:
    """The bytes of a file of keys, bounded; raises SignatureError."""
    try:
        with Path(file).open("rb") as stream:
            data = stream.read(LIMITS.trust_root_bytes + 1)
    except OSError as trouble:
        raise SignatureError(
            f"cannot read the key {file}: {trouble.strerror or trouble}", "check the path"
        ) from None
    if len(data) > LIMITS.trust_root_bytes:
        raise SignatureError(
            f"{file}: larger than a file of keys ({LIMITS.trust_root_bytes} bytes)"
        )
    return data
