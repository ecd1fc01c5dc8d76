"""Small signed Debian archives made in code, reached by file URLs."""

import gzip
import hashlib
import lzma
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from typing import Any

import pysequoia

from ironhull.debian.model import Repository

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@cache
def key(name: str = "archive") -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pysequoia.Cert.generate(f"{name} <{name}@example.org>")


def public(name: str = "archive") -> bytes:
    return bytes(key(name))


def clearsigned(text: str, signer: str = "archive") -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        secret = key(signer).secrets.signer()
    signed = pysequoia.sign(secret, text.encode(), mode=pysequoia.SignatureMode.CLEAR)
    return bytes(signed)


def stanza(name: str, version: str = "1.0", **fields: str) -> str:
    """A stanza of Packages; `Pre_Depends="x"` is Pre-Depends."""
    content = f"{name} {version}".encode()
    given = {
        "Package": name,
        "Version": version,
        "Architecture": "amd64",
        "Filename": f"pool/{name}_{version.replace(':', '%3a')}.deb",
        "Size": str(len(content)),
        "SHA256": hashlib.sha256(content).hexdigest(),
    } | {k.replace("_", "-"): v for k, v in fields.items()}
    return "".join(f"{k}: {v}\n" for k, v in given.items() if v)


@dataclass
class ArchiveOnDisk:
    """An archive under `root`; change the fields, then `write()`."""

    root: Path
    stanzas: Iterable[str] = ()
    suite: str = "trixie"
    signer: str = "archive"
    fields: Mapping[str, str] = field(default_factory=dict)
    suffixes: tuple[str, ...] = (".xz", ".gz")

    @property
    def repository(self) -> Repository:
        return Repository(self.root.as_uri(), self.suite, ("main",))

    @property
    def dist(self) -> Path:
        return self.root / "dists" / self.suite

    def write(self) -> "ArchiveOnDisk":
        packages = "\n".join(self.stanzas).encode()
        packed = {"": packages, ".xz": lzma.compress(packages), ".gz": gzip.compress(packages)}
        listed = ""
        for suffix, data in packed.items():
            digest = hashlib.sha256(data).hexdigest()
            path = f"main/binary-amd64/Packages{suffix}"
            if suffix in ("", *self.suffixes):
                listed += f" {digest} {len(data):8} {path}\n"
            if suffix in self.suffixes:
                by_hash = self.dist / "main/binary-amd64/by-hash/SHA256" / digest
                for dest in (self.dist / path, by_hash):
                    dest.parent.mkdir(parents=True, exist_ok=True)
                    dest.write_bytes(data)
        fields = {
            "Origin": "Test",
            "Suite": "stable",
            "Codename": self.suite,
            "Date": format_datetime(NOW - timedelta(days=1), usegmt=False),
            "Architectures": "amd64 arm64",
            "Components": "main",
            "Acquire-By-Hash": "yes",
        } | dict(self.fields)
        text = "".join(f"{k}: {v}\n" for k, v in fields.items() if v) + f"SHA256:\n{listed}"
        (self.dist / "InRelease").write_bytes(clearsigned(text, self.signer))
        for name, version in _names(self.stanzas):
            deb = self.root / "pool" / f"{name}_{version.replace(':', '%3a')}.deb"
            deb.parent.mkdir(parents=True, exist_ok=True)
            deb.write_bytes(f"{name} {version}".encode())
        return self


def _names(stanzas: Iterable[str]) -> list[tuple[str, str]]:
    found = []
    for text in stanzas:
        fields = dict(line.split(": ", 1) for line in text.splitlines())
        found.append((fields["Package"], fields["Version"]))
    return found
