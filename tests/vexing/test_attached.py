"""What comes with an image: attached to it and its bases, in its files."""

import json
from pathlib import Path

import pytest

from ironhull.commands import run
from ironhull.config import Settings
from ironhull.pipeline import opened, read
from ironhull.signing import Trust, generate_key, write_private_key
from ironhull.statements.gathering import Rules
from ironhull.store.images import ImageStore
from ironhull.values import replace
from ironhull.vexing import Asked, gather
from tests.statements.test_gathering import in_toto
from tests.vexing.serving import NOW, openvex
from tests.vexing.worlds import DEBIAN, attach, derived, gathered, make, names, settings

__all__ = ["settings"]


def said(name: str, product: str = "pkg:deb/debian/curl") -> bytes:
    return openvex((name, product, "not_affected"))


def test_nothing_comes_with_most_images(settings: Settings) -> None:
    make(settings, "app:1")
    found = gathered(settings, "app:1")
    assert found == replace(found, statements=(), documents=(), problems=(), bases=())
    assert found.inputs == ()


@pytest.mark.parametrize("storage", ["referrer", "index"])
def test_what_is_attached_is_found(settings: Settings, tmp_path: Path, storage: str) -> None:
    make(settings, "app:1")
    attach(tmp_path, "app:1", said("CVE-2026-1"), "--storage", storage)
    found = gathered(settings, "app:1")
    assert names(found) == [("CVE-2026-1", "attestation")]
    assert not found.problems
    assert not names(gathered(settings, "app:1", attached=False))
    (use,) = found.documents
    assert use.where == found.statements[0].document
    assert use.author == "vendor@example.com"
    image = opened("app:1", settings).image
    assert image is not None
    assert found.digests == tuple(filter(None, (image.digest, image.index_digest)))


def test_what_is_attached_in_a_layout_is_found(settings: Settings, tmp_path: Path) -> None:
    image = make(settings, "app:1")
    ImageStore(settings.images).export(image, "oci-dir", tmp_path / "out", "app:1")
    place = f"oci-dir://{tmp_path / 'out'}:app:1"
    attach(tmp_path, place, said("CVE-2026-1"))
    assert names(gathered(settings, place)) == [("CVE-2026-1", "attestation")]


def test_cosigns_tag_is_found_and_verified(settings: Settings, tmp_path: Path) -> None:
    make(settings, "app:1")
    key = generate_key()
    (tmp_path / "key").write_bytes(write_private_key(key, None))
    attach(
        tmp_path, "app:1", said("CVE-2026-1"), "--storage", "tag", "--key", str(tmp_path / "key")
    )
    (statement,) = gathered(settings, "app:1").statements
    assert statement.signature == "unchecked"
    rules = Rules(Trust(keys=(key.public,), now=NOW), require=True)
    (statement,) = gathered(settings, "app:1", rules=rules).statements
    assert (statement.signature, statement.signer) == ("verified", key.public.title)
    other = Rules(Trust(keys=(generate_key().public,), now=NOW))
    found = gathered(settings, "app:1", rules=other)
    assert not found.statements
    assert len(found.refused) == 1


def test_a_bundle_is_found_and_verified(settings: Settings, tmp_path: Path) -> None:
    make(settings, "app:1")
    key = generate_key()
    (tmp_path / "key").write_bytes(write_private_key(key, None))
    attach(tmp_path, "app:1", said("CVE-2026-1"), "--key", str(tmp_path / "key"))
    rules = Rules(Trust(keys=(key.public,), now=NOW), require=True)
    (statement,) = gathered(settings, "app:1", rules=rules).statements
    assert statement.signature == "verified"


def test_the_manifest_of_a_bare_statement_may_be_signed(settings: Settings, tmp_path: Path) -> None:
    """As Docker Hardened Images are: each manifest of an attestation has a signature of its own."""
    make(settings, "app:1")
    attach(tmp_path, "app:1", said("CVE-2026-1"))
    key, other = generate_key(), generate_key()
    (tmp_path / "key").write_bytes(write_private_key(key, None))
    rules = Rules(Trust(keys=(key.public,), now=NOW), require=True)
    assert not gathered(settings, "app:1", rules=rules).statements
    assert run(["sign", "-q", "-r", "--key", str(tmp_path / "key"), "local://app:1"]) == 0
    (statement,) = gathered(settings, "app:1", rules=rules).statements
    assert (statement.signature, statement.signer) == ("verified", key.public.title)
    wrong = Rules(Trust(keys=(other.public,), now=NOW))
    assert not gathered(settings, "app:1", rules=wrong).statements


