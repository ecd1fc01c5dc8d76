"""What buildah and Podman are asked."""

from pathlib import Path

import pytest

from ironhull.builders.dockerfile import DockerRecipe, choose_engine
from ironhull.errors import BuildError
from ironhull.values import replace
from tests.builders.dockerfile.programs import COMMON, FULL, Programs
from tests.builders.dockerfile.test_buildx import PLAIN

RECIPE = replace(FULL, generator="", builder="")


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "prepared.tar"
    path.write_bytes(b"an archive")
    return path


def built(recipe: DockerRecipe, programs: Programs, work: Path, name: str) -> None:
    engine = choose_engine(name, "", programs.environment)
    made = engine.build(recipe, work, programs.environment, lambda _: None)
    assert made.archive.read_bytes() == b"an archive"
    assert made.program == f"{name} 1.40.0"


@pytest.mark.parametrize("name", ["buildah", "podman"])
def test_every_option_is_passed_on(
    programs: Programs, archive: Path, tmp_path: Path, name: str
) -> None:
    programs.buildah(archive, name)
    built(RECIPE, programs, tmp_path, name)
    (words,) = programs.asked(name, "build")
    listed = next(word for word in words if word.startswith("--manifest="))
    assert words[2:] == [
        "--layers=false",
        *COMMON,
        "--pull=always",
        "--timestamp=7",
        listed,
        "--",
        "ctx",
    ]
    local = listed.partition("=")[2]
    assert local.startswith("localhost/ironhull-")
    assert programs.asked(name, "manifest") == [
        [name, "manifest", "push", "--all", local, f"oci-archive:{tmp_path}/image.tar"],
        [name, "manifest", "rm", local],
    ]


def test_one_platform_is_pushed_by_its_id(
    programs: Programs, archive: Path, tmp_path: Path
) -> None:
    programs.buildah(archive)
    built(replace(PLAIN, network="default"), programs, tmp_path, "buildah")
    (words,) = programs.asked("buildah", "build")
    assert words[2:] == [
        "--layers=true",
        "--network=private",
        f"--iidfile={tmp_path}/image.id",
        "--",
        "-x",
    ]
    identity = "sha256:" + "2" * 64
    assert programs.asked("buildah", "push") == [
        ["buildah", "push", identity, f"oci-archive:{tmp_path}/image.tar"]
    ]


def test_the_list_is_gone_also_after_a_failure(programs: Programs, tmp_path: Path) -> None:
    programs.buildah(said="STEP 1\nError: no such image", exit=125)
    with pytest.raises(BuildError, match="buildah build failed: no such image"):
        built(RECIPE, programs, tmp_path, "buildah")
    (removed,) = programs.asked("buildah", "manifest", "rm")
    (words,) = programs.asked("buildah", "build")
    assert f"--manifest={removed[-1]}" in words


def test_generators_are_buildkits(programs: Programs, tmp_path: Path) -> None:
    programs.buildah()
    recipe = replace(PLAIN, generator="generator=x")
    with pytest.raises(BuildError, match="buildah runs no SBOM generators"):
        built(recipe, programs, tmp_path, "buildah")
