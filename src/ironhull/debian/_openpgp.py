"""Clearsigned text verified against given keys: pysequoia, or gpgv where that is missing.

OpenPGP cleartext signature framework (RFC 9580, 7). Only the text a trusted key signed comes back.
"""

from __future__ import annotations

import base64
import binascii
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ironhull.errors import RepositoryError

__all__ = ["Signed", "verify_clearsigned"]

_UNTRUSTED = "no trusted key signed it"
_HINT = (
    "the file may have been tampered with; if the archive has a new key, add it to contents.keyring"
)


@dataclass(frozen=True, slots=True)
class Signed:
    """What was signed, and by which keys (fingerprints, lower case hex)."""

    text: bytes
    signers: tuple[str, ...]


def verify_clearsigned(data: bytes, keys: tuple[bytes, ...], where: str) -> Signed:
    """The signed text of `data`; raises RepositoryError unless one of `keys` signed it."""
    if not data.startswith(b"-----BEGIN PGP SIGNED MESSAGE-----"):
        raise RepositoryError(f"{where}: is not a signed InRelease", "check the address")
    try:
        import pysequoia
    except ImportError:
        return _with_gpgv(data, keys, where)
    certificates = {}
    for key in keys:
        try:
            for certificate in pysequoia.Cert.split_bytes(key):
                certificates[certificate.fingerprint] = certificate
        except Exception as trouble:
            raise RepositoryError(f"{where}: a key is not OpenPGP: {_line(trouble)}") from trouble
    try:
        result = pysequoia.verify(bytes=data, store=lambda _: list(certificates.values()))
    except Exception as trouble:
        raise RepositoryError(
            f"{where}: altered, or signed by no trusted key: {_line(trouble)}", _HINT
        ) from trouble
    signers = tuple(
        sorted(s.certificate for s in result.valid_sigs if s.certificate in certificates)
    )
    if not signers or result.bytes is None:
        raise RepositoryError(f"{where}: {_UNTRUSTED}", _HINT)
    return Signed(bytes(result.bytes), signers)


def _with_gpgv(data: bytes, keys: tuple[bytes, ...], where: str) -> Signed:
    gpgv = shutil.which("gpgv")
    if gpgv is None:
        raise RepositoryError(
            f"{where}: nothing here can verify its signature",
            'pip install "ironhull[build]", or install gpgv',
        )
    with tempfile.TemporaryDirectory(prefix="ironhull-") as name:
        directory = Path(name)
        keyring, signed, text = (directory / n for n in ("keyring", "InRelease", "text"))
        keyring.write_bytes(b"".join(_dearmored(key, where) for key in keys))
        signed.write_bytes(data)
        command = [gpgv, "--homedir", name, "--status-fd", "1", "--keyring", str(keyring)]
        done = subprocess.run(
            [*command, "--output", str(text), str(signed)],
            capture_output=True,
            check=False,
            timeout=60,
        )
        status = [line.split() for line in done.stdout.decode("ascii", "replace").splitlines()]
        valid = [line[2].lower() for line in status if line[1:2] == ["VALIDSIG"]]
        if any(line[1:2] == ["BADSIG"] for line in status):
            raise RepositoryError(f"{where}: altered: the signature is wrong", _HINT)
        if not valid or not text.exists():
            raise RepositoryError(f"{where}: {_UNTRUSTED}", _HINT)
        return Signed(text.read_bytes(), tuple(sorted(valid)))


def _dearmored(key: bytes, where: str) -> bytes:
    """A key as gpgv wants it: binary (RFC 9580, 6)."""
    if not key.lstrip().startswith(b"-----BEGIN"):
        return key
    found = b""
    for block in key.split(b"-----BEGIN PGP PUBLIC KEY BLOCK-----")[1:]:
        body = block.partition(b"-----END")[0].replace(b"\r", b"").partition(b"\n\n")[2]
        lines = [line for line in body.split(b"\n") if line and not line.startswith(b"=")]
        try:
            found += base64.b64decode(b"".join(lines), validate=True)
        except binascii.Error as trouble:
            raise RepositoryError(f"{where}: a key is not OpenPGP: {trouble}") from trouble
    return found


def _line(trouble: Exception) -> str:
    """The first line; pysequoia appends a stack."""
    return (str(trouble).splitlines() or [type(trouble).__name__])[0][:200]
