"""Fetching: the shapes of sources, mirrors in turn, cut and killed downloads, manners."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ironhull.advisories._fetch import (
    Arrived,
    Errand,
    adopt,
    discard,
    fetch,
    read_state,
    recover,
    swap,
)
from ironhull.advisories._polite import Courier
from ironhull.advisories._raw import incoming_of
from ironhull.advisories._row import AdvisorySource, Listing, RemoteFile
from ironhull.advisories.osv import SOURCES as OSV
from ironhull.errors import AdvisoryError, StoreError, TransportError
from ironhull.limits import LIMITS
from ironhull.transport import MissingError, Transport

from .serving import NOW, Served, record, serving, transport, write_osv

HTML = b"<!doctype html><title>Sign in</title>"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "world").mkdir()
    return tmp_path / "world"


@pytest.fixture
def served(root: Path) -> Iterator[Served]:
    with serving(root) as server:
        yield server


@pytest.fixture
def other(tmp_path: Path) -> Iterator[tuple[Path, Served]]:
    """A second mirror."""
    (tmp_path / "other").mkdir()
    with serving(tmp_path / "other") as server:
        yield tmp_path / "other", server


@pytest.fixture
def current(tmp_path: Path) -> Path:
    return tmp_path / "raw" / "source"


def no_claims(directory: Path, tally: Any) -> Iterator[Any]:
    raise AssertionError("fetching reads nothing")


def source(fetch: str, **named: Any) -> AdvisorySource:
    return AdvisorySource("source", "base", "http://x", fetch, "claims", no_claims, **named)


def get(row: AdvisorySource, current: Path, *urls: str, **named: Any) -> Arrived:
    """Fetch and, where something came, put it in place as an update does that could read it."""
    named.setdefault("courier", Courier(transport()))
    found = fetch(
        row, urls, current=current, errand=Errand(NOW, **named.pop("errand", {})), **named
    )
    if found.directory is not None:
        swap(current, found.directory)
    return found


# ── one file ─────────────────────────────────────────────────────────────────────────────────────


def test_a_document_comes_when_it_changed(root: Path, served: Served, current: Path) -> None:
    (root / "doc").write_bytes(b"{}")
    row = source("document")
    assert get(row, current, f"{served.url}/doc").directory
    assert (current / "document").read_bytes() == b"{}"
    assert get(row, current, f"{served.url}/doc") == Arrived(None)
    (root / "doc").write_bytes(b"[]")
    assert get(row, current, f"{served.url}/doc").directory
    assert served.downloaded() == ["/doc", "/doc"]
    assert not incoming_of(current).exists()


def test_a_document_that_was_lost_is_fetched_again(
    root: Path, served: Served, current: Path
) -> None:
    (root / "doc").write_bytes(b"{}")
    row = source("document")
    get(row, current, f"{served.url}/doc")
    (current / "document").unlink()
    get(row, current, f"{served.url}/doc")
    assert served.downloaded() == ["/doc", "/doc"]


def test_an_older_file_is_refused_unless_its_content_has_a_date(
    root: Path, served: Served, current: Path
) -> None:
    (root / "doc").write_bytes(b"new")
    row = source("document")
    get(row, current, f"{served.url}/doc")
    (root / "doc").write_bytes(b"old")
    os.utime(root / "doc", (1_000_000_000, 1_000_000_000))
    with pytest.raises(AdvisoryError, match=r"of 2001-09-09.*older than the data there is"):
        get(row, current, f"{served.url}/doc")
    assert (current / "document").read_bytes() == b"new"
    assert get(row, current, f"{served.url}/doc", errand={"dated": frozenset({"source"})}).directory


@pytest.mark.parametrize("lie", [HTML, b"", b" \n", b"\xef\xbb\xbf<HTML>"])
def test_a_page_or_nothing_is_no_document(served: Served, current: Path, lie: bytes) -> None:
    served.lies["/doc"] = lie
    with pytest.raises(AdvisoryError, match=r"web page|empty file"):
        get(source("document"), current, f"{served.url}/doc")
    assert not current.exists()
    assert not incoming_of(current).exists()


def test_redirects_are_followed(root: Path, served: Served, current: Path) -> None:
    (root / "doc").write_bytes(b"{}")
    served.moved["/old"] = "/doc"
    get(source("document"), current, f"{served.url}/old")
    assert (current / "document").read_bytes() == b"{}"


# ── several files ────────────────────────────────────────────────────────────────────────────────


def by_branch(scopes: frozenset[str], now: str) -> list[RemoteFile]:
    """Two files a branch, as of a distribution's database."""
    branches = [s.partition(":")[2] for s in sorted(scopes)] or ["v1", "v2", "v3"]
    return [
        RemoteFile(f"{branch}/{repository}.json", optional=True)
        for branch in branches
        for repository in ("main", "community")
    ]


