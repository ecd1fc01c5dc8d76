"""Engines that are not there, refuse, lie or stop; addresses and contexts."""

import hashlib
import json
import os
import shutil
import socketserver
import ssl
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from ironhull.commands import run
from ironhull.errors import EngineError, Error, ImageError, ReferenceFault
from ironhull.model import Platform
from ironhull.oci.tree import read_tree
from ironhull.sources import open_image
from ironhull.sources.engine import engine_image, look, open_engine
from ironhull.store.images import ImageStore
from tests.images import stored
from tests.oci._craft import Layout, docker_save, file, layer

NAME = {"io.containerd.image.name": "docker.io/library/web:1"}


class Fake:
    """An engine on a unix socket that has the image web:1."""

    def __init__(self, socket: Path) -> None:
        self.address = {"DOCKER_HOST": f"unix://{socket}"}
        self.socket = socket
        self.headers = {"Api-Version": "1.45"}
        self.archive = docker_save((["web:1"], [layer(file("name", "x"))]))
        self.found: dict[str, Any] = {
            "Id": config_digest(self.archive),
            "RepoTags": ["web:1"],
            "RepoDigests": [],
        }
        self.length: int | None = None
        self.refusal: tuple[int, bytes] | None = None
        self.greeting = b"OK"
        self.asked: list[str] = []
        self.loaded = b""
        self.said = b'{"stream":"Loaded image: web:1"}\r\n'

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        path = unquote(request.path)
        self.asked.append(path)
        if path == "/_ping":
            self.send(request, 200, self.greeting, self.headers)
        elif self.refusal is not None:
            self.send(request, *self.refusal)
        elif "/load" in path:
            self.send(request, 200, self.said)
        elif "/get" in path:
            self.send(request, 200, self.archive, length=self.length)
        elif "gone" in path:
            self.send(request, 404, b'{"message":"No such image: gone"}')
        else:
            self.send(request, 200, json.dumps(self.found).encode())

    def send(
        self,
        request: BaseHTTPRequestHandler,
        status: int,
        data: bytes,
        headers: dict[str, str] | None = None,
        length: int | None = None,
    ) -> None:
        request.send_response(status)
        for name, value in (headers or {}).items():
            request.send_header(name, value)
        if length == -1:  # chunked, and cut before the last chunk
            request.send_header("Transfer-Encoding", "chunked")
            request.end_headers()
            request.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
            request.close_connection = True
            return
        request.send_header("Content-Length", str(len(data) if length is None else length))
        request.end_headers()
        request.wfile.write(data)
        request.close_connection = True


def config_digest(archive: bytes) -> str:
    import io
    import tarfile

    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        said = tar.extractfile("manifest.json")
        assert said is not None
        config = tar.extractfile(json.load(said)[0]["Config"])
        assert config is not None
        return "sha256:" + hashlib.sha256(config.read()).hexdigest()


class _Unix(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True

    def get_request(self) -> tuple[Any, Any]:
        request, _ = super().get_request()
        return request, ("engine", 0)

    def handle_error(self, *_: object) -> None:
        pass


def _handler(fake: Fake) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            fake.answer(self)

        def do_POST(self) -> None:
            fake.loaded = self.rfile.read(int(self.headers["Content-Length"]))
            fake.answer(self)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory with a name short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="engine-", dir="/tmp") as path:
        yield Path(path)


@pytest.fixture
def fake(place: Path) -> Iterator[Fake]:
    engine = Fake(place / "docker.sock")
    with _Unix(str(engine.socket), _handler(engine)) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield engine
        server.shutdown()


def opened(fake: Fake, name: str = "web:1", platform: Platform | None = None) -> bytes:
    image = open_engine("docker", name, platform, fake.address)
    return read_tree(image, ["name"])[0].read("name")


def test_the_agreed_version_is_in_every_request(fake: Fake) -> None:
    assert opened(fake) == b"x"
    image_id = fake.found["Id"]
    assert fake.asked == ["/_ping", "/v1.45/images/web:1/json", f"/v1.45/images/{image_id}/get"]


def test_a_newer_server_is_asked_in_the_newest_known_version(fake: Fake) -> None:
    fake.headers["Api-Version"] = "1.99"
    opened(fake, platform=Platform("linux", "amd64"))
    assert fake.asked[1].startswith("/v1.51/")
    assert '?platform={"os": "linux", "architecture": "amd64"}' in fake.asked[2]


