"""The `ironhull` command: `--version` answers at once, everything else is in `commands`."""

import os
import sys

from ironhull import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

_ALLOCATIONS = 200_000
"""Objects made before a search for cycles: what is read makes many objects and hardly a cycle."""


def main() -> int:
    """Run the command line in `sys.argv`; returns the exit code."""
    arguments = sys.argv[1:]
    if arguments in (["--version"], ["-V"]):
        try:
            sys.stdout.write(f"ironhull {__version__}\n")
            sys.stdout.flush()
        except OSError:  # a full disk, a reader that went away
            return 1
        return 0
    import gc

    from ironhull.commands import run

    gc.set_threshold(_ALLOCATIONS)
    return run(arguments)


def command() -> "NoReturn":
    """`main` as a process, which ends at once: taking 100,000 objects apart helps nobody."""
    code = main()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, AttributeError):  # closed, full or gone: `run` has told, where it could
        code = code or 1
    os._exit(code)


if __name__ == "__main__":
    command()
