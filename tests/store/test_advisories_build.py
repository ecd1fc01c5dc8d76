"""Building upon an index: the same as from nothing, whole or not at all."""

import errno
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironhull.advisories._merge import facts_of, merge
from ironhull.ecosystems.pypi import sort_key
from ironhull.errors import StoreError
from ironhull.model import Advisory, Cvss, Range
from ironhull.store._advisories_build import TEMPORARY, IndexBuilder, Rules, building
from ironhull.store.advisories import AdvisoryIndex, IndexSource

RULES = Rules(
    "1", merge, facts_of, lambda scope: sort_key if scope.startswith(("PyPI", "npm")) else None
)
SCOPES = ("PyPI", "npm", "Unheard:1")
PACKAGES = ("a", "b")
NAMES = ("CVE-2026-0001", "CVE-2026-0002", "GHSA-a", "PYSEC-1", "MAL-1")
VERSIONS = ("1", "1.5", "2", "3", "x")
VECTORS = (
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
    "CVSS:3.1/AV:L/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N",
)


@st.composite
def claims(draw: st.DrawFn) -> Advisory:
    name = draw(st.sampled_from(NAMES))
    others = draw(st.lists(st.sampled_from(NAMES), max_size=2, unique=True))
    spans = draw(
        st.lists(
            st.builds(Range, st.sampled_from(("0", "1", "x")), st.sampled_from(("", "2", "3"))),
            max_size=2,
        )
    )
    scores = draw(st.lists(st.sampled_from(VECTORS), max_size=1))
    return Advisory(
        id=name,
        scope=draw(st.sampled_from(SCOPES)),
        package=draw(st.sampled_from(PACKAGES)),
        ranges=tuple(spans),
        versions=tuple(draw(st.lists(st.sampled_from(VERSIONS), max_size=2))),
        aliases=tuple(other for other in others if other != name),
        cvss=tuple(Cvss("3.1", vector, 0.0) for vector in scores),
        summary=draw(st.sampled_from(("", "bad", "worse"))),
        sources=("osv",),
        kind="malicious" if name.startswith("MAL-") else "vulnerability",
    )


CVES = st.sampled_from(NAMES[:2])
FACTS = st.one_of(
    st.tuples(CVES, st.just("cvss 3.1"), st.sampled_from(VECTORS), st.just("NVD")),
    st.tuples(CVES, st.just("word"), st.sampled_from(("low", "high")), st.just("NVD")),
    st.tuples(CVES, st.just("summary"), st.sampled_from(("short", "long")), st.just("NVD")),
)
WORLDS = st.fixed_dictionaries(
    {},
    optional={
        "one": st.lists(claims(), max_size=6),
        "two": st.lists(claims(), max_size=6),
        "facts": st.lists(FACTS, max_size=4),
        "kev": st.lists(CVES, max_size=2),
        "epss": st.lists(st.tuples(CVES, st.just(0.5), st.sampled_from((0.1, 0.2))), max_size=2),
    },
)
World = dict[str, list[Any]]


def row(name: str, said: Sequence[Any], moment: str = "2026") -> IndexSource:
    return IndexSource(name, "u", moment, "", len(said), 0, "s", (("PyPI", "full"),))


def put(builder: IndexBuilder, name: str, said: list[Any]) -> None:
    with builder.source(name) as stage:
        if name == "kev":
            stage.add_kev(said)
        elif name == "epss":
            stage.add_epss(said)
        elif name == "facts":
            stage.add_facts(said)
        else:
            stage.add_claims(said)
            stage.add_examined({(claim.scope, claim.package) for claim in said})
    builder.keep(row(name, said))


def write(path: Path, world: World, upon: Path | None, before: World, rules: Rules = RULES) -> str:
    with building(path, rules, upon=upon) as builder:
        for name, said in world.items():
            if name in builder.held and name in before and before[name] == said:
                builder.keep(row(name, said))
            else:
                put(builder, name, said)
        builder.finish("now")
    with AdvisoryIndex.open(path) as index:
        return index.digest


