"""Our PostgreSQL image under runc or crun: read-only root, no capabilities, user 65532."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from tests.acceptance.cli import Ironhull, checked
from tests.acceptance.containers import PATIENCE, Bundle, free_port, runtime

NAME = "ironhull/postgres:17"
DATA = "/var/lib/postgresql/data"
SCRIPTS = "/docker-entrypoint-initdb.d"
PASSWORD = 'correct horse\'s "battery"'  # of clusters that live as long as one test


@dataclass(frozen=True)
class Running:
    """A container with a server in it, or on the way to one."""

    runtime: str
    name: str
    port: int
    process: "subprocess.Popen[bytes]"
    log: Path

    def said(self) -> str:
        return self.log.read_text("utf-8")

    def execute(self, *args: str) -> subprocess.CompletedProcess[str]:
        """Run a program in it."""
        return subprocess.run(
            [self.runtime, "exec", self.name, *args], capture_output=True, text=True, check=False
        )

    def kill(self, signal: str) -> int:
        """Send its first process a signal; the exit status."""
        checked([self.runtime, "kill", self.name, signal])
        return self.process.wait(PATIENCE)

    def pid(self) -> int:
        """Its first process as the host sees it."""
        found: int = json.loads(checked([self.runtime, "state", self.name]))["pid"]
        return found

    def until(self, text: str) -> None:
        """Wait for a text in what it says."""
        end = time.monotonic() + PATIENCE
        while text not in self.said():
            if self.process.poll() is not None or time.monotonic() > end:
                pytest.fail(f"it did not say {text!r}: {self.said()[-3000:]}")
            time.sleep(0.05)

    def until_ready(self) -> None:
        """Wait until it accepts connections from the network."""
        self.until(f"port {self.port}")
        end = time.monotonic() + PATIENCE
        while self.execute("pg_isready", "-qU", "postgres", "-p", str(self.port)).returncode:
            if time.monotonic() > end:
                pytest.fail(f"it is not ready: {self.said()[-3000:]}")
            time.sleep(0.05)

    def connect(self, **options: Any) -> "psycopg.Connection[Any]":
        """A session over the network; it commits at once."""
        given = {"user": "postgres", "password": PASSWORD, "dbname": "postgres", **options}
        return psycopg.connect(host="127.0.0.1", port=self.port, autocommit=True, **given)

    def ask(self, query: str, **options: Any) -> list[tuple[Any, ...]]:
        """The rows of one query, in a session of its own."""
        with self.connect(**options) as session:
            return session.execute(query.encode()).fetchall()


@dataclass(frozen=True)
class DatabaseImage:
    """The unpacked image; each container gets directories of the host that belong to its user."""

    bundle: Bundle
    program: str
    environment: Mapping[str, str] = field(default_factory=lambda: {"POSTGRES_PASSWORD": PASSWORD})

    def directory(self, path: Path, uid: int = 65532) -> Path:
        """A volume: an empty directory of the user, in a place everybody may pass."""
        path.mkdir(mode=0o700)
        os.chown(path, uid, uid)
        return path

    @contextmanager
    def started(
        self, binds: Mapping[str, Path], *args: str, uid: int = 65532, **environment: str
    ) -> Iterator[Running]:
        """Start it with the entry point; it is gone at the end, whatever state it is in."""
        port, name = free_port(), f"ironhull-{uuid4().hex}"
        words = json.loads((self.bundle.path / "image.json").read_text("utf-8"))["process"]["args"]
        given = {**self.environment, "PGPORT": str(port), **environment}
        kept = {key: value for key, value in given.items() if value}
        self.bundle.configure([words[0], *args], kept, binds, uid)
        log = self.bundle.path / f"log-{name}"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [self.program, "run", "--bundle", str(self.bundle.path), name],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        running = Running(self.program, name, port, process, log)
        try:
            yield running
        finally:
            subprocess.run(
                [self.program, "delete", "--force", name], capture_output=True, check=False
            )
            process.wait(PATIENCE)

    @contextmanager
    def serving(self, data: Path, *args: str, **environment: str) -> Iterator[Running]:
        """Start it on `data` and wait until it accepts connections."""
        with self.started({DATA: data}, *args, **environment) as running:
            running.until_ready()
            yield running

    def refused(
        self, binds: Mapping[str, Path], *args: str, uid: int = 65532, **environment: str
    ) -> str:
        """What it says when it does not start."""
        with self.started(binds, *args, uid=uid, **environment) as running:
            assert running.process.wait(PATIENCE) == 1, running.said()
            return running.said()


def database_image(ironhull: Ironhull, place: Path) -> DatabaseImage:
    """Unpack the image of `ironhull`'s store by umoci, as root so that owners are the image's."""
    if os.geteuid() != 0:
        pytest.skip("only root can start containers of another user")
    umoci = shutil.which("umoci")
    if umoci is None:
        pytest.skip("umoci is not installed (scripts/test-packages.sh)")
    layout, path = place / "layout", place / "bundle"
    ironhull("images", NAME, "--export", f"oci-dir={layout}", "--no-attestations", "-q")
    checked([umoci, "unpack", "--image", f"{layout}:{NAME}", str(path)])
    (path / "config.json").rename(path / "image.json")
    user = json.loads((path / "image.json").read_text("utf-8"))["process"]["user"]
    bundle = Bundle(path, user["uid"])
    bundle.configure(["/usr/lib/postgresql/17/bin/psql", "--version"], {})
    return DatabaseImage(bundle, runtime(path, "PostgreSQL"))
