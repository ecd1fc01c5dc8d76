"""Builds: the same lock gives the same image, the config says what the definition says.

Real ones, from the Debian archive, run where there is a network; as root also inside the image.
"""

import hashlib
import json
import os
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ironhull.builders.debian_base.build import BUILDER, BaseRecipe, build_base, resolve_base
from ironhull.builders.debian_base.catalog import find_definition
from ironhull.builders.debian_base.definition import load_definition
from ironhull.builders.debian_base.lock import Lock, LockedRelease, inputs_digest
from ironhull.debian.model import Deb
from ironhull.errors import DefinitionError, Error, RepositoryError
from ironhull.model import Build, Platform
from ironhull.oci.edit import ImageConfig
from ironhull.store.images import ImageStore
from ironhull.transport import Transport
from tests.debian.debmaker import package

AMD64 = Platform("linux", "amd64")
DEFINITION = b"""
name: Sample 1
image: example/sample
variant: runtime
tags: ["1", 1-debian13, latest]
dates: {end-of-life: "2030-06-30"}
contents:
  repositories: [deb http://archive.test/debian trixie main]
  packages: [base-files, tool]
accounts:
  run-as: nonroot
  users: [{name: nonroot, uid: 65532, gid: 65532}]
os-release: {id: debian, version-id: "13", version-codename: trixie}
environment: {SAMPLE: "yes", PATH: /opt/bin}
entrypoint: [/usr/bin/tool]
cmd: [serve]
work-dir: /srv
ports: [8080/tcp]
labels: {a: b}
annotations: {org.opencontainers.image.description: a sample}
stop-signal: SIGINT
"""


def recipe(directory: Path, **changes: object) -> BaseRecipe:
    path = directory / "sample.yaml"
    path.write_bytes(DEFINITION)
    definition = replace(load_definition(DEFINITION, "sample.yaml"), **changes)
    return BaseRecipe(definition=definition, path=path, platform=AMD64)


def local_lock(directory: Path, asked: BaseRecipe) -> Lock:
    """A lock whose packages are files of this machine."""
    debs: list[Deb] = []
    for name, files in (("base-files", {"etc/x": "1"}), ("tool", {"usr/bin/tool": b"e" * 99_999})):
        deb, path = package(directory, name, files)
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        debs.append(replace(deb, url=path.as_uri(), sha256=sha256))
    release = LockedRelease("http://archive.test/debian", "trixie", ("main",), "ab" * 32, "2026")
    return Lock(
        definition=inputs_digest(asked.definition),
        platform=AMD64,
        epoch=1_700_000_000,
        requested=("base-files", "tool"),
        repositories=(release,),
        packages=tuple(debs),
        notes=("a note of the resolver",),
    )


def build(directory: Path, asked: BaseRecipe, lock: Lock, home: str = "home") -> Build:
    return build_base(
        asked,
        lock,
        store=ImageStore(directory / home / "images"),
        cache=directory / home / "cache",
        transport=Transport(user_agent="test"),
    )


def test_the_image_says_what_the_definition_says(tmp_path: Path) -> None:
    asked = recipe(tmp_path)
    built = build(tmp_path, asked, local_lock(tmp_path, asked))
    config = ImageConfig.of(built.image)
    assert config.user == "65532"
    assert config.env == ("PATH=/opt/bin", "SAMPLE=yes")
    assert (config.entrypoint, config.cmd) == (("/usr/bin/tool",), ("serve",))
    assert (config.working_dir, config.exposed_ports, config.stop_signal) == (
        "/srv",
        ("8080/tcp",),
        "SIGINT",
    )
    assert config.labels["a"] == "b"
    said = built.image.annotations
    assert said["org.opencontainers.image.title"] == "Sample 1"
    assert said["org.opencontainers.image.version"] == "1-debian13"
    assert said["org.opencontainers.image.created"] == "2023-11-14T22:13:20Z"
    assert said["org.opencontainers.image.description"] == "a sample"
    assert said["io.github.ironhull.distro"] == "debian-13"
    assert not any("image.base" in key for key in said)
    assert built.image.config["created"] == "2023-11-14T22:13:20Z"