def told(path: Path) -> list[Any]:
    """Everything an index answers."""
    with AdvisoryIndex.open(path) as index:
        pairs = [(scope, package) for scope in SCOPES for package in PACKAGES]
        return [
            index.digest,
            index.sources,
            index.counts(),
            [index.lookup(*pair) for pair in pairs],
            [index.claims(*pair) for pair in pairs],
            [index.claims(*pair, name) for pair in pairs for name in NAMES],
            [index.examined(*pair) for pair in pairs],
            [index.affecting(*p, sort_key(v)) for p in pairs for v in VERSIONS if v != "x"],
            [index.about(name) for name in NAMES],
            [index.facts(name) for name in NAMES],
            [(index.kev(name), index.epss(name)) for name in NAMES],
        ]


@settings(max_examples=60, deadline=None)
@given(st.lists(WORLDS, min_size=2, max_size=4), st.randoms())
def test_upon_another_is_as_from_nothing(worlds: list[World], random: Any) -> None:
    with tempfile.TemporaryDirectory() as name:
        path, fresh = Path(name, "index"), Path(name, "fresh")
        before: World = {}
        for world in worlds:
            write(path, world, path, before)
            shuffled = {key: random.sample(world[key], len(world[key])) for key in world}
            if "epss" in world:  # the last row of a CVE counts
                shuffled["epss"] = world["epss"]
            write(fresh, dict(reversed(shuffled.items())), None, {})
            assert told(path) == told(fresh)
            before = world


CLAIM = Advisory("CVE-2026-0001", "PyPI", "a", ranges=(Range("1", "2"),), sources=("osv",))
OTHER = Advisory("CVE-2026-0002", "PyPI", "b", ranges=(Range("1", "2"),), sources=("osv",))


def test_only_packages_that_changed_are_merged(tmp_path: Path) -> None:
    merged: list[str] = []

    def watched(said: list[Advisory], facts: Any) -> Iterator[Advisory]:
        merged.append(said[0].package)
        return merge(said, facts)

    rules = Rules("1", watched, facts_of, RULES.order)
    path = tmp_path / "index"
    first: World = {"one": [CLAIM, OTHER], "facts": []}
    write(path, first, None, {}, rules)
    assert sorted(merged) == ["a", "b"]
    merged.clear()
    fact = ("CVE-2026-0002", "word", "high", "NVD")
    write(path, {**first, "facts": [fact]}, path, first, rules)
    assert merged == ["b"]
    merged.clear()
    newer = Advisory("CVE-2026-0001", "PyPI", "a", ranges=(Range("1", "3"),), sources=("osv",))
    write(path, {"one": [newer, OTHER], "facts": [fact]}, path, {}, rules)
    assert merged == ["a"]


def test_by_other_rules_all_is_merged_again(tmp_path: Path) -> None:
    path = tmp_path / "index"
    world: World = {"one": [CLAIM]}
    write(path, world, None, {})

    def renamed(said: list[Advisory], facts: Any) -> Iterator[Advisory]:
        return (Advisory(f"{claim.id}0", claim.scope, claim.package) for claim in said)

    rules = Rules("2", renamed, lambda claim: [(claim.id, "word", "low", "us")], RULES.order)
    write(path, world, path, world, rules)
    with AdvisoryIndex.open(path) as index:
        assert [found.id for found in index.lookup("PyPI", "a")] == ["CVE-2026-00010"]
        assert index.facts("CVE-2026-0001") == (("word", "low", "us"),)


def test_a_source_that_is_not_named_leaves(tmp_path: Path) -> None:
    path = tmp_path / "index"
    world: World = {"one": [CLAIM], "kev": ["CVE-2026-0001"]}
    write(path, world, None, {})
    write(path, {"two": [OTHER]}, path, world)
    with AdvisoryIndex.open(path) as index:
        assert index.about("CVE-2026-0001") == ()
        assert not index.kev("CVE-2026-0001")
        assert [source.name for source in index.sources] == ["two"]


