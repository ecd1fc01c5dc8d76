"""Where a registry is reached: its host, its mirrors, http or https."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

from ironhull.errors import ConfigError
from ironhull.limits import LIMITS
from ironhull.oci.names import DEFAULT_REGISTRY
from ironhull.values import dataclass, field

__all__ = ["DOCKER_HUB", "Endpoint", "Hosts", "is_loopback"]

DOCKER_HUB = "registry-1.docker.io"
"""The host that speaks for docker.io."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One server that may be asked for a registry's images.

    `host` is host[:port], `prefix` what goes before repository names ("" or "dockerhub/"),
    `scheme` "http", "https", or "" where it has to be found out (loopback), `registry` the name
    users know it by and credentials are kept under.
    """

    host: str
    registry: str
    prefix: str = ""
    scheme: str = "https"


@dataclass(frozen=True, slots=True)
class Hosts:
    """What the settings say of registries.

    `mirrors`: registry -> "[http://|https://]host[:port][/prefix]" in the order they are asked
    for what is pulled; `insecure`: hosts spoken to in plain http; `ca_files`: PEM files of further
    authorities; `plain_http`: no TLS with any registry; `read_seconds`: how long silence is borne.
    """

    mirrors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    insecure: frozenset[str] = frozenset()
    ca_files: tuple[str, ...] = ()
    plain_http: bool = False
    read_seconds: float = LIMITS.http_read_seconds

    def endpoint(self, registry: str) -> Endpoint:
        """The server of `registry` itself."""
        host = DOCKER_HUB if registry == DEFAULT_REGISTRY else registry
        return Endpoint(host, registry, "", self._scheme(host, registry))

    def endpoints(self, registry: str) -> tuple[Endpoint, ...]:
        """The servers to pull from, in order: mirrors, then the registry itself."""
        mirrors = (self._mirror(text) for text in self.mirrors.get(registry, ()))
        return (*mirrors, self.endpoint(registry))

    def _mirror(self, text: str) -> Endpoint:
        scheme, mark, rest = text.rpartition("://")
        host, _, prefix = rest.rstrip("/").partition("/")
        if not host or "@" in text or (mark and scheme not in ("http", "https")):
            shown = text.rpartition("@")[2]
            raise ConfigError(
                f"settings: registries.mirrors: {shown!r} is not a mirror",
                "write [https://]host[:port][/prefix], credentials go to `docker login`",
            )
        return Endpoint(host, host, f"{prefix}/" if prefix else "", scheme or self._scheme(host))

    def _scheme(self, *names: str) -> str:
        if self.plain_http or any(name in self.insecure for name in names):
            return "http"
        return "" if is_loopback(names[0]) else "https"


def is_loopback(host: str) -> bool:
    """Whether host[:port] is this machine: localhost, 127.0.0.0/8, [::1]."""
    name = host.partition("]")[0].removeprefix("[") if host[:1] == "[" else host.partition(":")[0]
    if name.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
