"""Joining what attests: where an image is, what is attached to it, what is said and by whom.

A part of `pipeline`, loaded by the commands about attestations and by those that build.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ironhull.attest import open_statement
from ironhull.config import Settings
from ironhull.errors import Error, ReferenceFault, SignatureError, UsageError
from ironhull.model import Attachment, Descriptor, Image, Platform, Problem
from ironhull.oci.manifests import IN_TOTO
from ironhull.oci.names import Reference, split_scheme
from ironhull.pipeline import load, registries
from ironhull.predicates import predicate_types
from ironhull.signing import signature_error
from ironhull.store.images import ImageStore
from ironhull.values import dataclass, replace

if TYPE_CHECKING:
    from ironhull.attest import Statement
    from ironhull.attestations import Attached, Found, NewStatement, Place, Target
    from ironhull.predicates.vsa import Expected
    from ironhull.registry.transfer import Origin
    from ironhull.signing import Check, PrivateKey, Trust
    from ironhull.stating import Said

__all__ = [
    "Attaching",
    "Verified",
    "attach_said",
    "find_attached",
    "open_place",
    "target_of",
    "verify_attached",
]

_BUNDLE_CONTENT = "dev.sigstore.bundle.content"
_BUNDLE_PREDICATE = "dev.sigstore.bundle.predicateType"
_WRAPPINGS = frozenset(
    {
        IN_TOTO,
        "application/vnd.dsse.envelope.v1+json",
        "application/vnd.dev.sigstore.bundle.v0.3+json",
        *(f"application/vnd.dev.sigstore.bundle+json;version=0.{n}" for n in (1, 2, 3)),
    }
)
"""Media types of statements, bare and wrapped."""


# ── where an image is ────────────────────────────────────────────────────────────────────────────


def open_place(reference: str, settings: Settings, *, plain_http: bool = False) -> Place:
    """Where `reference` is, to be read and written beside; the image named last for "".

    A registry, the store or an OCI layout; archives are read only. A name without a prefix is
    looked for in the store, then in its registry. Raises ReferenceFault, ImageError, RegistryError.
    """
    from ironhull.sources import Asked
    from ironhull.sources.origins import open_origin

    store = ImageStore(settings.images)
    text = reference or store.latest()
    client = registries(settings, plain_http=plain_http)
    asked = Asked(
        store,
        environment=os.environ,
        cache=settings.cache if settings.cache_bytes else None,
        registries=lambda: client,
    )
    return _place(open_origin(text, asked), text, store)


def _place(origin: Origin, text: str, store: ImageStore) -> Place:
    from ironhull.attestations import place_of
    from ironhull.registry.blobs import RegistryBlobs
    from ironhull.store.companions import directory_keeper, store_keeper

    scheme, rest = split_scheme(text)
    if isinstance(origin.blobs, RegistryBlobs):
        return place_of(origin, name=Reference.parse(rest).tag)
    if origin.blobs == store.incoming:
        return place_of(origin, store_keeper(store), _own_name(origin.name, rest))
    if scheme == "oci-dir":
        from ironhull.sources._pick import split_path

        return place_of(origin, directory_keeper(split_path(rest)[0]))
    return place_of(origin)


def _own_name(name: str, asked: str) -> str:
    """`name` where the user named the image so, "" where by an ID or digest."""
    try:
        return name if Reference.parse(asked).familiar == name else ""
    except ReferenceFault:
        return ""


# ── attached ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Attaching:
    """How statements are attached: the storage, and the key that signs them, where one does.

    The rest as `attestations.attach`.
    """

    storage: str = "referrer"
    replace: bool = False
    artifact: bool = True
    key: PrivateKey | None = None
    created: str = ""


def attach_said(
    place: Place,
    target: Target,
    said: Sequence[Said],
    names: Sequence[str] = (),
    how: Attaching | None = None,
) -> Attached:
    """Attach what is said of `target`, which is called `names`, in one step.

    Raises UsageError for a storage that cannot hold it, and as `attestations.attach`.
    """
    from ironhull.attest import subjects_for
    from ironhull.attestations import attach
    from ironhull.stating import stated

    how = how or Attaching()
    subjects = subjects_for(target.digest, target.platform, names)
    subject = Descriptor(target.media_type, target.digest, target.size)
    new = []
    for item in said:
        data, media_type = stated(item, subjects, target.digest)
        new.append(_new(item.type, data, media_type, subject, how))
    return attach(place, new, storage=how.storage, replace=how.replace, artifact=how.artifact)


def _new(
    kind: str, data: bytes, media_type: str, subject: Descriptor, how: Attaching
) -> NewStatement:
    """A statement as it is attached: signed where there is a key, as its storage wants it."""
    from ironhull.attest import PAYLOAD_TYPE
    from ironhull.attestations import NewStatement
    from ironhull.attestations.attaching import DSSE
    from ironhull.signing import BUNDLE, sign_envelope, write_bundle, write_envelope

    if how.key is not None and media_type == IN_TOTO:
        if how.storage == "index":
            raise UsageError(
                "statements in an index are not signed",
                "sign the image, which its index is part of",
            )
        envelope = sign_envelope(data, PAYLOAD_TYPE, how.key)
        if how.storage == "tag":
            data, media_type = write_envelope(envelope), DSSE
        else:
            data, media_type = write_bundle(envelope, how.key.public), BUNDLE
    said: dict[str, str] = {}
    if media_type == BUNDLE:
        said = {_BUNDLE_CONTENT: "dsse-envelope", _BUNDLE_PREDICATE: kind}
    created = how.created if media_type == BUNDLE else ""
    return NewStatement(kind, data, subject, media_type, created, said)


def target_of(place: Place, platform: Platform | None) -> Target:
    """The manifest for `platform`; without one the only there is, or the host's.

    Raises ReferenceFault, naming those there are.
    """
    from ironhull.attestations import targets_of
    from ironhull.oci.images import choose_platform

    there = [target for target in targets_of(place) if target.platform is not None]
    known = [target.platform or Platform() for target in there]
    if platform is None and len(there) == 1:
        return there[0]
    return there[choose_platform(known, platform, place.name)]


# ── found ────────────────────────────────────────────────────────────────────────────────────────


def find_attached(
    reference: str,
    settings: Settings,
    *,
    platform: Platform | None = None,
    wanted: Sequence[str] = (),
    plain_http: bool = False,
) -> tuple[Place | None, Found]:
    """What is attached to `reference`, of the types `wanted` (names or URIs; none: all), and where.

    Without a `platform` that of all of them is found. Of an image in an engine that is what the
    engine tells, and no place. What does not say its type outside is read for it. Raises as
    `open_place`.
    """
    from ironhull.attestations import find

    def is_wanted(kind: str) -> bool:
        return not wanted or any(predicate_types(kind, one) for one in wanted)

    scheme, _ = split_scheme(reference)
    if scheme in ("docker", "podman"):
        return None, _typed(_in_engine(load(reference, settings, platform), is_wanted), is_wanted)
    if scheme in ("fs", "sbom"):
        raise ReferenceFault(f"{reference}: nothing is attached to it", "name an image")
    place = open_place(reference, settings, plain_http=plain_http)
    return place, _typed(find(place, platform=platform, wanted=is_wanted), is_wanted)


def _in_engine(image: Image, is_wanted: Callable[[str], bool]) -> Found:
    from ironhull.attestations import Found, Target

    there = tuple(
        item
        for item in image.attachments
        if not item.predicate_type or is_wanted(item.predicate_type)
    )
    targets = [Target(image.digest, image.platform)]
    if image.index_digest:
        targets.insert(0, Target(image.index_digest))
    return Found(tuple(targets), there)


def _typed(found: Found, is_wanted: Callable[[str], bool]) -> Found:
    """`found` with the types that only the statements themselves tell."""
    kept, problems = [], list(found.problems)
    for item in found.attachments:
        if item.predicate_type or item.media_type not in _WRAPPINGS:
            if item.predicate_type or is_wanted(""):
                kept.append(item)
            continue
        try:
            kind = open_statement(item.read(), where=item.digest)[0].predicate_type
        except Error as trouble:
            problems.append(Problem("attestations", item.digest, trouble.message))
            continue
        if is_wanted(kind):
            kept.append(replace(item, predicate_type=kind))
    return replace(found, attachments=tuple(kept), problems=tuple(problems))


# ── verified ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Verified:
    """What was checked of one attestation; `trouble` is the reason why it does not hold, or "".

    `signed` says how: "envelope" (its own), "manifest" (the manifest that holds it), "index" (the
    index it is part of), "" where no signature was looked for.
    """

    attachment: Attachment
    statement: Statement | None
    data: bytes = b""
    payload: bytes = b""
    signed: str = ""
    signer: str = ""
    checks: tuple[Check, ...] = ()
    trouble: str = ""
    reason: str = ""


def verify_attached(
    place: Place | None, found: Found, trust: Trust | None, expected: Expected | None = None
) -> tuple[Verified, ...]:
    """Read and check every attestation of `found`.

    That its bytes are those its manifest names, that it is about the image, that it is of the type
    its manifest tells and shaped as that type asks, that a verification summary says what is
    `expected`; and, where `trust` names somebody, that a signature of theirs covers it.
    """
    check = _Checking(place, found, trust, expected)
    return tuple(check.all(item) for item in found.attachments)


class _Checking:
    """The checks of one run; the signatures of a digest are looked for once."""

    def __init__(
        self, place: Place | None, found: Found, trust: Trust | None, expected: Expected | None
    ) -> None:
        self._place = place
        self._found = found
        self._trust = trust
        self._expected = expected
        self._known: dict[str, tuple[str, tuple[Check, ...]] | SignatureError] = {}

    def all(self, item: Attachment) -> Verified:
        made = Verified(item, None)
        try:
            made = replace(made, data=item.read())
            made = self._opened(made)
            return self._claims(made) if made.statement is not None else made
        except SignatureError as trouble:
            return replace(made, trouble=trouble.message, reason=trouble.reason)
        except Error as trouble:
            return replace(made, trouble=trouble.message, reason="malformed")

    def _opened(self, made: Verified) -> Verified:
        """With the statement and who signed it; other artifacts stay as they are."""
        item = made.attachment
        wrapped = _is_wrapped(made.data)
        if item.media_type in _WRAPPINGS:
            trust = self._trust if wrapped else None
            statement, opened = open_statement(made.data, trust, item.digest)
            made = replace(made, statement=statement, payload=opened.payload)
            if opened.state == "verified":
                return replace(made, signed="envelope", signer=opened.signer, checks=opened.checks)
        else:
            made = replace(made, payload=made.data)
        if not self._trust:
            return made
        signed, (signer, checks) = self._beside(item)
        return replace(made, signed=signed, signer=signer, checks=checks)

    def _beside(self, item: Attachment) -> tuple[str, tuple[str, tuple[Check, ...]]]:
        """What covers an attestation without a signature of its own, and who signed that."""
        if item.storage == "index":
            try:
                return "index", self._signer(self._found.targets[0].digest)
            except SignatureError as trouble:
                if trouble.reason != "unsigned":
                    raise
        return "manifest", self._signer(item.manifest)

    def _signer(self, digest: str) -> tuple[str, tuple[Check, ...]]:
        """Who signed the manifest or index `digest`, as cosign keeps signatures beside it."""
        from ironhull.signatures import verify_digest

        assert self._trust is not None
        if self._place is None or not digest:
            raise signature_error("unsigned", "no signature is kept with images of an engine")
        if digest not in self._known:
            try:
                found = verify_digest(self._place, digest, self._trust).signatures[0]
                self._known[digest] = (found.signer, found.checks)
            except SignatureError as trouble:
                self._known[digest] = trouble
        known = self._known[digest]
        if isinstance(known, SignatureError):
            raise known
        return known

    def _claims(self, made: Verified) -> Verified:
        from ironhull.attest import wrong_with

        statement, item = made.statement, made.attachment
        assert statement is not None
        about = {item.subject} if item.subject else {t.digest for t in self._found.targets}
        if not statement.is_about(about):
            raise signature_error(
                "other-subject", f"{item.digest}: the statement is about another image"
            )
        said = item.annotations and item.predicate_type
        if said and said != statement.predicate_type:
            raise signature_error(
                "claims",
                f"{item.digest}: kept as {said}, but of type {statement.predicate_type}",
            )
        wrong = wrong_with(statement)
        if self._expected is not None and predicate_types(statement.predicate_type, "vsa"):
            from ironhull.predicates.vsa import judge_vsa

            wrong = judge_vsa(statement.predicate, self._expected)
        if wrong:
            raise signature_error("claims", f"{item.digest}: {'; '.join(wrong[:3])}")
        return made


def _is_wrapped(data: bytes) -> bool:
    return b'"payloadType"' in data or b'"dsseEnvelope"' in data