def test_a_signed_index_vouches_for_the_statements_in_it(
    settings: Settings, tmp_path: Path
) -> None:
    make(settings, "app:1")
    attach(tmp_path, "app:1", said("CVE-2026-1"), "--storage", "index")
    key = generate_key()
    (tmp_path / "key").write_bytes(write_private_key(key, None))
    rules = Rules(Trust(keys=(key.public,), now=NOW), require=True)
    assert not gathered(settings, "app:1", rules=rules).statements
    assert run(["sign", "-q", "--key", str(tmp_path / "key"), "local://app:1"]) == 0
    assert gathered(settings, "app:1", rules=rules).statements[0].signature == "verified"


def test_a_statement_about_another_image_is_told(settings: Settings) -> None:
    wrong = in_toto(said("CVE-2026-1"), "sha256:" + "0" * 64)
    make(settings, "app:1", statements=[("https://openvex.dev/ns/v0.2.0", wrong)])
    found = gathered(settings, "app:1")
    assert not found.statements
    assert "another image" in found.problems[0].message
    assert found.refused[0][0].vulnerability == "CVE-2026-1"


def test_other_statements_are_not_read(settings: Settings) -> None:
    made = make(settings, "app:1", statements=[("https://spdx.dev/Document", b"{}")])
    refusing = [replace(item, read=_refuse) for item in made.attachments]
    found = opened("app:1", settings)
    assert found.image is not None
    found = replace(found, image=replace(found.image, attachments=tuple(refusing)))
    gather(found, read(found, settings), settings, Asked(now=NOW))


def _refuse() -> bytes:
    raise AssertionError("it was read")


def test_what_does_not_tell_its_type_is_tried(settings: Settings) -> None:
    image = make(settings, "app:1")
    (vex, sbom) = (
        in_toto(said("CVE-2026-1"), image.digest),
        json.dumps(
            {
                "_type": "https://in-toto.io/Statement/v1",
                "predicateType": "https://spdx.dev/Document",
                "subject": [],
                "predicate": {"spdxVersion": "SPDX-2.3"},
            }
        ).encode(),
    )
    make(settings, "app:1", statements=[("", vex), ("", sbom)])
    found = gathered(settings, "app:1")
    assert names(found) == [("CVE-2026-1", "attestation")]
    assert not found.problems


def test_a_damaged_statement_is_told_and_the_rest_used(settings: Settings) -> None:
    image = make(settings, "app:1")
    kind = "https://openvex.dev/ns/v0.2.0"
    statements = [(kind, b"{"), (kind, in_toto(said("CVE-2026-1"), image.digest))]
    make(settings, "app:1", statements=statements)
    found = gathered(settings, "app:1")
    assert names(found) == [("CVE-2026-1", "attestation")]
    assert len(found.problems) == 1
    assert "app:1: attestation sha256:" in found.problems[0].where


# ── files in the image ───────────────────────────────────────────────────────────────────────────


def test_files_in_the_image_are_statements(settings: Settings) -> None:
    files = {**DEBIAN, "deep/in/my.vex.json": said("CVE-2026-1"), "other.json": said("CVE-2026-2")}
    make(settings, "app:1", files)
    for _ in ("read", "from the cache"):
        found = gathered(settings, "app:1")
        assert names(found) == [("CVE-2026-1", "image")]
        assert found.statements[0].document.startswith("app:1: deep/in/my.vex.json")
    assert not names(gathered(settings, "app:1", attached=False))


def test_a_file_that_a_later_layer_removes_says_nothing(settings: Settings) -> None:
    layers = [{**DEBIAN, "a.vex.json": said("CVE-2026-1")}, {".wh.a.vex.json": ""}]
    make(settings, "app:1", layers)  # type: ignore[arg-type]  # as tests.images takes it
    assert not gathered(settings, "app:1").statements


