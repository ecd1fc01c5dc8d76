"""A database of vulnerabilities for Trivy that holds what a test wants, and Trivy run with it.

Trivy's database is a bbolt file (go.etcd.io/bbolt, page.go and bucket.go): two meta pages, a free
list, and one leaf page with every bucket inline. Buckets: "vulnerability" (name -> details),
"data-source" (platform -> who says so) and one for each platform (package -> name -> advisory).
"""

from __future__ import annotations

import json
import struct
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.acceptance.cli import checked

_PAGE = 4096
_META, _FREE, _LEAF = 0x04, 0x10, 0x02
_BUCKET = 1
_MAGIC, _VERSION = 0xED0CDAED, 2

Tree = Mapping[str, "Tree | bytes"]
"""Buckets in buckets; bytes are values."""


def bolt(tree: Tree) -> bytes:
    """A bbolt file of these buckets."""
    leaf = _leaf(3, tree)
    leaf += bytes(-len(leaf) % _PAGE)
    pages = len(leaf) // _PAGE
    leaf = leaf[:12] + struct.pack("<I", pages - 1) + leaf[16:]
    free = struct.pack("<QHHI", 2, _FREE, 0, 0).ljust(_PAGE, b"\0")
    return b"".join((_meta(0, pages), _meta(1, pages), free, leaf))


def _meta(number: int, pages: int) -> bytes:
    body = struct.pack("<IIIIQQQQQ", _MAGIC, _VERSION, _PAGE, 0, 3, 0, 2, 3 + pages, number)
    total = 0xCBF29CE484222325  # FNV-1a
    for byte in body:
        total = ((total ^ byte) * 0x100000001B3) % (1 << 64)
    head = struct.pack("<QHHI", number, _META, 0, 0)
    return (head + body + struct.pack("<Q", total)).ljust(_PAGE, b"\0")


def _leaf(number: int, tree: Tree) -> bytes:
    rows = []
    for key, value in sorted((key.encode(), value) for key, value in tree.items()):
        if isinstance(value, bytes):
            rows.append((0, key, value))
        else:
            rows.append((_BUCKET, key, struct.pack("<QQ", 0, 0) + _leaf(0, value)))
    head = struct.pack("<QHHI", number, _LEAF, len(rows), 0)
    elements, data = b"", b""
    for place, (flags, key, value) in enumerate(rows):
        # where the key begins, counted from this element
        start = 16 * (len(rows) - place) + len(data)
        elements += struct.pack("<IIII", flags, start, len(key), len(value))
        data += key + value
    return head + elements + data


def write_cache(cache: Path, advisories: Iterable[tuple[str, str, str, dict[str, Any]]]) -> None:
    """A cache directory with a database of (platform, package, vulnerability, advisory)."""
    tree: dict[str, Any] = {"vulnerability": {}, "data-source": {}}
    for platform, package, name, advisory in advisories:
        of_package = tree.setdefault(platform, {}).setdefault(package, {})
        of_package[name] = json.dumps(advisory).encode()
        tree["vulnerability"][name] = json.dumps({"Title": name, "Severity": "HIGH"}).encode()
        source = {"ID": "test", "Name": "test", "URL": "https://example.org"}
        tree["data-source"][platform] = json.dumps(source).encode()
    place = cache / "db"
    place.mkdir(parents=True, exist_ok=True)
    (place / "trivy.db").write_bytes(bolt(tree))
    (place / "metadata.json").write_text(
        json.dumps(
            {
                "Version": 2,
                "NextUpdate": "2099-01-01T00:00:00Z",
                "UpdatedAt": "2026-01-01T00:00:00Z",
                "DownloadedAt": "2026-01-01T00:00:00Z",
            }
        )
    )


def scan(trivy: str, cache: Path, *words: str) -> dict[str, Any]:
    """What `trivy WORDS…` reports with the database in `cache`."""
    options = ["--format", "json", "--show-suppressed", "--skip-db-update", "--offline-scan"]
    options += ["--skip-java-db-update", "--skip-version-check", "--disable-telemetry", "-q"]
    options += ["--scanners", "vuln", "--cache-dir", str(cache)]
    found: dict[str, Any] = json.loads(checked([trivy, *words, *options], timeout=120))
    return found


def version(trivy: str) -> str:
    """What Trivy calls itself."""
    said = subprocess.run([trivy, "--version"], check=True, capture_output=True, text=True).stdout
    return said.split()[1]
