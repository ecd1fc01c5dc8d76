"""`ironhull db`: what it prints, and how it ends."""

import json
from pathlib import Path

import pytest

from ironhull.advisories import SOURCES
from ironhull.advisories.needs import note_needed
from ironhull.commands import run
from ironhull.config import load_settings
from tests.advisories.serving import Served, serving
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


def _urls(served: Served) -> list[str]:
    bases = {source.base for source in SOURCES if source.base} - set(served.urls)
    nowhere = {base: f"{served.url}/nowhere/{base}" for base in bases}
    given = {**nowhere, **served.urls}
    return [word for name, url in given.items() for word in ("--url", f"{name}={url}")]


def test_what_images_need_is_fetched(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    publish(tmp_path)
    directory = load_settings().advisories
    note_needed(directory, ["PyPI"])
    with serving(tmp_path) as served:
        assert run(["db", "update", *_urls(served)]) == 0
        told = capfd.readouterr().err.splitlines()
        assert "for images of PyPI (--all: every one)" in told[0]
        assert sorted(line.partition(":")[0] for line in told[1:-1]) == ["epss", "kev", "osv-pypi"]
        note_needed(directory, ["Debian:13"])
        assert run(["db", "update", *_urls(served)]) == 0
        told = capfd.readouterr().err.splitlines()
        assert "for images of Debian:13, PyPI" in told[0]
        assert [line for line in told if line.startswith("debian-tracker: updated")]
        assert [line for line in told if line.startswith("osv-pypi: unchanged")]
        assert not [line for line in told if line.startswith("osv-npm")]


def test_a_machine_that_saw_nothing_asks_all_but_large_sources(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    publish(tmp_path)
    with serving(tmp_path) as served:
        assert run(["db", "update", *_urls(served)]) == 0
        told = capfd.readouterr().err.splitlines()
        assert "no image was seen yet; large ones are left (" in told[0]
        assert "osv-ubuntu" in told[0]
        (absent,) = [line for line in told if line.startswith("not there: ")]
        assert " more" in absent
        assert run(["db", "update", "--all", *_urls(served)]) == 0
        assert capfd.readouterr().err.startswith(f"asking {len(SOURCES) - 1} sources\n")


def test_mirrors_are_tried_in_turn(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    publish(tmp_path)
    with serving(tmp_path) as served:
        urls = ["--url", "kev=http://127.0.0.1:9/kev", "--url", f"kev={served.urls['kev']}"]
        assert run(["db", "update", "--source", "kev", *urls]) == 0
    told = capfd.readouterr().err
    assert "kev: a mirror was passed by: http://127.0.0.1:9/kev: the connection is refused" in told
    assert "kev: updated, 1 records, of 2026-01-27" in told


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
