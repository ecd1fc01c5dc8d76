"""Alpine's branches by secdb, Wolfi by its security.json: what is found of versions around every
fix is what the raw files say. They are read here on their own, apk's order is written anew."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ironhull.match import Matcher
from ironhull.model import Distro, Package, Sbom, Subject, Upstream
from ironhull.store.advisories import AdvisoryIndex
from tests.acceptance import advisories_orders as orders
from tests.acceptance.advisories_raw import sample
from tests.acceptance.cli import Ironhull
from tests.acceptance.test_advisories import serving

pytestmark = pytest.mark.slow

SECDB, WOLFI = Path("alpine", "secdb"), Path("wolfi", "os", "security.json")
BRANCHES = ("v3.12", "v3.16", "v3.18", "v3.19", "v3.20", "v3.21", "edge")
VERSIONS = 8  # of each package
NAME = re.compile(r"CVE-\d{4}-\d{4,}|GHSA(?:-[0-9a-z]{4}){3}")

ASIDE = "aside"

key = cache(orders.apk)

Fixes = dict[str, dict[str, set[str]]]
"""Package -> name of a vulnerability -> the versions it is listed under ("0": never affected)."""


@pytest.fixture(scope="module")
def home(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home updated from both."""
    ironhull = Ironhull(tmp_path_factory.mktemp("secdb") / "home")
    with serving(shared_data) as server:
        root = f"http://127.0.0.1:{server.server_port}"
        urls = (f"alpine-secdb={root}/{SECDB}", f"wolfi-secdb={root}/{WOLFI}")
        given = [word for url in urls for word in ("--url", url)]
        ironhull("db", "update", *given, "--source", "alpine-secdb", "--source", "wolfi-secdb")
    return ironhull.home


def fixes(*documents: Path) -> Fixes:
    """What secdb's documents of one branch say; text that names no CVE or GHSA is passed over."""
    found: Fixes = {}
    for path in documents:
        if not path.exists():
            continue
        for entry in json.loads(path.read_bytes())["packages"]:
            names = found.setdefault(entry["pkg"]["name"], {})
            for version, texts in (entry["pkg"]["secfixes"] or {}).items():
                named = [name for text in texts or () for name in NAME.findall(text)]
                for name in named:
                    # beside a CVE a GHSA is its other name, of which one it is not said
                    aside = name.startswith("GHSA") and any(n.startswith("CVE") for n in named)
                    names.setdefault(name, set()).add(ASIDE if aside else version)
    return found


def around(names: dict[str, set[str]], package: str) -> Iterator[str]:
    """Versions at, just before and just after those that repair something."""
    listed = {text for texts in names.values() for text in texts if _is_version(text)}
    for text in sample(listed, VERSIONS // 2, package):
        yield text
        head, _, build = text.rpartition("-r")
        yield f"{head}-r{int(build) + 1}"
        yield f"{head}-r{int(build) - 1}" if int(build) else f"{head.split('_')[0]}_alpha1-r0"


def _is_version(text: str) -> bool:
    try:
        key(text)
    except ValueError:
        return False
    return text != "0" and "-r" in text


def expected(names: dict[str, set[str]], version: str) -> dict[str, bool | None]:
    """Name -> whether it applies; None where the file says two things or no version."""
    found: dict[str, bool | None] = {}
    for name, texts in names.items():
        if texts == {"0"}:
            found[name] = False
        elif all(_is_version(text) for text in texts):  # neither "0" nor ASIDE
            verdicts = {bool(key(version) < key(text)) for text in texts}
            found[name] = verdicts.pop() if len(verdicts) == 1 else None
        else:
            found[name] = None
    return found


def compare(home: Path, distro: Distro, known: Fixes) -> int:
    """What is found of each package is what its fixes say; gives how often that was compared."""
    packages = tuple(
        Package("apk", f"{name}-libs", version, upstream=Upstream(name, version))
        for name, names in known.items()
        for version in dict.fromkeys(around(names, name))
    )
    with AdvisoryIndex.open(home / "advisories" / "index.sqlite") as index:
        matched = Matcher(index).match(Sbom(Subject("list"), distro, packages))
    assert not matched.problems
    found: dict[tuple[str, str], list[Any]] = {}
    for finding in matched.findings:
        source = finding.package.source
        found.setdefault((source.name, source.version), []).append(finding)
    wrong, compared = [], 0
    for package in packages:
        name, version = package.source.name, package.source.version
        findings = found.get((name, version), [])
        got = {one for f in findings for one in (f.advisory.id, *f.advisory.aliases)}
        verdicts = expected(known[name], version)
        for one, due in verdicts.items():
            compared += due is not None
            if due is not None and (one in got) is not due:
                wrong.append(f"{name} {version} {one}: {'not ' * due}found")
        wrong += [
            f"{name} {version} {f.advisory.id}: found, and nobody says so"
            for f in findings
            if not {f.advisory.id, *f.advisory.aliases} & set(verdicts)
            and NAME.match(f.advisory.id)
        ]
        wrong += [
            f"{name} {version} {f.advisory.id}: repaired in {f.fixed}"
            for f in findings
            if verdicts.get(f.advisory.id) and f.fixed not in known[name][f.advisory.id]
        ]
    assert not wrong, f"{len(wrong)} of {compared}: " + "\n".join(wrong[:40])
    return compared


@pytest.mark.parametrize("branch", BRANCHES)
def test_alpine(home: Path, shared_data: Path, branch: str) -> None:
    known = fixes(
        *(shared_data / SECDB / branch / f"{part}.json" for part in ("main", "community"))
    )
    assert compare(home, Distro("alpine", branch.removeprefix("v")), known) > 5000


def test_wolfi(home: Path, shared_data: Path) -> None:
    assert compare(home, Distro("wolfi", "20230201"), fixes(shared_data / WOLFI)) > 10_000
