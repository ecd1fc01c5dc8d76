"""`db update` of single sources over HTTP: a connection that is cut is taken up where it ended, two
updates at once wait for each other, and what did not change is not fetched again."""

import json
import shutil
import subprocess
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.cli import Ironhull

pytestmark = pytest.mark.slow

NEWER = "2026-11-21T00:00:00Z"


@dataclass
class Site:
    """A server with ETags and ranges that notes (path, first byte, bytes sent) of each answer.

    Of a path in `cut` it sends half of what is asked for, once, and hangs up. `gate` holds every
    answer back until it is set.
    """

    url: str = ""
    sent: list[tuple[str, int, int]] = field(default_factory=list)
    cut: set[str] = field(default_factory=set)
    gate: threading.Event = field(default_factory=threading.Event)

    def bytes_of(self, path: str) -> int:
        return sum(size for where, _, size in self.sent if where == path)


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, *args: Any, site: Site, **named: Any) -> None:
        self.site = site
        super().__init__(*args, **named)

    def do_GET(self) -> None:
        self.site.gate.wait(60)
        file = Path(self.translate_path(self.path))
        if not file.is_file():
            self.send_error(404)
            return
        data = file.read_bytes()
        tag = f'"{len(data):x}-{file.stat().st_mtime_ns:x}"'
        if self.headers.get("If-None-Match") == tag:
            self._head(304, tag, 0)
            self.site.sent.append((self.path, 0, 0))
            return
        start = self._start(tag, len(data))
        if start:
            self._head(206, tag, len(data) - start, f"bytes {start}-{len(data) - 1}/{len(data)}")
        else:
            self._head(200, tag, len(data))
        part = data[start:]
        if self.path in self.site.cut:
            self.site.cut.remove(self.path)
            part = part[: len(part) // 2]
            self.close_connection = True
        self.site.sent.append((self.path, start, len(part)))
        self.wfile.write(part)

    def _start(self, tag: str, size: int) -> int:
        wanted = self.headers.get("Range", "")
        if not wanted.startswith("bytes=") or self.headers.get("If-Range", tag) != tag:
            return 0
        first = wanted.removeprefix("bytes=").partition("-")[0]
        return int(first) if first.isdigit() and int(first) < size else 0

    def _head(self, status: int, tag: str, size: int, spread: str = "") -> None:
        self.send_response(status)
        self.send_header("ETag", tag)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(size))
        if spread:
            self.send_header("Content-Range", spread)
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def open_site(directory: Path) -> Iterator[Site]:
    site = Site()
    site.gate.set()
    handler = partial(_Handler, directory=str(directory), site=site)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads, server.block_on_close = True, False
        site.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield site
        finally:
            site.gate.set()
            server.shutdown()


def update(site: Site, source: str, setting: str, path: str) -> list[str]:
    return ["db", "update", "--url", f"{setting}={site.url}/{path}", "--source", source]


def records(ironhull: Ironhull, source: str) -> int:
    rows = {row["name"]: row["records"] for row in ironhull.json("db", "status")["sources"]}
    return int(rows[source])


@pytest.mark.parametrize(
    ("source", "setting", "base", "file"),
    [
        ("osv-packagist", "osv", "osv", "osv/Packagist/all.zip"),
        (
            "debian-tracker",
            "debian-tracker",
            "debian/tracker/data/json",
            "debian/tracker/data/json",
        ),
    ],
)
def test_a_cut_connection_is_taken_up_where_it_ended(
    shared_data: Path, tmp_path: Path, source: str, setting: str, base: str, file: str
) -> None:
    whole = (shared_data / file).stat().st_size
    ironhull = Ironhull(tmp_path / "home")
    with open_site(shared_data) as site:
        site.cut.add(f"/{file}")
        done = ironhull.run(*update(site, source, setting, base))
        if done.returncode:  # the next run may be the one that takes it up
            ironhull(*update(site, source, setting, base))
        starts = [start for path, start, _ in site.sent if path == f"/{file}"]
        assert starts == [0, whole // 2], site.sent
        assert site.bytes_of(f"/{file}") == whole
    assert records(ironhull, source) > 1000


def test_two_updates_at_once(shared_data: Path, tmp_path: Path) -> None:
    ironhull = Ironhull(tmp_path / "home")
    with open_site(shared_data) as site:
        site.gate.clear()  # neither is done before both run
        words = update(site, "osv-hex", "osv", "osv")
        running = [
            subprocess.Popen(
                [*ironhull.command, *words],
                env=ironhull.environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
            for _ in range(2)
        ]
        threading.Timer(1.5, site.gate.set).start()
        said = [process.communicate(timeout=120)[1] for process in running]
    assert [process.returncode for process in running] == [0, 0], said
    digests = {line for text in said for line in text.splitlines() if "sha256:" in line}
    assert len({line.rpartition("sha256:")[2] for line in digests}) == 1, said
    assert sum("another update" in text for text in said) == 1, said
    assert records(ironhull, "osv-hex") > 40
    left = [path.name for path in (ironhull.home / "advisories").rglob("*.new")]
    assert not [*left, *(ironhull.home / "advisories").glob("*.building*")]


@pytest.fixture
def hex_site(shared_data: Path, tmp_path: Path) -> Path:
    """A bucket of one folder that can be changed."""
    place = tmp_path / "site" / "osv" / "Hex"
    place.mkdir(parents=True)
    for path in (shared_data / "osv" / "Hex").iterdir():
        shutil.copyfile(path, place / path.name)
    with zipfile.ZipFile(place / "all.zip") as archive:
        archive.extractall(place)
    return tmp_path / "site"


def test_only_what_changed_is_fetched(hex_site: Path, tmp_path: Path) -> None:
    ironhull = Ironhull(tmp_path / "home")
    folder = hex_site / "osv" / "Hex"
    with open_site(hex_site) as site:
        words = update(site, "osv-hex", "osv", "osv")
        ironhull(*words)
        assert site.bytes_of("/osv/Hex/all.zip")
        before = records(ironhull, "osv-hex")
        digest = ironhull.json("db", "status")["digest"]

        site.sent.clear()
        ironhull(*words)
        assert {size for _, _, size in site.sent} == {0}, site.sent
        assert ironhull.json("db", "status")["digest"] == digest

        site.sent.clear()
        (folder / "modified_id.csv").write_text(_changed(folder))
        ironhull(*words)
        assert {path for path, _, size in site.sent if size} == {
            "/osv/Hex/modified_id.csv",
            "/osv/Hex/GHSA-p8f7-22gq-m7j9.json",
        }
    assert records(ironhull, "osv-hex") == before - 1
    assert ironhull.json("db", "status")["digest"] != digest


def _changed(folder: Path) -> str:
    """The list a day later: one record was withdrawn, another one is gone."""
    name = "GHSA-p8f7-22gq-m7j9"
    record = json.loads((folder / f"{name}.json").read_bytes())
    record["modified"] = record["withdrawn"] = NEWER
    (folder / f"{name}.json").write_text(json.dumps(record))
    lines = (folder / "modified_id.csv").read_text().splitlines()
    kept = [line for line in lines if not line.endswith(name)]
    return "\n".join([f"{NEWER},{name}", *kept]) + "\n"
