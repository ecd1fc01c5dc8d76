"""What `--vex` names: files, directories, VEX repositories, registries, references of an SBOM."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ironhull.errors import Error, FormatError, ReferenceFault
from ironhull.limits import LIMITS
from ironhull.model import Image
from ironhull.oci.names import Reference
from ironhull.statements.gathering import NotVexError, Source
from ironhull.vexing._kinds import is_bom

if TYPE_CHECKING:
    from ironhull.vexing._gathering import Gathering

__all__ = ["take_path", "take_references", "take_remote", "take_repositories"]


# ── files and directories ────────────────────────────────────────────────────────────────────────


def take_path(gathering: Gathering, text: str) -> None:
    """The file `text`, or the documents below the directory; raises where there is none in it."""
    from ironhull.statements.files import list_documents, read_document
    from ironhull.store.answer_cache import Input

    listed = list_documents(text)
    gathering.depends_on(Input("names", str(folder)) for folder in listed.directories)
    if not listed.directories:
        path = listed.files[0][0]
        gathering.depends_on([Input("file", str(path))] if path.is_file() else None)
        gathering.pool.add(Source(str(path), read_document(path)))
        return
    taken = 0
    for path, sure in listed.files:
        try:
            gathering.pool.add(Source(str(path), read_document(path)))
            taken += 1
        except Error as trouble:
            if sure or not isinstance(trouble, NotVexError):
                gathering.pool.fail(str(path), trouble.message)
    if not taken:
        raise FormatError(
            f"--vex {text}: no VEX document in it, of {len(listed.files)} files ending in .json",
            "OpenVEX, CSAF and CycloneDX documents are read",
        )


# ── repositories ─────────────────────────────────────────────────────────────────────────────────


def take_repositories(gathering: Gathering) -> None:
    """What the configured VEX repositories say of the packages, the image and its bases."""
    from ironhull.vexing.repositories import consult

    sbom = gathering.sbom
    names = [sbom.subject.name, *gathering.pool.names]
    names += [name for proven in gathering.bases for name in proven.names]
    consulted = consult(gathering.settings, sbom.packages, names, now=gathering.asked.now)
    gathering.pool.problems += consulted.problems
    from ironhull.statements.files import read_document

    for document in consulted.documents:
        try:
            data = read_document(document.path)
            gathering.pool.add(Source(document.where, data, origin="repository"))
        except Error as trouble:
            gathering.pool.fail(document.where, trouble.message.replace(str(document.path), ""))


# ── registries ───────────────────────────────────────────────────────────────────────────────────


def take_remote(gathering: Gathering) -> None:
    """What is attached to the image and its bases where registries have them, SBOMs too.

    Raises the registry's error where the image itself cannot be asked for.
    """
    image = gathering.image
    for proven in reversed(gathering.bases):
        for place in proven.places:
            gathering.take_attachments(place, base=proven, boms=True)
    if image is None or image.origin != "registry":
        there = _remote(gathering)
        if there is not None:
            gathering.take_attachments(there, boms=True)
    if image is not None:
        gathering.take_attachments(image, boms=True)


def _remote(gathering: Gathering) -> Image | None:
    """The same image where its name says it is; None, with the reason told, where it is not there.

    It is asked for by the digest of the index, of the manifest, then by its tag: what has the tag
    is the same image if its config is.
    """
    from ironhull.pipeline import load

    subject = gathering.sbom.subject
    try:
        reference = Reference.parse(subject.name)
    except ReferenceFault:
        gathering.pool.fail(subject.name, "has no name a registry could be asked for")
        return None
    name = f"registry://{reference.registry}/{reference.repository}"
    tries = [f"@{digest}" for digest in (subject.index_digest, subject.digest) if digest]
    tries += [f":{reference.tag}"] if reference.tag else []
    troubles: list[Error] = []
    for exact in dict.fromkeys(tries):
        try:
            found = load(f"{name}{exact}", gathering.settings, subject.platform)
        except ReferenceFault as trouble:
            troubles.append(trouble)
            continue
        if subject.digest == found.digest or (subject.id and subject.id == found.config_digest):
            return found
    reason = (
        troubles[0].message if troubles else "what has its tag in the registry is another image"
    )
    gathering.pool.fail(subject.name, f"is not in its registry: {reason}")
    return None


# ── references of an SBOM ────────────────────────────────────────────────────────────────────────


def take_references(gathering: Gathering) -> None:
    """The documents an SBOM refers to: the one given, or CycloneDX SBOMs attached to the image."""
    from ironhull.pipeline import transport

    found = dict.fromkeys(_references(gathering))
    if not found:
        gathering.pool.fail(
            gathering.sbom.subject.name,
            "has no SBOM that refers to statements (an external reference of CycloneDX of the type"
            " exploitability-statement)",
        )
    client = transport(gathering.settings) if found else None
    for number, url in enumerate(found):
        if number == LIMITS.vex_references:
            gathering.pool.fail(url, f"and later references of the SBOM are not read: {len(found)}")
            return
        if client is None or not url.startswith(("https://", "http://")):
            gathering.pool.fail(url, "is no URL of http or https that a document is fetched from")
            continue
        try:
            data = client.get(url, max_bytes=LIMITS.vex_bytes).data
            gathering.pool.add(Source(url, data, origin="repository"))
        except Error as trouble:
            gathering.pool.fail(url, trouble.message)


def _references(gathering: Gathering) -> Iterator[str]:
    yield from gathering.sbom.vex_references
    if gathering.image is None:
        return
    from ironhull.documents import read_document

    for attachment in gathering.image.attachments:
        if is_bom(attachment):
            where = f"{gathering.image.name}: attestation {attachment.digest}"
            try:
                yield from read_document(attachment.read(), where).vex_references
            except Error as trouble:
                gathering.pool.fail(where, trouble.message)
