"""Listing and enlisting referrers (distribution-spec 1.1, "Listing Referrers" and
"Unavailable Referrers API")."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ironhull.errors import ImageError, RegistryError
from ironhull.limits import LIMITS
from ironhull.model import Descriptor
from ironhull.oci.manifests import (
    INDEX_TYPES,
    OCI_INDEX,
    canonical_json,
    descriptor_json,
    load_json,
    parse_descriptor,
    parse_index,
    sha256_digest,
)
from ironhull.registry._session import (
    AbsentError,
    DeniedError,
    Request,
    Session,
    next_page,
    read_all,
)
from ironhull.values import replace

if TYPE_CHECKING:
    from ironhull.registry.repository import Document, Repository

__all__ = ["enlist", "fallback_tag", "list_referrers"]


def fallback_tag(digest: str) -> str:
    """The tag that lists referrers where the registry has no API: algorithm-hex, cut to 128."""
    algorithm, _, value = digest.partition(":")
    return f"{algorithm[:32]}-{value[:64]}"


def list_referrers(
    repository: Repository, digest: str, artifact_type: str, session: Session
) -> tuple[Descriptor, ...]:
    """By the API, else by the fallback tag; those of `artifact_type` where that is given."""
    scopes = repository.pull_scopes(session)
    found = _by_api(repository, digest, artifact_type, session, scopes)
    if found is None:
        found = _by_tag(repository, digest, session, scopes)
    if artifact_type:
        found = tuple(item for item in found if item.artifact_type == artifact_type)
    return tuple({item.digest: item for item in found}.values())


def _by_api(
    repository: Repository,
    digest: str,
    artifact_type: str,
    session: Session,
    scopes: tuple[str, ...],
) -> tuple[Descriptor, ...] | None:
    """None where the registry has no such API, which it is asked for once."""
    from urllib.parse import quote

    if not session.lists_referrers:
        return None
    query = f"?artifactType={quote(artifact_type, safe='')}" if artifact_type else ""
    target = f"{session.endpoint.prefix}{repository.name}/referrers/{digest}{query}"
    what = f"{repository.where}: referrers of {digest}"
    found: list[Descriptor] = []
    for _ in range(LIMITS.registry_pages):
        try:
            request = Request(
                "GET", target, scopes, {"Accept": OCI_INDEX}, accepted=(200, 400, 405, 501)
            )
            reply = session.send(request)
        except (AbsentError, DeniedError) as trouble:
            # what may be pulled may be listed where lists are kept; a repository that is yet to
            # come says nothing of the registry
            session.lists_referrers = "NAME_UNKNOWN" in trouble.message
            return None
        kind = reply.headers.get("Content-Type", "").partition(";")[0].strip()
        if reply.status != 200 or (kind != OCI_INDEX and not found):
            reply.close()
            session.lists_referrers = False
            return None
        following = next_page(reply)
        found += parse_index(read_all(reply, LIMITS.manifest_bytes, what), what).manifests
        if not following or following == target:
            return tuple(found)
        if len(found) > LIMITS.registry_referrers:
            break
        target = following
    raise RegistryError(f"{what}: the registry's list does not end")


def _by_tag(
    repository: Repository, digest: str, session: Session, scopes: tuple[str, ...]
) -> tuple[Descriptor, ...]:
    tag = fallback_tag(digest)
    try:
        _, data = repository.get(f"manifests/{tag}", session, OCI_INDEX, scopes)
        return parse_index(data, f"{repository.where}:{tag}").manifests
    except (AbsentError, DeniedError):
        return ()
    except ImageError:  # a tag of that name that is an image
        return ()


def enlist(repository: Repository, document: Document, said: str) -> None:
    """After a push: keep the fallback tag of the subject, unless the registry does the work."""
    found = load_json(document.data, document.descriptor.digest, LIMITS.manifest_bytes)
    if found.get("subject") is None:
        return
    subject = parse_descriptor(found["subject"], f"{document.descriptor.digest}: subject").digest
    session, scopes = repository.session, repository.scopes(push=True)
    if said == subject or _by_api(repository, subject, "", session, scopes) is not None:
        return
    entry = replace(
        document.descriptor, artifact_type=_artifact_type(found), annotations=_annotations(found)
    )
    with session.listing:
        listed = _by_tag(repository, subject, session, scopes)
        if all(item.digest != entry.digest for item in listed):
            _put_list(repository, fallback_tag(subject), (*listed, entry))


def _put_list(repository: Repository, tag: str, listed: Iterable[Descriptor]) -> None:
    index = canonical_json(
        {
            "schemaVersion": 2,
            "mediaType": OCI_INDEX,
            "manifests": [descriptor_json(item) for item in listed],
        }
    )
    made = Descriptor(OCI_INDEX, sha256_digest(index), len(index))
    from ironhull.registry.repository import Document as Made

    repository.put(Made(made, index), tag)


def _artifact_type(found: dict[str, object]) -> str:
    """That of the manifest, else its config's media type (listing referrers, spec text)."""
    kind = found.get("artifactType")
    config = found.get("config")
    if not kind and isinstance(config, dict) and found.get("mediaType") not in INDEX_TYPES:
        kind = config.get("mediaType")
    return kind if isinstance(kind, str) else ""


def _annotations(found: dict[str, object]) -> dict[str, str]:
    said = found.get("annotations")
    if not isinstance(said, dict):
        return {}
    return {key: value for key, value in said.items() if isinstance(value, str)}
