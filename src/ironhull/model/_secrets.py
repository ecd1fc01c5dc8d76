"""Secrets found in an image; never the secret itself."""

from __future__ import annotations

from ironhull.values import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ironhull.model._reports import Ignored

__all__ = ["SECRET_SOURCES", "SecretFinding"]

SECRET_SOURCES = ("FILE", "ENV", "LABEL", "HISTORY", "CONFIG")
"""Where a secret can stand (the words of Docker Scout, and the rest of the configuration)."""


@dataclass(frozen=True, slots=True)
class SecretFinding:
    """A secret at a place: `rule` is the identifier of what found it, `severity` one of SEVERITIES.

    `source` is one of SECRET_SOURCES, `path` the file (or name of the variable, label or field, or
    number of the history entry, from 1), `layer` the diff_id that has it, `removed_in` that of the
    layer that hides it. `match` is the line with the secret redacted, `line` and `end_line` count
    from 1, `fingerprint` tells the same secret at the same place apart from others without giving
    it away. `ignored` is the rule, or the baseline, that hides the finding.
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
    ignored: Ignored | None = None
