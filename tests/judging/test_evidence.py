"""What is attached counts when it is about this image, and can be read."""

from ironhull.judging._evidence import Evidence
from ironhull.values import replace
from tests.judging.images import DIGEST, MANIFEST, OTHER, SLSA, SPDX, attached, image, raw


def test_a_statement_is_given_with_the_manifest_that_holds_it() -> None:
    found = Evidence(image(attached(SPDX, {"name": "x"}))).referrer(SPDX)
    assert found == {
        "statement": {
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{"name": "_", "digest": {"sha256": "a" * 64}}],
            "predicateType": SPDX,
            "predicate": {"name": "x"},
        },
        "image": f"docker.io/library/web@{MANIFEST}",
    }


def test_other_types_and_no_image_give_nothing() -> None:
    assert Evidence(image(attached(SPDX, {}))).referrer(SLSA) is None
    assert Evidence(None).referrer(SLSA) is None
    assert Evidence(None).provenance() is None


def test_a_statement_about_another_image_is_no_evidence_and_is_told() -> None:
    evidence = Evidence(image(attached(SPDX, {}, about=OTHER)))
    assert evidence.referrer(SPDX) is None
    assert [p.message for p in evidence.problems] == ["is a statement about another image"]


def test_what_cannot_be_read_is_told_once() -> None:
    evidence = Evidence(image(raw(SPDX, b"{"), attached(SPDX, {"n": 1})))
    found = evidence.referrer(SPDX)
    assert found is not None and found["statement"]["predicate"] == {"n": 1}
    evidence.referrer(SPDX)
    assert len(evidence.problems) == 1


def test_a_type_that_is_not_announced_is_found_inside() -> None:
    held = attached(SPDX, {})
    evidence = Evidence(image(raw("", held.read())))
    assert evidence.referrer(SPDX) is not None
    assert evidence.referrer(SLSA) is None


def test_a_predicate_may_be_a_list() -> None:
    kind = "https://scout.docker.com/secrets/v0.1"
    found = Evidence(image(attached(kind, []))).referrer(kind)
    assert found is not None and found["statement"]["predicate"] == []


def test_the_newest_kind_of_provenance_is_taken() -> None:
    older = "https://slsa.dev/provenance/v0.2"
    evidence = Evidence(image(attached(older, {"n": 1}), attached(SLSA, {"n": 2})))
    assert evidence.provenance() == {"n": 2}


def test_manifests_of_attachments_are_known() -> None:
    evidence = Evidence(image(attached(SPDX, {})))
    assert evidence.holds(MANIFEST)
    assert not evidence.holds(DIGEST)


def test_a_signature_beside_the_image_is_no_broken_statement() -> None:
    signed = replace(
        raw("", b'{"critical": {}}'),
        media_type="application/vnd.dev.cosign.simplesigning.v1+json",
    )
    evidence = Evidence(image(signed, attached(SPDX, {})))
    assert evidence.referrer(SPDX) is not None
    assert evidence.problems == []
