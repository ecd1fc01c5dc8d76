"""rpm packages: the database of installed packages, or the list an image without rpm keeps.

Sources: rpm's documentation for headers, tags and the backends (`_rpm_sqlite`, `_rpm_ndb`,
`_rpm_bdb`); var/lib/rpm is the place of old, usr/lib/sysimage/rpm that of images and SUSE,
usr/share/rpm that of ostree. Azure Linux (CBL-Mariner) "distroless" images have no database but
var/lib/rpmmanifest/container-manifest-2, one line a package ("How It Works: Miscellaneous" in its
toolkit's documentation), and container-manifest-1, names alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ironhull.catalogers._places import RPM_FILES, RPM_LOG, RPM_MANIFEST
from ironhull.catalogers._probes import RPM
from ironhull.catalogers._row import Found, Needs
from ironhull.catalogers._rpm_facts import Installed, read_facts
from ironhull.catalogers._rpm_licenses import rpm_licenses
from ironhull.model import File, Location, Package, Platform, Problem, Relation, Tree, Upstream

__all__ = ["parse", "relate"]

_NAME = "rpm"
_NONE = "(none)"


def parse(file: File, tree: Tree) -> Iterator[Found]:
    if file.path.startswith(RPM_MANIFEST):
        yield from _manifest(file, tree)
    elif file.path.endswith(RPM_LOG):
        yield from _log(file, tree)
    else:
        yield from _database(file, tree)


def _database(file: File, tree: Tree) -> Iterator[Found]:
    known = read_facts(tree.facts(file.path, RPM.name))
    for problem in known.problems:
        yield Problem(_NAME, file.path, problem)
    if newer := _newer(file, tree):
        message = f"is what an older rpm left beside {newer}, which counts: not read"
        yield Problem(_NAME, file.path, message)
        return
    labels = [_label(package) for package in known.packages]
    for number, installed in enumerate(known.packages):
        if not _fits(installed.name) or not _fits(installed.version + installed.release):
            yield Problem(_NAME, file.path, f"{installed.name[:40]!r} has an impossible name or"
                          f" version {installed.evr[:40]!r}: not listed")  # fmt: skip
            continue
        package = _package(installed, file, tree)
        yield package
        requires = tuple(labels[at] for at in installed.needs if at < len(labels))
        yield Needs(package, requires, (labels[number],))


def _newer(file: File, tree: Tree) -> str:
    """The database beside this one that rpm would read instead, if it lists any package."""
    directory, _, name = file.path.rpartition("/")
    for other in RPM_FILES[: RPM_FILES.index(name)] if name in RPM_FILES else ():
        try:
            if read_facts(tree.facts(f"{directory}/{other}", RPM.name)).packages:
                return f"{directory}/{other}"
        except (KeyError, ValueError):
            continue
    return ""


def _log(file: File, tree: Tree) -> Iterator[Found]:
    """Whether a write-ahead log holds what its database does not."""
    written = read_facts(tree.facts(file.path, RPM.name)).sums
    try:
        there = read_facts(tree.facts(file.path.removesuffix("-wal"), RPM.name)).sums
    except KeyError:
        there = {}
    if not there or any(written[page] != there[page] for page in written.keys() & there.keys()):
        yield Problem(
            _NAME,
            file.path,
            "holds changes that were never written to the database beside it: packages installed"
            " or removed last are listed as they were before (run rpm in the image once)",
        )


def _fits(text: str) -> bool:
    return bool(text) and text.isprintable() and " " not in text


def _label(package: Installed) -> str:
    return f"{package.name}-{package.evr}.{package.arch}"


def _package(installed: Installed, file: File, tree: Tree) -> Package:
    return Package(
        ecosystem="rpm",
        name=installed.name,
        version=installed.evr,
        arch=installed.arch,
        upstream=_upstream(installed),
        licenses=rpm_licenses(installed.license),
        locations=_locations(installed.samples, file, tree),
        found_by=_NAME,
        size=installed.size,
        summary=installed.summary,
        homepage=installed.url,
        supplier=_said(installed.vendor),
        qualifiers=(("rpmmod", module),) if (module := _said(installed.modularity)) else (),
    )


def _said(text: str) -> str:
    """What rpm prints as "(none)" is nothing, also where a database has it as text."""
    return "" if text == _NONE else text


def _locations(samples: Sequence[str], file: File, tree: Tree) -> tuple[Location, ...]:
    """The database, in the layer that brought the package's files and in the last one.

    Every layer that runs rpm writes the whole database, so its own layer says little.
    """
    own = Location(file.path, file.layer)
    for path in samples:
        shipped = tree.find(path.lstrip("/"))
        if shipped is not None:
            return tuple(dict.fromkeys((Location(file.path, shipped.layer), own)))
    return (own,)


def _upstream(installed: Installed) -> Upstream | None:
    """The source package, from `name-version-release.src.rpm`.

    That name has no epoch; where version and release are the package's own, so is the epoch.
    """
    stem = installed.source.removesuffix(".rpm").rpartition(".")[0]
    name, release = _parted(stem)
    name, version = _parted(name)
    if not name:
        return None
    same = (version, release) == (installed.version, installed.release)
    found = Upstream(name, installed.evr if same else f"{version}-{release}")
    return None if found == Upstream(installed.name, installed.evr) else found


def _parted(text: str) -> tuple[str, str]:
    before, _, after = text.rpartition("-")
    return before, after


def _manifest(file: File, tree: Tree) -> Iterator[Found]:
    """Lines of a manifest: ten fields, or one of the form name-version-release.arch."""
    detailed = file.path.endswith("-2")
    if not detailed and tree.find(RPM_MANIFEST + "2") is not None:
        return
    text = tree.read(file.path).decode("utf-8", "replace")
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        installed = _of_line(line) if detailed else _of_name(line.strip())
        if installed is None:
            message = f"is no package: {line.strip()[:60]!r}: not listed"
            yield Problem(_NAME, f"{file.path}:{number}", message)
        elif installed.name != "gpg-pubkey":
            yield _package(installed, file, tree)


def _of_line(line: str) -> Installed | None:
    """name, version-release, install time, build time, vendor, epoch, size, arch, epoch number,
    source package; by tabs, absent ones "(none)".
    """
    fields = [field.strip().replace(_NONE, "") for field in line.split("\t")]
    if len(fields) < 10:
        return None
    name, evr, vendor, size, arch, source = (fields[at] for at in (0, 1, 4, 6, 7, 9))
    version, release = _parted(evr)
    epoch = fields[8] if fields[5] else ""
    if not _fits(name) or not _fits(version) or not _fits(release):
        return None
    return _plain(name, (epoch, version, release, arch), source, vendor, size)


def _of_name(line: str) -> Installed | None:
    stem, _, arch = line.rpartition(".")
    name, release = _parted(stem)
    name, version = _parted(name)
    if not _fits(name) or not _fits(version) or not _fits(release):
        return None
    return _plain(name, ("", version, release, arch))


def _plain(
    name: str, evra: tuple[str, str, str, str], source: str = "", vendor: str = "", size: str = ""
) -> Installed:
    return Installed(
        name,
        *evra,
        source=source,
        license="",
        vendor=vendor,
        size=int(size) if size.isdecimal() and len(size) < 16 else 0,
        summary="",
        url="",
        modularity="",
        samples=(),
        needs=(),
    )


def relate(needs: Sequence[Needs], _tree: Tree, _platform: Platform | None) -> Iterator[Relation]:
    """The probe has resolved what each package needs to labels of others."""
    purls = {label: need.package.purl for need in needs for label in need.provides}
    for need in needs:
        purl = need.package.purl
        for label in need.requires:
            if label in purls:
                yield Relation(purl, "depends-on", purls[label])
