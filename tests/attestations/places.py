"""The same image at every kind of place that can be written beside: `HOMES` and `home`."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ironhull.attestations import Place
from ironhull.attesting import open_place
from ironhull.commands import run
from ironhull.config import Settings, load_settings
from tests.registry.content import Example, example
from tests.registry.referrers import Counted, in_front
from tests.registry.servers import docker_registry

HOMES = ("store", "oci-dir", "registry", "registry with referrers")


@dataclass
class Home:
    """An image at a place: `reference` opens it again, `counted` what its registry was asked."""

    reference: str
    made: Example
    counted: Counted | None = None
    settings: Settings = field(default_factory=load_settings)

    def place(self) -> Place:
        """The image as it is now."""
        return open_place(self.reference, self.settings)


@contextlib.contextmanager
def home(kind: str, tmp_path: Path, salt: str = "") -> Iterator[Home]:
    """The image of `example(salt)` at a place of one of HOMES."""
    os.environ["HOME"] = str(tmp_path / "user")
    made = example(salt or kind)
    path = made.content.write(tmp_path / "layout", "app:1", made.root)
    source = f"oci-dir://{path}:app:1"
    if kind == "oci-dir":
        yield Home(source, made)
    elif kind == "store":
        assert run(["copy", "-q", source, "local://app:1"]) == 0
        yield Home("local://app:1", made)
    else:
        with docker_registry(tmp_path / "registry") as host, contextlib.ExitStack() as stack:
            api = kind != "registry"
            counted = stack.enter_context(in_front(host, api=api))
            name = f"{counted.host}/some/app:1"
            assert run(["copy", "-q", source, name]) == 0
            yield Home(f"registry://{name}", made, counted)


@pytest.fixture(params=HOMES)
def at(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Home]:
    """The image at each place in turn."""
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    with home(request.param, tmp_path) as found:
        yield found
