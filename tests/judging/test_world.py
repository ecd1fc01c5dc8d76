"""Functions that verify fail closed; those that look up answer null for what is not known."""

from pathlib import Path
from typing import Any

import pytest

from ironhull.config import Settings
from ironhull.judging._evidence import Evidence
from ironhull.judging._world import Outside, world_of
from ironhull.places import Places
from ironhull.signing import generate_key, sign_envelope, write_envelope, write_public_key
from tests.judging.images import SPDX, attached, image

NOW = "2026-01-01T00:00:00Z"


def outside(tmp_path: Path) -> Outside:
    settings = Settings(Places(str(tmp_path), str(tmp_path / "cache")), offline=True)
    return Outside("web:1", Evidence(image(attached(SPDX, {}))), settings, NOW)


@pytest.mark.parametrize("envelope", [{}, "", "{}", {"_type": "x"}, [], {"payload": "e30="}])
def test_what_is_not_signed_is_never_verified(tmp_path: Path, envelope: Any) -> None:
    key = tmp_path / "key.pub"
    key.write_bytes(write_public_key(generate_key().public))
    assert outside(tmp_path).verify_dsse(envelope, {"key_ref": str(key)}).get("error")


def test_an_envelope_is_verified_with_its_key_alone(tmp_path: Path) -> None:
    own, other = generate_key(), generate_key()
    data = write_envelope(sign_envelope(b"{}", "application/vnd.in-toto+json", own)).decode()
    for key, name in ((own, "own"), (other, "other")):
        (tmp_path / name).write_bytes(write_public_key(key.public))
    world = outside(tmp_path)
    assert world.verify_dsse(data, {"key_ref": str(tmp_path / "own")}) == {}
    assert world.verify_dsse(data, {"key_ref": str(tmp_path / "other")})["error"]


@pytest.mark.parametrize("options", [{}, {"key_ref": ""}, {"key_ref": 1}, {"key_ref": "/none"}])
def test_without_a_key_nothing_is_verified(tmp_path: Path, options: dict[str, Any]) -> None:
    world = outside(tmp_path)
    assert world.verify_dsse("{}", options)["error"]
    assert world.verify_image("web@sha256:" + "a" * 64, options)["error"]


def test_a_tag_is_not_verified(tmp_path: Path) -> None:
    assert "no digest" in outside(tmp_path).verify_image("web:1", {})["error"]


def test_a_key_does_not_come_over_plain_http(tmp_path: Path) -> None:
    said = outside(tmp_path).verify_dsse("{}", {"key_ref": "http://example.com/k.pub"})
    assert "https" in said["error"]


def test_offline_registries_tell_nothing(tmp_path: Path) -> None:
    world = outside(tmp_path)
    digest = "sha256:" + "a" * 64
    assert world.image_digest("web:1") is None
    assert world.document("web:1", digest) is None
    assert world.referrer_index("web:1", digest) is None
    assert world.referrer_by_digest("web:1", digest) is None


def test_the_scan_answers_for_its_own_documents(tmp_path: Path) -> None:
    kind = "https://scout.docker.com/vulnerabilities/v0.1"
    rows = [{"purl": "pkg:npm/a@1", "vulnerabilities": []}, {"purl": "pkg:npm/b@1"}]
    virtual = {kind: {"statement": {"predicate": rows}}}
    evidence = Evidence(image(attached(SPDX, {"n": 1})))
    world = world_of(virtual, evidence, outside(tmp_path))
    assert world.referrer(kind) is virtual[kind]
    assert world.referrer(SPDX)["statement"]["predicate"] == {"n": 1}
    assert world.referrer("https://example.com/none") is None
    assert world.vulnerabilities(["pkg:npm/a@1"]) == rows[:1]
    assert world_of({}, evidence, outside(tmp_path)).vulnerabilities([]) is None
    assert world.base_image() is None
