"""Debian packages and control files: Error, or fields and entries that stay inside the root."""

import tempfile
from pathlib import Path

from fuzz._harness import fuzz
from ironhull.debian.deb822 import read_fields, stanzas
from ironhull.debian.package import read_control, read_data
from ironhull.errors import Error
from tests.debian.debmaker import ar, tar

PATH = Path(tempfile.mkdtemp(prefix="ironhull-fuzz-")) / "package.deb"
CONTROL = b"Package: x\nVersion: 1.0\nArchitecture: all\nDescription: d\n more\n .\n"


def seeds() -> list[bytes]:
    control = tar({"./control": CONTROL, "./md5sums": b"0  usr/x\n"}).rstrip(b"\0")
    content = tar({"./usr/x": b"x", "./usr": None}).rstrip(b"\0")
    members = {"debian-binary": b"2.0\n", "control.tar": control, "data.tar": content}
    return [ar(members), CONTROL]


def one(data: bytes) -> None:
    PATH.write_bytes(data)
    try:
        read_control(PATH)
        for entry, _ in read_data(PATH):
            assert not entry.path.startswith(("/", "../"))
    except Error as error:
        assert "\n" not in error.message
    try:
        for stanza in stanzas(data.decode("utf-8", "replace")):
            read_fields(stanza)
    except (Error, ValueError):
        pass  # a ValueError is how a broken stanza is told


if __name__ == "__main__":
    fuzz(one, seeds(), longest=1 << 14)
