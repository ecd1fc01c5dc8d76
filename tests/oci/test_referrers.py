"""What goes with an image: told apart from images, and found by what it is about."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.errors import ImageError
from ironhull.model import Attachment, Descriptor
from ironhull.oci.blobs import DirectoryBlobs
from ironhull.oci.manifests import OCI_INDEX, OCI_MANIFEST, REF_NAME, parse_descriptor
from ironhull.oci.referrers import (
    Companion,
    LazyAttachments,
    attachments_of,
    companion_of,
    entry_of,
    is_companion,
    layout_companions,
    subject_in,
)
from tests.registry.content import SIGNATURE, example

DIGEST = "sha256:" + "1" * 64
OTHER = "sha256:" + "2" * 64


@given(
    st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3),
    st.sampled_from(["", "sha256-1.sig"]),
)
def test_an_entry_says_what_its_companion_is(said: dict[str, str], tag: str) -> None:
    companion = Companion(Descriptor(OCI_MANIFEST, DIGEST, 5, said), OTHER, tag)
    entry = entry_of(companion)
    assert is_companion(entry)
    assert companion_of(entry) == companion


def test_images_are_no_companions() -> None:
    plain = Descriptor(OCI_MANIFEST, DIGEST, 5)
    assert not is_companion(plain)
    assert companion_of(plain) is None
    artifact = Descriptor(OCI_MANIFEST, DIGEST, 5, artifact_type=SIGNATURE)
    assert is_companion(artifact)
    named = Descriptor(OCI_MANIFEST, DIGEST, 5, {REF_NAME: "chart:1"}, artifact_type=SIGNATURE)
    assert not is_companion(named)


def test_companions_are_found_by_mark_and_by_subject(tmp_path: Path) -> None:
    made = example("found")
    index = made.content.json(
        {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [], "subject": made.root},
        OCI_INDEX,
    )
    path = made.content.write(tmp_path / "layout", "app:1", made.root)
    signature, root = (parse_descriptor(item, "") for item in (made.signature, made.root))
    marked = entry_of(Companion(signature, OTHER))
    entries = [marked, signature, parse_descriptor(index, ""), root]
    found = list(layout_companions(DirectoryBlobs(path), entries))
    assert [(item.descriptor.digest, item.about) for item in found] == [
        (signature.digest, OTHER),
        (signature.digest, made.digest),
        (index["digest"], made.digest),
    ]
    attached = list(attachments_of(DirectoryBlobs(path), [signature, root]))
    assert [item.read() for item in attached] == [b"signature"]
    assert not list(attachments_of(DirectoryBlobs(path), [signature], "application/json"))


@pytest.mark.parametrize("subject", [5, {}, {"digest": "x"}, {"mediaType": "a", "digest": DIGEST}])
def test_a_damaged_subject_is_named(subject: object) -> None:
    with pytest.raises(ImageError, match="a document: subject"):
        subject_in(json.dumps({"subject": subject}).encode(), "a document")
    assert subject_in(b"{}", "a document") == ""


def test_attachments_are_looked_for_once_and_when_asked() -> None:
    calls = []

    def find() -> list[Attachment]:
        calls.append(1)
        return [Attachment("a", "b", DIGEST, 1, lambda: b"x")]

    lazy = LazyAttachments(find, "p")
    assert not calls
    assert (len(lazy), lazy[0].read(), len(lazy[:1]), len(list(lazy))) == (1, b"x", 1, 1)
    assert len(calls) == 1


def test_what_cosign_saved_goes_with_the_one_image_beside_it(tmp_path: Path) -> None:
    made = example("saved")
    kind = "dev.cosignproject.cosign/"
    said = {**made.root, "annotations": {"kind": f"{kind}imageIndex"}}
    root = parse_descriptor(said, "")
    signatures, attestations = (
        Descriptor(OCI_MANIFEST, f"sha256:{n:064x}", 1, {"kind": f"{kind}{name}"})
        for n, name in enumerate(("sigs", "atts"))
    )
    path = made.content.write(tmp_path / "layout", "app:1", made.root)
    assert not is_companion(root)
    assert is_companion(signatures)
    entries = [signatures, attestations]
    found = list(layout_companions(DirectoryBlobs(path), [root, *entries]))
    assert [(item.about, item.tag) for item in found] == [
        (root.digest, f"sha256-{root.digest[7:]}.sig"),
        (root.digest, f"sha256-{root.digest[7:]}.att"),
    ]
    assert [item.descriptor.annotations for item in found] == [{}, {}]
    assert list(layout_companions(DirectoryBlobs(path), entries)) == []
