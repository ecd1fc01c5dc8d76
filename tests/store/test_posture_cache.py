"""The posture cache gives back what was kept, or nothing."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.model import Image, Posture, Problem, Tool
from ironhull.store.cache_files import CacheFiles
from ironhull.store.posture_cache import PostureCache
from ironhull.values import replace
from tests.images import image

POSTURE = Posture(
    user="app",
    uid=None,
    gid=7,
    root_users=("root",),
    entrypoint=("/app", "-v"),
    programs=3,
    tools=(Tool("sh", "bin/sh\udcff", "shell", "applet", "busybox"),),
    capabilities=(("bin/ping", "cap_net_raw=ep"),),
    writable=None,
    certificates="etc/ssl/cert.pem",
    time_zones=True,
    counts=(("shell", 1),),
)
PROBLEMS = (Problem("layers", "a\udcff", "not read"),)


def made() -> Image:
    return image({"a": "b"})


def test_what_was_kept_comes_back(tmp_path: Path) -> None:
    cache, found = PostureCache(tmp_path, "code"), made()
    assert cache.load(found) is None
    cache.keep(found, POSTURE, PROBLEMS)
    assert cache.load(found) == (POSTURE, PROBLEMS)
    cache.keep_users(found, ("root", "toor"))
    assert cache.load_users(found) == ("root", "toor")


def test_other_code_other_configs_and_other_blobs_are_misses(tmp_path: Path) -> None:
    cache, found = PostureCache(tmp_path, "code"), made()
    cache.keep(found, POSTURE, ())
    cache.keep_users(found, ("root",))
    other = replace(found.layers[0], digest="sha256:" + "0" * 64)
    for store, asked in (
        (PostureCache(tmp_path, "newer"), found),
        (cache, replace(found, config_digest="sha256:" + "0" * 64)),
        (cache, replace(found, layers=(other,))),
    ):
        assert store.load(asked) is None
        assert store.load_users(asked) is None


def test_directories_and_unknown_code_are_not_kept(tmp_path: Path) -> None:
    for code, found in (("", made()), ("code", replace(made(), origin="fs"))):
        cache = PostureCache(tmp_path, code)
        cache.keep(found, POSTURE, ())
        cache.keep_users(found, ())
        assert cache.load(found) is None
        assert cache.load_users(found) is None
    assert not list(tmp_path.rglob("*.cache"))


@given(st.sampled_from(range(3)), st.data())
def test_what_nobody_here_wrote_is_a_miss(kind: int, data: st.DataObject) -> None:
    values = st.none() | st.booleans() | st.text(max_size=3)
    nested = st.recursive(values, lambda inner: st.lists(inner, max_size=2), max_leaves=4)
    raw = (
        data.draw(st.binary(max_size=30))
        if kind == 0
        else json.dumps(data.draw(nested)).encode()
        if kind == 1
        else json.dumps({"posture": {"tools": data.draw(nested)}, "problems": []}).encode()
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CacheFiles, "load", lambda *_: raw)
        patch.setattr(CacheFiles, "forget", lambda *_: None)
        cache, found = PostureCache(Path("unused"), "code"), made()
        assert cache.load(found) is None
        assert cache.load_users(found) in (None, ()) or kind == 1
