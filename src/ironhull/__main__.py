"""The `ironhull` command: `--version` answers at once, everything else is in `commands`."""

import sys

from ironhull import __version__


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
    from ironhull.commands import run

    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
