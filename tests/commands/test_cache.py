"""`ironhull cache`: what is kept, and room again."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from ironhull.commands import run
from ironhull.store.cache_files import KINDS, CacheFiles, key_of

SIZE = 1049


@pytest.fixture
def cache() -> Path:
    """Three files of SIZE bytes, last used 0, 1 and 2 days ago."""
    root = Path(os.environ["IRONHULL_HOME"]) / "cache"
    for days, kind in enumerate(KINDS[:3]):
        CacheFiles(str(root), kind, limit=10_000).keep(key_of([kind]), bytes(1000))
        (path,) = (root / kind).iterdir()
        when = path.stat().st_mtime - days * 86400 - 60
        os.utime(path, (when, when))
    return root


def df(capfd: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert run(["cache", "df", "--format", "json"]) == 0
    return json.loads(capfd.readouterr().out)


def left(capfd: pytest.CaptureFixture[str]) -> list[str]:
    return [row["kind"] for row in df(capfd)["kinds"] if row["files"]]


def test_df(cache: Path, capfd: pytest.CaptureFixture[str]) -> None:
    document = df(capfd)
    assert document["directory"] == str(cache)
    assert document["bytes"] == 3 * SIZE
    assert [row["files"] for row in document["kinds"]] == [1, 1, 1, *(0 for _ in KINDS[3:])]
    assert document["kinds"][3]["oldest_use"] is None
    assert run(["cache", "df"]) == 0
    text = capfd.readouterr().out
    assert str(cache) in text
    assert f"of {2.1} GB allowed" in text
    assert all(kind in text for kind in KINDS)


def test_df_of_nothing(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IRONHULL_CACHE_SIZE", "0")
    assert df(capfd)["bytes"] == 0
    assert run(["cache", "df"]) == 0
    assert "turned off" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("options", "kinds", "said"),
    [
        (["--all"], [], "removed 3 files, 3.1 kB"),
        (["--older-than", "36h"], ["layers", "sboms"], "removed 1 file, 1.0 kB"),
        (["--older-than", "1d"], ["layers"], "removed 2 files"),
        (["--keep-size", "2.2kB"], ["layers", "sboms"], "removed 1 file"),
        (["--keep-size", "1GB", "--older-than", "1w"], ["layers", "sboms", "answers"], "0 files"),
    ],
)
def test_prune(
    options: list[str],
    kinds: list[str],
    said: str,
    cache: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert run(["cache", "prune", *options]) == 0
    assert said in capfd.readouterr().out
    assert left(capfd) == kinds


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "nothing says what to remove"),
        (["--keep-size", "much"], "is no size"),
        (["--older-than", "7"], "is no span of time"),
        (["--older-than", "-1d"], "expected one argument"),
    ],
)
def test_prune_of_something_unclear_removes_nothing(
    options: list[str], said: str, cache: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["cache", "prune", *options]) == 64
    assert said in capfd.readouterr().err
    assert len(left(capfd)) == 3
