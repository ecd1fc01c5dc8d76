"""Debian's docker-registry as tests start it: plain, behind a password, a token server, TLS."""

import base64
import contextlib
import hashlib
import http.client
import json
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from ironhull.oci.manifests import OCI_MANIFEST

USER = "someone"
PASSWORD = "pa55-of-the-tests"
REFRESH = "refresh-of-the-tests"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def docker_registry(
    directory: Path, *, auth: str = "", tls: str = "", port: int = 0
) -> Iterator[str]:
    """A registry on 127.0.0.1; gives host:port. `auth` and `tls` are YAML for its settings."""
    program = shutil.which("docker-registry")
    if program is None:
        pytest.skip("docker-registry is not installed")
    directory.mkdir(parents=True, exist_ok=True)
    host = f"127.0.0.1:{port or free_port()}"
    settings = directory / "registry.yml"
    settings.write_text(
        "version: 0.1\n"
        "log: {level: error, accesslog: {disabled: true}}\n"
        f"storage: {{filesystem: {{rootdirectory: {directory / 'data'}}}}}\n"
        f"http: {{addr: '{host}', relativeurls: true{tls}}}\n{auth}"
    )
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen([program, "serve", str(settings)], stdout=log, stderr=log)
        try:
            _wait(host, process, directory / "log")
            yield host
        finally:
            process.terminate()
            process.wait(10)


def _wait(host: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(400):
        if process.poll() is not None:
            pytest.fail(f"docker-registry ended: {log.read_text()[-500:]}")
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", int(host.partition(":")[2])), 1).close()
            return
        time.sleep(0.025)
    pytest.fail("docker-registry does not listen")


def basic_auth(directory: Path) -> str:
    """Settings for htpasswd authentication of USER."""
    if shutil.which("htpasswd") is None:
        pytest.skip("htpasswd is not installed")
    directory.mkdir(parents=True, exist_ok=True)
    line = subprocess.run(
        ["htpasswd", "-Bbn", USER, PASSWORD], capture_output=True, text=True, check=True
    ).stdout
    (directory / "htpasswd").write_text(line)
    return f"auth: {{htpasswd: {{realm: tests, path: {directory / 'htpasswd'}}}}}\n"


def openssl(*words: str, data: bytes | None = None) -> bytes:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    done = subprocess.run(["openssl", *words], input=data, capture_output=True, check=True)
    return done.stdout


def authority(directory: Path) -> Path:
    """A certificate authority: ca.pem and ca.key in `directory`."""
    directory.mkdir(parents=True, exist_ok=True)
    openssl(
        "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=Tests",
        "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=keyCertSign",
        "-keyout", str(directory / "ca.key"), "-out", str(directory / "ca.pem"),
    )  # fmt: skip
    return directory / "ca.pem"


def certificate(directory: Path, names: str) -> str:
    """TLS settings with a certificate of the directory's authority for `names`."""
    authority(directory)
    key, request, made = (directory / name for name in ("tls.key", "tls.csr", "tls.pem"))
    openssl(
        "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=registry",
        "-keyout", str(key), "-out", str(request),
    )  # fmt: skip
    (directory / "ext").write_text(f"subjectAltName={names}\n")
    openssl(
        "x509", "-req", "-in", str(request), "-CA", str(directory / "ca.pem"),
        "-CAkey", str(directory / "ca.key"), "-CAcreateserial", "-days", "2",
        "-extfile", str(directory / "ext"), "-out", str(made),
    )  # fmt: skip
    return f", tls: {{certificate: {made}, key: {key}}}"


class TokenServer:
    """Gives tokens docker-registry accepts: JWTs signed with RS256, the certificate in x5c."""

    def __init__(self, directory: Path) -> None:
        self.certificate = authority(directory)
        self._key = directory / "ca.key"
        self.lifetime = 300
        self.asked: list[tuple[str, dict[str, list[str]], str]] = []
        self.url = ""
        self.anonymous = ("pull",)

    def settings(self) -> str:
        return (
            f"auth: {{token: {{realm: '{self.url}', service: tests, issuer: tests, "
            f"rootcertbundle: {self.certificate}}}}}\n"
        )

    def token(self, scopes: list[str], user: str) -> str:
        access = []
        for scope in " ".join(scopes).split():
            kind, name, actions = scope.split(":", 2)
            wanted = actions.split(",")
            if not user:
                wanted = [action for action in wanted if action in self.anonymous]
            access.append({"type": kind, "name": name, "actions": wanted})
        now = int(time.time())
        claims = {
            "iss": "tests", "sub": user, "aud": "tests", "iat": now, "nbf": now - 10,
            "exp": now + self.lifetime, "jti": str(len(self.asked)), "access": access,
        }  # fmt: skip
        der = openssl("x509", "-in", str(self.certificate), "-outform", "DER")
        head = {"typ": "JWT", "alg": "RS256", "x5c": [base64.b64encode(der).decode()]}
        signed = f"{_b64(json.dumps(head).encode())}.{_b64(json.dumps(claims).encode())}"
        made = openssl("dgst", "-sha256", "-sign", str(self._key), data=signed.encode())
        return f"{signed}.{_b64(made)}"

    @contextmanager
    def running(self) -> Iterator["TokenServer"]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                query = parse_qs(urlsplit(self.path).query)
                authorization = self.headers.get("Authorization", "")
                server.asked.append(("GET", query, authorization))
                expected = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
                if authorization and authorization != f"Basic {expected}":
                    return self.answer(401, {"errors": [{"code": "UNAUTHORIZED"}]})
                token = server.token(query.get("scope", []), USER if authorization else "")
                return self.answer(200, {"token": token, "expires_in": server.lifetime})

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = parse_qs(body)
                server.asked.append(("POST", form, self.headers.get("Authorization", "")))
                if form.get("refresh_token") != [REFRESH]:
                    return self.answer(401, {})
                token = server.token(form.get("scope", []), USER)
                return self.answer(200, {"access_token": token, "expires_in": server.lifetime})

            def answer(self, status: int, value: Any) -> None:
                data = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                pass

        with serving(Handler) as port:
            self.url = f"http://127.0.0.1:{port}/token"
            yield self


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[int]:
    class Http(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A client that hangs up is what some tests are about."""

    with Http(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def docker_config(directory: Path, host: str, entry: dict[str, str] | None = None) -> Path:
    """A config.json with credentials for `host`."""
    directory.mkdir(parents=True, exist_ok=True)
    auth = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    (directory / "config.json").write_text(
        json.dumps({"auths": {host: {"auth": auth} if entry is None else entry}})
    )
    return directory / "config.json"


def ask(host: str, method: str, path: str) -> tuple[int, bytes]:
    """One plain request, past our own client."""
    connection = http.client.HTTPConnection(host, timeout=10)
    connection.request(method, path, headers={"Accept": OCI_MANIFEST})
    answer = connection.getresponse()
    return answer.status, answer.read()


def sha256(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