def test_a_server_without_a_version_is_asked_without_one(fake: Fake) -> None:
    fake.headers = {}
    assert opened(fake) == b"x"
    assert fake.asked[1] == "/images/web:1/json"


def test_what_repositories_call_it_is_its_digest(fake: Fake) -> None:
    one, two, other = ("sha256:" + digit * 64 for digit in "123")
    fake.found["RepoDigests"] = [f"web@{one}", f"ghcr.io/else/web@{other}", "<none>@<none>"]
    found = open_engine("docker", "web:1", None, fake.address)
    assert (found.digest, found.index_digest) == (one, "")
    fake.found |= {"RepoDigests": [f"web@{one}", f"web@{two}"], "Digest": two}
    found = open_engine("docker", "web:1", None, fake.address)
    assert (found.digest, found.index_digest) == (one, two)


def test_nothing_is_saved_when_the_documents_are_kept(fake: Fake, tmp_path: Path) -> None:
    first = engine_image("web:1", None, fake.address, cache=tmp_path)
    del fake.asked[:]
    again = engine_image("web:1", None, fake.address, cache=tmp_path)
    assert first is not None
    assert again is not None
    assert not any("/get" in path for path in fake.asked)
    assert (again.config, again.digest, again.platform) == (
        first.config,
        first.digest,
        first.platform,
    )
    assert read_tree(again, ["name"])[0].read("name") == b"x"
    assert any("/get" in path for path in fake.asked)


def test_damaged_documents_are_made_anew(fake: Fake, tmp_path: Path) -> None:
    engine_image("web:1", None, fake.address, cache=tmp_path)
    (kept,) = (path for path in tmp_path.rglob("*") if path.is_file())
    for data in (b"", b"{}", kept.read_bytes()[:-1]):
        kept.write_bytes(data)
        found = engine_image("web:1", None, fake.address, cache=tmp_path)
        assert found is not None
        assert read_tree(found, ["name"])[0].read("name") == b"x"


def test_an_image_that_changed_between_is_refused(fake: Fake, tmp_path: Path) -> None:
    kept = engine_image("web:1", None, fake.address, cache=tmp_path)
    kept = engine_image("web:1", None, fake.address, cache=tmp_path)
    fake.archive = docker_save((["web:1"], [layer(file("name", "other"))]))
    assert kept is not None
    with pytest.raises(ImageError, match="not the layers it had"):
        read_tree(kept, ["name"])
    with pytest.raises(ImageError, match="when asked for"):
        opened(fake)


# ── engines that refuse, lie or stop ─────────────────────────────────────────────────────────────


def test_what_is_not_there_is_told_from_no_engine(fake: Fake, place: Path) -> None:
    looked = look("gone:1", None, fake.address, kinds=("docker",))
    assert looked.image is None
    assert looked.notes == (f"Docker at unix://{fake.socket} (DOCKER_HOST): no image gone:1",)
    with pytest.raises(ReferenceFault, match="no such image"):
        opened(fake, "gone:1")
    absent = {"DOCKER_HOST": f"unix://{place}/none.sock"}
    looked = look("web:1", None, absent, kinds=("docker",))
    assert looked.image is None
    assert "No such file" in looked.notes[0]
    with pytest.raises(EngineError, match="No such file") as error:
        open_engine("docker", "web:1", None, absent)
    assert "DOCKER_HOST" in error.value.hint
    assert engine_image("web:1", None, absent | {"XDG_RUNTIME_DIR": str(place)}) is None


@pytest.mark.parametrize(
    ("status", "data", "words"),
    [
        (500, b'{"message":"disk\\n on fire"}', "disk on fire"),
        (503, b"<html>", "HTTP status 503"),
        (403, b'{"message":"plug-in says no"}', "plug-in says no"),
        (400, b"[" * 100_000, "HTTP status 400"),
        (200, b"[]", "not a JSON object"),
        (200, b"[" * 100_000, "not a JSON object"),
        (200, b'{"Id":"../../etc"}', "is the ID of an image"),
        (200, b'{"Id":7}', "is the ID of an image"),
    ],
)
def test_refusals_are_one_line(fake: Fake, status: int, data: bytes, words: str) -> None:
    fake.refusal = (status, data)
    with pytest.raises(EngineError, match=words) as error:
        look("web:1", None, fake.address)
    assert "\n" not in str(error.value)
    assert str(fake.socket) in str(error.value)


def test_what_is_no_engine_is_called_that(fake: Fake) -> None:
    fake.headers, fake.greeting = {}, b"<html>hello"
    with pytest.raises(EngineError, match="no container engine"):
        opened(fake)


