"""`build_dockerfile` as a whole, with engines that stand for real ones: the archive is real."""

import json
from pathlib import Path
from typing import Any

import pytest

from ironhull import dockerbuilding
from ironhull.attest import read_statement
from ironhull.builders.dockerfile import DockerRecipe
from ironhull.builders.dockerfile.index import attested
from ironhull.building import Publication
from ironhull.config import Settings
from ironhull.errors import BuildError, ImageError, ReferenceFault
from ironhull.model import Build, Image, Platform
from ironhull.oci.edit import ImageConfig
from ironhull.oci.names import Reference
from ironhull.pipeline import load, sbom
from ironhull.places import Places
from ironhull.store.images import ImageStore
from ironhull.values import replace
from tests.builders.dockerfile.programs import Programs
from tests.images import archive, stored
from tests.oci._craft import Layout

FILES = {
    "etc/os-release": 'ID=debian\nVERSION_ID="13"\n',
    "var/lib/dpkg/status": (
        "Package: bash\nStatus: install ok installed\nArchitecture: amd64\nVersion: 5.2-1\n\n"
    ),
}
SPDX, SLSA = "https://spdx.dev/Document", "https://slsa.dev/provenance/v0.2"
RECIPE = DockerRecipe(context=".", names=("web:1",))


def statement(kind: str, **predicate: object) -> tuple[str, bytes]:
    return kind, json.dumps(
        {
            "_type": "https://in-toto.io/Statement/v0.1",
            "predicateType": kind,
            "subject": [{"name": "_", "digest": {"sha256": "0" * 64}}],
            "predicate": predicate,
        }
    ).encode()


BUILT = statement(SLSA, builder={"id": "theirs"})
LISTED = statement(SPDX, spdxVersion="SPDX-2.3", name="sbom")
STAGE = statement(SPDX, spdxVersion="SPDX-2.3", name="sbom-build")


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    made = Programs(tmp_path / "bin")
    monkeypatch.setenv("PATH", str(made.place))
    return made


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(Places(str(tmp_path / "home"), str(tmp_path / "cache")))


def built(
    settings: Settings,
    recipe: DockerRecipe = RECIPE,
    publication: Publication | None = None,
    **options: Any,
) -> tuple[Build, list[str]]:
    said: list[str] = []
    wanted = publication or Publication(recipe.names, provenance="min")
    made = dockerbuilding.build_dockerfile(recipe, settings, wanted, say=said.append, **options)
    return made, said


def attached(image: Image) -> dict[str, list[bytes]]:
    found: dict[str, list[bytes]] = {}
    for item in image.attachments:
        found.setdefault(item.predicate_type, []).append(item.read())
    return found


def several(tmp_path: Path, *platforms: Platform, statements: bool = False) -> Path:
    """An OCI archive with one image for each of `platforms`."""
    store = ImageStore(tmp_path / "several")
    images = [stored(store, f"one:{n}", FILES, platform=p) for n, p in enumerate(platforms)]
    entries = [
        replace(store.origin(f"one:{n}")[0], annotations={}, platform=p)
        for n, p in enumerate(platforms)
    ]
    made = attested([(entry, [BUILT] if statements else []) for entry in entries])
    for blob in (*made.blobs, made.index):
        store.incoming.put(blob.descriptor.digest, blob.data)
    store.take(made.index.descriptor, Reference.parse("all:1"))
    store.export(store.find("all:1", platforms[0]), "oci-archive", tmp_path / "all.tar")
    assert len(images) == len(platforms)
    return tmp_path / "all.tar"


# ── what is attached ─────────────────────────────────────────────────────────────────────────────


def test_what_the_engine_attested_stays_and_the_sbom_is_ours(
    programs: Programs, settings: Settings, tmp_path: Path
) -> None:
    source = archive(tmp_path, "x:1", FILES, kind="oci-archive", statements=[BUILT])
    programs.docker(source)
    build, said = built(settings)
    assert said == ["#1 working"]
    image = load("web:1", settings)
    assert (image.digest, image.index_digest) == (build.image.digest, build.image.index_digest)
    found = attached(image)
    assert found.keys() == {SPDX, SLSA}
    assert found[SLSA] == [BUILT[1]]
    told = read_statement(found[SPDX][0])
    assert told.subjects[0].digest == {"sha256": image.digest.removeprefix("sha256:")}
    assert told.subjects[0].name == "pkg:docker/web@1?platform=linux%2Famd64"
    names = {package["name"] for package in told.predicate["packages"]}
    assert {package.name for package in sbom(image).packages} == {"bash"} <= names


