"""`ironhull bases`: what is indexed from where, listed and removed."""

import json
from pathlib import Path

import pytest

from ironhull.commands import run
from ironhull.config import Settings
from ironhull.places import Places
from ironhull.store.images import ImageStore
from tests.images import archive, layout, stored
from tests.test_schemas import valid


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ImageStore:
    home = tmp_path / "home"
    monkeypatch.setenv("IRONHULL_HOME", str(home))
    monkeypatch.chdir(tmp_path)
    return ImageStore(Settings(Places(str(home), str(home / "cache"))).images)


def test_the_whole_store(store: ImageStore, capfd: pytest.CaptureFixture[str]) -> None:
    for name in ("python:3.13", "python:3.12", "node:20"):
        stored(store, name, {"a": name})
    found = valid("known-images", capfd, "bases", "index", "local://")
    assert [image["name"] for image in found["images"]] == ["node:20", "python:3.12", "python:3.13"]
    assert run(["bases", "list", "python"]) == 0
    text = capfd.readouterr().out
    assert text.startswith("IMAGE         PLATFORM      DIGEST")
    assert [line.split()[0] for line in text.splitlines()[1:]] == ["python:3.12", "python:3.13"]
    assert run(["bases", "remove", "python", "node:20"]) == 0
    assert capfd.readouterr().err == "python: 2 entries removed\nnode:20: 1 entry removed\n"
    assert valid("known-images", capfd, "bases", "list")["images"] == []


def test_what_a_tag_led_to_is_listed_when_it_is_asked_for(
    store: ImageStore, capfd: pytest.CaptureFixture[str]
) -> None:
    for content in ("old", "new"):
        stored(store, "python:3.13", {"a": content})
        assert run(["bases", "index", "python:3.13", "-q"]) == 0
    assert len(valid("known-images", capfd, "bases", "list")["images"]) == 1
    assert len(valid("known-images", capfd, "bases", "list", "--all")["images"]) == 2
    assert run(["bases", "list", "--all"]) == 0
    assert "python:3.13 (before)" in capfd.readouterr().out


@pytest.mark.parametrize("kind", ["oci-dir", "archive"])
def test_layouts_and_archives(
    kind: str, store: ImageStore, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    make = layout if kind == "oci-dir" else archive
    path = make(tmp_path, "team/base:1", {"a": "x"})
    found = valid("known-images", capfd, "bases", "index", f"{kind}://{path}")
    assert len(found["images"]) == 1
    found = valid("known-images", capfd, "bases", "index", f"{kind}://{path}", "--name", "mine:2")
    assert found["images"][0]["name"] == "mine:2"
    assert found["images"][0]["layers"]


def test_what_cannot_be_read_is_said_and_the_rest_is_kept(
    store: ImageStore, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IRONHULL_OFFLINE", "1")
    stored(store, "python:3.13", {"a": "x"})
    assert run(["bases", "index", "local://nothing:1", "python:3.13", "--format", "json"]) == 0
    printed = capfd.readouterr()
    assert [i["name"] for i in json.loads(printed.out)["images"]] == ["python:3.13"]
    assert "warning: bases: local://nothing:1:" in printed.err
    assert run(["bases", "index", "local://nothing:1"]) == 1
    assert "nothing:1" in capfd.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["index"], ["index", "a", "--newest", "x"], ["remove"], [],
        ["index", "local://a:1", "local://b:1", "--name", "c:1"],
        ["index", "oci-dir://x", "--tags", "*"],
    ],
)  # fmt: skip
def test_what_makes_no_sense(words: list[str], store: ImageStore) -> None:
    for name in ("a:1", "b:1"):
        stored(store, name, {"a": name})
    assert run(["bases", *words]) == 64


def test_nothing_is_known_at_first(store: ImageStore, capfd: pytest.CaptureFixture[str]) -> None:
    assert store.root.parent.name == "home"
    assert run(["bases", "list"]) == 0
    assert capfd.readouterr().err == "nothing is known\n"
    assert run(["bases", "remove", "python"]) == 1
    assert "`ironhull bases list`" in capfd.readouterr().err
