"""The tests of a definition, run in containers of the image it made."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ironhull.builders.debian_base.definition import BaseTest, Definition
from ironhull.containers import NOT_FOUND, Ended, Place, Runtime, Service
from ironhull.model import Image
from ironhull.store.images import ImageStore
from ironhull.values import dataclass

__all__ = ["Tried", "ctrf", "tried"]

_SHELLS = ("sh", "bash", "dash", "busybox")
_AGAIN_SECONDS = 0.2
_SHELL_SECONDS = 30.0
_END_SECONDS = 30.0
_SHOWN = 2_000  # characters of output in a reason
_KILLED = 137


@dataclass(frozen=True, slots=True)
class Tried:
    """A test that was run; `reason` says why it failed, "" where it passed."""

    name: str
    reason: str
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether it did."""
        return not self.reason


def tried(
    image: Image, definition: Definition, runtime: Runtime, store: ImageStore
) -> Iterator[Tried]:
    """Run the tests of `definition`; of a runtime image also that it is one.

    That is: its user is not root by number, and no shell can be started. Raises EngineError where
    containers cannot be run, ImageError for an image that cannot be unpacked.
    """

    def save(path: Path, name: str) -> None:
        store.export(image, "docker-archive", path, name, attestations=False)

    with runtime.opened(image, save) as place:
        if definition.variant == "runtime":
            yield _timed("runs as a user with a number, not as root", partial(_user, image))
            yield _timed("has no shell", partial(_no_shell, place))
        for test in definition.tests:
            run = _beside if test.service else _alone
            yield _timed(test.name, partial(run, test, place.given(test.environment)))


def ctrf(results: Sequence[Tried], tool: str) -> dict[str, Any]:
    """A report in the Common Test Report Format (ctrf.io), which `ironhull attest` takes."""
    failed = sum(not one.passed for one in results)
    none = dict.fromkeys(("pending", "skipped", "other"), 0)
    count = {"tests": len(results), "passed": len(results) - failed, "failed": failed, **none}
    return {
        "results": {"tool": {"name": tool}, "summary": count, "tests": list(map(_case, results))}
    }


def _case(one: Tried) -> dict[str, Any]:
    case = {
        "name": one.name,
        "status": "passed" if one.passed else "failed",
        "duration": round(one.seconds * 1000),
    }
    return case if one.passed else {**case, "message": one.reason}


def _timed(name: str, run: Callable[[], str]) -> Tried:
    began = time.monotonic()
    reason = run()
    return Tried(name, reason, time.monotonic() - began)


# ── what every runtime image has to be ───────────────────────────────────────────────────────────


def _user(image: Image) -> str:
    user = str((image.config.get("config") or {}).get("User") or "")
    number = user.partition(":")[0]
    return "" if number.isdigit() and int(number) else f"its user is {user or 'root'!r}"


def _no_shell(place: Place) -> str:
    for shell in _SHELLS:
        done = place.run((shell, "-c", "exit 0"), _SHELL_SECONDS)
        if done.status != NOT_FOUND:
            return f"{shell} was looked for and not found missing: {_shown(done)}"
    return ""


# ── what its definition says ─────────────────────────────────────────────────────────────────────


def _alone(test: BaseTest, place: Place) -> str:
    return _wrong(test, lambda args: place.run(args, test.seconds, test.directory), "")


def _beside(test: BaseTest, place: Place) -> str:
    end = time.monotonic() + test.seconds
    with place.serving() as service:
        while reason := _asked(test, service):
            if not service.running():
                return f"the image's command ended: {_shown(service.stop(_END_SECONDS))}"
            if time.monotonic() > end:
                return f"{reason}; the image's command wrote {service.log()[-_SHOWN:]!r}"
            time.sleep(_AGAIN_SECONDS)
        ended = service.stop(_END_SECONDS)
    return f"does not stop when asked to: {_shown(ended)}" if ended.status == _KILLED else ""


def _asked(test: BaseTest, service: Service) -> str:
    body = ""
    if test.fetch is not None:
        port, path = test.fetch
        answer = service.fetch(port, path, test.seconds)
        if not 200 <= answer.status < 400:
            return f"GET :{port}{path}: {answer.status or 'no answer'}: {answer.body[:_SHOWN]!r}"
        body = answer.body
    return _wrong(test, lambda args: service.execute(args, test.seconds, test.directory), body)


def _wrong(test: BaseTest, run: Callable[[Sequence[str]], Ended], said: str) -> str:
    for command in test.commands:
        done = run(command)
        if done.status != test.exit_code:
            return f"{' '.join(command)}: {_shown(done)}, not {test.exit_code}"
        said += done.output
    if not re.search(test.output, said):
        return f"{test.output!r} is not in {said[-_SHOWN:]!r}"
    return ""


def _shown(done: Ended) -> str:
    return f"exit status {done.status}: {done.output.strip()[-_SHOWN:]!r}"
