"""Chisel's manifest: packages, checksums, ownership, damage."""

import contextlib
import importlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.catalog import PROBES, catalog
from ironhull.catalogers._probes import CHISEL as PROBE
from ironhull.model import Sbom, Subject
from ironhull.oci._probing import MemoryBody
from tests.trees import DictTree

try:
    zstd = importlib.import_module("compression.zstd")
except ImportError:
    zstd = importlib.import_module("backports.zstd")

MANIFEST = "var/lib/chisel/manifest.wall"
OS_RELEASE = 'ID=ubuntu\nVERSION_ID="24.04"\nID_LIKE=debian\nVERSION_CODENAME=noble\n'
SITE = "usr/lib/python3/dist-packages"
LINES = [
    {"jsonwall": "1.0", "schema": "1.0", "count": 7},
    {"kind": "content", "slice": "python3-six_libs", "path": f"/{SITE}/six-1.egg-info/PKG-INFO"},
    {"kind": "package", "name": "libc6", "version": "2.39-0ubuntu8.6", "sha256": "a" * 64,
     "arch": "amd64"},
    {"kind": "package", "name": "python3-six", "version": "1.16.0-4", "sha256": "b" * 64,
     "arch": "all"},
    {"kind": "path", "path": "/usr/lib/", "mode": "0755", "slices": ["libc6_libs"]},
    {"kind": "slice", "name": "libc6_libs"},
]  # fmt: skip


def wall(lines: list[object]) -> bytes:
    text = "".join(json.dumps(line) + "\n" for line in lines).encode()
    packed: bytes = zstd.compress(text)
    return packed


def read(data: bytes) -> tuple[Sbom, list[str]]:
    files: dict[str, bytes | str] = {
        "etc/os-release": OS_RELEASE,
        MANIFEST: data,
        f"{SITE}/six-1.egg-info/PKG-INFO": "Name: six\nVersion: 1\n",
        "opt/own-1.dist-info/METADATA": "Name: own\nVersion: 1\n",
    }
    tree = DictTree(files, probes=PROBES)
    return catalog(tree, Subject("test")), tree.troubles


def test_packages_of_slices_and_what_they_ship() -> None:
    sbom, troubles = read(wall([*LINES]))
    assert not sbom.problems
    assert not troubles
    libc, six = (p for p in sbom.packages if p.ecosystem == "deb")
    assert libc.purl == "pkg:deb/ubuntu/libc6@2.39-0ubuntu8.6?arch=amd64&distro=ubuntu-24.04"
    assert libc.checksums == ("sha256:" + "a" * 64,)
    owned = {p.name: p.owned_by for p in sbom.packages if p.ecosystem == "pypi"}
    assert owned == {"six": six.purl, "own": ""}


def test_lines_that_are_wrong_cost_a_problem_each() -> None:
    wrong: list[object] = [
        [],
        {"kind": "package", "name": "a b", "version": "1"},
        {"kind": "package", "name": "x", "version": 1},
        {"kind": "content", "path": 1},
    ]
    sbom, _ = read(wall([*LINES, *wrong]))
    assert len([p for p in sbom.packages if p.ecosystem == "deb"]) == 2
    assert [p.message.partition(":")[0] for p in sbom.problems] == ["line 7", "line 8", "line 9"]


def test_a_manifest_without_packages_or_cut_short_is_said() -> None:
    sbom, _ = read(wall([LINES[0]]))
    assert sbom.problems[0].message == "lists no package"
    sbom, troubles = read(wall([*LINES])[:-9])
    assert len(troubles) == 1
    assert any("none of its packages" in problem.message for problem in sbom.problems)


def test_a_manifest_that_is_not_compressed_is_read() -> None:
    text = "\n".join(json.dumps(line) for line in LINES)
    assert len(read(text.encode())[0].packages) == 4


def test_a_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from ironhull import limits

    monkeypatch.setattr("ironhull.catalogers.chisel.LIMITS", limits.Limits(file_bytes=10_000))
    _, troubles = read(zstd.compress(b"\n" * 1_000_000))
    assert ["more than 10000 bytes" in trouble for trouble in troubles] == [True]


@given(st.binary(max_size=200))
def test_no_manifest_crashes(data: bytes) -> None:
    with contextlib.suppress(ValueError):
        PROBE.extract(MANIFEST, MemoryBody(data))
