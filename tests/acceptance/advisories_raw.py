"""Raw files of advisory sources, read on their own: what they say is worked out here, by the
documents of those who publish them, and never by our own parsers, merging or orders."""

import json
import random
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.acceptance.advisories_orders import Key

SEED = 20261122
PSEUDO = re.compile(r"\d{14}-[0-9a-f]{12}")


@dataclass
class Known:
    """What one OSV record says of one package."""

    id: str
    names: frozenset[str]
    ranges: list[list[tuple[str, str]]] = field(default_factory=list)
    versions: set[str] = field(default_factory=set)
    # whether the database says in fields of its own where a range ends, in versions or in commits
    elsewhere: bool = False
    at_commits: bool = False

    def affects(self, version: str, key: Key) -> bool:
        """OSV schema, "Evaluation": listed, or inside a range; ValueError where nobody can tell."""
        if version in self.versions:
            return True
        place = key(version)
        if any(_inside(place, events, key) for events in self.ranges):
            return True
        return any(_same(place, text, key) for text in self.versions)

    def endless(self, key: Key) -> bool:
        """Whether it knows no end of some range."""
        for events in self.ranges:
            placed = [(text != "0" and key(text), kind) for kind, text in events if text != "0"]
            if not placed or max(placed, key=lambda item: item[0])[1] == "introduced":
                return True
        return False

    def named(self) -> set[str]:
        """Every version its ranges name."""
        return {text for events in self.ranges for _, text in events if text != "0"}


def _same(place: Any, text: str, key: Key) -> bool:
    try:
        return bool(place == key(text))
    except ValueError:
        return False


def _inside(place: Any, events: list[tuple[str, str]], key: Key) -> bool:
    """The last event at or below the version decides; of those at one version the last written."""
    state = False
    placed = [(text == "0" or key(text), kind, text) for kind, text in events]
    first = [item for item in placed if item[2] == "0"]
    rest = sorted((item for item in placed if item[2] != "0"), key=lambda item: item[0])
    for limit, kind, text in (*first, *rest):
        if text == "0" or place >= limit:
            if kind == "introduced":
                state = True
            elif kind == "fixed" or place > limit:
                state = False
    return state


def records(archive: Path) -> Iterator[dict[str, Any]]:
    """The records of an all.zip that were not withdrawn."""
    with zipfile.ZipFile(archive) as file:
        for name in sorted(file.namelist()):
            record = json.loads(file.read(name))
            if not record.get("withdrawn"):
                yield record


def _ends_elsewhere(affected: dict[str, Any]) -> str:
    """ "versions" for GHSA's last known affected version and Go's ranges in a project's own
    versions, "commits" where those end at a pseudo-version, which no release can be held against;
    "" where several ends follow one beginning, as each is that of a line of its own."""
    if "last_known_affected_version_range" in affected.get("database_specific", {}):
        return "versions"
    custom = affected.get("ecosystem_specific", {}).get("custom_ranges", ())
    events = [pair for spread in custom for event in spread["events"] for pair in event.items()]
    ends = [text for kind, text in events if kind != "introduced"]
    if not events or len(ends) * 2 > len(events):
        return ""
    return "commits" if any(PSEUDO.search(text) for text in ends) else "versions"


def by_package(archive: Path, ecosystem: str) -> dict[str, list[Known]]:
    """Package -> what every record says of it, in one ecosystem."""
    found: dict[str, list[Known]] = {}
    for record in records(archive):
        names = frozenset((record["id"], *record.get("aliases", ()), *record.get("upstream", ())))
        here: dict[str, Known] = {}
        for affected in record.get("affected", ()):
            package = affected.get("package", {})
            if package.get("ecosystem") != ecosystem:
                continue
            known = here.setdefault(package["name"], Known(record["id"], names))
            known.versions.update(affected.get("versions", ()))
            ends = _ends_elsewhere(affected)
            known.elsewhere |= ends == "versions"
            known.at_commits |= ends == "commits"
            for spread in affected.get("ranges", ()):
                if spread["type"] in ("ECOSYSTEM", "SEMVER"):
                    events = [pair for event in spread["events"] for pair in event.items()]
                    known.ranges.append(events)
        for package, known in here.items():
            found.setdefault(package, []).append(known)
    return found


def groups(known: list[Known]) -> dict[str, set[str]]:
    """Record id -> the names of everything that is tied to it by shared names."""
    of: dict[str, set[str]] = {}
    for item in known:
        names = set(item.names)
        for name in item.names:
            names |= of.get(name, set())
        for name in names:
            of[name] = names
    return of


def sample(items: Iterable[str], number: int, salt: str = "") -> list[str]:
    """At most `number` of `items`, always the same ones."""
    listed = sorted(items)
    if len(listed) <= number:
        return listed
    return sorted(random.Random(f"{SEED} {salt}").sample(listed, number))
