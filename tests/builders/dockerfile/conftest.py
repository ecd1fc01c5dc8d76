"""Programs for each test."""

from pathlib import Path

import pytest

from tests.builders.dockerfile.programs import Programs


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    """An empty directory of programs."""
    return Programs(tmp_path / "bin")