def test_everything_that_went_in_is_named(tmp_path: Path) -> None:
    asked = recipe(tmp_path)
    lock = local_lock(tmp_path, asked)
    built = build(tmp_path, asked, lock)
    by_kind: dict[str, list[str]] = {}
    for material in built.materials:
        assert material.digests["sha256"]
        by_kind.setdefault(material.kind, []).append(material.uri)
    assert by_kind["deb"] == [
        "pkg:deb/debian/base-files@1.0-1?arch=amd64&distro=debian-13",
        "pkg:deb/debian/tool@1.0-1?arch=amd64&distro=debian-13",
    ]
    assert by_kind["repository"] == ["http://archive.test/debian/dists/trixie/InRelease"]
    assert by_kind["definition"] == ["sample.yaml"]
    assert built.builder == BUILDER
    assert built.parameters["documents"]["definition"] == DEFINITION
    assert json.loads(built.parameters["documents"]["lock"])["epoch"] == lock.epoch
    assert "a note of the resolver" in built.notes


def test_equal_locks_give_equal_images(tmp_path: Path) -> None:
    asked = recipe(tmp_path)
    lock = local_lock(tmp_path, asked)
    one = build(tmp_path, asked, lock, "one").image
    other = build(tmp_path, asked, lock, "other").image
    assert one.digest == other.digest
    later = build(tmp_path, replace(asked, epoch=1_800_000_000), lock).image
    assert later.digest != one.digest


def test_nothing_is_named_and_nothing_left_over(tmp_path: Path) -> None:
    asked = recipe(tmp_path)
    build(tmp_path, asked, local_lock(tmp_path, asked))
    store = ImageStore(tmp_path / "home/images")
    assert store.list() == ()
    assert not list((tmp_path / "home/images/.ironhull/tmp").iterdir())


def test_a_lock_of_another_definition_is_refused(tmp_path: Path) -> None:
    asked = recipe(tmp_path)
    lock = local_lock(tmp_path, asked)
    with pytest.raises(DefinitionError, match="names other packages"):
        build(tmp_path, recipe(tmp_path, excluded=("x",)), lock)
    with pytest.raises(DefinitionError, match="is for linux/amd64"):
        build(tmp_path, replace(asked, platform=Platform("linux", "arm64")), lock)


def test_a_package_that_changed_is_refused(tmp_path: Path) -> None:
    asked = recipe(tmp_path)
    lock = local_lock(tmp_path, asked)
    path = tmp_path / "tool.deb"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(Error, match=r"tool\.deb"):
        build(tmp_path, asked, lock)
    assert not (tmp_path / "home/images/index.json").exists()


def test_a_damaged_package_leaves_no_image(tmp_path: Path) -> None:
    asked = recipe(tmp_path)
    lock = local_lock(tmp_path, asked)
    broken = tmp_path / "tool.deb"
    broken.write_bytes(b"!<arch>\nnot really")
    sha256 = hashlib.sha256(broken.read_bytes()).hexdigest()
    tool = replace(lock.packages[1], sha256=sha256, size=broken.stat().st_size)
    with pytest.raises(RepositoryError, match=r"not a \.deb"):
        build(tmp_path, asked, replace(lock, packages=(lock.packages[0], tool)))
    assert ImageStore(tmp_path / "home/images").list() == ()


def test_a_platform_the_definition_is_not_for(tmp_path: Path) -> None:
    asked = replace(recipe(tmp_path), platform=Platform("linux", "s390x"))
    with pytest.raises(DefinitionError, match="is not for linux/s390x"):
        resolve_base(
            asked,
            cache=tmp_path,
            transport=Transport(user_agent="test"),
            now=datetime.now(UTC),
        )


