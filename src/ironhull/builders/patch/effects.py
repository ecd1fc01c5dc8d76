"""What configuring the new versions changes beside their files: certificates, alternatives.

The linker's cache names libraries by path and soname, which stable updates do not change; what is
not in it is looked for in the directories the linker knows (ld.so(8)).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

from ironhull.builders.debian_base.alternatives import Alternative, registered, write_alternatives
from ironhull.builders.debian_base.certificates import link_name, subject_hash
from ironhull.builders.patch.apply import Unpacked
from ironhull.builders.patch.keystore import changed_keystore
from ironhull.builders.patch.system import ADMIN, System
from ironhull.errors import BuildError

__all__ = ["check_libraries", "write_bundle", "write_candidates"]

_SOURCE = "usr/share/ca-certificates"
_LOCAL = "usr/local/share/ca-certificates"
_LIST = "etc/ca-certificates.conf"
_CERTS = "etc/ssl/certs"
_BUNDLE = f"{_CERTS}/ca-certificates.crt"
_JAVA = f"{_CERTS}/java/cacerts"
_PEM = re.compile(
    rb"-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----.*?-----END [A-Z0-9 ]+-----", re.DOTALL
)
_LIBRARY = re.compile(r"(?:^|/)(?:lib[^/]+\.so(?:\.[\w.+-]+)?|ld-[^/]+\.so[\w.]*)$")
_DEFAULT = re.compile(r"(?:usr/)?lib(?:64|32)?(?:/[a-z0-9_]+-linux-gnu[a-z0-9]*)?$")


# ── certificates ─────────────────────────────────────────────────────────────────────────────────


def write_bundle(
    system: System, files: Mapping[str, bytes], old: Mapping[str, bytes] | None
) -> None:
    """etc/ssl/certs for the certificates `files` (NAME.crt below mozilla/… -> PEM) of the package.

    With etc/ca-certificates.conf as update-ca-certificates(8) does it: what is deselected stays
    so, new ones are trusted, local ones stay. Without, in an image that has the bundle alone, what
    the bundle has and `old` (the package as it was) had not was added by somebody and stays.
    """
    before = _ders(system.root.read(_BUNDLE) or b"")
    _write_trusted(system, files, old)
    after = _ders(system.root.read(_BUNDLE) or b"")
    if before != after and (data := system.root.read(_JAVA)) is not None:
        named = {der: link_name(name) for name, pem in files.items() for der in _ders(pem)}
        new = {f"debian:{named[der]}.pem".lower(): der for der in after - before if der in named}
        try:
            kept = changed_keystore(data, before - after, new, system.root.epoch * 1000)
        except ValueError as trouble:
            system.notes.append(f"/{_JAVA} keeps the certificates it has: {trouble}")
        else:
            _replace(system, _JAVA, kept)


def _write_trusted(
    system: System, files: Mapping[str, bytes], old: Mapping[str, bytes] | None
) -> None:
    if system.root.find(_LIST) is not None:
        _update(system, files)
    elif (data := system.root.read(_BUNDLE)) is not None:
        added = _certificates(data)
        gone = {_plain(pem) for pem in (old if old is not None else files).values()}
        if old is None:
            system.notes.append(
                "certificates that ca-certificates dropped cannot be told from added ones: kept"
            )
        bundle = b"".join(_line(files[name]) for name in sorted(files))
        bundle += b"".join(_line(pem) for pem in added if _plain(pem) not in gone)
        _replace(system, _BUNDLE, bundle)


def _update(system: System, files: Mapping[str, bytes]) -> None:
    root = system.root
    lines = system.text(_LIST).splitlines()
    known = {line.lstrip("!").strip() for line in lines if line and not line.startswith("#")}
    kept = [_entry(system, line, files) for line in lines]
    kept += [name for name in sorted(files) if name not in known]
    _replace(system, _LIST, "".join(f"{line}\n" for line in kept).encode())
    chosen = [x.strip() for x in kept if x and not x.startswith(("#", "!"))]
    trusted = [(f"{_SOURCE}/{name}", files[name]) for name in chosen if name in files]
    if root.find(_LOCAL) is not None:
        local = ((path, root.read(path)) for path in root.below(_LOCAL))
        trusted += [(p, data) for p, data in local if p.endswith(".crt") and data is not None]
    _remove_links(system)
    bundle = b""
    numbers: dict[str, int] = {}
    for path, pem in trusted:
        bundle += _line(pem)
        link = f"{link_name(path)}.pem"
        _link(system, f"{_CERTS}/{link}", f"/{path}")
        if found := subject_hash(pem):
            number = numbers[found] = numbers.get(found, -1) + 1
            _link(system, f"{_CERTS}/{found}.{number}", link)
    _replace(system, _BUNDLE, bundle)


def _entry(system: System, line: str, files: Mapping[str, bytes]) -> str:
    """A line of etc/ca-certificates.conf: what is gone is deselected, as its postinst does."""
    name = line.strip()
    there = name in files or system.root.find(f"{_LOCAL}/{name}") is not None
    return line if not name or name.startswith(("#", "!")) or there else f"!{name}"


def _link(system: System, path: str, target: str) -> None:
    there = system.before.get(path)
    if there is not None and there.kind == "symlink" and there.link == target:
        system.root.inodes[path] = there
    else:
        system.root.symlink(path, target)


def _remove_links(system: System) -> None:
    """Remove links of certificates, those by name and those by hash; files of others stay."""
    for path in list(system.root.below(_CERTS)):
        inode = system.root.inodes[path]
        name = path.rpartition("/")[2]
        ours = inode.link.startswith((f"/{_SOURCE}/", f"/{_LOCAL}/"))
        hashed = re.fullmatch(r"[0-9a-f]{8}\.\d+", name) and "/" not in inode.link
        if inode.kind == "symlink" and (ours or hashed):
            system.root.remove(path)


def _certificates(data: bytes) -> list[bytes]:
    return [match[0] for match in _PEM.finditer(data)]


def _ders(data: bytes) -> set[bytes]:
    """The certificates of PEM in DER; what is not base64 is none."""
    found = set()
    for pem in _certificates(data):
        with suppress(binascii.Error):
            found.add(base64.b64decode(_plain(pem), validate=True))
    return found


def _plain(pem: bytes) -> bytes:
    """A certificate to compare: its base64 alone."""
    return b"".join(line for line in pem.split() if b"-" not in line and line.isascii())


def _line(pem: bytes) -> bytes:
    return pem if pem.endswith(b"\n") else pem + b"\n"


def _replace(system: System, path: str, data: bytes) -> None:
    there = system.root.find(path)
    if there is not None and there.kind == "file" and there.read() == data:
        return
    mode, uid, gid = (there.mode, there.uid, there.gid) if there else (0o644, 0, 0)
    system.root.write(path, data, mode, uid, gid)


# ── alternatives ─────────────────────────────────────────────────────────────────────────────────


def write_candidates(system: System, unpacked: Iterable[Unpacked]) -> None:
    """Register what the new versions register and the image does not know yet."""
    for package in unpacked:
        script = package.control.files.get("postinst", b"").decode("utf-8", "replace")
        for one in registered(script):
            _register(system, one)


def _register(system: System, one: Alternative) -> None:
    if system.root.find(one.path.strip("/")) is None:
        return
    record = f"{ADMIN}/alternatives/{one.name}"
    text = system.text(record)
    if not text:
        # without a record nobody knows what else there is: a link that leads somewhere stays
        if not system.slim and system.root.find(one.link.strip("/")) is None:
            write_alternatives(system.root, [one], database=True)
        return
    lines = text.splitlines()
    if one.path in lines[2:]:
        return
    if lines[0] != "auto":
        system.notes.append(f"{one.path} is no alternative for {one.name}: that was set by hand")
        return
    write_alternatives(system.root, [*_recorded(one.name, lines), one], database=True)


def _recorded(name: str, lines: Sequence[str]) -> list[Alternative]:
    """The candidates of a record (update-alternatives(1), as dpkg writes it)."""
    at, slaves = 2, []
    while at + 1 < len(lines) and lines[at]:
        slaves.append((lines[at], lines[at + 1]))
        at += 2
    at += 1
    found = []
    while at + 1 < len(lines) and lines[at]:
        paths = lines[at + 2 : at + 2 + len(slaves)]
        with_path = [(s, link, p) for (s, link), p in zip(slaves, paths, strict=False) if p]
        if not lines[at + 1].lstrip("-").isdigit():
            raise BuildError(
                f"/{ADMIN}/alternatives/{name}: is damaged", "patch without it: --keep"
            )
        found.append(Alternative(name, lines[1], lines[at], int(lines[at + 1]), tuple(with_path)))
        at += 2 + len(slaves)
    return found


# ── the linker ───────────────────────────────────────────────────────────────────────────────────


def check_libraries(system: System) -> None:
    """Raise BuildError for a new library that only an updated etc/ld.so.cache would lead to."""
    if system.root.find("etc/ld.so.cache") is None:
        return
    new = system.root.inodes.keys() - system.before.keys()
    for path in sorted(filter(_LIBRARY.search, new)):
        folder = path.rpartition("/")[0]
        if not _DEFAULT.fullmatch(folder) and _is_searched(system, folder):
            raise BuildError(
                f"/{path} is a new library in a directory that ldconfig would have to be run for",
                "leave its package as it is with --keep",
            )


def _is_searched(system: System, folder: str) -> bool:
    """Whether etc/ld.so.conf or a file of ld.so.conf.d names the directory."""
    paths = ["etc/ld.so.conf"]
    if system.root.find("etc/ld.so.conf.d"):
        paths += list(system.root.below("etc/ld.so.conf.d"))
    lines = [line.strip() for path in paths for line in system.text(path).splitlines()]
    return any(system.root.resolve(x, follow=True) == folder for x in lines if x.startswith("/"))
