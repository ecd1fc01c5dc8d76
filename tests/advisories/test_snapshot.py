"""The bundled snapshot: there, dated, small, and readable only when whole."""

import gzip
from pathlib import Path

import pytest

from ironhull.advisories._row import Tally
from ironhull.advisories.snapshot import SNAPSHOT, SOURCES
from ironhull.ecosystems.deb import sort_key
from ironhull.errors import AdvisoryError

from .serving import NOW

(SOURCE,) = SOURCES


def test_the_bundled_snapshot_is_usable() -> None:
    tally = Tally("snapshot", NOW)
    claims = list(SOURCE.parse(SNAPSHOT.parent, tally))
    assert SNAPSHOT.stat().st_size < 300_000
    assert tally.scopes == {"Debian:12": "fixed-only", "Debian:13": "fixed-only"}
    assert tally.date >= "2026-11-20"
    for scope in tally.scopes:
        assert len([pair for pair in tally.examined if pair[0] == scope]) >= 150
        assert len([claim for claim in claims if claim.scope == scope]) >= 2_000
    pairs = [(claim.scope, claim.package, claim.id) for claim in claims]
    assert len(pairs) == len(set(pairs))
    assert all(sort_key(claim.ranges[0].fixed) for claim in claims)
    known = {(c.scope, c.package, c.id): c.ranges[0].fixed for c in claims}
    assert known["Debian:12", "expat", "CVE-2023-52425"] == "2.5.0-1+deb12u2"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not gzip",
        gzip.compress(b"ironhull-fixed-cves 2 2026\n", mtime=0),
        SNAPSHOT.read_bytes()[:5_000],
        gzip.compress("ironhull-fixed-cves 1 2026\né".encode(), mtime=0),
    ],
    ids=["empty", "text", "other version", "half", "not ascii"],
)
def test_a_damaged_snapshot_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / SNAPSHOT.name).write_bytes(data)
    with pytest.raises(AdvisoryError, match="damaged"):
        list(SOURCE.parse(tmp_path, Tally("snapshot", NOW)))
