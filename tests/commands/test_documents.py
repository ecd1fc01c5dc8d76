"""An SBOM scanned again gives what its image gave, whatever format it was written in."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from ironhull.commands import run
from tests.catalogers.test_dpkg import OS_RELEASE, stanza
from tests.catalogers.test_python import DEBIAN_FLASK, SITE, metadata
from tests.images import archive

Capture = pytest.CaptureFixture[str]
FORMATS = ("json", "spdx", "cyclonedx")

BASE = {
    "etc/os-release": OS_RELEASE,
    "var/lib/dpkg/status": stanza("libssl3t64", "3.5.1-1", Source="openssl")
    + stanza("libc6", "2.41-1", Source="glibc (2.41-1)")
    + stanza("python3-flask", "3.0.0-1", Depends="libc6"),
    "var/lib/dpkg/info/python3-flask.list": f"/{DEBIAN_FLASK}\n",
    DEBIAN_FLASK: metadata("flask", "3.0.0"),
}
APP = {
    f"{SITE}/jinja2-3.1.2.dist-info/METADATA": metadata("Jinja2", "3.1.2"),
    "srv/node_modules/@babel/core/package.json": '{"name": "@babel/core", "version": "7.0.0"}',
    "opt/bitnami/pg/.spdx-pg.spdx": json.dumps({
        "spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "name": "pg",
        "packages": [{
            "name": "pg", "SPDXID": "SPDXRef-pg", "versionInfo": "16",
            "externalRefs": [{
                "referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                "referenceLocator": "pkg:bitnami/pg@16?arch=amd64&distro=debian-13",
            }],
        }],
    }),
}  # fmt: skip


@pytest.fixture
def image(tmp_path: Path) -> str:
    return f"archive://{archive(tmp_path, 'web:1', [BASE, APP])}"


@pytest.fixture
def documents(image: str, tmp_path: Path) -> dict[str, str]:
    paths = {name: tmp_path / f"web.{name}" for name in FORMATS}
    outputs = [part for n, p in paths.items() for part in ("--output", f"{n}={p}")]
    assert run(["sbom", image, *outputs]) == 0
    return {name: f"sbom://{path}" for name, path in paths.items()}


def said(capfd: Capture, *argv: str) -> dict[str, Any]:
    capfd.readouterr()
    assert run([*argv, "--format", "json"]) == 0
    return json.loads(capfd.readouterr().out)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("command", ["cves", "quickview"])
def test_the_same_report(
    command: str, name: str, image: str, documents: dict[str, str], capfd: Capture
) -> None:
    expected, found = said(capfd, command, image), said(capfd, command, documents[name])
    assert "CVE-" in json.dumps(expected) or command == "quickview"
    for report in (expected, found):
        report.pop("policies", None)  # an SBOM has no configuration, attestations or layers
    assert found == expected


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_packages(
    name: str, image: str, documents: dict[str, str], capfd: Capture
) -> None:
    expected, found = said(capfd, "sbom", image), said(capfd, "sbom", documents[name])
    assert found["packages"] == expected["packages"]
    assert found["counts"] == expected["counts"]
    assert found["subject"] == expected["subject"]
    assert found["counts"] == {
        "packages": 6, "owned": 1, "by_ecosystem": {"bitnami": 1, "deb": 3, "npm": 1, "pypi": 1},
    }  # fmt: skip


@pytest.mark.parametrize("name", FORMATS)
def test_compared_with_its_image_nothing_changed(
    name: str, image: str, documents: dict[str, str], capfd: Capture
) -> None:
    assert run(["compare", documents[name], "--to", image, "--exit-on", "package"]) == 0


def test_from_standard_input(
    documents: dict[str, str], capfd: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = Path(documents["spdx"].removeprefix("sbom://")).read_bytes()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert said(capfd, "sbom", "sbom://-")["counts"]["packages"] == 6


def test_another_platform_is_refused(documents: dict[str, str], capfd: Capture) -> None:
    assert run(["sbom", documents["json"], "--platform", "linux/s390x"]) == 1
    assert "is about linux/amd64, not linux/s390x" in capfd.readouterr().err
