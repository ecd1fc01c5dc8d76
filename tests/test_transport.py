"""The transport against a server that cuts, lies, refuses and redirects."""

import errno
import hashlib
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ironhull.errors import Error, StoreError, TransportError
from ironhull.limits import LIMITS
from ironhull.transport import Job, MissingError, Transport, redact
from ironhull.transport import _part as part_module

BODY = bytes(range(256)) * 5000  # 1.28 MB
SHA = hashlib.sha256(BODY).hexdigest()

Answer = Callable[[BaseHTTPRequestHandler], None]


class Server:
    """Answers each path with the functions given, one per request, the last one again and again."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.answers: dict[str, list[Answer]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []

    def on(self, path: str, *answers: Answer) -> str:
        self.answers[path] = list(answers)
        return self.url + path

    def header(self, name: str) -> list[str]:
        return [headers.get(name.lower(), "") for _, headers in self.asked]


@contextmanager
def _serving() -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            server.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
            answers = server.answers.get(self.path)
            if not answers:
                return send(404)(self)
            return (answers.pop(0) if len(answers) > 1 else answers[0])(self)

        def log_message(self, *_: object) -> None:
            pass

    class Http(ThreadingHTTPServer):
        daemon_threads = True  # connections kept open do not keep the test waiting

        def handle_error(self, *_: object) -> None:
            """A client that hangs up is what some tests are about."""

    with Http(("127.0.0.1", 0), Handler) as http:
        server = Server(f"http://127.0.0.1:{http.server_address[1]}")
        thread = threading.Thread(target=http.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            http.shutdown()
            thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    with _serving() as server:
        yield server


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def transport(pauses: list[float]) -> Transport:
    return Transport(user_agent="ironhull/test", proxies={}, pause=pauses.append)


def send(status: int, body: bytes = b"", **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        told = {"Content-Length": str(len(body))}
        told |= {k.replace("_", "-"): v for k, v in headers.items()}
        for name, value in told.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def cut(body: bytes, after: int, *, etag: str = "", ranges: bool = True) -> Answer:
    """Promises the whole body, or the range asked for, and hangs up after some bytes of it."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        whole(body, etag=etag, ranges=ranges, stop=after)(handler)
        handler.close_connection = True

    return answer