def test_a_file_that_is_no_vex_is_told(settings: Settings) -> None:
    make(settings, "app:1", {**DEBIAN, "a.vex.json": "{}", "b.vex.json": said("CVE-2026-1")})
    found = gathered(settings, "app:1")
    assert names(found) == [("CVE-2026-1", "image")]
    assert [problem.where for problem in found.problems] == ["app:1: a.vex.json"]


def test_files_of_a_directory_tree_are_read(settings: Settings, tmp_path: Path) -> None:
    root = tmp_path / "root"
    for path, content in {**DEBIAN, "usr/a.vex.json": said("CVE-2026-1")}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content.encode() if isinstance(content, str) else bytes(content))  # type: ignore[arg-type]  # neither None nor a member
    assert names(gathered(settings, f"fs://{root}")) == [("CVE-2026-1", "image")]


# ── base images ──────────────────────────────────────────────────────────────────────────────────


def test_what_is_attached_to_a_proven_base_counts(settings: Settings, tmp_path: Path) -> None:
    base = make(settings, "base:1", {**DEBIAN, "b.vex.json": said("CVE-2026-2")})
    attach(tmp_path, "base:1", said("CVE-2026-1"))
    derived(settings, "app:1", base, {"a.vex.json": said("CVE-2026-3")})
    attach(tmp_path, "app:1", said("CVE-2026-4"))
    found = gathered(settings, "app:1")
    assert names(found) == [
        ("CVE-2026-1", "base"),
        ("CVE-2026-3", "image"),
        ("CVE-2026-2", "base"),
        ("CVE-2026-4", "attestation"),
    ]
    assert {statement.base for statement in found.statements} == {"", base.digest}
    (proven,) = found.bases
    assert proven.names[0] == "base:1"
    assert base.digest in proven.digests
    assert proven.layers == tuple(layer.diff_id for layer in base.layers)


def test_a_base_that_the_layers_do_not_prove_says_nothing(
    settings: Settings, tmp_path: Path
) -> None:
    base = make(settings, "base:1")
    attach(tmp_path, "base:1", said("CVE-2026-1"))
    claims = {
        "org.opencontainers.image.base.name": "base:1",
        "org.opencontainers.image.base.digest": base.digest,
    }
    make(settings, "app:1", {"app": "other layers"}, annotations=claims)
    found = gathered(settings, "app:1")
    assert not found.statements
    assert not found.bases
    assert "is not proven to be the base of app:1" in found.problems[0].message


def test_a_base_nobody_said_anything_about_is_no_trouble(settings: Settings) -> None:
    make(settings, "base:1")
    claims = {"org.opencontainers.image.base.name": "base:1"}
    make(settings, "app:1", {"app": "other layers"}, annotations=claims)
    assert not gathered(settings, "app:1").problems


def test_bases_of_bases_count(settings: Settings, tmp_path: Path) -> None:
    below = make(settings, "below:1")
    attach(tmp_path, "below:1", said("CVE-2026-1"))
    base = derived(settings, "base:1", below)
    attach(tmp_path, "base:1", said("CVE-2026-2"))
    derived(settings, "app:1", base)
    found = gathered(settings, "app:1")
    assert names(found) == [("CVE-2026-1", "base"), ("CVE-2026-2", "base")]
    assert [proven.names[0] for proven in found.bases] == ["base:1", "below:1"]


def test_an_image_that_says_it_is_its_own_base(settings: Settings) -> None:
    claims = {"org.opencontainers.image.base.name": "app:1"}
    make(settings, "app:1", annotations=claims)
    assert not gathered(settings, "app:1").bases


def test_rules_are_about_bases_too(settings: Settings, tmp_path: Path) -> None:
    base = make(settings, "base:1")
    attach(tmp_path, "base:1", said("CVE-2026-1"))
    derived(settings, "app:1", base)
    rules = Rules(authors=("*@other.example",))
    found = gathered(settings, "app:1", rules=rules)
    assert not found.statements
    assert len(found.refused) == 1


def test_a_damaged_base_is_told(settings: Settings) -> None:
    base = make(settings, "base:1")
    derived(settings, "app:1", base)
    blob = settings.images / "blobs" / base.digest.replace(":", "/")
    blob.chmod(0o644)
    blob.write_bytes(b"{")
    found = gathered(settings, "app:1")
    assert not found.bases
    assert "the base image in the store was not asked" in found.problems[0].message
