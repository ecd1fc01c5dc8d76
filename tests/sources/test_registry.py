"""`registry://`, and where images are taken from and put to as they are."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ironhull.errors import ImageError, ReferenceFault, RegistryError
from ironhull.model import Image, Platform
from ironhull.oci.layers import read_layer
from ironhull.oci.patterns import Wanted
from ironhull.registry import Hosts, Keychain, Registries
from ironhull.registry.transfer import plan
from ironhull.sources import Asked, open_image, open_origin
from ironhull.sources.targets import parse_target, pulled_name, pushed_name
from ironhull.store.cache_files import CacheFiles, key_of
from tests.registry.content import Example, example
from tests.registry.fake import Fake, fake_registry, part, send

AMD64 = Platform("linux", "amd64")


@pytest.fixture
def fake() -> Iterator[Fake]:
    with fake_registry() as server:
        yield server


@pytest.fixture
def made(fake: Fake) -> Example:
    made = example("source")
    fake.content.blobs.update(made.content.blobs)
    fake.content.types.update(made.content.types)
    fake.tags["1"] = made.digest
    return made


def asked(tmp_path: Path, platform: Platform | None = None) -> Asked:
    registries = Registries(
        hosts=Hosts(), keychain=Keychain(), user_agent="test", pause=lambda _: None
    )
    return Asked(tmp_path / "store", platform, registries=lambda: registries)


def opened(fake: Fake, tmp_path: Path, name: str = "a/b:1"):  # type: ignore[no-untyped-def]  # an Image
    found = asked(tmp_path)
    return open_image(
        f"registry://{fake.host}/{name}",
        images=found.images,
        platform=AMD64,
        registries=found.registries,
    )


def cached(fake: Fake, tmp_path: Path) -> Image:
    found = asked(tmp_path)
    return open_image(
        f"registry://{fake.host}/a/b:1",
        images=found.images,
        platform=AMD64,
        cache=tmp_path / "cache",
        registries=found.registries,
    )


def test_nothing_of_a_layer_moves_before_it_is_opened(
    fake: Fake, made: Example, tmp_path: Path
) -> None:
    image = opened(fake, tmp_path)
    manifest = json.loads(made.content.blobs[made.amd64["digest"]])
    paths = [path for _, path, _ in fake.asked]
    for layer in manifest["layers"]:
        assert f"/v2/a/b/blobs/{layer['digest']}" not in paths
    assert made.arm64["digest"] not in "".join(paths)
    assert (image.digest, image.index_digest) == (made.amd64["digest"], made.digest)
    read_layer(image.layers[0], Wanted.of(()))
    asked_for = [path for _, path, _ in fake.asked if manifest["layers"][0]["digest"] in path]
    assert len(asked_for) == 1


def test_an_image_read_before_costs_one_request(fake: Fake, made: Example, tmp_path: Path) -> None:
    first = cached(fake, tmp_path)
    fake.asked.clear()
    again = cached(fake, tmp_path)
    asked_for = [(method, path) for method, path, _ in fake.asked if path != "/v2/"]
    assert asked_for == [("GET", "/v2/a/b/manifests/1")]
    assert (again.digest, again.config, again.manifest) == (
        first.digest,
        first.config,
        first.manifest,
    )
    assert read_layer(again.layers[0], Wanted.of(())).diff_id == again.layers[0].diff_id


def test_documents_that_were_altered_in_the_cache_are_fetched_again(
    fake: Fake, made: Example, tmp_path: Path
) -> None:
    first = cached(fake, tmp_path)
    files = CacheFiles(str(tmp_path / "cache"), "registries", limit=1 << 20)
    for digest in (first.digest, first.config_digest):
        assert files.keep(key_of(("document", digest)), b"{}")
    assert cached(fake, tmp_path).config == first.config
    fake.asked.clear()
    assert cached(fake, tmp_path).digest == first.digest
    assert len([path for _, path, _ in fake.asked if path != "/v2/"]) == 1


def test_what_the_registry_altered_is_not_kept(fake: Fake, made: Example, tmp_path: Path) -> None:
    config = json.loads(made.content.blobs[made.amd64["digest"]])["config"]
    path = f"/v2/a/b/blobs/{config['digest']}"
    good = made.content.blobs[config["digest"]]
    fake.on("GET", path, send(200, b"x" * config["size"]), send(200, good))
    with pytest.raises(ImageError, match="digest"):
        cached(fake, tmp_path)
    assert cached(fake, tmp_path).config_digest == config["digest"]


def test_a_layer_that_is_cut_is_read_to_its_end(fake: Fake, made: Example, tmp_path: Path) -> None:
    image = opened(fake, tmp_path)
    layer = image.layers[0]
    data = made.content.blobs[layer.digest]
    fake.on("GET", f"/v2/a/b/blobs/{layer.digest}", part(data, 100_000), part(data, len(data)))
    assert read_layer(layer, Wanted.of(())).digest == layer.digest


def test_a_layer_that_is_altered_is_refused(fake: Fake, made: Example, tmp_path: Path) -> None:
    image = opened(fake, tmp_path)
    layer = image.layers[0]
    data = bytearray(made.content.blobs[layer.digest])
    data[-1] ^= 1
    fake.on("GET", f"/v2/a/b/blobs/{layer.digest}", send(200, bytes(data)))
    with pytest.raises((ImageError, RegistryError), match=layer.digest):
        read_layer(layer, Wanted.of(()))


def test_a_digest_goes_before_a_tag(fake: Fake, made: Example, tmp_path: Path) -> None:
    fake.tags["2"] = made.arm64["digest"]
    image = opened(fake, tmp_path, f"a/b:2@{made.amd64['digest']}")
    assert (image.digest, image.index_digest) == (made.amd64["digest"], "")


@pytest.mark.parametrize(
    ("platform", "said"),
    [
        (Platform("linux", "s390x"), "linux/amd64, linux/arm64"),
        (Platform("windows", "amd64"), "linux"),
    ],
)
def test_a_platform_that_is_not_there_is_said(
    fake: Fake, made: Example, tmp_path: Path, platform: Platform, said: str
) -> None:
    found = asked(tmp_path)
    with pytest.raises(ReferenceFault) as trouble:
        open_image(
            f"registry://{fake.host}/a/b:1",
            images=found.images,
            platform=platform,
            registries=found.registries,
        )
    assert said in trouble.value.hint


def test_an_artifact_is_no_image(fake: Fake, made: Example, tmp_path: Path) -> None:
    fake.tags["sig"] = made.signature["digest"]
    with pytest.raises(ImageError, match=r"holds no image|not a container image"):
        opened(fake, tmp_path, "a/b:sig")


def test_names_that_are_not_there_and_are_none(fake: Fake, tmp_path: Path) -> None:
    with pytest.raises(ReferenceFault, match="is not in the registry"):
        opened(fake, tmp_path, "a/b:none")
    with pytest.raises(ReferenceFault, match=r"names are lower case|not an image name"):
        opened(fake, tmp_path, "A/B")
    with pytest.raises(ReferenceFault, match="not asked here"):
        open_image("registry://debian", images=tmp_path)


# ── as it is ─────────────────────────────────────────────────────────────────────────────────────


def test_a_plain_name_is_looked_for_in_the_store_and_then_in_its_registry(
    fake: Fake, made: Example, tmp_path: Path
) -> None:
    found = asked(tmp_path)
    name = f"{fake.host}/a/b:1"
    assert open_origin(name, found).root.digest == made.digest
    with pytest.raises(ReferenceFault, match="local image store"):
        open_origin(f"local://{name}", found)
    with pytest.raises(ReferenceFault, match="not copied from fs://"):
        open_origin(f"fs://{tmp_path}", found)


def test_one_platform_of_a_layout_brings_its_attestation(tmp_path: Path) -> None:
    made = example("layout")
    path = made.content.write(tmp_path / "layout", "app:1", made.root, made.signature)
    found = plan(open_origin(f"oci-dir://{path}:app:1", asked(tmp_path, AMD64)), referrers=True)
    assert found.root.descriptor.digest == made.amd64["digest"]
    assert [item.descriptor.digest for item in found.companions] == [made.attestations[0]["digest"]]


def test_referrers_other_tools_put_into_a_layout_are_no_images_of_their_own(
    tmp_path: Path,
) -> None:
    made = example("oras")
    path = made.content.write(
        tmp_path / "layout", "app:1", made.root, made.signature, made.countersignature
    )
    image = open_image(f"oci-dir://{path}", images=tmp_path / "store", platform=AMD64)
    assert image.digest == made.amd64["digest"]
    found = plan(open_origin(f"oci-dir://{path}", asked(tmp_path)), referrers=True)
    assert [item.descriptor.digest for item in found.companions] == [
        made.signature["digest"],
        made.countersignature["digest"],
    ]


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("registry.example/a:1", "registry", "registry.example/a:1"),
        ("registry://debian", "registry", "debian:latest"),
        ("local://debian:13", "local", "debian:13"),
        ("oci-dir:///tmp/x", "oci-dir", "source:1"),
        ("oci-dir:///tmp/x:web:2", "oci-dir", "web:2"),
    ],
)
def test_destinations(text: str, kind: str, name: str) -> None:
    target = parse_target(text, "source:1")
    assert (target.kind, target.name) == (kind, name)
    if kind == "oci-dir":
        assert target.path == Path("/tmp/x")


@pytest.mark.parametrize(
    "text", ["docker://", "fs://x", "registry://a@sha256:" + "0" * 64, "registry://A"]
)
def test_what_is_no_destination(text: str) -> None:
    with pytest.raises(ReferenceFault):
        parse_target(text, "source:1")


def test_names_of_pull_and_push() -> None:
    assert pulled_name("debian:13") == (
        "registry://docker.io/library/debian:13",
        "local://docker.io/library/debian:13",
    )
    assert pushed_name("web:1", "") == ("local://web:1", "registry://docker.io/library/web:1")
    assert pushed_name("abcd1234", "r.example/web") == (
        "local://abcd1234",
        "registry://r.example/web:latest",
    )
    for wrong in ("archive://x", "oci-dir://x"):
        with pytest.raises(ReferenceFault):
            pulled_name(wrong)
        with pytest.raises(ReferenceFault):
            pushed_name(wrong, "")
