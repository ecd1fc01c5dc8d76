"""Raw files into the index: in this process or beside it, what changed alone."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ironhull.advisories import SOURCES, _indexing
from ironhull.advisories._indexing import Files, Raw, indexing
from ironhull.advisories._reading import Beside, read_source
from ironhull.store.advisories import AdvisoryIndex

from .serving import NOW, record, write_osv
from .test_update import FLASK, publish

BY_NAME = {source.name: source for source in SOURCES}
NAMES = ("osv-pypi", "osv-debian", "debian-tracker", "kev", "epss")


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Raw files as a fetch leaves them, one directory per source."""
    world = tmp_path / "world"
    publish(world)
    found = tmp_path / "raw"
    for name, place in {
        "osv-pypi": "osv/PyPI",
        "osv-debian": "osv/Debian",
        "debian-tracker": "debian/tracker/data/json",
        "kev": "kev/known_exploited_vulnerabilities.json",
        "epss": "epss/epss_scores-current.csv.gz",
    }.items():
        (found / name).mkdir(parents=True)
        if name.startswith("osv"):
            for path in (world / place).iterdir():
                (found / name / path.name).write_bytes(path.read_bytes())
        else:
            (found / name / "document").write_bytes((world / place).read_bytes())
    return found


def build(index: Path, raw: Path, prints: dict[str, str] | None = None) -> dict[str, Any]:
    wanted = [
        Raw(BY_NAME[name], (Files(raw / name, (prints or {}).get(name, "1"), "u", NOW),))
        for name in NAMES
    ]
    with indexing(index, wanted, now=NOW) as done:
        pass
    return done


def digest(index: Path) -> str:
    with AdvisoryIndex.open(index) as found:
        return found.digest


@pytest.fixture
def beside(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every source is read by another process; the names of those that were."""
    started: list[str] = []
    start = Beside.start

    def watched(source: Any, *words: Any) -> Beside:
        started.append(source.name)
        return start(source, *words)

    monkeypatch.setattr(_indexing, "_LARGE", 0)
    monkeypatch.setattr(_indexing, "_processors", lambda: 2)
    monkeypatch.setattr(Beside, "start", watched)
    yield started


def test_processes_beside_read_the_same(tmp_path: Path, raw: Path, beside: list[str]) -> None:
    done = build(tmp_path / "beside", raw)
    assert sorted(beside) == sorted(NAMES)
    assert {name for name, read in done.items() if read.used} == set(NAMES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_indexing, "_LARGE", 1 << 40)
        build(tmp_path / "here", raw)
    assert digest(tmp_path / "here") == digest(tmp_path / "beside")


def test_what_a_process_beside_finds_wrong_is_told(
    tmp_path: Path, raw: Path, beside: list[str]
) -> None:
    (raw / "kev/document").write_bytes(b"<html>")
    write_osv(tmp_path / "other", "PyPI", [FLASK, {**FLASK, "id": "GHSA-other", "affected": 1}])
    for path in (tmp_path / "other/osv/PyPI").iterdir():
        (raw / "osv-pypi" / path.name).write_bytes(path.read_bytes())
    done = build(tmp_path / "index", raw)
    assert "kev" in beside
    assert "not CISA's catalogue" in done["kev"].failed
    assert done["kev"].used is None
    assert done["osv-pypi"].used is not None
    (problem,) = done["osv-pypi"].problems
    assert "GHSA-other" in problem.where


def test_a_process_that_dies_is_replaced(
    tmp_path: Path, raw: Path, beside: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ironhull.advisories._reading._CODE", "import os; os.abort()")
    done = build(tmp_path / "index", raw)
    assert beside
    assert all(read.used for read in done.values())
    assert [path.name for path in tmp_path.glob("index*")] == ["index"]


def test_only_what_changed_is_read(
    tmp_path: Path, raw: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = tmp_path / "index"
    monkeypatch.setattr(_indexing, "rules", lambda: "the same")
    build(index, raw)
    first = digest(index)
    read: list[str] = []

    def watched(source: Any, *words: Any) -> Any:
        read.append(source.name)
        return read_source(source, *words)

    monkeypatch.setattr(_indexing, "read_source", watched)
    build(index, raw)
    assert read == []
    assert digest(index) == first
    newer = record("PYSEC-2026-9", package="jinja2", events=[{"introduced": "0"}])
    write_osv(tmp_path / "other", "PyPI", [FLASK, newer])
    for path in (tmp_path / "other/osv/PyPI").iterdir():
        (raw / "osv-pypi" / path.name).write_bytes(path.read_bytes())
    build(index, raw, {"osv-pypi": "2"})
    assert read == ["osv-pypi"]
    build(tmp_path / "fresh", raw, {"osv-pypi": "2"})
    assert digest(index) == digest(tmp_path / "fresh") != first
    monkeypatch.setattr(_indexing, "rules", lambda: "others")
    read.clear()
    build(index, raw, {"osv-pypi": "2"})
    assert sorted(read) == sorted(NAMES)


def test_new_files_that_are_no_good_leave_the_old_ones(tmp_path: Path, raw: Path) -> None:
    index = tmp_path / "index"
    build(index, raw)
    first = digest(index)
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "document").write_bytes(b"{}")
    kev = BY_NAME["kev"]
    wanted = [Raw(BY_NAME[n], (Files(raw / n, "1", "u", NOW),)) for n in NAMES if n != "kev"]
    wanted.append(Raw(kev, (Files(bad, "2", "u", NOW), Files(raw / "kev", "1", "u", NOW))))
    with indexing(index, wanted, now=NOW) as done:
        pass
    assert done["kev"].failed
    assert done["kev"].used is not None
    assert done["kev"].used.directory == raw / "kev"
    assert digest(index) == first


def test_the_worker_reads_its_job_from_standard_input(tmp_path: Path, raw: Path) -> None:
    """The code a process is started with needs nothing of this one's environment."""
    from ironhull.advisories._reading import _CODE

    job = {
        "path": sys.path,
        "source": "kev",
        "directory": str(raw / "kev"),
        "stage": str(tmp_path / "stage"),
        "now": NOW,
    }
    argv = [sys.executable, "-I", "-c", _CODE]
    said = subprocess.run(
        argv, input=json.dumps(job).encode(), env={}, capture_output=True, check=True
    )
    assert b'"records": 1' in said.stdout
    assert (tmp_path / "stage").exists()
