"""Where a family has the language's program: its folder is put in front where PATH lacks it."""

from __future__ import annotations

import posixpath

from ironhull.hardening._draft import Draft

__all__ = ["reachable"]

_USUAL = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")


def reachable(draft: Draft) -> None:
    """Let the runtime stage's PATH have the folder of the language's program.

    (distroless has Node.js as /nodejs/bin/node, which only its own ENTRYPOINT knows.)
    """
    folder = posixpath.dirname(draft.pair.interpreter)
    if folder and folder not in _USUAL:
        draft.environment.setdefault("PATH", f"{folder}:$PATH")
