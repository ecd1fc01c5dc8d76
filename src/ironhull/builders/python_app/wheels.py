"""Wheels to files of a layer, without running anything (Binary distribution format, PEP 427).

Every file is checked against RECORD, paths cannot leave their directory, sizes are bounded. What
`pip install` would write is written: the `.data` directories, console scripts with the target's
interpreter, INSTALLER, REQUESTED and the RECORD of the installed files. Nothing is compiled.
"""

from __future__ import annotations

import base64
import binascii
import configparser
import csv
import errno
import hashlib
import io
import re
import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from pathlib import Path, PurePosixPath

from packaging.utils import canonicalize_name, parse_wheel_filename

from ironhull.builders.python_app.target import Target
from ironhull.errors import BuildError
from ironhull.limits import LIMITS

__all__ = ["Installed", "InstalledFile", "console_script", "entry_points", "unpack_wheel"]

_CHUNK = 1024 * 1024
_SIGNATURES = ("RECORD", "RECORD.jws", "RECORD.p7s")  # PEP 427: not listed with a hash
_HASHES = ("sha256", "sha384", "sha512")  # PEP 427: sha256 or better
_BROKEN = (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError, zlib.error)
_HINT = "the file is damaged or hostile: take another version or index"


@dataclass(frozen=True, slots=True)
class InstalledFile:
    """A file in the image: path relative to the root, 0o644 or 0o755, bytes or a file on disk."""

    path: str
    mode: int
    content: bytes | Path
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Installed:
    """A wheel as installed; `commands` are the names of its console scripts."""

    name: str
    version: str
    files: tuple[InstalledFile, ...]
    commands: tuple[str, ...] = ()


