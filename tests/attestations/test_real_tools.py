"""What we attach other tools find and verify, what they attach we find and verify: cosign, oras,
docker buildx, against Debian's docker-registry."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ironhull.commands import run
from tests.registry.content import example
from tests.registry.servers import docker_registry

VEX = {"@context": "https://openvex.dev/ns/v0.2.0", "statements": []}
SPDX = {"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "packages": []}
PASSWORD = "of-the-tests"


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with docker_registry(tmp_path_factory.mktemp("registry")) as host:
        yield host


def tool(name: str, *words: str, home: Path, code: int | None = 0) -> str:
    """What a tool says; skipped where it is not installed."""
    program = shutil.which(name)
    if program is None:
        pytest.skip(f"{name} is not installed")
    environment = {**os.environ, "COSIGN_PASSWORD": PASSWORD, "HOME": str(home)}
    done = subprocess.run(
        [program, *words], capture_output=True, text=True, env=environment, timeout=120, cwd=home
    )
    if code is not None:
        assert done.returncode == code, done.stderr
    return done.stdout + (done.stderr if done.returncode else "")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("COSIGN_PASSWORD", PASSWORD)
    for name in ("DOCKER_CONFIG", "REGISTRY_AUTH_FILE"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "vex.json").write_text(json.dumps(VEX))
    (tmp_path / "spdx.json").write_text(json.dumps(SPDX))
    return tmp_path


@pytest.fixture
def keys(home: Path) -> tuple[str, str]:
    """cosign's own key pair."""
    tool("cosign", "generate-key-pair", home=home)
    return str(home / "cosign.key"), str(home / "cosign.pub")


def pushed(home: Path, registry: str, salt: str) -> tuple[str, str]:
    """(name of one platform by its digest, that digest) of an image of several."""
    made = example(salt)
    path = made.content.write(home / "layout", "app:1", made.root)
    name = f"{registry}/{salt}/app"
    assert run(["copy", "-q", f"oci-dir://{path}:app:1", f"{name}:1"]) == 0
    digest = str(made.amd64["digest"])
    return f"{name}@{digest}", digest


def ours(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    capsys.readouterr()
    assert run([*words, "--format", "json"]) == code, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)


def cosign_verifies(home: Path, name: str, public: str, kind: str, code: int | None = 0) -> str:
    return tool(
        "cosign", "verify-attestation", "--key", public, "--insecure-ignore-tlog",
        "--allow-http-registry", "--type", kind, name, home=home, code=code,
    )  # fmt: skip


def test_cosign_verifies_what_we_attest(home: Path, registry: str, keys: tuple[str, str]) -> None:
    private, public = keys
    name, _ = pushed(home, registry, "ours")
    for what in ("vex=vex.json", "spdx=spdx.json"):
        kind, _, file = what.partition("=")
        words = ["attest", name, f"{kind}={home / file}", "--key", private, "--storage", "tag"]
        assert run([*words, "-q"]) == 0
    out = cosign_verifies(home, name, public, VEX["@context"])
    (line,) = (line for line in out.splitlines() if line.startswith("{"))
    assert json.loads(line)["payloadType"] == "application/vnd.in-toto+json"
    assert cosign_verifies(home, name, public, "spdxjson")
    other = home / "other"
    other.mkdir()
    tool("cosign", "generate-key-pair", home=other)
    refused = cosign_verifies(home, name, str(other / "cosign.pub"), VEX["@context"], code=None)
    assert "no matching attestations" in refused or "invalid signature" in refused


