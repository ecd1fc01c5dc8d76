"""SBOMs for BuildKit: its SBOM generator protocol (moby/buildkit, docs/attestations/sbom-protocol).

BuildKit mounts root file systems read-only, this writes one in-toto statement for each beside one
another, and BuildKit attaches them to the image it builds. Part of `pipeline`.

BuildKit fills in the subject of the statements. What it writes into SPDX documents is the layer of
each file, as the file's comment: so the files packages were found in are listed with their digests,
which `write_spdx` alone does not do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from ironhull.errors import ImageError, UsageError
from ironhull.model import Image, Platform, Sbom, Subject
from ironhull.values import dataclass, replace

__all__ = [
    "Request",
    "Scanned",
    "Stage",
    "request_of",
    "scan_sources",
    "stages_of",
]

_STATEMENT = "https://in-toto.io/Statement/v0.1"
"""What every BuildKit reads; it writes the type of its own version."""
_SPDX = "https://spdx.dev/Document"
_EXTRA = "sbom-"
_LOADER_DIRECTORIES = (
    *("lib", "lib64", "usr/lib", "usr/lib64", "usr/lib32"),
    *(f"usr/lib/{cpu}-linux-gnu" for cpu in ("x86_64", "aarch64", "i386", "s390x", "riscv64")),
    *("usr/lib/powerpc64le-linux-gnu", "usr/lib/arm-linux-gnueabihf", "usr/lib/arm-linux-gnueabi"),
)
_LOADERS = (
    ("ld-linux-x86-64.", Platform("linux", "amd64")),
    ("ld-linux-aarch64.", Platform("linux", "arm64")),
    ("ld-linux-armhf.", Platform("linux", "arm", "v7")),
    ("ld-linux.so.3", Platform("linux", "arm", "v5")),
    ("ld-linux.so.2", Platform("linux", "386")),
    ("ld-linux-riscv64", Platform("linux", "riscv64")),
    ("ld-linux-loongarch", Platform("linux", "loong64")),
    ("ld64.so.2", Platform("linux", "ppc64le")),
    ("ld64.so.1", Platform("linux", "s390x")),
    ("ld-musl-x86_64.", Platform("linux", "amd64")),
    ("ld-musl-aarch64.", Platform("linux", "arm64")),
    ("ld-musl-armhf.", Platform("linux", "arm", "v6")),
    ("ld-musl-armv7.", Platform("linux", "arm", "v7")),
    ("ld-musl-i386.", Platform("linux", "386")),
    ("ld-musl-riscv64.", Platform("linux", "riscv64")),
    ("ld-musl-loongarch64.", Platform("linux", "loong64")),
    ("ld-musl-powerpc64le.", Platform("linux", "ppc64le")),
    ("ld-musl-s390x.", Platform("linux", "s390x")),
)
"""How the names of dynamic loaders begin (System V ABI supplements, glibc ABIList, musl), and what
programs that name them are for."""
_BLOCK = 1 << 20
_EVIDENT = "evident-by: the package was found in this file"
"""Syft's word for it; CONTAINS would say that the package was analysed file by file (SPDX 7.8)."""


@dataclass(frozen=True, slots=True)
class Request:
    """What BuildKit asks: the root file system of the result, the directory of further ones, where
    statements go (None: no further ones)."""

    source: Path
    extras: Path | None
    destination: Path


@dataclass(frozen=True, slots=True)
class Scanned:
    """One root file system that was listed, by its name, and the statement that was written."""

    name: str
    sbom: Sbom
    path: Path


def request_of(environment: Mapping[str, str]) -> Request:
    """The request in the variables BUILDKIT_SCAN_*; UsageError where what must be there is not.

    What is said of further file systems may be missing, empty or name no directory: then there are
    none. Variables not known are other generators' parameters.
    """
    paths = []
    for name in ("BUILDKIT_SCAN_SOURCE", "BUILDKIT_SCAN_DESTINATION"):
        path = Path(environment.get(name, ""))
        if not environment.get(name):
            raise UsageError(
                f"{name} is not set",
                "BuildKit sets it: use the image as generator, "
                "`docker buildx build --sbom=generator=IMAGE`",
            )
        if not path.is_dir():
            raise UsageError(f"{name}: {path} is not a directory", "name one that is there")
        paths.append(path)
    said = environment.get("BUILDKIT_SCAN_SOURCE_EXTRAS", "")
    extras = Path(said) if said and Path(said).is_dir() else None
    return Request(paths[0], extras, paths[1])


def scan_sources(request: Request, *, epoch: int | None = None) -> Iterator[Scanned]:
    """List what is in each root file system and write `<name>.spdx.json`, the result's first.

    `epoch` (SOURCE_DATE_EPOCH) is the time the documents carry; without it that is 1970, so that
    equal contents give equal documents. Raises ImageError for a root that cannot be read,
    StoreError for a file that cannot be written.
    """
    from ironhull.store.files import atomic_write

    for name, root in _roots(request):
        sbom = _list(name, root)
        path = request.destination / f"{name}.spdx.json"
        atomic_write(path, _statement(sbom, root, epoch))
        yield Scanned(name, sbom, path)


def _roots(request: Request) -> Iterator[tuple[str, Path]]:
    """Name and path of everything that is to be scanned; names are unique."""
    yield request.source.name, request.source
    if request.extras is None:
        return
    try:
        found = sorted(item for item in request.extras.iterdir() if item.is_dir())
    except OSError as trouble:
        raise ImageError(f"{request.extras}: cannot be listed: {trouble.strerror}") from None
    for item in found:
        yield _unlike(item.name, request.source.name), item


