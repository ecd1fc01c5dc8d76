"""What policies say of the two images of the demo, and that each has a reason to say it."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.cli import Ironhull
from tests.acceptance.conftest import APP, BASES, Web, new_home

pytest.importorskip("regorus", reason="the Rego engine is not installed")
pytestmark = [pytest.mark.network, pytest.mark.slow]

BEFORE = {
    "AGPL v3 licenses found": "met",
    "No default non-root user found": "not met",
    "No AGPL v3 licenses": "met",
    "No embedded secrets": "met",
    "No embedded secrets (Rego)": "met",
    "No fixable critical or high vulnerabilities": "met",
    "No high-profile vulnerabilities": "met",
    "No unapproved base images": "met",
    "Supply chain attestations": "met",
    "Invalid or missing hardened image or hardened base image": "not met",
}
AFTER = {
    "AGPL v3 licenses found": "met",
    "Default non-root user": "met",
    "No AGPL v3 licenses": "met",
    "No embedded secrets": "met",
    "No embedded secrets (Rego)": "met",
    "No fixable critical or high vulnerabilities": "met",
    "No high-profile vulnerabilities": "met",
    "No unapproved base images": "met",
    "Supply chain attestations": "met",
    "Valid hardened image or hardened base image": "met",
}
SEVERE = "Fixable critical or high vulnerabilities found"
"""What the data of the day may say of the image that is not hardened."""


@pytest.fixture(scope="module")
def ironhull(web: Web, downloads: Path, tmp_path_factory: pytest.TempPathFactory) -> Ironhull:
    """The images as `make demo` builds them: with all that is known of their making."""
    place = tmp_path_factory.mktemp("policies")
    made = Ironhull(new_home(place / "home", downloads))
    shutil.copytree(web.ironhull.home / "images", made.home / "images", symlinks=True)
    for name, base in BASES.items():
        lock = place / f"{name}.lock"
        words = ["build", APP, "--base", base, "-t", f"web:{name}", "--lock", lock]
        made(*words, "--provenance=mode=max")
    return made


def rows(document: dict[str, Any]) -> dict[str, str]:
    """State by title as the table shows them, in its order."""
    return {row["title"]: row["state"] for row in document["policies"]["results"]}


def failing(ironhull: Ironhull, place: Path, name: str, config: dict[str, Any]) -> Any:
    """The details of a policy on web:hardened where it is configured so."""
    path = place / "config.json"
    path.write_text(json.dumps({"policies": [{"name": name, "config": config}]}))
    words = ("web:hardened", "--only-policy", name, "--policy-config", path)
    assert ironhull.run("policy", *words, "--exit-code", "-q").returncode == 2
    (row,) = ironhull.json("policy", *words)["policies"]["results"]
    assert row["state"] == "not met"
    return [violation["detail"] for violation in row["violations"]]


def test_fewer_before_and_all_after(ironhull: Ironhull) -> None:
    before, after = (rows(ironhull.json("policy", f"web:{name}")) for name in BASES)
    if SEVERE in before:  # what the advisory data of the day says of slim
        before = {row.replace(SEVERE, "No f" + SEVERE[1:-6]): s for row, s in before.items()}
        before["No fixable critical or high vulnerabilities"] = "met"
    assert list(before.items()) == list(BEFORE.items())
    assert list(after.items()) == list(AFTER.items())


def test_quickview_and_compare_tell_the_same(ironhull: Ironhull) -> None:
    text = ironhull("quickview", "web:hardened", "-q")
    assert "SUCCESS  (10/10 policies met)" in text
    assert "A (100%)" in text
    text = ironhull("compare", "--to", "web:init", "web:hardened", "-q")
    assert "A (100%)" in text
    assert (
        ironhull.run(
            "compare", "--to", "web:hardened", "web:init", "--exit-on", "policy"
        ).returncode
        == 2
    )
    assert (
        ironhull.run(
            "compare", "--to", "web:init", "web:hardened", "--exit-on", "policy"
        ).returncode
        == 0
    )


def test_why_the_first_does_not_meet_them(ironhull: Ironhull) -> None:
    found = ironhull.json("policy", "web:init")["policies"]["results"]
    reasons = {row["name"]: row["violations"] for row in found if row["state"] == "not met"}
    (user,) = reasons["default-non-root-user"]
    assert user["detail"]["user"] in ("root", "0", "0:0")
    (base,) = reasons["valid-hardened-image"]
    assert "proven" in base["message"]


def test_each_is_met_for_a_reason(ironhull: Ironhull, tmp_path: Path) -> None:
    """Asked for something else, each of them says what it sees: met is not blind."""
    no_images = {"allowed_base_images": ["example.com/*"]}
    assert failing(ironhull, tmp_path, "approved-base-images", no_images)
    python = {"licenses": ["PSF-2.0"]}
    assert failing(ironhull, tmp_path, "copyleft-license", python)
    wanted = {"required_attestations": ["https://example.com/none"]}
    (missing,) = failing(ironhull, tmp_path, "supply-chain-attestations", wanted)
    assert missing["attestation"] == "https://example.com/none"
    unsigned = {"key_ref": "/no/such/key.pub"}
    assert failing(ironhull, tmp_path, "supply-chain-attestations", unsigned)


def test_vulnerabilities_are_looked_for(ironhull: Ironhull) -> None:
    """Policies about them tell nothing where nobody looked."""
    for name in BASES:
        assert ironhull.json("quickview", f"web:{name}")["vulnerabilities"]["checked"] in (
            "full",
            "fixed-only",
            "partial",
        )


def test_secrets_are_looked_for(ironhull: Ironhull, tmp_path: Path) -> None:
    """The same app with a private key among its files."""
    app = tmp_path / "app"
    shutil.copytree(APP, app)
    ironhull("key", "generate", "--no-password", "-o", app / "static" / "deploy")
    words = ["build", app, "--base", BASES["hardened"], "-t", "web:leaky"]
    ironhull(*words, "--lock", tmp_path / "lock", "--provenance=mode=max")
    found = rows(ironhull.json("policy", "web:leaky"))
    assert found["Embedded secrets found"] == found["Embedded secrets found (Rego)"] == "not met"
