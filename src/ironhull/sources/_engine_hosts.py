"""Where container engines listen: environment, Docker contexts, Podman connections, usual sockets.

Precedence as the Docker CLI has it (docker/cli, "docker context"): DOCKER_HOST, DOCKER_CONTEXT, the
`currentContext` of config.json, the usual sockets. Podman: CONTAINER_HOST, the default of
podman-connections.json, the usual sockets (podman-remote(1), podman-system-service(1)).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ironhull.errors import EngineError
from ironhull.limits import LIMITS
from ironhull.values import dataclass

__all__ = ["Endpoint", "Tls", "docker_endpoints", "podman_endpoints"]

_USUAL = "usual socket"
_CLIENT_FILES = ("cert.pem", "key.pem")


@dataclass(frozen=True, slots=True)
class Tls:
    """Files of a TLS connection (paths, "" for none); `verify`: the server must be who it says."""

    ca: str = ""
    cert: str = ""
    key: str = ""
    verify: bool = True


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address of an engine; `kind` is docker or podman, `said` tells where it was found.

    `url` is unix://PATH, tcp://HOST:PORT or ssh://[USER@]HOST[:PORT][/PATH]; `identity` a key file
    for ssh.
    """

    kind: str
    url: str
    said: str = _USUAL
    tls: Tls | None = None
    identity: str = ""

    @property
    def chosen(self) -> bool:
        """Whether somebody asked for this address."""
        return self.said != _USUAL

    def __str__(self) -> str:
        return self.url if self.said == _USUAL else f"{self.url} ({self.said})"


def docker_endpoints(environment: Mapping[str, str]) -> tuple[Endpoint, ...]:
    """Where Docker may be, the most likely first; one only where somebody chose it.

    Raises EngineError for a context that is not there or cannot be read.
    """
    host = environment.get("DOCKER_HOST", "")
    if host:
        return (Endpoint("docker", _normal(host), "DOCKER_HOST", _environment_tls(environment)),)
    config = _docker_config(environment)
    name, said = environment.get("DOCKER_CONTEXT", ""), "DOCKER_CONTEXT"
    if not name:
        name, said = _string(_json(config / "config.json"), "currentContext"), "currentContext"
    if name not in ("", "default"):
        return (_context(config, name, said),)
    paths = ["/var/run/docker.sock", *_runtime(environment, "docker.sock")]
    home = environment.get("HOME", "")
    if home:
        paths += [f"{home}/.docker/run/docker.sock", f"{home}/.docker/desktop/docker.sock"]
    tls = _environment_tls(environment)  # stands for the usual sockets too, where it means nothing
    return tuple(Endpoint("docker", f"unix://{path}", _USUAL, tls) for path in dict.fromkeys(paths))


def podman_endpoints(environment: Mapping[str, str]) -> tuple[Endpoint, ...]:
    """Where the Podman service may be, as `docker_endpoints`."""
    host = environment.get("CONTAINER_HOST", "")
    if host:
        key = environment.get("CONTAINER_SSHKEY", "")
        return (Endpoint("podman", _normal(host), "CONTAINER_HOST", identity=key),)
    if found := _connection(environment):
        return (found,)
    paths = [*_runtime(environment, "podman/podman.sock"), "/run/podman/podman.sock"]
    return tuple(Endpoint("podman", f"unix://{path}") for path in dict.fromkeys(paths))


def _normal(host: str) -> str:
    """`unix:/path` and a bare `/path` are unix://; without a scheme it is tcp://."""
    if host.startswith("unix:") and not host.startswith("unix://"):
        return "unix://" + host.removeprefix("unix:")
    if host.startswith("/"):
        return f"unix://{host}"
    return host if "://" in host else f"tcp://{host}"


def _runtime(environment: Mapping[str, str], name: str) -> Iterator[str]:
    """The socket `name` of an engine that runs without root."""
    if place := environment.get("XDG_RUNTIME_DIR", ""):
        yield f"{place}/{name}"
    yield f"/run/user/{os.getuid()}/{name}"


