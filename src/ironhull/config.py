"""Settings: built-in values, then the settings file, then the environment; frozen once read.

The file is TOML, at `$IRONHULL_CONFIG` or `ironhull/config.toml` in the user's configuration
directory. Unknown keys are errors, so that a typing error never means "default".

    [sources]            # advisory sources by name
    osv = "https://mirror.example/osv"
    [debian]             # instead of http://deb.debian.org/debian and …/debian-security
    mirror = "https://mirror.example/debian"
    security = "https://mirror.example/debian-security"
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ironhull.errors import ConfigError
from ironhull.values import dataclass, field

__all__ = ["Settings", "load_settings"]

_LAST_SECOND = 253_402_300_799  # 9999-12-31T23:59:59Z, the last that RFC 3339 can write


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run is told from outside its command line.

    `home` holds what must be kept (images, advisory data), `cache` what can be made again,
    `debian_mirror` and `debian_security` are asked instead of deb.debian.org where they are set,
    `epoch` is SOURCE_DATE_EPOCH in seconds since 1970 where it is set.
    """

    home: Path
    cache: Path
    advisory_urls: Mapping[str, str] = field(default_factory=dict)
    debian_mirror: str = ""
    debian_security: str = ""
    offline: bool = False
    epoch: int | None = None

    @property
    def images(self) -> Path:
        """The local image store, an OCI layout."""
        return self.home / "images"

    @property
    def advisories(self) -> Path:
        """Where advisory data and its index live."""
        return self.home / "advisories"


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings file and the environment; raises ConfigError with the key at fault."""
    env = os.environ if environment is None else environment
    home, cache = _places(env)
    values = _read_file(env)
    sources = _table(values, "sources")
    debian = _table(values, "debian", allowed=("mirror", "security"))
    return Settings(
        home=home,
        cache=cache,
        advisory_urls=sources,
        debian_mirror=debian.get("mirror", "").rstrip("/"),
        debian_security=debian.get("security", "").rstrip("/"),
        offline=env.get("IRONHULL_OFFLINE", "") not in ("", "0"),
        epoch=_epoch(env),
    )


def _places(env: Mapping[str, str]) -> tuple[Path, Path]:
    if home := env.get("IRONHULL_HOME"):
        root = Path(home).expanduser()
        return root, root / "cache"
    import platformdirs

    return Path(platformdirs.user_data_dir("ironhull")), Path(
        platformdirs.user_cache_dir("ironhull")
    )


def _read_file(env: Mapping[str, str]) -> Mapping[str, Any]:
    named = env.get("IRONHULL_CONFIG")
    if named:
        path = Path(named).expanduser()
    elif env.get("IRONHULL_HOME"):
        path = Path(env["IRONHULL_HOME"]).expanduser() / "config.toml"
    else:
        import platformdirs

        path = Path(platformdirs.user_config_dir("ironhull")) / "config.toml"
    if not path.exists():
        if named:
            raise ConfigError(f"no settings file at {path}", "IRONHULL_CONFIG names it")
        return {}
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
        if key not in ("sources", "debian"):
            raise ConfigError(f"{path}: unknown key {key!r}", "known are sources and debian")
    return values


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
