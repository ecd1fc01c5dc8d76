"""Packages of languages, judged by an index of all records there are: of a thousand records each,
every version they list is found, and none that they repair. What a record says is worked out by
`advisories_raw` with the orders of `advisories_orders`."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from ironhull.match import Matcher
from ironhull.model import Package, Sbom, Subject
from ironhull.store.advisories import AdvisoryIndex
from tests.acceptance import advisories_orders as orders
from tests.acceptance.advisories_raw import PSEUDO, Known, by_package, groups, sample
from tests.acceptance.cli import Ironhull
from tests.acceptance.test_advisories import serving

pytestmark = pytest.mark.slow

RECORDS = 1000
LISTED = 25  # of the versions a record lists, beside all that its ranges name
OTHERS = 10  # of the versions that other records on the package name


def _as_is(name: str) -> str:
    return name


def _pep503(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


FRAMEWORK = re.compile(r"microsoft\.(netcore|aspnetcore|windowsdesktop)\.app", re.IGNORECASE)


def _nuget(name: str) -> str:
    """Shared frameworks are left out: records name them by the packages of each platform."""
    return "" if FRAMEWORK.match(name) else name.lower()


@dataclass(frozen=True)
class Language:
    """A folder of the bucket, the purl type, an order that is not ours, what makes names equal
    ("": left out)."""

    folder: str
    ecosystem: str
    key: orders.Key
    fold: Callable[[str], str] = _as_is


LANGUAGES = (
    Language("npm", "npm", orders.semver),
    Language("PyPI", "pypi", orders.python, _pep503),
    Language("Go", "golang", orders.semver),
    Language("Maven", "maven", orders.maven),
    Language("crates.io", "cargo", orders.semver),
    Language("RubyGems", "gem", orders.rubygems),
    Language("Packagist", "composer", orders.composer, str.lower),
    Language("NuGet", "nuget", orders.nuget, _nuget),
)


@pytest.fixture(scope="module")
def home(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home updated from all records of these languages."""
    ironhull = Ironhull(tmp_path_factory.mktemp("languages") / "home")
    names = [f"osv-{language.folder.lower()}" for language in LANGUAGES]
    with serving(shared_data) as server:
        url = f"osv=http://127.0.0.1:{server.server_port}/osv"
        ironhull(*("db", "update", "--url", url), *(w for n in names for w in ("--source", n)))
    return ironhull.home


@dataclass(frozen=True)
class Found:
    """What was found of every (package, version): the names of each finding, and what was not
    compared."""

    names: dict[tuple[str, str], list[set[str]]]
    silent: set[str]


def judged(home: Path, language: Language, asked: set[tuple[str, str]]) -> Found:
    packages = tuple(Package(language.ecosystem, name, text) for name, text in sorted(asked))
    with AdvisoryIndex.open(home / "advisories" / "index.sqlite") as index:
        matched = Matcher(index).match(Sbom(Subject("list"), None, packages))
    found: dict[tuple[str, str], list[set[str]]] = {}
    for finding in matched.findings:
        names = {finding.advisory.id, *finding.advisory.aliases}
        for package in finding.packages:
            found.setdefault((package.name, package.version), []).append(names)
    return Found(found, {problem.where for problem in matched.problems})


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.folder)
def test_what_records_list_is_found_and_what_they_repair_is_not(
    home: Path, shared_data: Path, language: Language
) -> None:
    archive = shared_data / "osv" / language.folder / "all.zip"
    known = _folded(by_package(archive, language.folder), language)
    chosen = set(sample({item.id for items in known.values() for item in items}, RECORDS))
    asked = [
        (name, item, version)
        for name, items in sorted(known.items())
        for item in items
        if item.id in chosen
        for version in _versions(item, items)
    ]
    found = judged(home, language, {(name, version) for name, _, version in asked})
    key = cache(language.key)
    tied = {name: _tied(items) for name, items in known.items()}
    wrong = [f"{place}: two findings of one vulnerability" for place in _twice(found)]
    undecided = 0
    for name, item, version in asked:
        try:
            expected = _expected(item, tied[name][item.id], version, key)
        except ValueError:
            expected = None
        silent = Package(language.ecosystem, name, version).purl in found.silent
        undecided += silent or expected is None
        if not silent and expected is not None:
            got = any(item.id in names for names in found.names.get((name, version), ()))
            if got is not expected:
                wrong.append(f"{item.id} {name} {version}: {'not ' * (not got)}found")
    assert not wrong, f"{len(wrong)} of {len(asked)}: " + "\n".join(wrong[:40])
    assert len(asked) > 2 * len(chosen)
    assert undecided < len(asked) / 10, f"{undecided} of {len(asked)} versions left out"


def _twice(found: Found) -> list[tuple[str, str]]:
    """Packages with two findings that share a name, though one of them has no CVE of its own."""
    places = []
    for place, findings in found.names.items():
        seen: dict[str, bool] = {}  # name -> whether every finding with it so far has a CVE
        for names in findings:
            own = any(name.startswith("CVE-") for name in names)
            if any(name in seen and not (own and seen[name]) for name in names):
                places.append(place)
            seen.update((name, own and seen.get(name, True)) for name in names)
    return places


def _versions(item: Known, items: list[Known]) -> set[str]:
    """What a record names, and some of what others say of the same package."""
    others = {text for other in items for text in other.named()}
    listed = sample(item.versions, LISTED, item.id)
    return {*item.named(), *listed, *sample(others, OTHERS, item.id)}


def _folded(known: dict[str, list[Known]], language: Language) -> dict[str, list[Known]]:
    found: dict[str, list[Known]] = {}
    for name, items in known.items():
        found.setdefault(language.fold(name), []).extend(items)
    found.pop("", None)
    return found


def _tied(items: list[Known]) -> dict[str, list[Known]]:
    """Record id -> the other records on the same vulnerability."""
    names = groups(items)
    return {
        item.id: [other for other in items if other is not item and other.id in names[item.id]]
        for item in items
    }


def _expected(item: Known, others: list[Known], version: str, key: orders.Key) -> bool | None:
    """Whether the record's finding is due; None where records of the same vulnerability differ:
    another one may say so too, or one that knows the fixes denies what this one leaves open."""
    verdicts = [other.affects(version, key) for other in others]
    if not item.affects(version, key):
        return None if any(verdicts) else False
    if item.endless(key):
        pairs = zip(others, verdicts, strict=True)
        denied = any(not verdict and not other.endless(key) for other, verdict in pairs)
        ended = item.elsewhere or (item.at_commits and PSEUDO.search(version))
        if denied or (ended and version not in item.versions):
            return None
    return True
