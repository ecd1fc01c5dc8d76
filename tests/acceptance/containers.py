"""An image's root file system under runc or crun, the way a hardened deployment runs it."""

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import uuid4

import pytest

PATIENCE = 60
"""Seconds until a server that does not come up counts as broken."""


def free_port() -> int:
    """A port of 127.0.0.1 nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def runtime(bundle: Path, printed: str = "3.") -> str:
    """A container runtime that can start something of `bundle` here; skips with the reasons.

    What `bundle` is configured to run prints `printed`.
    """
    if os.geteuid() != 0:
        pytest.skip("only root can start containers of another user")
    reasons = []
    for name in ("runc", "crun"):
        found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
        if found is None:
            reasons.append(f"{name} is not installed")
            continue
        done = subprocess.run(
            [found, "run", "--bundle", str(bundle), f"try-{uuid4().hex}"],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 0 and printed in done.stdout:
            return found
        reasons.append(f"{name}: {(done.stderr or done.stdout).strip()[-300:]}")
    pytest.skip(f"no container runtime works here: {'; '.join(reasons)}")


@dataclass(frozen=True)
class Bundle:
    """An OCI runtime bundle (runtime-spec config.md) of an unpacked image."""

    path: Path
    uid: int

    def configure(
        self,
        args: list[str],
        env: Mapping[str, str],
        binds: Mapping[str, Path] = MappingProxyType({}),
        uid: int | None = None,
    ) -> None:
        """Write config.json: root read-only, no capabilities, host network, /tmp and /data new.

        `binds` are directories of the host by their path inside; it runs as `uid`, or the image's.
        """
        uid = self.uid if uid is None else uid
        image = json.loads((self.path / "image.json").read_text("utf-8"))["process"]
        process = {
            "user": {"uid": uid, "gid": uid},
            "args": args or image["args"],
            "env": [*image["env"], *(f"{key}={value}" for key, value in env.items())],
            "cwd": image["cwd"],
            "noNewPrivileges": True,
        }
        config = {
            "ociVersion": "1.0.2",
            "process": process,
            "root": {"path": "rootfs", "readonly": True},
            "mounts": [
                *self._mounts(),
                *(_bind(path, source) for path, source in binds.items()),
            ],
            "linux": {"namespaces": [{"type": kind} for kind in ("pid", "mount", "ipc", "uts")]},
        }
        (self.path / "config.json").write_text(json.dumps(config), "utf-8")

    def _mounts(self) -> list[dict[str, Any]]:
        mine = [f"uid={self.uid}", f"gid={self.uid}", "nosuid", "noexec"]
        return [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            _tmpfs("/dev", ["nosuid", "mode=755"]),
            _tmpfs("/dev/shm", ["nosuid", "noexec", "nodev", "mode=1777"]),
            _tmpfs("/tmp", ["nosuid", "noexec", "nodev", "mode=1777"]),
            _tmpfs("/data", [*mine, "mode=700"]),
        ]


def _tmpfs(destination: str, options: list[str]) -> dict[str, Any]:
    return {"destination": destination, "type": "tmpfs", "source": "tmpfs", "options": options}


def _bind(destination: str, source: Path) -> dict[str, Any]:
    options = ["bind", "nosuid", "nodev"]
    return {"destination": destination, "type": "bind", "source": str(source), "options": options}


@dataclass(frozen=True)
class Container:
    """A running container: its server, its first process as the host sees it."""

    runtime: str
    name: str
    url: str
    pid: int

    def execute(self, *args: str) -> subprocess.CompletedProcess[str]:
        """Run a program in it."""
        return subprocess.run(
            [self.runtime, "exec", self.name, *args], capture_output=True, text=True, check=False
        )


@contextmanager
def serving(bundle: Bundle, program: str, env: Mapping[str, str]) -> Iterator[Container]:
    """Start the image's own entry point and wait until /health answers 200."""
    port, name = free_port(), f"ironhull-{uuid4().hex}"
    bundle.configure([], {"PORT": str(port), **env})
    log = bundle.path / "log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [program, "run", "--bundle", str(bundle.path), name],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(url + "/health", process, log)
            state = subprocess.run([program, "state", name], capture_output=True, check=True)
            yield Container(program, name, url, json.loads(state.stdout)["pid"])
        finally:
            subprocess.run([program, "delete", "--force", name], capture_output=True, check=False)
            process.wait(PATIENCE)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                answer.read()
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"{url} does not answer: {log.read_text('utf-8')[-2000:]}")
