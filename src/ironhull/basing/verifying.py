"""Whether a base image of the store is what it says: signed, attested, built again the same.

signature    somebody trusted signed the image or the index around it
provenance   is about this image, and names every package of the lock with its digest
sbom         is about this image, and lists what is found in it
definition   the image was made of the definition that is meant
rebuild      the lock in the provenance gives an image with the same digest
"""

from __future__ import annotations

import base64
import binascii
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ironhull.builders.debian_base.build import BaseRecipe, build_base
from ironhull.builders.debian_base.catalog import Found
from ironhull.builders.debian_base.lock import Lock, read_lock
from ironhull.config import Settings
from ironhull.errors import DefinitionError, Error, FormatError, SignatureError
from ironhull.model import Image
from ironhull.predicates import predicate_name
from ironhull.predicates._shape import at, items, mapping, text
from ironhull.signing import Trust
from ironhull.store.images import ImageStore
from ironhull.values import dataclass

__all__ = ["Checked", "Wanted", "verified"]

_OWN = "io.github.ironhull.definition"
_REQUEST = "buildDefinition.externalParameters.request."
_SHOWN = 3  # names of packages in a reason


@dataclass(frozen=True, slots=True)
class Checked:
    """One thing that was looked at: `state` is "holds", "fails" or "open" (not looked at)."""

    name: str
    state: str
    detail: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is verified: an image of the store, its definition, who may have signed it."""

    found: Found
    image: Image
    trust: Trust
    rebuild: bool = True


def verified(wanted: Wanted, settings: Settings) -> Iterator[Checked]:
    """Everything in turn; raises StoreError and ImageError where the image cannot be read."""
    image = wanted.image
    yield _signature(image, wanted.trust, settings)
    statements = _statements(image)
    said = statements.get("provenance")
    lock, provenance = _provenance(said)
    yield provenance
    yield _sbom(image, statements.get("spdx"))
    same = image.annotations.get(_OWN) == wanted.found.definition.digest
    yield _told(
        "definition",
        "" if same else "the definition is another one than the image was made of: build it again",
        f"{wanted.found.definition.origin}, {wanted.found.definition.digest[:19]}",
    )
    why_not = "" if lock and same else "without its lock and definition it cannot be built"
    if said is not None and at(said[1], _REQUEST + "certificates"):
        why_not = "certificates were added when it was built, which its lock does not hold"
    yield _rebuild(wanted, lock, settings, why_not)


def _told(name: str, wrong: str, right: str) -> Checked:
    return Checked(name, "fails" if wrong else "holds", wrong or right)


# ── signature ────────────────────────────────────────────────────────────────────────────────────


def _signature(image: Image, trust: Trust, settings: Settings) -> Checked:
    from ironhull.attesting import open_place
    from ironhull.signatures import verify_digest

    if not trust:
        return Checked("signature", "open", "nobody is trusted: give --key FILE, or set [trust]")
    place = open_place(f"local://{image.index_digest or image.digest}", settings)
    trouble = None
    for digest in dict.fromkeys((image.index_digest or image.digest, image.digest)):
        try:
            who = verify_digest(place, digest, trust).signatures
        except SignatureError as error:
            trouble = trouble or error
        else:
            return Checked("signature", "holds", f"by {who[0].signer} of {digest[:19]}")
    return Checked("signature", "fails", str(trouble))


# ── statements ───────────────────────────────────────────────────────────────────────────────────


def _statements(image: Image) -> dict[str, tuple[bool, Any]]:
    """(whether it is about the image, predicate) of what is in the index, by its type's name."""
    from ironhull.attest import read_statement

    found: dict[str, tuple[bool, Any]] = {}
    for attachment in image.attachments:
        name = predicate_name(attachment.predicate_type)
        if name in ("provenance", "spdx") and name not in found:
            try:
                statement = read_statement(attachment.read())
            except FormatError:
                continue
            found[name] = statement.is_about({image.digest}), statement.predicate
    return found


