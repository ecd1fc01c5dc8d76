"""What policies cost: the default ten in `quickview` over one image, beside it without them.

python bench/policies.py IMAGE HOME    HOME keeps caches and advisory data between runs
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tools import VENV

if TYPE_CHECKING:
    from run import Cost

_ROUNDS = 9
_SETTLE = 3  # seconds: answers that rest on files written just now are not kept
_NAMES = ("hidden", "judged", "hidden, kept", "judged, kept")

Run = Callable[[list[str], dict[str, str]], "Cost"]


def judging(image: Path, home: Path, run: Run) -> dict[str, float]:
    """Seconds of `quickview` with its packages known, the median of each of `_NAMES`.

    Output to a file is made anew each time; `kept` are runs whose inputs did not change.
    """
    env = {"IRONHULL_HOME": str(home)}
    command = [str(VENV / "bin" / "ironhull"), "quickview", f"oci-dir://{image}", "-q"]
    anew = [*command, "--output", f"json={home / 'quickview.json'}"]
    run(command, env)
    time.sleep(_SETTLE)
    runs = {
        "hidden": [*anew, "--hide-policies"],
        "judged": anew,
        "hidden, kept": [*command, "--hide-policies"],
        "judged, kept": command,
    }
    times: dict[str, list[float]] = {name: [] for name in _NAMES}
    for number in range(_ROUNDS + 1):
        for name, words in runs.items():
            took = run(words, env).wall
            if number:  # the first fills what is kept
                times[name].append(took)
    return {name: sorted(of_it)[_ROUNDS // 2] for name, of_it in times.items()}


def section(times: dict[str, float]) -> str:
    """The text of docs/benchmarks.md."""
    rows = [
        ("judged anew", times["hidden"], times["judged"]),
        ("inputs as in the run before", times["hidden, kept"], times["judged, kept"]),
    ]
    lines = "".join(
        f"| {name} | {' | '.join(f'{1000 * each:.0f}' for each in (one, two, two - one))} |\n"
        for name, one, two in rows
    )
    return (
        "## Policies\n\n"
        "The default ten in `quickview` of the slim image, whose packages are known: the whole"
        " command, start-up, search for secrets and a process that evaluates, in ms.\n\n"
        f"| run | `--hide-policies` | with policies | they add |\n|---|--:|--:|--:|\n{lines}"
    )


if __name__ == "__main__":
    from run import run as timed

    Path(sys.argv[2]).mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "")
    print(section(judging(Path(sys.argv[1]).absolute(), Path(sys.argv[2]).absolute(), timed)))
