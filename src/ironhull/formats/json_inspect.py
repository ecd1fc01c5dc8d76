"""Postures as JSON (docs/schemas/inspect.schema.json)."""

from __future__ import annotations

import json
from typing import Any

from ironhull.model import MadeWith, Posture, Problem, Subject, Tool

__all__ = ["posture_json", "write_inspect_json"]

_UNSEEN = ("not read", "not looked into", "cannot be read")
"""What problems of reading a tree say where something was left out."""


def posture_json(posture: Posture, problems: tuple[Problem, ...] = ()) -> dict[str, Any]:
    """The facts as policies see them, `input.ironhull.posture`; paths begin with "/".

    `complete` is false where one of `problems` left something unseen.
    """
    return {
        "complete": not any(word in p.message for p in problems for word in _UNSEEN),
        "user": _printable(posture.user),
        "uid": posture.uid,
        "gid": posture.gid,
        "root": posture.is_root,
        "root_users": _texts(posture.root_users),
        "passwordless_users": _texts(posture.passwordless),
        "entrypoint": _texts(posture.entrypoint),
        "command": _texts(posture.command),
        "absent": _printable(posture.absent),
        "ports": _texts(posture.ports),
        "volumes": _texts(posture.volumes),
        "exec": posture.exec_into,
        "programs": posture.programs,
        "tools": [_tool(tool) for tool in posture.tools],
        "setuid": _paths(posture.setuid),
        "setgid": _paths(posture.setgid),
        "capabilities": [
            {"path": _printable(f"/{path}"), "capabilities": said}
            for path, said in posture.capabilities
        ],
        "world_writable": _paths(posture.world_writable),
        "writable": None if posture.writable is None else _paths(posture.writable),
        "devices": _paths(posture.devices),
        "private_keys": _paths(posture.private_keys),
        "certificates": f"/{posture.certificates}" if posture.certificates else "",
        "authorities": _paths(posture.authorities),
        "time_zones": posture.time_zones,
        "eicar": _paths(posture.eicar),
        "counts": dict(posture.counts),
    }


def write_inspect_json(
    subject: Subject,
    posture: Posture | None,
    problems: tuple[Problem, ...],
    made_with: MadeWith,
) -> str:
    """A document of the posture alone; `posture` is null where none could be told."""
    document = {
        "schema": "ironhull/inspect",
        "schema_version": 1,
        "subject": {
            "name": subject.name,
            "digest": subject.digest,
            "id": subject.id,
            "platform": str(subject.platform or ""),
        },
        "posture": None if posture is None else posture_json(posture, problems),
        "problems": [
            {"stage": p.stage, "where": _printable(p.where), "message": _printable(p.message)}
            for p in problems
        ],
        "made_with": {"ironhull": made_with.ironhull},
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _paths(paths: tuple[str, ...]) -> list[str]:
    return _texts(tuple(f"/{path}" for path in paths))


def _texts(texts: tuple[str, ...]) -> list[str]:
    return [_printable(text) for text in texts]


def _tool(tool: Tool) -> dict[str, Any]:
    row = {"name": tool.name, "path": f"/{tool.path}", "kind": tool.kind, "how": tool.how}
    if tool.of:
        row["of"] = f"/{tool.of}" if "/" in tool.of else tool.of
    return {key: _printable(value) for key, value in row.items()}


def _printable(text: str) -> str:
    """Surrogates, which stand for bytes that are not UTF-8, as U+FFFD: JSON has none."""
    return "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text)