def _provenance(said: tuple[bool, Any] | None) -> tuple[Lock | None, Checked]:
    """The lock in the provenance, and whether that is sound."""
    if said is None:
        return None, Checked("provenance", "fails", "there is none: build it with --provenance")
    about, predicate = said
    if not about:
        return None, Checked("provenance", "fails", "it is about another image")
    try:
        lock = read_lock(_document(predicate, "lock"), "the lock in the provenance")
    except (DefinitionError, KeyError) as trouble:
        return None, Checked("provenance", "fails", f"it holds no lock: {trouble}")
    used = at(predicate, "buildDefinition.resolvedDependencies")
    named = {text(mapping(mapping(item).get("digest")).get("sha256")) for item in items(used)}
    lacking = [deb.name for deb in lock.packages if deb.sha256 not in named]
    wrong = f"it does not name {', '.join(lacking[:_SHOWN])}, which the lock has" if lacking else ""
    return lock, _told("provenance", wrong, f"{len(lock.packages)} packages by their digests")


def _document(predicate: Any, name: str) -> bytes:
    """A document in the provenance (mode max); raises KeyError where there is none."""
    infos = at(predicate, "runDetails.metadata.ironhull_metadata.source.infos")
    for info in map(mapping, items(infos)):
        if info.get("filename") == name:
            try:
                return base64.b64decode(text(info.get("data")), validate=True)
            except binascii.Error as trouble:
                raise KeyError(name) from trouble
    raise KeyError(name)


def _sbom(image: Image, said: tuple[bool, Any] | None) -> Checked:
    from ironhull.pipeline import sbom

    if said is None:
        return Checked("sbom", "fails", "there is none: build it with --sbom true")
    about, predicate = said
    if not about:
        return Checked("sbom", "fails", "it is about another image")
    listed = set(_purls(predicate))
    there = {package.purl for package in sbom(image).packages}
    more, less = sorted(listed - there), sorted(there - listed)
    wrong = ""
    if more or less:
        shown = [f"+{p}" for p in more[:_SHOWN]] + [f"-{p}" for p in less[:_SHOWN]]
        wrong = f"it lists other packages than are found: {', '.join(shown)}"
    return _told("sbom", wrong, f"{len(there)} packages, all found in the image")


def _purls(document: Mapping[str, Any]) -> Iterator[str]:
    """The packages an SPDX 2.3 document lists, without the image itself."""
    for package in map(mapping, items(mapping(document).get("packages"))):
        for reference in map(mapping, items(package.get("externalRefs"))):
            purl = text(reference.get("referenceLocator"))
            if text(reference.get("referenceType")) == "purl" and not purl.startswith(
                ("pkg:docker/", "pkg:oci/")
            ):
                yield purl


# ── once more ────────────────────────────────────────────────────────────────────────────────────


def _rebuild(wanted: Wanted, lock: Lock | None, settings: Settings, why_not: str) -> Checked:
    if not wanted.rebuild:
        return Checked("rebuild", "open", "left out by --no-rebuild")
    if lock is None or why_not:
        return Checked("rebuild", "open", why_not)
    try:
        digest = _built_again(wanted, lock, settings)
    except Error as trouble:
        return Checked("rebuild", "fails", str(trouble))
    wrong = "" if digest == wanted.image.digest else f"its lock gives {digest}"
    return _told("rebuild", wrong, f"its lock gives {digest} again")


def _built_again(wanted: Wanted, lock: Lock, settings: Settings) -> str:
    """The digest of an image of that lock, built in a store that is thrown away."""
    from ironhull.pipeline import transport

    recipe = BaseRecipe(
        definition=wanted.found.definition,
        path=wanted.found.path,
        platform=lock.platform,
        epoch=_epoch(wanted.image),
    )
    with tempfile.TemporaryDirectory(prefix="ironhull-verify-") as place:
        built = build_base(
            recipe,
            lock,
            store=ImageStore(Path(place) / "images"),
            cache=settings.cache / "debian",
            transport=transport(settings),
        )
        return built.image.digest


def _epoch(image: Image) -> int | None:
    """When the image says it was created, in seconds since 1970."""
    from datetime import datetime

    try:
        return int(datetime.fromisoformat(str(image.config.get("created"))).timestamp())
    except ValueError:
        return None
