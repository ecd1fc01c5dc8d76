"""CISA's catalogue: the CVEs, and what it says of each."""

import json
from pathlib import Path
from typing import Any

import pytest

from ironhull.advisories._row import Tally
from ironhull.advisories.kev import parse
from ironhull.advisories.update import open_index
from ironhull.errors import AdvisoryError
from tests.advisories.serving import NOW
from tests.advisories.test_update import publish
from tests.indexes import fetched


def read(directory: Path, *entries: Any, **more: Any) -> tuple[list[tuple[str, str]], Tally]:
    catalogue = {
        "dateReleased": "2026-01-27T20:51:50.7688Z",
        "count": len(entries),
        "vulnerabilities": entries,
        **more,
    }
    (directory / "document").write_text(json.dumps(catalogue))
    tally = Tally("kev", NOW)
    return list(parse(directory, tally)), tally


FULL = {
    "cveID": "CVE-2018-14634",
    "dateAdded": "2026-01-26",
    "dueDate": "2026-02-16",
    "knownRansomwareCampaignUse": "Known",
}


def test_what_an_entry_says(tmp_path: Path) -> None:
    found, tally = read(
        tmp_path,
        FULL,
        {"cveID": "CVE-2026-0001", "dateAdded": "2026-01-26", "dueDate": "", "notes": 3},
        {"cveID": "CVE-2026-0002", "dueDate": 5, "knownRansomwareCampaignUse": "Unknown"},
        {"cveID": "not a CVE"},
        {"cveID": 7},
    )
    assert found == [
        ("CVE-2018-14634", "listed 2026-01-26, to be repaired by 2026-02-16, used by ransomware"),
        ("CVE-2026-0001", "listed 2026-01-26"),
        ("CVE-2026-0002", ""),
    ]
    assert (tally.date, tally.skipped) == ("2026-01-27T20:51:50Z", 2)


@pytest.mark.parametrize(
    "more",
    [
        *({"count": 7}, {"vulnerabilities": []}, {"vulnerabilities": [3]}, {"dateReleased": None}),
        *({"vulnerabilities": ["CVE-2026-0001"]}, {"vulnerabilities": {}}),
    ],
)
def test_what_is_no_catalogue_is_refused(more: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(AdvisoryError):
        read(tmp_path, FULL, **more)


def test_it_can_be_asked_of_the_index(tmp_path: Path) -> None:
    world = tmp_path / "world"
    publish(world)
    path = world / "kev/known_exploited_vulnerabilities.json"
    catalogue = json.loads(path.read_text())
    catalogue["vulnerabilities"] = [FULL | {"cveID": "CVE-2026-0001"}]
    path.write_text(json.dumps(catalogue))
    fetched(world, tmp_path / "data")
    with open_index(tmp_path / "data", now=NOW) as index:
        assert index.kev("CVE-2026-0001")
        said = {(kind, whose): value for kind, value, whose in index.facts("CVE-2026-0001")}
    assert said["kev", "CISA"].startswith("listed 2026-01-26")
