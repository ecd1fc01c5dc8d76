"""A threaded web server on 127.0.0.1 that counts what it is asked for and can lie about it."""

import io
import json
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from ironhull.transport import Transport

NOW = "2026-11-22T12:00:00Z"


@dataclass
class Served:
    """A server under way: (path, status) of each answer; `lies` answers a path with these bytes."""

    url: str
    answers: list[tuple[str, int]] = field(default_factory=list)
    lies: dict[str, bytes] = field(default_factory=dict)

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


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, *args: Any, served: Served, **named: Any) -> None:
        self.served = served
        super().__init__(*args, **named)

    def do_GET(self) -> None:
        lie = self.served.lies.get(self.path)
        if lie is None:
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(lie)))
        self.end_headers()
        self.wfile.write(lie)

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        self.served.answers.append((self.path, int(code)))

    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def serving(directory: Path) -> Iterator[Served]:
    """Serve `directory` on a free port."""
    served = Served("")
    handler = partial(_Handler, directory=str(directory), served=served)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        served.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
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
