"""Connections to engines: unix sockets, TCP with TLS, the standard streams of ssh."""

from __future__ import annotations

import socket
import subprocess
from urllib.parse import SplitResult, urlsplit

from ironhull.errors import EngineError
from ironhull.limits import LIMITS
from ironhull.sources._engine_hosts import Endpoint, Tls

__all__ = ["AbsentError", "Ssh", "reach"]

_SCHEMES = ("unix", "tcp", "http", "https", "ssh")


class AbsentError(EngineError):
    """Nothing answers at the address, or we may not speak to it."""


def reach(endpoint: Endpoint) -> tuple[socket.socket, Ssh | None]:
    """A connected socket, and the ssh at its other end if there is one; close both.

    Raises AbsentError where nothing answers, EngineError for an address that is none.
    """
    try:
        address = urlsplit(endpoint.url)
        port = address.port
    except ValueError:
        raise EngineError(
            f"{endpoint}: not an address of an engine", "such as tcp://host:2375"
        ) from None
    if address.scheme not in _SCHEMES:
        raise EngineError(
            f"{endpoint}: {address.scheme}:// is not spoken here", "use unix://, tcp:// or ssh://"
        )
    ssh = None
    try:
        if address.scheme == "unix":
            ready = _unix(address.netloc + address.path)
        elif address.scheme == "ssh":
            ssh = Ssh(_ssh_command(endpoint, address, port))
            ready = ssh.socket
        else:
            ready = _tcp(endpoint, address, port)
    except OSError as error:
        raise _absent(endpoint, error) from None
    return ready, ssh


def _absent(endpoint: Endpoint, error: OSError) -> AbsentError:
    kind = "Podman" if endpoint.kind == "podman" else "Docker"
    if isinstance(error, PermissionError):
        return AbsentError(
            f"{kind} at {endpoint}: permission denied",
            "join the group that owns the socket (often `docker`), or run as root",
        )
    if isinstance(error, TimeoutError):
        return AbsentError(f"{kind} at {endpoint}: no connection in time", "check the address")
    reason = error.strerror or str(error) or "no connection"
    start = "start it with `systemctl start podman.socket`" if kind == "Podman" else "start it"
    return AbsentError(
        f"{kind} at {endpoint}: {' '.join(str(reason).split())}", f"{start}, or check the address"
    )


def _unix(path: str) -> socket.socket:
    ready = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        ready.settimeout(LIMITS.engine_connect_seconds)
        ready.connect(path)
    except BaseException:
        ready.close()
        raise
    return ready


def _tcp(endpoint: Endpoint, address: SplitResult, port: int | None) -> socket.socket:
    secure = endpoint.tls is not None or address.scheme == "https"
    host = address.hostname or "localhost"
    ready = socket.create_connection(
        (host, port or (2376 if secure else 2375)), timeout=LIMITS.engine_connect_seconds
    )
    if not secure:
        return ready
    try:
        return _secured(ready, host, endpoint.tls or Tls())
    except BaseException:
        ready.close()
        raise


def _secured(ready: socket.socket, host: str, tls: Tls) -> socket.socket:
    import ssl

    context = ssl.create_default_context(cafile=tls.ca or None)
    if not tls.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if tls.cert:
        context.load_cert_chain(tls.cert, tls.key)
    return context.wrap_socket(ready, server_hostname=host)


# ── ssh ──────────────────────────────────────────────────────────────────────────────────────────


def _ssh_command(endpoint: Endpoint, address: SplitResult, port: int | None) -> list[str]:
    """What the docker command runs (docker/cli, cli/connhelper); no part can become an option."""
    host = address.hostname or ""
    if not host or host.startswith("-") or (address.username or "").startswith("-"):
        raise EngineError(f"{endpoint}: names no host", "write ssh://[USER@]HOST[:PORT]")
    if address.password is not None:
        raise EngineError("ssh:// address of an engine: holds a password", "use a key instead")
    command = ["ssh", "-o", f"ConnectTimeout={LIMITS.engine_connect_seconds:.0f}", "-T"]
    command += ["-l", address.username] if address.username else []
    command += ["-p", str(port)] if port else []
    command += ["-i", endpoint.identity] if endpoint.identity else []
    command += ["--", host, endpoint.kind]
    if address.path not in ("", "/"):
        import shlex

        option = "--url" if endpoint.kind == "podman" else "--host"
        command += [option, shlex.quote(f"unix://{address.path}")]
    return [*command, "system", "dial-stdio"]


class Ssh:
    """A program whose standard input and output are one end of a socket."""

    def __init__(self, command: list[str]) -> None:
        import tempfile

        self.socket, theirs = socket.socketpair()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the connection
        try:
            self._process: subprocess.Popen[bytes] = subprocess.Popen(
                command, stdin=theirs.fileno(), stdout=theirs.fileno(), stderr=self._errors.fileno()
            )
        except FileNotFoundError as error:
            self.socket.close()
            raise OSError(error.errno, "the ssh program is not installed") from None
        finally:
            theirs.close()

    def words(self) -> str:
        """The last line it said on standard error, "" if it still runs or said nothing."""
        try:
            if self._process.wait(1) == 0:
                return ""
        except subprocess.TimeoutExpired:
            return ""
        self._errors.seek(0)
        lines = self._errors.read(64 * 1024).decode("utf-8", "replace").split("\n")
        return " ".join(next((line for line in reversed(lines) if line.strip()), "").split())[:300]

    def close(self) -> None:
        """End it."""
        self.socket.close()
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._errors.close()
