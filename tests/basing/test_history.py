"""Earlier builds are kept, the newest first, and only so many."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from ironhull.basing import history, kept_builds, remember
from ironhull.config import Settings, load_settings
from ironhull.limits import LIMITS


def build(settings: Settings, lock: Path, number: int) -> str:
    digest = f"{number:064x}"
    remember(settings, lock, f"sha256:{digest}", b"%d" % number)
    (kept,) = (one for one in kept_builds(settings, lock) if one.image == digest)
    os.utime(kept.path, (number, number))
    return digest


def test_the_newest_first(tmp_path: Path) -> None:
    settings, lock = load_settings(), tmp_path / "x.amd64.lock.json"
    assert kept_builds(settings, lock) == ()
    digests = [build(settings, lock, number) for number in (1, 2, 3)]
    assert [kept.image for kept in kept_builds(settings, lock)] == digests[::-1]
    assert kept_builds(settings, lock)[0].path.read_bytes() == b"3"


def test_the_same_build_is_kept_once(tmp_path: Path) -> None:
    settings, lock = load_settings(), tmp_path / "x.lock.json"
    build(settings, lock, 1)
    build(settings, lock, 1)
    assert len(kept_builds(settings, lock)) == 1


def test_locks_of_one_name_are_told_apart(tmp_path: Path) -> None:
    settings = load_settings()
    build(settings, tmp_path / "a" / "x.lock.json", 1)
    assert kept_builds(settings, tmp_path / "b" / "x.lock.json") == ()


def test_only_so_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "LIMITS", replace(LIMITS, kept_builds=3))
    settings, lock = load_settings(), tmp_path / "x.lock.json"
    digests = [build(settings, lock, number) for number in range(1, 7)]
    assert [kept.image for kept in kept_builds(settings, lock)] == digests[:2:-1]
