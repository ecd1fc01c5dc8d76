"""Credentials of registries, from where Docker and Podman keep them.

Docker: `config.json` (docs.docker.com/reference/cli/docker, "Configuration files"; the helper
protocol of docker/docker-credential-helpers). Podman: `auth.json` (containers-auth.json(5)), whose
keys may name a namespace of a registry. Files are read when a registry asks for credentials.
"""

from __future__ import annotations

import base64
import binascii
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ironhull.errors import RegistryError
from ironhull.limits import LIMITS
from ironhull.oci.names import DEFAULT_REGISTRY
from ironhull.values import dataclass, field

__all__ = ["Credential", "Keychain", "credential_files"]

_HUB_KEYS = ("docker.io", "index.docker.io", "registry-1.docker.io")
_HUB_SERVER = "https://index.docker.io/v1/"
_HELPER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_IDENTITY = "<token>"
_ABSENT = ("credentials not found", "no credentials server url", "no usernames for")


@dataclass(frozen=True, slots=True)
class Credential:
    """What proves who is asking: a password, or a token to get tokens with, or one to use."""

    username: str = ""
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)
    registry_token: str = field(default="", repr=False)


def credential_files(environment: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    """The files credentials may stand in, in the order they are asked.

    REGISTRY_AUTH_FILE; Docker's in DOCKER_CONFIG or ~/.docker; Podman's in XDG_RUNTIME_DIR and in
    XDG_CONFIG_HOME or ~/.config.
    """
    docker = environment.get("DOCKER_CONFIG") or str(home / ".docker")
    found = [Path(docker, "config.json")]
    if explicit := environment.get("REGISTRY_AUTH_FILE"):
        found.insert(0, Path(explicit))
    if runtime := environment.get("XDG_RUNTIME_DIR"):
        found.append(Path(runtime, "containers", "auth.json"))
    settings = environment.get("XDG_CONFIG_HOME") or str(home / ".config")
    found.append(Path(settings, "containers", "auth.json"))
    return tuple(found)


class Keychain:
    """Finds credentials in `files`, of which the first that has any for a registry decides.

    `environment` is what helper programs are started with (None: that of this process).
    """

    def __init__(
        self, files: Sequence[Path] = (), environment: Mapping[str, str] | None = None
    ) -> None:
        self._files = tuple(files)
        self._environment = environment
        self._found: dict[tuple[str, str], Credential | None] = {}
        self._lock = threading.Lock()

    def find(self, registry: str, repository: str = "") -> Credential | None:
        """The credentials for `repository` of `registry`, None where there are none.

        Raises RegistryError for a file that cannot be read and a helper that fails.
        """
        with self._lock:
            key = (registry, repository)
            if key not in self._found:
                self._found[key] = self._search(registry, repository)
            return self._found[key]

    def _search(self, registry: str, repository: str) -> Credential | None:
        for path in self._files:
            if settings := _read(path):
                found = self._in_file(path, settings, registry, repository)
                if found is not None:
                    return found
        return None

    def _in_file(
        self, path: Path, settings: Mapping[str, Any], registry: str, repository: str
    ) -> Credential | None:
        hosts = _HUB_KEYS if registry == DEFAULT_REGISTRY else (registry,)
        helpers = _by_key(settings.get("credHelpers"))
        helper = next((helpers[host] for host in hosts if host in helpers), None)
        if helper is None:
            helper = settings.get("credsStore")
        if isinstance(helper, str) and helper:
            server = _HUB_SERVER if registry == DEFAULT_REGISTRY else registry
            if (found := self._ask(helper, server, path)) is not None:
                return found
        entries = _by_key(settings.get("auths"))
        for key in _keys(hosts, repository):
            if key in entries and (found := _credential(entries[key], key, path)) is not None:
                return found
        return None

    def _ask(self, helper: str, server: str, path: Path) -> Credential | None:
        """What the program docker-credential-`helper` knows of `server`."""
        import json
        import subprocess

        name = f"docker-credential-{helper}"
        if not _HELPER.fullmatch(helper):
            raise RegistryError(f"{path}: {helper[:60]!r} is not the name of a credential helper")
        hint = f"{path} asks for it: repair it, or log in again without it"
        try:
            done = subprocess.run(
                [name, "get"],
                input=server.encode(),
                capture_output=True,
                timeout=LIMITS.credential_helper_seconds,
                env=None if self._environment is None else dict(self._environment),
                check=False,
            )
        except FileNotFoundError:
            raise RegistryError(
                f"credential helper {name} is not installed", f"{path} names it"
            ) from None
        except OSError as trouble:
            raise RegistryError(
                f"credential helper {name} cannot be started: {trouble.strerror}", hint
            ) from None
        except subprocess.TimeoutExpired:
            seconds = f"{LIMITS.credential_helper_seconds:g}"
            raise RegistryError(
                f"credential helper {name} gave no answer for {server} in {seconds} s", hint
            ) from None
        if done.returncode != 0:
            said = done.stdout[:4096].decode("utf-8", "replace").lower()
            if any(phrase in said for phrase in _ABSENT):
                return None
            raise RegistryError(
                f"credential helper {name} failed for {server} (exit code {done.returncode})", hint
            )
        try:
            answer = json.loads(done.stdout[: LIMITS.credentials_bytes])
            user, secret = answer["Username"], answer["Secret"]
        except (ValueError, KeyError, TypeError, RecursionError):
            user = secret = None
        if not isinstance(user, str) or not isinstance(secret, str):
            raise RegistryError(f"credential helper {name} gave no credentials for {server}", hint)
        if not secret:
            return None
        return Credential(identity_token=secret) if user == _IDENTITY else Credential(user, secret)


# ── files ────────────────────────────────────────────────────────────────────────────────────────


def _read(path: Path) -> Mapping[str, Any]:
    import json

    try:
        with path.open("rb") as file:
            data = file.read(LIMITS.credentials_bytes + 1)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as trouble:
        raise RegistryError(
            f"cannot read credentials in {path}: {trouble.strerror}", "check its rights"
        ) from None
    try:
        found = json.loads(data) if len(data) <= LIMITS.credentials_bytes else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):  # its text is not shown: it may hold secrets
        raise RegistryError(f"credentials in {path} are not a JSON object", "log in again")
    return found


