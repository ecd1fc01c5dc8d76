"""Which program runs containers here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ironhull.containers._nouns import Runtime
from ironhull.containers.bundles import OciRuntime
from ironhull.containers.engines import Engine
from ironhull.errors import EngineError

__all__ = ["RUNTIMES", "choose_runtime"]

RUNTIMES = ("docker", "podman", "runc", "crun")
"""In the order they are tried: first those that need no rights of their own."""


def choose_runtime(
    name: str,
    environment: Mapping[str, str],
    *,
    confined: bool = True,
    variables: tuple[str, ...] = (),
    volumes: tuple[str, ...] = (),
    ports: tuple[int, ...] = (),
) -> Runtime:
    """The runtime `name`, or ("") the first that works here; `environment` is that of programs.

    `variables` are "NAME=value" for what runs in containers, `volumes` directories of theirs that
    can be written to, `ports` ones to reach besides those images expose; without `confined`
    containers are as the program makes them by itself.

    Raises EngineError that says of each what is missing.
    """
    troubles = []
    for one in (name,) if name else RUNTIMES:
        make = _RUNTIME.get(one, OciRuntime)
        runtime = make(one, environment, confined, variables, volumes, ports)
        trouble = runtime.trouble()
        if not trouble:
            return runtime
        troubles.append(trouble)
    raise EngineError(
        f"no container can be run here: {'; '.join(troubles)}",
        "install Docker or Podman, or as root runc or crun (on Debian: apt-get install runc)",
    )


_RUNTIME: dict[str, Callable[..., Runtime]] = {"docker": Engine, "podman": Engine}
