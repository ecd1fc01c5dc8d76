"""What is said of an image, attached to it: signed where there is a key, as its storage asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ironhull.errors import UsageError
from ironhull.model import Descriptor
from ironhull.oci.manifests import IN_TOTO
from ironhull.values import dataclass

if TYPE_CHECKING:
    from ironhull.attestations import Attached, NewStatement, Place, Target
    from ironhull.signing import PrivateKey
    from ironhull.stating import Said

__all__ = ["Attaching", "attach_said"]

_BUNDLE_CONTENT = "dev.sigstore.bundle.content"
_BUNDLE_PREDICATE = "dev.sigstore.bundle.predicateType"


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
