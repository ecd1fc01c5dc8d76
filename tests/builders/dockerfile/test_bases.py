"""Which images a Dockerfile takes from elsewhere, and which of them the store has."""

from pathlib import Path

import pytest

from ironhull.builders.dockerfile.bases import (
    base_names,
    bases_for,
    given_bases,
    stored_digest,
)
from ironhull.builders.dockerfile.recipe import DockerRecipe
from ironhull.dockerfiles import read_dockerfile
from ironhull.errors import BuildError
from ironhull.store.images import ImageStore
from ironhull.values import replace
from tests.images import stored

TEXT = """\
ARG VERSION=3.13
FROM python:${VERSION}-slim AS build
RUN --mount=type=bind,from=ghcr.io/astral-sh/uv:1,source=/uv,target=/uv true
RUN --mount=type=cache,target=/x,from=build true
COPY --from=tools:2 /a /a
FROM scratch AS empty
FROM build
COPY --from=empty /b /b
COPY --from=0 /c /c
"""


def test_images_from_elsewhere_are_found() -> None:
    dockerfile = read_dockerfile(TEXT.encode(), "Dockerfile")
    assert base_names(dockerfile, {}) == ("python:3.13-slim", "ghcr.io/astral-sh/uv:1", "tools:2")
    assert base_names(dockerfile, {"VERSION": "3.11"})[0] == "python:3.11-slim"


@pytest.fixture
def store(tmp_path: Path) -> ImageStore:
    """A store with the image base:1."""
    found = ImageStore(tmp_path / "store")
    stored(found, "base:1", {"etc/os-release": "ID=x\n"})
    return found


@pytest.fixture
def recipe(tmp_path: Path) -> DockerRecipe:
    """A build on it."""
    context = tmp_path / "context"
    context.mkdir()
    (context / "Dockerfile").write_text("FROM base:1\nFROM other:1\n")
    return DockerRecipe(str(context), build_contexts=("more=/somewhere",))


def test_bases_of_the_store_are_found(store: ImageStore, recipe: DockerRecipe) -> None:
    digest = stored_digest("base:1", store)
    assert digest.startswith("sha256:")
    assert bases_for(recipe, store) == {"base:1": digest}
    assert stored_digest(f"base:1@sha256:{'0' * 64}", store) == ""
    assert stored_digest("not a name", store) == ""


def test_what_is_given_or_asked_for_anew_is_not_taken(
    store: ImageStore, recipe: DockerRecipe, tmp_path: Path
) -> None:
    given = replace(recipe, build_contexts=("base:1=docker-image://x:1",))
    assert bases_for(given, store) == {}
    assert bases_for(replace(recipe, pull=True), store) == {}
    digest = stored_digest("base:1", store)
    (tmp_path / "exact").write_text(f"FROM base:1@{digest}\n")
    exact = replace(recipe, pull=True, file=str(tmp_path / "exact"))
    assert bases_for(exact, store) == {f"base:1@{digest}": digest}


@pytest.mark.parametrize("file", ["-", "missing", "bad"])
def test_a_dockerfile_that_cannot_be_read_here(
    file: str, store: ImageStore, recipe: DockerRecipe, tmp_path: Path
) -> None:
    (tmp_path / "bad").write_text("FRUM base:1\n")
    path = file if file == "-" else str(tmp_path / file)
    assert bases_for(replace(recipe, file=path), store) == {}


def fake(tmp_path: Path, name: str, text: str) -> dict[str, str]:
    """The environment in which the program `name` is this script."""
    program = tmp_path / "bin" / name
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o755)
    return {"PATH": f"{program.parent}:/usr/bin:/bin"}


def test_buildkit_reads_the_store(store: ImageStore, recipe: DockerRecipe, tmp_path: Path) -> None:
    environment = fake(tmp_path, "docker", "echo Driver: docker-container")
    bases = bases_for(recipe, store)
    with given_bases(bases, store, recipe, ("buildx", environment)) as given:
        assert given.build_contexts == (
            f"base:1=oci-layout://{store.root}@{bases['base:1']}",
            "more=/somewhere",
        )


@pytest.mark.parametrize(
    ("engine", "program", "removes"),
    [
        ("buildx", "docker", "image rm -f"),
        ("podman", "podman", "image rm -f"),
        ("buildah", "buildah", "rmi -f"),
    ],
)
def test_what_cannot_read_the_store_is_told_to_load(
    engine: str,
    program: str,
    removes: str,
    store: ImageStore,
    recipe: DockerRecipe,
    tmp_path: Path,
) -> None:
    asked = tmp_path / "asked"
    text = f'[ "$1" = buildx ] && echo Driver: docker\necho "$@" >> {asked}'
    environment = fake(tmp_path, program, text)
    bases = bases_for(recipe, store)
    with given_bases(bases, store, recipe, (engine, environment)) as given:
        name, _, loaded = given.build_contexts[0].partition("=docker-image://")
        assert name == "base:1"
        assert "base.tar" in asked.read_text()
        assert removes not in asked.read_text()
    assert asked.read_text().endswith(f"{removes} {loaded}\n")


def test_a_load_that_fails_is_an_error(
    store: ImageStore, recipe: DockerRecipe, tmp_path: Path
) -> None:
    environment = fake(tmp_path, "podman", "echo disk is full >&2; exit 1")
    bases = bases_for(recipe, store)
    with (
        pytest.raises(BuildError, match="podman does not load the base: disk is full"),
        given_bases(bases, store, recipe, ("podman", environment)),
    ):
        pass
