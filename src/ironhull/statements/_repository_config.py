"""Which VEX repositories there are: the file Trivy reads and writes as `vex/repository.yaml`.

    repositories:
      - name: default
        url: https://github.com/aquasecurity/vexhub
        enabled: true
        username: ""   # or a token; both may be missing
        password: ""
        token: ""

(trivy.dev/docs, Supply chain, VEX, "VEX Repository".)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from ironhull.errors import ConfigError, printable
from ironhull.limits import LIMITS
from ironhull.values import dataclass, replace

__all__ = ["DEFAULT", "Repository", "merged", "read_config", "write_config"]

_KEYS = ("name", "url", "enabled", "username", "password", "token", "insecure")
_NAME = re.compile(r"[^\s/\\][^/\\\r\n\t]{0,99}")
_SEE = "see docs/vex-sources.md"


def _parts(url: str) -> Any:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    there = parts.hostname or (parts.scheme == "file" and parts.path.startswith("/"))
    return parts if there and url.isprintable() and " " not in url else None


@dataclass(frozen=True, slots=True)
class Repository:
    """A VEX repository as configured; `file` is the configuration it is in ("" for none)."""

    name: str
    url: str
    enabled: bool = True
    username: str = ""
    password: str = ""
    token: str = ""
    file: str = ""

    def __post_init__(self) -> None:
        where = f"{self.file}: " if self.file else ""
        if not _NAME.fullmatch(self.name) or not self.name.isprintable():
            raise ConfigError(
                f"{where}{self.name[:80]!r} is no name of a VEX repository",
                "a name has no slashes and at most 100 characters",
            )
        parts = _parts(self.url)
        if parts is None or parts.scheme not in ("https", "http", "file"):
            raise ConfigError(
                f"{where}repository {self.name}: {printable(self.url[:200])!r} is no URL",
                "https://HOST/PATH, http://… or file:///PATH",
            )
        if parts.username or parts.password:
            raise ConfigError(
                f"{where}repository {self.name}: the URL holds credentials",
                "write them as username and password, or as token",
            )
        if self.password and not self.username:
            raise ConfigError(
                f"{where}repository {self.name}: a password without username",
                "write username too, or token",
            )

    @property
    def credentials(self) -> str:
        """What the Authorization header says (RFC 7617, RFC 6750); "" for nobody in particular."""
        if self.token:
            return f"Bearer {self.token}"
        if not self.username:
            return ""
        import base64

        said = f"{self.username}:{self.password}".encode()
        return f"Basic {base64.b64encode(said).decode('ascii')}"


DEFAULT = Repository("default", "https://github.com/aquasecurity/vexhub")
"""What is there where nobody configured anything."""


def read_config(data: bytes, where: str) -> tuple[Repository, ...]:
    """The repositories of a configuration file, in order; `where` names it.

    Raises ConfigError for what is no such file, names a repository twice or has unknown keys.
    """
    if len(data) > LIMITS.definition_bytes:
        raise ConfigError(f"{where}: larger than {LIMITS.definition_bytes} bytes", _SEE)
    document = _decoded(data, where)
    if document is None:
        return ()
    rows = document.get("repositories") if isinstance(document, dict) else None
    if not isinstance(document, dict) or set(document) - {"repositories"}:
        raise ConfigError(f"{where}: must hold the list `repositories` and nothing else", _SEE)
    if rows is None:
        return ()
    if not isinstance(rows, list) or len(rows) > LIMITS.vex_repositories:
        raise ConfigError(
            f"{where}: `repositories` must be a list of at most {LIMITS.vex_repositories}", _SEE
        )
    found = tuple(_repository(row, f"{where}: repository {n}", where) for n, row in _counted(rows))
    names = [repository.name for repository in found]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"{where}: two repositories are called {name}", "rename one of them")
    return found


def _counted(rows: list[Any]) -> list[tuple[int, Any]]:
    return list(enumerate(rows, 1))


def _decoded(data: bytes, where: str) -> Any:
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(data, loader)):
            raise ConfigError(f"{where}: YAML aliases are not read", "write the value out")
        return yaml.load(data, loader)  # noqa: S506 - a safe loader of either kind
    except yaml.YAMLError as trouble:
        reason = " ".join(str(trouble).split())
        raise ConfigError(f"{where}: is not YAML: {reason[:200]}", _SEE) from None
    except (RecursionError, ValueError) as trouble:
        raise ConfigError(f"{where}: cannot be read: {trouble}", _SEE) from None


def _repository(row: Any, what: str, file: str) -> Repository:
    if not isinstance(row, dict):
        raise ConfigError(f"{what}: must be a mapping of name and url", _SEE)
    for key in row:
        if key not in _KEYS:
            raise ConfigError(
                f"{what}: unknown key {printable(str(key))[:40]!r}", f"known are {', '.join(_KEYS)}"
            )
    enabled, insecure = row.get("enabled", False), row.get("insecure", False)
    if not isinstance(enabled, bool) or not isinstance(insecure, bool):
        raise ConfigError(f"{what}: enabled and insecure are true or false", _SEE)
    if insecure:
        raise ConfigError(
            f"{what}: insecure: certificates are always checked here", "take the key out"
        )
    texts = {key: row.get(key) or "" for key in _KEYS if key not in ("enabled", "insecure")}
    for key, value in texts.items():
        if not isinstance(value, str):
            raise ConfigError(f"{what}: {key} must be a text", 'put it in quotes: "…"')
    return Repository(**texts, enabled=enabled, file=file)


def write_config(repositories: Sequence[Repository]) -> bytes:
    """The configuration file that `read_config` and Trivy read."""
    import yaml

    rows: list[dict[str, str | bool]] = []
    for repository in repositories:
        row: dict[str, str | bool] = {
            "name": repository.name,
            "url": repository.url,
            "enabled": repository.enabled,
        }
        for key in ("username", "password", "token"):
            if value := getattr(repository, key):
                row[key] = value
        rows.append(row)
    text = yaml.safe_dump({"repositories": rows}, sort_keys=False, allow_unicode=True)
    return str(text).encode()


def merged(files: Sequence[Sequence[Repository]]) -> tuple[Repository, ...]:
    """The repositories of several files: of the same name or the same URL the first one counts."""
    found: list[Repository] = []
    for repository in (item for file in files for item in file):
        if any(_alike(repository, known) for known in found):
            continue
        found.append(replace(repository, url=repository.url.rstrip("/")))
    return tuple(found)


def _alike(one: Repository, other: Repository) -> bool:
    return one.name == other.name or one.url.rstrip("/") == other.url.rstrip("/")