def test_any_name_in_any_case_is_found(tmp_path: Path) -> None:
    path = tmp_path / "index"
    named = Advisory("GHSA-x2c4", "PyPI", "a", aliases=("CVE-2026-0001",), ranges=(Range(),))
    notice = Advisory(
        "DSA-1-1", "Debian:13", "b", aliases=("CVE-2026-0003", "CVE-2026-0004"), ranges=(Range(),)
    )
    rules = Rules("1", merge, facts_of, lambda scope: sort_key)
    write(path, {"one": [named, notice]}, None, {}, rules)
    with AdvisoryIndex.open(path) as index:
        for name in ("GHSA-x2c4", "ghsa-X2C4", "cve-2026-0001", "CVE-2026-0001"):
            assert [(a.id, a.scope, a.package) for a in index.about(name)] == [
                ("CVE-2026-0001", "PyPI", "a")
            ]
        assert {a.id for a in index.about("DSA-1-1")} == {"CVE-2026-0003", "CVE-2026-0004"}
        assert index.about("CVE-2026-0009") == ()
        assert [claim.id for claim in index.claims("Debian:13", "b", "CVE-2026-0003")] == [
            "DSA-1-1"
        ]
        assert index.claims("Debian:13", "b", "CVE-2026-0009") == ()


KILLED = """
import os, signal, sys
from pathlib import Path
from ironhull.store import _advisories_build as build
from tests.store import test_advisories_build as module
def die(*args, **named):
    os.kill(os.getpid(), signal.SIGKILL)
setattr(build.Writer if sys.argv[2] == "write_dirty" else build.IndexBuilder, sys.argv[2], die)
path = Path(sys.argv[1])
module.write(path, {"one": [module.OTHER]}, path, {})
"""


@pytest.mark.parametrize("place", ["take", "write_dirty", "_describe", "_compact"])
def test_a_killed_build_keeps_the_old_index(tmp_path: Path, place: str) -> None:
    path = tmp_path / "index"
    digest = write(path, {"one": [CLAIM]}, None, {})
    argv = [sys.executable, "-c", KILLED, str(path), place]
    assert subprocess.run(argv, check=False).returncode == -signal.SIGKILL
    assert list(tmp_path.glob(f"*{TEMPORARY}"))
    with AdvisoryIndex.open(path) as index:
        assert index.digest == digest
    write(path, {"one": [OTHER]}, path, {})
    assert [left.name for left in tmp_path.iterdir()] == ["index"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda db: db.execute("PRAGMA user_version = 2"),
        lambda db: db.execute("PRAGMA application_id = 1"),
        lambda db: db.execute("DROP TABLE source"),
    ],
)
def test_what_is_no_such_index_is_not_built_upon(tmp_path: Path, damage: Any) -> None:
    path = tmp_path / "index"
    digest = write(path, {"one": [CLAIM]}, None, {})
    with sqlite3.connect(path) as db:
        damage(db)
    db.close()
    assert write(path, {"one": [CLAIM]}, path, {}) == digest


def test_a_full_disk_is_said_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "index"
    digest = write(path, {"one": [CLAIM]}, None, {})

    def full(*args: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("ironhull.store._advisories_build.shutil.copyfile", full)
    with pytest.raises(StoreError, match=r"No space left on device") as trouble:
        write(path, {"one": [OTHER]}, path, {})
    assert "free" in trouble.value.hint
    with AdvisoryIndex.open(path) as index:
        assert index.digest == digest


def test_room_left_by_what_is_gone_is_given_back(tmp_path: Path) -> None:
    path = tmp_path / "index"
    many = [
        Advisory(f"CVE-2026-1{n:04}", "PyPI", f"p{n}", ranges=(Range("1", "2"),), summary="x" * 300)
        for n in range(1, 2_000)
    ]
    write(path, {"one": many}, None, {})
    before = path.stat().st_size
    write(path, {"one": many[:10]}, path, {})
    assert path.stat().st_size < before / 4
