"""The memory of a run: that of all its processes together, at its largest."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

_EVERY = 0.003  # seconds between two looks


def peak(command: list[str], env: dict[str, str]) -> float | None:
    """MiB that a command and the processes it starts hold at most; None where nobody can tell.

    Shares of pages that several processes have (proportional set sizes, proc(5)), looked at again
    and again: a run whose time counts is another one.
    """
    if not Path("/proc/self/smaps_rollup").exists():
        return None
    most = 0
    with subprocess.Popen(
        command, env={**os.environ, **env}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        while process.poll() is None:
            most = max(most, _held(process.pid))
            time.sleep(_EVERY)
    return most / 1024


def _held(pid: int) -> int:
    """KiB of a process and its descendants; 0 for one that has ended."""
    held = 0
    try:
        told = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        held = next((int(line.split()[1]) for line in told if line.startswith("Pss:")), 0)
        for task in Path(f"/proc/{pid}/task").iterdir():
            held += sum(map(_held, map(int, (task / "children").read_text().split())))
    except (OSError, ValueError):
        return held
    return held
