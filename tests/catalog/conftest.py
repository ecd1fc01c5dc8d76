"""The images of the catalog, built once for all tests of a run.

By itself a run builds what people run; with IRONHULL_WHOLE_CATALOG=1 also what they build in.
"""

import os
from pathlib import Path

import pytest

from ironhull.builders.debian_base.catalog import CatalogEntry, catalog
from tests.acceptance.cli import ROOT, Ironhull
from tests.acceptance.conftest import new_home

WHOLE = bool(os.environ.get("IRONHULL_WHOLE_CATALOG"))
ENTRIES = [entry for entry in catalog() if WHOLE or entry.definition.variant == "runtime"]


@pytest.fixture(scope="session")
def ironhull(debian_archive: str, tmp_path_factory: pytest.TempPathFactory) -> Ironhull:
    """A home for the catalog; packages that were downloaded are kept in the checkout."""
    downloads = ROOT / ".pytest_cache" / "downloads"
    downloads.mkdir(parents=True, exist_ok=True)
    return Ironhull(new_home(tmp_path_factory.mktemp("catalog"), downloads))


@pytest.fixture(scope="session", params=ENTRIES, ids=lambda entry: entry.name)
def entry(request: pytest.FixtureRequest) -> CatalogEntry:
    """A definition of the catalog."""
    found: CatalogEntry = request.param
    return found


@pytest.fixture(scope="session")
def keys(ironhull: Ironhull) -> Path:
    """A pair of keys: `key` signs, `key.pub` beside it verifies."""
    ironhull("key", "generate", "--no-password", "-q", "-o", ironhull.home / "release")
    return ironhull.home / "release.key"


@pytest.fixture(scope="session")
def built(ironhull: Ironhull, entry: CatalogEntry, keys: Path) -> str:
    """The name of the image, which is signed and says what it is not affected by."""
    ironhull("base", "build", entry.name, "--vex", "--key", keys)
    return f"ironhull/{entry.name}"
