"""The caches as users meet them: many processes, killed writers, full and read-only disks."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.acceptance.cli import Ironhull, checked
from tests.catalogers.test_dpkg import OS_RELEASE, stanza
from tests.images import archive

pytestmark = pytest.mark.slow

PROCESSES = 8


def _image(place: Path, name: str, packages: int) -> str:
    place.mkdir()
    base = {
        "etc/os-release": OS_RELEASE,
        "var/lib/dpkg/status": "".join(stanza(f"base{n}", "1") for n in range(packages)),
    }
    top = {"var/lib/dpkg/status": "".join(stanza(f"base{n}", "1") for n in range(1, packages))}
    return f"archive://{archive(place, f'{name}:1', [base, top])}"


@pytest.fixture
def images(tmp_path: Path) -> list[str]:
    """Three images; the first of them is large enough to be under way for a while."""
    sizes = {"large": 5000, "small": 5, "other": 50}
    return [_image(tmp_path / name, name, size) for name, size in sizes.items()]


@pytest.fixture
def ironhull(tmp_path: Path) -> Ironhull:
    (tmp_path / "home").mkdir()
    return Ironhull(tmp_path / "home")


def _started(ironhull: Ironhull, *words: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [*ironhull.command, *words],
        env=ironhull.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_processes_beside_each_other_over_one_empty_cache(
    ironhull: Ironhull, images: list[str], tmp_path: Path
) -> None:
    (tmp_path / "alone").mkdir()
    alone = Ironhull(tmp_path / "alone")
    expected = [alone("sbom", image, "--no-cache") for image in images]
    order = [number % len(images) for number in range(PROCESSES)]
    for _ in range(2):  # the second time from what the first left
        running = [_started(ironhull, "sbom", images[number]) for number in order]
        for number, process in zip(order, running, strict=True):
            out, err = process.communicate()
            assert (process.returncode, err) == (0, b"")
            assert out.decode() == expected[number]
    kept = json.loads(ironhull("cache", "df", "--format", "json"))
    assert {row["kind"]: row["files"] for row in kept["kinds"]}["sboms"] == len(images)


def test_a_killed_writer_leaves_nothing_wrong(ironhull: Ironhull, images: list[str]) -> None:
    expected = ironhull("sbom", images[0], "--no-cache")
    cache = ironhull.home / "cache"
    process = _started(ironhull, "sbom", images[0])
    while process.poll() is None and not any(cache.rglob("*")):
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert ironhull("sbom", images[0]) == expected
    assert ironhull("sbom", images[0]) == expected


def test_room_is_made(ironhull: Ironhull, images: list[str]) -> None:
    first = ironhull("sbom", images[0])
    sizes = [_kept(ironhull)]
    assert sizes[0] > 0
    ironhull("cache", "prune", "--keep-size", "1kB")
    sizes.append(_kept(ironhull))
    assert sizes[1] <= 1000
    assert ironhull("sbom", images[0]) == first
    ironhull("cache", "prune", "--all")
    assert _kept(ironhull) == 0
    limited = replace(ironhull, extra={"IRONHULL_CACHE_SIZE": "2kB"})
    for image in images:
        limited("sbom", image)
    assert _kept(ironhull) <= 2000


def _kept(ironhull: Ironhull) -> int:
    return int(json.loads(ironhull("cache", "df", "--format", "json"))["bytes"])


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 kB."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount")
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"cannot mount here: {mounted.stderr.strip()}")
    yield place
    checked(["umount", str(place)])


@pytest.mark.parametrize("mode", ["full", "read-only"])
def test_a_disk_that_takes_no_cache(
    mode: str, disk: Path, ironhull: Ironhull, images: list[str]
) -> None:
    expected = ironhull("sbom", images[0], "--no-cache")
    if mode == "full":
        (disk / "filling").write_bytes(bytes(60_000))
    else:
        checked(["mount", "-o", "remount,ro", str(disk)])
    assert not (ironhull.home / "cache").exists()  # --no-cache made none
    (ironhull.home / "cache").symlink_to(disk)
    for _ in range(2):
        done = ironhull.run("sbom", images[0])
        assert (done.returncode, done.stdout) == (0, expected), done.stderr
        assert done.stderr == ""
