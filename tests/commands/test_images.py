"""`ironhull images`: the table, JSON by its schema, IDs, removing and pruning."""

import json
from pathlib import Path

import jsonschema_rs
import pytest

from ironhull.commands import run
from ironhull.commands.images import _size
from ironhull.model import Image
from ironhull.store.images import ImageStore
from tests.conftest import ROOT
from tests.images import stored

SPDX = ("https://spdx.dev/Document", b'{"predicate":{}}')


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ImageStore:
    monkeypatch.setenv("IRONHULL_HOME", str(tmp_path / "home"))
    return ImageStore(tmp_path / "home" / "images")


@pytest.fixture
def web(store: ImageStore) -> Image:
    stored(store, "python:3.13-slim", {"usr/bin/python": bytes(2_000_000)})
    return stored(store, "web:init", {"app": bytes(1_000_000)}, statements=[SPDX])


def test_the_table(web: Image, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["images"]) == 0
    head, python, app = capsys.readouterr().out.splitlines()
    assert head.split() == ["IMAGE", "ID", "DISK", "USAGE", "CONTENT", "SIZE"]
    assert python.split()[0] == "python:3.13-slim"
    assert app.split() == ["web:init", web.index_digest[7:19], "1MB", _size(web.content_size)]


def test_names(web: Image, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["images", "web", "--format", "ids"]) == 0
    assert capsys.readouterr().out == f"{web.index_digest[7:19]}\n"
    assert run(["images", "none"]) == 0
    found = capsys.readouterr()
    assert len(found.out.splitlines()) == 1
    assert "no such image" in found.err


def test_json_by_its_schema(web: Image, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    schema = json.loads((ROOT / "docs" / "schemas" / "images.schema.json").read_text())
    out = tmp_path / "images.json"
    assert run(["images", "--output", f"json={out}"]) == 0
    document = json.loads(out.read_text())
    jsonschema_rs.validate(schema, document)
    assert capsys.readouterr().out == ""
    found = {i["name"]: i for i in document["images"]}
    assert found["web:init"]["digest"] == web.index_digest
    assert found["web:init"]["disk_usage"] == web.content_size + 1_000_000


def test_a_damaged_image_is_listed_and_said(
    store: ImageStore, web: Image, capsys: pytest.CaptureFixture[str]
) -> None:
    (store.root / "blobs" / "sha256" / web.digest[7:]).unlink()
    assert run(["images"]) == 0
    found = capsys.readouterr()
    assert "damaged" in found.out
    assert "web:init" in found.err
    assert web.digest in found.err


def test_removing_and_pruning(web: Image, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["images", "--remove", "web:init", "--prune"]) == 0
    found = capsys.readouterr()
    assert found.out == ""
    assert "removed web:init" in found.err
    assert run(["images", "--format", "ids", "web"]) == 0
    assert capsys.readouterr().out.strip() == ""
    assert run(["images", "--remove", "web:init"]) == 1
    assert "not in the local image store" in capsys.readouterr().err


def test_a_name_beside_remove_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["images", "web", "--prune"]) == 64
    assert capsys.readouterr().err.startswith("ironhull: ")


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0B"),
        (999, "999B"),
        (1000, "1kB"),
        (999_600, "1MB"),
        (69_800_000, "69.8MB"),
        (261_000_000, "261MB"),
        (1_234_000_000, "1.23GB"),
    ],
)
def test_sizes_as_docker_prints_them(size: int, text: str) -> None:
    assert _size(size) == text
