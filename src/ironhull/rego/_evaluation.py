"""Asking the process that evaluates: one module after the other, each within its time."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ironhull.errors import PolicyError
from ironhull.limits import LIMITS
from ironhull.rego._process import EndedError, Process, SlowError
from ironhull.values import dataclass, field

__all__ = ["Builtin", "Module", "Outcome", "available", "evaluate"]


@dataclass(frozen=True, slots=True)
class Builtin:
    """A function policies may call: its number of arguments, and what answers.

    `function` takes and gives JSON values; what it raises fails the module that called it. It is
    asked once for the same arguments, whichever modules call.
    """

    arguments: int
    function: Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Module:
    """A Rego module: `name` stands in messages, `config` is its `data.config`.

    `query` is what is asked for; "" asks for the whole document of its package. `beside` are
    modules (name, source) it is evaluated with: its tests.
    """

    name: str
    source: str
    config: Mapping[str, Any] = field(default_factory=dict)
    query: str = ""
    beside: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a module said: `value` is its document (None: undefined) unless there is an `error`.

    `error` is one line, `line` and `column` (from 1; 0 where it is about no place) are in the
    source. `prints` are the lines of `print()`, `seconds` the time of the evaluation.
    """

    name: str
    value: Any = None
    error: str = ""
    line: int = 0
    column: int = 0
    prints: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def where(self) -> str:
        """`name`, with line and column where they are known."""
        return f"{self.name}:{self.line}:{self.column}" if self.line else self.name


class _BusyError(PolicyError):
    """A module asks for more than it gets; `evaluate` makes an outcome of it."""


def available() -> bool:
    """Whether the engine is installed (extra `policy`)."""
    from importlib.util import find_spec

    return find_spec("regorus") is not None


def evaluate(
    modules: Sequence[Module],
    document: Mapping[str, Any] | bytes,
    builtins: Mapping[str, Builtin],
    *,
    seconds: float = LIMITS.policy_seconds,
    memory: int = LIMITS.policy_bytes,
) -> Iterator[Outcome]:
    """What each of `modules` says of the input `document` (JSON), in their order.

    A module gets `seconds` of wall time, its built-in functions time of their own
    (`LIMITS.policy_answering_seconds`), and the process of all `memory` bytes; one that needs more
    is stopped and says so in its outcome, the others go on. Raises PolicyError where the engine is
    not there.
    """
    if not available():
        raise PolicyError(
            "policies need the Rego engine, which is not installed",
            "pip install 'ironhull[policy]'",
        )
    said = document if isinstance(document, bytes) else json.dumps(document).encode()
    if b"\n" in said:
        said = json.dumps(json.loads(said)).encode()
    opening = {
        "memory": memory + len(said),
        "builtins": {name: builtin.arguments for name, builtin in builtins.items()},
    }
    process: Process | None = None
    try:
        for module in modules:
            if len(module.source) > LIMITS.policy_source_bytes:
                yield Outcome(module.name, error=f"larger than {LIMITS.policy_source_bytes} bytes")
                continue
            if process is None:
                process = Process(json.dumps(opening).encode(), said)
            try:
                yield _asked(process, module, builtins, seconds)
            except (SlowError, EndedError, _BusyError) as trouble:
                error = _stopped(trouble, seconds, memory)
            else:
                continue
            process.close()
            process = None
            yield Outcome(module.name, error=error)
    finally:
        if process is not None:
            process.close()


def _stopped(trouble: PolicyError, seconds: float, memory: int) -> str:
    """Why a module was stopped, in a line."""
    if isinstance(trouble, SlowError):
        return f"stopped: it took more than {seconds:g} s"
    if isinstance(trouble, EndedError):
        return f"stopped: it took more than {memory >> 20} MiB of memory, or broke down"
    return trouble.message


def _asked(
    process: Process, module: Module, builtins: Mapping[str, Builtin], seconds: float
) -> Outcome:
    process.send(
        {
            "name": module.name,
            "source": module.source,
            "config": dict(module.config),
            "query": module.query,
            "beside": module.beside,
        }
    )
    left, answering = seconds, LIMITS.policy_answering_seconds
    for _ in range(LIMITS.policy_calls):
        message, took = process.receive(left)
        left -= took
        if "call" not in message:
            return _outcome(module, message)
        name, began = message["call"], time.monotonic()
        process.send(_called(builtins[name], name, message["arguments"]))
        answering -= time.monotonic() - began
        if answering <= 0:
            most = f"{LIMITS.policy_answering_seconds:g} s"
            raise _BusyError(f"stopped: what it asks for took more than {most}, last {name}")
    raise _BusyError(f"stopped: it calls functions more than {LIMITS.policy_calls} times")


def _called(builtin: Builtin, name: str, arguments: Sequence[Any]) -> dict[str, Any]:
    """The answer to a call: whatever goes wrong is the policy's trouble, named, not the run's."""
    try:
        return {"value": builtin.function(*arguments)}
    except Exception as trouble:  # noqa: BLE001 - told to the policy that called
        said = " ".join(str(trouble).split()) or type(trouble).__name__
        return {"error": f"{name}: {said}"}


_PLACE = re.compile(r"--> .*?:(\d+):(\d+)\n")
_RAISED = re.compile(r"extension '[^']+' raises Python error: \w+: ")


def _outcome(module: Module, message: Mapping[str, Any]) -> Outcome:
    prints = tuple(str(line) for line in message.get("prints") or ())
    took = float(message.get("seconds", 0))
    if "error" not in message:
        return Outcome(module.name, message.get("value"), prints=prints, seconds=took)
    told = str(message["error"])
    place = _PLACE.search(f"{told}\n")
    said = told.partition("\nerror: ")[2] if place else told
    return Outcome(
        module.name,
        error=" ".join(_RAISED.sub("", said).split()) or "cannot be evaluated",
        line=int(place[1]) if place else 0,
        column=int(place[2]) if place else 0,
        prints=prints,
        seconds=took,
    )
