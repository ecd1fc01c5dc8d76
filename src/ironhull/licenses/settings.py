"""The table [licenses] of the settings, as rules.

[licenses]
allow = ["MIT", "BSD-*", "notice", "permissive", "unencumbered"]
deny = ["AGPL-*", "forbidden"]
packages = ["pkg:deb/debian/bash"]     # allowed whatever their licence
categories = {"WTFPL" = "forbidden"}   # where we sort otherwise
"""

from __future__ import annotations

from ironhull.errors import ConfigError
from ironhull.licenses.rules import LicenseRules
from ironhull.model import LICENSE_CATEGORIES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["license_rules"]

_SEE = "see docs/licenses.md"
_KEYS = ("allow", "deny", "packages", "categories")


def license_rules(table: Any, where: str = "settings: licenses") -> LicenseRules:
    """The rules a table holds; `where` names it. Raises ConfigError."""
    if not isinstance(table, dict):
        raise ConfigError(f"{where} must be a table", _SEE)
    for key in table:
        if key not in _KEYS:
            raise ConfigError(f"{where}: unknown key {key!r}", f"known are {', '.join(_KEYS)}")
    categories = table.get("categories", {})
    if not isinstance(categories, dict):
        raise ConfigError(f"{where}.categories must be a table", _SEE)
    for name, category in categories.items():
        if category not in LICENSE_CATEGORIES:
            known = f"there are {', '.join(LICENSE_CATEGORIES)}"
            raise ConfigError(f"{where}.categories: {name}: no category {category!r}", known)
    allow, deny, packages = (_words(table, key, where) for key in _KEYS[:3])
    return LicenseRules(allow, deny, dict(categories), packages)


def _words(table: dict[str, Any], key: str, where: str) -> tuple[str, ...]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(v, str) and v for v in value):
        raise ConfigError(f"{where}.{key} must be a list of names", _SEE)
    return tuple(value)
