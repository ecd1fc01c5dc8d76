"""The command line as a user runs it: a process of its own, with a home of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
SCHEMAS = ROOT / "docs" / "schemas"


@dataclass(frozen=True)
class Ironhull:
    """`ironhull` with IRONHULL_HOME set to `home`; `prefix` runs it under another command."""

    home: Path
    prefix: tuple[str, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def command(self) -> list[str]:
        return [*self.prefix, sys.executable, "-m", "ironhull"]

    @property
    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("IRONHULL_")}
        kept.pop("SOURCE_DATE_EPOCH", None)
        return {**kept, "IRONHULL_HOME": str(self.home), "NO_COLOR": "1", **self.extra}

    def run(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        """Run it, whatever comes out."""
        return subprocess.run(
            [*self.command, *map(str, words)],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def __call__(self, *words: str | Path) -> str:
        """What it prints; a failure fails the test with what it said."""
        done = self.run(*words)
        assert done.returncode == 0, f"{' '.join(map(str, words))}: {done.stderr}"
        return done.stdout

    def json(self, *words: str | Path) -> Any:
        """The document it prints with --format json."""
        return json.loads(self(*words, "--format", "json", "-q"))


def checked(tool: list[str], **options: Any) -> str:
    """What another tool prints; a failure fails the test with what it said."""
    done = subprocess.run(tool, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, f"{' '.join(tool)}: {done.stdout[-2000:]} {done.stderr[-2000:]}"
    return done.stdout
