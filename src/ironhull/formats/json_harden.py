"""A hardened Dockerfile as JSON: docs/schemas/harden.schema.json."""

from __future__ import annotations

from typing import Any

from ironhull.formats.json_report import SCHEMA_VERSION, dump
from ironhull.formats.text_harden import diff_lines
from ironhull.hardening import Hardened, Pair

__all__ = ["harden_json", "write_harden_json"]


def write_harden_json(hardened: Hardened) -> str:
    """The document of one Dockerfile."""
    return dump(harden_json(hardened))


def harden_json(hardened: Hardened) -> dict[str, Any]:
    """Both texts, the diff, the bases, every change with its reason and what is left by hand."""
    return {
        "schema": "ironhull/harden",
        "schema_version": SCHEMA_VERSION,
        "name": hardened.name,
        "language": hardened.language or None,
        "bases": _pair(hardened.pair),
        "changed": hardened.text != hardened.before,
        "before": hardened.before,
        "text": hardened.text,
        "diff": "".join(f"{line}\n" for line in diff_lines(hardened)),
        "dockerignore": hardened.ignore,
        "changes": [
            {
                "rule": each.rule,
                "line": each.line or None,
                "before": each.before,
                "after": each.after,
                "reason": each.reason,
            }
            for each in hardened.changes
        ],
        "by_hand": [
            {
                "rule": each.rule,
                "line": each.line or None,
                "text": each.text,
                "reason": each.reason,
            }
            for each in hardened.by_hand
        ],
    }


def _pair(pair: Pair | None) -> dict[str, Any] | None:
    if pair is None:
        return None
    return {
        "family": pair.family,
        "language": pair.language,
        "version": pair.version,
        "said": pair.said,
        "build": pair.build,
        "run": pair.run,
        "user": pair.user,
        "interpreter": pair.interpreter,
    }
