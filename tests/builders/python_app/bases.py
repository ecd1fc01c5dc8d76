"""A base image in code that looks like Debian's Python, and a store that holds it."""

from collections.abc import Callable, Mapping
from pathlib import Path

from ironhull.model import Image, Platform
from ironhull.oci.edit import ImageConfig
from ironhull.oci.pack import Member
from ironhull.store.images import ImageStore
from tests.images import Files, stored

NAME = "python:3.13-test"

PYTHON = {
    "etc/os-release": "ID=debian\nVERSION_ID=13\n",
    "etc/passwd": "root:x:0:0:root:/root:/bin/no\nnonroot:x:65532:65532::/home:/bin/no\n",
    "etc/group": "root:x:0:\nnonroot:x:65532:\nstaff:x:50:\n",
    "usr/bin/python3.13": "the interpreter",
    "usr/lib/x86_64-linux-gnu/libc.so.6": "GNU C Library stable release version 2.41.\n",
    "var/lib/dpkg/status.d/python3.13-minimal": (
        "Package: python3.13-minimal\nVersion: 3.13.5-2\nArchitecture: amd64\n"
    ),
    "tmp": Member("tmp", "dir", 0o1777),
    "run": None,
    "var/run": Member("var/run", "symlink", 0o777, link="/run"),
}


def python_base(store: ImageStore, files: Files | None = None, **config: object) -> Image:
    """The base `NAME` in `store`."""
    settings = ImageConfig(user="65532", env=("PATH=/usr/bin", "LANG=C.UTF-8"))
    return stored(store, NAME, files or PYTHON, config=settings)


def finder(store: ImageStore) -> Callable[[str, Platform], Image]:
    """What `build_app` takes to find a base."""
    return store.find


def write(root: Path, files: Mapping[str, str]) -> Path:
    """Write a project."""
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root
