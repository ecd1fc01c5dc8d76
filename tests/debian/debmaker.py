"""Debian packages made in code: `deb({"usr/bin/x": b"..."}, Package="x")`.

`files` maps paths to what is there: bytes or str (a file), None (a directory), "-> target" in a
`Link`, or a ready `tarfile.TarInfo` with its content.
"""

import bz2
import gzip
import io
import lzma
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from backports import zstd

from ironhull.debian.model import Deb
from ironhull.model import Upstream

COMPRESS = {
    ".tar": lambda data: data,
    ".tar.gz": lambda data: gzip.compress(data, mtime=0),
    ".tar.xz": lzma.compress,
    ".tar.bz2": bz2.compress,
    ".tar.zst": zstd.compress,
}


@dataclass(frozen=True)
class Link:
    """A symbolic link, or a hard link."""

    target: str
    hard: bool = False


@dataclass(frozen=True)
class Mode:
    """A file with a mode and an owner of its own."""

    mode: int
    content: bytes = b""
    uid: int = 0
    gid: int = 0


def member(path: str, what: bytes | str | Link | Mode | None) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(path)
    info.mtime = 1_600_000_000
    info.mode = 0o644
    if what is None:
        info.type, info.mode = tarfile.DIRTYPE, 0o755
        return info, b""
    if isinstance(what, Link):
        info.type = tarfile.LNKTYPE if what.hard else tarfile.SYMTYPE
        info.linkname, info.mode = what.target, 0o777
        return info, b""
    if isinstance(what, Mode):
        info.mode, info.uid, info.gid = what.mode, what.uid, what.gid
        what = what.content
    data = what.encode() if isinstance(what, str) else what
    info.size = len(data)
    return info, data


def tar(files: Mapping[str, bytes | str | Link | Mode | None]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for path, what in files.items():
            info, data = member(path, what)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def ar(members: Mapping[str, bytes]) -> bytes:
    out = b"!<arch>\n"
    for name, data in members.items():
        out += f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(data):<10}".encode() + b"`\n" + data
        out += b"\n" * (len(data) % 2)
    return out


def control_text(fields: Mapping[str, str]) -> str:
    return "".join(f"{name}: {value}\n" for name, value in fields.items())


def deb(
    files: Mapping[str, bytes | str | Link | Mode | None],
    *,
    control: Mapping[str, bytes | str] | None = None,
    kind: str = ".tar.xz",
    fields: Mapping[str, str] | None = None,
) -> bytes:
    """The bytes of a package; `control` are further control files, `fields` its control fields."""
    given = {"Package": "sample", "Version": "1.0-1", "Architecture": "amd64", **(fields or {})}
    given.setdefault("Maintainer", "Nobody <nobody@example.org>")
    given.setdefault("Description", "a sample\n and more of it")
    inside = {"./control": control_text(given)} | {f"./{k}": v for k, v in (control or {}).items()}
    return ar(
        {
            "debian-binary": b"2.0\n",
            f"control{kind}": COMPRESS[kind](tar(inside)),
            f"data{kind}": COMPRESS[kind](tar({f"./{k}": v for k, v in files.items()})),
        }
    )


def package(
    directory: Path,
    name: str,
    files: Mapping[str, bytes | str | Link | Mode | None],
    *,
    control: Mapping[str, bytes | str] | None = None,
    **fields: str,
) -> tuple[Deb, Path]:
    """A package in a file, as `compose` takes it; field names with _ for -."""
    given = {"Package": name, "Version": "1.0-1", "Architecture": "amd64"}
    given |= {key.replace("_", "-"): value for key, value in fields.items()}
    path = directory / f"{name}.deb"
    path.write_bytes(deb(files, control=control, fields=given))
    about = Deb(
        name=name,
        version=given["Version"],
        architecture=given["Architecture"],
        source=Upstream(name, given["Version"]),
        url=f"http://archive.test/pool/{name}.deb",
        size=path.stat().st_size,
        sha256="0" * 64,
        fields=given,
        origin="http://archive.test trixie",
    )
    return about, path
