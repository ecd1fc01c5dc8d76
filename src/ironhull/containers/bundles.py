"""runc and crun: a bundle (OCI runtime-spec 1.0, bundle.md, config.md) of an image's layers.

As root alone: owners of files are those of the image. There is no daemon, no image store of
another program and no network but the loopback of the container.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

from ironhull.containers._fetching import fetched
from ironhull.containers._namespaces import connected_inside
from ironhull.containers._nouns import NOT_FOUND, TIMED_OUT, Answer, Ended, Save, Service
from ironhull.containers._programs import asked, ended, said, started
from ironhull.containers._rootfs import User, unpack, user_of
from ironhull.errors import EngineError
from ironhull.limits import LIMITS
from ironhull.model import Image
from ironhull.values import dataclass, replace

__all__ = ["OciRuntime"]

_ABSENT = re.compile(
    r"""(?xmi)
    ^ (?: time="[^"\n]*"[ ]level=error[ ]msg=" | ERRO\[\d+\][ ] )
      (?: runc[ ]run | exec )[ ]failed: [^\n]* (?: not[ ]found | no[ ]such[ ]file[ ]or[ ]directory )
    | ^ (?: [\dTZ:.+-]+:?[ ] )? executable[ ]file[ ]`[^`\n]*`[ ]not[ ]found
    """
)
"""What runc and crun write where a program is not there; programs write other things."""
_SYSTEM = ("/usr/sbin", "/sbin")
"""Where distributions put runtimes and a user's PATH does not lead."""


@dataclass(frozen=True, slots=True)
class OciRuntime:
    """`name` is runc or crun; the rest as of `Engine`, every port can be reached."""

    name: str
    environment: Mapping[str, str]
    confined: bool = True
    variables: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()

    def trouble(self) -> str:
        """Why it cannot be used here."""
        if self.program() is None:
            return f"{self.name} is not installed"
        if os.geteuid() != 0:
            return f"{self.name} needs root"
        return ""

    def program(self) -> str | None:
        """Where it is."""
        path = os.pathsep.join((self.environment.get("PATH", ""), *_SYSTEM))
        return shutil.which(self.name, path=path)

    @contextmanager
    def opened(self, image: Image, save: Save) -> Iterator[_Bundle]:
        """Unpack the image; it takes its unpacked size below the directory of temporary files."""
        del save  # the layers are read as they are
        with tempfile.TemporaryDirectory(prefix="ironhull-bundle-") as work:
            root = Path(work) / "rootfs"
            root.mkdir(mode=0o755)
            unpack(image, root)
            config = image.config.get("config") or {}
            yield _Bundle(self, Path(work), dict(config), user_of(config, root))


@dataclass(frozen=True, slots=True)
class _Bundle:
    """An unpacked image in `work`/rootfs; each container gets a directory of its own beside it."""

    runtime: OciRuntime
    work: Path
    config: dict[str, Any]
    user: User

    def given(self, variables: tuple[str, ...]) -> _Bundle:
        """With more variables."""
        more = (*self.runtime.variables, *variables)
        return replace(self, runtime=replace(self.runtime, variables=more))

    def run(self, args: Sequence[str], seconds: float, directory: str = "") -> Ended:
        """A container of its own, gone afterwards."""
        with (
            self._container(args, directory) as container,
            (container.place / "log").open("w+b") as out,
        ):
            process = container.start(out)
            return _told(ended(process, out, seconds))

    @contextmanager
    def serving(self) -> Iterator[Service]:
        """The image's own command."""
        with self._container((), "") as container, (container.place / "log").open("w+b") as out:
            process = container.start(out)
            try:
                yield _Running(container, process, out)
            finally:
                container.ask("kill", container.name, "KILL")
                ended(process, out, LIMITS.engine_read_seconds)

    @contextmanager
    def _container(self, args: Sequence[str], directory: str) -> Iterator[_Container]:
        name = f"ironhull-{uuid4().hex}"
        place = self.work / name
        place.mkdir()
        process = {
            "user": {"uid": self.user.uid, "gid": self.user.gid},
            "args": list(args) or self._command(),
            "env": self._environment(),
            "cwd": directory or self.config.get("WorkingDir") or "/",
            "noNewPrivileges": self.runtime.confined,
            **({} if self.runtime.confined else {"capabilities": dict.fromkeys(_SETS, _GRANTED)}),
        }
        document = {
            "ociVersion": "1.0.2",
            "process": process,
            "root": {"path": str(self.work / "rootfs"), "readonly": self.runtime.confined},
            "hostname": "ironhull",
            "mounts": [*_MOUNTS, *self._volumes(place)],
            "linux": {"namespaces": [{"type": kind} for kind in _NAMESPACES]},
        }
        (place / "config.json").write_text(json.dumps(document), "utf-8")
        container = _Container(self, name, place)
        try:
            yield container
        finally:
            container.ask("delete", "--force", name)
            shutil.rmtree(place, ignore_errors=True)

    def _command(self) -> list[str]:
        words = [*(self.config.get("Entrypoint") or ()), *(self.config.get("Cmd") or ())]
        if not words:
            raise EngineError("the image has no command", "give it an entrypoint or cmd")
        return words

    def _environment(self) -> list[str]:
        given = [f"HOME={self.user.home}", *(self.config.get("Env") or ())]
        named = {one.partition("=")[0]: one for one in (*given, *self.runtime.variables)}
        return list(named.values())

    def _volumes(self, place: Path) -> list[dict[str, Any]]:
        """A new copy of each volume's directory, writable."""
        mounts = []
        for number, path in enumerate(
            sorted({*(self.config.get("Volumes") or {}), *self.runtime.volumes})
        ):
            there = self.work / "rootfs" / path.strip("/")
            copy = place / f"volume-{number}"
            if not there.is_dir() or there.is_symlink():
                continue
            subprocess.run(["/bin/cp", "-a", str(there), str(copy)], check=True)
            options = ["bind", "rw", "nosuid", "nodev"]
            mounts.append(
                {"destination": path, "type": "bind", "source": str(copy), "options": options}
            )
        return mounts


@dataclass(frozen=True, slots=True)
class _Container:
    bundle: _Bundle
    name: str
    place: Path

    def words(self, *words: str) -> list[str]:
        """A call of the runtime with a directory of its own for what it remembers."""
        program = self.bundle.runtime.program() or self.bundle.runtime.name
        cgroups = ["--cgroup-manager", "disabled"] if self.bundle.runtime.name == "crun" else []
        return [program, *cgroups, "--root", str(self.bundle.work / "state"), *words]

    def start(self, out: IO[bytes]) -> subprocess.Popen[bytes]:
        """Run it in the foreground of a process of ours."""
        words = self.words("run", "--bundle", str(self.place), self.name)
        try:
            return started(words, self.bundle.runtime.environment, out)
        except OSError as trouble:
            raise EngineError(f"{words[0]} cannot be run: {trouble.strerror}") from None

    def ask(self, *words: str, seconds: float = LIMITS.engine_read_seconds) -> Ended:
        """Another call about it."""
        return asked(self.words(*words), seconds, self.bundle.runtime.environment)

    def state(self) -> dict[str, Any]:
        """What the runtime knows of it; empty for nothing."""
        told = self.ask("state", self.name)
        try:
            found = json.loads(told.output) if not told.status else {}
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True)
class _Running:
    container: _Container
    process: subprocess.Popen[bytes]
    out: IO[bytes]

    def execute(self, args: Sequence[str], seconds: float, directory: str = "") -> Ended:
        """As the image's user, like the container's own process."""
        user = self.container.bundle.user
        where = ["--cwd", directory] if directory else []
        who = ["--user", f"{user.uid}:{user.gid}"]
        name = self.container.name
        return _told(self.container.ask("exec", *where, *who, name, *args, seconds=seconds))

    def fetch(self, port: int, path: str, seconds: float) -> Answer:
        """From inside the container's network."""
        pid = self.container.state().get("pid")
        if not isinstance(pid, int) or pid <= 0:
            return Answer(0, "the container does not run")
        return fetched(lambda: connected_inside(pid, ("127.0.0.1", port), seconds), path)

    def running(self) -> bool:
        """Whether it has not ended."""
        return self.process.poll() is None

    def log(self) -> str:
        """What it wrote so far."""
        return said(self.out)

    def stop(self, seconds: float) -> Ended:
        """Send the image's stop signal and wait."""
        wanted = str(self.container.bundle.config.get("StopSignal") or "SIGTERM")
        self.container.ask("kill", self.container.name, wanted.removeprefix("SIG"))
        end = time.monotonic() + seconds
        while self.running() and time.monotonic() < end:
            time.sleep(0.05)
        if self.running():
            self.container.ask("kill", self.container.name, "KILL")
            self.process.wait()
            return Ended(128 + signal.SIGKILL, self.log())
        return Ended(self.process.returncode, self.log())


def _told(done: Ended) -> Ended:
    """Runtimes answer 1 or 255 for a program that is not there; engines say 127."""
    if done.status not in (0, TIMED_OUT) and _ABSENT.search(done.output):
        return Ended(NOT_FOUND, done.output)
    return done


_GRANTED = (
    *("CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_MKNOD"),
    *("CAP_NET_BIND_SERVICE", "CAP_NET_RAW", "CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP"),
    *("CAP_SETUID", "CAP_SYS_CHROOT", "CAP_AUDIT_WRITE"),
)
"""What engines leave root by themselves."""
_SETS = ("bounding", "effective", "permitted")
_NAMESPACES = ("pid", "mount", "ipc", "uts", "network")
_TMPFS = ["nosuid", "noexec", "nodev", "mode=1777"]
_MOUNTS: tuple[dict[str, Any], ...] = (
    {"destination": "/proc", "type": "proc", "source": "proc"},
    {
        "destination": "/dev",
        "type": "tmpfs",
        "source": "tmpfs",
        "options": ["nosuid", "mode=755"],
    },
    {"destination": "/dev/shm", "type": "tmpfs", "source": "shm", "options": _TMPFS},  # noqa: S108 - in the container
    {"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": _TMPFS},  # noqa: S108 - in the container
)
