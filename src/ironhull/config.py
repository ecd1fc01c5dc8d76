"""Settings: built-in values, then the settings file, then the environment; frozen once read.

The file is TOML, at `$IRONHULL_CONFIG` or `ironhull/config.toml` in the user's configuration
directory. Unknown keys are errors, so that a typing error never means "default".

    [sources]            # advisory sources by name
    osv = ["https://mirror.example/osv", "https://other.example/osv"]   # tried in turn
    [debian]             # instead of http://deb.debian.org/debian and …/debian-security
    mirror = "https://mirror.example/debian"
    security = "https://mirror.example/debian-security"
    [cache]
    size = "2GiB"        # of all caches together; "0" turns them off
    [severity]
    order = ["cvss3", "distribution"]   # who is asked how bad a vulnerability is, the first first
    [registries]
    insecure = ["registry.internal:5000"]   # spoken to in plain http
    ca_file = "/etc/ssl/own-ca.pem"         # trusted beside the system's authorities
    [registries.mirrors]                    # asked before the registry itself
    "docker.io" = ["mirror.internal/hub"]
    [trust]                  # whose signatures count; docs/signing.md
    keys = ["release.pub", {file = "older.pub", until = "2027-01-31"}]
    authors = ["Security <*@example.com>"]   # of VEX documents
    require = true           # what nobody trusted signed does not count
    [licenses]               # allow and deny; docs/licenses.md

Every command starts here, so that only what all of them need is imported at once.
"""

from __future__ import annotations

import os

from ironhull.errors import ConfigError
from ironhull.lazy import lazily
from ironhull.limits import LIMITS
from ironhull.places import Places, places
from ironhull.values import dataclass, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from typing import Any

    from ironhull.licenses.rules import LicenseRules

__all__ = ["Settings", "TrustSettings", "TrustedKey", "load_settings", "parse_size"]

