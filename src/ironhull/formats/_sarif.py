"""What SARIF logs about policies and Dockerfiles share (sarif-v2.1.0-os)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from ironhull import __version__
from ironhull.formats.text_table import safe

__all__ = ["SCHEMA", "driver", "message", "notification", "quoted"]

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LONG = 1_000  # characters of a message


def driver(rules: list[dict[str, Any]]) -> dict[str, Any]:
    """The tool component (section 3.19) with its rules."""
    return {
        "name": "Ironhull",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": rules,
    }


def notification(kind: str, level: str, text: str) -> dict[str, Any]:
    """Something about the run, not about what it looked at (section 3.58)."""
    return {"descriptor": {"id": kind}, "level": level, "message": {"text": message(text)}}


def message(text: str) -> str:
    """Plain text (section 3.11): no placeholders, no links, one paragraph a line."""
    shown = "\n".join(safe(line) for line in text.split("\n"))[:_LONG]
    return shown.replace("{", "{{").replace("}", "}}").replace("](", "] (")


def quoted(name: str) -> str:
    """A relative reference (RFC 3986): no scheme, no `.` and `..`."""
    parts = [part for part in name.split("/") if part not in ("", ".", "..")]
    return "/".join(quote(part, safe="", errors="backslashreplace") for part in parts)
