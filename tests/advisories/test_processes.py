"""Updates as real processes: two at once, killed in mid-download, on a disk that fills up."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ironhull.advisories.update import open_index

from .serving import NOW, Served, record, serving, write_osv

RECORDS = [
    record(
        f"PYSEC-2026-{number}",
        aliases=[f"CVE-2026-{number}"],
        events=[{"introduced": "0"}, {"fixed": "3.1"}],
        details=os.urandom(6_000).hex(),  # what does not compress is slow to send
    )
    for number in range(1000, 1200)
]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[tuple[Path, Served, Path]]:
    write_osv(tmp_path / "world", "PyPI", RECORDS)
    with serving(tmp_path / "world") as served:
        yield tmp_path / "world", served, tmp_path / "home"
        served.going.set()


def update(
    world: tuple[Path, Served, Path], *, limit: int | None = None
) -> subprocess.Popen[bytes]:
    """`ironhull db update --source osv-pypi`; `limit`: bytes no file may grow beyond."""
    _, served, home = world
    code = "from ironhull.__main__ import command; command()"
    if limit is not None:
        code = f"import resource as r; r.setrlimit(r.RLIMIT_FSIZE, ({limit}, {limit}));" + code
    argv = ["db", "update", "--source", "osv-pypi", "--url", f"osv={served.url}/osv"]
    env = {**os.environ, "IRONHULL_HOME": str(home)}
    return subprocess.Popen(
        [sys.executable, "-c", code, *argv], env=env, stderr=subprocess.PIPE, stdout=subprocess.PIPE
    )


def ended(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    _, said = process.communicate(timeout=60)
    return process.returncode, said.decode()


def advisories(home: Path) -> int:
    with open_index(home / "advisories", now=NOW) as index:
        return len(index.lookup("PyPI", "flask"))


def test_a_download_that_was_killed_goes_on(world: tuple[Path, Served, Path]) -> None:
    root, served, home = world
    size = (root / "osv/PyPI/all.zip").stat().st_size
    served.holds["/osv/PyPI/all.zip"] = size // 2
    first = update(world)
    assert served.held.wait(30)
    part = home / "advisories/raw/osv-pypi.new/all.zip.part"
    while not (part.exists() and part.stat().st_size):
        assert first.poll() is None, ended(first)
        time.sleep(0.01)
    first.send_signal(signal.SIGKILL)
    assert ended(first)[0] == -signal.SIGKILL
    served.going.set()
    arrived = part.stat().st_size
    code, said = ended(update(world))
    assert code == 0, said
    assert "osv-pypi: updated, 200 records" in said
    assert served.ranges[-1] == f"bytes={arrived}-"
    assert advisories(home) == 200
    left = [path.name for path in (home / "advisories/raw").iterdir()]
    assert left == ["osv-pypi"]


def test_an_interrupted_download_ends_at_once_and_goes_on(
    world: tuple[Path, Served, Path],
) -> None:
    _, served, home = world
    served.holds["/osv/PyPI/all.zip"] = 600_000
    first = update(world)
    assert served.held.wait(30)
    first.send_signal(signal.SIGINT)
    code, said = ended(first)
    assert not served.going.is_set()  # nobody waited for the server
    assert code == 130
    assert "Traceback" not in said
    served.going.set()
    assert ended(update(world))[0] == 0
    assert advisories(home) == 200


def test_two_updates_at_once_share_the_work(world: tuple[Path, Served, Path]) -> None:
    _, served, home = world
    served.holds["/osv/PyPI/all.zip"] = 1_000
    first = update(world)
    assert served.held.wait(30)
    second = update(world)
    heard = threading.Event()

    def listen() -> None:
        assert second.stderr is not None
        if b"another update is running" in second.stderr.readline():
            heard.set()

    threading.Thread(target=listen, daemon=True).start()
    assert heard.wait(30)
    served.going.set()
    assert ended(first)[0] == 0
    code, said = ended(second)
    assert code == 0, said
    assert "osv-pypi: unchanged, 200 records" in said
    assert served.downloaded().count("/osv/PyPI/all.zip") == 1
    assert advisories(home) == 200


def test_a_full_disk_is_one_line_and_loses_nothing(world: tuple[Path, Served, Path]) -> None:
    root, _, home = world
    assert ended(update(world))[0] == 0
    write_osv(root, "PyPI", [{**entry, "modified": "2026-05-01T00:00:00Z"} for entry in RECORDS])
    for path in (root / "osv/PyPI").glob("*.json"):
        path.unlink()
    code, said = ended(update(world, limit=50_000))
    assert code == 1
    assert "osv-pypi: not updated: cannot write" in said
    assert "Traceback" not in said
    assert advisories(home) == 200
    code, said = ended(update(world))
    assert code == 0
    assert "osv-pypi: updated, 200 records" in said


def test_a_data_directory_that_cannot_be_made_is_one_line(
    world: tuple[Path, Served, Path],
) -> None:
    world[2].write_text("a file where the directory should be")
    code, said = ended(update(world))
    assert code == 1
    assert "Traceback" not in said
    (line,) = said.splitlines()
    assert "home" in line
