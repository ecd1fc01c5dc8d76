"""What the `apt` source learnt, kept per image: DIRECTORY/learned/DIGEST.json."""

from __future__ import annotations

import json
from pathlib import Path

from ironhull.advisories._fixed import fixed_in
from ironhull.advisories._learned import Learned
from ironhull.model import Problem
from ironhull.store.files import atomic_write

__all__ = ["read_learned", "write_learned"]

_FORMAT = 2


def write_learned(directory: Path, digest: str, learned: Learned) -> None:
    """Keep what was learnt for the image `digest`; raises StoreError."""
    document = {
        "format": _FORMAT,
        "scope": learned.scope,
        "date": learned.date,
        "source": learned.source,
        "examined": sorted(learned.examined),
        "fixed": [[a.package, a.id, a.ranges[0].fixed] for a in learned.advisories],
        "problems": [[p.stage, p.where, p.message] for p in learned.problems],
    }
    atomic_write(_path(directory, digest), json.dumps(document).encode())


def read_learned(directory: Path, digest: str) -> tuple[Learned, ...]:
    """What was learnt for the image `digest`; nothing where nothing was, or it is damaged."""
    try:
        document = json.loads(_path(directory, digest).read_bytes())
        if document["format"] != _FORMAT:
            return ()
        return (_learned(document),)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return ()


def _learned(document: dict[str, object]) -> Learned:
    scope, source = str(document["scope"]), str(document["source"])
    fixed, examined, problems = document["fixed"], document["examined"], document["problems"]
    if (
        not isinstance(fixed, list)
        or not isinstance(examined, list)
        or not isinstance(problems, list)
    ):
        raise TypeError("not what write_learned writes")
    return Learned(
        scope=scope,
        advisories=tuple(
            fixed_in(version, cve, package=package, scope=scope, source=source)
            for package, cve, version in fixed
        ),
        examined=frozenset(examined),
        date=str(document["date"]),
        source=source,
        problems=tuple(Problem(*problem) for problem in problems),
    )


def _path(directory: Path, digest: str) -> Path:
    return directory / "learned" / f"{digest.replace(':', '-') or 'none'}.json"
