"""The referrers API in front of a real registry that has none (distribution-spec 1.1)."""

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ironhull.oci.manifests import OCI_INDEX
from tests.registry.content import digest_of
from tests.registry.servers import serving

_HOP = ("connection", "transfer-encoding", "keep-alive")


class Counted:
    """What was asked: method and path of every request; `delay` seconds pass before each answer."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.host = ""
        self.delay = 0.0
        self.lists: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self.lock = threading.Lock()

    def count(self, method: str, part: str) -> int:
        return sum(1 for m, path in self.asked if m == method and part in path)


class _Handler(BaseHTTPRequestHandler):
    """`in_front` gives it the rest."""

    backend: str
    api: bool
    counted: Counted
    protocol_version = "HTTP/1.1"

    def handle_any(self) -> None:
        with self.counted.lock:
            self.counted.asked.append((self.command, self.path))
        url = urlsplit(self.path)
        name, _, digest = url.path.removeprefix("/v2/").partition("/referrers/")
        if self.api and self.command == "GET" and digest:
            wanted = parse_qs(url.query).get("artifactType", [""])[0]
            return self.list(self.counted.lists.get((name, digest), []), wanted)
        return self.pass_on()

    def list(self, found: list[dict[str, Any]], wanted: str) -> None:
        chosen = [item for item in found if wanted in ("", item.get("artifactType"))]
        value = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": chosen}
        data = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", OCI_INDEX)
        self.send_header("Content-Length", str(len(data)))
        if wanted:
            self.send_header("OCI-Filters-Applied", "artifactType")
        self.end_headers()
        self.wfile.write(data)

    def pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        threading.Event().wait(self.counted.delay)
        connection = http.client.HTTPConnection(self.backend, timeout=30)
        headers = {k: v for k, v in self.headers.items() if k.lower() not in _HOP}
        connection.request(self.command, self.path, body or None, headers)
        answer = connection.getresponse()
        data = answer.read()
        self.send_response(answer.status)
        for key, value in answer.getheaders():
            if key.lower() not in (*_HOP, "date", "content-length"):
                self.send_header(key, value)
        length = answer.getheader("Content-Length") or str(len(data))
        if answer.status != 204:
            self.send_header("Content-Length", length)
        if self.api and answer.status == 201 and (subject := self.subject(body)):
            self.send_header("OCI-Subject", subject)
        self.end_headers()
        self.wfile.write(data)
        connection.close()

    def subject(self, body: bytes) -> str:
        """Notes a manifest that has a subject; gives the subject's digest."""
        path = urlsplit(self.path).path
        if self.command != "PUT" or "/manifests/" not in path:
            return ""
        found = json.loads(body)
        if "subject" not in found:
            return ""
        digest = str(found["subject"]["digest"])
        entry = {
            "mediaType": self.headers["Content-Type"],
            "digest": digest_of(body),
            "size": len(body),
            "artifactType": found.get("artifactType") or found["config"]["mediaType"],
            "annotations": found.get("annotations", {}),
        }
        name = path.removeprefix("/v2/").partition("/manifests/")[0]
        with self.counted.lock:
            listed = self.counted.lists.setdefault((name, digest), [])
            if entry not in listed:
                listed.append(entry)
        return digest

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = handle_any  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def in_front(backend: str, *, api: bool = True) -> Iterator[Counted]:
    """Passes requests on to `backend`; with `api` it lists referrers, and says so when one comes.

    Without, it only counts.
    """
    counted = Counted()
    handler = type("Handler", (_Handler,), {"backend": backend, "api": api, "counted": counted})
    with serving(handler) as port:
        counted.host = f"127.0.0.1:{port}"
        yield counted
