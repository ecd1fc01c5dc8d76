"""Where Ironhull keeps things: its directories and the settings file, told by the environment.

The quickest runs need no other setting, so that this stands apart from `config`.
"""

from __future__ import annotations

import os
import sys

from ironhull.values import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Places", "places"]


@dataclass(frozen=True, slots=True)
class Places:
    """The directories `Settings` begins with, and the settings file (`named`: it must be there)."""

    home: str
    cache: str
    file: str = ""
    named: bool = False

    @property
    def images(self) -> str:
        """The local image store, an OCI layout."""
        return f"{self.home}/images"


def places(env: Mapping[str, str]) -> Places:
    """Where things are, told by the environment alone."""
    expand = os.path.expanduser  # pathlib would be half of a start
    home = env.get("IRONHULL_HOME", "")
    if home:
        home = expand(home)
        found = (home, f"{home}/cache", f"{home}/config.toml")
    elif sys.platform == "linux":
        found = (
            _xdg(env, "XDG_DATA_HOME", "~/.local/share"),
            _xdg(env, "XDG_CACHE_HOME", "~/.cache"),
            f"{_xdg(env, 'XDG_CONFIG_HOME', '~/.config')}/config.toml",
        )
    else:
        import platformdirs

        found = (
            platformdirs.user_data_dir("ironhull"),
            platformdirs.user_cache_dir("ironhull"),
            f"{platformdirs.user_config_dir('ironhull')}/config.toml",
        )
    named = env.get("IRONHULL_CONFIG", "")
    return Places(found[0], found[1], expand(named) if named else found[2], bool(named))


def _xdg(env: Mapping[str, str], name: str, default: str) -> str:
    """XDG Base Directory Specification 0.8: a path that is not absolute is ignored."""
    said = env.get(name, "").strip()
    base = said if said.startswith("/") else os.path.expanduser(default)  # noqa: PTH111 - start-up
    return f"{base}/ironhull"
