"""Images with statements attached, in a store of a home of their own."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ironhull.commands import run
from ironhull.config import Settings, load_settings
from ironhull.model import Image
from ironhull.pipeline import Opened, opened, read
from ironhull.statements.gathering import Rules
from ironhull.store.images import ImageStore
from ironhull.vexing import Asked, Gathered, gather
from tests.images import Files, stored
from tests.vexing.serving import NOW

DEBIAN: Files = {
    "etc/os-release": "ID=debian\nVERSION_ID=13\n",
    "var/lib/dpkg/status": "Package: curl\nStatus: install ok installed\nVersion: 8.1-1\n"
    "Architecture: amd64\nSource: curl-source\n\n",
}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of an empty home, on a machine where nobody configured anything."""
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.setenv("IRONHULL_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.delenv("DOCKER_CONFIG", raising=False)
    return load_settings()


def make(settings: Settings, name: str, files: Files | None = None, **options: Any) -> Image:
    """An image in the store of `settings`."""
    return stored(ImageStore(settings.images), name, DEBIAN if files is None else files, **options)


def derived(
    settings: Settings, name: str, base: Image, files: Files | None = None, **options: Any
) -> Image:
    """An image on top of `base` that says so."""
    said = {
        "org.opencontainers.image.base.name": base.name,
        "org.opencontainers.image.base.digest": base.digest,
    }
    files = {"app/main": name} if files is None else files
    return make(settings, name, files, base=base, annotations=said, **options)


def attach(tmp_path: Path, image: str, document: bytes, *words: str) -> None:
    """`ironhull vex attach` of `document`."""
    path = tmp_path / "attached.json"
    path.write_bytes(document)
    assert run(["vex", "attach", "-q", image, str(path), *words]) == 0


def gathered(
    settings: Settings,
    image: str,
    *wanted: str,
    attached: bool = True,
    rules: Rules | None = None,
    about: Sequence[str] | None = None,
) -> Gathered:
    """What is gathered about `image`."""
    found: Opened = opened(image, settings)
    asked = Asked(wanted, attached, about, rules, NOW, image)
    return gather(found, read(found, settings), settings, asked)


def names(found: Gathered) -> list[tuple[str, str]]:
    """(vulnerability, origin) of every statement."""
    return [(statement.vulnerability, statement.origin) for statement in found.statements]
