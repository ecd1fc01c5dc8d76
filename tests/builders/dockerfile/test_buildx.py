"""What `docker buildx` is asked, with both image stores of Docker."""

from pathlib import Path

import pytest

from ironhull.builders.dockerfile import DockerRecipe
from ironhull.builders.dockerfile.buildx import build
from ironhull.errors import BuildError
from tests.builders.dockerfile.programs import COMMON, FULL, Programs

PLAIN = DockerRecipe(context="-x", provenance="")
CLASSIC = '[["Backing Filesystem","extfs"]]'


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "prepared.tar"
    path.write_bytes(b"an archive")
    return path


def built(recipe: DockerRecipe, programs: Programs, work: Path) -> list[str]:
    """The command line of the build."""
    said: list[str] = []
    made = build(recipe, work, programs.environment, said.append)
    assert made.archive.read_bytes() == b"an archive"
    assert made.program == "buildx 0.20.1"
    assert said == ["#1 working"]
    (words,) = programs.asked("docker", "buildx", "build")
    return words


def test_every_option_is_passed_on(programs: Programs, archive: Path, tmp_path: Path) -> None:
    programs.docker(archive, inspect="Driver: docker-container")
    words = built(FULL, programs, tmp_path)
    assert words[3:] == [
        "--progress=plain",
        "--builder=big",
        "--tag=web:1",
        "--tag=web:2",
        *COMMON,
        "--pull",
        "--attest=type=provenance,mode=max",
        "--sbom=generator=scanner:1",
        "--output",
        f"type=oci,dest={tmp_path}/image.tar,rewrite-timestamp=true",
        "--",
        "ctx",
    ]
    assert programs.log()[-1][1] == "7"


def test_nothing_is_asked_that_was_not_said(
    programs: Programs, archive: Path, tmp_path: Path
) -> None:
    programs.docker(archive)
    assert built(PLAIN, programs, tmp_path)[3:] == [
        "--progress=plain",
        "--provenance=false",
        "--sbom=false",
        "--output",
        f"type=oci,dest={tmp_path}/image.tar",
        "--",
        "-x",  # a directory, though it looks like an option
    ]
    assert programs.log()[-1][1] == ""


def test_the_classic_store_loads_and_saves(
    programs: Programs, archive: Path, tmp_path: Path
) -> None:
    programs.docker(archive, status=CLASSIC)
    recipe = changed(names=("web:1",))
    words = built(recipe, programs, tmp_path)
    assert "--load" in words
    assert "--provenance=false" in words
    assert not [word for word in words if "web:1" in word]  # the engine's own names stay
    (save,) = programs.asked("docker", "image", "save")
    assert save[-1] == "sha256:" + "1" * 64


def changed(**changes: object) -> DockerRecipe:
    from ironhull.values import replace

    found: DockerRecipe = replace(PLAIN, **changes)
    return found


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"platforms": ("linux/amd64", "linux/arm64")}, "several platforms"),
        ({"generator": "generator=scanner:1"}, "--sbom=generator=scanner:1"),
    ],
)
def test_what_the_classic_store_cannot_do_is_said_first(
    programs: Programs, tmp_path: Path, changes: dict[str, object], what: str
) -> None:
    programs.docker(status=CLASSIC)
    with pytest.raises(BuildError, match=f"{what}: Docker's classic image store"):
        build(changed(**changes), tmp_path, programs.environment, lambda _: None)
    assert programs.asked("docker", "buildx", "build") == []


def test_a_build_that_fails_says_why(programs: Programs, tmp_path: Path) -> None:
    programs.docker(said="#5 RUN false\nERROR: process did not complete", exit=1)
    with pytest.raises(BuildError, match="docker buildx build failed: process did not complete"):
        build(PLAIN, tmp_path, programs.environment, lambda _: None)


def test_without_docker(programs: Programs, tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="no docker command"):
        build(PLAIN, tmp_path, programs.environment, lambda _: None)
