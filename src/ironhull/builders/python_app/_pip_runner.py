"""Runs pip for another interpreter than the one it runs on; started as a script, never imported.

First argument: a JSON object with the target's marker environment. The rest are pip's arguments.

Two things differ from `python -m pip`. Environment markers are evaluated for the target (pip takes
wheel tags and Requires-Python from `--platform` and `--python-version` but evaluates markers with
the interpreter it runs on). And no other program may be started, apart from the `keyring` that the
user told pip to ask for passwords: building a source tree or cloning a repository would run code
of the project, so it ends in an error.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

_ALLOWED = frozenset({"keyring"})
_STARTS = frozenset(
    {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.startfile"}
)


def _guard(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in _STARTS:
        return
    program = arguments[0] if arguments else ""
    if event == "subprocess.Popen" and not program and len(arguments) > 1 and arguments[1]:
        program = arguments[1][0]
    name = Path(os.fsdecode(program)).stem if isinstance(program, str | bytes | os.PathLike) else ""
    if name not in _ALLOWED:
        # An OSError, so that pip's own optional look-ups (rustc, lsb_release) take no harm.
        raise PermissionError(
            f"starting {name or 'a program'} is refused: no code of the project is run"
        )


def _main(arguments: list[str]) -> int:
    environment: dict[str, str] = json.loads(arguments[0])
    from pip._internal.cli.main import main
    from pip._vendor.packaging import markers

    def target_environment() -> dict[str, str]:
        return dict(environment)

    vars(markers)["default_environment"] = target_environment
    sys.addaudithook(_guard)
    return int(main(arguments[1:]))


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
