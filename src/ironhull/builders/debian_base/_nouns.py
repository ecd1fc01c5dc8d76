"""What a base image definition says, as values (shape: Docker's hardened-image catalog)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ironhull.debian.model import PackageRequest, Repository
from ironhull.model import Platform

__all__ = [
    "PATH_KINDS",
    "VARIANTS",
    "Accounts",
    "BaseTest",
    "Definition",
    "Group",
    "PathRule",
    "User",
]

VARIANTS = ("runtime", "dev", "slim")
"""`runtime`: no shell, no package manager; `dev` and `slim`: a usable dpkg system."""

PATH_KINDS = ("symlink", "directory", "file", "delete", "emptyfile")


@dataclass(frozen=True, slots=True)
class User:
    """A line of passwd(5); empty `home` and `shell` leave the choice to the builder."""

    name: str
    uid: int
    gid: int
    home: str = ""
    shell: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A line of group(5)."""

    name: str
    gid: int
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Accounts:
    """Who there is in the image and whom it runs as (`run_as` empty: root).

    `root` says whether the image is meant to be used as root at all.
    """

    root: bool = False
    run_as: str = ""
    users: tuple[User, ...] = ()
    groups: tuple[Group, ...] = ()


@dataclass(frozen=True, slots=True)
class PathRule:
    """A change to the file system after packages are unpacked, in the order given.

    `kind` is one of PATH_KINDS, `path` absolute. symlink: `source` is the link's target. file:
    `content`, or `source`, a file beside the definition (see `definition.source_bytes`).
    `mode` None, `uid`/`gid` None: the default (0644 or 0755, 0), or what is there already.
    `recursive`: mode and owner go to everything below. `platforms` empty: all.
    """

    kind: str
    path: str
    content: str | None = None
    source: str = ""
    uid: int | None = None
    gid: int | None = None
    mode: int | None = None
    recursive: bool = False
    platforms: tuple[Platform, ...] = ()


@dataclass(frozen=True, slots=True)
class BaseTest:
    """What is tried in a container of the image, confined as a hardened deployment would.

    Each of `commands` (a program and its arguments, no shell) has to end with `exit_code`, and
    `output`, a regular expression, has to be found in what they write. `service`: the image's own
    command runs meanwhile, they are run beside it, and `fetch` (port, path) is asked for over
    HTTP, its body being output too; all is tried again until it passes or `seconds` are over.
    `environment` are variables for all of them, "NAME=value".
    """

    name: str
    commands: tuple[tuple[str, ...], ...] = ()
    directory: str = ""
    exit_code: int = 0
    output: str = ""
    seconds: int = 60
    service: bool = False
    fetch: tuple[int, str] | None = None
    environment: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Definition:
    """A base image definition, checked, with its variables filled in.

    `origin` is the name it was read under, `digest` the sha256 of its bytes. `keyring` empty: the
    Debian archive keys shipped with Ironhull. `os_release` holds os-release(5) keys in upper case
    in the order given. `notes` names keys that are understood and do not change the image.
    """

    origin: str
    digest: str
    name: str
    image: str
    variant: str
    repositories: tuple[Repository, ...]
    packages: tuple[PackageRequest, ...]
    excluded: tuple[str, ...] = ()
    keyring: tuple[str, ...] = ()
    flavor: str = ""
    tags: tuple[str, ...] = ()
    suffix: str = ""
    entitlement: str = ""
    platforms: tuple[Platform, ...] = (Platform("linux", "amd64"), Platform("linux", "arm64"))
    dates: Mapping[str, str] = field(default_factory=dict)
    vars: Mapping[str, str] = field(default_factory=dict)
    mappings: Mapping[str, str] = field(default_factory=dict)
    accounts: Accounts = field(default_factory=Accounts)
    os_release: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    work_dir: str = ""
    ports: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    paths: tuple[PathRule, ...] = ()
    stop_signal: str = ""
    tests: tuple[BaseTest, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every name the image goes by, such as ironhull/python:3.13."""
        return tuple(f"{self.image}:{tag}" for tag in self.tags)

    @property
    def telling_name(self) -> str:
        """The most telling of `names`, such as ironhull/python:3.13-debian13; "" for none."""
        telling = [name for name in self.names if not name.endswith(":latest")]
        return max(telling or self.names, key=len, default="")

    @property
    def codename(self) -> str:
        """The Debian release ("trixie"), empty where os-release does not say."""
        return self.os_release.get("VERSION_CODENAME", "")

    @property
    def essential(self) -> bool:
        """Whether packages marked Essential belong in the image although nobody named them."""
        return self.variant != "runtime"
