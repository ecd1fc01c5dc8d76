"""`ironhull scanner` on the command line: what it writes, says and refuses."""

import json
from pathlib import Path

import pytest

from ironhull.commands import run


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The environment BuildKit gives; a result with one package."""
    root = tmp_path / "sbom"
    (root / "var/lib/dpkg").mkdir(parents=True)
    (root / "etc").mkdir()
    (root / "etc/os-release").write_text("ID=debian\nVERSION_ID=13\n")
    record = "Package: bash\nStatus: install ok installed\nVersion: 5.2\nArchitecture: amd64\n\n"
    (root / "var/lib/dpkg/status").write_text(record)
    (tmp_path / "out").mkdir()
    monkeypatch.setenv("BUILDKIT_SCAN_SOURCE", str(root))
    monkeypatch.setenv("BUILDKIT_SCAN_DESTINATION", f"{tmp_path}/out/")
    monkeypatch.delenv("BUILDKIT_SCAN_SOURCE_EXTRAS", raising=False)
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    return tmp_path


def test_it_writes_and_says_what(asked: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["scanner", "run"]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == f"sbom: 1 package in {asked}/out/sbom.spdx.json\n"
    statement = json.loads((asked / "out" / "sbom.spdx.json").read_bytes())
    assert "bash" in [package["name"] for package in statement["predicate"]["packages"]]


def test_what_is_damaged_is_said(asked: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (asked / "sbom/var/lib/dpkg/status").write_text("Package: bash\nno colon\n")
    assert run(["scanner", "run"]) == 0
    assert "warning: " in capsys.readouterr().err


def test_the_epoch_is_obeyed(asked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    assert run(["scanner", "run", "-q"]) == 0
    statement = json.loads((asked / "out" / "sbom.spdx.json").read_bytes())
    assert statement["predicate"]["creationInfo"]["created"] == "2026-01-01T00:00:00Z"


def test_outside_of_buildkit_it_says_how_it_is_meant(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("BUILDKIT_SCAN_SOURCE", raising=False)
    assert run(["scanner", "run"]) == 64
    said = capsys.readouterr().err
    assert said.startswith("ironhull: BUILDKIT_SCAN_SOURCE is not set — ")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["scanner"], "run|image"),
        (["scanner", "image"], "the image needs a name"),
        (["scanner", "image", "-t", "s", "--locked"], "--locked needs the lock file"),
        (["scanner", "image", "-t", "UPPER"], "UPPER"),
    ],
)
def test_mistakes_are_said(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words) in (1, 64)
    said = capsys.readouterr().err
    assert message in said
    assert "Traceback" not in said
