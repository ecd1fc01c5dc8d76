"""All caches: what they hold, and that the least recently used goes first."""

import os
from pathlib import Path

import pytest

from ironhull.store.cache_files import KINDS, CacheFiles, key_of
from ironhull.store.caches import evict, evict_if_written, prune, usage

NOW = 1_000_000.0


def fill(root: Path, **used: float) -> None:
    """Files of 1,000 bytes and a head each, by name, last used at these times."""
    for name, when in used.items():
        kind = KINDS[len(name) % len(KINDS)]
        CacheFiles(str(root), kind, limit=10_000).keep(key_of([name]), bytes(1000))
        os.utime(root / kind / f"{key_of([name])}.cache", (when, when))


def there(root: Path, *names: str) -> set[str]:
    found = {path.name.partition(".")[0] for path in root.glob("*/*.cache")}
    return {name for name in names if key_of([name]) in found}


def one_file(root: Path) -> int:
    fill(root, probe=NOW)
    return next(root.glob("*/*.cache")).stat().st_size


def test_usage(tmp_path: Path) -> None:
    fill(tmp_path, a=NOW - 5, b=NOW, cc=NOW - 9)
    uses = {use.kind: use for use in usage(tmp_path)}
    assert tuple(uses) == KINDS
    assert (uses["sboms"].files, uses["sboms"].oldest, uses["sboms"].newest) == (2, NOW - 5, NOW)
    assert uses["answers"].files == 1
    assert (uses["layers"].files, uses["layers"].bytes, uses["layers"].oldest) == (0, 0, None)


def test_nothing_goes_below_the_limit(tmp_path: Path) -> None:
    fill(tmp_path, a=1, b=2)
    assert evict(tmp_path, limit=10_000, now=NOW).files == 0


def test_the_least_recently_used_goes_first_whatever_its_kind(tmp_path: Path) -> None:
    size = one_file(tmp_path / "probe")
    root = tmp_path / "cache"
    fill(root, a=4, bb=1, ccc=3, d=2)
    evict(root, limit=int(size * 2.5), now=NOW)
    assert there(root, "a", "bb", "ccc", "d") == {"a", "ccc"}


def test_eviction_looks_only_where_something_was_written(tmp_path: Path) -> None:
    fill(tmp_path, a=1, b=2)
    now = (tmp_path / "sboms").stat().st_mtime
    evict_if_written(tmp_path, limit=0, since=now + 60)
    assert there(tmp_path, "a", "b") == {"a", "b"}
    evict_if_written(tmp_path, limit=0, since=now)
    assert there(tmp_path, "a", "b") == set()
    evict_if_written(tmp_path / "nowhere", limit=0, since=now)


@pytest.mark.parametrize(
    ("rules", "left"),
    [
        ({"keep_bytes": 0, "unused_seconds": None}, set()),
        ({"unused_seconds": 10}, {"b"}),
        ({"unused_seconds": None}, {"a", "b"}),
        ({"keep_bytes": 1500, "unused_seconds": None}, {"b"}),
        ({"keep_bytes": 1500, "unused_seconds": 10}, {"b"}),
        ({"keep_bytes": 10**9, "unused_seconds": None}, {"a", "b"}),
    ],
)
def test_prune(rules: dict[str, int | None], left: set[str], tmp_path: Path) -> None:
    fill(tmp_path, a=NOW - 10, b=NOW - 9)
    pruned = prune(tmp_path, now=NOW, **rules)
    assert there(tmp_path, "a", "b") == left
    assert pruned.files == 2 - len(left)


def test_temporary_files_of_the_dead_go_and_of_the_living_stay(tmp_path: Path) -> None:
    (tmp_path / "layers").mkdir()
    for name, age in (("dead", 7200), ("alive", 10)):
        path = tmp_path / "layers" / f"{name}.tmp"
        path.write_bytes(b"half")
        os.utime(path, (NOW - age, NOW - age))
    stranger = tmp_path / "layers" / "README"
    stranger.write_bytes(b"not ours")
    evict(tmp_path, limit=10**9, now=NOW)
    assert {path.name for path in (tmp_path / "layers").iterdir()} == {"alive.tmp", "README"}


def test_what_is_already_gone_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path, a=1, b=2)

    def gone(path: str) -> None:
        raise FileNotFoundError(path)

    monkeypatch.setattr(os, "unlink", gone)
    assert prune(tmp_path, now=NOW, keep_bytes=0, unused_seconds=None).files == 0
