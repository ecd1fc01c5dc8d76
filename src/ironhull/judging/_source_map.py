"""The instructions of a Dockerfile as Docker Scout's provenance lists them.

One row an instruction: its keyword, text and place. The `FROM` that the image lies on is
"FROM_RUNTIME", as there (its policies know provenance that tells all by it). Dockerfile reference:
comments, line continuation, the `escape` directive, here-documents.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

__all__ = ["instructions_of"]

_DIRECTIVE = re.compile(r"#\s*(\w+)\s*=\s*(\S+)\s*$")
_HEREDOC = re.compile(r"""<<-?\s*(["']?)(\w+)\1""")
_STAGE = re.compile(r"\bAS\s+(\S+)\s*$", re.IGNORECASE)
_WITH_DOCUMENTS = ("RUN", "COPY", "ADD")
_MOST = 10_000
"""Rows: no file people write has as many."""


def instructions_of(text: str, path: str, target: str = "") -> list[dict[str, Any]]:
    """The instructions of the Dockerfile `text`, called `path`; `target` is the stage built.

    Lines and columns count from 1. What is no Dockerfile gives what it gives.
    """
    rows = [row for _, row in zip(range(_MOST), _rows(text, path), strict=False)]
    stages = [row for row in rows if row["instruction"] == "FROM"]
    named = [row for row in stages if _is_target(row["source"], target)]
    if runtime := (named or stages)[-1:]:
        runtime[0]["instruction"] = "FROM_RUNTIME"
    return rows


def _is_target(source: str, target: str) -> bool:
    found = _STAGE.search(source)
    return bool(target) and found is not None and found[1].lower() == target.lower()


def _rows(text: str, path: str) -> Iterator[dict[str, Any]]:
    lines = text.splitlines()
    escape = _escape(lines)
    at = 0
    while at < len(lines):
        begin = at
        if not lines[at].strip() or lines[at].lstrip().startswith("#"):
            at += 1
            continue
        while at < len(lines) - 1 and _goes_on(lines[at], escape):
            at += 1
        keyword = lines[begin].split(maxsplit=1)[0].upper()
        if keyword in _WITH_DOCUMENTS:
            at = _behind_documents(lines, begin, at)
        said = lines[begin : at + 1]
        yield {
            "instruction": keyword,
            "source": "\n".join(said).strip(),
            "path": path,
            "start_line": begin + 1,
            "start_column": len(said[0]) - len(said[0].lstrip()) + 1,
            "end_line": at + 1,
            "end_column": len(said[-1].rstrip()) + 1,
        }
        at += 1


def _escape(lines: list[str]) -> str:
    """The character that ends a line which goes on."""
    for line in lines:
        found = _DIRECTIVE.match(line.strip())
        if found is None:
            break
        if found[1].lower() == "escape" and found[2] in ("\\", "`"):
            return found[2]
    return "\\"


def _goes_on(line: str, escape: str) -> bool:
    """Whether an instruction goes on behind `line`; comments inside it do not end it."""
    return line.rstrip().endswith(escape) or line.lstrip().startswith("#") or not line.strip()


def _behind_documents(lines: list[str], begin: int, at: int) -> int:
    """The last line of the here-documents an instruction begins, or `at`."""
    for found in _HEREDOC.finditer("\n".join(lines[begin : at + 1])):
        ends = (n for n in range(at + 1, len(lines)) if lines[n].strip("\t ") == found[2])
        at = next(ends, at)
    return at
