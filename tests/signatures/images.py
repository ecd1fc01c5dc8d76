"""Images with a place beside them to sign in: a layout on disk, a registry."""

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ironhull.attestations import Place
from ironhull.attesting import open_place
from ironhull.commands import run
from ironhull.config import load_settings
from ironhull.signing import PrivateKey, Trust, write_private_key, write_public_key
from tests.registry.content import Example, example

NOW = "2026-06-01T00:00:00Z"


def in_layout(directory: Path, salt: str = "") -> tuple[Example, str]:
    """An image of two platforms in a layout of its own, and its name."""
    made = example(salt)
    made.content.write(directory / "layout", "app:1", made.root)
    return made, f"oci-dir://{directory / 'layout'}:app:1"


def in_registry(directory: Path, host: str, name: str = "app") -> tuple[Example, str]:
    """The same pushed to a registry."""
    made, layout = in_layout(directory, name)
    assert run(["copy", layout, f"{host}/{name}:1", "--plain-http", "-q"]) == 0
    return made, f"{host}/{name}:1"


def place(name: str) -> Place:
    return open_place(name, load_settings(), plain_http=True)


def trust(*keys: PrivateKey) -> Trust:
    return Trust(keys=tuple(key.public for key in keys), now=NOW)


def key_files(directory: Path, key: PrivateKey, name: str = "our", password: bytes = b"x") -> Path:
    """`name`.key in cosign's format and `name`.pub; gives the folder."""
    (directory / f"{name}.key").write_bytes(write_private_key(key, password))
    (directory / f"{name}.pub").write_bytes(write_public_key(key.public))
    return directory


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


@contextlib.contextmanager
def altered(path: Path, data: bytes) -> Iterator[None]:
    """`path` holds other bytes for a while."""
    before = path.read_bytes()
    path.write_bytes(data)
    try:
        yield
    finally:
        path.write_bytes(before)


def call(words: list[str], cwd: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run a program that may use the network of this machine alone."""
    environment = {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": str(cwd),
        "COSIGN_PASSWORD": "x",
        "no_proxy": "127.0.0.1",
        **variables,
    }
    return subprocess.run(
        words, cwd=cwd, env=environment, capture_output=True, text=True, timeout=120
    )
