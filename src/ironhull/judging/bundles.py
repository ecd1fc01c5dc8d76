"""Bundles of policies: fetched, verified, kept below the home, published.

What a registry gives is kept in an OCI layout, `policies` below the home, with its signatures: a
bundle named by digest is asked for once, and offline those that were pulled are used.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ironhull.errors import Error, PolicyError, ReferenceFault, SignatureError
from ironhull.limits import LIMITS
from ironhull.model import Progress
from ironhull.oci.names import Reference, split_scheme
from ironhull.policies._bundles import (
    Packed,
    Source,
    layers_of,
    pack,
    read_modules,
    read_tarball,
)
from ironhull.values import dataclass

if TYPE_CHECKING:
    from ironhull.attestations import Place
    from ironhull.config import Settings
    from ironhull.signing import PrivateKey, Trust

__all__ = ["Bundle", "keep_place", "open_bundle", "publish_bundle"]


@dataclass(frozen=True, slots=True)
class Bundle:
    """The modules of a bundle; `digest` is "" for a tarball, `signers` who of those trusted signed.

    `pinned`: what it holds can never change under its name.
    """

    name: str
    digest: str
    modules: tuple[Source, ...]
    signers: tuple[str, ...] = ()
    pinned: bool = False


def keep_place(settings: Settings) -> Path:
    """The layout of the bundles that were pulled."""
    return settings.home / "policies"


def open_bundle(
    text: str,
    settings: Settings,
    trust: Trust | None,
    progress: Progress | None = None,
    *,
    plain_http: bool = False,
) -> Bundle:
    """The bundle `text` names: in a registry, `oci-dir://`, `archive://`, `local://`, or a tarball.

    With `trust` one of those it names has to have signed it. Raises PolicyError, SignatureError,
    RegistryError, ImageError, ReferenceFault, StoreError.
    """
    scheme, rest = split_scheme(text)
    if scheme == "image" and Path(rest).is_file():
        return _tarball(Path(rest), trust)
    if scheme not in ("image", "registry"):
        from ironhull.attesting import open_place

        return _read(open_place(text, settings), trust)
    reference = Reference.parse(rest)
    if settings.offline or reference.digest:
        try:
            return _kept(reference, settings, trust)
        except Error:
            if settings.offline:
                raise
    name = f"registry://{reference.canonical}"
    _move(name, _place(reference, settings), settings, progress, plain_http=plain_http)
    return _kept(reference, settings, trust)


def publish_bundle(
    modules: Sequence[tuple[str, str, str]],
    dest: str,
    settings: Settings,
    key: PrivateKey | None,
    progress: Progress | None = None,
    *,
    plain_http: bool = False,
) -> str:
    """Put a bundle of (file name, policy name, Rego) to `dest`, signed with `key`.

    Gives its digest. `dest` is a name in a registry or `oci-dir://PATH:NAME`. Raises PolicyError,
    RegistryError, ReferenceFault, StoreError.
    """
    packed = pack(modules)
    scheme, rest = split_scheme(dest)
    name = ""
    if scheme in ("image", "registry"):
        reference = Reference.parse(rest)
        name = f"{reference.registry}/{reference.repository}"
    with tempfile.TemporaryDirectory(prefix="ironhull-") as folder:
        layout = Path(folder, "bundle")
        _write(packed, layout)
        source = f"oci-dir://{layout}"
        if key is not None:
            _sign(source, name, settings, key)
        _move(source, dest, settings, progress, plain_http=plain_http)
    return packed.root.digest


# ── inside ───────────────────────────────────────────────────────────────────────────────────────


def _place(reference: Reference, settings: Settings) -> str:
    """Where what a registry gave is kept, as a reference."""
    name = f"@{reference.digest}" if reference.digest else f":{reference.familiar}"
    return f"oci-dir://{keep_place(settings)}{name}"


def _kept(reference: Reference, settings: Settings, trust: Trust | None) -> Bundle:
    from ironhull.attesting import open_place
    from ironhull.values import replace

    try:
        place = open_place(_place(reference, settings), settings)
    except ReferenceFault:
        raise PolicyError(
            f"{reference.familiar}: this bundle is not here, and offline no registry is asked",
            f"ironhull policy pull {reference.familiar}",
        ) from None
    found = _read(place, trust)
    return replace(found, name=reference.familiar, pinned=bool(reference.digest))


def _tarball(path: Path, trust: Trust | None) -> Bundle:
    if trust is not None:
        raise SignatureError(
            f"{path}: a tarball has no signature that can be verified here",
            "use a bundle of a registry or an OCI layout",
        )
    with path.open("rb") as stream:
        return Bundle(str(path), "", read_tarball(stream, str(path)))


def _read(place: Place, trust: Trust | None) -> Bundle:
    root = place.origin.root
    signers: tuple[str, ...] = ()
    if trust is not None:
        from ironhull.signatures import verify_digest

        found = verify_digest(place, root.digest, trust)
        signers = tuple(dict.fromkeys(each.signer for each in found.signatures))
    modules = read_modules(place.origin.blobs, root)
    return Bundle(place.name, root.digest, modules, signers)


def _write(packed: Packed, layout: Path) -> None:
    from ironhull.store.sink import directory_sink

    with directory_sink(layout, "bundle:latest") as sink:
        for digest, data in packed.blobs:
            sink.put(digest, data)
        sink.put(packed.root.digest, packed.manifest)
        sink.finish(packed.root, ())


def _sign(source: str, name: str, settings: Settings, key: PrivateKey) -> None:
    from ironhull.attesting import open_place
    from ironhull.signatures import sign_digest
    from ironhull.signing import Claims

    place = open_place(source, settings)
    root = place.origin.root
    sign_digest(place, root, key, Claims(root.digest, name))


def _move(
    source: str, dest: str, settings: Settings, progress: Progress | None, *, plain_http: bool
) -> None:
    """Copy a bundle with what goes with it; nothing of one that is too large."""
    from ironhull.pipeline import registries
    from ironhull.registry.transfer import plan, transfer
    from ironhull.sources import Asked
    from ironhull.sources.origins import open_origin
    from ironhull.sources.targets import open_target, parse_target

    client = registries(settings, plain_http=plain_http)
    asked = Asked(
        settings.images,
        None,
        environment=os.environ,
        cache=settings.cache,
        registries=lambda: client,
    )
    parse_target(dest, "")  # what is wrong with it is said before any work
    origin = open_origin(source, asked)
    layers_of(origin.blobs, origin.root)
    found = plan(origin, referrers=True)
    if sum(blob.size for blob in found.blobs.values()) > 2 * LIMITS.policy_bundle_bytes:
        raise PolicyError(f"{source}: what refers to the bundle is larger than what we read")
    with open_target(parse_target(dest, origin.name), origin, asked, found) as sink:
        transfer(found, origin, sink, progress)
