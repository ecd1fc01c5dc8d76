"""What is attached is found wherever it is kept, what only claims to be is not, and nothing more
than that is fetched."""

import json
from pathlib import Path
from typing import Any

import pytest

from ironhull.attestations import find, put, targets_of
from ironhull.attestations.finding import SIGNATURE_TYPES
from ironhull.attesting import find_attached
from ironhull.config import load_settings
from ironhull.errors import ImageError, ReferenceFault
from ironhull.model import Platform
from ironhull.oci.manifests import (
    ATTESTATION_MANIFEST,
    EMPTY_JSON,
    IN_TOTO,
    OCI_CONFIG,
    OCI_INDEX,
    OCI_MANIFEST,
    PREDICATE_TYPE,
    REFERENCE_DIGEST,
    REFERENCE_TYPE,
    canonical_json,
)
from tests.attestations.places import Home, home
from tests.registry.content import SPDX, Content, digest_of, example

AMD64 = Platform("linux", "amd64")
VEX = "https://openvex.dev/ns/v0.2.0"


def manifest(
    content: Content, about: dict[str, Any] | None, layer: dict[str, Any], **more: Any
) -> dict[str, Any]:
    """A manifest of one layer about `about`."""
    document = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": content.put(b"{}", EMPTY_JSON),
        "layers": [layer],
        **more,
    }
    if about is not None:
        document["subject"] = {key: about[key] for key in ("mediaType", "digest", "size")}
    return document


def laid_out(tmp_path: Path, content: Content, root: dict[str, Any], *beside: Any) -> Home:
    """A layout with entries without names beside its image."""
    path = content.write(tmp_path / "made", "app:1", root, *beside)
    return Home(f"oci-dir://{path}:app:1", None)  # type: ignore[arg-type]  # of no example


def test_both_forms_of_an_index_are_read(tmp_path: Path) -> None:
    content = Content()
    image = content.image("amd64", {"a": b"b"})
    statement = content.json({"a": 1}, IN_TOTO, annotations={PREDICATE_TYPE: SPDX})
    other = content.put(b"?", "application/x-unknown")
    older = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": content.json({"rootfs": {"type": "layers", "diff_ids": []}}, OCI_CONFIG),
        "layers": [statement, other],
    }
    named = {REFERENCE_TYPE: ATTESTATION_MANIFEST, REFERENCE_DIGEST: image["digest"]}
    platform = {"os": "unknown", "architecture": "unknown"}
    child = content.json(older, OCI_MANIFEST, annotations=named, platform=platform)
    at = laid_out(tmp_path, content, content.index(image, child))
    found = find(at.place())
    (item,) = found.attachments
    assert (item.storage, item.predicate_type) == ("index", SPDX)
    assert (item.manifest, item.subject) == (child["digest"], image["digest"])
    assert json.loads(item.read()) == {"a": 1}
    assert [target.platform for target in found.targets] == [None, AMD64]


def test_a_child_of_the_index_that_says_another_subject(tmp_path: Path) -> None:
    content = Content()
    image, other = content.image("amd64", {"a": b"b"}), content.image("arm64", {"a": b"c"})
    layer = content.json({}, IN_TOTO, annotations={PREDICATE_TYPE: SPDX})
    named = {REFERENCE_TYPE: ATTESTATION_MANIFEST, REFERENCE_DIGEST: image["digest"]}
    child = content.json(manifest(content, other, layer), OCI_MANIFEST, annotations=named)
    at = laid_out(tmp_path, content, content.index(image, other, child))
    found = find(at.place())
    assert found.attachments == ()
    (problem,) = found.problems
    assert problem.where == child["digest"]
    assert other["digest"] in problem.message


def test_signatures_of_the_image_are_not_listed(tmp_path: Path) -> None:
    made = example("signatures")
    content = made.content
    beside = []
    for kind in sorted(SIGNATURE_TYPES):
        layer = content.put(b"signature", kind)
        document = manifest(content, made.amd64, layer, artifactType=kind)
        beside.append(content.json(document, OCI_MANIFEST, artifactType=kind))
    bundle = "application/vnd.dev.sigstore.bundle.v0.3+json"
    said = {"dev.sigstore.bundle.content": "message-signature"}
    document = manifest(content, made.amd64, content.put(b"{}", bundle), annotations=said)
    beside.append(content.json(document, OCI_MANIFEST, artifactType=bundle, annotations=said))
    at = laid_out(tmp_path, content, made.root, *beside)
    assert {item.storage for item in find(at.place()).attachments} == {"index"}


def test_every_kind_of_annotation_tells_the_type(tmp_path: Path) -> None:
    made = example("types")
    content = made.content
    keys = (PREDICATE_TYPE, "dev.sigstore.bundle.predicateType", "predicateType")
    beside = []
    for number, key in enumerate(keys):
        layer = content.put(b"%d" % number, IN_TOTO, annotations={key: f"https://e.org/{number}"})
        document = manifest(content, made.amd64, layer, artifactType=IN_TOTO)
        beside.append(content.json(document, OCI_MANIFEST, artifactType=IN_TOTO))
    at = laid_out(tmp_path, content, made.root, *beside)
    found = [i.predicate_type for i in find(at.place()).attachments if i.storage == "referrer"]
    assert found == ["https://e.org/0", "https://e.org/1", "https://e.org/2"]


