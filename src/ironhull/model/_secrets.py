"""Secrets found in an image; never the secret itself."""

from __future__ import annotations

from ironhull.values import dataclass

__all__ = ["SECRET_SOURCES", "SecretFinding"]

SECRET_SOURCES = ("FILE", "ENV", "LABEL", "HISTORY")
"""Where a secret can stand (the words of Docker Scout)."""


@dataclass(frozen=True, slots=True)
class SecretFinding:
    """A secret at a place: `rule` is the identifier of what found it, `severity` one of SEVERITIES.

    `source` is one of SECRET_SOURCES, `path` the file (or name of the variable or label, or number
    of the history entry), `layer` the diff_id that has it, `removed_in` that of a later layer that
    hides it. `match` is the line with the secret redacted, `line` and `end_line` count from 1,
    `fingerprint` tells the same secret at the same place apart from others without giving it away.
    """

    rule: str
    category: str
    title: str
    severity: str
    path: str
    line: int
    end_line: int
    match: str
    fingerprint: str
    source: str = "FILE"
    layer: str = ""
    removed_in: str = ""