@pytest.mark.parametrize("length", [-1, 10_000_000])
def test_a_stream_that_is_cut_is_noticed(fake: Fake, length: int) -> None:
    fake.length = length
    with pytest.raises(EngineError, match="ended in the middle"):
        opened(fake)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: data[:1300], "cut short"),
        (lambda data: data[:1024], "cut short"),
        (lambda data: b"", "cut short"),
        (lambda data: b"x" * 1024, "cut short"),
        (lambda data: b"x" * 1024 + bytes(1024), "tar archive"),
        (lambda data: data[:1024] + b'{"errorDetail":{"message":"no\\nspace"}}', "no space"),
        (lambda data: b'{"message":"nothing\\nleft"}', "nothing left"),
        (lambda data: bytes(10240), "neither an OCI archive"),
    ],
)
def test_damaged_streams_are_one_clear_line(
    fake: Fake, change: Callable[[bytes], bytes], words: str
) -> None:
    fake.archive = change(fake.archive)
    with pytest.raises((EngineError, ImageError), match=words) as error:
        opened(fake)
    assert "\n" not in str(error.value)
    assert "Docker at" in str(error.value)


def test_a_platform_that_is_not_there_says_which_is(fake: Fake) -> None:
    arm = Platform("linux", "arm64")
    with pytest.raises(ReferenceFault, match="linux/amd64"):
        opened(fake, platform=arm)
    assert "linux/arm64" in look("web:1", arm, fake.address, kinds=("docker",)).notes[0]


def test_a_platform_whose_content_is_missing_says_to_pull_it(fake: Fake) -> None:
    made = Layout()
    entry = made.manifest(
        layer(file("name", "x")), platform={"os": "linux", "architecture": "arm64"}
    )
    del made.files["blobs/" + entry["digest"].replace(":", "/")]
    made.top = [made.index(entry, annotations=NAME)]
    fake.archive = made.archive()
    fake.found["Id"] = made.top[0]["digest"]
    with pytest.raises(ImageError, match="missing") as error:
        opened(fake, platform=Platform("linux", "arm64"))
    assert "--platform" in error.value.hint


@pytest.mark.parametrize("name", ["../../etc/passwd", "WEB", "web:1?x=y", "web 1", "", "a#b"])
def test_what_is_no_name_is_never_asked_for(fake: Fake, name: str) -> None:
    with pytest.raises(ReferenceFault):
        look(name, None, fake.address)
    assert fake.asked == []


def test_a_socket_we_may_not_use_says_what_to_do(fake: Fake) -> None:
    if os.getuid() != 0:
        pytest.skip("needs root to become somebody else")
    fake.socket.parent.chmod(0o755)
    fake.socket.chmod(0o600)
    os.seteuid(65534)
    try:
        looked = look("web:1", None, fake.address, kinds=("docker",))
    finally:
        os.seteuid(0)
    assert looked.image is None
    assert "permission denied (join the group" in looked.notes[0]


# ── where engines are ────────────────────────────────────────────────────────────────────────────


def context(home: Path, name: str, host: str, **more: object) -> Path:
    number = hashlib.sha256(name.encode()).hexdigest()
    meta = home / ".docker/contexts/meta" / number
    meta.mkdir(parents=True)
    said = {"Name": name, "Endpoints": {"docker": {"Host": host, **more}}}
    (meta / "meta.json").write_text(json.dumps(said))
    return home / ".docker/contexts/tls" / number / "docker"


def test_contexts_lead_to_engines(fake: Fake, tmp_path: Path) -> None:
    context(tmp_path, "mine", fake.address["DOCKER_HOST"])
    (tmp_path / ".docker/config.json").write_text('{"currentContext":"mine"}')
    home = {"HOME": str(tmp_path)}
    for environment in (
        home,
        home | {"DOCKER_CONTEXT": "mine"},
        {"DOCKER_CONFIG": f"{tmp_path}/.docker"},
        home | {"DOCKER_HOST": fake.address["DOCKER_HOST"], "DOCKER_CONTEXT": "ignored"},
        {"XDG_RUNTIME_DIR": str(fake.socket.parent), "DOCKER_CONTEXT": "default"},
    ):
        assert open_engine("docker", "web:1", None, environment).name == "web:1"


