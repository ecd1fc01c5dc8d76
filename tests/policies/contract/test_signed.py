"""Signatures of attestations as policies see them, at places where cosign keeps them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ironhull.commands import run
from ironhull.signing import generate_key, write_private_key, write_public_key
from tests.attestations.places import Home, home
from tests.policies.contract.world import HARDENED

pytest.importorskip("regorus", reason="the Rego engine is not installed")

SPDX = "https://spdx.dev/Document"
SLSA = "https://slsa.dev/provenance/v0.2"
MODULE = str(HARDENED / "signed_supply_chain_attestations.rego")
PREDICATES = {
    SPDX: {
        "spdxVersion": "SPDX-2.3",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": "app",
        "dataLicense": "CC0-1.0",
        "documentNamespace": "https://example.com/app",
        "creationInfo": {"created": "2026-01-01T00:00:00Z", "creators": ["Tool: x"]},
        "packages": [],
    },
    SLSA: {
        "builder": {"id": "https://example.com/builder"},
        "buildType": "https://mobyproject.org/buildkit@v1",
        "materials": [],
    },
}


@pytest.fixture(params=["store", "oci-dir", "registry with referrers"])
def at(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Home]:
    with home(request.param, tmp_path) as found:
        yield found


def key(tmp_path: Path, name: str) -> tuple[str, str]:
    """A private and a public key in files."""
    made = generate_key()
    (tmp_path / f"{name}.key").write_bytes(write_private_key(made, None))
    (tmp_path / f"{name}.pub").write_bytes(write_public_key(made.public))
    return str(tmp_path / f"{name}.key"), str(tmp_path / f"{name}.pub")


def attach(at: Home, tmp_path: Path) -> None:
    for number, (kind, predicate) in enumerate(PREDICATES.items()):
        path = tmp_path / f"{number}.json"
        path.write_text(json.dumps(predicate))
        words = ["attestation", "add", at.reference, "--file", str(path), "-q"]
        assert run([*words, "--predicate-type", kind]) == 0


def policy(at: Home, tmp_path: Path, public: str, capfd: pytest.CaptureFixture[str]) -> Any:
    """State and reasons of the module, and the exit code."""
    config = tmp_path / "config.json"
    name = "dhi-signed-supply-chain-attestations"
    config.write_text(json.dumps({"policies": [{"name": name, "config": {"key_ref": public}}]}))
    results = tmp_path / "results.json"
    capfd.readouterr()
    words = ["policy", at.reference, "--policy-file", MODULE, "--policy-config", str(config)]
    code = run([*words, "--result-file", str(results), "--exit-code", "-q"])
    told = json.loads(results.read_text())[name]
    assert told["pass"] is (code == 0)
    assert capfd.readouterr().err == ""
    return code, sorted((each["predicate"], each["reason"]) for each in told["violations"])


def test_signed_by_the_key_of_the_policy_alone(
    at: Home, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    private, public = key(tmp_path, "own")
    _, other = key(tmp_path, "other")
    code, told = policy(at, tmp_path, public, capfd)
    assert (code, told) == (2, [(SLSA, "is missing"), (SPDX, "is missing")])

    attach(at, tmp_path)
    code, told = policy(at, tmp_path, public, capfd)
    assert code == 2
    assert [kind for kind, reason in told if reason.startswith("is not signed: ")] == [SLSA, SPDX]

    assert run(["sign", at.reference, "--key", private, "--recursive", "-q"]) == 0
    assert policy(at, tmp_path, public, capfd) == (0, [])
    code, told = policy(at, tmp_path, other, capfd)
    assert (code, len(told)) == (2, 2)


def test_a_signature_of_the_image_is_none_of_its_attestations(
    at: Home, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    private, public = key(tmp_path, "own")
    attach(at, tmp_path)
    assert run(["sign", at.reference, "--key", private, "-q"]) == 0
    code, told = policy(at, tmp_path, public, capfd)
    assert (code, [kind for kind, _ in told]) == (2, [SLSA, SPDX])
