"""Real engines for tests: a Docker daemon or a Podman service, in a directory of its own.

They need root and the programs (scripts/docker-engine.sh, podman); where one cannot be started the
test is skipped and the reason is the last line it said. A daemon of the user's is never touched.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

PATIENCE = 30.0
STORES = {"classic": ("", "vfs"), "containerd": ("", "native")}
"""The image stores of Docker, with the storage drivers to try: the usual one, then a plain one."""


@dataclass(frozen=True)
class Engine:
    """A running engine: how its own command and Ironhull reach it."""

    kind: str
    socket: Path
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def address(self) -> dict[str, str]:
        """The environment that leads Ironhull to it."""
        name = "CONTAINER_HOST" if self.kind == "podman" else "DOCKER_HOST"
        return {name: f"unix://{self.socket}"}

    def run(self, *args: object, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run the engine's own command against it."""
        done = subprocess.run(
            [*self.command, *map(str, args)],
            env={**os.environ, "HOME": str(self.socket.parent), **self.environment},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert not check or done.returncode == 0, done.stderr
        return done


def _program(*names: str) -> str:
    for name in names:
        if found := shutil.which(name, path=f"/usr/bin:/usr/sbin:{os.environ['PATH']}"):
            return found
    pytest.skip(f"{names[0]} is not installed (scripts/test-packages.sh)")


def _need_root() -> None:
    if os.getuid() != 0:
        pytest.skip("starting an engine needs root")


@contextmanager
def _place() -> Iterator[Path]:
    """A directory whose name is short enough for a socket in it."""
    place = Path(tempfile.mkdtemp(prefix="engine-", dir="/tmp"))
    try:
        yield place
    finally:
        for line in Path("/proc/mounts").read_text("utf-8").splitlines():
            if (mounted := line.split()[1]).startswith(f"{place}/"):  # a network namespace is kept
                subprocess.run(["umount", "--lazy", mounted], check=False, capture_output=True)
        shutil.rmtree(place, ignore_errors=True)


@contextmanager
def docker(store: str, *, runs: bool = False, online: bool = False) -> Iterator[Engine]:
    """A Docker daemon with the image store `store` (a key of STORES), no network, no firewall.

    With `runs`, containers can be run: the daemon has a bridge, in a network of its own that leads
    nowhere. With `online` they reach what this machine reaches, and their published ports are on
    this machine's loopback.
    """
    _need_root()
    daemon, client = _program("dockerd"), _program("docker")
    reasons = []
    for driver in STORES[store]:
        with _place() as place, nullcontext("") if runs else _bridge(online) as bridge:
            flag = "true" if store == "containerd" else "false"
            (place / "daemon.json").write_text(
                f'{{"features":{{"containerd-snapshotter":{flag}}}}}'
            )
            socket = place / "docker.sock"
            command = [
                *(["unshare", "--net"] if runs else []),
                daemon,
                "--config-file",
                f"{place}/daemon.json",
                "--host",
                f"unix://{socket}",
            ]
            command += ["--data-root", f"{place}/data", "--exec-root", f"{place}/exec"]
            command += ["--pidfile", f"{place}/pid", "--iptables=false"]
            command += [f"--bridge={bridge}"] if bridge else []
            command += ["--ip6tables=false", *([f"--storage-driver={driver}"] if driver else [])]
            host = {"DOCKER_HOST": f"unix://{socket}", "DOCKER_CONFIG": f"{place}/config"}
            engine = Engine("docker", socket, (client,), host)
            with _running(command, place / "log") as process:
                if _answers(engine, process, ("version",)):
                    yield engine
                    return
            reasons.append(_last(place / "log"))
    pytest.skip(f"dockerd does not start here: {'; '.join(reasons)}")


@contextmanager
def _bridge(online: bool) -> Iterator[str]:
    """A bridge of the daemon's own: with none, it would take away docker0, whose ever that is."""
    if shutil.which("ip") is None:
        if online or Path("/sys/class/net/docker0").exists():
            pytest.skip("ip is not installed (iproute2)")
        yield "none"
        return
    number = os.getpid() % 200 + 20
    name, net = f"ihtest{os.getpid() % 100000}", f"10.213.{number}"
    if _tool("ip", "link", "add", name, "type", "bridge"):
        pytest.skip("no bridge can be made here")
    try:
        _tool("ip", "address", "add", f"{net}.1/24", "dev", name)
        _tool("ip", "link", "set", name, "up")
        with _leading_out(name, f"{net}.0/24") if online else nullcontext():
            yield name
    finally:
        _tool("ip", "link", "delete", name)


@contextmanager
def _leading_out(bridge: str, net: str) -> Iterator[None]:
    """What comes from the bridge is forwarded, under this machine's address."""
    rules = (
        ("-t", "nat", "POSTROUTING", "-s", net, "!", "-o", bridge, "-j", "MASQUERADE"),
        ("-t", "filter", "FORWARD", "-i", bridge, "-j", "ACCEPT"),
        ("-t", "filter", "FORWARD", "-o", bridge, "-j", "ACCEPT"),
    )
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
    done = []
    try:
        for rule in rules:
            if _tool("iptables", *rule[:2], "-I", *rule[2:]):
                pytest.skip("iptables cannot be used here")
            done.append(rule)
        yield
    finally:
        for rule in done:
            _tool("iptables", *rule[:2], "-D", *rule[2:])


def _tool(*words: str) -> int:
    """The exit status of a tool of the system; 127 where it is not installed."""
    path = f"/usr/sbin:/sbin:{os.environ['PATH']}"
    program = shutil.which(words[0], path=path)
    return subprocess.run([program, *words[1:]], capture_output=True).returncode if program else 127


@contextmanager
def podman() -> Iterator[Engine]:
    """A Podman service with storage of its own."""
    _need_root()
    program = _program("podman")
    with _place() as place:
        socket = place / "podman.sock"
        command = [program, "--root", f"{place}/root", "--runroot", f"{place}/run"]
        command += ["--storage-driver=vfs"]
        engine = Engine("podman", socket, tuple(command))
        serve = [*command, "system", "service", "--time=0", f"unix://{socket}"]
        with _running(serve, place / "log") as process:
            if _answers(engine, process, ("version",)) and _waited(socket, process):
                yield engine
                return
        pytest.skip(f"podman does not start here: {_last(place / 'log')}")


@contextmanager
def _running(command: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        try:
            yield process
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(PATIENCE)
            if process.poll() is None:
                process.kill()
                process.wait()


def _answers(engine: Engine, process: subprocess.Popen[bytes], args: tuple[str, ...]) -> bool:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        if engine.run(*args, check=False).returncode == 0:
            return True
        time.sleep(0.1)
    return False


def _waited(socket: Path, process: subprocess.Popen[bytes]) -> bool:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        if socket.is_socket():
            return True
        time.sleep(0.05)
    return False


def _last(log: Path) -> str:
    lines = [line for line in log.read_text("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1][-200:] if lines else "no reason given"
