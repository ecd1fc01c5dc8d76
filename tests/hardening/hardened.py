"""Short ways to a hardened Dockerfile for the tests of its parts."""

from collections.abc import Mapping

from ironhull.dockerfiles import read_dockerfile
from ironhull.harden import Memory, Options, harden
from ironhull.hardening import Hardened

REQUIREMENTS = {"requirements.txt": b"flask==3.1.2\n", "app.py": b"print('started')\n"}


def hardened(
    text: str, files: Mapping[str, bytes] | None = None, options: Options | None = None
) -> Hardened:
    """`text` hardened in a context of these files."""
    context = Memory(REQUIREMENTS if files is None else files)
    return harden(read_dockerfile(text.encode(), "Dockerfile"), context, options)


def runtime(result: Hardened) -> str:
    """The final stage."""
    return result.text[_last(result.text) :]


def builder(result: Hardened) -> str:
    """Everything before the final stage."""
    return result.text[: _last(result.text)]


def _last(text: str) -> int:
    return text.rfind("\nFROM ") + 1
