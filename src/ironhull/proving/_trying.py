"""Trying an image: started as it is deployed, asked what it is there for, asked for a shell."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ironhull.containers import TIMED_OUT, Place, Runtime, Service
from ironhull.hardening import Smoke, Trial
from ironhull.limits import LIMITS
from ironhull.model import Image

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["CONFINED", "try_image"]

CONFINED = (
    "--read-only",
    "--tmpfs /tmp",
    "--cap-drop ALL",
    "--security-opt no-new-privileges",
)
"""How a hardened image is run, in the words of `docker run`."""

SHELLS = ("sh", "bash", "ash", "dash", "busybox")
_ANSWER = 42
_SERVER_ERROR = 500
_CLIENT_ERROR = 400
_PAUSE_SECONDS = 0.25
_STARTED_SECONDS = 5.0
_LOG_LINES = 20
_SAID = 200  # characters of an answer that are shown

_Outcome = tuple[bool, str, tuple[str, ...]]
"""Passed, what was said, the end of the log."""


def try_image(
    image: Image,
    runtime: Runtime,
    smoke: Smoke,
    port: int,
    save: Callable[[Path, str], None],
    *,
    confined: bool,
) -> Trial:
    """Run `image` with `runtime` and see whether it passes; `port` is its first (0: none).

    `save` writes it as an archive under a name; `confined` says how `runtime` runs it. Raises
    EngineError, ImageError, StoreError.
    """
    how = (*(CONFINED if confined else ()), *(f"--volume {path}" for path in smoke.volumes))
    with runtime.opened(image, save) as place:
        passed, said, log = _tried(image, place, smoke, port)
        shell = _shell_of(place)
    return Trial(smoke.shown, passed, said, how, str(_config(image).get("User") or ""), shell, log)


def _tried(image: Image, place: Place, smoke: Smoke, port: int) -> _Outcome:
    kind = smoke.kind or ("any" if port else "starts")
    if kind == "run":
        return _run(image, place, smoke)
    if kind == "starts":
        return _starts(place, smoke)
    port = smoke.port or port
    if not port:
        return False, "the image exposes no port to ask: say which, as in GET :8080/", ()
    most = _SERVER_ERROR if kind == "any" else _CLIENT_ERROR
    return _answers(image, place, smoke, (port, most))


def _run(image: Image, place: Place, smoke: Smoke) -> _Outcome:
    config = _config(image)
    words = smoke.words or tuple(config.get("Cmd") or ())
    words = (*(config.get("Entrypoint") or ()), *words)
    done = place.run(words, smoke.seconds)
    if done.status == TIMED_OUT:
        return False, f"it did not end in {smoke.seconds:.0f} seconds", _log(done.output)
    if done.status:
        return False, f"exit status {done.status}{_last(done.output)}", _log(done.output)
    return _expected(smoke, done.output, "exit status 0", done.output)


def _starts(place: Place, smoke: Smoke) -> _Outcome:
    with place.serving() as service:
        end = time.monotonic() + min(_STARTED_SECONDS, smoke.seconds)
        while service.running() and time.monotonic() < end:
            time.sleep(_PAUSE_SECONDS)
        if service.running():
            return _expected(smoke, service.log(), "it runs", service.log())
        done = service.stop(1)
    if done.status:
        return False, f"exit status {done.status}{_last(done.output)}", _log(done.output)
    return _expected(smoke, done.output, "exit status 0", done.output)


def _answers(image: Image, place: Place, smoke: Smoke, asked: tuple[int, int]) -> _Outcome:
    """Asked until it answers well: `asked` are the port and the first status that is no answer."""
    port, most = asked
    with place.serving() as service:
        end = time.monotonic() + smoke.seconds
        while True:
            answer = service.fetch(port, smoke.path, max(1.0, end - time.monotonic()))
            if 0 < answer.status < most:
                break
            if not service.running():
                log = service.log()
                return False, f"it ended{_last(log)}", _log(log)
            if time.monotonic() > end:
                what = f"status {answer.status}" if answer.status else f"no answer ({answer.body})"
                return False, f"port {port}: {what}", _log(service.log())
            time.sleep(_PAUSE_SECONDS)
        found = _expected(smoke, answer.body, f"status {answer.status}", service.log())
        return found if not found[0] else _healthy(image, service, found, end)


def _healthy(image: Image, service: Service, found: _Outcome, end: float) -> _Outcome:
    """What its own HEALTHCHECK says, where there is one; asked until it is content."""
    command = _probe(_config(image))
    if not command:
        return found
    while True:
        done = service.execute(command, max(1.0, end - time.monotonic()))
        if not done.status:
            return True, f"{found[1]}, its health check is content", ()
        if time.monotonic() > end:
            said = f"its health check ends with {done.status}{_last(done.output)}"
            return False, f"{found[1]}, but {said}", _log(done.output)
        time.sleep(_PAUSE_SECONDS)


def _probe(config: Mapping[str, Any]) -> tuple[str, ...]:
    """The command of a HEALTHCHECK (Docker image-spec 1.2, Healthcheck.Test)."""
    check = config.get("Healthcheck") or {}
    test: tuple[str, ...] = tuple(check.get("Test") or ())
    if test[:1] == ("CMD",):
        return test[1:]
    return ("/bin/sh", "-c", *test[1:2]) if test[:1] == ("CMD-SHELL",) else ()


def _expected(smoke: Smoke, body: str, said: str, log: str) -> _Outcome:
    if smoke.expect and smoke.expect not in body:
        start = " ".join(body.split())[:_SAID]
        return False, f"{said}, without {smoke.expect!r} in {start!r}", _log(log)
    return True, said, ()


def _shell_of(place: Place) -> str:
    """The first shell that runs in it, "" where none does."""
    for name in SHELLS:
        words = (name, "sh") if name == "busybox" else (name,)
        done = place.run((*words, "-c", "exit 42"), LIMITS.engine_read_seconds)
        if done.status == _ANSWER:
            return name
    return ""


def _config(image: Image) -> Mapping[str, Any]:
    config = image.config.get("config")
    return config if isinstance(config, dict) else {}


def _last(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return f": {lines[-1][:_SAID]}" if lines else ""


def _log(output: str) -> tuple[str, ...]:
    return tuple(output.splitlines()[-_LOG_LINES:])
