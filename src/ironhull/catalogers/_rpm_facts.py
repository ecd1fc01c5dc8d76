"""What the probe keeps of an rpm database: packages, what each needs, which files each ships.

Needs are resolved here, where all provided names and files are at hand; of those only the result
is kept. Facts are `_packing` fields: what was wrong (lines), sums of pages, then one per package.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence

from ironhull.catalogers._packing import pack, unpack
from ironhull.limits import LIMITS
from ironhull.oci.probes import Body
from ironhull.values import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ironhull.catalogers._rpm_header import Header

__all__ = ["Database", "Installed", "extract", "read_facts", "shipped"]


@dataclass(frozen=True, slots=True)
class Installed:
    """One package of a database; `needs` are positions of others in `Database.packages`."""

    name: str
    epoch: str
    version: str
    release: str
    arch: str
    source: str
    license: str
    vendor: str
    size: int
    summary: str
    url: str
    modularity: str
    samples: tuple[str, ...]
    needs: tuple[int, ...]

    @property
    def evr(self) -> str:
        """`[epoch:]version[-release]`, without an epoch of 0."""
        epoch = f"{self.epoch}:" if self.epoch not in ("", "0") else ""
        return epoch + self.version + (f"-{self.release}" if self.release else "")


@dataclass(frozen=True, slots=True)
class Database:
    """What one file told; `sums` are the CRC-32 of its pages (SQLite and its log only)."""

    problems: tuple[str, ...]
    sums: Mapping[int, int]
    packages: tuple[Installed, ...]


_TEXT_FIELDS = 13  # the text fields of a package, `samples` the last
_FIELDS = _TEXT_FIELDS + 4


def extract(path: str, body: Body) -> bytes:
    from ironhull.catalogers import _rpm_sqlite
    from ironhull.catalogers._rpm_header import read_header

    problems: list[str] = []
    sums: dict[int, int] = {}
    if path.endswith("-wal"):
        sums = _rpm_sqlite.log_pages(body)
        return _facts([], sums, []) if sums else b""
    found: list[Header] = []
    size = 0
    try:
        for blob in _headers(body, problems.append, sums):
            size += len(blob)
            if size > body.size or len(found) + len(problems) > LIMITS.packages:
                raise ValueError("holds more packages than fit into it")
            try:
                header = read_header(blob)
            except ValueError as error:
                problems.append(f"{error}: not listed")
            else:
                if header.name != b"gpg-pubkey":  # a key somebody trusts, no software
                    found.append(header)
    except ValueError as error:
        if not found:
            raise ValueError("; ".join((*problems[:3], str(error)))) from None
        problems.append(f"{error}: the rest is not listed")
    return _facts(problems, sums, found)


def _headers(body: Body, trouble: Callable[[str], None], sums: dict[int, int]) -> Iterator[bytes]:
    from ironhull.catalogers import _rpm_bdb, _rpm_ndb, _rpm_sqlite

    head = body.read(0, 16)
    if head == _rpm_sqlite.MAGIC:
        return _rpm_sqlite.headers(body, trouble, sums)
    if head[:4] == _rpm_ndb.MAGIC:
        return _rpm_ndb.headers(body, trouble)
    if _rpm_bdb.is_bdb(head):
        return _rpm_bdb.headers(body, trouble)
    raise ValueError("no rpm database: neither SQLite, ndb nor BerkeleyDB")


def _facts(problems: Sequence[str], sums: Mapping[int, int], found: Sequence[Header]) -> bytes:
    kept = [*problems[: LIMITS.file_problems]]
    if len(problems) > len(kept):
        kept.append(f"{len(problems) - len(kept)} more problems like these")
    packages = [
        _package(header, needs) for header, needs in zip(found, _resolve(found), strict=True)
    ]
    pairs = [number for pair in sorted(sums.items()) for number in pair]
    lines = "\n".join(kept).encode("utf-8", "replace")
    return pack([lines, struct.pack(f">{len(pairs)}I", *pairs), *packages])


def _package(header: Header, needs: Sequence[int]) -> bytes:
    numbers = header.directory_of
    return pack(
        [
            header.name,
            header.epoch,
            header.version,
            header.release,
            header.arch,
            header.source,
            header.license,
            header.vendor,
            b"%d" % header.size,
            header.summary,
            header.url,
            header.modularity,
            b"\0".join(header.samples),
            struct.pack(f">{len(needs)}I", *needs),
            b"\0".join(header.directories),
            b"\0".join(header.base_names),
            struct.pack(f">{len(numbers)}I", *numbers),
        ]
    )


def _resolve(found: Sequence[Header]) -> list[tuple[int, ...]]:
    """For each package the positions of those it needs.

    A name is provided as such or with a version; a path also by the package that ships it. Of
    several providers the one of the same architecture is taken, then the first.
    """
    offers: dict[bytes, list[int]] = {}
    for position, header in enumerate(found):
        for offer in header.provides:
            offers.setdefault(offer, []).append(position)
            name, versioned, _ = offer.partition(b" = ")
            if versioned:
                offers.setdefault(name, []).append(position)
    paths = {need for header in found for need in header.requires if need.startswith(b"/")}
    for path, position in _shipping(found, paths - offers.keys()):
        offers.setdefault(path, []).append(position)
    return [_needs(position, found, offers) for position in range(len(found))]


def _needs(
    position: int, found: Sequence[Header], offers: Mapping[bytes, list[int]]
) -> tuple[int, ...]:
    dependent = found[position]
    needs = set()
    for need in set(dependent.requires):
        providers = offers.get(need) or offers.get(need.partition(b" = ")[0]) or ()
        if providers and position not in providers:
            fitting = (at for at in providers if found[at].arch in (dependent.arch, b"noarch"))
            needs.add(next(fitting, providers[0]))
    return tuple(sorted(needs))


def _shipping(found: Sequence[Header], paths: set[bytes]) -> Iterator[tuple[bytes, int]]:
    wanted = _by_base_name(paths)
    for position, header in enumerate(found):
        for path in _matching(header.base_names, header.directories, header.directory_of, wanted):
            yield path, position


def _by_base_name(paths: set[bytes]) -> dict[bytes, set[bytes]]:
    """Directories (with both slashes) by the base names that are wanted in them."""
    wanted: dict[bytes, set[bytes]] = {}
    for path in paths:
        directory, _, base = path.rpartition(b"/")
        wanted.setdefault(base, set()).add(directory + b"/")
    return wanted


def _matching(
    base_names: Sequence[bytes],
    directories: Sequence[bytes],
    directory_of: Sequence[int],
    wanted: Mapping[bytes, set[bytes]],
) -> Iterator[bytes]:
    if wanted.keys().isdisjoint(base_names):
        return
    for base, number in zip(base_names, directory_of, strict=True):
        if base in wanted and directories[number] in wanted[base]:
            yield directories[number] + base


def read_facts(facts: bytes) -> Database:
    """What the probe kept of one file."""
    lines, sums, *packages = unpack(facts)
    numbers = struct.unpack(f">{len(sums) // 4}I", sums)
    return Database(
        problems=tuple(lines.decode("utf-8", "replace").split("\n")) if lines else (),
        sums=dict(zip(numbers[::2], numbers[1::2], strict=True)),
        packages=tuple(_installed(unpack(package)) for package in packages),
    )


def _installed(fields: Sequence[bytes]) -> Installed:
    texts = [field.decode("utf-8", "replace") for field in fields[:_TEXT_FIELDS]]
    needs = fields[_TEXT_FIELDS]
    return Installed(
        name=texts[0],
        epoch=texts[1],
        version=texts[2],
        release=texts[3],
        arch=texts[4],
        source=texts[5],
        license=texts[6],
        vendor=texts[7],
        size=int(texts[8]),
        summary=texts[9],
        url=texts[10],
        modularity=texts[11],
        samples=tuple(texts[12].split("\0")) if texts[12] else (),
        needs=struct.unpack(f">{len(needs) // 4}I", needs),
    )


def shipped(facts: bytes, paths: set[bytes]) -> Iterator[tuple[tuple[str, str, str], bytes]]:
    """((name, version, architecture), path) for those of `paths` (absolute) that packages ship."""
    wanted = _by_base_name({path for path in paths if path.rpartition(b"/")[2] in facts})
    for package in unpack(facts)[2:] if wanted else ():
        fields = unpack(package)
        directories, base_names, numbers = fields[_TEXT_FIELDS + 1 : _FIELDS]
        names = base_names.split(b"\0")
        if wanted.keys().isdisjoint(names) or not numbers:
            continue
        directory_of = struct.unpack(f">{len(numbers) // 4}I", numbers)
        installed = _installed(fields)
        label = (installed.name, installed.evr, installed.arch)
        for path in _matching(names, directories.split(b"\0"), directory_of, wanted):
            yield label, path
