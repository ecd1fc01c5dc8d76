"""A definition and its lock in, an image in the store out: one layer, always the same for them."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ironhull.builders.debian_base.accounts import run_as
from ironhull.builders.debian_base.compose import Composed, compose
from ironhull.builders.debian_base.definition import Definition
from ironhull.builders.debian_base.lock import Lock, check_lock, make_lock, write_lock
from ironhull.builders.debian_base.path_rules import copied_files
from ironhull.debian.architecture import debian_architecture
from ironhull.debian.archive import load_keyring, open_archive
from ironhull.debian.fetch import fetch_debs
from ironhull.debian.model import Deb
from ironhull.debian.resolve import resolve
from ironhull.errors import DefinitionError
from ironhull.model import Build, Image, Material, Package, Platform, Progress
from ironhull.oci.edit import ImageConfig
from ironhull.oci.manifests import sha256_digest
from ironhull.oci.pack import pack_layer
from ironhull.store.images import ImageStore
from ironhull.transport import Transport

__all__ = ["BUILDER", "BaseRecipe", "build_base", "package_of", "resolve_base"]

BUILDER = "debian_base"
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_OCI = "org.opencontainers.image."
_OWN = "io.github.ironhull."


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseRecipe:
    """What to build: a definition read from `path`, for a platform.

    `epoch` (seconds since 1970) is the time of everything in the image; None: that of the lock,
    which is the newest date of the archive it was resolved against. `certificates` are the name and
    the content (PEM) of a file of authorities to trust besides; ("", b""): none.
    """

    definition: Definition
    path: Path
    platform: Platform
    epoch: int | None = None
    certificates: tuple[str, bytes] = ("", b"")


def resolve_base(recipe: BaseRecipe, *, cache: Path, transport: Transport, now: datetime) -> Lock:
    """The packages the definition needs, from the archive as it is `now`, every index verified.

    Raises RepositoryError, ResolveError, TransportError, DefinitionError.
    """
    definition = recipe.definition
    _check_platform(definition, recipe.platform)
    near = recipe.path.resolve().parent
    archive = open_archive(
        definition.repositories,
        keys=load_keyring(definition.keyring, transport=transport, near=near),
        architecture=debian_architecture(recipe.platform),
        transport=transport,
        cache=cache,
        now=now,
    )
    resolution = resolve(
        definition.packages,
        archive.index,
        excluded=definition.excluded,
        essential=definition.essential,
    )
    return make_lock(definition, archive, resolution, platform=recipe.platform, epoch=recipe.epoch)


def build_base(
    recipe: BaseRecipe,
    lock: Lock,
    *,
    store: ImageStore,
    cache: Path,
    transport: Transport,
    progress: Progress | None = None,
) -> Build:
    """Build what `lock` says and keep its blobs in `store`; the image has no name yet.

    Raises DefinitionError where the lock is of another definition, BuildError, RepositoryError for
    packages that are gone, TransportError, StoreError.
    """
    definition = recipe.definition
    check_lock(lock, definition, recipe.platform, "the lock file")
    epoch = lock.epoch if recipe.epoch is None else recipe.epoch
    files = fetch_debs(lock.packages, cache=cache, transport=transport)
    with (
        store.staging() as staging,
        tempfile.TemporaryDirectory(prefix="ironhull-base-") as scratch,
    ):
        composed = compose(
            definition,
            [(deb, files[deb.sha256]) for deb in lock.packages],
            recipe.platform,
            origin=recipe.path,
            scratch=Path(scratch),
            epoch=epoch,
            certificates=recipe.certificates,
            progress=progress,
        )
        layer = pack_layer(composed.members, staging, epoch=epoch)
        created = _time(epoch)
        said = _annotations(definition, created)
        image = store.write_image(
            base=None,
            layers=[layer],
            config=_config(definition, said),
            platform=recipe.platform,
            created=created,
            history=[f"ironhull base build: {definition.name or definition.image}"],
            annotations=said,
        )
    return Build(
        image=image,
        materials=(*_materials(definition, lock, image), *_copied(recipe)),
        parameters=_parameters(recipe, lock, epoch),
        builder=BUILDER,
        notes=(*definition.notes, *lock.notes, *composed.notes, _summary(composed, image)),
    )


def _check_platform(definition: Definition, platform: Platform) -> None:
    if platform not in definition.platforms:
        known = ", ".join(str(one) for one in definition.platforms)
        raise DefinitionError(
            f"{definition.origin}: is not for {platform}", f"its platforms are {known}"
        )


# ── the image ────────────────────────────────────────────────────────────────────────────────────


def _config(definition: Definition, annotations: Mapping[str, str]) -> ImageConfig:
    environment = {"PATH": _PATH, **definition.environment}
    return ImageConfig(
        user=run_as(definition.accounts),
        env=tuple(f"{name}={value}" for name, value in environment.items()),
        entrypoint=definition.entrypoint,
        cmd=definition.cmd,
        working_dir=definition.work_dir or "/",
        exposed_ports=definition.ports,
        labels={**annotations, **definition.labels},
        stop_signal=definition.stop_signal,
        volumes=definition.volumes,
    )


def _annotations(definition: Definition, created: str) -> dict[str, str]:
    """Pre-defined keys of the OCI image-spec (annotations.md), then our own."""
    tags = [tag for tag in definition.tags if tag != "latest"]
    release = definition.os_release
    said = {
        _OCI + "title": definition.name or definition.image,
        _OCI + "version": max(tags, key=len) if tags else "",
        _OCI + "created": created,
        _OWN + "definition": definition.digest,
        _OWN + "variant": definition.variant,
        _OWN + "distro": "-".join(filter(None, (release.get("ID"), release.get("VERSION_ID")))),
        _OWN + "end-of-life": definition.dates.get("end-of-life", ""),
    }
    said |= definition.annotations
    return {key: value for key, value in said.items() if value}


def _time(epoch: int) -> str:
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# ── after ────────────────────────────────────────────────────────────────────────────────────────


def _materials(definition: Definition, lock: Lock, image: Image) -> tuple[Material, ...]:
    distro = str(image.annotations.get(_OWN + "distro", ""))
    found = [
        Material(package_of(deb, distro).purl, {"sha256": deb.sha256}, "deb")
        for deb in lock.packages
    ]
    for release in lock.repositories:
        uri = f"{release.url}/dists/{release.suite}/InRelease"
        found.append(Material(uri, {"sha256": release.sha256}, "repository"))
    algorithm, _, value = definition.digest.partition(":")
    found.append(Material(definition.origin, {algorithm: value}, "definition"))
    return tuple(found)


def _copied(recipe: BaseRecipe) -> tuple[Material, ...]:
    files = copied_files(recipe.definition, recipe.platform, recipe.path)
    return tuple(
        Material(source, {"sha256": sha256_digest(data).removeprefix("sha256:")}, "file")
        for source, data in files
    )


def package_of(deb: Deb, distro: str) -> Package:
    """A .deb as a package of an image of `distro` ("debian-13")."""
    return Package(
        ecosystem="deb",
        namespace=distro.partition("-")[0] or "debian",
        name=deb.name,
        version=deb.version,
        arch=deb.architecture,
        upstream=deb.source,
        distro=distro,
    )


def _parameters(recipe: BaseRecipe, lock: Lock, epoch: int) -> dict[str, Any]:
    definition = recipe.definition
    locked = write_lock(lock)
    name, pem = recipe.certificates
    return {
        **({"certificates": {"name": name, "digest": sha256_digest(pem)}} if name else {}),
        "source": {
            "uri": definition.origin,
            "digest": {"sha256": definition.digest.removeprefix("sha256:")},
        },
        "documents": {"definition": _text(recipe), "lock": locked},
        "image": definition.image,
        "variant": definition.variant,
        "platform": str(recipe.platform),
        "packages": [str(request) for request in definition.packages],
        "excluded": list(definition.excluded),
        "repositories": [str(repository) for repository in definition.repositories],
        "lock": sha256_digest(locked),
        "epoch": epoch,
    }


def _text(recipe: BaseRecipe) -> bytes:
    """The definition as it was read; nothing where the file is another by now."""
    try:
        data = recipe.path.read_bytes()
    except OSError:
        return b""
    return data if sha256_digest(data) == recipe.definition.digest else b""


def _summary(composed: Composed, image: Image) -> str:
    size = image.content_size / 1_000_000
    certificates = f", {composed.certificates} CA certificates" if composed.certificates else ""
    packages = f"{composed.packages} package{'' if composed.packages == 1 else 's'}"
    return f"{packages}{certificates}, {size:.1f} MB compressed"
