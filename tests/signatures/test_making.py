"""Signatures put beside an image, and what is found there again."""

import json
from pathlib import Path

import pytest

from ironhull.errors import ReferenceFault, UsageError
from ironhull.model import Descriptor
from ironhull.oci.manifests import OCI_INDEX
from ironhull.signatures import STORAGES, find_signatures, sign_digest, verify_digest
from ironhull.signing import Claims, generate_key
from tests.images import archive
from tests.signatures.images import in_layout, place, trust

KEY = generate_key()
OTHER = generate_key()


def _subject(name: str) -> tuple[Descriptor, Claims]:
    root = place(name).origin.root
    return root, Claims(root.digest, "docker.io/library/app", {"built": "today"})


@pytest.mark.parametrize("storage", STORAGES)
def test_a_signature_is_found_in_every_storage(tmp_path: Path, storage: str) -> None:
    made, name = in_layout(tmp_path)
    subject, claims = _subject(name)
    assert (subject.digest, subject.media_type) == (made.digest, OCI_INDEX)
    kept = sign_digest(place(name), subject, KEY, claims, storage=storage)
    found, wrong = find_signatures(place(name), made.digest)
    assert wrong == ()
    assert [(item.storage, item.manifest, item.about) for item in found] == [
        (storage, kept.digest, made.digest)
    ]
    (verified,) = verify_digest(
        place(name), made.digest, trust(KEY), annotations={"built": "today"}
    ).signatures
    assert verified.claims.optional == {"built": "today"}
    assert verified.claims.reference == ("" if storage == "bundle" else "docker.io/library/app")
    assert place(name).origin.root.digest == made.digest


@pytest.mark.parametrize("storage", STORAGES)
def test_signing_again_changes_nothing(tmp_path: Path, storage: str) -> None:
    _, name = in_layout(tmp_path)
    subject, claims = _subject(name)
    index = tmp_path / "layout" / "index.json"
    kept = [sign_digest(place(name), subject, KEY, claims, storage=storage)]
    before = json.loads(index.read_text())
    kept.append(sign_digest(place(name), subject, KEY, claims, storage=storage))
    assert kept[0].digest == kept[1].digest
    assert json.loads(index.read_text()) == before


def test_several_signers_share_a_tag(tmp_path: Path) -> None:
    made, name = in_layout(tmp_path)
    subject, claims = _subject(name)
    for key in (KEY, OTHER, generate_key()):
        sign_digest(place(name), subject, key, claims)
    assert len(find_signatures(place(name), made.digest)[0]) == 3
    found = verify_digest(place(name), made.digest, trust(OTHER, KEY))
    assert [item.signer for item in found.signatures] == [KEY.public.title, OTHER.public.title]
    assert [trouble.reason for trouble in found.others] == ["wrong-key"]


def test_a_bundle_says_when_it_was_made(tmp_path: Path) -> None:
    _, name = in_layout(tmp_path)
    subject, claims = _subject(name)
    time = "2026-01-01T00:00:00Z"
    kept = sign_digest(place(name), subject, KEY, claims, storage="bundle", created=time)
    said = {"dev.sigstore.bundle.content": "dsse-envelope"}
    said["dev.sigstore.bundle.predicateType"] = "https://sigstore.dev/cosign/sign/v1"
    assert kept.annotations == {**said, "org.opencontainers.image.created": time}


def test_nothing_is_signed_where_nothing_can_be_kept(tmp_path: Path) -> None:
    path = archive(tmp_path, "app:1", {"a": b"b"})
    name = f"archive://{path}"
    subject, claims = _subject(name)
    with pytest.raises(ReferenceFault, match="nothing can be attached"):
        sign_digest(place(name), subject, KEY, claims)


def test_a_storage_that_is_none(tmp_path: Path) -> None:
    _, name = in_layout(tmp_path)
    subject, claims = _subject(name)
    with pytest.raises(UsageError, match="no storage 'index'"):
        sign_digest(place(name), subject, KEY, claims, storage="index")
