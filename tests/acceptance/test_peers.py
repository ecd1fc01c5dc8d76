"""Other people's tools take our images and list what we list (docs/accuracy.md)."""

import json
import os
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

import pytest

from tests.acceptance.cli import ROOT, checked
from tests.acceptance.conftest import Web

pytestmark = [pytest.mark.network, pytest.mark.slow]

Packages = set[tuple[str, str, str]]
"""Ecosystem, name, version."""


def tool(name: str) -> str:
    """The path of a tool, on PATH or where `make bench` puts it; skips where there is none."""
    beside = ROOT / ".venv-bench" / "bin"
    found = shutil.which(name, path=f"{os.environ['PATH']}{os.pathsep}{beside}")
    if found is None:
        pytest.skip(f"{name} is not installed (scripts/test-packages.sh, bench/peers.sh)")
    return found


@pytest.fixture
def bare(web: Web, image: str, tmp_path: Path) -> Path:
    """An OCI layout with nothing but the image."""
    web.ironhull("images", image, "--export", f"oci-dir={tmp_path / 'bare'}", "--no-attestations")
    return tmp_path / "bare"


def identity(purl: str) -> tuple[str, str, str]:
    """What a package URL says is installed; spelling of Python names as PyPI normalises it.

    Trivy writes the epoch of a Debian version as a qualifier.
    """
    path, _, qualifiers = purl.removeprefix("pkg:").partition("?")
    kind, _, rest = path.partition("/")
    name, _, version = rest.rpartition("@")
    name = unquote(name).rpartition("/")[2]
    if epoch := parse_qs(qualifiers).get("epoch"):
        version = f"{epoch[0]}:{version}"
    if kind == "pypi":
        name = name.lower().replace("_", "-").replace(".", "-")
    return kind, name, unquote(version)


def ours(web: Web, image: str) -> tuple[Packages, Packages]:
    """All packages, and of them those that a Debian package ships."""
    listed = web.ironhull.json("sbom", image)["packages"]
    return (
        {identity(package["purl"]) for package in listed},
        {identity(package["purl"]) for package in listed if package.get("owned_by")},
    )


def components(document: str) -> Packages:
    """The packages of a CycloneDX document."""
    parts: list[dict[str, Any]] = json.loads(document)["components"]
    return {identity(part["purl"]) for part in parts if part.get("purl")}


def trivy(path: Path, cache: Path, *more: str) -> Packages:
    options = ["--offline-scan", "--skip-db-update", "--skip-java-db-update", "-q"]
    options += ["--skip-version-check", "--disable-telemetry", "--cache-dir", str(cache), *more]
    read = [tool("trivy"), "image", "--input", str(path), "--format", "cyclonedx", *options]
    return components(checked(read))


def syft(*words: str) -> Packages:
    environment = {**os.environ, "SYFT_CHECK_FOR_APP_UPDATE": "false"}
    read = [tool("syft"), *words, "-o", "cyclonedx-json", "-q"]
    return components(checked(read, env=environment))


@pytest.mark.parametrize("kind", ["oci-dir", "docker-archive"])
def test_trivy_lists_the_same(web: Web, image: str, kind: str, tmp_path: Path) -> None:
    tool("trivy")
    path = tmp_path / "image"
    web.ironhull("images", image, "--export", f"{kind}={path}")
    found = trivy(path, tmp_path / "cache")
    listed, owned = ours(web, image)
    assert found == listed - owned
    assert len({p for p in found if p[0] == "deb"}) > 20
    assert ("pypi", "flask", "3.0.3") in found


def test_syft_lists_the_same(web: Web, image: str, bare: Path) -> None:
    found = syft("scan", f"oci-dir:{bare}")
    listed, _ = ours(web, image)
    assert found == listed


def test_trivy_and_syft_read_our_documents(web: Web, image: str, tmp_path: Path) -> None:
    listed, _ = ours(web, image)
    for kind in ("spdx", "cyclonedx"):
        document = tmp_path / f"{kind}.json"
        web.ironhull("sbom", image, "--output", f"{kind}={document}")
        read = [tool("trivy"), "sbom", str(document), "--format", "cyclonedx", "--offline-scan"]
        read += ["--skip-db-update", "--skip-java-db-update", "--skip-version-check", "-q"]
        read += ["--disable-telemetry", "--cache-dir", str(tmp_path / "cache")]
        assert components(checked(read)) >= listed
        assert syft("convert", str(document)) >= listed


def test_skopeo_inspects_store_and_exports(web: Web, image: str, bare: Path) -> None:
    skopeo = tool("skopeo")
    said = web.ironhull.json("quickview", image)["image"]
    store = web.ironhull.home / "images"
    for source, digest in ((store, said["index_digest"]), (bare, said["digest"])):
        found = json.loads(checked([skopeo, "inspect", f"oci:{source}:{image}"]))
        assert (found["Digest"], found["Os"]) == (digest, "linux")
        config = json.loads(checked([skopeo, "inspect", "--config", f"oci:{source}:{image}"]))
        assert config["config"]["User"].partition(":")[0] == said["user"].partition(":")[0]
        assert config["created"] == said["created"] == found["Created"]


def unpacked(source: str, bundle: Path) -> Path:
    rootless = [] if os.geteuid() == 0 else ["--rootless"]
    checked([tool("umoci"), "unpack", *rootless, "--image", source, str(bundle)])
    return bundle / "rootfs"


def check_root(root: Path, web: Web, image: str) -> None:
    """The unpacked image has the packages its record says, and they are the ones we list."""
    found = web.ironhull.json("sbom", f"fs://{root}")
    listed, _ = ours(web, image)
    assert {identity(package["purl"]) for package in found["packages"]} == listed
    config = json.loads((root.parent / "config.json").read_text("utf-8"))
    user = web.ironhull.json("quickview", image)["image"]["user"].partition(":")[0]
    assert str(config["process"]["user"]["uid"]) == user


def test_umoci_unpacks(web: Web, image: str, bare: Path, tmp_path: Path) -> None:
    check_root(unpacked(f"{bare}:{image}", tmp_path / "bundle"), web, image)


def test_skopeo_copies_for_umoci(web: Web, image: str, tmp_path: Path) -> None:
    tool("umoci")
    store = f"oci:{web.ironhull.home / 'images'}:{image}"
    plain = f"{tmp_path / 'plain'}:it"
    checked([tool("skopeo"), "--insecure-policy", "copy", "-q", store, f"oci:{plain}"])
    check_root(unpacked(plain, tmp_path / "bundle"), web, image)
