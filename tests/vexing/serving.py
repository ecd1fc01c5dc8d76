"""VEX repositories made in code, served on 127.0.0.1: entity tags, logins, redirects, failures."""

import bz2
import gzip
import hashlib
import io
import json
import lzma
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.registry.servers import serving

WELL_KNOWN = "/.well-known/vex-repository.json"
NOW = "2026-03-01T12:00:00Z"
LATER = "2026-03-03T12:00:00Z"


def openvex(
    *said: tuple[str, str, str],
    issued: str = "2026-01-01T00:00:00Z",
    author: str = "vendor@example.com",
    id_: str = "https://example.com/vex/1",
) -> bytes:
    """A document that says (vulnerability, product, status) of each."""
    reasons = {
        "not_affected": {"justification": "vulnerable_code_not_present"},
        "affected": {"action_statement": "update"},
    }
    statements = [
        {
            "vulnerability": {"name": name},
            "products": [{"@id": product}],
            "status": status,
            **reasons.get(status, {}),
        }
        for name, product, status in said
    ]
    document = {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": id_,
        "author": author,
        "timestamp": issued,
        "version": 1,
        "statements": statements,
    }
    return json.dumps(document).encode()


def repository(documents: Mapping[str, tuple[str, bytes]], **more: Any) -> dict[str, bytes]:
    """The files of a repository: `documents` maps a package URL to (location, bytes)."""
    packages = [{"id": id_, "location": location} for id_, (location, _) in documents.items()]
    index = {"updated_at": "2026-02-01T00:00:00Z", "packages": packages, **more}
    files = dict(documents.values())
    return {"index.json": json.dumps(index).encode(), **files}


def tar(files: Mapping[str, bytes], packing: str = "gz", folder: str = "") -> bytes:
    """An archive of `files`; `packing` is "gz", "bz2", "xz", "zip" or "" for a plain tar."""
    out = io.BytesIO()
    if packing == "zip":
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped:
            for name, data in files.items():
                zipped.writestr(f"{folder}{name}", data)
        return out.getvalue()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(f"{folder}{name}")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    plain = out.getvalue()
    pack: dict[str, Any] = {
        "gz": lambda data: gzip.compress(data, mtime=0),
        "bz2": bz2.compress,
        "xz": lzma.compress,
        "": bytes,
    }
    return bytes(pack[packing](plain))


def manifest(*locations: str, interval: str = "24h", version: str = "0.1") -> bytes:
    """A manifest whose data is at `locations`."""
    row = {
        "spec_version": version,
        "locations": [{"url": location} for location in locations],
        "update_interval": interval,
    }
    return json.dumps({"name": "Example", "description": "", "versions": [row]}).encode()


@dataclass
class Site:
    """A server: `pages` by path, `asked` (path, status) so far, `authorization` it wants.

    `dated` pages have no entity tag but a date; `moved` redirects.
    """

    url: str
    pages: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[str, int]] = field(default_factory=list)
    sent: list[tuple[str, str]] = field(default_factory=list)
    authorization: str = ""
    dated: bool = False
    moved: dict[str, str] = field(default_factory=dict)

    def serve(
        self, documents: Mapping[str, tuple[str, bytes]], *, packing: str = "gz", folder: str = ""
    ) -> None:
        """Be the VEX repository of `documents`."""
        self.pages["/data"] = tar(repository(documents), packing, folder)
        where = f"{self.url}/data" + (f"//{folder.strip('/')}" if folder else "")
        self.pages[WELL_KNOWN] = manifest(where)

    def took(self, path: str) -> list[int]:
        """The answers to requests for `path` since the last call, which forgets all."""
        found = [status for asked, status in self.asked if asked == path]
        self.asked.clear()
        return found


@contextmanager
def site() -> Iterator[Site]:
    """A server that has nothing yet."""
    made = Site("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            said = self.headers.get("Authorization", "")
            made.sent.append((self.path, said))
            data = made.pages.get(self.path)
            tag = f'"{hashlib.sha256(data or b"").hexdigest()}"'
            headers = {"Last-Modified": "Sun, 01 Feb 2026 00:00:00 GMT"} if made.dated else {}
            headers = headers or {"ETag": tag}
            same = self.headers.get("If-None-Match") == tag
            same = same or (made.dated and bool(self.headers.get("If-Modified-Since")))
            if self.path in made.moved:
                self.answer(302, b"", {"Location": made.moved[self.path]})
            elif made.authorization and said != made.authorization:
                self.answer(401, b"", {})
            elif data is None:
                self.answer(404, b"", {})
            else:
                self.answer(304 if same else 200, b"" if same else data, headers)

        def answer(self, status: int, data: bytes, headers: dict[str, str]) -> None:
            made.asked.append((self.path, status))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    with serving(Handler) as port:
        made.url = f"http://127.0.0.1:{port}"
        yield made