def unpack_wheel(path: Path, target: Target, work: Path, *, requested: bool) -> Installed:
    """Unpack the wheel at `path` into files below `work`, an empty directory.

    Raises BuildError with the member at fault for a wheel that is damaged, hostile or too large.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _unpack(archive, path.name, target, work, requested=requested)
    except _BROKEN as trouble:
        raise _bad(path.name, f"broken ZIP archive: {trouble}") from None
    except (RuntimeError, ValueError, UnicodeError) as trouble:
        raise _bad(path.name, str(trouble)) from None
    except OSError as trouble:
        if trouble.errno != errno.EINVAL:  # an offset before the file's beginning
            raise
        raise _bad(path.name, "broken ZIP archive: an offset outside the file") from None


def _bad(wheel: str, what: str) -> BuildError:
    return BuildError(f"{wheel}: {what}", _HINT)


def _unpack(
    archive: zipfile.ZipFile, wheel: str, target: Target, work: Path, *, requested: bool
) -> Installed:
    infos = _members(archive, wheel)
    name, version = _identity(wheel)
    info_dir = _info_dir(infos, wheel, name)
    record = _record(_small(archive, infos, f"{info_dir}/RECORD", wheel), wheel)
    _check_wheel_file(_small(archive, infos, f"{info_dir}/WHEEL", wheel), wheel)
    _check_listed(infos, record, info_dir, wheel)
    layout = _Layout(target, info_dir.removesuffix(".dist-info") + ".data", name)
    files: list[InstalledFile] = []
    for number, (member, info) in enumerate(sorted(infos.items())):
        if member.removeprefix(f"{info_dir}/") in _SIGNATURES:
            continue
        place = layout.place(member, wheel)
        found = _extract(archive, info, work / str(number), wheel)
        _verify(member, found, record[member], wheel)
        files.append(_installed(place, info, found, layout))
    commands = dict(_commands(files, f"{target.site}/{info_dir}/entry_points.txt", wheel))
    for command, value in sorted(commands.items()):
        script = console_script(value, target.interpreter)
        files.append(_made(f"{target.scripts}/{command}", script, 0o755))
    files += _bookkeeping(files, f"{target.site}/{info_dir}", target, requested=requested)
    return Installed(name, version, tuple(files), tuple(sorted(commands)))


# ── the archive ──────────────────────────────────────────────────────────────────────────────────


def _members(archive: zipfile.ZipFile, wheel: str) -> dict[str, zipfile.ZipInfo]:
    infos = archive.infolist()
    if len(infos) > LIMITS.archive_members:
        raise _bad(wheel, f"more than {LIMITS.archive_members} members")
    if sum(info.file_size for info in infos) > LIMITS.deb_unpacked_bytes:
        raise _bad(wheel, f"unpacks to more than {LIMITS.deb_unpacked_bytes} bytes")
    if any(info.header_offset < 0 for info in infos):  # zipfile would seek there: OSError
        raise _bad(wheel, "broken ZIP archive: a member lies before the file begins")
    found: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        _check_path(info, wheel)
        if info.is_dir():
            continue
        if info.filename in found:
            raise _bad(wheel, f"two members are called {info.filename!r}")
        found[info.filename] = info
    for path in found:
        for parent in PurePosixPath(path).parents:
            if str(parent) in found:
                raise _bad(wheel, f"{str(parent)!r} is a file and a directory")
    return found


def _check_path(info: zipfile.ZipInfo, wheel: str) -> None:
    path = info.filename.removesuffix("/")
    odd = any(ord(c) < 32 or ord(c) == 127 or 0xD800 <= ord(c) < 0xE000 for c in path)
    parts = path.split("/")
    if odd or "\\" in path or any(part in ("", ".", "..") for part in parts):
        raise _bad(wheel, f"member {info.filename!r} has a forbidden path")
    if re.match(r"[A-Za-z]:", path) or len(path) > LIMITS.path_bytes:
        raise _bad(wheel, f"member {info.filename[:80]!r} has a forbidden path")
    # Different names in the local header and the directory are how one file is shown as another.
    if info.orig_filename.rstrip("/") != path:
        raise _bad(wheel, f"member {info.filename!r} has two names")
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise _bad(wheel, f"member {info.filename!r} is not a regular file")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):  # PEP 427
        raise _bad(wheel, f"member {info.filename!r} is compressed in an unknown way")
    if info.flag_bits & 0x1:
        raise _bad(wheel, f"member {info.filename!r} is encrypted")


def _identity(wheel: str) -> tuple[str, str]:
    name, version, _, _ = parse_wheel_filename(wheel)
    return name, str(version)


def _info_dir(infos: Iterable[str], wheel: str, name: str) -> str:
    found = {path.split("/")[0] for path in infos if path.split("/")[0].endswith(".dist-info")}
    if len(found) != 1:
        raise _bad(wheel, f"{len(found)} .dist-info directories, there must be one")
    folder = found.pop()
    if canonicalize_name(folder.removesuffix(".dist-info").partition("-")[0]) != name:
        raise _bad(wheel, f"{folder} does not belong to {name}")
    return folder


def _small(
    archive: zipfile.ZipFile, infos: Mapping[str, zipfile.ZipInfo], path: str, wheel: str
) -> bytes:
    info = infos.get(path)
    if info is None:
        raise _bad(wheel, f"no {path}")
    if info.file_size > LIMITS.file_bytes:
        raise _bad(wheel, f"{path} is larger than {LIMITS.file_bytes} bytes")
    return archive.read(info)


def _check_wheel_file(data: bytes, wheel: str) -> None:
    version = str(BytesHeaderParser().parsebytes(data).get("Wheel-Version", ""))
    if version.partition(".")[0] != "1":
        raise _bad(wheel, f"Wheel-Version {version!r} is not 1.x")


def _record(data: bytes, wheel: str) -> dict[str, tuple[str, str]]:
    """Path -> (hash, size) as written in RECORD (PEP 376)."""
    found: dict[str, tuple[str, str]] = {}
    for row in csv.reader(io.StringIO(data.decode("utf-8"), newline="")):
        if not row:
            continue
        if len(row) != 3:
            raise _bad(wheel, f"RECORD has a line of {len(row)} fields")
        path = row[0].removeprefix("./")
        if path in found and found[path] != (row[1], row[2]):
            raise _bad(wheel, f"RECORD lists {path!r} twice")
        found[path] = (row[1], row[2])
    return found


def _check_listed(
    infos: Mapping[str, zipfile.ZipInfo],
    record: Mapping[str, tuple[str, str]],
    info_dir: str,
    wheel: str,
) -> None:
    exempt = {f"{info_dir}/{name}" for name in _SIGNATURES}
    for path in infos:
        if path not in exempt and not record.get(path, ("", ""))[0]:
            raise _bad(wheel, f"member {path!r} has no hash in RECORD")
    for path in record:
        if path not in infos and not path.endswith("/"):
            raise _bad(wheel, f"RECORD lists {path!r}, which is not there")


def _extract(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, place: Path, wheel: str
) -> tuple[Path, Mapping[str, str], int]:
    """Write a member to `place`; its digests (urlsafe base64, no padding) and size come along."""
    hashes = {name: hashlib.new(name) for name in _HASHES[:1]}
    size = 0
    with archive.open(info) as source, place.open("wb") as out:
        while chunk := source.read(_CHUNK):
            size += len(chunk)
            if size > info.file_size:
                raise _bad(wheel, f"member {info.filename!r} is larger than it says")
            out.write(chunk)
            for digest in hashes.values():
                digest.update(chunk)
    return place, {name: digest.hexdigest() for name, digest in hashes.items()}, size


def _verify(
    member: str,
    found: tuple[Path, Mapping[str, str], int],
    listed: tuple[str, str],
    wheel: str,
) -> None:
    place, digests, size = found
    algorithm, _, text = listed[0].partition("=")
    if algorithm not in _HASHES:
        raise _bad(wheel, f"RECORD has a hash of {member!r} by {algorithm!r}, which is too weak")
    if algorithm in digests:
        actual = digests[algorithm]
    else:
        with place.open("rb") as stream:
            actual = hashlib.file_digest(stream, algorithm).hexdigest()
    try:
        wanted = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).hex()
    except (binascii.Error, ValueError):
        wanted = ""
    if wanted != actual or listed[1] not in ("", str(size)):
        raise _bad(wheel, f"member {member!r} does not match RECORD")


# ── where files go ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Layout:
    """Install paths for a wheel (PEP 427, "The .data directory"; scheme of the target)."""

    target: Target
    data_dir: str
    name: str

    def place(self, member: str, wheel: str) -> str:
        """The path in the image of an archive member."""
        if not member.startswith(f"{self.data_dir}/"):
            return f"{self.target.site}/{member}"
        key, _, rest = member.removeprefix(f"{self.data_dir}/").partition("/")
        roots = {
            "purelib": self.target.site,
            "platlib": self.target.site,
            "scripts": self.target.scripts,
            "headers": f"usr/local/include/python{self.target.python}/{self.name}",
            "data": "usr/local",
        }
        if key not in roots or not rest:
            raise _bad(wheel, f"member {member!r} belongs to no install path")
        return f"{roots[key]}/{rest}"

    def is_script(self, place: str) -> bool:
        """Whether `place` lies where commands go."""
        return place.startswith(f"{self.target.scripts}/")


def _installed(
    place: str,
    info: zipfile.ZipInfo,
    found: tuple[Path, Mapping[str, str], int],
    layout: _Layout,
) -> InstalledFile:
    path, digests, size = found
    if layout.is_script(place):
        with path.open("rb") as stream:
            first = stream.read(16)
        if first.startswith(b"#!python"):  # PEP 427: rewritten to the correct interpreter
            _, _, rest = path.read_bytes().partition(b"\n")
            shebang = f"#!{layout.target.interpreter}\n".encode()
            return _made(place, shebang + rest, 0o755)
        return InstalledFile(place, 0o755, path, digests["sha256"], size)
    mode = 0o755 if (info.external_attr >> 16) & 0o111 else 0o644
    return InstalledFile(place, mode, path, digests["sha256"], size)


def _made(path: str, content: bytes, mode: int = 0o644) -> InstalledFile:
    return InstalledFile(path, mode, content, hashlib.sha256(content).hexdigest(), len(content))


def _bookkeeping(
    files: list[InstalledFile], info: str, target: Target, *, requested: bool
) -> Iterator[InstalledFile]:
    """INSTALLER, REQUESTED and RECORD (PEP 376, PEP 627)."""
    made = [_made(f"{info}/INSTALLER", b"ironhull\n")]
    if requested:
        made.append(_made(f"{info}/REQUESTED", b""))
    kept = [file for file in files if file.path not in {m.path for m in made}]
    if len(kept) != len(files):
        files[:] = kept
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    for file in sorted((*files, *made), key=lambda f: f.path):
        digest = base64.urlsafe_b64encode(bytes.fromhex(file.sha256)).rstrip(b"=").decode()
        writer.writerow((_relative(file.path, target.site), f"sha256={digest}", file.size))
    writer.writerow((_relative(f"{info}/RECORD", target.site), "", ""))
    yield from made
    yield _made(f"{info}/RECORD", out.getvalue().encode())


def _relative(path: str, site: str) -> str:
    """A path as RECORD has it: relative to the directory that holds the .dist-info."""
    if path.startswith(f"{site}/"):
        return path.removeprefix(f"{site}/")
    ours, theirs = site.split("/"), path.split("/")
    shared = 0
    while shared < min(len(ours), len(theirs)) and ours[shared] == theirs[shared]:
        shared += 1
    return "/".join([".."] * (len(ours) - shared) + theirs[shared:])


# ── commands ─────────────────────────────────────────────────────────────────────────────────────

_COMMAND = re.compile(r"[A-Za-z0-9_.-]+")
_OBJECT = re.compile(r"([A-Za-z_][\w.]*)\s*:\s*([A-Za-z_][\w.]*)\s*(?:\[.*\])?")


def _commands(files: Iterable[InstalledFile], path: str, wheel: str) -> Iterator[tuple[str, str]]:
    for file in files:
        if file.path == path and isinstance(file.content, Path):
            if file.size > LIMITS.definition_bytes:
                raise _bad(wheel, "entry_points.txt is too large")
            try:
                yield from entry_points(file.content.read_text(encoding="utf-8")).items()
            except (ValueError, configparser.Error) as trouble:
                raise _bad(wheel, f"entry_points.txt: {str(trouble).splitlines()[0]}") from None


def entry_points(text: str) -> dict[str, str]:
    """The console and GUI scripts of an entry_points.txt (Entry points specification).

    Raises ValueError for a name that is no file name or a value that is no object reference.
    """
    parser = configparser.ConfigParser(delimiters=("=",), interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # names keep their case
    parser.read_string(text)
    found: dict[str, str] = {}
    for section in ("console_scripts", "gui_scripts"):
        if parser.has_section(section):
            for name, value in parser.items(section):
                if not _COMMAND.fullmatch(name) or name.strip(".") == "":
                    raise ValueError(f"{name!r} is no name of a command")
                if not _OBJECT.fullmatch(value.strip()):
                    raise ValueError(f"{value!r} is no object reference")
                found[name] = value.strip()
    return found


def console_script(reference: str, interpreter: str) -> bytes:
    """The script that calls `module:object`; ValueError for anything else."""
    match = _OBJECT.fullmatch(reference.strip())
    if not match:
        raise ValueError(f"{reference!r} is no object reference such as package.module:main")
    module, attribute = match[1], match[2]
    return (
        f"#!{interpreter}\n"
        "import sys\n"
        f"from {module} import {attribute.partition('.')[0]}\n"
        'if __name__ == "__main__":\n'
        f"    sys.exit({attribute}())\n"
    ).encode()
