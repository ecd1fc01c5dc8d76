"""Image archives as files: Error or an image whose layers can be read."""

import tempfile
from pathlib import Path

from fuzz._harness import fuzz
from ironhull.errors import Error
from ironhull.oci.tree import read_tree
from ironhull.sources.archive import open_archive
from tests.oci._craft import Layout, docker_save, file, layer, named

PATH = Path(tempfile.mkdtemp(prefix="ironhull-fuzz-")) / "image.tar"


def seeds() -> list[bytes]:
    oci = Layout()
    oci.top = [oci.manifest(layer(file("name", "x")), annotations=named("web:1"))]
    docker = docker_save((["web:1"], [layer(file("name", "x"))]), linked=True)
    return [short(oci.archive()), short(docker)]


def short(archive: bytes) -> bytes:
    """Without the padding of tarfile, so that more of an input means something."""
    return archive.rstrip(b"\0") + bytes(1024 + -len(archive.rstrip(b"\0")) % 512)


def one(data: bytes) -> None:
    PATH.write_bytes(data)
    try:
        read_tree(open_archive(str(PATH), None), ["**"])
    except Error as error:
        assert "\n" not in error.message


if __name__ == "__main__":
    fuzz(one, seeds(), longest=1 << 15)
