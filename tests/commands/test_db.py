"""`ironhull db`: what it prints, and how it ends."""

import json
from pathlib import Path

import pytest

from ironhull.advisories import SOURCES
from ironhull.commands import run
from tests.advisories.serving import serving
from tests.advisories.test_update import publish


def test_update_and_status(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    publish(tmp_path)
    with serving(tmp_path) as served:
        urls = [word for name, url in served.urls.items() for word in ("--url", f"{name}={url}")]
        assert run(["db", "update", *urls]) == 0
        told = capfd.readouterr()
        assert told.out == ""
        assert "osv-pypi: updated, 1 records, of 2026-01-02" in told.err
        assert run(["db", "update", "--source", "kev", *urls]) == 0
        assert "kev: unchanged, 1 records, of 2026-01-27" in capfd.readouterr().err
    assert run(["db", "status"]) == 0
    text = capfd.readouterr().out
    assert "PyPI: full, 1 advisories" in text
    assert run(["db", "status", "--format", "json"]) == 0
    found = json.loads(capfd.readouterr().out)
    states = {source["name"]: source["state"] for source in found["sources"]}
    assert states["epss"] in ("current", "stale")
    assert states["debian-tracker"] == "current"
    assert found["digest"].startswith("sha256:")
    assert {scope["name"]: scope["checked"] for scope in found["scopes"]}["PyPI"] == "full"


def test_nothing_reachable_is_an_error_of_one_line_each(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    bases = sorted({source.base for source in SOURCES if source.base})
    urls = [f"--url={name}=http://127.0.0.1:9/x" for name in bases]
    assert run(["db", "update", *urls]) == 1
    lines = capfd.readouterr().err.splitlines()
    (line,) = [line for line in lines if "sources not updated (" in line]
    assert "debian-tracker" in line
    assert "127.0.0.1:9/x: the connection is refused" in line
    assert run(["db", "status"]) == 0
    assert "missing" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        (["db"], 64, "update|status"),
        (["db", "update", "--url", "osv"], 64, "not NAME=URL"),
        (["db", "update", "--source", "oval"], 64, "no advisory source 'oval'"),
        (["db", "update", "--url", "oval=http://x"], 64, "no advisory source 'oval'"),
    ],
)
def test_bad_words(
    argv: list[str], code: int, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(argv) == code
    told = capfd.readouterr().err
    assert said in told
    assert len(told.splitlines()) == 1
