"""Where images can be put to as they are: registries, the store, layouts, archives."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path

from ironhull.errors import ReferenceFault
from ironhull.oci.names import DEFAULT_REGISTRY, Reference, split_scheme
from ironhull.registry.blobs import RegistryBlobs
from ironhull.registry.repository import Repository
from ironhull.registry.sink import RegistrySink
from ironhull.registry.transfer import Origin, Plan, Sink
from ironhull.sources import Asked
from ironhull.sources._archive_out import archive_sink
from ironhull.sources._engine_out import engine_sink
from ironhull.sources._layout_out import CheckedLayout, Kept
from ironhull.sources._registry_out import CheckedRegistry
from ironhull.sources.engine import KINDS
from ironhull.store.sink import directory_sink, store_sink
from ironhull.values import dataclass, field, replace

__all__ = ["Putting", "Target", "open_target", "parse_target", "pulled_name", "pushed_name"]


@dataclass(frozen=True, slots=True)
class Target:
    """Where an image goes: `kind` "registry", "local", "oci-dir", "archive", "docker", "podman".

    `name` is how users write it, without the path of a layout or archive.
    """

    kind: str
    name: str
    reference: Reference | None = None
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class Putting:
    """What several transfers of a run share.

    `mounts` (digest -> repository) of the destination's registry, `keep` leaves images whose name
    is taken in their layout without one, `check` reads what is there instead of believing it;
    `checked` are the digests that were found right.
    """

    mounts: MutableMapping[str, str] = field(default_factory=dict)
    keep: bool = False
    check: bool = False
    checked: set[str] = field(default_factory=set)


def parse_target(text: str, name: str) -> Target:
    """What `text` means as a destination for the image `name`; raises ReferenceFault.

    A name without a prefix is that of a registry; "oci-dir://PATH:NAME" may leave the name out.
    """
    scheme, rest = split_scheme(text)
    if scheme in ("image", "registry"):
        reference = Reference.parse(rest)
        if reference.digest:
            raise ReferenceFault(f"{text}: a digest cannot be chosen", "use NAME:TAG")
        return Target("registry", reference.familiar, reference)
    if scheme == "local":
        reference = Reference.parse(rest)
        if reference.tag and reference.digest:  # the digest says which, the name stays
            reference = replace(reference, digest="")
        return Target("local", reference.familiar, reference)
    if scheme == "oci-dir":
        path, _, said = rest.partition(":")
        return Target("oci-dir", said or plain_name(name), None, Path(path))
    if scheme == "archive":
        path, _, said = rest.partition(":")
        said = said or plain_name(name)
        return Target("archive", said, Reference.parse(said) if said else None, Path(path))
    if scheme in KINDS:
        reference = Reference.parse(rest)
        if reference.digest:
            raise ReferenceFault(f"{text}: an engine gives its own digest", "use NAME:TAG")
        return Target(scheme, reference.familiar, reference)
    raise ReferenceFault(
        f"{text}: images are not copied to {scheme}://",
        "use registry://, local://, oci-dir://, archive://, docker:// or podman://",
    )


def plain_name(name: str) -> str:
    """`name` if it is a name an image can be found by in a layout, else ""."""
    try:
        reference = Reference.parse(name)
    except ReferenceFault:
        return ""
    return "" if reference.digest else reference.familiar


def pulled_name(text: str) -> tuple[str, str]:
    """Source and destination of a pull of `text`; raises ReferenceFault."""
    scheme, rest = split_scheme(text)
    if scheme not in ("image", "registry"):
        raise ReferenceFault(f"{text}: only registries are pulled from", "use `ironhull copy`")
    reference = Reference.parse(rest)
    return f"registry://{reference.canonical}", f"local://{reference.canonical}"


def pushed_name(name: str, dest: str) -> tuple[str, str]:
    """Source and destination of a push; raises ReferenceFault."""
    scheme, rest = split_scheme(name)
    if scheme not in ("image", "local"):
        raise ReferenceFault(f"{name}: only the local store is pushed from", "use `ironhull copy`")
    kind, where = split_scheme(dest or rest)
    if kind not in ("image", "registry"):
        raise ReferenceFault(f"{dest}: only registries are pushed to", "use `ironhull copy`")
    return f"local://{rest}", f"registry://{Reference.parse(where).canonical}"


@contextmanager
def open_target(
    target: Target, origin: Origin, asked: Asked, found: Plan, how: Putting | None = None
) -> Iterator[Sink]:
    """The place `target` names, for the image `found` of `origin`.

    Raises ReferenceFault, StoreError.
    """
    how = how or Putting()
    if target.kind == "registry":
        assert target.reference is not None
        repository = repository_of(target.reference, asked)
        mounts = ChainMap(how.mounts, _mounts(origin, repository, asked))
        sink = RegistrySink(repository, target.reference.tag, mounts)
        yield CheckedRegistry(sink, how.checked) if how.check else sink
    elif target.kind == "local":
        kept = Kept(store_sink(asked.store, target.reference))
        yield CheckedLayout(kept, how.checked) if how.check else kept
    elif target.kind == "archive":
        assert target.path is not None
        with archive_sink(target.path, target.reference, found) as archive:
            yield archive
    elif target.kind in KINDS:
        assert target.reference is not None
        with engine_sink(target.kind, target.reference, found, asked.environment) as engine:
            yield engine
    else:
        assert target.path is not None
        with directory_sink(target.path, target.name, keep=how.keep) as layout:
            kept = Kept(layout)
            yield CheckedLayout(kept, how.checked) if how.check else kept


def repository_of(reference: Reference, asked: Asked) -> Repository:
    """The repository to push to: its registry itself, no mirror of it; raises ReferenceFault."""
    if asked.registries is None:
        raise ReferenceFault(f"{reference}: registries are not asked here", "")
    return asked.registries().repository(reference).alone()


def _mounts(origin: Origin, repository: Repository, asked: Asked) -> dict[str, str]:
    """Which repository of the destination's registry may have a blob already."""
    if isinstance(origin.blobs, RegistryBlobs):
        there = origin.blobs.repository
        return {"": there.name} if there.registry == repository.registry else {}
    if origin.blobs is asked.store.incoming or origin.blobs == asked.store.incoming:
        return asked.store.repositories(repository.registry or DEFAULT_REGISTRY)
    return {}
