"""The shipped definitions: all of them sound, found by name, near names offered."""

from pathlib import Path

import pytest

from ironhull.builders.debian_base.accounts import run_as
from ironhull.builders.debian_base.catalog import CatalogEntry, catalog, find_definition
from ironhull.builders.debian_base.exposure import PACKAGE_MANAGERS, SHELLS
from ironhull.errors import DefinitionError, ReferenceFault
from ironhull.model import Platform

SHIPPED = (
    "cc:13",
    "cc:13-dev",
    "debian-base:13",
    "debian-base:13-dev",
    "debian-base:13-slim",
    "java:21-debian13",
    "java:21-debian13-dev",
    "nginx:1.26-debian13",
    "nginx:1.26-debian13-dev",
    "node:20-debian13",
    "node:20-debian13-dev",
    "postgres:17-debian13",
    "postgres:17-debian13-dev",
    "python:3.11-debian12",
    "python:3.11-debian12-dev",
    "python:3.13-debian13",
    "python:3.13-debian13-dev",
    "python:3.13-debian13-slim",
    "static:13",
    "static:13-dev",
    "valkey:8.1-debian13",
    "valkey:8.1-debian13-dev",
)


def test_what_is_shipped() -> None:
    assert tuple(entry.name for entry in catalog()) == SHIPPED


def test_names_are_given_once() -> None:
    names = [name for entry in catalog() for name in entry.names]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("entry", catalog(), ids=lambda entry: entry.name)
def test_every_definition_is_sound(entry: CatalogEntry) -> None:
    definition = entry.definition
    asked = {request.name for request in definition.packages}
    assert definition.platforms == (Platform("linux", "amd64"), Platform("linux", "arm64"))
    assert definition.annotations["org.opencontainers.image.description"]
    assert definition.os_release["ID"] == "debian"
    assert definition.codename in str(definition.repositories[0])
    assert entry.path.is_relative_to(Path(__file__).parents[3] / "catalog")
    if definition.variant == "runtime":
        assert run_as(definition.accounts) == "65532"
        assert not asked & (SHELLS | PACKAGE_MANAGERS)
    else:
        assert run_as(definition.accounts) == "0"
        assert {"apt", "bash", "dpkg", "debian-archive-keyring"} <= asked
    assert definition.tests or entry.name == "static:13"  # it has nothing that could run
    security = [r for r in definition.repositories if r.suite.endswith("-security")]
    assert bool(security) == (definition.variant != "slim")


@pytest.mark.parametrize(
    ("text", "file"),
    [
        ("python:3.13", "3.13.yaml"),
        ("ironhull/python:3.13-debian13", "3.13.yaml"),
        ("python:3.13-debian13-dev", "3.13-dev.yaml"),
        ("static:latest", "13.yaml"),
    ],
)
def test_found_by_name(text: str, file: str) -> None:
    assert find_definition(text).path.name == file


def test_found_by_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("name: Mine\nimage: mine\nos-release: {id: debian, version-codename: trixie}\n"
                    "contents: {packages: [base-files]}\n")  # fmt: skip
    assert find_definition(str(path)).definition.name == "Mine"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("pyhton:3.13", "did you mean python:3.13"),
        ("python", "did you mean python:3.1"),
        ("nginx:1", "did you mean nginx:1.26"),
        ("apache:2", "ironhull base list"),
    ],
)
def test_near_names(text: str, hint: str) -> None:
    with pytest.raises(ReferenceFault) as trouble:
        find_definition(text)
    assert hint in trouble.value.hint


def test_a_path_that_is_not_there() -> None:
    with pytest.raises(DefinitionError, match=r"no definition at nowhere/x\.yaml"):
        find_definition("nowhere/x.yaml")