def _unlike(name: str, core: str) -> str:
    """BuildKit knows the result's SBOM by the name up to the first dot."""
    return f"{core}-{name}" if name.partition(".")[0] == core else name


def _list(name: str, root: Path) -> Sbom:
    """What is in `root`. The generator runs on the builder's platform, whatever is being built."""
    from ironhull.inventory import take_inventory
    from ironhull.oci.images import host_platform

    host = host_platform()
    platform = _platform_of(root, host)
    image = Image(
        name=name,
        digest="",
        config={},
        layers=(),
        platform=platform or host,
        origin="fs",
        root=str(root.resolve()),
    )
    sbom = take_inventory(image)
    return replace(sbom, subject=replace(sbom.subject, platform=platform))


def _platform_of(root: Path, host: Platform) -> Platform | None:
    """What the dynamic loaders in `root` are for; of several `host`; None where nothing tells."""
    import os
    from contextlib import suppress

    from ironhull.oci._scanning import Descent

    found = set()
    try:
        with Descent(root) as descent:
            for directory in _LOADER_DIRECTORIES:
                # not there, or a link: what it leads to is in the list too
                with suppress(OSError), os.scandir(descent.to(directory)) as entries:
                    found |= {_loaded(entry.name) for entry in entries}
    except OSError as trouble:
        raise ImageError(f"{root}: cannot be listed: {trouble.strerror}") from None
    found.discard(None)
    if len(found) > 1:
        return host if host in found else None
    return next(iter(found), None)


def _loaded(name: str) -> Platform | None:
    for begin, platform in _LOADERS:
        if name.startswith(begin):
            return platform
    return None


def _statement(sbom: Sbom, root: Path, epoch: int | None) -> bytes:
    import json

    from ironhull.formats._common import dump_pieces
    from ironhull.formats.spdx import write_spdx

    predicate = json.loads(write_spdx(sbom, created=_time(epoch)))
    _add_files(predicate, sbom, root)
    statement = {"_type": _STATEMENT, "predicateType": _SPDX, "subject": [], "predicate": predicate}
    return dump_pieces(statement, len(sbom.packages))


def _time(epoch: int | None) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(epoch or 0, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# ── files ────────────────────────────────────────────────────────────────────────────────────────


def _add_files(document: dict[str, Any], sbom: Sbom, root: Path) -> None:
    """List the files packages were found in and say which package has which (SPDX 2.3, 8 and 11).

    A file that cannot be read any more is left out: the package's own annotation names it still.
    """
    files: dict[str, str] = {}
    rows = []
    for path in sorted({at.path for package in sbom.packages for at in package.locations}):
        if checksums := _checksums(root, path):
            files[path] = f"SPDXRef-File-{len(files) + 1}"
            rows.append(
                {
                    "SPDXID": files[path],
                    "fileName": path,
                    "checksums": checksums,
                    "licenseConcluded": "NOASSERTION",
                    "copyrightText": "NOASSERTION",
                }
            )
    if not rows:
        return
    document["files"] = rows
    ids = (p["SPDXID"] for p in document["packages"] if p["SPDXID"].startswith("SPDXRef-Package-"))
    document["relationships"] += [
        {
            "spdxElementId": package_id,
            "relationshipType": "OTHER",
            "relatedSpdxElement": files[path],
            "comment": _EVIDENT,
        }
        for package_id, package in zip(ids, sbom.packages, strict=True)
        for path in dict.fromkeys(at.path for at in package.locations)
        if path in files
    ]


def _checksums(root: Path, path: str) -> list[dict[str, str]]:
    """SHA-1, which SPDX demands, and SHA-256 of a file; empty where it cannot be read."""
    import hashlib
    import os

    from ironhull.oci._scanning import Descent, open_file

    sums = {"SHA1": hashlib.sha1(usedforsecurity=False), "SHA256": hashlib.sha256()}
    directory, _, name = path.rpartition("/")
    try:
        with Descent(root) as descent, open_file(name, descent.to(directory)) as (file, _size):
            while block := os.read(file, _BLOCK):
                for digest in sums.values():
                    digest.update(block)
    except OSError:
        return []
    return [{"algorithm": name, "checksumValue": s.hexdigest()} for name, s in sums.items()]


# ── read again ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a build, or its context ("context"): `open()` reads its SBOM or raises Error."""

    name: str
    open: Callable[[], Sbom]


def stages_of(image: Image) -> tuple[Stage, ...]:
    """The stages whose SBOMs are attached to `image`, in the order they are attached.

    Generators call the document of a stage `sbom-<stage>`; a name that comes again is the same
    stage seen for another platform or by another generator, and is left out. Raises ImageError,
    FormatError for a statement that cannot be read at all: which stage it is cannot be told then.
    """
    found: dict[str, Stage] = {}
    for attachment in image.attachments:
        if attachment.predicate_type == _SPDX:
            data = attachment.read()
            name = _document_name(data).rpartition("/")[2]
            if name.startswith(_EXTRA):
                stage = name.removeprefix(_EXTRA)
                found.setdefault(stage, Stage(stage, partial(_stage, data, stage, image)))
    return tuple(found.values())


def _document_name(data: bytes) -> str:
    from ironhull.attest import read_statement

    return str(read_statement(data).predicate.get("name", ""))


def _stage(data: bytes, stage: str, image: Image) -> Sbom:
    """What the image has by name and digest the stage has not: statements about it say nothing."""
    from ironhull.documents import read_document

    where = f"{image.name or image.digest} (stage {stage})"
    read = read_document(data, where)
    subject = Subject(where, kind="directory", platform=image.platform)
    return replace(read, subject=subject)
