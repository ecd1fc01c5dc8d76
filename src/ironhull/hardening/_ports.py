"""Ports below 1024: moved where the Dockerfile alone says them, explained where it does not."""

from __future__ import annotations

import re

from ironhull.hardening import _ids
from ironhull.hardening._draft import Draft
from ironhull.hardening._starting import Start
from ironhull.values import replace

__all__ = ["higher", "move_ports", "moved_start"]


def higher(port: int) -> int:
    """The port that people take instead: 80 -> 8080, 443 -> 8443."""
    return {80: 8080, 443: 8443}.get(port, 8000 + port)


def move_ports(draft: Draft, start: Start) -> None:
    """Note "port N" for every exposed port below 1024 that the command line names."""
    for stage in draft.subject.chain:
        for expose in stage.all("EXPOSE"):
            for word in draft.subject.scope.words(expose):
                number = word.split("/")[0]
                if number.isdigit() and int(number) < 1024 and _named(number, start):
                    after = str(higher(int(number)))
                    draft.notes[f"port {number}"] = after
                    reason = f"a user without privileges may not bind port {number} everywhere; "
                    reason += f"publish it as before: -p {number}:{after}"
                    draft.change(_ids.PORT, expose.start, number, after, reason)


def _pattern(number: str) -> re.Pattern[str]:
    return re.compile(rf"(?:(?<=[:= \"'])|^){number}(?![\w.])")


def _named(number: str, start: Start) -> bool:
    words = [*(start.entrypoint or ()), *(start.command or ()), *(body for _, body in start.files)]
    return any(_pattern(number).search(word) for word in words)


def moved_start(draft: Draft, start: Start) -> Start:
    """The start with the moved ports."""

    def moved(text: str) -> str:
        for key, after in draft.notes.items():
            if key.startswith("port "):
                text = _pattern(key.removeprefix("port ")).sub(after, text)
        return text

    return replace(
        start,
        entrypoint=None if start.entrypoint is None else tuple(map(moved, start.entrypoint)),
        command=None if start.command is None else tuple(map(moved, start.command)),
        files=tuple((path, moved(body)) for path, body in start.files),
    )
