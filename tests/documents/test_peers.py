"""Trivy's and Syft's own documents of an image give what the image gives."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ironhull.catalog import PATTERNS, PROBES, catalog
from ironhull.documents import read_document
from ironhull.ecosystems import ECOSYSTEMS
from ironhull.model import Sbom
from ironhull.oci.tree import read_tree
from ironhull.sources.layout import open_layout
from ironhull.subject import subject_of
from tests.catalogers.test_dpkg import OS_RELEASE, stanza
from tests.catalogers.test_python import SITE, metadata
from tests.images import layout

ROOT = Path(__file__).resolve().parent.parent.parent
FILES = {
    "etc/os-release": OS_RELEASE,
    "etc/debian_version": "13.7\n",
    "var/lib/dpkg/status": stanza("libc6", "2.41-12", Source="glibc")
    + stanza("bsdutils", "1:2.41-5", Source="util-linux (2.41-5)")
    + stanza("python3-pip", "25.1.1+dfsg-1", Depends="libc6"),
    "var/lib/dpkg/info/python3-pip.list": "/usr/lib/python3/dist-packages/pip-25.1.1.dist-info"
    "/METADATA\n",
    "usr/lib/python3/dist-packages/pip-25.1.1.dist-info/METADATA": metadata("pip", "25.1.1"),
    f"{SITE}/Flask_Cors-4.0.0.dist-info/METADATA": metadata("Flask-Cors", "4.0.0"),
    "srv/node_modules/@babel/core/package.json": '{"name": "@babel/core", "version": "7.0.0"}',
}


def tool(name: str) -> str:
    """The path of a tool, on PATH or where `make bench` puts it; skips where there is none."""
    beside = ROOT / ".venv-bench" / "bin"
    found = shutil.which(name, path=f"{os.environ['PATH']}{os.pathsep}{beside}")
    if found is None:
        pytest.skip(f"{name} is not installed (scripts/test-packages.sh, bench/peers.sh)")
    return found


def facts(sbom: Sbom) -> set[tuple[str, ...]]:
    """What matching goes by: scope, name in it, version, version of the source package."""
    found = set()
    for package in sbom.counted:
        row = ECOSYSTEMS.get(package.ecosystem)
        scope, name = package.ecosystem, package.name
        if row is not None:
            scope, name = row.scopes(package, sbom.distro)[0], row.names(package)[0]
        found.add((scope, name, package.version, package.source.version or package.version))
    return found


@pytest.fixture
def image(tmp_path: Path) -> Path:
    return layout(tmp_path, "web:1", FILES)


@pytest.fixture
def expected(image: Path) -> set[tuple[str, ...]]:
    opened = open_layout(str(image), None)
    tree, _ = read_tree(opened, PATTERNS, PROBES)
    return facts(catalog(tree, subject_of(opened, disk_size=0)))


@pytest.mark.parametrize("kind", ["cyclonedx", "spdx-json", "spdx"])
def test_trivy(kind: str, image: Path, expected: set[tuple[str, ...]], tmp_path: Path) -> None:
    command = [tool("trivy"), "image", "--input", str(image), "--format", kind, "-q"]
    command += ["--offline-scan", "--skip-db-update", "--skip-java-db-update"]
    command += ["--skip-version-check", "--disable-telemetry", "--cache-dir", str(tmp_path / "c")]
    done = subprocess.run(command, capture_output=True, check=True)
    assert facts(read_document(done.stdout, kind)) == expected


@pytest.mark.parametrize(
    "kind",
    ["syft-json", "cyclonedx-json", "cyclonedx-xml", "spdx-json", "spdx-json@2.2",
     "spdx-tag-value", "github-json"],
)  # fmt: skip
def test_syft(kind: str, image: Path, expected: set[tuple[str, ...]]) -> None:
    command = [tool("syft"), f"oci-dir:{image}", "-o", kind, "-q"]
    environment = {**os.environ, "SYFT_CHECK_FOR_APP_UPDATE": "false"}
    done = subprocess.run(command, capture_output=True, check=True, env=environment)
    assert facts(read_document(done.stdout, kind)) == expected
