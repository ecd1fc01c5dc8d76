"""A base image definition and its lock, whose package is a file of this machine."""

import hashlib
from dataclasses import replace
from pathlib import Path

from ironhull.builders.debian_base.definition import load_definition
from ironhull.builders.debian_base.lock import Lock, inputs_digest, write_lock
from ironhull.model import Platform
from tests.debian.debmaker import package

DEFINITION = """
name: Sample
image: sample
tags: ["1"]
contents:
  repositories: [deb http://archive.test/debian trixie main]
  packages: [base-files]
accounts: {run-as: nonroot, users: [{name: nonroot, uid: 65532, gid: 65532}]}
os-release: {id: debian, version-id: "13", version-codename: trixie, pretty-name: Sample}
"""


def write_sample(directory: Path, more: str = "") -> Path:
    """`sample.yaml`, with `more` keys, and beside it its lock."""
    path = directory / "sample.yaml"
    path.write_text(DEFINITION + more)
    relock(directory, "13.1")
    return path


def relock(directory: Path, version: str) -> Path:
    """Lock the sample to a version of its package, as a later build would; gives the lock."""
    place = directory / version
    place.mkdir()
    deb, file = package(place, "base-files", {"etc/debian_version": version}, Version=version)
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    made = Lock(
        definition=inputs_digest(load_definition(DEFINITION.encode(), "sample.yaml")),
        platform=Platform("linux", "amd64"),
        epoch=1_700_000_000,
        requested=("base-files",),
        repositories=(),
        packages=(replace(deb, url=file.as_uri(), sha256=sha256),),
    )
    path = directory / "sample.amd64.lock.json"
    path.write_bytes(write_lock(made))
    return path
