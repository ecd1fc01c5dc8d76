"""Private keys: their files and passwords."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ironhull.errors import StoreError, UsageError

if TYPE_CHECKING:
    from ironhull.signing import PrivateKey

__all__ = ["PASSWORD", "load_key", "new_password", "write_new"]

PASSWORD = "COSIGN_PASSWORD"  # noqa: S105 - the variable's name, which cosign chose


def load_key(file: str) -> PrivateKey:
    """The private key in `file`; its password comes from COSIGN_PASSWORD, or is asked for.

    Raises SignatureError.
    """
    from ironhull.signatures import read_key_file
    from ironhull.signing import is_encrypted, read_private_key

    data = read_key_file(file)
    password = _password(f"password of {file}: ") if is_encrypted(data) else None
    return read_private_key(data, password, file)


def new_password() -> bytes:
    """A password for a new key: COSIGN_PASSWORD, or asked for twice. Raises UsageError."""
    first = _password("password of the new key (empty for none): ")
    if first is None:
        raise UsageError(
            "the new key needs a password, and nobody is there to type one",
            f"set {PASSWORD}, or give --no-password",
        )
    if PASSWORD not in os.environ and first != _password("the same again: "):
        raise UsageError("the passwords differ", "try again")
    return first


def _password(prompt: str) -> bytes | None:
    said = os.environ.get(PASSWORD)
    if said is not None:
        return said.encode("utf-8", "surrogateescape")
    if sys.stdin is None or not sys.stdin.isatty():
        return None
    import getpass

    return getpass.getpass(prompt, sys.stderr).encode("utf-8", "surrogateescape")


def write_new(path: Path, data: bytes, *, mode: int) -> None:
    """Write a file that was not there, for its owner alone with mode 0o600; raises StoreError."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise StoreError(
            f"{path} is there already", "a key is never replaced: choose another --output"
        ) from None
    except OSError as trouble:
        from ironhull.oci.storage import storage_error

        raise storage_error(trouble, f"cannot write {path}") from trouble
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)
