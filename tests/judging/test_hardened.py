"""A hardened image is proven, never believed."""

import hashlib

import pytest

from ironhull.errors import SignatureError
from ironhull.judging._hardened import chain_ids, hardened_of
from ironhull.model import Image
from ironhull.predicates.slsa import BUILD_TYPE, BUILDER_ID
from tests.judging.images import OTHER, SLSA, attached, image

ONE, TWO, THREE = (f"sha256:{digit * 64}" for digit in "123")
OWN = {
    "buildDefinition": {"buildType": f"{BUILD_TYPE}#debian-base"},
    "runDetails": {"builder": {"id": BUILDER_ID}},
}
RUNTIME = {"io.github.ironhull.variant": "runtime"}


def sound(_: Image) -> None:
    """A trusted key signed everything."""


def unsigned(_: Image) -> None:
    raise SignatureError("no signature is there")


def chain(*diff_ids: str) -> str:
    """The ChainID by its definition in the OCI image-spec."""
    found = diff_ids[0]
    for diff_id in diff_ids[1:]:
        found = "sha256:" + hashlib.sha256(f"{found} {diff_id}".encode()).hexdigest()
    return found


def test_chain_ids_are_those_of_the_specification() -> None:
    assert chain_ids([ONE, TWO, THREE]) == [ONE, chain(ONE, TWO), chain(ONE, TWO, THREE)]
    assert chain_ids([]) == []


def test_our_own_base_by_its_provenance() -> None:
    found = hardened_of([image(attached(SLSA, OWN), labels=RUNTIME)], None)
    assert (found["vendor"], found["proven"]) == ("ironhull", True)


@pytest.mark.parametrize("variant", ["slim", "", "full"])
def test_a_variant_that_is_not_hardened_is_none(variant: str) -> None:
    labels = {"io.github.ironhull.variant": variant}
    assert hardened_of([image(attached(SLSA, OWN), labels=labels)], None) == {}


def test_provenance_about_another_image_proves_nothing() -> None:
    assert hardened_of([image(attached(SLSA, OWN, about=OTHER), labels=RUNTIME)], None) == {}


def test_another_builder_is_not_ours() -> None:
    other = {**OWN, "runDetails": {"builder": {"id": "https://example.com"}}}
    assert hardened_of([image(attached(SLSA, other), labels=RUNTIME)], None) == {}


def test_where_a_key_is_trusted_our_own_has_to_be_signed() -> None:
    ours = image(attached(SLSA, OWN), labels=RUNTIME)
    assert hardened_of([ours], sound)["proven"]
    found = hardened_of([ours], unsigned)
    assert not found["proven"]
    assert "no signature is there" in found["trouble"]


def test_dhi_needs_its_layers_and_a_key() -> None:
    labels = {"com.docker.dhi.chain-id": chain(ONE, TWO)}
    derived = image(labels=labels, layers=(ONE, TWO, THREE))
    assert hardened_of([derived], sound) == {
        "name": "web:1",
        "digest": derived.digest,
        "vendor": "docker",
        "proven": True,
    }
    assert "no trusted key" in hardened_of([derived], None)["trouble"]
    assert not hardened_of([derived], unsigned)["proven"]


def test_a_label_that_was_copied_to_other_layers_proves_nothing() -> None:
    labels = {"com.docker.dhi.chain-id": chain(ONE, TWO)}
    found = hardened_of([image(labels=labels, layers=(ONE, THREE))], sound)
    assert not found["proven"]
    assert found["trouble"] == "its layers are not those its label names"


def test_the_base_may_be_the_hardened_one() -> None:
    base = image(attached(SLSA, OWN), labels=RUNTIME, name="base:1")
    found = hardened_of([image(), base], None)
    assert (found["name"], found["proven"]) == ("base:1", True)


def test_a_claim_that_does_not_hold_is_told_where_nothing_better_is_there() -> None:
    labels = {"com.docker.dhi.chain-id": OTHER}
    assert hardened_of([image(labels=labels), image()], None)["vendor"] == "docker"
    base = image(attached(SLSA, OWN), labels=RUNTIME, name="base:1")
    assert hardened_of([image(labels=labels), base], None)["vendor"] == "ironhull"


@pytest.mark.parametrize(
    ("name", "vendor"),
    [
        ("cgr.dev/chainguard/python:latest", "chainguard"),
        ("gcr.io/distroless/static", "distroless"),
    ],
)
def test_others_by_place_and_key(name: str, vendor: str) -> None:
    assert hardened_of([image(name=name)], sound)["vendor"] == vendor
    assert not hardened_of([image(name=name)], None)["proven"]
