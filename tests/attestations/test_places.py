"""Manifests put beside an image, at every place, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from ironhull.attestations import companions_of, put, tag_of
from ironhull.attesting import open_place
from ironhull.commands import run
from ironhull.config import load_settings
from ironhull.errors import ImageError, ReferenceFault
from ironhull.oci.manifests import EMPTY_JSON, OCI_MANIFEST, canonical_json
from tests.attestations.places import Home
from tests.registry.content import Content


def document(subject: dict[str, Any] | None, text: str) -> tuple[bytes, bytes]:
    """A manifest and its blob."""
    content = Content()
    found: dict[str, Any] = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "artifactType": "application/vnd.example",
        "config": content.put(b"{}", EMPTY_JSON),
        "layers": [content.put(text.encode(), "text/plain")],
        "annotations": {"text": text},
    }
    if subject is not None:
        found["subject"] = {key: subject[key] for key in ("mediaType", "digest", "size")}
    return canonical_json(found), text.encode()


def test_a_referrer_and_a_tag(at: Home) -> None:
    place, about = at.place(), at.made.root["digest"]
    data, blob = document(at.made.root, "one")
    made = put(place, data, (b"{}", blob), about=about)
    assert made.artifact_type == "application/vnd.example"
    assert made.annotations == {"text": "one"}
    tag = tag_of(about, "att")
    first, one = document(None, "first")
    second, two = document(None, "second")
    put(at.place(), first, (b"{}", one), about=about, tag=tag)
    put(at.place(), second, (b"{}", two), about=about, tag=tag)
    found = {(c.descriptor.digest, c.tag) for c in companions_of(at.place(), about)}
    tagged = [digest for digest, name in found if name == tag]
    assert (made.digest, "") in found
    assert len(tagged) == 1
    blobs = at.place().origin.blobs
    companions = companions_of(at.place(), about)
    (mine,) = (c for c in companions if c.tag == tag)
    place = at.place()
    assert list(companions_of(place, about))
    with place.origin.blobs.open(mine.descriptor.digest) as stream:
        assert json.loads(stream.read())["annotations"] == {"text": "second"}
    assert blobs.where


def test_a_manifest_about_something_else_is_not_written(at: Home) -> None:
    data, blob = document(at.made.amd64, "one")
    with pytest.raises(ImageError, match="is about"):
        put(at.place(), data, (b"{}", blob), about=at.made.root["digest"])
    plain, blob = document(None, "one")
    with pytest.raises(ImageError, match="is about None"):
        put(at.place(), plain, (b"{}", blob), about=at.made.root["digest"])
    with pytest.raises(ImageError, match="not JSON"):
        put(at.place(), b"?", (), about=at.made.root["digest"])


def test_archives_are_read_only(tmp_path: Path) -> None:
    from tests.registry.content import example

    made = example("archive")
    path = made.content.write(tmp_path / "layout", "app:1", made.root)
    assert run(["copy", "-q", f"oci-dir://{path}", "local://app:1"]) == 0
    archive = tmp_path / "app.tar"
    assert run(["images", "app:1", "--export", f"oci-archive={archive}", "-q"]) == 0
    place = open_place(f"archive://{archive}", load_settings())
    data, blob = document(made.root, "one")
    with pytest.raises(ReferenceFault, match="nothing can be attached there"):
        put(place, data, (b"{}", blob), about=made.digest)


def test_another_process_moves_the_name(at: Home) -> None:
    from ironhull.attestations import attach
    from tests.attestations.test_attaching import VEX, statement

    stale, new = at.place(), statement(at, VEX, {"a": 1})
    attach(at.place(), [new], storage="index")
    other = statement(at, VEX, {"a": 2})
    with pytest.raises(ReferenceFault, match="changed meanwhile"):
        attach(stale, [other], storage="index")


def test_a_digest_cannot_mean_another_index(at: Home) -> None:
    if not at.reference.startswith("registry"):
        pytest.skip("in a layout every name of the digest is changed")
    from ironhull.attestations import attach
    from tests.attestations.test_attaching import VEX, statement

    name = at.reference.rpartition(":")[0]
    one = Home(f"{name}@{at.made.digest}", at.made)
    with pytest.raises(ReferenceFault, match="a digest cannot mean another index"):
        attach(one.place(), [statement(one, VEX, {})], storage="index")
    attach(one.place(), [statement(one, VEX, {})])