def test_files_have_validators_of_their_own(root: Path, served: Served, current: Path) -> None:
    for name in ("v1/main", "v2/main", "v2/community"):
        (root / f"{name}.json").parent.mkdir(exist_ok=True)
        (root / f"{name}.json").write_text(f'{{"of": "{name}"}}')
    row = source("files", files=by_branch)
    assert get(row, current, served.url).directory
    state = read_state(current)
    assert sorted(state.files) == ["v1/main.json", "v2/community.json", "v2/main.json"]
    served.downloaded()
    assert get(row, current, served.url) == Arrived(None)
    assert served.downloaded() == []
    (root / "v2/main.json").write_text("{}")
    before = (current / "v1/main.json").stat().st_ino
    assert get(row, current, served.url).directory
    assert served.downloaded() == ["/v2/main.json"]
    assert (current / "v1/main.json").stat().st_ino == before
    assert read_state(current).fingerprint != state.fingerprint
    (root / "v1/main.json").unlink()
    get(row, current, served.url)
    assert not (current / "v1/main.json").exists()


def test_only_files_that_are_needed_and_those_there_are_asked_for(
    root: Path, served: Served, current: Path
) -> None:
    for branch in ("v1", "v2", "v3"):
        (root / branch).mkdir()
        (root / branch / "main.json").write_text(branch)
    row = source("files", files=by_branch)
    get(row, current, served.url, errand={"needed": frozenset({"X:v2"})})
    assert served.downloaded() == ["/v2/main.json"]
    get(row, current, served.url, errand={"needed": frozenset({"X:v3"})})
    assert served.downloaded() == ["/v3/main.json"]
    assert sorted(read_state(current).files) == ["v2/main.json", "v3/main.json"]


def test_no_file_at_all_is_missing(served: Served, current: Path) -> None:
    with pytest.raises(MissingError):
        get(source("files", files=by_branch), current, served.url)


def _verified(path: Path, check: bytes) -> None:
    if hashlib.sha256(path.read_bytes()).hexdigest().encode() not in check:
        raise AdvisoryError(f"{path.name}: sha256 is not the one announced")


def yearly(scopes: frozenset[str], now: str) -> list[RemoteFile]:
    """A file a year with a check beside it."""
    return [
        RemoteFile(f"{year}.json", check=f"{year}.meta", verify=_verified)
        for year in range(2024, int(now[:4]) + 1)
    ]


def _publish_year(root: Path, year: int, text: str) -> None:
    (root / f"{year}.json").write_text(text)
    digest = hashlib.sha256(text.encode()).hexdigest()
    (root / f"{year}.meta").write_text(f"lastModifiedDate:2026\nsha256:{digest}\n")


def test_checks_tell_which_files_changed(root: Path, served: Served, current: Path) -> None:
    for year in (2024, 2025, 2026):
        _publish_year(root, year, f"of {year}")
    row = source("files", files=yearly)
    get(row, current, served.url)
    served.answers.clear()
    assert get(row, current, served.url) == Arrived(None)
    assert {path for path, _ in served.answers} == {"/2024.meta", "/2025.meta", "/2026.meta"}
    _publish_year(root, 2025, "changed")
    served.answers.clear()
    get(row, current, served.url)
    assert [p for p, _ in served.answers if p.endswith(".json")] == ["/2025.json"]
    assert (current / "2025.json").read_text() == "changed"
    assert (current / "2024.json").read_text() == "of 2024"


def test_a_file_of_another_digest_leaves_the_old_ones(
    root: Path, served: Served, current: Path
) -> None:
    for year in (2024, 2025, 2026):
        _publish_year(root, year, f"of {year}")
    row = source("files", files=yearly)
    get(row, current, served.url)
    _publish_year(root, 2025, "changed")
    served.lies["/2025.json"] = b"altered"
    with pytest.raises(AdvisoryError, match="not the one announced"):
        get(row, current, served.url)
    assert (current / "2025.json").read_text() == "of 2025"
    served.lies.clear()
    assert get(row, current, served.url).directory


