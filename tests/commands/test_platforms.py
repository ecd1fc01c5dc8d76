"""`--platform all`: every platform of an image, wherever it is, in one run."""

import io
import json
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ironhull.commands import run
from ironhull.oci import layers
from tests.catalogers.test_dpkg import OS_RELEASE, stanza
from tests.oci._craft import Layout, file, layer
from tests.registry.servers import docker_registry
from tests.sources.engines import docker

STATUS = "var/lib/dpkg/status"
PLATFORMS = {"amd64": "libc6", "arm64": "libc6-arm"}
SHARED = layer(file("etc/os-release", OS_RELEASE))


def _layout() -> Layout:
    """Two platforms with a layer in common, one package each."""
    made = Layout()
    entries = []
    for arch, package in PLATFORMS.items():
        own = layer(file(STATUS, stanza(package, "2.41-12")))
        platform = {"os": "linux", "architecture": arch}
        entries.append(made.manifest(SHARED, own, architecture=arch, platform=platform))
    made.top = [made.index(*entries)]
    return made


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return _layout().write(tmp_path / "image")


def _archive(root: Path) -> Path:
    path = root.parent / "image.tar"
    with tarfile.open(path, "w") as tar:
        tar.add(root, ".")
    return path


def lines(capfd: pytest.CaptureFixture[str], *argv: str, code: int = 0) -> list[dict[str, Any]]:
    assert run([*argv, "--platform", "all", "--format", "json"]) == code
    return list(_documents(capfd.readouterr().out))


def _documents(text: str) -> Iterator[dict[str, Any]]:
    """One after the other, as jq reads them."""
    while text.strip():
        document, end = json.JSONDecoder().raw_decode(text)
        yield document
        text = text[end:].lstrip()


def _packages(documents: list[dict[str, Any]]) -> dict[str, list[str]]:
    return {d["subject"]["platform"]: [p["name"] for p in d["packages"]] for d in documents}


EXPECTED = {"linux/amd64": ["libc6"], "linux/arm64": ["libc6-arm"]}


