"""An image and what is newer in its repositories in, the image with one more layer out."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ironhull.builders.patch.apply import Unpacked, shipped_by, unpack_all
from ironhull.builders.patch.database import write_records
from ironhull.builders.patch.effects import check_libraries, write_bundle, write_candidates
from ironhull.builders.patch.nouns import PatchRecipe, Replaced, Selection
from ironhull.builders.patch.scripts import judge_scripts
from ironhull.builders.patch.select import select
from ironhull.builders.patch.sources import Sources, find_sources
from ironhull.builders.patch.system import ADMIN, STATUS, System, open_system
from ironhull.debian.architecture import debian_architecture
from ironhull.debian.archive import Archive, open_archive
from ironhull.debian.fetch import fetch_debs
from ironhull.debian.model import Deb
from ironhull.debian.package import read_control, read_data
from ironhull.errors import BuildError
from ironhull.model import Build, Image, Material, Package, Progress
from ironhull.oci.names import Reference
from ironhull.oci.pack import Member, pack_layer
from ironhull.oci.purl import image_purl
from ironhull.store.images import ImageStore
from ironhull.transport import Transport

__all__ = ["BUILDER", "Patched", "Planned", "patch_image", "plan_patch"]

BUILDER = "patch"
_OCI = "org.opencontainers.image."


@dataclass(frozen=True, slots=True)
class Planned:
    """What a patch of `image` would replace, and from where."""

    image: Image
    selection: Selection
    archive: Archive
    sources: Sources
    system: System


@dataclass(frozen=True, slots=True)
class Patched:
    """A finished patch: the build (its image has no name yet) and what was replaced."""

    build: Build
    replaced: tuple[Replaced, ...]


def plan_patch(
    image: Image,
    recipe: PatchRecipe,
    *,
    transport: Transport,
    cache: Path,
    scratch: Path,
    now: datetime,
) -> Planned:
    """What can be replaced in `image`; `scratch` has to live until the patch is made.

    Raises BuildError and ResolveError where it cannot be patched cleanly, RepositoryError,
    TransportError and StoreError where the packages cannot be had.
    """
    architecture = debian_architecture(image.platform)
    system = open_system(image, architecture, scratch)
    sources = find_sources(system, recipe.repositories, recipe.keys)
    archive = open_archive(
        sources.repositories,
        keys=sources.keys,
        architecture=architecture,
        transport=transport,
        cache=cache,
        now=now,
    )
    priorities = {
        f"{one.repository.url} {one.repository.suite}": one.priority for one in archive.releases
    }
    selection = select(
        system.installed,
        system.foreign,
        archive.index,
        priority=lambda deb: priorities.get(deb.origin, 500),
        pinned=sources.pinned,
        only=recipe.only,
        keep=recipe.keep,
    )
    return Planned(image, selection, archive, sources, system)


def patch_image(
    planned: Planned,
    recipe: PatchRecipe,
    *,
    store: ImageStore,
    cache: Path,
    transport: Transport,
    progress: Progress | None = None,
) -> Patched:
    """Make the layer, and the image in `store`; raises as `plan_patch`, and BuildError for a

    package whose maintainer scripts would do what is not done here.
    """
    replaced = planned.selection.replaced
    if not replaced:
        raise BuildError(f"{planned.image.name}: nothing in its repositories is newer")
    system = planned.system
    old = _old_versions(planned)
    debs = [one.deb for one in replaced]
    files = fetch_debs([*debs, *old.values()], cache=cache, transport=transport)
    if progress is not None:
        progress("unpacking packages", 0, 0)
    notes = _judged(system, [(one, files[one.deb.sha256]) for one in replaced])
    was = {name: files[deb.sha256] for name, deb in old.items()}
    shipped = {name: shipped_by(path) for name, path in was.items()}
    epoch = recipe.epoch if recipe.epoch is not None else _seconds(planned.archive.date)
    system.root.epoch = epoch
    unpacked = unpack_all(system, [(one, files[one.deb.sha256]) for one in replaced], shipped)
    _configure(system, unpacked, files, was)
    write_records(system, unpacked)
    check_libraries(system)
    members = tuple(_members(system))
    with store.staging() as staging:
        layer = pack_layer(members, staging, epoch=epoch)
        said = _annotations(planned.image, epoch)
        image = store.write_image(
            base=planned.image,
            layers=[layer],
            config=None,
            platform=planned.image.platform,
            created=said[_OCI + "created"],
            history=[f"ironhull patch: {', '.join(map(str, replaced))}"],
            annotations=said,
        )
    notes += [*planned.selection.notes, *system.notes]
    return Patched(
        Build(
            image=image,
            materials=tuple(_materials(planned)),
            parameters=_parameters(planned, recipe, epoch),
            builder=BUILDER,
            notes=tuple(dict.fromkeys(notes)),
        ),
        replaced,
    )


# ── before anything is changed ───────────────────────────────────────────────────────────────────


def _old_versions(planned: Planned) -> dict[str, Deb]:
    """The packages as they are in the image, where the repositories still have them.

    Images without dpkg do not say what they left out of a package: the package says it.
    """
    found = {}
    for one in planned.selection.replaced:
        if one.old is not None and one.old.path != STATUS:
            for deb in planned.archive.index.named(one.deb.name):
                if deb.version == one.old.version:
                    found[one.deb.name] = deb
    return found


def _judged(system: System, found: Iterable[tuple[Replaced, Path]]) -> list[str]:
    notes: list[str] = []
    refused: list[str] = []
    for one, path in found:
        old: dict[str, bytes] | None = {}
        if system.slim:
            old = None
        elif one.old is not None:
            old = _scripts(system, one)
        files = read_control(path).files
        said, why = judge_scripts(
            one.deb.name, old, files, one.old.version if one.old else one.deb.version
        )
        notes += said
        refused += why
    if refused:
        more = f" (and {len(refused) - 3} more)" if len(refused) > 3 else ""
        raise BuildError(
            f"not patched: {'; '.join(refused[:3])}{more}",
            "leave such a package as it is with --keep NAME, or rebuild the image",
        )
    return notes


def _scripts(system: System, one: Replaced) -> dict[str, bytes]:
    found = {}
    name = one.deb.name
    architecture = one.old.architecture if one.old else one.deb.architecture
    for script in ("preinst", "postinst", "prerm", "postrm"):
        for stem in (f"{name}:{architecture}", name):
            data = system.root.read(f"{ADMIN}/info/{stem}.{script}")
            if data is not None:
                found[script] = data
                break
    return found


def _configure(
    system: System, unpacked: list[Unpacked], files: Mapping[str, Path], old: Mapping[str, Path]
) -> None:
    """What the maintainer scripts of the new versions would have made."""
    write_candidates(system, unpacked)
    for package in unpacked:
        if package.one.deb.name == "ca-certificates":
            before = old.get("ca-certificates")
            write_bundle(
                system,
                _certificates(files[package.one.deb.sha256]),
                _certificates(before) if before is not None else None,
            )


def _certificates(deb: Path) -> dict[str, bytes]:
    prefix = "usr/share/ca-certificates/"
    return {
        entry.path.removeprefix(prefix): content.read()
        for entry, content in read_data(deb)
        if content is not None and entry.path.startswith(prefix) and entry.path.endswith(".crt")
    }


# ── the layer ────────────────────────────────────────────────────────────────────────────────────


def _members(system: System) -> Iterator[Member]:
    """What differs from the image: new files, whiteouts, and their directories as they are."""
    before, after = system.before, system.root.inodes
    gone = before.keys() - after.keys()
    hidden = [path for path in sorted(gone) if posixpath.dirname(path) not in gone]
    changed = [path for path in sorted(after) if after[path] is not before.get(path)]
    parents = {parent for path in (*hidden, *changed) for parent in _ancestors(path)}
    parents |= {path for path in changed if after[path].kind == "dir"}
    yield from _files(system, [path for path in changed if after[path].kind != "dir"])
    for path in hidden:
        folder, name = posixpath.split(path)
        yield Member(posixpath.join(folder, f".wh.{name}"), "file", 0o644, content=b"")
    for path in sorted(parents):
        inode = after[path]
        yield Member(path, "dir", inode.mode, inode.uid, inode.gid, inode.mtime)


def _files(system: System, paths: Iterable[str]) -> Iterator[Member]:
    """Files, links and devices; of several names of one the first has the content."""
    first: dict[int, str] = {}
    old = {id(inode) for inode in system.before.values()}
    for path in paths:
        inode = system.root.inodes[path]
        if id(inode) in old:
            raise BuildError(
                f"/{path} is another name of a file that the image leaves out or has its own of",
                "leave its package as it is with --keep",
            )
        target = first.setdefault(id(inode), path)
        if target != path:
            yield Member(path, "hardlink", inode.mode, link=target)
            continue
        owner = (inode.uid, inode.gid, inode.mtime)
        content = inode.content if inode.kind == "file" else None
        yield Member(path, inode.kind, inode.mode, *owner, inode.link, content, device=inode.device)


def _ancestors(path: str) -> Iterator[str]:
    while path := posixpath.dirname(path):
        yield path


# ── what is said of it ───────────────────────────────────────────────────────────────────────────


def _seconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp())


def _annotations(image: Image, epoch: int) -> dict[str, str]:
    """Those of the image, with the image itself as the base (OCI image-spec, annotations.md)."""
    created = datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    before = str(image.config.get("created") or "")
    said = {k: str(v) for k, v in image.annotations.items() if not k.startswith(_OCI + "base.")}
    said[_OCI + "created"] = max(created, before[:19] + "Z") if len(before) >= 20 else created
    if image.digest:
        said[_OCI + "base.digest"] = image.digest
    if name := _reference(image):
        said[_OCI + "base.name"] = name.canonical
    return said


def _reference(image: Image) -> Reference | None:
    from ironhull.errors import ReferenceFault

    try:
        return Reference.parse(image.name) if image.name else None
    except ReferenceFault:
        return None


def _materials(planned: Planned) -> Iterator[Material]:
    image = planned.image
    algorithm, _, value = image.digest.partition(":")
    name = _reference(image)
    uri = image_purl(name, image.platform) if name else f"pkg:oci/image?platform={image.platform}"
    yield Material(uri, {algorithm: value} if value else {}, "base")
    release = planned.system.os_release
    distro = "-".join(filter(None, (release.get("ID"), release.get("VERSION_ID"))))
    for one in planned.selection.replaced:
        deb = one.deb
        package = Package(
            ecosystem="deb",
            namespace=release.get("ID") or "debian",
            name=deb.name,
            version=deb.version,
            arch=deb.architecture,
            upstream=deb.source,
            distro=distro,
        )
        yield Material(package.purl, {"sha256": deb.sha256}, "deb")
    for found in planned.archive.releases:
        yield Material(found.url, {"sha256": found.sha256}, "repository")


def _parameters(planned: Planned, recipe: PatchRecipe, epoch: int) -> dict[str, Any]:
    return {
        "image": planned.image.name,
        "platform": str(planned.image.platform),
        "only": list(recipe.only),
        "keep": list(recipe.keep),
        "repositories": [str(one) for one in planned.sources.repositories],
        "replaced": [
            {
                "package": one.deb.name,
                "from": one.old.version if one.old else "",
                "to": one.deb.version,
            }
            for one in planned.selection.replaced
        ],
        "epoch": epoch,
    }
