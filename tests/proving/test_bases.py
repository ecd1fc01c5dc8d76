"""Which images a Dockerfile takes from elsewhere, and which of them the store has."""

from pathlib import Path

import pytest

from ironhull.dockerfiles import read_dockerfile
from ironhull.errors import BuildError
from ironhull.proving import base_names
from ironhull.proving._bases import given_bases, stored_digest
from ironhull.store.images import ImageStore
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


def test_bases_of_the_store_are_given_as_they_are(store: ImageStore) -> None:
    digest = stored_digest("base:1", store)
    assert digest.startswith("sha256:")
    names = ["base:1", f"base:1@{digest}", "other:1", "not a name"]
    with given_bases(names, store, "layout", {}) as contexts:
        assert contexts == (
            f"base:1=oci-layout://{store.root}@{digest}",
            f"base:1@{digest}=oci-layout://{store.root}@{digest}",
        )


def test_another_digest_is_another_image(store: ImageStore) -> None:
    assert stored_digest(f"base:1@sha256:{'0' * 64}", store) == ""


@pytest.mark.parametrize("engine", ["docker", "podman", "buildah"])
def test_what_cannot_read_the_store_is_told_to_load(
    engine: str, store: ImageStore, tmp_path: Path
) -> None:
    program = tmp_path / "bin" / engine
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\n')
    program.chmod(0o755)
    environment = {"PATH": f"{program.parent}:/usr/bin:/bin"}
    with given_bases(["base:1"], store, engine, environment) as contexts:
        (context,) = contexts
        name, _, loaded = context.partition("=docker-image://")
        assert name == "base:1"
        (asked,) = (tmp_path / "asked").read_text().splitlines()
        assert "base.tar" in asked
    assert (tmp_path / "asked").read_text().splitlines()[1].endswith(f"rm -f {loaded}") or (
        (tmp_path / "asked").read_text().splitlines()[1] == f"rmi -f {loaded}"
    )


def test_a_load_that_fails_is_an_error(store: ImageStore, tmp_path: Path) -> None:
    program = tmp_path / "docker"
    program.write_text("#!/bin/sh\necho disk is full >&2; exit 1\n")
    program.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    with (
        pytest.raises(BuildError, match="docker does not load the base: disk is full"),
        given_bases(["base:1"], store, "docker", environment),
    ):
        pass