def whole(body: bytes, *, etag: str = "", ranges: bool = True, stop: int | None = None) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked = handler.headers.get("Range", "") if ranges else ""
        start = int(asked.removeprefix("bytes=").partition("-")[0]) if asked else 0
        if handler.headers.get("If-Range", etag) != etag:
            start, asked = 0, ""
        if asked and start >= len(body):
            return send(416)(handler)
        headers = {"ETag": etag} if etag else {}
        headers["Content_Length"] = str(len(body) - start)
        if asked:
            headers["Content_Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
        return send(206 if asked else 200, body[start:][:stop], **headers)(handler)

    return answer


# ── documents ────────────────────────────────────────────────────────────────────────────────────


def test_a_document_comes_with_its_validators(server: Server, transport: Transport) -> None:
    url = server.on("/a", send(200, b"hello", ETag='"1"', Last_Modified="yesterday"))
    got = transport.get(url)
    assert (got.data, got.etag, got.last_modified) == (b"hello", '"1"', "yesterday")
    assert not got.not_modified
    assert server.header("User-Agent") == ["ironhull/test"]


def test_an_unchanged_document_is_not_sent_again(server: Server, transport: Transport) -> None:
    url = server.on("/a", send(304, ETag='"1"'))
    got = transport.get(url, etag='"1"', last_modified="yesterday")
    assert (got.not_modified, got.data) == (True, b"")
    assert server.header("If-None-Match") == ['"1"']
    transport.get(url, last_modified="yesterday")
    assert server.header("If-Modified-Since")[-1] == "yesterday"


def test_a_document_larger_than_asked_for_is_refused(server: Server, transport: Transport) -> None:
    with pytest.raises(TransportError, match="larger than 4 bytes"):
        transport.get(server.on("/a", send(200, b"hello")), max_bytes=4)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(
    server: Server, transport: Transport, pauses: list[float], status: int
) -> None:
    url = server.on("/a", send(status), send(status), send(200, b"hello"))
    assert transport.get(url).data == b"hello"
    assert len(pauses) == 2
    assert pauses[0] < pauses[1]


def test_a_server_says_how_long_to_wait(
    server: Server, transport: Transport, pauses: list[float]
) -> None:
    url = server.on(
        "/a",
        send(429, Retry_After="7"),
        send(503, Retry_After="Sun, 06 Nov 1994 08:49:37 GMT"),
        send(503, Retry_After="99999999999999999999"),
        send(503, Retry_After="soon"),
        send(200, b"hello"),
    )
    assert transport.get(url).data == b"hello"
    assert pauses[:3] == [7.0, 0.0, LIMITS.http_pause_seconds]
    assert 0 < pauses[3] < 10


def test_patience_ends(server: Server, transport: Transport, pauses: list[float]) -> None:
    with pytest.raises(TransportError, match=r"answers 503 \(tried 5 times\)"):
        transport.get(server.on("/a", send(503)))
    assert len(pauses) == LIMITS.http_retries


def test_nothing_there_is_said_at_once(
    server: Server, transport: Transport, pauses: list[float]
) -> None:
    server.on("/old", send(302, Location="/gone"))
    with pytest.raises(MissingError, match="/gone: the server answers 404") as caught:
        transport.get(server.url + "/old")
    assert caught.value.url == server.url + "/old"
    assert not pauses


def test_a_refused_status_is_final(
    server: Server, transport: Transport, pauses: list[float]
) -> None:
    with pytest.raises(TransportError, match="answers 403"):
        transport.get(server.on("/a", send(403)))
    assert not pauses


def test_a_refused_connection_says_so(transport: Transport) -> None:
    with _serving() as gone:
        url = gone.url
    with pytest.raises(TransportError, match="the connection is refused"):
        transport.get(url + "/a")


def test_an_encoding_not_asked_for_is_refused(server: Server, transport: Transport) -> None:
    with pytest.raises(TransportError, match="encoding 'gzip'"):
        transport.get(server.on("/a.json", send(200, b"\x1f\x8b", Content_Encoding="gzip")))
    assert transport.get(server.on("/a.gz", send(200, b"x", Content_Encoding="gzip"))).data == b"x"


# ── redirects and credentials ────────────────────────────────────────────────────────────────────


def test_redirects_are_followed(server: Server, transport: Transport) -> None:
    server.on("/b", send(200, b"hello"))
    got = transport.get(server.on("/a", send(301, Location="/b")))
    assert (got.data, got.url) == (b"hello", server.url + "/b")


def test_redirects_end(server: Server, transport: Transport) -> None:
    with pytest.raises(TransportError, match="more than 5 redirects"):
        transport.get(server.on("/a", send(302, Location="/a")))


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://x/y", "javascript:1"])
def test_a_redirect_stays_on_the_web(server: Server, transport: Transport, target: str) -> None:
    with pytest.raises(TransportError, match="redirected to"):
        transport.get(server.on("/a", send(302, Location=target)))


def test_credentials_stay_with_their_origin(server: Server, transport: Transport) -> None:
    with _serving() as other:
        target = other.on("/b", send(200, b"hello"))
        server.on("/a", send(302, Location="/c"))
        server.on("/c", send(302, Location=target))
        url = server.url.replace("//", "//user:s%40cret@") + "/a"
        assert transport.get(url).data == b"hello"
        assert server.header("Authorization") == ["Basic dXNlcjpzQGNyZXQ="] * 2
        assert other.header("Authorization") == [""]


def test_no_message_holds_credentials(server: Server, transport: Transport) -> None:
    url = server.url.replace("//", "//user:secret@") + "/gone?token=secret"
    with pytest.raises(Error) as caught:
        transport.get(url)
    assert "secret" not in str(caught.value)
    assert redact(url) == server.url + "/gone?…"


@pytest.mark.parametrize("url", ["", "x", "ftp://a/b", "http://", "http://[::1", "https:///p"])
def test_what_is_not_a_url(transport: Transport, url: str) -> None:
    with pytest.raises(TransportError):
        transport.get(url)


def test_a_proxy_is_used_and_names_are_exempt(server: Server) -> None:
    server.on("http://example.invalid/a", send(200, b"by proxy"))
    proxies = {"http": server.url, "no": "localhost, .internal"}
    transport = Transport(user_agent="x", proxies=proxies, pause=lambda _: None)
    assert transport.get("http://example.invalid/a").data == b"by proxy"
    with pytest.raises(TransportError, match="cannot be resolved"):
        transport.get("http://x.internal/a")


# ── files ────────────────────────────────────────────────────────────────────────────────────────


def test_a_download_is_verified_and_put_in_place(
    server: Server, transport: Transport, tmp_path: Path
) -> None:
    dest = tmp_path / "new" / "file"
    url = server.on("/f", whole(BODY))
    assert transport.download(url, dest, size=len(BODY), sha256=SHA) == dest
    assert dest.read_bytes() == BODY
    assert [p.name for p in dest.parent.iterdir()] == ["file"]


def test_what_is_there_is_not_fetched(server: Server, transport: Transport, tmp_path: Path) -> None:
    dest = tmp_path / "file"
    dest.write_bytes(BODY)
    transport.download(server.url + "/none", dest, sha256=SHA)
    assert not server.asked


def test_what_is_there_damaged_is_fetched(
    server: Server, transport: Transport, tmp_path: Path
) -> None:
    dest = tmp_path / "file"
    dest.write_bytes(BODY[:-1] + b"!")
    transport.download(server.on("/f", whole(BODY)), dest, sha256=SHA)
    assert dest.read_bytes() == BODY


@pytest.mark.parametrize("sha256", [SHA, None])
def test_a_cut_download_goes_on_where_it_stopped(
    server: Server, transport: Transport, tmp_path: Path, sha256: str | None
) -> None:
    url = server.on(
        "/f",
        cut(BODY, 300_000, etag='"v1"'),
        cut(BODY, 400_000, etag='"v1"'),
        whole(BODY, etag='"v1"'),
    )
    dest = tmp_path / "file"
    transport.download(url, dest, sha256=sha256)
    assert dest.read_bytes() == BODY
    assert server.header("Range") == ["", "bytes=300000-", "bytes=700000-"]


def test_a_new_process_goes_on(server: Server, transport: Transport, tmp_path: Path) -> None:
    dest = tmp_path / "file"
    (tmp_path / "file.part").write_bytes(BODY[:1000])
    transport.download(server.on("/f", whole(BODY)), dest, size=len(BODY), sha256=SHA)
    assert dest.read_bytes() == BODY
    assert server.header("Range") == ["bytes=1000-"]


def test_a_beginning_of_something_else_is_dropped(
    server: Server, transport: Transport, tmp_path: Path
) -> None:
    dest = tmp_path / "file"
    (tmp_path / "file.part").write_bytes(b"?" * 1000)
    transport.download(server.on("/f", whole(BODY)), dest, size=len(BODY), sha256=SHA)
    assert dest.read_bytes() == BODY
    assert server.header("Range") == ["bytes=1000-", ""]


def test_a_beginning_too_long_is_dropped(
    server: Server, transport: Transport, tmp_path: Path
) -> None:
    dest = tmp_path / "file"
    (tmp_path / "file.part").write_bytes(b"?" * (len(BODY) + 5))
    transport.download(server.on("/f", whole(BODY)), dest, sha256=SHA)
    assert dest.read_bytes() == BODY


def test_a_file_that_changed_starts_anew(
    server: Server, transport: Transport, tmp_path: Path
) -> None:
    changed = BODY[::-1]
    url = server.on("/f", cut(BODY, 300_000, etag='"v1"'), whole(changed, etag='"v2"'))
    dest = tmp_path / "file"
    transport.download(url, dest)
    assert dest.read_bytes() == changed


def test_without_validator_an_unverified_file_starts_anew(
    server: Server, transport: Transport, tmp_path: Path
) -> None:
    url = server.on("/f", cut(BODY, 300_000, etag='W/"v1"'), whole(BODY))
    transport.download(url, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == BODY
    assert server.header("Range") == ["", ""]


def test_a_file_is_refreshed_only_where_it_changed(
    server: Server, transport: Transport, tmp_path: Path
) -> None:
    dest = tmp_path / "file"
    url = server.on("/f", send(200, b"one", ETag='"1"'), send(304, ETag='"1"'), send(200, b"two"))
    first = transport.refresh(url, dest)
    assert (first.etag, first.data, dest.read_bytes()) == ('"1"', b"", b"one")
    dest.unlink()
    assert transport.refresh(url, dest, etag='"1"').not_modified
    assert not list(tmp_path.iterdir())
    assert not transport.refresh(url, dest, etag='"1"').not_modified
    assert dest.read_bytes() == b"two"
    assert server.header("If-None-Match") == ["", '"1"', '"1"']


def test_a_cut_refresh_goes_on_in_another_run(
    server: Server, transport: Transport, tmp_path: Path
) -> None:
    dest = tmp_path / "file"
    many = [cut(BODY, 1000, etag='"2"')] * (LIMITS.http_retries + 1)
    url = server.on("/f", *many, whole(BODY, etag='"2"'))
    with pytest.raises(TransportError, match="cut"):
        transport.refresh(url, dest, etag='"1"')
    assert not dest.exists()
    assert transport.refresh(url, dest, etag='"1"').etag == '"2"'
    assert dest.read_bytes() == BODY
    assert server.header("Range")[-1] == f"bytes={1000 * len(many)}-"


DATED = "Sat, 21 Nov 2026 10:00:00 GMT"


@pytest.mark.parametrize(
    ("made", "goes_on"), [("Sat, 21 Nov 2026 10:00:09 GMT", True), (DATED, False), ("now", False)]
)
def test_a_date_is_a_validator_when_it_is_older_than_the_answer(
    server: Server, transport: Transport, tmp_path: Path, made: str, goes_on: bool
) -> None:
    def begins(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response_only(200)
        told = {"Content-Length": str(len(BODY)), "Last-Modified": DATED, "Date": made}
        for name, value in told.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(BODY[:1000])
        handler.close_connection = True

    url = server.on("/f", begins, whole(BODY, etag=DATED))
    transport.refresh(url, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == BODY
    assert server.header("If-Range") == ["", DATED if goes_on else ""]


def test_a_server_without_ranges(server: Server, transport: Transport, tmp_path: Path) -> None:
    url = server.on("/f", cut(BODY, 300_000), whole(BODY, ranges=False))
    transport.download(url, tmp_path / "file", sha256=SHA)
    assert (tmp_path / "file").read_bytes() == BODY


def test_a_server_that_sends_another_range(
    server: Server, transport: Transport, tmp_path: Path
) -> None:
    wrong = send(206, BODY[5:], Content_Range=f"bytes 5-{len(BODY) - 1}/{len(BODY)}")
    url = server.on("/f", cut(BODY, 300_000), wrong, whole(BODY))
    transport.download(url, tmp_path / "file", sha256=SHA)
    assert (tmp_path / "file").read_bytes() == BODY


def test_progress_makes_patience_anew(server: Server, pauses: list[float], tmp_path: Path) -> None:
    transport = Transport(user_agent="x", proxies={}, pause=pauses.append)
    body = BODY * 8
    sha256 = hashlib.sha256(body).hexdigest()
    answers = [cut(body, 1_200_000) for _ in range(LIMITS.http_retries + 3)]
    transport.download(server.on("/f", *answers, whole(body)), tmp_path / "f", sha256=sha256)
    assert len(pauses) == LIMITS.http_retries + 3


def test_starting_anew_is_no_progress(server: Server, transport: Transport, tmp_path: Path) -> None:
    body = BODY * 8
    with pytest.raises(TransportError, match="connection was cut"):
        transport.download(server.on("/f", cut(body, 2_000_000)), tmp_path / "f")
    assert len(server.asked) < 2 * LIMITS.http_retries + 3


def _refused(transport: Transport, url: str, dest: Path, match: str, **expected: object) -> None:
    with pytest.raises(TransportError, match=match):
        transport.download(url, dest, **expected)  # type: ignore[arg-type] - size or sha256
    assert not dest.exists()
    assert not dest.with_name(dest.name + ".part").exists()


def test_another_digest_is_refused(server: Server, transport: Transport, tmp_path: Path) -> None:
    url = server.on("/f", whole(BODY[:-1] + b"!"))
    _refused(transport, url, tmp_path / "f", f"not {SHA}", sha256=SHA)


def test_another_size_is_refused(server: Server, transport: Transport, tmp_path: Path) -> None:
    url = server.on("/f", whole(BODY))
    _refused(transport, url, tmp_path / "f", "are offered where", size=len(BODY) + 1)
    _refused(transport, url, tmp_path / "f", "more than the 1000 bytes", size=1000)


def test_more_than_promised_is_refused(
    server: Server, transport: Transport, tmp_path: Path
) -> None:
    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        handler.close_connection = True
        try:
            while True:
                handler.wfile.write(b"10000\r\n" + bytes(0x10000) + b"\r\n")
        except OSError:
            pass

    url = server.on("/f", endless)
    _refused(transport, url, tmp_path / "f", "more than the 100000 bytes", size=100_000)
    with pytest.raises(TransportError, match="more than the 5000 bytes"):
        transport.download(url, tmp_path / "g", max_bytes=5000)
    with pytest.raises(TransportError, match="larger than 5000"):
        transport.get(url, max_bytes=5000)


def test_always_cut_leaves_nothing_at_the_destination(
    server: Server, transport: Transport, tmp_path: Path
) -> None:
    dest = tmp_path / "f"
    with pytest.raises(TransportError, match="connection was cut"):
        transport.download(server.on("/f", cut(BODY, 1000)), dest, sha256=SHA)
    assert not dest.exists()


def test_a_full_disk_is_an_error_that_says_what_to_do(
    server: Server, transport: Transport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full:
        def __init__(self, file: object) -> None:
            self._file = file

        def __getattr__(self, name: str) -> object:
            return getattr(self._file, name)

        def write(self, _: bytes) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    original = part_module.Part.__init__

    def full(self: part_module.Part, dest: Path, file: object) -> None:
        original(self, dest, file)  # type: ignore[arg-type] - the real file
        self._file = Full(file)  # type: ignore[assignment] - a file without space

    monkeypatch.setattr(part_module.Part, "__init__", full)
    with pytest.raises(StoreError, match="No space left") as caught:
        transport.download(server.on("/f", whole(BODY)), tmp_path / "f", sha256=SHA)
    assert "free some space" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_a_destination_that_cannot_be_made(
    server: Server, transport: Transport, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="cannot write"):
        transport.download(server.on("/f", whole(BODY)), tmp_path / "file" / "f")


def test_a_part_that_is_a_link_is_not_followed(
    server: Server, transport: Transport, tmp_path: Path
) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / "f.part").symlink_to(victim)
    with pytest.raises(StoreError):
        transport.download(server.on("/f", whole(BODY)), tmp_path / "f")
    assert victim.read_text() == "mine"


def test_two_at_once_fetch_once(server: Server, transport: Transport, tmp_path: Path) -> None:
    url = server.on("/f", whole(BODY))
    jobs = [Job(url, tmp_path / "f", len(BODY), SHA) for _ in range(4)]
    transport.download_all(jobs)
    assert (tmp_path / "f").read_bytes() == BODY
    assert len(server.asked) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["f"]


def test_many_at_once(server: Server, transport: Transport, tmp_path: Path) -> None:
    bodies = {f"/{i}": bytes([i]) * (1000 + i) for i in range(30)}
    jobs = [
        Job(server.on(path, whole(body)), tmp_path / path[1:], len(body))
        for path, body in bodies.items()
    ]
    transport.download_all(jobs)
    assert {f"/{p.name}": p.read_bytes() for p in tmp_path.iterdir()} == bodies


def test_the_first_failure_of_many_is_raised(
    server: Server, transport: Transport, tmp_path: Path
) -> None:
    jobs = [Job(server.on(f"/{i}", whole(BODY)), tmp_path / f"{i}") for i in range(50)]
    jobs.insert(3, Job(server.url + "/none", tmp_path / "none"))
    with pytest.raises(MissingError, match="/none"):
        transport.download_all(jobs)
    assert not list(tmp_path.glob("none*/*"))


def test_progress_is_told(server: Server, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    transport = Transport(user_agent="x", proxies={}, progress=lambda *a: told.append(a))
    transport.download(server.on("/f", whole(BODY)), tmp_path / "f", label="a file")
    assert told[-1] == ("a file", len(BODY), len(BODY))
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)


# ── file URLs ────────────────────────────────────────────────────────────────────────────────────


def test_file_urls(transport: Transport, tmp_path: Path) -> None:
    source = tmp_path / "a file"
    source.write_bytes(BODY)
    url = source.as_uri()
    got = transport.get(url)
    assert got.data == BODY
    assert transport.get(url, etag=got.etag).not_modified
    dest = transport.download(url, tmp_path / "copy", size=len(BODY), sha256=SHA)
    assert dest.read_bytes() == BODY


@pytest.mark.parametrize("name", ["none", "", "file/below"])
def test_file_urls_of_nothing(transport: Transport, tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(MissingError, match="no such file"):
        transport.get((tmp_path / name).as_uri())


def test_file_urls_of_devices_and_other_hosts(transport: Transport) -> None:
    with pytest.raises(TransportError, match="not a regular file"):
        transport.get("file:///dev/null")
    with pytest.raises(TransportError, match="another host"):
        transport.get("file://example.com/etc/passwd")


def test_a_mirror_is_asked_instead(tmp_path: Path) -> None:
    (tmp_path / "dists").mkdir()
    (tmp_path / "dists" / "InRelease").write_text("signed")
    mirrored = Transport(
        user_agent="test", mirrors={"http://archive.invalid/debian": tmp_path.as_uri() + "/"}
    )
    assert mirrored.get("http://archive.invalid/debian/dists/InRelease").data == b"signed"
    with pytest.raises(TransportError):  # another archive whose name begins alike
        Transport(
            user_agent="test",
            mirrors={"http://archive.invalid/debian": tmp_path.as_uri()},
            offline=True,
        ).get("http://archive.invalid/debian-security/dists/InRelease")


def test_offline_asks_nobody(tmp_path: Path, server: Server) -> None:
    (tmp_path / "here").write_text("kept")
    offline = Transport(user_agent="test", offline=True)
    with pytest.raises(TransportError, match="offline"):
        offline.get(f"{server.url}/a")
    assert offline.get((tmp_path / "here").as_uri()).data == b"kept"


_FORKS = """
import os
from ironhull.transport._wire import Wire
wire = Wire("test", None)
mine = wire._pool("http://127.0.0.1/")
read, write = os.pipe()
if os.fork() == 0:
    os.write(write, b"another" if wire._pool("http://127.0.0.1/") is not mine else b"the same")
    os._exit(0)
os.wait()
print(os.read(read, 99).decode(), wire._pool("http://127.0.0.1/") is mine)
"""


def test_a_process_that_forked_opens_connections_of_its_own() -> None:
    run = subprocess.run([sys.executable, "-c", _FORKS], capture_output=True, text=True, check=True)
    assert run.stdout == "another True\n"
