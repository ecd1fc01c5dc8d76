"""The published JSON schemas: each is one, each is named, and what the commands print is valid."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from ironhull.commands import run
from tests.advisories.serving import serving
from tests.advisories.test_update import publish
from tests.registry.content import example

ROOT = Path(__file__).resolve().parent.parent
SCHEMAS = sorted((ROOT / "docs" / "schemas").glob("*.schema.json"))


def _load(name: str) -> Any:
    return json.loads((ROOT / "docs" / "schemas" / f"{name}.schema.json").read_text("utf-8"))


def valid(name: str, capfd: pytest.CaptureFixture[str], *words: str) -> Any:
    """What a command prints as JSON; it has to be valid against the schema of that name."""
    capfd.readouterr()
    assert run([*words, "--format", "json"]) == 0
    document = json.loads(capfd.readouterr().out)
    path = ROOT / "docs" / "schemas" / f"{name}.schema.json"
    validator = jsonschema_rs.validator_for(_load(name), base_uri=path.as_uri())
    assert [f"{e.instance_path}: {e.message}" for e in validator.iter_errors(document)] == []
    return document


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_a_schema_is_a_schema_and_is_published(path: Path) -> None:
    schema = json.loads(path.read_text(encoding="utf-8"))
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["title"]
    jsonschema_rs.meta.validate(schema)
    pages = (page.read_text(encoding="utf-8") for page in (ROOT / "docs").glob("*.md"))
    assert any(f"schemas/{path.name}" in page for page in pages), path.name


def test_caches(capfd: pytest.CaptureFixture[str]) -> None:
    assert valid("cache", capfd, "cache", "df")["kinds"]


def test_bases(capfd: pytest.CaptureFixture[str]) -> None:
    assert valid("bases", capfd, "base", "list")


def test_the_status_of_advisories(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    publish(tmp_path)
    with serving(tmp_path) as served:
        urls = [word for name, url in served.urls.items() for word in ("--url", f"{name}={url}")]
        assert run(["db", "update", *urls]) == 0
    found = valid("db-status", capfd, "db", "status")
    assert {source["state"] for source in found["sources"]} >= {"current"}
    assert found["scopes"]


def test_transfers(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    made = example("cli")
    path = made.content.write(tmp_path / "layout", "app:1", made.root, made.signature)
    found = valid("transfer", capfd, "copy", f"oci-dir://{path}", "local://mine:2")
    assert found["blobs"]["copied"] == 8


def test_attestations(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    made = example("attested")
    path = made.content.write(tmp_path / "layout", "app:1", made.root)
    name = f"oci-dir://{path}:app:1"
    (tmp_path / "secrets.json").write_text("[]")
    assert run(["attest", name, f"secrets={tmp_path / 'secrets.json'}", "-q"]) == 0
    listed = valid("attestations", capfd, "attestation", "list", name)
    assert {row["storage"] for row in listed["attestations"]} == {"index", "referrer"}
    words = [name, "--predicate-type", "secrets"]
    assert valid("attestation", capfd, "attestation", "get", *words)["statement"]["predicate"] == []
    verify = ["attestation", "verify", *words, "--claims-only"]
    assert valid("attestation-verification", capfd, *verify)["verified"] is True