def test_podman_connections_lead_to_engines(fake: Fake, tmp_path: Path) -> None:
    (tmp_path / ".config/containers").mkdir(parents=True)
    connections = {"Default": "a", "Connections": {"a": {"URI": f"unix://{fake.socket}"}}}
    path = tmp_path / ".config/containers/podman-connections.json"
    path.write_text(json.dumps({"Connection": connections}))
    podman = fake.socket.parent / "podman"
    podman.mkdir()
    (podman / "podman.sock").symlink_to(fake.socket)
    for environment in (
        {"HOME": str(tmp_path)},
        {"CONTAINER_HOST": f"unix:{fake.socket}"},
        {"XDG_RUNTIME_DIR": str(fake.socket.parent)},
    ):
        assert open_engine("podman", "web:1", None, environment).name == "web:1"


def test_podman_is_asked_in_its_own_words(fake: Fake) -> None:
    fake.headers |= {"Libpod-Api-Version": "5.4.2-dev"}
    fake.found["Id"] = fake.found["Id"].removeprefix("sha256:")
    assert opened(fake) == b"x"
    assert fake.asked[1] == "/v5.4.2/libpod/images/web:1/json"
    assert fake.asked[2] == (f"/v5.4.2/libpod/images/{fake.found['Id']}/get?format=docker-archive")


@pytest.mark.parametrize(
    ("files", "environment", "words"),
    [
        ({}, {"DOCKER_CONTEXT": "gone"}, "there is none"),
        ({"config.json": "{"}, {}, "not JSON"),
        ({"config.json": "[" * 100_000}, {}, "not JSON"),
        ({"config.json": "[]"}, {}, "not a JSON object"),
        ({"config.json": '{"currentContext":"gone"}'}, {}, "there is none"),
        ({}, {"DOCKER_HOST": "npipe:////./pipe/docker_engine"}, "npipe"),
        ({}, {"DOCKER_HOST": "tcp://host:notaport"}, "not an address"),
        ({}, {"DOCKER_HOST": "tcp://[::1"}, "not an address"),
        ({}, {"DOCKER_HOST": "ssh://-oProxyCommand=x/"}, "names no host"),
        ({}, {"DOCKER_HOST": "ssh://user:secret@host"}, "holds a password"),
        ({}, {"DOCKER_HOST": "unix:///" + "x" * 200}, "too long"),
        ({}, {"DOCKER_HOST": "tcp://127.0.0.1:1"}, "refused"),
    ],
)
def test_addresses_that_lead_nowhere(
    tmp_path: Path, files: dict[str, str], environment: dict[str, str], words: str
) -> None:
    (tmp_path / ".docker").mkdir()
    for name, text in files.items():
        (tmp_path / ".docker" / name).write_text(text)
    with pytest.raises(EngineError, match=words) as error:
        open_engine("docker", "web:1", None, {"HOME": str(tmp_path), **environment})
    assert "\n" not in str(error.value)
    assert "secret" not in str(error.value)
    looked = look("web:1", None, {"HOME": str(tmp_path), **environment}, kinds=("docker",))
    assert looked.image is None
    assert words in looked.notes[0]


def test_a_context_without_a_host_is_named(tmp_path: Path) -> None:
    context(tmp_path, "odd", "")
    with pytest.raises(EngineError, match="names no Docker host"):
        open_engine("docker", "web:1", None, {"HOME": str(tmp_path), "DOCKER_CONTEXT": "odd"})


