"""Posture through the caches, and the facts policies are given."""

from pathlib import Path
from typing import Any

import pytest

from ironhull.config import Settings, load_settings
from ironhull.inspecting import image_facts, inspect_image, root_users, support_of
from ironhull.model import (
    Distro,
    Image,
    Location,
    MadeWith,
    Package,
    Platform,
    Report,
    Sbom,
    Subject,
)
from ironhull.oci.edit import ImageConfig
from ironhull.oci.pack import Member
from ironhull.pipeline import Opened, scan
from ironhull.values import replace
from tests.images import image

NOW = "2026-01-10T00:00:00Z"
FILES = {
    "etc/passwd": "root:x:0:0::/:\ntoor:x:0:0::/:\n",
    "bin/sh": Member("", "file", 0o4755, content=b"\x7fELF"),
}


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which layers are read, from here on."""
    from ironhull.oci import _reading

    found: list[str] = []
    read_layer = _reading.read_layer

    def noted(layer: Any, *rest: Any, **more: Any) -> Any:
        found.append(layer.diff_id)
        return read_layer(layer, *rest, **more)

    monkeypatch.setattr(_reading, "read_layer", noted)
    return found


@pytest.fixture
def settings() -> Settings:
    return load_settings()


def made(user: str = "toor") -> Image:
    return image([FILES], config=ImageConfig(user=user))


def report(*packages: Package, distro: Distro | None = None) -> Report:
    return Report(Sbom(Subject("web"), distro, packages), (), (), MadeWith("1"))


def test_an_image_is_looked_into_once(settings: Settings, reads: list[str]) -> None:
    found = inspect_image(made(), settings)
    posture, problems = found
    assert posture is not None
    assert not problems
    assert posture.setuid == ("bin/sh",)
    assert posture.uid == 0
    assert inspect_image(made(), settings) == found
    assert len(reads) == 1


def test_a_layer_is_looked_into_once_for_all_images(settings: Settings, reads: list[str]) -> None:
    inspect_image(made(), settings)
    other, _ = inspect_image(made(user="65532"), settings)
    assert other is not None
    assert other.uid == 65532
    assert len(reads) == 1


def test_without_a_cache_it_is_read_each_time(settings: Settings, reads: list[str]) -> None:
    bare = replace(settings, cache_bytes=0)
    assert inspect_image(made(), bare) == inspect_image(made(), bare)
    assert root_users(made(), bare) == ("root", "toor")
    assert len(reads) == 3


def test_other_systems_are_not_guessed_about(settings: Settings) -> None:
    windows = replace(made(), platform=Platform("windows", "amd64"))
    posture, problems = inspect_image(windows, settings)
    assert posture is None
    assert "windows" in problems[0].message
    facts, told = image_facts(Opened(windows), report(), settings, ["posture"])
    assert "posture" not in facts
    assert told == problems


def test_users_are_taken_from_what_a_scan_has_read(settings: Settings, reads: list[str]) -> None:
    found = made()
    scan(Opened(found), settings)
    assert len(reads) == 1
    assert root_users(found, settings) == ("root", "toor")
    assert root_users(found, settings) == ("root", "toor")
    assert len(reads) == 1


def test_only_what_policies_name_is_looked_for(settings: Settings, reads: list[str]) -> None:
    opened = Opened(made())
    assert image_facts(opened, report(), settings, ["input.secrets"]) == ({}, ())
    assert not reads
    facts, _ = image_facts(opened, report(), settings, ["input.ironhull.root_users"])
    assert facts == {"root_users": ["root", "toor"]}
    facts, _ = image_facts(opened, report(), settings, ["input.ironhull.posture.tools"])
    assert facts["posture"]["setuid"] == ["/bin/sh"]
    assert facts["posture"]["complete"] is True
    assert facts["root_users"] == ["root", "toor"]


def test_names_that_are_no_utf_8_can_be_given_to_policies(settings: Settings) -> None:
    odd = image([{"etc/passwd": b"a\xff:x:0:0::/:\n"}], config=ImageConfig(user="app"))
    for text in ("root_users", "posture"):
        facts, _ = image_facts(Opened(odd), report(), settings, [text])
        (name,) = facts["root_users"]
        assert name.encode()


@pytest.mark.parametrize("user", ["", "0", "root", "1000:1000", ":5"])
def test_numbers_are_not_looked_up(settings: Settings, reads: list[str], user: str) -> None:
    assert image_facts(Opened(made(user)), report(), settings, ["root_users"]) == ({}, ())
    assert not reads


def test_a_document_has_no_files(settings: Settings) -> None:
    opened = Opened(None, report().sbom)
    assert image_facts(opened, report(), settings, ["posture root_users"]) == ({}, ())


def test_support_of_distribution_and_runtimes() -> None:
    rows = support_of(
        report(
            Package("generic", "python", "3.9.1", locations=(Location("opt/python", "sha256:1"),)),
            Package("generic", "python", "3.9.2"),
            Package("generic", "node", "99.1", owned_by="pkg:deb/debian/nodejs@99"),
            Package("generic", "ruby", "99.1"),
            Package("deb", "python3.9", "3.9.2-1"),
            distro=Distro("debian", "12"),
        ),
        NOW,
    )
    assert [(r["kind"], r["name"], r["release"], r.get("days_left")) for r in rows] == [
        ("distribution", "debian", "12", 902),
        ("runtime", "python", "3.9", -71),
        ("runtime", "ruby", "99.1", None),
    ]
    assert rows[1]["purl"] == "pkg:generic/python@3.9.1"
    assert rows[1]["paths"] == ["/opt/python"]
    assert rows[1]["ends"] == "2025-10-31"
    assert support_of(report(), NOW) == []


def test_a_directory_is_looked_into_each_time(tmp_path: Path, settings: Settings) -> None:
    program = tmp_path / "bin" / "sh"
    program.parent.mkdir()
    program.write_bytes(b"\x7fELF")
    program.chmod(0o755)
    directory = replace(made(), origin="fs", root=str(tmp_path), layers=())
    first, _ = inspect_image(directory, settings)
    program.unlink()
    second, _ = inspect_image(directory, settings)
    assert first is not None
    assert second is not None
    assert (len(first.tools), len(second.tools)) == (1, 0)
