"""Docker and Podman: the image is loaded under a name of its own, which goes again afterwards."""

from __future__ import annotations

import shutil
import socket
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from ironhull.containers._fetching import fetched
from ironhull.containers._nouns import TIMED_OUT, Answer, Ended, Save, Service
from ironhull.containers._programs import asked
from ironhull.errors import EngineError
from ironhull.limits import LIMITS
from ironhull.model import Image
from ironhull.values import dataclass, replace

__all__ = ["Engine"]

_ITS_OWN = 125
"""The exit status of docker run and podman run where they failed themselves."""
_CONFINED = (
    *("--read-only", "--tmpfs", "/tmp:mode=1777", "--cap-drop", "ALL"),  # noqa: S108 - in it
    *("--security-opt", "no-new-privileges"),
)


@dataclass(frozen=True, slots=True)
class Engine:
    """`name` is docker or podman, both understand what is asked here.

    `variables` are "NAME=value" for what runs, `volumes` directories it may write to, `ports` ones
    to reach besides those the image exposes; without `confined` it runs as it does by itself.
    """

    name: str
    environment: Mapping[str, str]
    confined: bool = True
    variables: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()

    @property
    def terms(self) -> tuple[str, ...]:
        """The options of `run` that say so."""
        given = [word for variable in self.variables for word in ("--env", variable)]
        given += [word for path in self.volumes for word in ("--volume", path)]
        return (*(_CONFINED if self.confined else ()), *given)

    def trouble(self) -> str:
        """Why it cannot be used here."""
        if shutil.which(self.name, path=self.environment.get("PATH")) is None:
            return f"{self.name} is not installed"
        said = self._ask("version", "--format", "{{.Server.Version}}")
        if said.status:
            lines = said.output.strip().splitlines() or ["it says nothing"]
            return f"{self.name}: {lines[-1]}"
        return ""

    @contextmanager
    def opened(self, image: Image, save: Save) -> Iterator[_Loaded]:
        """Load the image; raises EngineError."""
        name = f"ironhull-test:{uuid4().hex}"
        with tempfile.TemporaryDirectory(prefix="ironhull-") as work:
            archive = Path(work) / "image.tar"
            save(archive, name)
            done = self._ask("load", "-i", str(archive), seconds=LIMITS.engine_save_seconds)
        if done.status:
            raise EngineError(
                f"{self.name} does not load {image.name or image.digest}: {done.output.strip()}",
                "look at its log, or use another with --with",
            )
        try:
            ports = dict.fromkeys((*self.ports, *_ports(image)))
            yield _Loaded(self, name, tuple(ports))
        finally:
            self._ask("image", "rm", "-f", name)

    def _ask(self, *words: str, seconds: float = LIMITS.engine_read_seconds) -> Ended:
        return asked([self.name, *words], seconds, self.environment)


def _ports(image: Image) -> tuple[int, ...]:
    given = image.config.get("config", {}).get("ExposedPorts") or {}
    numbers = (text.partition("/")[0] for text in given if not text.endswith("/udp"))
    return tuple(int(number) for number in numbers if number.isdigit())


@dataclass(frozen=True, slots=True)
class _Loaded:
    engine: Engine
    name: str
    ports: tuple[int, ...]

    def given(self, variables: tuple[str, ...]) -> _Loaded:
        """With more variables."""
        more = (*self.engine.variables, *variables)
        return replace(self, engine=replace(self.engine, variables=more))

    def run(self, args: Sequence[str], seconds: float, directory: str = "") -> Ended:
        """A container of its own without any network."""
        container = f"ironhull-{uuid4().hex}"
        words = ["run", "--rm", "--name", container, "--network", "none", *self.engine.terms]
        words += ["--workdir", directory] if directory else []
        words += ["--entrypoint", args[0], self.name, *args[1:]] if args else [self.name]
        done = self.engine._ask(*words, seconds=seconds)
        if done.status == TIMED_OUT:
            self.engine._ask("rm", "-f", "-v", container)
        if done.status == _ITS_OWN or "OCI permission denied" in done.output:
            raise EngineError(
                f"{self.engine.name} does not run containers here: {done.output.strip()}",
                "look at its log, or use another with --with",
            )
        return done

    @contextmanager
    def serving(self) -> Iterator[Service]:
        """The image's own command, its ports reachable from this machine."""
        container = f"ironhull-{uuid4().hex}"
        published = [word for port in self.ports for word in ("-p", f"127.0.0.1::{port}")]
        done = self.engine._ask(
            "run", "-d", "--name", container, *published, *self.engine.terms, self.name
        )
        try:
            if done.status:
                raise EngineError(
                    f"{self.engine.name} does not start the image: {done.output.strip()}",
                    "look at its log, or use another with --with",
                )
            yield _Running(self.engine, container)
        finally:
            self.engine._ask("rm", "-f", "-v", container)


@dataclass(frozen=True, slots=True)
class _Running:
    engine: Engine
    name: str

    def execute(self, args: Sequence[str], seconds: float, directory: str = "") -> Ended:
        """docker exec."""
        where = ["--workdir", directory] if directory else []
        return self.engine._ask("exec", *where, self.name, *args, seconds=seconds)

    def fetch(self, port: int, path: str, seconds: float) -> Answer:
        """From the port of this machine that leads to `port`."""
        said = self.engine._ask("port", self.name, f"{port}/tcp")
        host, _, number = said.output.strip().partition("\n")[0].rpartition(":")
        if said.status or not number.isdigit():
            return Answer(0, f"port {port} is not one the image exposes")
        return fetched(lambda: socket.create_connection((host, int(number)), seconds), path)

    def running(self) -> bool:
        """Whether it has not ended."""
        said = self.engine._ask("inspect", "--format", "{{.State.Running}}", self.name)
        return said.output.strip() == "true"

    def log(self) -> str:
        """docker logs."""
        return self.engine._ask("logs", self.name).output

    def stop(self, seconds: float) -> Ended:
        """docker stop, which kills it after `seconds`: the status is then 137."""
        self.engine._ask("stop", "-t", str(int(seconds)), self.name, seconds=seconds + 30)
        said = self.engine._ask("inspect", "--format", "{{.State.ExitCode}}", self.name)
        status = said.output.strip()
        return Ended(int(status) if status.isdigit() else 1, self.log())
