"""What the `apt` source learnt, kept per release: DIRECTORY/learned/SCOPE.json."""

from __future__ import annotations

import json
from pathlib import Path

from ironhull.advisories._fixed import fixed_in
from ironhull.advisories._learned import Learned
from ironhull.model import Problem
from ironhull.store.files import atomic_write

__all__ = ["read_learned", "write_learned"]

_FORMAT = 3


def write_learned(directory: Path, learned: Learned) -> None:
    """Keep what was learnt of a scope in place of what was known; raises StoreError."""
    document = {
        "format": _FORMAT,
        "scope": learned.scope,
        "date": learned.date,
        "source": learned.source,
        "examined": dict(sorted(learned.examined.items())),
        "fixed": [[a.package, a.id, a.ranges[0].fixed] for a in learned.advisories],
        "problems": [[p.stage, p.where, p.message] for p in learned.problems],
    }
    path = directory / "learned" / f"{learned.scope.replace(':', '-')}.json"
    atomic_write(path, json.dumps(document).encode())


def read_learned(directory: Path) -> tuple[Learned, ...]:
    """What was learnt of each scope; a damaged file is nothing learnt."""
    read = (_read(path) for path in sorted((directory / "learned").glob("*.json")))
    return tuple(learned for learned in read if learned is not None)


def _read(path: Path) -> Learned | None:
    try:
        document = json.loads(path.read_bytes())
        return _learned(document) if document["format"] == _FORMAT else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _learned(document: dict[str, object]) -> Learned:
    scope, source = str(document["scope"]), str(document["source"])
    fixed, examined, problems = document["fixed"], document["examined"], document["problems"]
    if (
        not isinstance(fixed, list)
        or not isinstance(examined, dict)
        or not isinstance(problems, list)
    ):
        raise TypeError("not what write_learned writes")
    return Learned(
        scope=scope,
        advisories=tuple(
            fixed_in(version, cve, package=package, scope=scope, source=source)
            for package, cve, version in fixed
        ),
        examined=examined,
        date=str(document["date"]),
        source=source,
        problems=tuple(Problem(*problem) for problem in problems),
    )
