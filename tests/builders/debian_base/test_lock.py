"""Lock files: what is written comes back, what was changed by hand is checked."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.builders.debian_base.definition import Definition, load_definition
from ironhull.builders.debian_base.lock import (
    Lock,
    check_lock,
    inputs_digest,
    make_lock,
    read_lock,
    write_lock,
)
from ironhull.debian.archive import open_archive
from ironhull.debian.resolve import resolve
from ironhull.errors import DefinitionError
from ironhull.limits import LIMITS
from ironhull.model import Platform
from ironhull.transport import Transport
from tests.debian.archives import NOW, ArchiveOnDisk, public, stanza


def _definition(more: str = "", packages: str = "bash") -> Definition:
    text = f"image: x\nos-release: {{id: debian, version-codename: trixie}}\n{more}\n"
    return load_definition(f"{text}contents: {{packages: [{packages}]}}".encode(), "d.yaml")


@pytest.fixture
def lock(tmp_path: Path) -> Lock:
    made = ArchiveOnDisk(
        tmp_path / "archive",
        (stanza("bash", "5.2", Depends="libc6", Source="bash (5.2-1)"), stanza("libc6", "1:2")),
    ).write()
    archive = open_archive(
        [made.repository],
        keys=[public()],
        architecture="amd64",
        transport=Transport(user_agent="x", proxies={}),
        cache=tmp_path / "cache",
        now=NOW,
    )
    found = resolve(_definition().packages, archive.index)
    return make_lock(_definition(), archive, found, platform=Platform())


def test_a_lock_comes_back(lock: Lock) -> None:
    data = write_lock(lock)
    assert read_lock(data, "x.lock") == lock
    assert write_lock(read_lock(data, "x.lock")) == data
    assert [deb.name for deb in lock.packages] == ["libc6", "bash"]
    assert lock.packages[1].source.version == "5.2-1"


def test_the_epoch_is_the_newest_date_of_the_archive(lock: Lock) -> None:
    assert lock.epoch == 1_780_228_800  # 2026-05-31T12:00:00Z
    assert lock.repositories[0].date == "2026-05-31T12:00:00Z"


def test_what_does_not_decide_packages_may_change(lock: Lock) -> None:
    same = _definition("labels: {a: b}\ncmd: [x]")
    check_lock(lock, same, Platform(), "x.lock")
    assert inputs_digest(same) == lock.definition


@pytest.mark.parametrize(
    "changed",
    [
        _definition(packages="bash, dash"),
        _definition(packages="bash=5.2"),
        _definition(packages="bash, '!dash'"),
        _definition("variant: dev"),
        replace(_definition(), keyring=("k",)),
        replace(_definition(), repositories=()),
    ],
)
def test_what_decides_packages_may_not(lock: Lock, changed: Definition) -> None:
    with pytest.raises(DefinitionError, match=r"x\.lock: d\.yaml names other packages") as caught:
        check_lock(lock, changed, Platform(), "x.lock")
    assert "without --locked" in caught.value.hint


def test_a_lock_of_another_platform(lock: Lock) -> None:
    with pytest.raises(DefinitionError, match="is for linux/amd64, not for linux/arm64"):
        check_lock(lock, _definition(), Platform("linux", "arm64"), "x.lock")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("format",), 2),
        (("format",), None),
        (("platform",), "linux"),
        (("epoch",), -1),
        (("epoch",), True),
        (("epoch",), 1.5),
        (("requested",), [1]),
        (("packages",), {}),
        (("packages", 0), None),
        (("packages", 0, "name"), "../x"),
        (("packages", 0, "sha256"), "0" * 63),
        (("packages", 0, "sha256"), "../../../../etc/passwd"),
        (("packages", 0, "size"), 2**60),
        (("packages", 0, "size"), "1"),
        (("packages", 0, "url"), "ftp://x/y"),
        (("packages", 0, "url"), ""),
        (("packages", 0, "version"), "not a version"),
        (("packages", 0, "source"), "nothing"),
        (("packages", 0, "architecture"), "a\nb"),
        (("repositories", 0, "inrelease-sha256"), ""),
    ],
)
def test_a_lock_changed_by_hand_is_checked(
    lock: Lock, path: tuple[str | int, ...], value: object
) -> None:
    document = json.loads(write_lock(lock))
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(DefinitionError, match=r"x\.lock: not a lock file"):
        read_lock(json.dumps(document).encode(), "x.lock")
    if isinstance(place, dict):
        del place[path[-1]]
        with pytest.raises(DefinitionError, match=r"x\.lock: not a lock file"):
            read_lock(json.dumps(document).encode(), "x.lock")


@given(st.one_of(st.binary(max_size=100), st.text(max_size=50).map(str.encode)))
def test_any_bytes_are_no_lock(data: bytes) -> None:
    with pytest.raises(DefinitionError, match=r"x\.lock"):
        read_lock(data, "x.lock")


def test_a_lock_too_large_or_too_deep() -> None:
    with pytest.raises(DefinitionError, match="larger than"):
        read_lock(b" " * (LIMITS.lock_bytes + 1), "x.lock")
    with pytest.raises(DefinitionError, match="not a lock file"):
        read_lock(b"[" * 100_000, "x.lock")