def _by_key(table: object) -> dict[str, Any]:
    """Entries by registry or namespace, however their keys are written."""
    if not isinstance(table, dict):
        return {}
    return {_plain(str(key)): value for key, value in table.items()}


def _plain(key: str) -> str:
    """ "https://index.docker.io/v1/" is "index.docker.io"; a namespace stays."""
    key = key.rpartition("://")[2].rstrip("/")
    for suffix in ("/v1", "/v2"):
        key = key.removesuffix(suffix)
    return key


def _keys(hosts: Sequence[str], repository: str) -> Iterator[str]:
    """The keys that may hold a repository's credentials, the most specific first."""
    parts = repository.split("/") if repository else []
    for count in range(len(parts), -1, -1):
        for host in hosts:
            yield "/".join((host, *parts[:count]))


def _credential(entry: object, key: str, path: Path) -> Credential | None:
    if not isinstance(entry, dict):
        return None
    said = {name: value for name, value in entry.items() if isinstance(value, str)}
    user, password = said.get("username", ""), said.get("password", "")
    if encoded := said.get("auth"):
        try:
            text = base64.b64decode(encoded, validate=True).decode("utf-8")
        except (binascii.Error, ValueError):
            text = ""
        user, colon, password = text.partition(":")
        password = password.rstrip("\0")
        if not colon:
            raise RegistryError(f"{path}: the credentials for {key} are damaged", "log in again")
    found = Credential(user, password, said.get("identitytoken", ""), said.get("registrytoken", ""))
    usable = found.identity_token or found.registry_token or (user and password)
    return found if usable else None
