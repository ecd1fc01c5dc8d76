"""Registries: pulling, pushing, listing and referrers (OCI distribution-spec 1.1).

    registries = Registries(hosts=Hosts(), keychain=Keychain(files), user_agent="ironhull/1.0")
    repository = registries.repository(Reference.parse("docker.io/library/debian:13"))
    document = repository.manifest("13")

Credentials are looked up when a registry asks for them, go to it and its token server alone, and
into no message. Errors: RegistryError (AbsentError where there is nothing, DeniedError).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

from ironhull.errors import RegistryError
from ironhull.oci.names import Reference
from ironhull.registry._session import AbsentError, DeniedError, Request, Session
from ironhull.registry.credentials import Credential, Keychain, credential_files
from ironhull.registry.hosts import Endpoint, Hosts, is_loopback
from ironhull.registry.repository import Document, Repository
from ironhull.transport import Wire

__all__ = [
    "AbsentError",
    "Credential",
    "DeniedError",
    "Document",
    "Endpoint",
    "Hosts",
    "Keychain",
    "Registries",
    "Repository",
    "credential_files",
    "is_loopback",
]


class Registries:
    """The registries of a run: connections and tokens, which threads share.

    `proxies` as in Transport; registries on this machine are reached without. `offline` refuses
    all but those. `pause` waits between tries (seconds).
    """

    def __init__(
        self,
        *,
        hosts: Hosts,
        keychain: Keychain,
        user_agent: str,
        proxies: Mapping[str, str] | None = None,
        offline: bool = False,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._hosts = hosts
        self._keychain = keychain
        self._offline = offline
        self._pause = pause
        self._lock = threading.Lock()
        self._sessions: dict[Endpoint, Session] = {}

        def wire(proxies: Mapping[str, str] | None) -> Wire:
            return Wire(
                user_agent, proxies, ca_files=hosts.ca_files, read_seconds=hosts.read_seconds
            )

        self._wire, self._local = wire(proxies), wire({})

    def repository(self, reference: Reference) -> Repository:
        """The repository `reference` names; nothing is asked yet."""
        registry, name = reference.registry, reference.repository
        sessions = [self._session(endpoint) for endpoint in self._hosts.endpoints(registry)]
        return Repository(registry, name, sessions, self._pause)

    def ping(self, registry: str) -> None:
        """Whether `registry` answers and lets us in (GET /v2/); raises RegistryError if not."""
        self._session(self._hosts.endpoint(registry)).send(Request("GET", "")).close()

    def _session(self, endpoint: Endpoint) -> Session:
        local = is_loopback(endpoint.host)
        if self._offline and not local:
            raise RegistryError(f"{endpoint.host}: not asked, offline", "unset IRONHULL_OFFLINE")
        with self._lock:
            if endpoint not in self._sessions:
                wire = self._local if local else self._wire
                self._sessions[endpoint] = Session(endpoint, wire, self._keychain, self._pause)
            return self._sessions[endpoint]
