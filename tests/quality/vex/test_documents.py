"""The statements that publishers made: every one is read, and applies to what it names."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.quality.vex._gate import census
from tests.quality.vex.documents import COLLECTIONS, collections

EVERY = 61
"""Of the statements read, one of so many is judged here; all by `python -m tests.quality.vex`."""


@pytest.mark.parametrize("name", COLLECTIONS)
def test_statements_apply_where_they_should(name: str, shared_data: Path) -> None:
    (collection,) = [c for c in collections(shared_data) if name.startswith(c.name)]
    found = census(collection, EVERY, pooled=9)
    assert found.read == found.statements - sum(found.refused.values()) > 5000
    assert not found.wrong, "\n".join(found.wrong[:20])
    assert found.judged == -(-found.read // EVERY)
    assert found.applied == found.judged, "a statement applies to nothing it names"
    assert found.deciding