def test_json_is_one_document_a_line(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for reference in (f"oci-dir://{root}", f"archive://{_archive(root)}"):
        assert run(["sbom", reference, "--platform", "all"]) == 0
        out = capfd.readouterr().out
        assert _packages([json.loads(line) for line in out.splitlines()]) == EXPECTED


def test_the_store_has_what_was_copied(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["copy", f"oci-dir://{root}", "local://many:1", "--platform", "all", "-q"]) == 0
    capfd.readouterr()
    assert _packages(lines(capfd, "sbom", "local://many:1")) == EXPECTED
    assert _packages(lines(capfd, "sbom", "many:1")) == EXPECTED
    assert _packages(lines(capfd, "sbom", "many:1", "--no-cache")) == EXPECTED


def test_each_document_is_that_of_the_platform_alone(
    root: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for command in ("sbom", "quickview", "cves"):
        reference = f"oci-dir://{root}"
        together = lines(capfd, command, reference)
        for document, arch in zip(together, PLATFORMS, strict=True):
            argv = [command, reference, "--platform", f"linux/{arch}", "--format", "json"]
            assert run(argv) == 0
            assert document == json.loads(capfd.readouterr().out)


def test_text_has_a_section_each(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for command, form in [("sbom", "list"), ("quickview", "text"), ("cves", "markdown")]:
        assert run([command, f"oci-dir://{root}", "--platform", "all", "--format", form]) == 0
        out = capfd.readouterr().out
        mark = "## {}" if form == "markdown" else "── {} ──"
        headings = [mark.format(platform) for platform in EXPECTED]
        assert [line for line in out.splitlines() if line in headings] == headings


@pytest.mark.parametrize("form", ["spdx", "cyclonedx"])
def test_a_document_of_one_image_goes_to_a_file_each(
    form: str, root: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    argv = ["sbom", f"oci-dir://{root}", "--platform", "all"]
    for wrong in (["--format", form], ["-o", f"{form}={tmp_path}/one"]):
        assert run([*argv, *wrong]) == 64
        assert "{platform}" in capfd.readouterr().err
    assert run([*argv, "-o", f"{form}={tmp_path}/{{platform}}.json", "-o", "list=-"]) == 0
    assert "libc6-arm" in capfd.readouterr().out
    assert not list(tmp_path.glob("one*"))
    for platform, packages in EXPECTED.items():
        path = tmp_path / f"{platform.replace('/', '-')}.json"
        assert _packages(lines(capfd, "sbom", f"sbom://{path}")) == {platform: packages}


@pytest.mark.parametrize("caching", [[], ["--no-cache"]])
def test_a_layer_in_common_is_read_once(
    caching: list[str],
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    from ironhull.oci import _reading

    read: list[str] = []

    def counted(layer: Any, *rest: Any, **named: Any) -> Any:
        read.append(layer.diff_id)
        return layers.read_layer(layer, *rest, **named)

    monkeypatch.setattr(_reading, "read_layer", counted)
    assert len(lines(capfd, "sbom", f"oci-dir://{root}", *caching)) == 2
    assert len(read) == len(set(read)) == 3


def test_an_image_for_one_platform_is_as_without(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    made = Layout()
    made.top.append(made.manifest(SHARED, layer(file(STATUS, stanza("a", "1")))))
    root = made.write(tmp_path / "one")
    for form in ("json", "spdx", "list"):
        argv = ["sbom", f"oci-dir://{root}", "--format", form]
        assert run(argv) == 0
        alone = capfd.readouterr()
        assert run([*argv, "--platform", "all"]) == 0
        assert capfd.readouterr() == alone


def test_a_platform_that_is_damaged_does_not_hide_the_others(
    root: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    index = json.loads((root / "index.json").read_bytes())["manifests"][0]["digest"]
    inner = json.loads((root / "blobs" / index.replace(":", "/")).read_bytes())["manifests"]
    (root / "blobs" / inner[1]["digest"].replace(":", "/")).unlink()
    for command in ("sbom", "cves", "quickview"):
        assert run([command, f"oci-dir://{root}", "--platform", "all", "--format", "json"]) == 1
        out, err = capfd.readouterr()
        assert len([json.loads(out)]) == 1
        assert err.startswith("ironhull: linux/arm64: ")
        assert err.count("\n") == 1
    (root / "blobs" / inner[0]["digest"].replace(":", "/")).unlink()
    assert run(["sbom", f"oci-dir://{root}", "--platform", "all"]) == 1
    assert capfd.readouterr().out == ""


def test_the_exit_code_is_the_worst(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    argv = ["cves", f"oci-dir://{root}", "--platform", "all", "--only-package-type", "npm"]
    assert run(argv) == 0
    assert run([*argv, "--exit-code"]) == 1
    err = capfd.readouterr().err
    assert [line.split()[1] for line in err.splitlines() if line.startswith("ironhull:")] == [
        "linux/amd64:",
        "linux/arm64:",
    ]


def test_buildkits_sboms_by_platform(
    root: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    spec = f"spdx={tmp_path}/{{platform}}"
    assert run(["sbom", f"oci-dir://{root}", "--platform", "all", "-o", spec]) == 0
    held = {
        platform: {"SPDX": json.loads((tmp_path / platform.replace("/", "-")).read_bytes())}
        for platform in EXPECTED
    }
    text = json.dumps(held).encode()
    (tmp_path / "held.json").write_bytes(text)
    assert _packages(lines(capfd, "sbom", f"sbom://{tmp_path}/held.json")) == EXPECTED
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    assert _packages(lines(capfd, "sbom", "sbom://-")) == EXPECTED


def test_directories_are_for_the_platform_of_this_machine(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    argv = ["sbom", f"fs://{tmp_path}", "--format", "json"]
    assert run(argv) == 0
    alone = capfd.readouterr().out
    assert run([*argv, "--platform", "all"]) == 0
    assert capfd.readouterr().out == alone


@pytest.mark.parametrize("command", ["compare --to a b", "base build python:3.13"])
def test_where_one_platform_is_meant(command: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run([*command.split(), "--platform", "all"]) == 64
    assert "one platform" in capfd.readouterr().err


def test_a_registry(root: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with docker_registry(tmp_path / "registry") as host:
        name = f"{host}/team/app:1"
        assert run(["copy", f"oci-dir://{root}", f"registry://{name}", "-q"]) == 0
        capfd.readouterr()
        assert _packages(lines(capfd, "sbom", f"registry://{name}")) == EXPECTED
        assert _packages(lines(capfd, "sbom", name, "--no-cache")) == EXPECTED


@pytest.mark.root
def test_an_engine(
    root: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with docker("containerd") as engine:  # the other store has one platform of an image
        for name, value in engine.address.items():
            monkeypatch.setenv(name, value)
        loaded = engine.run("load", "-i", _archive(root)).stdout.strip()
        image = loaded.rpartition(": ")[2].removeprefix("sha256:")
        assert _packages(lines(capfd, "sbom", f"docker://{image}")) == EXPECTED


@pytest.mark.root
def test_an_engine_that_pulled_one_platform(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with docker("containerd") as engine, docker_registry(tmp_path / "registry") as host:
        for name, value in engine.address.items():
            monkeypatch.setenv(name, value)
        name = f"{host}/team/app:1"
        assert run(["copy", f"oci-dir://{root}", f"registry://{name}", "-q"]) == 0
        engine.run("pull", "--platform", "linux/amd64", name)
        capfd.readouterr()
        found = _packages(lines(capfd, "sbom", f"docker://{name}"))
        assert found == {"linux/amd64": ["libc6"]}
