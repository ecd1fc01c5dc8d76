"""Values in the words of a Dockerfile."""

from __future__ import annotations

import re

__all__ = ["env_value"]

_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,=-]*")


def env_value(text: str) -> str:
    """`text` as the value of an ENV: quoted where it needs it, so that nothing in it is replaced.

    (docs.docker.com/reference/dockerfile, "ENV" and "Environment replacement".)
    """
    if text and _PLAIN.fullmatch(text):
        return text
    return '"' + re.sub(r'([\\"$])', r"\\\1", text) + '"'