_licenses = lazily("ironhull.licenses.settings", "license_rules")
_LAST_SECOND = 253_402_300_799  # 9999-12-31T23:59:59Z, the last that RFC 3339 can write


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A file of public keys (PEM), and from when to when they may have signed ("": no end)."""

    file: str
    starts: str = ""
    ends: str = ""


@dataclass(frozen=True, slots=True)
class TrustSettings:
    """The table [trust]: whose signatures count, and what is asked of them.

    `authors` are globs over the authors of VEX documents; with `require` only what is signed by one
    of `keys` or `identities` (subject, issuer, whether the subject is a pattern) counts. `logs` are
    files of keys of transparency logs, `roots` a Sigstore trusted root. Times are as written.
    """

    keys: tuple[TrustedKey, ...] = ()
    authors: tuple[str, ...] = ()
    require: bool = False
    logs: tuple[str, ...] = ()
    require_log: bool = False
    identities: tuple[tuple[str, str, bool], ...] = ()
    roots: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run is told from outside its command line.

    `places` says where things are: `home` holds what must be kept (images, advisory data), `cache`
    what can be made again. `debian_mirror` and `debian_security` are asked instead of
    deb.debian.org where they are set, `epoch` is SOURCE_DATE_EPOCH in seconds since 1970 where it
    is set, `cache_bytes` how much the caches may hold (0: nothing is looked up in them or put
    there). `mirrors` (registry -> hosts), `insecure` (hosts in plain http) and `ca_file` (PEM) say
    how registries are reached. `severity` is the order of `model.JUDGEMENTS` where one is set.
    `trust` says whose signatures count, `licenses` which licences are allowed.
    """

    places: Places
    advisory_urls: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    debian_mirror: str = ""
    debian_security: str = ""
    offline: bool = False
    epoch: int | None = None
    cache_bytes: int = LIMITS.cache_bytes
    mirrors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    insecure: tuple[str, ...] = ()
    ca_file: str = ""
    severity: tuple[str, ...] = ()
    trust: TrustSettings = field(default_factory=TrustSettings)
    licenses: LicenseRules | None = None

    @property
    def home(self) -> Path:
        """The directory for what must be kept."""
        from pathlib import Path

        return Path(self.places.home)

    @property
    def cache(self) -> Path:
        """The directory for what can be made again."""
        from pathlib import Path

        return Path(self.places.cache)

    @property
    def images(self) -> Path:
        """The local image store, an OCI layout."""
        from pathlib import Path

        return Path(self.places.images)

    @property
    def advisories(self) -> Path:
        """Where advisory data and its index live."""
        return self.home / "advisories"


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings file and the environment; raises ConfigError with the key at fault."""
    env = os.environ if environment is None else environment
    found = places(env)
    values = _read_file(found.file, named=found.named)
    sources = _lists(values, "sources")
    debian = _table(values, "debian", allowed=("mirror", "security"))
    cache = _table(values, "cache", allowed=("size",))
    mirrors, insecure, ca_file = _registries(values.get("registries", {}))
    return Settings(
        places=found,
        advisory_urls=sources,
        debian_mirror=debian.get("mirror", "").rstrip("/"),
        debian_security=debian.get("security", "").rstrip("/"),
        offline=env.get("IRONHULL_OFFLINE", "") not in ("", "0"),
        epoch=_epoch(env),
        cache_bytes=_cache_size(env, cache),
        mirrors=mirrors,
        insecure=insecure,
        ca_file=ca_file,
        severity=_severity(values),
        trust=_trust(values.get("trust", {}), os.path.dirname(found.file)),  # noqa: PTH120 - start-up
        licenses=_licenses(values["licenses"]) if "licenses" in values else None,
    )


def _read_file(file: str, *, named: bool) -> Mapping[str, Any]:
    there = _is_there(file)
    if not there and not named:
        return {}
    from pathlib import Path

    path = Path(file)
    if not there:
        raise ConfigError(f"no settings file at {path}", "IRONHULL_CONFIG names it")
    import tomllib

    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as trouble:
        raise ConfigError(f"{path}: {trouble}", "the settings file is TOML") from None
    except OSError as trouble:
        raise ConfigError(
            f"cannot read the settings file {path}: {trouble.strerror}", "check IRONHULL_CONFIG"
        ) from None
    for key in values:
        if key not in ("sources", "debian", "cache", "severity", "registries", "trust", "licenses"):
            known = "known are sources, debian, cache, severity, registries, trust and licenses"
            raise ConfigError(f"{path}: unknown key {key!r}", known)
    return values


def _is_there(file: str) -> bool:
    try:
        os.stat(file)  # noqa: PTH116 - start-up
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return False
    return True


def _table(
    values: Mapping[str, Any], name: str, allowed: tuple[str, ...] = ()
) -> Mapping[str, str]:
    table = values.get(name, {})
    if not isinstance(table, dict) or not all(isinstance(v, str) for v in table.values()):
        raise ConfigError(f"settings: [{name}] must hold strings only", "see docs/settings.md")
    for key in table:
        if allowed and key not in allowed:
            raise ConfigError(
                f"settings: unknown key {name}.{key}", f"known are {', '.join(allowed)}"
            )
    return table


def _lists(values: Mapping[str, Any], name: str) -> dict[str, tuple[str, ...]]:
    """A table of URLs and lists of URLs; one URL is a list of one."""
    table = values.get(name, {})
    items = table.items() if isinstance(table, dict) else [(name, None)]
    found: dict[str, tuple[str, ...]] = {}
    for key, value in items:
        urls = [value] if isinstance(value, str) else value
        if not isinstance(urls, list) or not urls or not all(isinstance(v, str) for v in urls):
            raise ConfigError(
                f"settings: [{name}] must hold URLs and lists of URLs only", "see docs/settings.md"
            )
        found[key] = tuple(urls)
    return found


def _severity(values: Mapping[str, Any]) -> tuple[str, ...]:
    """The table [severity]: an order of some of the kinds of judgement, each once."""
    if "severity" not in values:
        return ()
    from ironhull.model import JUDGEMENTS

    table = _keyed(values["severity"], "severity", ("order",), page="severity")
    order = table.get("order", list(JUDGEMENTS))
    sound = isinstance(order, list) and order and all(word in JUDGEMENTS for word in order)
    if not sound or len(set(order)) != len(order):
        raise ConfigError(
            "settings: severity.order must be a list of kinds of judgement, each once",
            f"there are {', '.join(JUDGEMENTS)}; see docs/severity.md",
        )
    return tuple(order)


def _registries(table: Any) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...], str]:
    """The table [registries]: mirrors, insecure hosts, the file of an authority."""
    table = _keyed(table, "registries", ("mirrors", "insecure", "ca_file"))
    mirrors = _keyed(table.get("mirrors", {}), "registries.mirrors", ())
    ca_file = table.get("ca_file", "")
    if not isinstance(ca_file, str):
        raise ConfigError("settings: registries.ca_file must be a path", "see docs/registries.md")
    lists = {name: _strings(value, f"registries.mirrors.{name}") for name, value in mirrors.items()}
    return lists, _strings(table.get("insecure", []), "registries.insecure"), ca_file


def _keyed(
    table: Any, name: str, allowed: tuple[str, ...], page: str = "registries"
) -> Mapping[str, Any]:
    if not isinstance(table, dict):
        raise ConfigError(f"settings: [{name}] must be a table", f"see docs/{page}.md")
    for key in table:
        if allowed and key not in allowed:
            raise ConfigError(
                f"settings: unknown key {name}.{key}", f"known are {', '.join(allowed)}"
            )
    return table


def _strings(
    value: Any, name: str, what: str = "hosts", page: str = "registries"
) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise ConfigError(f"settings: {name} must be a list of {what}", f"see docs/{page}.md")
    return tuple(value)


_TRUST = {
    "keys": list,
    "authors": list,
    "require": bool,
    "logs": list,
    "require_log": bool,
    "identities": list,
    "roots": str,
}


def _trust(table: Any, beside: str) -> TrustSettings:
    """The table [trust]; files are named from the folder `beside` on."""
    if not table and isinstance(table, dict):
        return TrustSettings()
    table = _keyed(table, "trust", tuple(_TRUST), page="signing")
    for key, value in table.items():
        if not isinstance(value, _TRUST[key]):
            raise ConfigError(
                f"settings: trust.{key} must be a {_TRUST[key].__name__}", "see docs/signing.md"
            )

    def place(file: str) -> str:
        return os.path.join(beside, os.path.expanduser(file))  # noqa: PTH111, PTH118 - start-up

    logs = _strings(table.get("logs", []), "trust.logs", "files", "signing")
    return TrustSettings(
        keys=tuple(_trusted_key(item, place) for item in table.get("keys", [])),
        authors=_strings(table.get("authors", []), "trust.authors", "authors", "signing"),
        require=table.get("require", False),
        logs=tuple(place(file) for file in logs),
        require_log=table.get("require_log", False),
        identities=tuple(_trusted_identity(item) for item in table.get("identities", [])),
        roots=place(table["roots"]) if table.get("roots") else "",
    )


def _trusted_key(item: Any, place: Callable[[str], str]) -> TrustedKey:
    """A path, or a table of `file`, `from` and `until`; TOML has dates of its own."""
    said = {"file": item} if isinstance(item, str) else item
    said = _keyed(said, "trust.keys", ("file", "from", "until"), page="signing")
    file = said.get("file")
    if not isinstance(file, str) or not file:
        raise ConfigError("settings: a key of trust.keys has no file", "see docs/signing.md")
    starts, ends = str(said.get("from", "")), str(said.get("until", ""))
    return TrustedKey(place(file), starts, ends)


def _trusted_identity(item: Any) -> tuple[str, str, bool]:
    said = _keyed(item, "trust.identities", ("subject", "pattern", "issuer"), page="signing")
    subject, pattern, issuer = (said.get(key, "") for key in ("subject", "pattern", "issuer"))
    sound = all(isinstance(value, str) for value in (subject, pattern, issuer))
    if not sound or bool(subject) == bool(pattern) or not issuer:
        raise ConfigError(
            "settings: an identity of trust.identities needs an issuer, and a subject or pattern",
            "see docs/signing.md",
        )
    return subject or pattern, issuer, bool(pattern)


_UNITS = {
    "": 1,
    "B": 1,
    "KB": 1000,
    "MB": 1000**2,
    "GB": 1000**3,
    "TB": 1000**4,
    "KIB": 1024,
    "MIB": 1024**2,
    "GIB": 1024**3,
    "TIB": 1024**4,
}


def parse_size(text: str) -> int | None:
    """Bytes in "2GB" (10^9), "1.5GiB" (2^30), "500 MB" or "1000"; None for anything else."""
    text = text.strip().upper()
    number = text.rstrip("BKMGTI ")
    unit = text[len(number) :].strip()
    whole, dot, part = number.partition(".")
    if not (whole.isascii() and whole.isdigit() and len(whole) < 19) or unit not in _UNITS:
        return None
    if dot and not (part.isascii() and part.isdigit() and len(part) < 19):
        return None
    return int(int(whole + part) * _UNITS[unit] // 10 ** len(part))


def _cache_size(env: Mapping[str, str], table: Mapping[str, str]) -> int:
    said = env.get("IRONHULL_CACHE_SIZE", "")
    where, text = ("IRONHULL_CACHE_SIZE", said) if said else ("cache.size", table.get("size", ""))
    if not text:
        return LIMITS.cache_bytes
    size = parse_size(text)
    if size is None:
        raise ConfigError(f"{where} is {text[:40]!r}", "a size such as 2GB or 500MiB; 0: no cache")
    return size


def _epoch(env: Mapping[str, str]) -> int | None:
    text = env.get("SOURCE_DATE_EPOCH", "")
    if not text:
        return None
    if not text.isascii() or not text.isdigit():
        raise ConfigError(
            f"SOURCE_DATE_EPOCH is {text!r}", "it is a whole number of seconds since 1970"
        )
    if len(text) > 15 or int(text) > _LAST_SECOND:
        raise ConfigError(
            f"SOURCE_DATE_EPOCH is {text[:40]}", "it is seconds since 1970, up to the year 9999"
        )
    return int(text)
