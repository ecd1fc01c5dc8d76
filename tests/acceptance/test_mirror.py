"""An image and all that goes with it is pushed, mirrored twice and pulled: nothing differs."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.cli import Ironhull, checked
from tests.images import layout
from tests.registry.referrers import in_front
from tests.registry.servers import docker_registry

STATUS = b"""\
Package: libexample1
Status: install ok installed
Version: 1.2-3
Architecture: amd64

Package: example
Status: install ok installed
Version: 1.2-3
Architecture: amd64

"""


@pytest.fixture
def made(tmp_path: Path) -> Iterator[tuple[Ironhull, str, Path]]:
    """An image in a registry: SBOM and provenance in its index, VEX beside it, signed twice."""
    files = {"etc/os-release": b"ID=debian\nVERSION_ID=13\n", "var/lib/dpkg/status": STATUS}
    path = layout(tmp_path, "image", files)
    first = Ironhull(tmp_path / "first", extra={"COSIGN_PASSWORD": "", "HOME": str(tmp_path)})
    with docker_registry(tmp_path / "origin") as host:
        name = f"{host}/team/web:1"
        first("copy", "-q", f"oci-dir://{path}", f"local://{name}")
        (tmp_path / "provenance.json").write_text(
            json.dumps({"buildDefinition": {"buildType": "https://example.org/build",
                                            "externalParameters": {"source": "example"}},
                        "runDetails": {"builder": {"id": "https://example.org/builder"}}})
        )  # fmt: skip
        first("attest", "-q", f"local://{name}", "spdx", f"provenance={tmp_path}/provenance.json",
              "--storage", "index")  # fmt: skip
        first("push", "-q", name)
        first("vex", "create", "-q", name, "--vuln", "CVE-2026-0001", "--status", "not_affected",
              "--justification", "vulnerable_code_not_present", "--author", "Team",
              "-o", tmp_path / "vex.json")  # fmt: skip
        first("vex", "attach", "-q", f"registry://{name}", tmp_path / "vex.json")
        first("key", "generate", "-q", "-o", tmp_path / "team")
        first("sign", "-q", "--key", tmp_path / "team.key", f"registry://{name}")
        first("attest", "-q", f"registry://{name}", "cyclonedx", "--key", tmp_path / "team.key",
              "--storage", "tag")  # fmt: skip
        yield first, name, tmp_path / "team.pub"


def seen(ironhull: Ironhull, name: str, key: Path) -> Any:
    """What there is of an image, without where it is."""
    attached = ironhull.json("attestation", "list", f"registry://{name}")
    sbom = ironhull.json("sbom", f"registry://{name}")
    vex = json.loads(ironhull("vex", "get", "-q", f"registry://{name}"))
    verified = ironhull.json("verify", "--key", key, f"registry://{name}")
    return _placeless([attached, sbom["packages"], vex["statements"], verified], name)


def _placeless(value: Any, name: str) -> Any:
    """`value` without what says where the image `name` is."""
    if isinstance(value, dict):
        return {
            key: _placeless(item, name)
            for key, item in value.items()
            if not (isinstance(item, str) and item.removeprefix("registry://").startswith(name))
        }
    if isinstance(value, list):
        return [_placeless(item, name) for item in value]
    return value


@pytest.mark.parametrize("api", [True, False], ids=["referrers", "fallback"])
def test_mirrored_twice_and_pulled(
    made: tuple[Ironhull, str, Path], tmp_path: Path, api: bool
) -> None:
    first, name, key = made
    repository = name.removesuffix(":1")
    with (
        docker_registry(tmp_path / "one") as back,
        docker_registry(tmp_path / "two") as two,
        in_front(back, api=api) as one,
    ):
        (image,) = first.json("mirror", repository, f"{one.host}/mirrored/")["images"]
        (again,) = first.json("mirror", f"{one.host}/mirrored/team/web", f"{two}/web")["images"]
        assert image["digest"] == again["digest"]
        assert {item["digest"] for item in image["referrers"]} == {
            item["digest"] for item in again["referrers"]
        }
        assert len(image["referrers"]) >= 3
        expected = seen(first, name, key)
        assert seen(first, f"{one.host}/mirrored/team/web:1", key) == expected
        assert seen(first, f"{two}/web:1", key) == expected
        cosign = shutil.which("cosign")
        if cosign is not None:
            checked([cosign, "verify", "--key", str(key), "--insecure-ignore-tlog",
                     "--allow-http-registry", f"{two}/web:1"])  # fmt: skip
        second = Ironhull(tmp_path / "second")
        assert image["digest"] in second("pull", "-q", f"{two}/web:1")
        second("verify", "-q", "--key", key, f"local://{two}/web:1")
        kinds = {
            item["predicate_type"]
            for item in second.json("attestation", "list", f"local://{two}/web:1")["attestations"]
        }
        assert {"https://slsa.dev/provenance/v1", "https://spdx.dev/Document"} <= kinds