# ── real ones ────────────────────────────────────────────────────────────────────────────────────


def real(name: str, place: Path) -> Build:
    found = find_definition(name)
    asked = BaseRecipe(definition=found.definition, path=found.path, platform=AMD64)
    transport = Transport(user_agent="ironhull-tests")
    cache = place / "cache"
    lock = resolve_base(asked, cache=cache, transport=transport, now=datetime.now(UTC))
    store = ImageStore(place / "images")
    return build_base(asked, lock, store=store, cache=cache, transport=transport)


def unpacked(built: Build, place: Path) -> Path:
    """The root file system, as root, as a container engine would lay it out."""
    root = place / "rootfs"
    root.mkdir()
    (layer,) = built.image.layers
    with layer.open() as stream:
        subprocess.run(["tar", "-xpzf", "-", "-C", str(root)], stdin=stream, check=True)
    return root


def inside(root: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the tree, with its own mounts and nothing of our environment."""
    script = 'mount --bind /dev "$1/dev" && mount -t proc none "$1/proc" && exec chroot "$@"'
    path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    wrapped = ["unshare", "-m", "sh", "-c", script, "sh", str(root), *command]
    env = {"PATH": path.partition("=")[2], "DEBIAN_FRONTEND": "noninteractive", "HOME": "/root"}
    return subprocess.run(wrapped, capture_output=True, check=False, text=True, env=env)


@pytest.fixture
def as_root() -> None:
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("only root can enter another root file system")
    tried = subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False)
    if tried.returncode:
        pytest.skip("mount namespaces are not allowed on this machine")


@pytest.mark.network
@pytest.mark.root
@pytest.mark.slow
def test_python_runtime_works_and_has_no_shell(
    debian_archive: str, as_root: None, tmp_path: Path
) -> None:
    root = unpacked(real("python:3.13-debian13", tmp_path), tmp_path)
    program = (
        "import ssl, sqlite3, ctypes, zoneinfo, decimal, lzma, bz2, uuid, curses, readline;"
        "assert len(ssl.create_default_context().get_ca_certs()) > 100;"
        "zoneinfo.ZoneInfo('Europe/Berlin'); curses.setupterm('xterm'); print('fine')"
    )
    done = inside(root, "/usr/bin/python", "-c", program)
    assert (done.stdout, done.stderr) == ("fine\n", "")
    for path in ("/bin/sh", "/bin/bash", "/usr/bin/apt-get", "/usr/bin/dpkg"):
        assert inside(root, path, "-c", "true").returncode != 0
        assert not (root / path.lstrip("/")).exists()
    assert not [path for path in root.rglob("*") if path.is_file() and path.stat().st_mode & 0o6000]
    assert not (root / "usr/share/man").exists()


@pytest.mark.network
@pytest.mark.root
@pytest.mark.slow
@pytest.mark.parametrize("name", ["python:3.13-debian13-dev", "python:3.11-debian12-dev"])
def test_apt_works_in_dev_images(
    debian_archive: str, as_root: None, tmp_path: Path, name: str
) -> None:
    root = unpacked(real(name, tmp_path), tmp_path)
    shutil.copyfile("/etc/resolv.conf", root / "etc/resolv.conf")
    steps = (
        "set -e; test -z \"$(dpkg --audit)\"; apt-get check -qq; apt-get update -qq;"
        "apt-get install -y -qq --no-install-recommends curl less adduser;"
        "test -z \"$(dpkg --audit)\"; curl --version; adduser --system --quiet tester;"
        "pwck -r -q || test $? = 2; grpck -r; python3 -m pip --version; echo ALL FINE"
    )  # fmt: skip
    done = inside(root, "/bin/sh", "-c", steps)
    assert done.stdout.endswith("ALL FINE\n"), done.stdout + done.stderr
    assert (root / "etc/alternatives/pager").readlink() == Path("/usr/bin/less")
