"""Reading the raw files of one source into a stage of the index, here or in a process beside.

A process of its own costs a tenth of a second and lets two processors parse; what it found comes
back as JSON, what the source says is in the stage's file.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ironhull.advisories._row import AdvisorySource, Tally
from ironhull.errors import AdvisoryError
from ironhull.model import Problem
from ironhull.values import dataclass

if TYPE_CHECKING:
    import subprocess

    from ironhull.store._advisories_stage import Stage

__all__ = ["Beside", "read_source", "work"]

_CODE = (
    "import json, sys; job = json.load(sys.stdin); sys.path[:] = job['path'];"
    " from ironhull.advisories._reading import work; work(job)"
)


def read_source(
    source: AdvisorySource, directory: Path, stage: Path, now: str
) -> tuple[int, Tally]:
    """Write what `directory` holds of a source to a new file `stage`; gives how many records.

    Raises AdvisoryError for files that are not what they should be, OSError and sqlite3.Error for a
    disk that is full.
    """
    from ironhull.advisories._merge import facts_of
    from ironhull.store._advisories_stage import Stage

    tally = Tally(source.name, now)
    stage.unlink(missing_ok=True)
    with Stage(stage, facts_of) as found:
        records = _add(found, source, directory, tally)
        found.add_examined(sorted(tally.examined))
        found.finish()
    tally.examined = set()  # they are in the stage
    return records, tally


def _add(stage: Stage, source: AdvisorySource, directory: Path, tally: Tally) -> int:
    said = source.parse(directory, tally)
    if source.gives == "kev":
        exploited = list(said)
        stage.add_facts((cve, "kev", words, "CISA") for cve, words in exploited if words)
        return stage.add_kev(cve for cve, _ in exploited)
    if source.gives == "epss":
        return stage.add_epss(said)
    if source.gives == "facts":
        return stage.add_facts(said)
    return stage.add_claims(said)


# ── in a process beside ──────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Beside:
    """A source that is being read by another process."""

    source: AdvisorySource
    process: subprocess.Popen[bytes]

    @classmethod
    def start(cls, source: AdvisorySource, directory: Path, stage: Path, now: str) -> Beside:
        """Begin reading; raises OSError where no process can be started."""
        import subprocess

        process = subprocess.Popen(
            [sys.executable, "-I", "-c", _CODE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        job = {
            "path": sys.path,
            "source": source.name,
            "directory": str(directory),
            "stage": str(stage),
            "now": now,
        }
        assert process.stdin is not None
        process.stdin.write(json.dumps(job).encode())
        process.stdin.close()
        process.stdin = None
        return cls(source, process)

    def result(self) -> tuple[int, Tally] | None:
        """What `read_source` gives or raises; None where the process came to grief."""
        answer, _ = self.process.communicate()
        try:
            found = json.loads(answer)
        except ValueError:
            return None
        if "error" in found:
            raise AdvisoryError(*found["error"])
        return int(found["records"]), _tally(found["tally"])

    def stop(self) -> None:
        """End it, if it still runs."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


def work(job: Mapping[str, Any]) -> None:
    """What the other process does."""
    from ironhull.advisories import SOURCES

    (source,) = (row for row in SOURCES if row.name == job["source"])
    try:
        records, tally = read_source(
            source, Path(job["directory"]), Path(job["stage"]), str(job["now"])
        )
    except AdvisoryError as trouble:
        answer: dict[str, Any] = {"error": [trouble.message, trouble.hint]}
    else:
        answer = {"records": records, "tally": _plain(tally)}
    sys.stdout.write(json.dumps(answer))
    sys.stdout.flush()


def _plain(tally: Tally) -> dict[str, Any]:
    values = {name: getattr(tally, name) for name in Tally.__dataclass_fields__}
    values["examined"] = []
    values["problems"] = [[p.stage, p.where, p.message] for p in tally.problems]
    return values


def _tally(values: dict[str, Any]) -> Tally:
    values["examined"] = set()
    values["problems"] = [Problem(*problem) for problem in values["problems"]]
    return Tally(**values)
