"""Debian 12 and 13 by the security tracker: every (source, CVE) that applies is found with its
status, and nothing else. The tracker's JSON and the archive's lists are read here on their own."""

import json
import lzma
import urllib.request
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ironhull.match import Matcher
from ironhull.model import Distro, Finding, Package, Sbom, Subject, Upstream
from ironhull.store.advisories import AdvisoryIndex
from tests.acceptance import advisories_orders as orders
from tests.acceptance.advisories_raw import sample
from tests.acceptance.cli import Ironhull
from tests.acceptance.test_advisories import TRACKER, changelog_facts, serving

pytestmark = pytest.mark.slow

RELEASES = {"12": "bookworm", "13": "trixie"}
FIXES = 3  # of each source, each with the version just before it

Said = dict[str, tuple[str, str]]
"""CVE -> (status, version that repairs it) of one source of one version."""

key = cache(orders.debian)


@pytest.fixture(scope="module")
def home(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home updated from the tracker."""
    ironhull = Ironhull(tmp_path_factory.mktemp("tracker") / "home")
    with serving(shared_data) as server:
        url = f"debian-tracker=http://127.0.0.1:{server.server_port}/{TRACKER}"
        ironhull("db", "update", "--url", url, "--source", "debian-tracker")
    return ironhull.home


@pytest.fixture(scope="module")
def tracker(shared_data: Path) -> Any:
    return json.loads((shared_data / TRACKER).read_bytes())


def said(issues: Any, codename: str, version: str, changelogs: dict[str, str]) -> Said:
    """What the tracker says of a version: fixed_version "0" is not affected, open has no fix. Where
    it knows no fix, the bundled facts of changelogs name one for older versions."""
    found: Said = {}
    for cve, issue in issues.items():
        release = issue["releases"].get(codename)
        if release is None:
            continue
        fixed, named = release.get("fixed_version", ""), changelogs.get(cve, "")
        if fixed:
            if fixed != "0" and key(version) < key(fixed):
                found[cve] = ("fixed", fixed)
        elif named and key(version) < key(named):
            found[cve] = ("fixed", named)
        elif release["status"] == "undetermined":
            if not named:
                found[cve] = ("undetermined", "")
        elif release["status"] == "open":
            found[cve] = (_open(release), "")
    return found


def _open(release: Any) -> str:
    if release["urgency"].rstrip("*") == "end-of-life":
        return "end-of-life"
    return "will-not-fix" if "nodsa" in release else "unfixed"


Installed = dict[tuple[str, str], Package]
"""(source, version) -> a binary package built from it."""


def compare(home: Path, tracker: Any, release: str, installed: Installed) -> int:
    """Everything found of `installed` is what the tracker says; gives how many findings it was."""
    distro = Distro("debian", release, RELEASES[release])
    with AdvisoryIndex.open(home / "advisories" / "index.sqlite") as index:
        sbom = Sbom(Subject("list"), distro, tuple(installed.values()))
        matched = Matcher(index).match(sbom)
    assert not matched.problems
    found: dict[tuple[str, str], Said] = {place: {} for place in installed}
    for finding in matched.findings:
        if not _only_learnt(finding):
            source = finding.package.source
            status = (finding.status, finding.fixed)
            found[source.name, source.version][finding.advisory.id] = status
    changelogs: dict[str, dict[str, str]] = {}
    for (package, cve), named in changelog_facts(release).items():
        changelogs.setdefault(package, {})[cve] = named
    wrong = []
    total = 0
    for (name, version), statuses in found.items():
        known = changelogs.get(name, {})
        expected = said(tracker.get(name, {}), RELEASES[release], version, known)
        total += len(expected)
        for cve in sorted(set(expected) | set(statuses)):
            if expected.get(cve) != statuses.get(cve):
                due, got = expected.get(cve), statuses.get(cve)
                wrong.append(f"{name} {version} {cve}: {got}, not {due}")
    assert not wrong, f"{len(wrong)} of {total}: " + "\n".join(wrong[:40])
    return total


def _only_learnt(finding: Finding) -> bool:
    """Known from the bundled facts alone: the copy of the tracker does not name it."""
    return finding.advisory.sources == ("snapshot",)


@pytest.mark.parametrize("release", RELEASES)
def test_versions_around_every_fix(home: Path, tracker: Any, release: str) -> None:
    installed: Installed = {}
    for source, issues in tracker.items():
        releases = [issue["releases"].get(RELEASES[release], {}) for issue in issues.values()]
        fixes = {r["fixed_version"] for r in releases if r.get("fixed_version", "0") != "0"}
        there = {text for r in releases for text in r.get("repositories", {}).values()}
        some = sample(fixes, FIXES, source)
        for version in {*some, *(f"{text}~" for text in some), *there}:
            name = f"lib{source}-bin"
            upstream = Upstream(source, version)
            installed[source, version] = Package("deb", name, f"{version}+b1", upstream=upstream)
    assert len(installed) > 3000
    assert compare(home, tracker, release, installed) > 20_000


@pytest.mark.network
@pytest.mark.parametrize("release", RELEASES)
def test_what_the_archive_has_today(
    home: Path, tracker: Any, release: str, debian_archive: str
) -> None:
    url = f"{debian_archive}/dists/{RELEASES[release]}/main/binary-amd64/Packages.xz"
    with urllib.request.urlopen(url, timeout=120) as answer:
        listed = lzma.decompress(answer.read()).decode()
    installed: Installed = {}
    for paragraph in listed.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in paragraph.splitlines() if ": " in line[:24])
        if "Package" not in fields:
            continue
        name, version = fields["Package"], fields["Version"]
        source, _, other = fields.get("Source", name).partition(" ")
        place = (source, other.strip("()") or version)
        upstream = Upstream(*place)
        installed.setdefault(place, Package("deb", name, version, upstream=upstream))
    assert len(installed) > 20_000
    assert compare(home, tracker, release, installed) > 1000
