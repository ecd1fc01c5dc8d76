"""Memory stays flat: a large image is read in little of it."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from ironhull.model import Platform
from ironhull.oci.edit import ImageConfig
from ironhull.oci.pack import Member, PackedLayer, pack_layer
from ironhull.store.images import ImageStore
from tests.acceptance.cli import Ironhull
from tests.images import EPOCH

pytestmark = pytest.mark.slow

LIMIT = 150 * 1024
"""KiB of resident memory."""
MIB = 1 << 20


def large(place: Path, number: int) -> list[Member]:
    """200 MiB: files of noise, of text, many small ones, and the record of a package."""
    place.mkdir()
    noise, text = place / "noise", place / "text"
    dice = random.Random(number)
    with noise.open("wb") as out:
        for _ in range(80):
            out.write(dice.randbytes(MIB))
    line = b"".join(
        b"%08d a line of a log file, much like the one before\n" % n for n in range(400)
    )
    with text.open("wb") as out:
        for _ in range(100 * MIB // len(line)):
            out.write(line)
    root = f"opt/layer{number}"
    small = [
        Member(f"{root}/small/{n % 50}/{n}", "file", 0o644, content=dice.randbytes(4096))
        for n in range(5000)
    ]
    stanza = f"Package: big{number}\nStatus: install ok installed\nVersion: 1.{number}\n"
    stanza += "Architecture: amd64\nMaintainer: A <a@example.org>\nDescription: large\n"
    return [
        Member("etc/os-release", "file", 0o644, content=b'ID=debian\nVERSION_ID="13"\n'),
        Member(f"var/lib/dpkg/status.d/big{number}", "file", 0o644, content=stanza.encode()),
        Member(f"{root}/noise", "file", 0o644, content=noise),
        Member(f"{root}/text", "file", 0o644, content=text),
        *small,
    ]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with an image of five layers and 1 GB."""
    store = ImageStore(tmp_path / "home" / "images")
    with store.staging() as staging:
        layers: list[PackedLayer] = []
        for number in range(5):
            place = tmp_path / str(number)
            layers.append(pack_layer(large(place, number), staging, epoch=EPOCH))
            for path in place.iterdir():
                path.unlink()
        assert sum(layer.unpacked_size for layer in layers) > 1_000_000_000
        made = store.write_image(
            base=None,
            layers=layers,
            config=ImageConfig(),
            platform=Platform(),
            created="2026-01-01T00:00:00Z",
            history=[f"layer {number}" for number in range(5)],
            annotations={},
        )
    store.publish(made, ["large:1"])
    return tmp_path / "home"


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in KiB on Linux")
def test_sbom_of_a_gigabyte(home: Path, tmp_path: Path) -> None:
    ironhull, out = Ironhull(home), tmp_path / "sbom"
    assert peak([*ironhull.command, "sbom", "large:1", "-q", "-o", f"list={out}"], ironhull) < LIMIT
    assert [f"big{number}" in out.read_text("utf-8") for number in range(5)] == [True] * 5


MEASURE = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(done.returncode)
"""


def peak(command: list[str], ironhull: Ironhull) -> int:
    """The most memory a command held, KiB; it must succeed.

    A small process stands between: the kernel counts for a child what its parent held when it
    was forked, and a worker of the tests may hold much.
    """
    done = subprocess.run(
        [sys.executable, "-S", "-c", MEASURE, *command],
        env=ironhull.environment,
        stdout=subprocess.PIPE,
        check=True,
    )
    return int(done.stdout)