def test_a_type_that_only_the_statement_tells(tmp_path: Path) -> None:
    made = example("untyped")
    content = made.content
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "_", "digest": {"sha256": made.amd64["digest"][7:]}}],
        "predicateType": VEX,
        "predicate": {},
    }
    layers = (content.json(statement, IN_TOTO), content.put(b"nonsense", IN_TOTO))
    beside = [
        content.json(manifest(content, made.amd64, layer, artifactType=IN_TOTO), OCI_MANIFEST)
        for layer in layers
    ]
    at = laid_out(tmp_path, content, made.root, *beside)
    _, found = find_attached(at.reference, load_settings(), wanted=["vex"])
    assert [item.predicate_type for item in found.attachments] == [VEX]
    (problem,) = found.problems
    assert problem.where == layers[1]["digest"]
    _, found = find_attached(at.reference, load_settings(), wanted=["spdx"], platform=AMD64)
    assert [item.storage for item in found.attachments] == ["index"]


def test_artifacts_that_are_no_statements_are_listed_too(tmp_path: Path) -> None:
    made = example("artifacts")
    content = made.content
    layer = content.put(b'{"spdxVersion":"SPDX-2.3"}', "application/spdx+json")
    kind = "application/vnd.example.sbom"
    document = manifest(content, made.root, layer, artifactType=kind)
    entry = content.json(document, OCI_MANIFEST, artifactType=kind)
    at = laid_out(tmp_path, content, made.root, entry)
    _, found = find_attached(at.reference, load_settings())
    (item,) = (i for i in found.attachments if i.storage == "referrer")
    assert (item.predicate_type, item.media_type) == ("", "application/spdx+json")
    assert found.artifact_types[item.manifest] == kind


def test_damage_is_said_and_the_rest_is_found(tmp_path: Path) -> None:
    made = example("damage")
    content = made.content
    layer = content.put(b"{}", IN_TOTO, annotations={PREDICATE_TYPE: VEX})
    document = manifest(content, made.amd64, layer, artifactType=IN_TOTO)
    good = content.json(document, OCI_MANIFEST, artifactType=IN_TOTO)
    bad = content.json(document | {"layers": 7}, OCI_MANIFEST, artifactType=IN_TOTO)
    index = content.json(
        {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [], "subject": made.amd64},
        OCI_INDEX,
    )
    at = laid_out(tmp_path, content, made.root, good, bad, index)
    found = find(at.place())
    assert [i.predicate_type for i in found.attachments if i.storage == "referrer"] == [VEX]
    assert {problem.where for problem in found.problems} == {bad["digest"], index["digest"]}


def test_no_platform_and_no_image(tmp_path: Path) -> None:
    made = example("none")
    at = laid_out(tmp_path, made.content, made.root)
    with pytest.raises(ReferenceFault, match="no image for"):
        find(at.place(), platform=Platform("linux", "s390x"))
    empty = Content()
    at = laid_out(tmp_path / "empty", empty, empty.index())
    with pytest.raises(ImageError, match="holds no image"):
        find(at.place())


# ── registries ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ["registry", "registry with referrers"])
def test_nothing_is_fetched_that_is_not_needed(kind: str, tmp_path: Path) -> None:
    with home(kind, tmp_path) as at:
        place = at.place()
        for number in range(5):
            layer = b'{"number":%d}' % number
            annotations = {PREDICATE_TYPE: f"https://example.org/{number}"}
            document = canonical_json(
                manifest(
                    Content(),
                    at.made.amd64,
                    Content().put(layer, IN_TOTO),
                    artifactType=IN_TOTO,
                    annotations=annotations,
                )
            )
            put(place, document, (b"{}", layer), about=at.made.amd64["digest"])
        place = at.place()
        assert at.counted is not None
        at.counted.asked.clear()
        found = find(place, platform=AMD64, wanted=lambda kind: kind == "https://example.org/3")
        asked = list(at.counted.asked)
        (item,) = found.attachments
        assert not [path for _, path in asked if "/blobs/" in path]
        manifests = [path for method, path in asked if "/manifests/sha256:" in path]
        # the attestations of the index, and the one referrer that is wanted
        assert len(manifests) == 2
        assert manifests[-1].endswith(item.manifest)
        at.counted.asked.clear()
        assert item.read() == b'{"number":3}'
        assert [path.rpartition("/")[2] for _, path in at.counted.asked] == [item.digest]


def test_what_a_registry_lists_and_is_about_something_else(tmp_path: Path) -> None:
    with home("registry with referrers", tmp_path) as at:
        place = at.place()
        layer = Content().put(b"{}", IN_TOTO)
        document = canonical_json(
            manifest(Content(), at.made.arm64, layer, annotations={PREDICATE_TYPE: VEX})
        )
        put(place, document, (b"{}",), about=at.made.arm64["digest"])
        assert at.counted is not None
        lists = at.counted.lists
        arm = next(key for key in lists if key[1] == at.made.arm64["digest"])
        amd = (arm[0], at.made.amd64["digest"])
        liar = [item for item in lists[arm] if item["digest"] == digest_of(document)]
        gone = {**liar[0], "digest": "sha256:" + "7" * 64}
        lists[amd] = [*lists.get(amd, []), *liar, gone]
        found = find(at.place(), platform=AMD64)
        assert "referrer" not in {item.storage for item in found.attachments}
        said = {problem.where: problem.message for problem in found.problems}
        assert f"is about {at.made.arm64['digest']}" in said[digest_of(document)]
        assert "does not have it" in said[gone["digest"]]


def test_targets_of_one_manifest_alone(tmp_path: Path) -> None:
    with home("registry", tmp_path) as at:
        digest = at.made.arm64["digest"]
        name = at.reference.removeprefix("registry://").rpartition(":")[0]
        one = Home(f"registry://{name}@{digest}", at.made)
        (target,) = targets_of(one.place())
        assert (target.digest, target.platform) == (digest, Platform("linux", "arm64"))
        # the registry lists what BuildKit put into the index as what refers to the manifest
        assert [item.predicate_type for item in find(one.place()).attachments] == [SPDX]
