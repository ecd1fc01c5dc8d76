"""The index file: versions as bytes decide, only whole files are read."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from ironhull.ecosystems.pypi import sort_key
from ironhull.errors import AdvisoryError
from ironhull.limits import LIMITS
from ironhull.model import Advisory, Cvss, Range
from ironhull.store import advisories
from ironhull.store._advisories_build import IndexBuilder, Rules, building
from ironhull.store.advisories import AdvisoryIndex, IndexSource
from ironhull.values import replace

SOURCE = IndexSource(
    "osv", "http://x", "2026-01-01T00:00:00Z", "", 1, 0, "abc", (("PyPI", "full"),)
)


def as_they_are(claims: list[Advisory], facts: Any) -> list[Advisory]:
    return claims


RULES = Rules("1", as_they_are, lambda claim: (), lambda scope: sort_key)


def fill(builder: IndexBuilder, *claims: Advisory) -> int:
    with builder.source("osv") as stage:
        stage.add_claims(claims)
    builder.keep(SOURCE)
    return builder.finish("now")


def make(path: Path, *claims: Advisory) -> AdvisoryIndex:
    with building(path, RULES) as builder:
        fill(builder, *claims)
    return AdvisoryIndex.open(path)


FULL = Advisory(
    id="CVE-2026-1",
    scope="PyPI",
    package="a",
    ranges=(Range("1", "2"), Range("3", "", "3.5"), Range("5")),
    versions=("1.5", "2.5"),
    aliases=("GHSA-a",),
    status="fixed",
    urgency="u",
    reason="r",
    severity="high",
    severity_source="CVSS 3.1",
    cvss=(Cvss("3.1", "CVSS:3.1/x", 7.5),),
    cwes=("CWE-1",),
    summary="s",
    published="p",
    modified="m",
    url="u",
    sources=("osv",),
)


def test_what_goes_in_comes_out(tmp_path: Path) -> None:
    with make(tmp_path / "index", FULL) as index:
        (found,) = index.lookup("PyPI", "a")
        # listed versions are kept as keys, for matching
        assert found == Advisory(**{**_fields(FULL), "versions": ()})
        assert index.lookup("PyPI", "b") == index.lookup("npm", "a") == ()
        assert index.counts() == {"PyPI": 1}
        assert index.covering("PyPI") == ((SOURCE, "full"),)


def _fields(advisory: Advisory) -> dict[str, Any]:
    return {name: getattr(advisory, name) for name in advisory.__dataclass_fields__}


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("0.9", None),
        ("1", (0,)),
        ("1.0.0", (0,)),
        ("2.dev1", (0,)),
        ("2", None),
        ("2.5", ()),
        ("2.5.0", ()),
        ("3", (1,)),
        ("3.5", (1,)),
        ("3.5.1", None),
        ("9!1", (2,)),
    ],
)
def test_bytes_decide(tmp_path: Path, version: str, expected: tuple[int, ...] | None) -> None:
    with make(tmp_path / "index", FULL) as index:
        found = [ranges for _, ranges in index.affecting("PyPI", "a", sort_key(version))]
    assert found == ([] if expected is None else [expected])


def test_what_cannot_be_ordered_is_counted(tmp_path: Path) -> None:
    bad = Advisory("X", "PyPI", "a", ranges=(Range("x"), Range("1", "y")), versions=("2004d",))
    with building(tmp_path / "index", RULES) as builder:
        assert fill(builder, bad) == 3


def test_the_digest_is_of_the_content(tmp_path: Path) -> None:
    other = Advisory("CVE-2026-2", "PyPI", "a", ranges=(Range("1", "2"),), status="fixed")
    first = make(tmp_path / "1", FULL).digest
    assert make(tmp_path / "2", FULL).digest == first
    assert make(tmp_path / "3", other).digest != first


def test_a_failed_source_leaves_nothing_behind(tmp_path: Path) -> None:
    def claims() -> Any:
        yield FULL
        raise AdvisoryError("garbage")

    with building(tmp_path / "index", RULES) as builder:
        with pytest.raises(AdvisoryError, match="garbage"), builder.source("osv") as stage:
            stage.add_claims(claims())
        fill(builder, Advisory("CVE-2026-2", "PyPI", "a", ranges=(Range(),)))
    with AdvisoryIndex.open(tmp_path / "index") as index:
        assert [found.id for found in index.lookup("PyPI", "a")] == ["CVE-2026-2"]


def test_a_failed_build_leaves_the_old_index(tmp_path: Path) -> None:
    digest = make(tmp_path / "index", FULL).digest
    with pytest.raises(AdvisoryError), building(tmp_path / "index", RULES) as builder:
        fill(builder)
        raise AdvisoryError("no")
    assert AdvisoryIndex.open(tmp_path / "index").digest == digest
    assert [path.name for path in tmp_path.iterdir()] == ["index"]


def test_a_reader_keeps_what_it_opened(tmp_path: Path) -> None:
    with make(tmp_path / "index", FULL) as old:
        make(tmp_path / "index", Advisory("CVE-2026-2", "PyPI", "a", ranges=(Range(),))).close()
        assert [found.id for found in old.lookup("PyPI", "a")] == ["CVE-2026-1"]


@pytest.mark.parametrize("data", [b"", b"<html>", b"SQLite format 3\0" + b"\0" * 200, b"\0" * 9000])
def test_other_files_are_no_index(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "index").write_bytes(data)
    with pytest.raises(AdvisoryError, match="index"):
        AdvisoryIndex.open(tmp_path / "index")


def test_a_missing_index_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(AdvisoryError, match="ironhull db update"):
        AdvisoryIndex.open(tmp_path / "index")


def test_odd_paths_are_paths(tmp_path: Path) -> None:
    directory = tmp_path / "100% mine?#"
    directory.mkdir()
    with make(directory / "index", FULL) as index:
        assert index.counts() == {"PyPI": 1}


def test_scores_are_read_many_at_a_time(tmp_path: Path) -> None:
    names = [f"CVE-2026-{number:04}" for number in range(1_200)]
    with building(tmp_path / "index", RULES) as builder:
        with builder.source("epss") as stage:
            stage.add_epss((name, 0.25, 0.5) for name in names[::2])
        with builder.source("kev") as stage:
            stage.add_kev(names[:1])
        with pytest.raises(ValueError, match="not described by keep: epss, kev"):
            builder.finish("now")
        for name in ("epss", "kev"):
            builder.keep(replace(SOURCE, name=name))
        builder.finish("now")
    with AdvisoryIndex.open(tmp_path / "index") as index:
        assert index.epss_of(names) == dict.fromkeys(names[::2], (0.25, 0.5))
        assert index.epss_of(()) == {}
        assert (index.epss(names[0]), index.epss(names[1])) == ((0.25, 0.5), None)
        assert (index.kev(names[0]), index.kev(names[1])) == (True, False)


def test_what_is_remembered_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(advisories, "LIMITS", replace(LIMITS, advisory_memo=3))
    many = [Advisory(f"CVE-2026-{n:04}", "PyPI", f"p{n}", ranges=(Range(),)) for n in range(20)]
    with make(tmp_path / "index", *many) as index:
        for _ in range(2):
            for advisory in many:
                ((found, ranges),) = index.affecting("PyPI", advisory.package, sort_key("1"))
                assert (found.id, ranges) == (advisory.id, (0,))
        again = index.affecting("PyPI", "p19", sort_key("1"))
        assert again[0][0] is found
        assert max(len(index._affecting), len(index._decoded), len(index._packages)) == 3


def test_more_advisories_than_one_query_takes(tmp_path: Path) -> None:
    many = [Advisory(f"CVE-2026-{n:04}", "PyPI", "a", ranges=(Range(),)) for n in range(1_300)]
    with make(tmp_path / "index", *many) as index:
        found = index.affecting("PyPI", "a", sort_key("1"))
        assert [advisory.id for advisory, _ in found] == [advisory.id for advisory in many]


@pytest.mark.parametrize("body", ["{", "[]", '{"ranges": 5}', '{"status": "no such"}', '{"x": 1}'])
def test_damage_inside_is_said(tmp_path: Path, body: str) -> None:
    make(tmp_path / "index", FULL).close()
    with sqlite3.connect(tmp_path / "index") as db:
        db.execute("UPDATE advisory SET body = ?", (body,))
        db.execute("UPDATE claim SET body = x'00'")
    db.close()
    with AdvisoryIndex.open(tmp_path / "index") as index:
        with pytest.raises(AdvisoryError, match="damaged"):
            index.lookup("PyPI", "a")
        with pytest.raises(AdvisoryError, match="damaged"):
            index.claims("PyPI", "a")
