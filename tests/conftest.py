"""Fixtures that find what a machine may or may not have, and say so when it has not."""

import signal
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts what it runs in the background so, and programs that are started would ignore
    # the interruptions some tests are about.
    signal.signal(signal.SIGINT, signal.default_int_handler)


# How long an example takes is the machine's business, not what a property is about.
settings.register_profile("tests", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tests")

ROOT = Path(__file__).resolve().parent.parent
DEBIAN = "http://deb.debian.org/debian"


def _reachable(url: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            answer.read(1)
    except OSError as trouble:
        return str(trouble)
    return ""


@pytest.fixture(scope="session")
def debian_archive() -> str:
    """The URL of a Debian archive that answers."""
    if trouble := _reachable(f"{DEBIAN}/dists/trixie/InRelease"):
        pytest.skip(f"the Debian archive cannot be reached: {trouble}")
    return DEBIAN


@pytest.fixture(scope="session")
def pypi() -> str:
    """The URL of a Python package index that answers pip."""
    if trouble := _reachable("https://pypi.org/simple/six/"):
        pytest.skip(f"PyPI cannot be reached: {trouble}")
    return "https://pypi.org/simple"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real advisory data beside the project, in the layout of the public sources."""
    data = ROOT.parent / "shared" / "data"
    if not (data / "SOURCES.md").exists():
        pytest.skip("no real advisory data at ../shared/data")
    return data


@pytest.fixture(autouse=True)
def _own_home(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """No test reads or writes the user's own images, caches or advisory data."""
    monkeypatch.setenv("IRONHULL_HOME", str(tmp_path_factory.mktemp("home")))
    yield


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user of our own: no credentials, an empty store."""
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.setenv("IRONHULL_HOME", str(tmp_path / "home"))
    for name in ("DOCKER_CONFIG", "REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path
