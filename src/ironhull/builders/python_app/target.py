"""The interpreter an app image is built for: read from the base image, never from this machine."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ironhull.errors import BuildError
from ironhull.model import Image, Platform, Tree

__all__ = ["PATTERNS", "Target", "find_target", "parse_platform"]

PATTERNS = (
    "etc/os-release",
    "usr/lib/os-release",
    "etc/passwd",
    "etc/group",
    "usr/lib/*-linux-gnu/libc.so.6",
    "lib/*-linux-gnu/libc.so.6",
    "usr/lib64/libc.so.6",
    "lib64/libc.so.6",
    "usr/lib/libc.so.6",
    "var/lib/dpkg/status",
    "var/lib/dpkg/status.d/*",
)
"""The files of the base image that `find_target` reads."""

_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
_OLDEST_GLIBC = {"amd64": 5, "arm64": 17}  # PEP 600: what manylinux1 and manylinux2014 stand for
_LEGACY = {  # PEP 600, "Legacy manylinux tags"
    ("amd64", 17): "manylinux2014",
    ("amd64", 12): "manylinux2010",
    ("amd64", 5): "manylinux1",
    ("arm64", 17): "manylinux2014",
}


@dataclass(frozen=True, slots=True)
class Target:
    """CPython in a base image.

    `version` is (3, 13), `full_version` "3.13.5" as far as the base tells, `interpreter` an
    absolute path, `site` the directory for packages relative to the root, `scripts` the one for
    commands, `on_path` whether the interpreter searches `site` by itself, `glibc` (2, 41).
    """

    version: tuple[int, int]
    full_version: str
    interpreter: str
    site: str
    scripts: str
    on_path: bool
    platform: Platform
    glibc: tuple[int, int]

    @property
    def python(self) -> str:
        """ "3.13"."""
        return f"{self.version[0]}.{self.version[1]}"

    @property
    def abi(self) -> str:
        """The ABI tag of wheels, "cp313" (PEP 425)."""
        return f"cp{self.version[0]}{self.version[1]}"

    @property
    def platforms(self) -> tuple[str, ...]:
        """Platform tags this target runs, best first (PEP 600)."""
        return tuple(self._platforms())

    def _platforms(self) -> Iterator[str]:
        machine = _MACHINES[self.platform.architecture]
        for minor in range(self.glibc[1], _OLDEST_GLIBC[self.platform.architecture] - 1, -1):
            yield f"manylinux_2_{minor}_{machine}"
            if legacy := _LEGACY.get((self.platform.architecture, minor)):
                yield f"{legacy}_{machine}"
        yield f"linux_{machine}"

    @property
    def markers(self) -> Mapping[str, str]:
        """The marker environment (PEP 508, "Environment Markers")."""
        return {
            "implementation_name": "cpython",
            "implementation_version": self.full_version,
            "os_name": "posix",
            "platform_machine": _MACHINES[self.platform.architecture],
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_system": "Linux",
            "platform_version": "",
            "python_full_version": self.full_version,
            "python_version": self.python,
            "sys_platform": "linux",
        }


def parse_platform(text: str) -> Platform:
    """ "linux/amd64" or "linux/arm64[/v8]"; BuildError for what we cannot build for."""
    parts = text.split("/")
    if parts[0] != "linux" or len(parts) < 2 or parts[1] not in _MACHINES or len(parts) > 3:
        raise BuildError(
            f"cannot build for platform {text!r}", "there are linux/amd64 and linux/arm64"
        )
    return Platform(*parts)


def find_target(base: Image, tree: Tree) -> Target:
    """The interpreter in `base`, whose files are `tree` (read with PATTERNS).

    Raises BuildError: no CPython, several of them, musl instead of glibc, another architecture.
    """
    platform = base.platform
    if platform.os != "linux" or platform.architecture not in _MACHINES:
        raise BuildError(
            f"base image {base.name} is for {platform}", "bases are linux/amd64 or linux/arm64"
        )
    interpreters = _interpreters(tree)
    declared = _environment(base).get("PYTHON_VERSION", "")
    path, version = _choose(base, interpreters, declared)
    glibc = _glibc(base, tree)
    site, on_path = _site(path, version, tree)
    return Target(
        version=version,
        full_version=_full_version(declared, version, tree),
        interpreter=f"/{path}",
        site=site,
        scripts="usr/local/bin",
        on_path=on_path,
        platform=platform,
        glibc=glibc,
    )


def _environment(base: Image) -> dict[str, str]:
    config = base.config.get("config") or {}
    pairs = (str(item).partition("=") for item in config.get("Env") or ())
    return {name: value for name, _, value in pairs}


def _interpreters(tree: Tree) -> dict[tuple[int, int], str]:
    """Paths by version; usr/local wins, as it does on PATH."""
    found: dict[tuple[int, int], str] = {}
    for path in sorted(tree.paths()):
        match = re.fullmatch(r"(?:usr/local/|usr/|)bin/python(3)\.([0-9]{1,2})", path)
        if match:
            version = (int(match[1]), int(match[2]))
            if version not in found or path.startswith("usr/local/"):
                found[version] = path
    return found


def _choose(
    base: Image, found: Mapping[tuple[int, int], str], declared: str
) -> tuple[str, tuple[int, int]]:
    match = re.match(r"(3)\.([0-9]+)", declared)
    if match and (version := (int(match[1]), int(match[2]))) in found:
        return found[version], version
    if not found:
        raise BuildError(
            f"base image {base.name} holds no Python interpreter",
            "take a python base; `ironhull base list` shows them",
        )
    if len(found) > 1:
        versions = ", ".join(f"3.{minor}" for _, minor in sorted(found))
        raise BuildError(
            f"base image {base.name} holds several Pythons ({versions})",
            "set PYTHON_VERSION in the environment of the base",
        )
    version, path = next(iter(found.items()))
    return path, version


def _glibc(base: Image, tree: Tree) -> tuple[int, int]:
    for pattern in PATTERNS:
        if pattern.endswith("libc.so.6"):
            for file in tree.glob(pattern):
                match = re.search(rb"release version 2\.([0-9]{1,3})", tree.read(file.path))
                if match:
                    return 2, int(match[1])
    if any(re.match(r"(?:usr/)?lib/ld-musl-", path) for path in tree.paths()):
        raise BuildError(
            f"base image {base.name} uses musl, not glibc",
            "take a base with glibc: most wheels are built for it",
        )
    raise BuildError(
        f"base image {base.name} holds no glibc (libc.so.6), or one of unknown version",
        "take a python base; `ironhull base list` shows them",
    )


def _site(path: str, version: tuple[int, int], tree: Tree) -> tuple[str, bool]:
    """Where this interpreter looks for packages of the local administrator.

    Debian's /usr/bin/python3 searches /usr/local/lib/python3.X/dist-packages (Debian Python
    Policy, 2.3 "Module Path"); one in /usr/local or of Fedora searches site-packages there.
    """
    stem = f"usr/local/lib/python{version[0]}.{version[1]}"
    if path.startswith("usr/local/"):
        return f"{stem}/site-packages", True
    if _is_debian(tree):
        return f"{stem}/dist-packages", True
    return f"{stem}/site-packages", False


def _is_debian(tree: Tree) -> bool:
    for path in ("etc/os-release", "usr/lib/os-release"):
        try:
            text = tree.read(path).decode("utf-8", "replace")
        except KeyError:
            continue
        ids = re.findall(r"^ID(?:_LIKE)?=(.*)$", text, re.MULTILINE)
        return any(
            word in ("debian", "ubuntu") for line in ids for word in line.strip("\"'").split()
        )
    return any(path.startswith("var/lib/dpkg/") for path in tree.paths())


def _full_version(declared: str, version: tuple[int, int], tree: Tree) -> str:
    short = f"{version[0]}.{version[1]}"
    if re.fullmatch(rf"{re.escape(short)}\.[0-9]+", declared):
        return declared
    for file in (*tree.glob("var/lib/dpkg/status"), *tree.glob("var/lib/dpkg/status.d/*")):
        for stanza in tree.read(file.path).split(b"\n\n"):
            text = b"\n" + stanza
            name = re.search(
                rb"^Package: *(?:lib)?python(3\.[0-9]+)-minimal *$", text, re.MULTILINE
            )
            if name and name[1].decode() == short:
                found = re.search(rb"^Version: *(3\.[0-9]+\.[0-9]+)", text, re.MULTILINE)
                if found:
                    return found[1].decode()
    return f"{short}.0"