def test_ssh_is_used_as_the_docker_command_does(
    fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay = tmp_path / "relay.py"
    relay.write_text(
        "import os,socket,sys,threading\n"
        f"s=socket.socket(socket.AF_UNIX);s.connect({str(fake.socket)!r})\n"
        "def up():\n"
        " while d:=os.read(0,65536): s.sendall(d)\n"
        "threading.Thread(target=up,daemon=True).start()\n"
        "while d:=s.recv(65536): os.write(1,d)\n"
    )
    program = tmp_path / "ssh"
    program.write_text(f'#!/bin/sh\necho "$@" >{tmp_path}/args\nexec {sys.executable} {relay}\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    address = {"DOCKER_HOST": "ssh://me@host:2222/run/engine.sock"}
    found = open_engine("docker", "web:1", None, address)
    assert read_tree(found, ["name"])[0].read("name") == b"x"
    said = (tmp_path / "args").read_text().strip()
    assert said == (
        "-o ConnectTimeout=10 -T -l me -p 2222 -- host"
        " docker --host unix:///run/engine.sock system dial-stdio"
    )
    program.write_text("#!/bin/sh\necho 'Permission denied (publickey).' >&2\nexit 255\n")
    with pytest.raises(EngineError, match="publickey"):
        open_engine("docker", "web:1", None, address)


# ── TLS ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of 127.0.0.1 that is its own authority, as server's and client's."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    place = tmp_path_factory.mktemp("certs")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650"]
    command += ["-subj", "/CN=engine", "-addext", "subjectAltName=IP:127.0.0.1"]
    command += ["-keyout", str(place / "key.pem"), "-out", str(place / "cert.pem")]
    subprocess.run(command, check=True, capture_output=True)
    shutil.copy(place / "cert.pem", place / "ca.pem")
    return place


@pytest.fixture
def secure(fake: Fake, certificates: Path) -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "cert.pem", certificates / "key.pem")
    context.load_verify_locations(certificates / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            pass

    with Server(("127.0.0.1", 0), _handler(fake)) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"tcp://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_tls(secure: str, certificates: Path, tmp_path: Path) -> None:
    host = {"DOCKER_HOST": secure, "HOME": str(tmp_path)}
    verified = host | {"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(certificates)}
    assert open_engine("docker", "web:1", None, verified).name == "web:1"
    shutil.copytree(certificates, tmp_path / ".docker")
    assert open_engine("docker", "web:1", None, host | {"DOCKER_TLS": "1"}).name == "web:1"
    files = context(tmp_path, "far", secure)
    shutil.copytree(certificates, files)
    away = {"HOME": str(tmp_path), "DOCKER_CONTEXT": "far"}
    assert open_engine("docker", "web:1", None, away).name == "web:1"
    (files / "ca.pem").unlink()
    for environment, words in [
        (away, "certificate verify failed"),
        (host, "closed|HTTP|reset"),
        (host | {"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": "/none"}, "certificate verify"),
    ]:
        with pytest.raises(Error, match=words) as error:
            open_engine("docker", "web:1", None, environment)
        assert "\n" not in str(error.value)


# ── images put into an engine ────────────────────────────────────────────────────────────────────


def sent(fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    for name, value in {"IRONHULL_HOME": str(tmp_path), **fake.address}.items():
        monkeypatch.setenv(name, value)
    stored(ImageStore(tmp_path / "images"), "web:1", {"name": "x"})
    return run(["copy", "-q", "local://web:1", "docker://mine:2"])


def test_an_image_is_loaded(fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sent(fake, tmp_path, monkeypatch) == 0
    assert fake.asked == ["/_ping", "/v1.45/images/load?quiet=1"]
    archive = tmp_path / "loaded.tar"
    archive.write_bytes(fake.loaded)
    assert (
        read_tree(open_image(f"archive://{archive}", images=tmp_path), ["name"])[0].read("name")
        == b"x"
    )


@pytest.mark.parametrize(
    ("refusal", "said", "expected"),
    [
        ((500, b'{"message":"no space left"}'), b"", "no space left — see the engine's log"),
        (None, b'{"stream":"x"}\n{"error":"bad\\nlayer"}\n', "does not load the image: bad layer"),
    ],
)
def test_an_image_is_refused(
    fake: Fake,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    refusal: tuple[int, bytes] | None,
    said: bytes,
    expected: str,
) -> None:
    fake.refusal, fake.said = refusal, said
    assert sent(fake, tmp_path, monkeypatch) == 1
    line = capsys.readouterr().err
    assert expected in line
    assert line.count("\n") == 1


def test_no_engine_no_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    monkeypatch.setenv("IRONHULL_HOME", str(tmp_path))
    stored(ImageStore(tmp_path / "images"), "web:1", {"name": "x"})
    assert run(["copy", "-q", "local://web:1", "docker://web:1"]) == 1
    assert "say in DOCKER_HOST where it is" in capsys.readouterr().err
    assert run(["copy", "-q", "local://web:1", f"docker://web@sha256:{'0' * 64}"]) == 1
    assert "an engine gives its own digest" in capsys.readouterr().err


def test_an_image_is_copied_out(
    fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {"IRONHULL_HOME": str(tmp_path), **fake.address}.items():
        monkeypatch.setenv(name, value)
    assert run(["copy", "-q", "docker://web:1", "local://taken:2"]) == 0
    taken = ImageStore(tmp_path / "images").find("taken:2")
    assert taken.config_digest == fake.found["Id"]
    assert read_tree(taken, ["name"])[0].read("name") == b"x"
    capsys.readouterr()
    assert run(["copy", "-q", "docker://gone:1", "local://taken:3"]) == 1
    assert "has no such image — see `docker images`" in capsys.readouterr().err
