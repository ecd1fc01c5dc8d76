"""One repository of a registry: manifests, blobs, tags, referrers.

OCI distribution-spec 1.1, sections "Pull", "Push", "Content Discovery". What is pulled may come
from mirrors; what is pushed goes to the registry itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import BinaryIO, TypeVar, cast

from ironhull.errors import ImageError, RegistryError
from ironhull.limits import LIMITS
from ironhull.model import Descriptor
from ironhull.oci.manifests import (
    INDEX_TYPES,
    MANIFEST_TYPES,
    OCI_INDEX,
    OCI_MANIFEST,
    load_json,
    sha256_digest,
)
from ironhull.registry._blob import BlobStream
from ironhull.registry._session import AbsentError, Request, Session, next_page, read_all
from ironhull.transport import CutError, Reply, persist
from ironhull.values import dataclass

__all__ = ["Document", "Repository"]

_ACCEPT = ", ".join((*sorted(INDEX_TYPES | MANIFEST_TYPES, reverse=True), "*/*;q=0.1"))
_GENERIC = ("", "application/json", "application/octet-stream", "text/plain", "text/html")
_SCHEMA1 = "application/vnd.docker.distribution.manifest.v1+"
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Document:
    """A manifest or index as the registry has it, its digest checked."""

    descriptor: Descriptor
    data: bytes


class Repository:
    """`name` at a registry; threads may share it.

    `sessions` are the servers to pull from in order, of which the last is the registry itself.
    """

    def __init__(
        self,
        registry: str,
        name: str,
        sessions: Sequence[Session],
        pause: Callable[[float], None],
    ) -> None:
        self.registry = registry
        self.name = name
        self.pause = pause
        self._sessions = tuple(sessions)
        self._first = 0  # the server that answered last

    @property
    def where(self) -> str:
        """registry/name, for messages."""
        return f"{self.registry}/{self.name}"

    @property
    def session(self) -> Session:
        """The registry itself."""
        return self._sessions[-1]

    def alone(self) -> Repository:
        """The same at the registry itself: its mirrors are not asked."""
        return Repository(self.registry, self.name, self._sessions[-1:], self.pause)

    # ── pull ─────────────────────────────────────────────────────────────────────────────────────

    def manifest(self, reference: str) -> Document:
        """The manifest or index of a tag or digest. Raises AbsentError, RegistryError."""
        return self._pulled(partial(self._manifest, reference))

    def head(self, reference: str) -> Descriptor | None:
        """What a tag or digest leads to as the registry says, unchecked; None where nothing is.

        The size is 0 where the registry does not say it.
        """
        try:
            reply = self._pulled(partial(self._head, f"manifests/{reference}"))
        except AbsentError:
            return None
        reply.close()
        length = reply.headers.get("Content-Length", "0")
        return Descriptor(
            _content_type(reply),
            reply.headers.get("Docker-Content-Digest", ""),
            int(length) if length.isascii() and length.isdigit() else 0,
        )

    def open_blob(self, digest: str, size: int, offset: int = 0) -> BinaryIO:
        """The blob's bytes from `offset` on as a stream that resumes; the reader checks the digest.

        Raises AbsentError where there is none, RegistryError (also while reading).
        """
        return self._pulled(partial(self._open_blob, digest, size, offset))

    def tags(self) -> Iterator[str]:
        """Every tag, page by page; raises RegistryError, also for pages that never end."""
        target = self._path("tags/list?n=1000")
        seen = 0
        for _ in range(LIMITS.registry_pages):
            reply = self.session.send(Request("GET", target, self.scopes()))
            following = next_page(reply)
            what = f"{self.where}: tags"
            found = load_json(
                read_all(reply, LIMITS.registry_answer_bytes, what),
                what,
                LIMITS.registry_answer_bytes,
            ).get("tags")
            for tag in found if isinstance(found, list) else ():
                if isinstance(tag, str) and _TAG.fullmatch(tag):
                    seen += 1
                    yield tag
            if not following or following == target:
                return
            if seen > LIMITS.registry_tags:
                break
            target = following
        raise RegistryError(f"{self.where}: the registry's list of tags does not end")

    def referrers(self, digest: str, artifact_type: str = "") -> tuple[Descriptor, ...]:
        """What refers to `digest` as its subject, by the API or the fallback tag; unchecked."""
        from ironhull.registry._referrers import list_referrers

        return self._pulled(partial(list_referrers, self, digest, artifact_type))

    # ── push ─────────────────────────────────────────────────────────────────────────────────────

    def has_blob(self, digest: str) -> bool:
        """Whether the registry itself has the blob in this repository."""
        try:
            self._head(f"blobs/{digest}", self.session, push=True).close()
        except AbsentError:
            return False
        return True

    def has_manifest(self, digest: str) -> bool:
        """Whether the registry itself has the manifest in this repository."""
        try:
            self._head(f"manifests/{digest}", self.session, push=True).close()
        except AbsentError:
            return False
        return True

    def upload(
        self, blob: Descriptor, opened: Callable[[int], BinaryIO], mount_from: str = ""
    ) -> bool:
        """Put a blob that is not there yet; `opened(offset)` gives its bytes, perhaps repeatedly.

        With `mount_from` (a repository here) the registry is asked to take it from there. Returns
        whether it did. Raises RegistryError.
        """
        from ironhull.registry._upload import upload

        return upload(self, blob, opened, mount_from)

    def put_manifest(self, document: Document, tag: str = "") -> None:
        """Put a manifest or index whose content is there, under `tag` or just its digest.

        One with a subject is added to the fallback tag where the registry has no referrers API.
        Raises RegistryError, also where the registry says another digest.
        """
        from ironhull.registry._referrers import enlist

        reply = self.put(document, tag or document.descriptor.digest)
        enlist(self, document, reply.headers.get("OCI-Subject", ""))

    def put(self, document: Document, reference: str) -> Reply:
        """Put a document under a tag or its digest; referrers are not looked after."""
        reply = self.session.send(
            Request(
                "PUT",
                self._path(f"manifests/{reference}"),
                self.scopes(push=True),
                {"Content-Type": document.descriptor.media_type},
                document.data,
                (201, 200, 202, 204),
            )
        )
        reply.close()
        said = reply.headers.get("Docker-Content-Digest", "")
        if said and said != document.descriptor.digest:
            raise RegistryError(
                f"{self.where}: the registry keeps {document.descriptor.digest} as {said}",
                "it alters what is pushed: ask who runs it",
            )
        return reply

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def scopes(self, *, push: bool = False, also: str = "") -> tuple[str, ...]:
        """What a token has to allow; `also`: a repository to mount from."""
        own = f"repository:{self.name}:{'pull,push' if push else 'pull'}"
        return (own, f"repository:{also}:pull") if also else (own,)

    def _path(self, rest: str, session: Session | None = None) -> str:
        prefix = session.endpoint.prefix if session else ""
        return f"{prefix}{self.name}/{rest}"

    def _pulled(self, ask: Callable[[Session], _T]) -> _T:
        """What the first server gives that can, beginning with the one that did before."""
        first = self._first
        order = (*range(first, len(self._sessions)), *range(first))
        for number in order:
            try:
                found = ask(self._sessions[number])
            except RegistryError:
                if number == order[-1] or len(order) == 1:
                    raise
                if number == len(self._sessions) - 1:
                    raise  # the registry itself said no
            else:
                self._first = number
                return found
        raise AssertionError("a repository has at least one server")

    def get(
        self, rest: str, session: Session, accept: str, scopes: tuple[str, ...]
    ) -> tuple[Reply, bytes]:
        """A document of this repository: the answer, and its whole body tried until it arrives."""
        request = Request("GET", self._path(rest, session), scopes, {"Accept": accept})

        def once() -> tuple[Reply, bytes]:
            reply = session.send(request)
            return reply, read_all(reply, LIMITS.manifest_bytes, f"{self.where}/{rest}")

        try:
            return persist(once, lambda: 0, self.pause)
        except CutError as trouble:
            raise RegistryError(trouble.message, trouble.hint) from trouble

    def pull_scopes(self, session: Session) -> tuple[str, ...]:
        """What a token of the server of `session`, perhaps a mirror, has to allow."""
        return (f"repository:{session.endpoint.prefix}{self.name}:pull",)

    def _manifest(self, reference: str, session: Session) -> Document:
        what = f"{self.where}{'@' if ':' in reference else ':'}{reference}"
        reply, data = self.get(
            f"manifests/{reference}", session, _ACCEPT, self.pull_scopes(session)
        )
        return _checked(reply, data, reference, what)

    def _head(self, rest: str, session: Session, *, push: bool = False) -> Reply:
        scopes = self.scopes(push=True) if push else self.pull_scopes(session)
        headers = {"Accept": _ACCEPT} if rest.startswith("manifests/") else {}
        return session.send(Request("HEAD", self._path(rest, session), scopes, headers))

    def _open_blob(self, digest: str, size: int, offset: int, session: Session) -> BinaryIO:
        target = self._path(f"blobs/{digest}", session)
        scopes = self.pull_scopes(session)

        def ask(at: int) -> Reply:
            headers = {"Range": f"bytes={at}-"} if at else {}
            return session.send(Request("GET", target, scopes, headers, accepted=(200, 206)))

        stream = BlobStream(ask, size, f"{self.where}@{digest}", self.pause, offset)
        return cast(BinaryIO, stream)


def _content_type(reply: Reply) -> str:
    return reply.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def _checked(reply: Reply, data: bytes, reference: str, what: str) -> Document:
    """`data` as a document, if it is what was asked for and what the registry says it is."""
    import hashlib

    digest = sha256_digest(data)
    if ":" in reference:
        algorithm = reference.partition(":")[0]
        digest = f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}"
    said = reply.headers.get("Docker-Content-Digest", "")
    lied = ":" in reference and digest != reference
    if lied or (said.startswith(digest.partition(":")[0]) and said != digest):
        raise RegistryError(
            f"{what}: the registry sends a document whose digest is {digest}",
            "its copy is damaged or was tampered with, or a proxy answers in its place",
        )
    return Document(Descriptor(_media_type(reply, data, what), digest, len(data)), data)


def _media_type(reply: Reply, data: bytes, what: str) -> str:
    """What the document is; raises RegistryError where header and content contradict."""
    header = _content_type(reply)
    if header.startswith(_SCHEMA1):
        raise ImageError(f"{what}: Docker schema 1 images are not read", "push it again")
    try:
        found = load_json(data, what, LIMITS.manifest_bytes)
    except ImageError as trouble:
        kind = f" ({header})" if header else ""
        raise RegistryError(
            f"{what}: the registry sends no manifest{kind}", "does a registry answer there?"
        ) from trouble
    written = found.get("mediaType")
    inside = written if isinstance(written, str) else ""
    if header in _GENERIC:
        shape = OCI_INDEX if "manifests" in found else OCI_MANIFEST
        return inside or shape
    if inside and inside != header:
        raise RegistryError(
            f"{what}: the registry calls it {header!r}, the document itself {inside!r}",
            "its copy is damaged or was tampered with",
        )
    return header