def test_the_sbom_of_a_generator_stays_with_those_of_stages(
    programs: Programs, settings: Settings, tmp_path: Path
) -> None:
    source = archive(tmp_path, "x:1", FILES, kind="oci-archive", statements=[LISTED, STAGE, BUILT])
    programs.docker(source)
    recipe = replace(RECIPE, generator="generator=scanner")
    build, _ = built(settings, recipe, Publication(("web:1",), provenance="max"))
    found = attached(build.image)
    assert found == {SPDX: [LISTED[1], STAGE[1]], SLSA: [BUILT[1]]}


def test_an_engine_that_attests_nothing_gets_our_provenance(
    programs: Programs, settings: Settings, tmp_path: Path
) -> None:
    programs.buildah(archive(tmp_path, "x:1", FILES, kind="oci-archive"))
    build, _ = built(settings, publication=Publication(("web:1",), provenance="max"))
    found = attached(build.image)
    assert found.keys() == {SPDX, "https://slsa.dev/provenance/v1"}
    told = read_statement(found["https://slsa.dev/provenance/v1"][0]).predicate
    assert told["buildDefinition"]["internalParameters"] == {"engine": "buildah 1.40.0"}
    assert told["runDetails"]["metadata"]["ironhull_reproducible"] is False
    assert told["runDetails"]["metadata"]["startedOn"] == build.started
    assert "buildah 1.40.0 attests nothing: the provenance is ours and tells less" in build.notes


def test_nothing_is_attached_where_nothing_is_wanted(
    programs: Programs, settings: Settings, tmp_path: Path
) -> None:
    programs.buildah(archive(tmp_path, "x:1", FILES, kind="oci-archive"))
    build, _ = built(settings, publication=Publication(("web:1",), sbom=False, provenance=""))
    assert build.image.attachments == ()
    assert build.image.index_digest == ""
    assert not [note for note in build.notes if "provenance" in note]


def test_the_image_itself_is_not_changed(
    programs: Programs, settings: Settings, tmp_path: Path
) -> None:
    source = archive(tmp_path, "x:1", FILES, kind="oci-archive", statements=[BUILT])
    programs.docker(source)
    before = load(f"archive://{source}", settings)
    build, _ = built(settings)
    assert build.image.digest == before.digest
    again, _ = built(settings)
    assert again.image.index_digest == build.image.index_digest


# ── platforms ────────────────────────────────────────────────────────────────────────────────────

BOTH = (Platform("linux", "amd64"), Platform("linux", "arm64"))


def test_every_platform_is_listed_and_attested(
    programs: Programs, settings: Settings, tmp_path: Path
) -> None:
    programs.docker(several(tmp_path, *BOTH, statements=True))
    recipe = replace(RECIPE, platforms=("linux/arm64", "linux/amd64"))
    build, _ = built(settings, recipe)
    for platform in BOTH:
        image = load("web:1", settings, platform)
        assert image.index_digest == build.image.index_digest
        found = attached(image)
        assert found[SLSA] == [BUILT[1]]
        (subject,) = read_statement(found[SPDX][0]).subjects
        assert subject.digest == {"sha256": image.digest.removeprefix("sha256:")}
    assert "for linux/amd64, linux/arm64" in build.notes


@pytest.mark.parametrize(
    "asked", [("linux/amd64", "linux/s390x"), ("linux/amd64",), ("linux/amd64", "linux/arm/v7")]
)
def test_other_platforms_than_asked_for_are_an_error(
    programs: Programs, settings: Settings, tmp_path: Path, asked: tuple[str, ...]
) -> None:
    programs.docker(several(tmp_path, *BOTH))
    with pytest.raises(BuildError, match="made linux/amd64, linux/arm64, not linux/amd64"):
        built(settings, replace(RECIPE, platforms=asked))
    with pytest.raises(ReferenceFault):
        load("local://web:1", settings)


def test_a_variant_that_is_not_told_is_no_difference(
    programs: Programs, settings: Settings, tmp_path: Path
) -> None:
    programs.docker(several(tmp_path, Platform("linux", "arm64"), Platform("linux", "arm", "v7")))
    build, _ = built(settings, replace(RECIPE, platforms=("linux/arm64/v8", "linux/arm")))
    assert "for linux/arm/v7, linux/arm64" in build.notes


