"""Two bases and two app images, built once for all tests and all workers of a run.

Downloaded packages are kept in `.pytest_cache/` of the checkout, so that a second run is quick;
the user's own images and caches are never touched.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.acceptance.cli import ROOT, Ironhull

APP = ROOT / "examples" / "reservations"
BASES = {"init": "python:3.13-debian13-slim", "hardened": "python:3.13-debian13"}


@dataclass(frozen=True)
class Web:
    """The images `web:init` and `web:hardened` in the store of `ironhull`, to be read only."""

    ironhull: Ironhull
    locks: Path


def _shared(factory: pytest.TempPathFactory) -> Path:
    """A directory that all workers of this run see."""
    base = factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def downloads() -> Path:
    """A cache of downloaded packages that outlives the run."""
    cache = ROOT / ".pytest_cache" / "downloads"
    cache.mkdir(parents=True, exist_ok=True)
    return cache


@pytest.fixture(scope="session")
def web(
    debian_archive: str, pypi: str, downloads: Path, tmp_path_factory: pytest.TempPathFactory
) -> Web:
    """Both bases and both app images, as `make demo` builds them."""
    place = _shared(tmp_path_factory) / "acceptance"
    place.mkdir(exist_ok=True)
    made = Web(Ironhull(new_home(place / "home", downloads)), place)
    done = place / "done"
    with _alone(place / "lock"):
        if not done.exists():
            for name, base in BASES.items():
                made.ironhull("base", "build", base, "--lock", place / f"base-{name}.lock")
                lock = place / f"{name}.lock"
                made.ironhull("build", APP, "--base", base, "-t", f"web:{name}", "--lock", lock)
            done.touch()
    return made


def new_home(home: Path, downloads: Path, *, images: Path | None = None) -> Path:
    """A home that shares downloads and, to read them, the images of another one."""
    home.mkdir(exist_ok=True)
    for name, target in (("cache", downloads), ("images", images)):
        if target is not None and not (home / name).is_symlink():
            (home / name).symlink_to(target)
    return home


@pytest.fixture(params=BASES)
def image(request: pytest.FixtureRequest) -> str:
    """The name of one image after the other."""
    return f"web:{request.param}"
