"""A threaded web server on 127.0.0.1 that counts what it is asked for, cuts, lies and redirects."""

import hashlib
import io
import json
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from ironhull.transport import Transport

NOW = "2026-11-22T12:00:00Z"


@dataclass
class Served:
    """A server under way.

    `answers` are the (path, status) it gave, `ranges` the Range headers it was sent, `lies` answers
    a path with these bytes, `cuts` hangs up after so many bytes (one number per request), `moved`
    redirects, `refusals` are (status, headers) to give first, `pause` seconds each answer takes,
    `peak` the most answers under way at once. `holds` stops in mid-body after so many bytes until
    `going` is set.
    """

    url: str
    answers: list[tuple[str, int]] = field(default_factory=list)
    ranges: list[str] = field(default_factory=list)
    lies: dict[str, bytes] = field(default_factory=dict)
    cuts: dict[str, list[int]] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    refusals: dict[str, list[tuple[int, dict[str, str]]]] = field(default_factory=dict)
    agents: set[str] = field(default_factory=set)
    holds: dict[str, int] = field(default_factory=dict)
    held: threading.Event = field(default_factory=threading.Event)
    going: threading.Event = field(default_factory=threading.Event)
    pause: float = 0.0
    running: int = 0
    peak: int = 0
    lock: Any = field(default_factory=threading.Lock)

    @property
    def urls(self) -> dict[str, str]:
        return {
            "osv": f"{self.url}/osv",
            "debian-tracker": f"{self.url}/debian/tracker/data/json",
            "kev": f"{self.url}/kev/known_exploited_vulnerabilities.json",
            "epss": f"{self.url}/epss/epss_scores-current.csv.gz",
        }

    def downloaded(self) -> list[str]:
        """Paths that were sent in full since the last call."""
        found = [path for path, status in self.answers if status == 200]
        self.answers.clear()
        return found


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, *args: Any, directory: Path, served: Served, **named: Any) -> None:
        self.directory = directory
        self.served = served
        super().__init__(*args, **named)

    def do_GET(self) -> None:
        with self.served.lock:
            self.served.running += 1
            self.served.peak = max(self.served.peak, self.served.running)
        try:
            time.sleep(self.served.pause)
            self._answer()
        finally:
            with self.served.lock:
                self.served.running -= 1

    def _answer(self) -> None:
        self.served.agents.add(self.headers.get("User-Agent", ""))
        if refusals := self.served.refusals.get(self.path):
            self._send(*refusals.pop(0))
            return
        if self.path in self.served.moved:
            self._send(302, {"Location": self.served.moved[self.path]})
            return
        file = self.directory / unquote(self.path).lstrip("/")
        lie = self.served.lies.get(self.path)
        if lie is None and not file.is_file():
            self._send(404, {})
            return
        data = file.read_bytes() if lie is None else lie
        told = {"ETag": f'"{hashlib.sha256(data).hexdigest()[:20]}"'}
        if lie is None:
            told["Last-Modified"] = formatdate(file.stat().st_mtime, usegmt=True)
        if self.headers.get("If-None-Match") == told["ETag"]:
            self._send(304, told)
            return
        self._send_part(data, told)

    def _send_part(self, data: bytes, told: dict[str, str]) -> None:
        asked = self.headers.get("Range", "")
        if self.headers.get("If-Range", told["ETag"]) != told["ETag"]:
            asked = ""
        self.served.ranges.append(asked)
        start = int(asked.removeprefix("bytes=").removesuffix("-") or 0)
        if asked:
            told["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        self._send(206 if asked else 200, told, data[start:])

    def _send(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.send_response(status)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        cuts = self.served.cuts.get(self.path, [])
        stop = cuts.pop(0) if cuts and body else None
        hold = self.served.holds.pop(self.path, None) if body else None
        with suppress(OSError):  # a client that was killed
            if hold is not None:
                self.wfile.write(body[:hold])
                body = body[hold:]
                self.served.held.set()
                self.served.going.wait(30)
            self.wfile.write(body[:stop])
        self.close_connection = stop is not None

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        self.served.answers.append((self.path, int(code)))

    def log_message(self, *args: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True  # connections kept open do not keep the test waiting

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is what some tests are about."""


@contextmanager
def serving(directory: Path) -> Iterator[Served]:
    """Serve `directory` on a free port."""
    served = Served("")
    handler = partial(_Handler, directory=directory, served=served)
    with _Server(("127.0.0.1", 0), handler) as server:
        served.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield served
        finally:
            server.shutdown()
            thread.join()


def transport() -> Transport:
    return Transport(user_agent="ironhull-tests", pause=lambda seconds: None)


def record(name: str, **fields: Any) -> dict[str, Any]:
    """An OSV record of one PyPI package."""
    affected = {
        "package": {"ecosystem": "PyPI", "name": fields.pop("package", "flask")},
        "ranges": [{"type": "ECOSYSTEM", "events": fields.pop("events", [])}],
        "versions": fields.pop("versions", []),
    }
    return {
        "id": name,
        "modified": "2026-01-02T03:04:05Z",
        "published": "2026-01-01T00:00:00Z",
        "affected": [affected],
        **fields,
    }


def write_osv(root: Path, ecosystem: str, records: list[dict[str, Any]]) -> None:
    """A folder of OSV's bucket: all.zip, modified_id.csv and every single record."""
    folder = root / "osv" / ecosystem
    folder.mkdir(parents=True, exist_ok=True)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in records:
            archive.writestr(f"{entry['id']}.json", json.dumps(entry))
            (folder / f"{entry['id']}.json").write_text(json.dumps(entry))
    (folder / "all.zip").write_bytes(packed.getvalue())
    listed = sorted(((e["modified"], e["id"]) for e in records), reverse=True)
    (folder / "modified_id.csv").write_text("".join(f"{m},{i}\n" for m, i in listed))
