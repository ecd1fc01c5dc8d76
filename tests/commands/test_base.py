"""`ironhull base`: what is listed, what is built from a lock, what is refused in one line."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from ironhull.commands import run
from ironhull.config import load_settings
from ironhull.store.images import ImageStore
from tests.commands.bases import DEFINITION, write_sample


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A definition and, beside it, its lock."""
    return write_sample(tmp_path)


def images() -> ImageStore:
    return ImageStore(load_settings().images)


def ironhull(capfd: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    code = run(["base", *argv])
    out, err = capfd.readouterr()
    return code, out, err


def test_list(capfd: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ironhull(capfd, "list")
    rows = [line.split() for line in out.splitlines()]
    assert code == 0
    assert rows[0] == ["NAME", "VARIANT", "DISTRO", "TAGS", "BUILT"]
    assert ["static:13", "runtime", "debian", "13", "13,", "latest", "-"] in rows


def test_list_as_json(capfd: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ironhull(capfd, "list", "--format", "json")
    entries = {entry["name"]: entry for entry in json.loads(out)}
    assert code == 0
    slim = entries["python:3.13-debian13-slim"]
    assert (slim["variant"], slim["distro"], slim["built"]) == ("slim", "debian 13", "")
    assert slim["image"] == "ironhull/python"


def test_build_from_a_lock(capfd: pytest.CaptureFixture[str], sample: Path) -> None:
    code, out, err = ironhull(capfd, "build", str(sample), "--locked")
    assert code == 0, err
    image = images().find("sample:1")
    assert out == f"sample:1@{image.index_digest}\n"
    kinds = {attachment.predicate_type for attachment in image.attachments}
    assert kinds == {"https://spdx.dev/Document", "https://slsa.dev/provenance/v1"}
    assert "1 package, " in err
    again = ironhull(capfd, "build", str(sample), "--locked", "-q")
    assert again == (0, out, "")


def test_build_plain_under_another_name(capfd: pytest.CaptureFixture[str], sample: Path) -> None:
    options = ("--sbom", "false", "--provenance", "false", "-t", "my/base:x", "-t", "other")
    code, out, _ = ironhull(capfd, "build", str(sample), "--locked", *options)
    image = images().find("my/base:x")
    assert code == 0
    assert image.attachments == ()
    assert out.splitlines() == [f"my/base:x@{image.digest}", f"other@{image.digest}"]
    assert [stored.name for stored in images().list()] == ["my/base:x", "other:latest"]


def test_outputs(capfd: pytest.CaptureFixture[str], sample: Path, tmp_path: Path) -> None:
    spec = f"oci-archive={tmp_path / 'x.tar'}"
    assert ironhull(capfd, "build", str(sample), "--locked", "-q", "-o", spec)[0] == 0
    assert (tmp_path / "x.tar").stat().st_size > 1000


@pytest.mark.parametrize(
    ("argv", "code", "message"),
    [
        (["build", "pyhton:3.13"], 1, "did you mean python:3.13"),
        (["build", "none.yaml"], 1, "no definition at none.yaml"),
        (["build", "static:13", "--locked"], 1, "no lock file at"),
        (["build", "static:13", "--platform", "amd64"], 64, "--platform amd64"),
        (["build", "static:13", "--output", "x.tar"], 64, "is not KIND=PATH"),
        (["build", "static:13", "-t", "UPPER CASE"], 1, "UPPER CASE"),
        (["list", "--format", "xml"], 64, "xml"),
        (["forge"], 64, "forge"),
    ],
)
def test_refused_in_one_line(
    capfd: pytest.CaptureFixture[str], argv: Sequence[str], code: int, message: str
) -> None:
    got, out, err = ironhull(capfd, *argv)
    assert (got, out) == (code, "")
    assert message in err
    assert err.count("\n") == 1
    assert images().list() == ()


def test_a_lock_of_something_else(capfd: pytest.CaptureFixture[str], sample: Path) -> None:
    sample.write_text(DEFINITION.replace("[base-files]", "[base-files, tzdata]"))
    code, _, err = ironhull(capfd, "build", str(sample), "--locked")
    assert code == 1
    assert "build without --locked" in err
    assert images().list() == ()


@pytest.mark.network
@pytest.mark.slow
def test_build_from_the_archive(debian_archive: str, capfd: pytest.CaptureFixture[str]) -> None:
    code, out, err = ironhull(capfd, "build", "static:13")
    assert code == 0, err
    assert ironhull(capfd, "build", "static:13", "--locked", "-q") == (0, out, "")
    listed = ironhull(capfd, "list", "--format", "json")[1]
    built = {entry["name"]: entry["built"] for entry in json.loads(listed)}
    assert out.partition("@sha256:")[2].startswith(built["static:13"])
