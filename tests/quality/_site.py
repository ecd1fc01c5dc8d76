"""What the sources of `cases/*.toml` say, written out in the layout of the public servers.

Records of an advisory, told apart by the key they have:

    { id, aliases, upstream, withdrawn, package, scope, ranges, versions, type, affected }
        an OSV record; `ranges` are texts such as ">= 2.0 < 2.3.2", "<= 1.4" and "all"; `affected`
        a list of tables with package, scope, ranges and versions where there are several. Records
        of "DHI" and "Docker Hardened Images" go into the archive of Docker's repository.
    { tracker = { bookworm = { status, fixed_version, urgency, nodsa, nodsa_reason } } }
        Debian's tracker
    { vex = [ … ] }
        Red Hat's VEX: see `_vex`
    { secdb = { "v3.20/main" = { "1.36.1-r2" = ["CVE-…"] } } }
        Alpine's security database; "wolfi" and "chainguard" are the branches of those two
"""

import io
import json
import tarfile
import zipfile
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.quality._cases import Family
from tests.quality._vex import write_vex

MODIFIED = "2026-11-01T00:00:00Z"
TRACKER = "debian/tracker/data/json"
FEEDS = {"wolfi": "wolfi/os/security.json", "chainguard": "chainguard/security.json"}
ARCHIVE = "dhi/main.tar.gz"

Fixes = dict[str, list[str]]
"""Version -> what it is the first without."""

_OPERATORS = {">=": "introduced", "<": "fixed", "<=": "last_affected"}


@dataclass
class _Said:
    """What the sources say, by source."""

    osv: dict[str, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))
    tracker: dict[str, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))
    secdb: dict[str, dict[str, Fixes]] = field(default_factory=lambda: defaultdict(dict))
    vex: dict[str, list[list[str]]] = field(default_factory=lambda: defaultdict(list))


def write_site(root: Path, families: tuple[Family, ...]) -> set[str]:
    """Write what there is to say below `root`; gives the folders of OSV's bucket there are now."""
    said = _Said()
    for family in families:
        for advisory in family.advisories:
            for given in advisory.get("records", ()):
                _sort_in(said, given, advisory, family.folder)
    hardened = {**said.osv.pop("DHI", {}), **said.osv.pop("Docker Hardened Images", {})}
    if hardened:
        _write_archive(root / ARCHIVE, hardened)
    for folder, records in said.osv.items():
        _write_bucket(root / "osv" / folder, records)
    if said.tracker:
        _write_json(root / TRACKER, said.tracker)
    if said.vex:
        write_vex(root, said.vex)
    for branch, packages in said.secdb.items():
        path = FEEDS.get(branch, f"alpine/secdb/{branch}.json")
        _write_json(root / path, _feed(branch, packages))
    return set(said.osv)


def _sort_in(said: _Said, given: dict[str, Any], advisory: dict[str, Any], folder: str) -> None:
    name, package = advisory["id"], given.get("package", advisory["package"])
    if "tracker" in given:
        issue = {"description": advisory["why"], "releases": given["tracker"]}
        said.tracker[package][name] = issue
    elif "vex" in given:
        said.vex[name] += given["vex"]
    elif "secdb" in given:
        _secdb(said.secdb, package, given["secdb"])
    else:
        record = _record(given, advisory, folder)
        for affected in record["affected"]:
            said.osv[affected["package"]["ecosystem"].split(":")[0]][record["id"]] = record


def _record(given: dict[str, Any], advisory: dict[str, Any], folder: str) -> dict[str, Any]:
    entries = given.get("affected") or [given]
    record: dict[str, Any] = {
        "schema_version": "1.7.3",
        "id": given.get("id", advisory["id"]),
        "modified": MODIFIED,
        "published": "2025-01-01T00:00:00Z",
        "summary": advisory["why"],
        "affected": [_affected({**given, **entry}, advisory, folder) for entry in entries],
    }
    for name in ("aliases", "upstream", "related", "severity", "database_specific"):
        if name in given:
            record[name] = given[name]
    if given.get("withdrawn"):
        record["withdrawn"] = MODIFIED
    return record


def _affected(entry: dict[str, Any], advisory: dict[str, Any], folder: str) -> dict[str, Any]:
    made: dict[str, Any] = {
        "package": {
            "ecosystem": entry.get("scope", advisory.get("scope", folder)),
            "name": entry.get("package", advisory["package"]),
        }
    }
    if "ranges" in entry:
        kind = entry.get("type", "ECOSYSTEM")
        groups = [[text] for text in entry["ranges"]] if entry.get("apart") else [entry["ranges"]]
        made["ranges"] = [
            {"type": kind, "events": [event for text in group for event in events(text)]}
            for group in groups
        ]
        if kind == "GIT":
            made["ranges"][0]["repo"] = "https://example.org/repository"
    for name in ("versions", "ecosystem_specific"):
        if name in entry:
            made[name] = entry[name]
    return made


def events(text: str) -> list[dict[str, str]]:
    """The events of one range: ">= 1.0 < 1.2" is introduced 1.0, fixed 1.2."""
    words = text.split()
    found = [] if words[0] == ">=" else [{"introduced": "0"}]
    if text == "all":
        return found
    pairs = zip(words[::2], words[1::2], strict=True)
    return [*found, *({_OPERATORS[operator]: version} for operator, version in pairs)]


def _secdb(
    into: dict[str, dict[str, Fixes]],
    package: str,
    given: dict[str, Fixes],
) -> None:
    for branch, fixes in given.items():
        known = into[branch].setdefault(package, {})
        for version, names in fixes.items():
            known.setdefault(version, []).extend(names)


def _feed(branch: str, packages: dict[str, Fixes]) -> dict[str, Any]:
    release, _, repository = branch.partition("/")
    return {
        "apkurl": "{{urlprefix}}/{{distroversion}}/{{reponame}}/{{arch}}/{{pkg.name}}.apk",
        "archs": ["x86_64", "aarch64"],
        "distroversion": release,
        "reponame": repository or "os",
        "urlprefix": "https://example.org",
        "packages": [
            {"pkg": {"name": name, "secfixes": fixes}} for name, fixes in packages.items()
        ],
    }


def _write_bucket(folder: Path, records: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / "all.zip", "w") as archive:
        for name, record in sorted(records.items()):
            archive.writestr(f"{name}.json", json.dumps(record))
    lines = [f"{MODIFIED},{name}\n" for name in sorted(records)]
    (folder / "modified_id.csv").write_text("".join(lines), "ascii")


def _write_archive(path: Path, records: dict[str, Any]) -> None:
    """The archive of Docker's advisories repository: records of both its generations."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz") as archive:
        for name, record in sorted(records.items()):
            package = record["affected"][0]["package"]
            own = package["ecosystem"] == "DHI"
            place = f"osv/{package['name']}" if own else "dhi/osv"
            data = json.dumps(record).encode()
            member = tarfile.TarInfo(f"advisories-main/{place}/{name}.json")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))


def _write_json(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), "utf-8")
