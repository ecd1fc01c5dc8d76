"""Reading an image in a process of its own, with limits on its memory and its time."""

import json
import os
import resource
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ironhull.catalog import PATTERNS, PROBES, catalog
from ironhull.errors import Error
from ironhull.formats import SBOM_FORMATS
from ironhull.model import Sbom, Subject
from ironhull.oci.tree import read_tree
from ironhull.sources import open_image
from ironhull.subject import subject_of
from tests.trees import DictTree

MIB = 1024 * 1024
NOBODY = 65534


@dataclass(frozen=True)
class Outcome:
    """How a reading ended: `error` is the message of an Error, "" if there was a result.

    `crash` names what else escaped, a signal or the clock; it must be "".
    """

    error: str = ""
    crash: str = ""
    packages: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def said(self) -> str:
        """All it said, a line each."""
        return "\n".join((self.error, *self.problems))


def read(
    reference: str, *, mib: int = 512, seconds: int = 60, unprivileged: bool = False
) -> Outcome:
    """Open `reference`, list what is in it and write the list in every format.

    The process may take `mib` MiB of address space beyond what it starts with, and `seconds`.
    """
    return apart(lambda: _told(reference), mib=mib, seconds=seconds, unprivileged=unprivileged)


def apart(
    work: Callable[[], Outcome], *, mib: int = 512, seconds: int = 60, unprivileged: bool = False
) -> Outcome:
    """Run `work` in a forked process."""
    _loaded()
    receiver, sender = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(receiver)
        try:
            _limited(mib, seconds, unprivileged=unprivileged)
            outcome = _caught(work)
            with open(sender, "wb") as pipe:  # noqa: PTH123 - a descriptor
                pipe.write(json.dumps(vars(outcome)).encode())
        finally:
            os._exit(0)
    os.close(sender)
    with open(receiver, "rb") as pipe:  # noqa: PTH123 - a descriptor
        data = pipe.read()
    _, status = os.waitpid(child, 0)
    if not data:
        name = signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else "nothing"
        return Outcome(crash=f"ended by {name} (the clock is SIGALRM, memory SIGKILL)")
    value = json.loads(data)
    return Outcome(**{k: tuple(v) if isinstance(v, list) else v for k, v in value.items()})


def _limited(mib: int, seconds: int, *, unprivileged: bool) -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + mib * MIB
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(seconds)
    if unprivileged and os.getuid() == 0:
        os.setgid(NOBODY)
        os.setuid(NOBODY)


def _caught(work: Callable[[], Outcome]) -> Outcome:
    try:
        return work()
    except Error as error:
        return Outcome(error=str(error))
    except BaseException as error:  # noqa: BLE001 - to be told what it was
        import traceback

        last = traceback.extract_tb(error.__traceback__)[-1]
        return Outcome(crash=f"{type(error).__name__}: {error} ({last.filename}:{last.lineno})")


def _told(reference: str) -> Outcome:
    import tempfile

    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        image = open_image(reference, images=Path(place))
        tree, problems = read_tree(image, PATTERNS, PROBES)
        found = catalog(tree, subject_of(image, disk_size=tree.disk_size))
    _write(found)
    return Outcome(
        packages=tuple(f"{package.name} {package.version}" for package in found.packages),
        problems=tuple(
            f"{item.stage}: {item.where}: {item.message}".encode("utf-8", "replace").decode()
            for item in (*problems, *found.problems)
        )[:200],
        seconds=time.monotonic() - begun,
    )


def _write(found: Sbom) -> None:
    for form in SBOM_FORMATS:
        written = form.write(found, created="2026-01-01T00:00:00Z")
        if form.name != "list":
            json.loads(written)


@cache
def _loaded() -> None:
    """Import here what every reading imports when it is first needed."""
    _write(catalog(DictTree({}, probes=PROBES), Subject(name="x", digest="")))
