"""Base image definitions: YAML in the shape of Docker's hardened-image catalog.

A definition that names plain Debian repositories (or none: they follow from os-release) builds
unchanged. What cannot be built is refused by name, never skipped; keys that do not change the image
(track, entitlement, ...) are listed in `Definition.notes`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from ironhull.builders.debian_base._nouns import (
    PATH_KINDS,
    VARIANTS,
    Accounts,
    BaseTest,
    Definition,
    Group,
    PathRule,
    User,
)
from ironhull.builders.debian_base._sections import (
    read_accounts,
    read_environment,
    read_os_release,
    read_packages,
    read_path,
    read_platform,
    read_port,
    read_repositories,
)
from ironhull.builders.debian_base._tests import read_test
from ironhull.builders.debian_base._yaml import Node, parse
from ironhull.debian.model import PackageRequest, Repository
from ironhull.debian.repositories import debian_repositories
from ironhull.errors import DefinitionError
from ironhull.limits import LIMITS
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
    "load_definition",
    "source_bytes",
]

_T = TypeVar("_T")
_KEYS = (
    *("name", "image", "variant", "flavor", "track", "tags", "suffix", "entitlement", "platforms"),
    *("dates", "vars", "includes", "compression", "output", "contents", "accounts", "os-release"),
    *("environment", "entrypoint", "cmd", "work-dir", "ports", "volumes", "labels", "annotations"),
    *("paths", "stop-signal", "tests", "fips-compliant", "stig-certified"),
)
_CONTENTS = ("repositories", "keyring", "packages", "files", "builds", "mappings", "artifacts")
_DATES = ("type", "url", "release", "end-of-life", "end-of-support")
_NOTED = {
    "track": "track: versions are not tracked; change the definition and lock it again",
    "tests": "tests: not run by the build; `ironhull base test` runs them",
}
_REFUSED = {
    "contents.builds": (
        "compiling software in the build is not supported",
        "name a Debian package that has it, or add the result with paths",
    ),
    "contents.artifacts": (
        "copying from OCI artifacts is not supported",
        "name Debian packages instead, such as python3 for the catalog's own Python",
    ),
    "contents.files": (
        "downloading files is not supported",
        "name a Debian package that has it, or add the file with paths",
    ),
    "includes": ("includes are not supported", "write the included keys into this definition"),
}


def load_definition(data: bytes, name: str) -> Definition:
    """The definition in `data`; `name` says in messages where it came from.

    Raises DefinitionError with line and key for whatever is wrong or cannot be built.
    """
    if len(data) > LIMITS.definition_bytes:
        raise DefinitionError(f"{name}: larger than {LIMITS.definition_bytes} bytes")
    root = parse(data, name)
    top = root.keys(_KEYS)
    contents = top["contents"].keys(_CONTENTS) if "contents" in top else {}
    _refuse(top, contents)
    os_release = read_os_release(top["os-release"]) if "os-release" in top else {}
    packages, excluded = _packages(contents)
    if not packages:
        raise DefinitionError(
            f"{name}: contents.packages names no package", "name at least base-files"
        )
    given = Definition(
        origin=name,
        digest="sha256:" + hashlib.sha256(data).hexdigest(),
        name=_text(top, "name"),
        image=_text(top, "image"),
        variant=_read(top, "variant", lambda n: n.one_of(VARIANTS), "runtime"),
        repositories=_repositories(name, contents, os_release),
        packages=packages,
        excluded=excluded,
        keyring=_read(contents, "keyring", _keyring, ()),
        flavor=_text(top, "flavor"),
        tags=_read(top, "tags", Node.strings, ()),
        suffix=_text(top, "suffix"),
        entitlement=_text(top, "entitlement"),
        platforms=_platforms(top),
        dates=_read(top, "dates", lambda n: {k: v.string() for k, v in n.keys(_DATES).items()}, {}),
        vars=_read(top, "vars", Node.table, {}),
        mappings=_read(contents, "mappings", Node.table, {}),
        accounts=_read(top, "accounts", read_accounts, Accounts()),
        os_release=os_release,
        environment=_read(top, "environment", read_environment, {}),
        entrypoint=_read(top, "entrypoint", Node.strings, ()),
        cmd=_read(top, "cmd", Node.strings, ()),
        work_dir=_text(top, "work-dir"),
        ports=_read(top, "ports", lambda n: n.sequence(read_port), ()),
        volumes=_read(top, "volumes", Node.strings, ()),
        labels=_read(top, "labels", Node.table, {}),
        annotations=_read(top, "annotations", Node.table, {}),
        paths=_read(top, "paths", lambda n: n.sequence(read_path), ()),
        stop_signal=_text(top, "stop-signal"),
        tests=_read(top, "tests", lambda n: n.sequence(read_test), ()),
        notes=_notes(top, contents),
    )
    if not given.name and not given.image:
        raise DefinitionError(f"{name}: neither name nor image is given", "give the image a name")
    if given.work_dir and not given.work_dir.startswith("/"):
        top["work-dir"].fail(f"{given.work_dir!r} is not an absolute path")
    return given


def source_bytes(rule: PathRule, definition: Path) -> bytes:
    """The file a `file` rule names with `source`, sought beside the definition and above it.

    (The catalog's paths start at the root of its repository.) Raises DefinitionError when there is
    none, when it leads out of the directory it was found in, or is too large.
    """
    relative = Path(rule.source)
    if relative.is_absolute() or ".." in relative.parts:
        raise DefinitionError(f"{definition}: {rule.path}: source {rule.source!r} leads elsewhere")
    for directory in definition.resolve().parents:
        found = directory / relative
        if found.is_file():
            if not found.resolve().is_relative_to(directory):
                break
            if found.stat().st_size > LIMITS.file_bytes:
                raise DefinitionError(f"{found}: larger than {LIMITS.file_bytes} bytes")
            return found.read_bytes()
    raise DefinitionError(
        f"{definition}: {rule.path}: there is no file {rule.source}",
        "put it beside the definition, or write it as content",
    )


def _read(entries: Mapping[str, Node], key: str, read: Callable[[Node], _T], default: _T) -> _T:
    return read(entries[key]) if key in entries else default


def _text(entries: Mapping[str, Node], key: str) -> str:
    return _read(entries, key, Node.string, "")


def _platforms(top: Mapping[str, Node]) -> tuple[Platform, ...]:
    default = (Platform("linux", "amd64"), Platform("linux", "arm64"))
    return _read(top, "platforms", lambda n: n.sequence(read_platform), default) or default


def _keyring(node: Node) -> tuple[str, ...]:
    def one(item: Node) -> str:
        text = item.string()
        if "://" in text and not text.startswith(("https://", "file://")):
            item.fail(f"{text!r} is not an https address", "keys must not come over plain http")
        return text

    return node.sequence(one)


def _refuse(top: Mapping[str, Node], contents: Mapping[str, Node]) -> None:
    for path, (message, hint) in _REFUSED.items():
        section, _, key = path.rpartition(".")
        node = (contents if section else top).get(key)
        if node is not None and node.items != ():
            node.fail(message, hint)
    for key in ("fips-compliant", "stig-certified"):
        if key in top and top[key].boolean():
            top[key].fail("nothing we build is certified", f"leave {key} out")


def _repositories(
    name: str, contents: Mapping[str, Node], os_release: Mapping[str, str]
) -> tuple[Repository, ...]:
    if "repositories" in contents and (given := read_repositories(contents["repositories"])):
        return given
    codename = os_release.get("VERSION_CODENAME", "")
    if "debian" not in (os_release.get("ID", ""), *os_release.get("ID_LIKE", "").split()):
        raise DefinitionError(
            f"{name}: no contents.repositories, and os-release.id is not debian",
            "name the repositories, or set os-release.id and os-release.version-codename",
        )
    return debian_repositories(codename)


def _packages(
    contents: Mapping[str, Node],
) -> tuple[tuple[PackageRequest, ...], tuple[str, ...]]:
    return read_packages(contents["packages"]) if "packages" in contents else ((), ())


def _notes(top: Mapping[str, Node], contents: Mapping[str, Node]) -> tuple[str, ...]:
    notes = [note for key, note in _NOTED.items() if key in top]
    if _read(top, "compression", lambda n: n.one_of(("gzip", "zstd")), "gzip") != "gzip":
        notes.append("compression: layers are written with gzip")
    if _read(top, "output", lambda n: n.one_of(("layered", "squashed")), "squashed") == "layered":
        notes.append("output: the packages make one layer")
    if "mappings" in contents:
        notes.append("contents.mappings: packages are named by their Debian purl")
    return tuple(notes)