def test_we_verify_what_cosign_attests(
    home: Path, registry: str, keys: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    private, public = keys
    name, digest = pushed(home, registry, "theirs")
    for kind, file in (("openvex", "vex.json"), ("spdxjson", "spdx.json")):
        tool(
            "cosign", "attest", "-y", "--key", private, "--type", kind, "--tlog-upload=false",
            "--allow-http-registry", "--predicate", str(home / file), name, home=home,
        )  # fmt: skip
    tool(
        "cosign", "attest", "-y", "--new-bundle-format", "--key", private, "--type", "custom",
        "--tlog-upload=false", "--allow-http-registry", "--predicate", str(home / "vex.json"),
        name, home=home,
    )  # fmt: skip
    found = ours(capsys, "attestation", "verify", name, "--key", public,
                 "--predicate-type", "vex", "--predicate-type", "custom")  # fmt: skip
    assert found["verified"] is True
    rows = [(row["name"], row["storage"], row["subject"]) for row in found["attestations"]]
    assert sorted(rows) == [("custom", "referrer", digest), ("vex", "tag", digest)]
    get = ["attestation", "get", name, "--predicate-type", "vex", "--verify", "--key", public]
    assert run([*get, "--predicate"]) == 0
    assert json.loads(capsys.readouterr().out) == VEX
    other = home / "other"
    other.mkdir()
    tool("cosign", "generate-key-pair", home=other)
    words = ["attestation", "verify", name, "--key", str(other / "cosign.pub")]
    assert ours(capsys, *words, code=1)["verified"] is False


def test_what_both_attest_under_one_tag_stays(
    home: Path, registry: str, keys: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    private, public = keys
    name, _ = pushed(home, registry, "both")
    tool(
        "cosign", "attest", "-y", "--key", private, "--type", "spdxjson", "--tlog-upload=false",
        "--allow-http-registry", "--predicate", str(home / "spdx.json"), name, home=home,
    )  # fmt: skip
    words = ["attest", name, f"vex={home / 'vex.json'}", "--key", private, "--storage", "tag"]
    assert run([*words, "-q"]) == 0
    assert cosign_verifies(home, name, public, "spdxjson")
    assert cosign_verifies(home, name, public, VEX["@context"])
    rows = ours(capsys, "attestation", "list", name)["attestations"]
    assert [row["name"] for row in rows if row["storage"] == "tag"] == ["spdx", "vex"]
    words = ["--predicate-type", "vex", "--key", public]
    assert ours(capsys, "attestation", "verify", name, *words)["verified"] is True


def test_a_manifest_that_cosign_signed_as_docker_does(
    home: Path, registry: str, keys: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    private, public = keys
    name, _ = pushed(home, registry, "docker")
    assert run(["attest", name, f"vex={home / 'vex.json'}", "-q"]) == 0
    listed = ours(capsys, "attestation", "list", name, "--predicate-type", "vex")
    (row,) = listed["attestations"]
    repository = name.partition("@")[0]
    tool(
        "cosign", "sign", "-y", "--key", private, "--tlog-upload=false", "--allow-http-registry",
        f"{repository}@{row['manifest']}", home=home,
    )  # fmt: skip
    words = ["attestation", "verify", name, "--predicate-type", "vex", "--key", public]
    (row,) = ours(capsys, *words)["attestations"]
    assert row["signed"]["covers"] == "manifest"


def test_oras_discovers_what_we_attach(home: Path, registry: str) -> None:
    name, _ = pushed(home, registry, "oras")
    assert run(["attest", name, f"vex={home / 'vex.json'}", "-q"]) == 0
    found = json.loads(
        tool("oras", "discover", "--plain-http", "--format", "json", name, home=home)
    )
    referrers = found.get("manifests") or found.get("referrers")
    (entry,) = (
        entry for entry in referrers if entry["artifactType"] == "application/vnd.in-toto+json"
    )
    assert entry["annotations"]["in-toto.io/predicate-type"] == VEX["@context"]


def test_we_find_what_oras_attaches(
    home: Path, registry: str, capsys: pytest.CaptureFixture[str]
) -> None:
    name, digest = pushed(home, registry, "attached")
    tool(
        "oras", "attach", "--plain-http", "--artifact-type", "application/vnd.example.sbom",
        name, "spdx.json:application/spdx+json", home=home,
    )  # fmt: skip
    rows = ours(capsys, "attestation", "list", name)["attestations"]
    (row,) = (row for row in rows if row["artifact_type"] == "application/vnd.example.sbom")
    assert (row["media_type"], row["subject"]) == ("application/spdx+json", digest)
    assert run(["attestation", "get", name, row["digest"], "--predicate"]) == 0
    assert json.loads(capsys.readouterr().out) == SPDX


def test_buildx_shows_what_we_put_into_the_index(home: Path, registry: str) -> None:
    made = example("buildx")
    path = made.content.write(home / "layout", "app:1", made.root)
    name = f"{registry}/buildx/app:1"
    assert run(["copy", "-q", f"oci-dir://{path}:app:1", name]) == 0
    words = ["attest", name, f"spdx={home / 'spdx.json'}", "--storage", "index", "--replace"]
    assert run([*words, "--platform", "linux/arm64", "-q"]) == 0
    if shutil.which("docker") is None:
        pytest.skip("docker is not installed")
    if "buildx" not in tool("docker", "buildx", "version", home=home, code=None):
        pytest.skip("docker buildx is not installed")
    inspect = ["buildx", "imagetools", "inspect", name]
    found = json.loads(tool("docker", *inspect, "--format", "{{json .SBOM}}", home=home))
    assert found["linux/arm64"]["SPDX"] == SPDX
    raw = json.loads(tool("docker", *inspect, "--raw", home=home))
    kinds = [entry["platform"]["architecture"] for entry in raw["manifests"]]
    assert sorted(kinds) == ["amd64", "arm64", "unknown", "unknown"]


def test_a_layout_that_cosign_saved(
    home: Path, registry: str, keys: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    private, public = keys
    name, digest = pushed(home, registry, "saved")
    words = ["--key", private, "--tlog-upload=false", "--allow-http-registry"]
    tool("cosign", "sign", "-y", *words, name, home=home)
    predicate = ["--type", "openvex", "--predicate", str(home / "vex.json")]
    tool("cosign", "attest", "-y", *words, *predicate, name, home=home)
    saved = home / "saved"
    tool("cosign", "save", "--allow-http-registry", "--dir", str(saved), name, home=home)
    rows = ours(capsys, "attestation", "list", f"oci-dir://{saved}")["attestations"]
    assert [(row["name"], row["storage"], row["subject"]) for row in rows] == [
        ("vex", "tag", digest)
    ]
    check = ["attestation", "verify", f"oci-dir://{saved}", "--key", public]
    assert ours(capsys, *check)["verified"] is True
    assert ours(capsys, "verify", f"oci-dir://{saved}", "--key", public)["verified"] is True
    back = f"{registry}/back/app:1"
    assert run(["copy", "-q", f"oci-dir://{saved}", back]) == 0
    assert cosign_verifies(home, back, public, "openvex")
    insecure = ["--insecure-ignore-tlog", "--allow-http-registry"]
    tool("cosign", "verify", "--key", public, *insecure, back, home=home)
