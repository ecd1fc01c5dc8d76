"""Packages and a definition in, the members of an image's layer out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ironhull.builders.debian_base import effects, filters
from ironhull.builders.debian_base.accounts import write_accounts
from ironhull.builders.debian_base.alternatives import registered, write_alternatives
from ironhull.builders.debian_base.certificates import add_certificates, write_certificates
from ironhull.builders.debian_base.definition import Definition
from ironhull.builders.debian_base.dpkgdb import Installed, md5, write_database, write_status_d
from ironhull.builders.debian_base.exposure import check_runtime
from ironhull.builders.debian_base.keystore import write_keystore
from ironhull.builders.debian_base.path_rules import apply_rules
from ironhull.builders.debian_base.rootfs import Rootfs
from ironhull.debian.architecture import debian_architecture
from ironhull.debian.model import Deb, Repository
from ironhull.debian.package import read_control, read_data
from ironhull.debian.relations import replaces
from ironhull.errors import BuildError
from ironhull.model import Platform, Progress
from ironhull.oci.pack import Member

__all__ = ["Composed", "compose"]

_SETUID = 0o6000
_ARCHIVE_KEYS = (
    "usr/share/keyrings/debian-archive-keyring.pgp",
    "usr/share/keyrings/debian-archive-keyring.gpg",
)


@dataclass(frozen=True, slots=True)
class Composed:
    """What the layer of an image holds, and what is worth knowing about how it came to be."""

    members: tuple[Member, ...]
    packages: int
    certificates: int
    notes: tuple[str, ...] = ()


def compose(  # noqa: PLR0913 - what a system is made of
    definition: Definition,
    debs: Sequence[tuple[Deb, Path]],
    platform: Platform,
    *,
    origin: Path,
    scratch: Path,
    epoch: int,
    certificates: tuple[str, bytes] = ("", b""),
    progress: Progress | None = None,
) -> Composed:
    """Unpack `debs` (each with the verified file) and make the system `definition` describes.

    `origin` is the file the definition came from, `scratch` an empty directory that has to live
    until the members were packed, `certificates` names a file of authorities to trust besides, and
    gives its content (PEM). Raises BuildError for damaged or clashing packages, DefinitionError for
    accounts, paths and certificates that cannot be.
    """
    root = Rootfs(scratch, epoch)
    architecture = debian_architecture(platform)
    root.merge_usr(lib64=architecture in ("amd64", "ppc64el"))
    packages = _unpack_all(root, debs, progress)
    runtime = definition.variant == "runtime"
    removed = root.drop(lambda path: filters.dropped(path, runtime=False))
    write_accounts(root, definition.accounts, shell=not runtime)
    alternatives = [
        one
        for package in packages
        for one in registered(package.control.get("postinst", b"").decode("utf-8", "replace"))
    ]
    if certificates[0]:
        add_certificates(root, certificates[1], certificates[0])
    trusted = write_certificates(root, links=not runtime)
    write_keystore(root)
    if runtime:
        write_alternatives(root, alternatives, database=False)
        effects.configure_runtime(root)
        _drop_setuid(root)
        removed += root.drop(lambda path: filters.dropped(path, runtime=True))
    else:
        write_database(root, packages, architecture)
        write_alternatives(root, alternatives, database=True)
        effects.configure_system(root)
        _write_apt(root, definition)
    _write_os_release(root, definition.os_release)
    apply_rules(root, definition, platform, origin)
    effects.standard_directories(root)
    if runtime:
        write_status_d(root, packages, lambda path: root.find(path) is not None)
        check_runtime(root, [request.name for request in definition.packages])
    notes = (f"{removed} files of documentation and the like left out",)
    return Composed(tuple(root.members()), len(packages), trusted, notes)


def _unpack_all(
    root: Rootfs, debs: Sequence[tuple[Deb, Path]], progress: Progress | None
) -> tuple[Installed, ...]:
    known: dict[str, Installed] = {}

    def yields(old: str, new: str) -> bool:
        try:
            return replaces(known[new].fields, old, known[old].fields.get("Version", ""))
        except ValueError as trouble:
            raise BuildError(f"{new}: its Replaces field is wrong: {trouble}") from trouble

    ordered = sorted(debs, key=lambda one: (one[0].name != "base-files", one[0].name))
    for number, (deb, path) in enumerate(ordered):
        if progress is not None:
            progress(f"unpacking {deb.name}", number, len(ordered))
        control = read_control(path)
        _check_identity(deb, control.fields)
        known[deb.name] = Installed(deb.name, control.fields, control.files, ())
        shipped = root.unpack(deb.name, read_data(path), yields)
        package = Installed(deb.name, control.fields, control.files, shipped)
        hashes = {}
        for conffile in package.conffiles:
            data = root.read(conffile.lstrip("/"))
            if data is not None:
                hashes[conffile.lstrip("/")] = md5(data)
        known[deb.name] = Installed(deb.name, control.fields, control.files, shipped, hashes)
    return tuple(known.values())


def _check_identity(deb: Deb, fields: Mapping[str, str]) -> None:
    inside = (fields["Package"], fields["Version"], fields["Architecture"])
    if inside != (deb.name, deb.version, deb.architecture):
        raise BuildError(
            f"{deb.url} holds {' '.join(inside)}, not {deb}",
            "the archive contradicts itself; use another mirror",
        )


def _drop_setuid(root: Rootfs) -> None:
    for inode in root.inodes.values():
        if inode.kind == "file":
            inode.mode &= ~_SETUID


def _write_os_release(root: Rootfs, fields: Mapping[str, str]) -> None:
    if not fields:
        return
    lines = (f"{name}={_quoted(value)}\n" for name, value in fields.items())
    root.write("usr/lib/os-release", "".join(lines))
    root.symlink("etc/os-release", "../usr/lib/os-release")


def _quoted(value: str) -> str:
    """A value of os-release(5): bare where it can be, else in double quotes."""
    if value and all(c.isascii() and (c.isalnum() or c in "-._") for c in value):
        return value
    for special in '\\"$`':
        value = value.replace(special, "\\" + special)
    return f'"{value}"'


# ── apt ──────────────────────────────────────────────────────────────────────────────────────────


def _write_apt(root: Rootfs, definition: Definition) -> None:
    if root.find("usr/bin/dpkg") is not None:
        root.write("etc/dpkg/dpkg.cfg.d/ironhull", filters.dpkg_config())
    if root.find("usr/bin/apt-get") is None:
        return
    root.write("etc/apt/sources.list.d/debian.sources", _sources(root, definition.repositories))
    # No translated descriptions; packages that were fetched do not stay in a layer
    root.write(
        "etc/apt/apt.conf.d/90ironhull",
        'Acquire::Languages "none";\nBinary::apt::APT::Keep-Downloaded-Packages "false";\n'
        'APT::Keep-Downloaded-Packages "false";\n',
    )


def _sources(root: Rootfs, repositories: Iterable[Repository]) -> str:
    keys = next((path for path in _ARCHIVE_KEYS if root.find(path) is not None), "")
    grouped: dict[tuple[str, tuple[str, ...], str], list[str]] = {}
    for one in repositories:
        signed = one.signed_by if root.find(one.signed_by.strip("/") or "?") else ""
        signed = signed or ("/" + keys if keys else "")
        grouped.setdefault((one.url, one.components, signed), []).append(one.suite)
    stanzas = []
    for (url, components, signed), suites in grouped.items():
        text = f"Types: deb\nURIs: {url}\nSuites: {' '.join(suites)}\n"
        text += f"Components: {' '.join(components)}\n" if components else ""
        stanzas.append(text + (f"Signed-By: {signed}\n" if signed else ""))
    return "\n".join(stanzas)
