"""`mirror` on the command line: what it prints, what it refuses."""

import io
import json
from pathlib import Path

import pytest

from ironhull.commands import run
from tests.registry.content import example
from tests.test_schemas import valid


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.setenv("IRONHULL_HOME", str(tmp_path / "home"))
    return tmp_path


@pytest.fixture
def source(home: Path) -> str:
    made = example("cli")
    path = made.content.write(home / "layout", "team/app:1.0", made.root, made.signature)
    return f"oci-dir://{path}"


def test_one_line_an_image_and_one_of_totals(
    home: Path, source: str, capsys: pytest.CaptureFixture[str]
) -> None:
    digest = example("cli").digest
    disk = f"oci-dir://{home}/disk"
    assert run(["mirror", "--dry-run", source, disk]) == 0
    planned = capsys.readouterr().out.splitlines()
    assert planned[0] == f"new      team/app:1.0 -> {disk}:team/app:1.0@{digest}"
    assert planned[1] == "         with 1 referrer"
    assert planned[2].startswith("1 new, 0 updated, 0 current, 0 failed; 8 blobs to copy (")
    assert run(["mirror", source, disk]) == 0
    assert "; 8 blobs copied (" in capsys.readouterr().out
    assert run(["mirror", source, disk]) == 0
    last = capsys.readouterr().out.splitlines()
    assert last == [
        f"current  team/app:1.0 -> {disk}:team/app:1.0@{digest}",
        "0 new, 0 updated, 1 current, 0 failed; 0 blobs copied (0 bytes)",
    ]


def test_the_document_is_as_its_schema_says(
    home: Path, source: str, capfd: pytest.CaptureFixture[str]
) -> None:
    disk = f"oci-dir://{home}/disk"
    planned = valid("mirror", capfd, "mirror", "-q", "--dry-run", source, disk)
    assert planned["dry_run"]
    assert planned["images"][0]["digest"] == example("cli").digest
    valid("mirror", capfd, "mirror", "-q", source, disk)
    again = valid("mirror", capfd, "mirror", "-q", "--check", source, disk)
    assert again["checked"]
    assert again["images"][0]["status"] == "current"


def test_a_document_of_failures_is_too(
    home: Path, source: str, capfd: pytest.CaptureFixture[str]
) -> None:
    (home / "list").write_text("oci-dir:///nonexistent\n")
    target = home / "report.json"
    words = ["mirror", "-q", "--from-file", str(home / "list"), source, f"oci-dir://{home}/disk"]
    assert run([*words, "-o", f"json={target}", "-o", f"text={home}/report.txt"]) == 1
    document = json.loads(target.read_text())
    assert document["problems"][0]["source"] == "oci-dir:///nonexistent"
    assert document["images"][0]["status"] == "new"
    assert "1 source could not be read" in (home / "report.txt").read_text()


def test_a_list_from_standard_input(
    home: Path, source: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(f"{source} mine/app\n".encode()))
    monkeypatch.setattr("sys.stdin", stdin)
    assert run(["mirror", "-q", "--from-file", "-", "local://"]) == 0
    assert "-> local://mine/app:1.0@" in capsys.readouterr().out


def test_images_without_a_name_are_counted(
    home: Path, source: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made = example("nameless")
    path = made.content.write(home / "nameless", "", made.root)
    assert run(["mirror", f"oci-dir://{path}", f"oci-dir://{home}/disk"]) == 1
    assert "its images have no name" in capsys.readouterr().err
    assert run(["copy", "-q", f"oci-dir://{path}", source]) == 0
    assert run(["mirror", source, f"oci-dir://{home}/disk"]) == 0
    assert "note: left out, without a name: 1 image" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--tags", "2.*"], ["--semver", ">=2"], ["--exclude", "*"]])
def test_a_filter_that_leaves_nothing_is_said(
    home: Path, source: str, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["mirror", *words, source, f"oci-dir://{home}/disk"]) == 1
    assert "nothing in it is meant" in capsys.readouterr().err


def test_an_empty_store_is_no_mirror(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["mirror", "local://", f"oci-dir://{home}/disk"]) == 1
    assert "local://: nothing in it is meant" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["oci-dir://x"], "nothing to mirror"),
        (["--newest", "x", "a", "oci-dir://x"], "--newest x is not a number of tags"),
        (["--newest", "0", "a", "oci-dir://x"], "--newest 0 is not a number of tags"),
        (["--semver", "new", "a", "oci-dir://x"], "not a range of versions"),
        (["--from-file", "/nonexistent", "oci-dir://x"], "/nonexistent: cannot be read"),
        (["--platform", "x", "local://", "oci-dir://y"], "is not OS/ARCH"),
        (["local://", "archive://x"], "nothing is mirrored to archive://"),
        (["local://", "mirror"], "is that a registry or a repository"),
        (["--dry-run", "--check", "local://", "oci-dir://y"], "choose one of the two"),
        ([], "the following arguments are required"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    home: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert run(["mirror", *words]) in (1, 64)
    line = capsys.readouterr().err
    assert said in line
    assert line.count("\n") == 1
    assert list(home.glob("*/index.json")) == []


def test_a_source_of_another_kind_is_a_problem_of_its_own(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["mirror", "fs:///tmp", "docker://x", "local://none:1", "local://"]) == 1
    said = capsys.readouterr().err
    assert "nothing is mirrored from fs://" in said
    assert "nothing is mirrored from docker://" in said
    assert "local://none:1 is not in the local image store" in said


def test_several_repositories_do_not_fit_into_one(
    home: Path, source: str, capsys: pytest.CaptureFixture[str]
) -> None:
    other = example("other")
    path = other.content.write(home / "other", "team/tool:1.0", other.root)
    assert run(["mirror", source, f"oci-dir://{path}", "127.0.0.1:1/one"]) == 64
    assert "2 repositories cannot be mirrored into one" in capsys.readouterr().err