def _docker_config(environment: Mapping[str, str]) -> Path:
    place = environment.get("DOCKER_CONFIG", "")
    return Path(place) if place else Path(environment.get("HOME", "/nonexistent")) / ".docker"


def _environment_tls(environment: Mapping[str, str]) -> Tls | None:
    """DOCKER_TLS_VERIFY checks who the server is; DOCKER_CERT_PATH or DOCKER_TLS alone do not."""
    verify = environment.get("DOCKER_TLS_VERIFY", "") != ""
    place = environment.get("DOCKER_CERT_PATH", "")
    if not (verify or place or environment.get("DOCKER_TLS", "")):
        return None
    return _tls(Path(place) if place else _docker_config(environment), verify=verify)


def _tls(place: Path, *, verify: bool) -> Tls:
    ca = place / "ca.pem"
    cert, key = (place / name for name in _CLIENT_FILES)
    both = _is_file(cert) and _is_file(key)
    return Tls(
        ca=str(ca) if _is_file(ca) else "",
        cert=str(cert) if both else "",
        key=str(key) if both else "",
        verify=verify,
    )


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # in a directory we may not enter
        return False


def _context(config: Path, name: str, said: str) -> Endpoint:
    """A context of `docker context create` (docker/cli, cli/context/store)."""
    import hashlib

    number = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()
    meta = config / "contexts" / "meta" / number / "meta.json"
    if not _is_file(meta):
        raise EngineError(
            f"Docker context {name!r} ({said}): there is none in {config}",
            "see `docker context ls`, or set DOCKER_HOST",
        )
    endpoints = _json(meta).get("Endpoints")
    docker = endpoints.get("docker") if isinstance(endpoints, dict) else None
    host = _string(docker, "Host") if isinstance(docker, dict) else ""
    if not isinstance(docker, dict) or not host:
        raise EngineError(f"Docker context {name!r}: {meta} names no Docker host", "make it anew")
    files = config / "contexts" / "tls" / number / "docker"
    verify = docker.get("SkipTLSVerify") is not True
    some = any(_is_file(files / name) for name in ("ca.pem", *_CLIENT_FILES))
    tls = _tls(files, verify=verify) if some or not verify else None
    return Endpoint("docker", _normal(host), f"Docker context {name}", tls)


def _connection(environment: Mapping[str, str]) -> Endpoint | None:
    """The default of `podman system connection` (podman 5, podman-connections.json)."""
    home = environment.get("XDG_CONFIG_HOME", "") or environment.get("HOME", "") + "/.config"
    file = _json(Path(home) / "containers" / "podman-connections.json")
    known = file.get("Connection")
    if not isinstance(known, dict):
        return None
    name = environment.get("CONTAINER_CONNECTION", "") or _string(known, "Default")
    rows = known.get("Connections")
    row = rows.get(name) if isinstance(rows, dict) else None
    uri = _string(row, "URI") if isinstance(row, dict) else ""
    if not isinstance(row, dict) or not uri:
        return None
    said = f"Podman connection {name}"
    return Endpoint("podman", _normal(uri), said, identity=_string(row, "Identity"))


def _json(path: Path) -> dict[str, Any]:
    """The object in a settings file of another tool; empty where there is none."""
    if not _is_file(path):
        return {}
    import json

    try:
        with path.open("rb") as file:
            data = file.read(LIMITS.definition_bytes + 1)
        found = json.loads(data) if len(data) <= LIMITS.definition_bytes else None
    except (OSError, ValueError, RecursionError) as error:
        reason = getattr(error, "strerror", None) or "not JSON"
        raise EngineError(f"{path}: cannot be read: {reason}", "repair or remove it") from None
    if not isinstance(found, dict):
        raise EngineError(f"{path}: not a JSON object of settings", "repair or remove it")
    return found


def _string(item: Mapping[str, Any], key: str) -> str:
    value = item.get(key)
    return value if isinstance(value, str) else ""
