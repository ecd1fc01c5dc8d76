"""`pull`, `push` and `copy` on the command line: what they print, what they refuse."""

import json
from pathlib import Path

import pytest

from ironhull.commands import run
from ironhull.store.images import ImageStore
from tests.registry.content import example


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.setenv("IRONHULL_HOME", str(tmp_path / "home"))
    return tmp_path


def test_a_layout_is_copied_into_the_store_and_out_again(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = example("cli")
    path = made.content.write(home / "layout", "app:1", made.root, made.signature)
    assert run(["copy", f"oci-dir://{path}:app:1", "local://mine:2"]) == 0
    said = capsys.readouterr()
    assert said.out == f"mine:2@{made.digest}\n"
    assert "blobs: 8 copied" in said.err
    assert ImageStore(home / "home" / "images").list()[0].name == "mine:2"
    assert run(["copy", "-q", "local://mine:2", f"oci-dir://{home}/out"]) == 0
    said = capsys.readouterr()
    assert said.out == f"mine:2@{made.digest}\n"
    assert said.err == ""
    blobs = {item.name for item in (home / "out" / "blobs" / "sha256").iterdir()}
    assert blobs == {digest[7:] for digest in made.content.blobs} - {
        made.countersignature["digest"][7:],
        *{d[7:] for d, data in made.content.blobs.items() if data == b"countersignature"},
    }


def test_json_says_what_moved(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = example("cli")
    path = made.content.write(home / "layout", "app:1", made.root, made.signature)
    assert run(["copy", "--format", "json", f"oci-dir://{path}", "local://mine:2"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "ironhull/transfer"
    assert document["digest"] == made.digest
    assert document["destination"] == {"kind": "local", "name": "mine:2"}
    assert [item["subject"] for item in document["referrers"]] == [made.digest]
    assert len(document["manifests"]) == 5


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["pull", "archive://x.tar"], "only registries are pulled from"),
        (["pull", "UPPER"], "names are lower case"),
        (["push", "none:1"], "the local image store is empty"),
        (["push", "none:1", "oci-dir://x"], "only registries are pushed to"),
        (["copy", "sbom://x", "local://y"], "images are not copied from sbom://"),
        (["copy", "oci-dir:///nonexistent", "local://y"], "not an OCI layout"),
        (["copy", "archive:///nonexistent", "local://y"], "no such file"),
        (["copy", "local://x", "fs://y"], "images are not copied to fs://"),
        (["pull", "--platform", "x", "debian"], "is not OS/ARCH"),
        (["pull", "127.0.0.1:1/none"], "the connection is refused"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    home: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert run(words) in (1, 64)
    line = capsys.readouterr().err
    assert said in line
    assert line.count("\n") == 1


def test_offline_no_registry_is_asked(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IRONHULL_OFFLINE", "1")
    assert run(["pull", "debian:13"]) == 1
    assert "registry-1.docker.io: not asked, offline" in capsys.readouterr().err