# ── names and places ─────────────────────────────────────────────────────────────────────────────


def test_names_and_exports(programs: Programs, settings: Settings, tmp_path: Path) -> None:
    programs.docker(archive(tmp_path, "x:1", FILES, kind="oci-archive", statements=[BUILT]))
    recipe = replace(RECIPE, names=("web:1", "registry.example/web:2"))
    wanted = Publication(recipe.names, exports=(("oci-dir", tmp_path / "out"),))
    build, _ = built(settings, recipe, wanted)
    digests = {load(name, settings).index_digest for name in recipe.names}
    assert digests == {build.image.index_digest}
    exported = load(f"oci-dir://{tmp_path}/out", settings)
    assert exported.index_digest == build.image.index_digest
    assert attached(exported) == attached(build.image)


def test_without_a_name_it_is_exported_alone(
    programs: Programs, settings: Settings, tmp_path: Path
) -> None:
    programs.docker(archive(tmp_path, "x:1", FILES, kind="oci-archive"))
    wanted = Publication((), exports=(("docker-archive", tmp_path / "out.tar"),))
    build, _ = built(settings, replace(RECIPE, names=()), wanted)
    exported = load(f"archive://{tmp_path}/out.tar", settings)
    assert exported.config_digest == build.image.config_digest


def test_docker_archives_are_taken_in(
    programs: Programs, settings: Settings, tmp_path: Path
) -> None:
    """What `docker image save` writes where the store is the classic one."""
    source = archive(tmp_path, "x:1", FILES)
    programs.docker(source, status='[["Backing Filesystem","extfs"]]')
    build, _ = built(settings)
    assert build.image.config_digest == load(f"archive://{source}", settings).config_digest
    assert SPDX in attached(load("web:1", settings))


def test_who_it_runs_as_is_said(programs: Programs, settings: Settings, tmp_path: Path) -> None:
    programs.docker(archive(tmp_path, "x:1", FILES, kind="oci-archive"))
    assert "runs as root: name another USER in the Dockerfile" in built(settings)[0].notes
    user = ImageConfig(user="app")
    programs.docker(archive(tmp_path, "y:1", FILES, kind="oci-archive", config=user))
    assert not [note for note in built(settings)[0].notes if "root" in note]


# ── trouble ──────────────────────────────────────────────────────────────────────────────────────


def test_an_archive_that_is_damaged_names_nothing(
    programs: Programs, settings: Settings, tmp_path: Path
) -> None:
    source = archive(tmp_path, "x:1", FILES, kind="oci-archive")
    data = source.read_bytes()
    place = data.index(b"\x1f\x8b")  # the layer
    source.write_bytes(data[: place + 40] + b"\0\0\0\0" + data[place + 44 :])
    programs.docker(source)
    with pytest.raises(ImageError):
        built(settings)
    with pytest.raises(ReferenceFault):
        load("local://web:1", settings)


@pytest.mark.parametrize("content", [b"", b"no archive", b"\0" * 10_240, b"{}"])
def test_what_is_no_archive_is_an_error(
    programs: Programs, settings: Settings, tmp_path: Path, content: bytes
) -> None:
    source = tmp_path / "x.tar"
    source.write_bytes(content)
    programs.docker(source)
    with pytest.raises((ImageError, ReferenceFault)) as trouble:
        built(settings)
    assert "\n" not in trouble.value.message
    assert ImageStore(settings.images).list() == ()


def test_an_index_without_images_is_an_error(
    programs: Programs, settings: Settings, tmp_path: Path
) -> None:
    made = Layout()
    made.top = [made.index()]
    (tmp_path / "x.tar").write_bytes(made.archive())
    programs.docker(tmp_path / "x.tar")
    with pytest.raises(BuildError, match=r"buildx 0\.20\.1 made no image"):
        built(settings)


def test_a_build_that_fails_names_nothing(programs: Programs, settings: Settings) -> None:
    programs.docker(said="ERROR: no such stage", exit=1)
    with pytest.raises(BuildError, match="no such stage"):
        built(settings)
    assert ImageStore(settings.images).list() == ()
    assert not list((settings.images / ".ironhull" / "tmp").iterdir())
