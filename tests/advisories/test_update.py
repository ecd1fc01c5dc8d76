"""Updating: only what changed, nothing lost when it goes wrong."""

import gzip
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ironhull.advisories.update import Wanted, Watcher, index_path, open_index, update
from ironhull.errors import AdvisoryError, UsageError
from ironhull.store.advisories import AdvisoryIndex

from .serving import NOW, Served, record, serving, transport, write_osv

FLASK = record(
    "GHSA-aaaa-bbbb-cccc",
    aliases=["CVE-2026-0001"],
    events=[{"introduced": "0"}, {"fixed": "3.1"}],
    severity=[{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
)
OPENSSL = {
    "CVE-2026-0002": {
        "description": "A hole.",
        "releases": {
            "trixie": {
                "status": "resolved",
                "repositories": {"trixie": "3.5.1-1"},
                "fixed_version": "3.5.1-1+deb13u2",
                "urgency": "not yet assigned",
            },
            "bookworm": {
                "status": "open",
                "repositories": {"bookworm": "3.0.1-1"},
                "urgency": "unimportant",
                "nodsa": "Minor issue",
                "nodsa_reason": "postponed",
            },
            "sid": {"status": "open", "repositories": {}, "urgency": "low"},
        },
    },
}


def publish(root: Path, records: list[dict[str, Any]] | None = None) -> None:
    """A small world of advisory sources below `root`."""
    write_osv(root, "PyPI", [FLASK] if records is None else records)
    debian = record("DEBIAN-CVE-2026-0003", upstream=["CVE-2026-0003"])
    debian["affected"][0]["package"] = {"ecosystem": "Debian:13", "name": "zlib"}
    debian["affected"][0]["ranges"][0]["events"] = [{"introduced": "0"}]
    write_osv(root, "Debian", [debian])
    tracker = root / "debian/tracker/data"
    tracker.mkdir(parents=True, exist_ok=True)
    (tracker / "json").write_text(json.dumps({"openssl": OPENSSL}))
    (root / "kev").mkdir(exist_ok=True)
    catalogue = {
        "dateReleased": "2026-01-27T20:51:50.7688Z",
        "count": 1,
        "vulnerabilities": [{"cveID": "CVE-2026-0001"}],
    }
    (root / "kev/known_exploited_vulnerabilities.json").write_text(json.dumps(catalogue))
    (root / "epss").mkdir(exist_ok=True)
    scores = "#model_version:v1,score_date:2026-11-01T00:00:00Z\ncve,epss,percentile\n"
    scores += "CVE-2026-0001,0.25,0.75\n"
    path = root / "epss/epss_scores-current.csv.gz"
    path.write_bytes(gzip.compress(scores.encode()))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[tuple[Path, Served, Path]]:
    root = tmp_path / "world"
    publish(root)
    with serving(root) as served:
        yield root, served, tmp_path / "data"


FEW = Wanted(("debian-tracker", "osv-debian", "osv-pypi", "kev", "epss"))


def run(world: tuple[Path, Served, Path], *, wanted: Wanted = FEW, **named: Any) -> Any:
    _, served, data = world
    return update(
        directory=data, transport=transport(), now=NOW, urls=served.urls, wanted=wanted, **named
    )


def states(result: Any) -> dict[str, str]:
    return {outcome.source: outcome.state for outcome in result.outcomes}


def test_a_first_update_indexes_every_source(world: tuple[Path, Served, Path]) -> None:
    result = run(world)
    assert set(states(result).values()) == {"updated"}
    assert result.ok
    assert result.rebuilt
    with AdvisoryIndex.open(index_path(world[2])) as index:
        (flask,) = index.lookup("PyPI", "flask")
        assert (flask.id, flask.severity, flask.severity_source) == (
            "CVE-2026-0001",
            "critical",
            "CVSS 3.1 (GHSA)",
        )
        assert flask.aliases == ("GHSA-aaaa-bbbb-cccc",)
        assert index.kev("CVE-2026-0001")
        assert not index.kev("CVE-2026-0002")
        assert index.epss("CVE-2026-0001") == (0.25, 0.75)
        (trixie,) = [a for a in index.lookup("Debian:13", "openssl") if a.id == "CVE-2026-0002"]
        assert (trixie.status, trixie.ranges[0].fixed) == ("fixed", "3.5.1-1+deb13u2")
        (bookworm,) = [a for a in index.lookup("Debian:12", "openssl") if a.id == "CVE-2026-0002"]
        assert (bookworm.status, bookworm.reason, bookworm.severity) == (
            "will-not-fix",
            "postponed: Minor issue",
            "low",
        )
        dates = {source.name: source.date for source in index.sources}
        assert dates["epss"] == "2026-11-01T00:00:00Z"
        assert dates["osv-pypi"] == "2026-01-02T03:04:05Z"


def test_a_second_update_downloads_nothing(world: tuple[Path, Served, Path]) -> None:
    first = run(world)
    assert world[1].downloaded()
    before = index_path(world[2]).stat().st_mtime_ns
    second = run(world)
    assert world[1].downloaded() == []
    assert set(states(second).values()) == {"unchanged"}
    assert second.digest == first.digest
    assert not second.rebuilt
    assert index_path(world[2]).stat().st_mtime_ns == before


def _later(root: Path, name: str = "osv/PyPI/modified_id.csv") -> None:
    """Give a file a later date, as If-Modified-Since counts in seconds."""
    os.utime(root / name, (time.time() + 5, time.time() + 5))


def test_only_changed_records_are_fetched(world: tuple[Path, Served, Path]) -> None:
    root, served, data = world
    run(world)
    served.downloaded()
    changed = record("PYSEC-2026-9", package="Jinja2", events=[{"introduced": "2.0"}])
    changed["modified"] = "2026-03-01T00:00:00Z"
    write_osv(root, "PyPI", [FLASK, changed])
    _later(root)
    assert states(run(world))["osv-pypi"] == "updated"
    assert served.downloaded() == ["/osv/PyPI/modified_id.csv", "/osv/PyPI/PYSEC-2026-9.json"]
    with open_index(data, now=NOW) as index:
        assert [a.id for a in index.lookup("PyPI", "jinja2")] == ["PYSEC-2026-9"]
        assert [a.id for a in index.lookup("PyPI", "flask")] == ["CVE-2026-0001"]


def test_a_record_that_is_no_longer_listed_is_gone(world: tuple[Path, Served, Path]) -> None:
    root, served, data = world
    other = record("PYSEC-2026-9", package="jinja2", events=[{"introduced": "0"}])
    publish(root, [FLASK, other])
    run(world)
    served.downloaded()
    publish(root, [other])
    _later(root)
    run(world, wanted=Wanted(("osv-pypi",)))
    assert served.downloaded() == ["/osv/PyPI/modified_id.csv"]
    with open_index(data, now=NOW) as index:
        assert index.lookup("PyPI", "flask") == ()


def test_many_changes_fetch_the_zip(
    world: tuple[Path, Served, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    root, served, _ = world
    run(world)
    served.downloaded()
    monkeypatch.setattr("ironhull.advisories._listed.FEW", 0)
    publish(root, [{**FLASK, "modified": "2026-04-01T00:00:00Z"}])
    _later(root)
    run(world, wanted=Wanted(("osv-pypi",)))
    assert served.downloaded() == ["/osv/PyPI/modified_id.csv", "/osv/PyPI/all.zip"]


HTML = b"<!DOCTYPE html><html><body>Sign in to the hotel network</body></html>"
LIES = {
    "debian-tracker": "/debian/tracker/data/json",
    "kev": "/kev/known_exploited_vulnerabilities.json",
    "epss": "/epss/epss_scores-current.csv.gz",
}


@pytest.mark.parametrize(
    "lie",
    [HTML, b"", b"{}", b"[]", b'{"openssl": 1}', gzip.compress(b"x", mtime=0)],
    ids=["html", "empty", "object", "list", "number", "gzip"],
)
@pytest.mark.parametrize("source", sorted(LIES))
def test_garbage_leaves_the_old_data_in_use(
    world: tuple[Path, Served, Path], source: str, lie: bytes
) -> None:
    first = run(world)
    world[1].lies[LIES[source]] = lie
    second = run(world)
    (outcome,) = [o for o in second.outcomes if o.source == source]
    assert outcome.state == "failed"
    assert outcome.message
    (before,) = [o.records for o in first.outcomes if o.source == source]
    assert outcome.records == before > 0
    assert second.digest == first.digest
    world[1].lies.clear()
    assert states(run(world))[source] != "failed"


def test_older_data_than_there_is_is_refused(world: tuple[Path, Served, Path]) -> None:
    root, served, data = world
    first = run(world)
    path = root / "kev/known_exploited_vulnerabilities.json"
    catalogue = json.loads(path.read_text())
    path.write_text(json.dumps({**catalogue, "dateReleased": "2025-12-01T00:00:00Z"}))
    scores = "#model_version:v1,score_date:2026-10-01T00:00:00Z\ncve,epss,percentile\n"
    served.lies[LIES["epss"]] = gzip.compress(f"{scores}CVE-2026-0001,0.5,0.5\n".encode())
    second = run(world)
    failed = {o.source: o.message for o in second.outcomes if o.state == "failed"}
    assert sorted(failed) == ["epss", "kev"]
    assert "of 2025-12-01T00:00:00Z, older than the data there is, of 2026-01-27" in failed["kev"]
    assert second.digest == first.digest
    path.write_text(json.dumps({**catalogue, "dateReleased": "2026-03-01T00:00:00Z"}))
    assert states(run(world))["kev"] == "updated"
    with open_index(data, now=NOW) as index:
        assert index.epss("CVE-2026-0001") == (0.25, 0.75)


@pytest.mark.parametrize("cut", [0, 1, 60, 200])
def test_half_a_zip_leaves_the_old_data_in_use(
    world: tuple[Path, Served, Path], cut: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, served, data = world
    first = run(world)
    monkeypatch.setattr("ironhull.advisories._listed.FEW", 0)
    publish(root, [{**FLASK, "modified": "2026-04-01T00:00:00Z"}])
    _later(root)
    served.lies["/osv/PyPI/all.zip"] = (root / "osv/PyPI/all.zip").read_bytes()[:cut]
    second = run(world, wanted=Wanted(("osv-debian", "osv-pypi")))
    assert states(second) == {"osv-debian": "unchanged", "osv-pypi": "failed"}
    assert second.digest == first.digest
    served.lies.clear()
    assert states(run(world))["osv-pypi"] == "updated"
    with open_index(data, now=NOW) as index:
        assert index.lookup("PyPI", "flask")[0].modified == "2026-04-01T00:00:00Z"


@pytest.mark.parametrize("lie", [HTML, b"\xff\xfe", b"2026-01-01T00:00:00Z,../../etc/passwd\n"])
def test_a_list_that_is_none_is_refused(world: tuple[Path, Served, Path], lie: bytes) -> None:
    run(world)
    world[1].lies["/osv/PyPI/modified_id.csv"] = lie
    assert states(run(world))["osv-pypi"] == "failed"


def test_a_date_in_the_future_is_not_believed(world: tuple[Path, Served, Path]) -> None:
    publish(world[0], [FLASK, {**FLASK, "id": "PYSEC-2026-1", "modified": "2031-01-01T00:00:00Z"}])
    (outcome,) = run(world, wanted=Wanted(("osv-pypi",))).outcomes
    assert outcome.date == "2026-01-02T03:04:05Z"
    assert outcome.records == 2


def test_nothing_reachable_says_so_and_the_snapshot_answers(tmp_path: Path) -> None:
    urls = dict.fromkeys(("osv", "debian-tracker", "kev", "epss"), "http://127.0.0.1:9/x")
    result = update(directory=tmp_path, transport=transport(), now=NOW, urls=urls, wanted=FEW)
    assert not result.ok
    assert all("127.0.0.1:9" in outcome.message for outcome in result.outcomes)
    with open_index(tmp_path, now=NOW) as index:
        assert index.covering("Debian:13")[0][1] == "fixed-only"
        assert index.covering("PyPI") == ()


def test_a_mirror_without_lists_is_asked_for_the_zip(world: tuple[Path, Served, Path]) -> None:
    root, served, _ = world
    (root / "osv/PyPI/modified_id.csv").unlink()
    (outcome,) = run(world, wanted=Wanted(("osv-pypi",))).outcomes
    assert (outcome.state, outcome.records) == ("updated", 1)
    served.downloaded()
    assert run(world, wanted=Wanted(("osv-pypi",))).outcomes[0].state == "unchanged"
    assert served.downloaded() == []


def test_unknown_names_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no advisory source 'oval'"):
        update(directory=tmp_path, transport=transport(), now=NOW, wanted=Wanted(("oval",)))
    with pytest.raises(UsageError, match="no advisory source 'oval'"):
        update(directory=tmp_path, transport=transport(), now=NOW, urls={"oval": "http://x"})


def test_an_index_of_another_version_is_rebuilt_never_misread(
    world: tuple[Path, Served, Path],
) -> None:
    digest = run(world).digest
    path = index_path(world[2])
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(AdvisoryError, match="version 99"):
        AdvisoryIndex.open(path)
    with open_index(world[2], now=NOW) as index:
        assert index.digest == digest


def test_two_at_once_wait_for_each_other(world: tuple[Path, Served, Path]) -> None:
    from ironhull.store.files import locked

    waits: list[str] = []
    lock = locked(world[2] / "update.lock")
    lock.__enter__()

    def told() -> None:
        waits.append("told")
        lock.__exit__(None, None, None)

    assert run(world, watcher=Watcher(waiting=told)).ok
    assert waits == ["told"]


KILLED = """
import os, signal, sys
from pathlib import Path
from ironhull.advisories import update as module
from ironhull.store import _advisories_build as build
from ironhull.transport import Transport
place, data, *urls = sys.argv[1:]
def die(*args, **named):
    os.kill(os.getpid(), signal.SIGKILL)
if place == "merge":
    build.Writer.write_dirty = die
elif place == "swap":
    module.swap = die
else:
    build.sync_directory = die
names = ("osv", "debian-tracker", "kev", "epss")
only = ("debian-tracker", "osv-debian", "osv-pypi", "kev", "epss")
module.update(directory=Path(data), transport=Transport(user_agent="t"), now="2026-11-22T12:00:00Z",
              urls=dict(zip(names, urls)), wanted=module.Wanted(only))
"""


@pytest.mark.parametrize("place", ["merge", "swap", "replaced"])
def test_a_killed_update_loses_nothing(world: tuple[Path, Served, Path], place: str) -> None:
    root, served, data = world
    old = run(world).digest
    publish(root, [{**FLASK, "modified": "2026-04-01T00:00:00Z", "summary": "newer"}])
    _later(root)
    argv = [sys.executable, "-c", KILLED, place, str(data), *served.urls.values()]
    ended = subprocess.run(argv, capture_output=True, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    with open_index(data, now=NOW) as index:
        assert (index.digest == old) == (place != "replaced")
    assert run(world).ok
    with open_index(data, now=NOW) as index:
        assert index.lookup("PyPI", "flask")[0].summary == "newer"
    left = [path.name for path in data.rglob("*") if path.suffix in (".building", ".new", ".old")]
    assert left == []
