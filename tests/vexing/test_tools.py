"""Both ways with the real cosign and oras, at a real registry."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ironhull.commands import run
from ironhull.config import Settings
from ironhull.signing import Trust, generate_key, read_public_keys
from ironhull.statements.gathering import Rules
from tests.registry.servers import docker_registry
from tests.signatures.images import call, key_files, program
from tests.vexing.serving import NOW
from tests.vexing.test_attached import said
from tests.vexing.worlds import gathered, make, names, settings

__all__ = ["settings"]

OPENVEX = "application/vnd.openvex+json"


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with docker_registry(tmp_path_factory.mktemp("registry")) as host:
        yield host


def pushed(settings: Settings, name: str) -> str:
    """An image in the registry; gives its digest."""
    image = make(settings, name)
    assert run(["push", "-q", name, name]) == 0
    return image.digest


def cosign(work: Path, *words: str) -> str:
    done = call([program("cosign"), *words, "--allow-http-registry"], work)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_cosign_attests_is_gathered_and_verified(
    settings: Settings, registry: str, tmp_path: Path
) -> None:
    name = f"{registry}/cosign/theirs:1"
    digest = pushed(settings, name)
    (tmp_path / "vex.json").write_bytes(said("CVE-2026-1"))
    assert call([program("cosign"), "generate-key-pair"], tmp_path).returncode == 0
    words = ["attest", "--key", "cosign.key", "--tlog-upload=false", "--yes", "--type", "openvex"]
    cosign(tmp_path, *words, "--predicate", "vex.json", f"{name.rpartition(':')[0]}@{digest}")
    keys = read_public_keys((tmp_path / "cosign.pub").read_bytes(), "cosign.pub")
    found = gathered(
        settings, f"registry://{name}", rules=Rules(Trust(keys, now=NOW), require=True)
    )
    assert names(found) == [("CVE-2026-1", "attestation")]
    assert found.statements[0].signature == "verified"
    other = Rules(Trust((generate_key().public,), now=NOW))
    wrong = gathered(settings, f"registry://{name}", rules=other)
    assert not wrong.statements
    assert len(wrong.refused) == 1


def test_cosign_verifies_what_is_attached_under_a_tag(
    settings: Settings, registry: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COSIGN_PASSWORD", "x")
    name = f"{registry}/cosign/ours:1"
    pushed(settings, name)
    key_files(tmp_path, generate_key())
    (tmp_path / "vex.json").write_bytes(said("CVE-2026-1"))
    words = ["--storage", "tag", "--key", str(tmp_path / "our.key"), "--plain-http"]
    path = str(tmp_path / "vex.json")
    assert run(["vex", "attach", "-q", f"registry://{name}", path, *words]) == 0
    verify = ["verify-attestation", "--insecure-ignore-tlog", "--key", "our.pub"]
    out = cosign(tmp_path, *verify, "--type", "https://openvex.dev/ns/v0.2.0", name)
    assert json.loads(out.splitlines()[0])["payloadType"] == "application/vnd.in-toto+json"


def test_a_document_that_oras_attaches_is_gathered(
    settings: Settings, registry: str, tmp_path: Path
) -> None:
    name = f"{registry}/oras/theirs:1"
    pushed(settings, name)
    (tmp_path / "vex.json").write_bytes(said("CVE-2026-1"))
    words = [program("oras"), "attach", "--plain-http", "--artifact-type", OPENVEX, name]
    done = call([*words, f"vex.json:{OPENVEX}"], tmp_path)
    assert done.returncode == 0, done.stderr
    found = gathered(settings, f"registry://{name}")
    assert names(found) == [("CVE-2026-1", "attestation")]


def test_oras_shows_what_is_attached(settings: Settings, registry: str, tmp_path: Path) -> None:
    name = f"{registry}/oras/ours:1"
    pushed(settings, name)
    (tmp_path / "vex.json").write_bytes(said("CVE-2026-1"))
    path = str(tmp_path / "vex.json")
    assert run(["vex", "attach", "-q", f"registry://{name}", path, "--plain-http"]) == 0
    done = call([program("oras"), "discover", "--plain-http", "--format", "json", name], tmp_path)
    assert done.returncode == 0, done.stderr
    listed = json.loads(done.stdout)
    rows = listed.get("referrers") or listed.get("manifests")
    assert [row["artifactType"] for row in rows] == ["application/vnd.in-toto+json"]