def test_without_checks_the_files_themselves_are_asked(
    root: Path, served: Served, current: Path
) -> None:
    for year in (2024, 2025, 2026):
        (root / f"{year}.json").write_text(str(year))
    get(source("files", files=yearly), current, served.url)
    assert sorted(read_state(current).files) == ["2024.json", "2025.json", "2026.json"]


# ── a list and an archive ────────────────────────────────────────────────────────────────────────

PYPI = next(row for row in OSV if row.folder == "PyPI")


def entry(number: int, day: str = "2026-01-02") -> dict[str, Any]:
    made = record(f"X-{number}", events=[{"introduced": "0"}])
    return {**made, "modified": f"{day}T00:00:00Z"}


def records(directory: Path) -> list[str]:
    return sorted(path.stem for path in (directory / "changed").glob("*.json"))


def test_a_list_that_was_cut_short_is_refused(root: Path, served: Served, current: Path) -> None:
    many = [entry(number) for number in range(100)]
    write_osv(root, "PyPI", many)
    listed = (root / "osv/PyPI/modified_id.csv").read_bytes()
    half = listed[: len(listed) // 2].rpartition(b"\n")[0] + b"\n"
    served.lies["/osv/PyPI/modified_id.csv"] = half
    with pytest.raises(AdvisoryError, match="the list is cut short"):
        get(PYPI, current, f"{served.url}/osv")
    served.lies.clear()
    get(PYPI, current, f"{served.url}/osv")
    served.lies["/osv/PyPI/modified_id.csv"] = half
    with pytest.raises(AdvisoryError, match="the list is cut short"):
        get(PYPI, current, f"{served.url}/osv")
    assert (current / "modified_id.csv").read_bytes() == listed


def test_an_older_list_is_refused(root: Path, served: Served, current: Path) -> None:
    write_osv(root, "PyPI", [entry(1, "2026-03-01"), entry(2)])
    get(PYPI, current, f"{served.url}/osv")
    write_osv(root, "PyPI", [entry(1, "2026-02-01"), entry(2)])
    with pytest.raises(AdvisoryError, match=r"of 2026-02-01.*older than the data there is"):
        get(PYPI, current, f"{served.url}/osv")


def test_the_newest_record_may_leave(root: Path, served: Served, current: Path) -> None:
    write_osv(root, "PyPI", [entry(1, "2026-03-01"), entry(2)])
    get(PYPI, current, f"{served.url}/osv")
    write_osv(root, "PyPI", [entry(2)])
    assert get(PYPI, current, f"{served.url}/osv").directory


def test_records_that_the_archive_lacks_are_fetched(
    root: Path, served: Served, current: Path
) -> None:
    write_osv(root, "PyPI", [entry(1)])
    archive = (root / "osv/PyPI/all.zip").read_bytes()
    write_osv(root, "PyPI", [entry(1), entry(2), entry(3)])
    (root / "osv/PyPI/all.zip").write_bytes(archive)
    (root / "osv/PyPI/X-3.json").unlink()  # listed, and gone again
    get(PYPI, current, f"{served.url}/osv")
    assert records(current) == ["X-2"]


def test_records_newer_than_the_archive_are_fetched(
    root: Path, served: Served, current: Path
) -> None:
    write_osv(root, "PyPI", [entry(1), entry(2, "2026-03-01"), entry(3, "2031-01-01")])
    made = 1_770_000_000  # 2026-02-02
    os.utime(root / "osv/PyPI/all.zip", (made, made))
    get(PYPI, current, f"{served.url}/osv")
    assert records(current) == ["X-2"]  # not the one of a date nobody believes


def test_an_archive_far_behind_is_asked_for_again(
    root: Path, served: Served, current: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ironhull.advisories._listed.FEW", 2)
    write_osv(root, "PyPI", [entry(number, "2026-03-01") for number in range(5)])
    made = 1_770_000_000
    os.utime(root / "osv/PyPI/all.zip", (made, made))
    assert get(PYPI, current, f"{served.url}/osv").directory
    assert records(current) == []
    os.utime(root / "osv/PyPI/all.zip")
    served.downloaded()
    assert get(PYPI, current, f"{served.url}/osv").directory
    assert "/osv/PyPI/all.zip" in served.downloaded()
    assert get(PYPI, current, f"{served.url}/osv") == Arrived(None)


def test_a_mirror_without_single_records_is_asked_for_the_archive(
    root: Path, served: Served, current: Path
) -> None:
    write_osv(root, "PyPI", [entry(1)])
    get(PYPI, current, f"{served.url}/osv")
    write_osv(root, "PyPI", [entry(1, "2026-03-01")])
    (root / "osv/PyPI/X-1.json").unlink()
    served.downloaded()
    get(PYPI, current, f"{served.url}/osv")
    assert served.downloaded() == ["/osv/PyPI/modified_id.csv", "/osv/PyPI/all.zip"]


def read_changes(data: bytes) -> dict[str, str]:
    pairs = (line.split(",") for line in data.decode().splitlines())
    return {name.strip('"'): date.strip('"') for name, date in pairs}


VEX = source(
    "listed",
    listing=Listing(
        list="changes.csv",
        archive="all.tar",
        read=read_changes,
        pointer="archive_latest.txt",
        suffix="",
    ),
)


def test_a_pointer_names_the_archive(root: Path, served: Served, current: Path) -> None:
    (root / "changes.csv").write_text('"2026/a.json","2026-01-01"\n"2026/b.json","2026-01-01"\n')
    (root / "archive_latest.txt").write_text("vex_2026-01-01.tar\n")
    (root / "vex_2026-01-01.tar").write_bytes(b"a tar")
    get(VEX, current, served.url)
    assert (current / "all.tar").read_bytes() == b"a tar"
    (root / "changes.csv").write_text('"2026/a.json","2026-02-01"\n"2026/b.json","2026-01-01"\n')
    (root / "2026").mkdir()
    (root / "2026/a.json").write_text("{}")
    get(VEX, current, served.url)
    assert (current / "changed/2026/a.json").read_text() == "{}"
    assert (current / "all.tar").read_bytes() == b"a tar"
    (root / "changes.csv").write_text('"2026/a.json","2026-02-01"\n"2026/b.json","2026-03-01"\n')
    (root / "2026/b.json").write_text("[]")
    get(VEX, current, served.url)
    assert (current / "changed/2026/a.json").read_text() == "{}"
    assert (current / "changed/2026/b.json").read_text() == "[]"


@pytest.mark.parametrize("said", ["", "../../etc/passwd", "/etc/passwd", "a\nb"])
def test_a_pointer_that_leads_elsewhere_is_refused(
    root: Path, served: Served, current: Path, said: str
) -> None:
    (root / "changes.csv").write_text('"2026/a.json","2026-01-01"\n')
    (root / "archive_latest.txt").write_text(said)
    with pytest.raises(AdvisoryError, match=r"does not name an archive|empty file"):
        get(VEX, current, served.url)


# ── mirrors ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("trouble", ["down", "page", "half", "list", "cut", "missing", "older"])
def test_the_next_mirror_is_asked(
    root: Path, served: Served, other: tuple[Path, Served], current: Path, trouble: str
) -> None:
    place, second = other
    write_osv(place, "PyPI", [entry(1, "2026-03-01")])
    get(PYPI, current, f"{second.url}/osv")
    write_osv(place, "PyPI", [entry(1, "2026-05-01")])
    (place / "osv/PyPI/X-1.json").unlink()
    write_osv(root, "PyPI", [entry(1, "2026-04-01")])
    (root / "osv/PyPI/X-1.json").unlink()
    first = f"{served.url}/osv"
    if trouble == "down":
        first = "http://127.0.0.1:9/osv"
    elif trouble == "page":
        served.lies["/osv/PyPI/modified_id.csv"] = HTML
    elif trouble == "half":
        served.lies["/osv/PyPI/all.zip"] = (root / "osv/PyPI/all.zip").read_bytes()[:60]
    elif trouble == "list":
        served.lies["/osv/PyPI/modified_id.csv"] = b"2026-01-01,../x\n"
    elif trouble == "cut":
        served.cuts["/osv/PyPI/all.zip"] = [1] * 20
    elif trouble == "missing":
        first = f"{served.url}/nothing"
    else:
        write_osv(root, "PyPI", [entry(1, "2026-02-01")])
    found = get(PYPI, current, first, f"{second.url}/osv")
    assert found.directory
    assert len(found.passed) == 1
    assert read_state(current).url == f"{second.url}/osv"
    assert b"2026-05-01" in (current / "modified_id.csv").read_bytes()


def test_all_mirrors_fail_with_every_reason(served: Served, current: Path) -> None:
    served.lies["/doc"] = HTML
    with pytest.raises(AdvisoryError, match=r"127\.0\.0\.1:9/doc.*refused.*; .*a web page"):
        get(source("document"), current, "http://127.0.0.1:9/doc", f"{served.url}/doc")


def test_a_host_that_is_down_is_asked_last_by_the_next_source(
    root: Path, served: Served, tmp_path: Path
) -> None:
    (root / "doc").write_bytes(b"{}")
    courier = Courier(transport())
    urls = ("http://127.0.0.1:9/doc", f"{served.url}/doc")
    assert get(source("document"), tmp_path / "raw/a", *urls, courier=courier).passed
    assert not get(source("document"), tmp_path / "raw/b", *urls, courier=courier).passed


# ── manners ──────────────────────────────────────────────────────────────────────────────────────


def test_a_host_sees_few_connections_of_one_name(root: Path, served: Served, current: Path) -> None:
    write_osv(root, "PyPI", [entry(number) for number in range(40)])
    get(PYPI, current, f"{served.url}/osv")
    write_osv(root, "PyPI", [entry(number, "2026-03-01") for number in range(40)])
    served.pause = 0.01
    get(PYPI, current, f"{served.url}/osv")
    assert len(records(current)) == 40
    assert 1 < served.peak <= LIMITS.http_host_parallel
    assert served.agents == {"ironhull-tests"}


def test_a_pause_that_is_asked_for_is_made(root: Path, served: Served, current: Path) -> None:
    (root / "doc").write_bytes(b"{}")
    served.refusals["/doc"] = [(429, {"Retry-After": "7"}), (503, {"Retry-After": "3"})]
    pauses: list[float] = []
    courier = Courier(Transport(user_agent="t", pause=pauses.append))
    get(source("document"), current, f"{served.url}/doc", courier=courier)
    assert pauses == [7.0, 3.0]


# ── cut and killed ───────────────────────────────────────────────────────────────────────────────


def test_a_cut_archive_is_gone_on_with_by_the_next_run(
    root: Path, served: Served, current: Path
) -> None:
    write_osv(root, "PyPI", [entry(number) for number in range(50)])
    size = (root / "osv/PyPI/all.zip").stat().st_size
    tries = LIMITS.http_retries + 1
    served.cuts["/osv/PyPI/all.zip"] = [300] * tries
    with pytest.raises(TransportError, match="cut"):
        get(PYPI, current, f"{served.url}/osv")
    recover(current.parent)  # as the next run does first
    served.ranges.clear()
    get(PYPI, current, f"{served.url}/osv")
    assert served.ranges[-1] == f"bytes={300 * tries}-"
    assert (current / "all.zip").stat().st_size == size
    assert [path.name for path in current.parent.iterdir()] == [current.name]
    assert not list(current.glob("*.part*"))


def test_what_arrived_of_an_archive_that_changed_is_thrown_away(
    root: Path, served: Served, current: Path
) -> None:
    write_osv(root, "PyPI", [entry(number) for number in range(50)])
    served.cuts["/osv/PyPI/all.zip"] = [300] * (LIMITS.http_retries + 1)
    with pytest.raises(TransportError):
        get(PYPI, current, f"{served.url}/osv")
    write_osv(root, "PyPI", [entry(number, "2026-03-01") for number in range(50)])
    get(PYPI, current, f"{served.url}/osv")
    assert (current / "all.zip").read_bytes() == (root / "osv/PyPI/all.zip").read_bytes()


def test_a_disk_that_cannot_be_written_to_is_a_clear_error(
    root: Path, served: Served, tmp_path: Path
) -> None:
    (root / "doc").write_bytes(b"{}")
    (tmp_path / "file").write_text("")
    with pytest.raises((StoreError, OSError), match="Not a directory"):
        get(source("document"), tmp_path / "file/raw", f"{served.url}/doc")


def test_half_swapped_directories_are_put_right(tmp_path: Path) -> None:
    for name in ("a.old", "b", "b.old", "c.new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "document").write_text(name)
    (tmp_path / "c.new/x.part").write_text("")
    recover(tmp_path)
    assert sorted(str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()) == [
        "a/document",
        "b/document",
        "c.new/x.part",
    ]
    assert (tmp_path / "a/document").read_text() == "a.old"
    assert (tmp_path / "b/document").read_text() == "b"
    discard(tmp_path / "c.new", wholly=True)
    assert not (tmp_path / "c.new").exists()


@pytest.mark.parametrize("text", ["", "[]", '{"files": 3}', '{"files": {"a": 1}}', "{"])
def test_a_state_that_cannot_be_read_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "state.json").write_text(text)
    state = read_state(tmp_path)
    assert state.fingerprint == ""
    adopt(tmp_path, state)
    assert read_state(tmp_path) == state
