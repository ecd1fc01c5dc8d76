"""A registry that does what it is told: lies, stalls, cuts, redirects, asks for credentials."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.registry.content import Content, digest_of
from tests.registry.servers import serving

Answer = Callable[[Any], None]


class Fake:
    """Serves `content`; `on(path, …)` puts other answers before those, one per request."""

    def __init__(self) -> None:
        self.content = Content()
        self.tags: dict[str, str] = {}
        self.answers: dict[tuple[str, str], list[Answer]] = {}
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.uploads: dict[str, bytes] = {}
        self.host = ""
        self.lock = threading.Lock()

    def on(self, method: str, path: str, *answers: Answer) -> None:
        """The next requests get `answers`, the last of them again and again."""
        self.answers[method, path] = list(answers)

    def headers(self, method: str, path: str, name: str) -> list[str]:
        return [h.get(name, "") for m, p, h in self.asked if (m, p) == (method, path)]

    def count(self, method: str, path: str) -> int:
        return len(self.headers(method, path, ""))


def send(
    status: int,
    body: bytes = b"",
    headers: dict[str, str] | None = None,
    *,
    length: int | None = -1,
) -> Answer:
    """`length`: what Content-Length says, -1 the truth, None nothing."""

    def answer(handler: Any) -> None:
        handler.send_response(status)
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        if length is not None:
            handler.send_header("Content-Length", str(len(body) if length == -1 else length))
        else:
            handler.send_header("Connection", "close")
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(body)
        if length != -1:
            handler.close_connection = True

    return answer


def part(body: bytes, count: int) -> Answer:
    """The first `count` bytes of what is asked for, then the end of the connection."""

    def answer(handler: Any) -> None:
        start = int(handler.headers.get("Range", "bytes=0-")[6:-1])
        headers = {"Content-Range": f"bytes {start}-{len(body) - 1}/{len(body)}"} if start else {}
        rest = body[start:]
        send(206 if start else 200, rest[:count], headers, length=len(rest))(handler)

    return answer


def stall(seconds: float) -> Answer:
    """Headers, and then nothing."""

    def answer(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.flush()
        time.sleep(seconds)
        handler.close_connection = True

    return answer


def endless(limit: int) -> Answer:
    """A body without an end (`limit` keeps a test from hanging)."""

    def answer(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/vnd.oci.image.index.v1+json")
        handler.send_header("Connection", "close")
        handler.end_headers()
        for _ in range(limit >> 16):
            handler.wfile.write(b" " * 65536)
        handler.close_connection = True

    return answer


@contextmanager
def fake_registry() -> Iterator[Fake]:
    fake = Fake()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            path, _, query = self.path.partition("?")
            with fake.lock:
                fake.asked.append(
                    (self.command, path, {k.lower(): v for k, v in self.headers.items()})
                )
                answers = fake.answers.get((self.command, path))
                chosen = answers and (answers.pop(0) if len(answers) > 1 else answers[0])
            if chosen:
                return chosen(self)
            return _serve(fake, self, path, query)

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = handle_any  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    with serving(Handler) as port:
        fake.host = f"127.0.0.1:{port}"
        yield fake


def _serve(fake: Fake, handler: Any, path: str, query: str) -> None:
    parts = path.split("/")
    if path == "/v2/":
        return send(200, b"{}")(handler)
    if "uploads" in parts:
        return _upload(fake, handler, path, query)
    name = parts[-1]
    if handler.command == "PUT":
        data = handler.rfile.read(int(handler.headers["Content-Length"]))
        digest = digest_of(data)
        fake.content.blobs[digest] = data
        fake.content.types[digest] = handler.headers["Content-Type"]
        fake.tags[name] = digest
        return send(201, headers={"Docker-Content-Digest": digest})(handler)
    digest = fake.tags.get(name, name)
    data = fake.content.blobs.get(digest)
    if data is None or parts[-2] == "referrers":
        return send(404, b'{"errors":[{"code":"NAME_UNKNOWN","message":"not here"}]}')(handler)
    if parts[-2] == "manifests":
        kind = fake.content.types.get(digest, "application/octet-stream")
        headers = {"Content-Type": kind, "Docker-Content-Digest": digest}
        return send(200, data, headers)(handler)
    return part(data, len(data))(handler)


def _upload(fake: Fake, handler: Any, path: str, query: str) -> None:
    size = int(handler.headers.get("Content-Length") or 0)
    data = handler.rfile.read(size)
    if handler.command == "POST":
        return send(202, headers={"Location": f"{path}session"})(handler)
    if handler.command == "GET":
        got = len(fake.uploads.get(path, b""))
        return send(204, headers={"Range": f"0-{got - 1}", "Location": path})(handler)
    with fake.lock:
        fake.uploads[path] = fake.uploads.get(path, b"") + data
    if handler.command == "PATCH":
        return send(202, headers={"Location": path})(handler)
    body = fake.uploads.pop(path)
    digest = parse_qs(urlsplit("?" + query).query)["digest"][0]
    if digest_of(body) != digest:
        return send(400, b'{"errors":[{"code":"DIGEST_INVALID","message":"no"}]}')(handler)
    fake.content.blobs[digest] = body
    return send(201)(handler)
