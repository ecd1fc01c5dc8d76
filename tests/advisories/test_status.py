"""What `db status` advises."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ironhull.advisories.status import SourceStatus, _advice

CURRENT = SourceStatus(
    name="osv-npm",
    url="https://mirror.example/osv",
    date="2026-11-01T00:00:00Z",
    fetched="2026-11-21T00:00:00Z",
    age_days=20,
    records=4_580,
    skipped=0,
    state="current",
)


@pytest.mark.parametrize(
    ("source", "word"),
    [
        (CURRENT, "all of it is current"),
        (replace(CURRENT, age_days=61), "silent: osv-npm"),
        (replace(CURRENT, age_days=60), "all of it is current"),
        (replace(CURRENT, age_days=400, records=45), "all of it is current"),
        (replace(CURRENT, age_days=400, state="stale"), "stale: osv-npm"),
        (replace(CURRENT, age_days=None, state="missing"), "missing: osv-npm"),
    ],
)
def test_each_kind_of_trouble_is_told_apart(source: SourceStatus, word: str) -> None:
    (line,) = _advice([source])
    assert line.startswith(word)
