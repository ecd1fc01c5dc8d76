"""What a 401 asks for: the WWW-Authenticate header (RFC 9110, 11.6.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ironhull.values import dataclass

__all__ = ["Challenge", "parse_challenges"]

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 - the grammar's name
_PART = re.compile(
    rf'[\s,]*(?:(?P<key>{_TOKEN})\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>{_TOKEN}))'
    rf"|(?P<scheme>{_TOKEN})(?=[\s,]|$))"
)
_ESCAPE = re.compile(r"\\(.)")
_MAX = 16 * 1024


@dataclass(frozen=True, slots=True)
class Challenge:
    """One way to authenticate: `scheme` in lower case, parameters by name in lower case."""

    scheme: str
    parameters: Mapping[str, str]


def parse_challenges(header: str) -> tuple[Challenge, ...]:
    """The challenges of a header, in their order; what is malformed ends the list."""
    found: list[tuple[str, dict[str, str]]] = []
    header = header[:_MAX]
    at = 0
    while match := _PART.match(header, at):
        at = match.end()
        if scheme := match["scheme"]:
            found.append((scheme.lower(), {}))
        elif found:
            value = match["plain"]
            if value is None:
                value = _ESCAPE.sub(r"\1", match["quoted"])
            found[-1][1].setdefault(match["key"].lower(), value)
    return tuple(Challenge(scheme, parameters) for scheme, parameters in found)
