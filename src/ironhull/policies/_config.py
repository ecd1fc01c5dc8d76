"""The configuration of policies: which, how heavy, with which settings of their own.

The file `--policy-config` names, JSON as Docker Scout has it: `{"debug": bool, "bundles": ["ref@
digest"], "policies": [{"name", "enabled", "weight", "config"}]}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ironhull.errors import ConfigError
from ironhull.limits import LIMITS
from ironhull.values import dataclass, field

__all__ = ["PolicyConfig", "PolicySetting", "read_config"]

_KEYS = ("debug", "bundles", "policies")
_OF_POLICY = ("name", "enabled", "weight", "config")


@dataclass(frozen=True, slots=True)
class PolicySetting:
    """What is set for one policy; None: as its metadata has it."""

    enabled: bool = True
    weight: float | None = None
    config: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PolicyConfig:
    """A whole configuration; `policies` by name as written."""

    debug: bool = False
    bundles: tuple[str, ...] = ()
    policies: Mapping[str, PolicySetting] = field(default_factory=dict)


def read_config(data: bytes, where: str) -> PolicyConfig:
    """The configuration `data` holds; `where` names it. Raises ConfigError."""
    import json

    if len(data) > LIMITS.definition_bytes:
        raise ConfigError(f"{where}: larger than {LIMITS.definition_bytes} bytes")
    try:
        said = json.loads(data)
    except (ValueError, RecursionError) as trouble:
        raise ConfigError(f"{where}: not JSON: {' '.join(str(trouble).split())}") from None
    said = _mapping(said, where, _KEYS)
    debug, bundles = said.get("debug", False), said.get("bundles", [])
    if not isinstance(debug, bool):
        raise ConfigError(f"{where}: debug is not true or false")
    if not isinstance(bundles, list) or not all(isinstance(each, str) for each in bundles):
        raise ConfigError(f"{where}: bundles is not a list of references")
    rows = said.get("policies", [])
    if not isinstance(rows, list):
        raise ConfigError(f"{where}: policies is not a list")
    found: dict[str, PolicySetting] = {}
    for number, row in enumerate(rows):
        name, setting = _setting(row, f"{where}: policies[{number}]")
        if name in found:
            raise ConfigError(f"{where}: policies[{number}]: {name} is set twice")
        found[name] = setting
    return PolicyConfig(debug, tuple(bundles), found)


def _setting(row: object, where: str) -> tuple[str, PolicySetting]:
    said = _mapping(row, where, _OF_POLICY)
    name, enabled = said.get("name"), said.get("enabled", True)
    weight, config = said.get("weight"), said.get("config", {})
    if not isinstance(name, str) or not name:
        raise ConfigError(f"{where}: no name")
    if not isinstance(enabled, bool):
        raise ConfigError(f"{where}: enabled is not true or false")
    if weight is not None:
        number = isinstance(weight, (int, float)) and not isinstance(weight, bool)
        if not number or not 0 <= weight < float("inf"):
            raise ConfigError(f"{where}: weight {weight!r} is not a number from 0 on")
    if not isinstance(config, dict):
        raise ConfigError(f"{where}: config is not a mapping")
    return name, PolicySetting(enabled, weight, config)


def _mapping(value: object, where: str, keys: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(f"{where}: not a mapping")
    unknown = next((key for key in value if key not in keys), None)
    if unknown is not None:
        raise ConfigError(f"{where}: no key {unknown!r}", f"there are {', '.join(keys)}")
    return value
