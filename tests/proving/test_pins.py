"""Which digest a base is pinned to, and what is said where nobody knows it."""

from pathlib import Path

import pytest

from ironhull.commands import run
from ironhull.config import Settings, load_settings
from ironhull.proving import pinning
from ironhull.store.images import ImageStore
from ironhull.values import replace
from tests.images import stored
from tests.registry.servers import docker_registry

NAME = "ironhull/python:3.13-debian13"


@pytest.fixture
def settings(home: Path) -> Settings:
    return load_settings()


def test_a_base_of_ours_has_the_digest_of_the_store(settings: Settings) -> None:
    image = stored(ImageStore(settings.images), NAME, {"etc/os-release": "ID=x\n"})
    notes: dict[str, str] = {}
    pin = pinning(settings, notes.__setitem__)
    assert pin(NAME) == (image.index_digest or image.digest)
    assert not notes


def test_a_base_of_ours_that_is_not_there_is_said_once(settings: Settings) -> None:
    notes: list[tuple[str, str]] = []
    pin = pinning(settings, lambda name, why: notes.append((name, why)))
    assert [pin(NAME), pin(NAME)] == ["", ""]
    assert notes == [(NAME, "build it first: ironhull base build python:3.13-debian13")]


def test_what_is_pinned_stays(settings: Settings) -> None:
    digest = f"sha256:{'1' * 64}"
    assert pinning(settings, {}.__setitem__)(f"python:3.13@{digest}") == digest


def test_nobody_is_asked_offline(settings: Settings) -> None:
    notes: dict[str, str] = {}
    pin = pinning(replace(settings, offline=True), notes.__setitem__)
    assert pin("127.0.0.1:1/python:3.13") == ""
    assert pin("No/Image") == ""
    assert "offline" in notes["127.0.0.1:1/python:3.13"]


def test_a_registry_that_does_not_answer_is_said(settings: Settings) -> None:
    notes: dict[str, str] = {}
    assert pinning(settings, notes.__setitem__)("127.0.0.1:1/python:3.13") == ""
    assert "did not tell its digest" in notes["127.0.0.1:1/python:3.13"]


def test_others_have_the_digest_of_their_registry(settings: Settings, tmp_path: Path) -> None:
    image = stored(ImageStore(settings.images), "base:1", {"etc/os-release": "ID=x\n"})
    notes: dict[str, str] = {}
    with docker_registry(tmp_path / "registry") as host:
        assert run(["push", "base:1", f"{host}/team/base:1", "-q"]) == 0
        pin = pinning(settings, notes.__setitem__)
        assert pin(f"{host}/team/base:1") == (image.index_digest or image.digest)
        assert pin(f"{host}/team/base:2") == ""
        assert list(notes) == [f"{host}/team/base:2"]
