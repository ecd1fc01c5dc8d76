"""What a build consumed and made."""

from __future__ import annotations

from ironhull.model._images import Image
from ironhull.values import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = ["Build", "Envelope", "Material"]


@dataclass(frozen=True, slots=True)
class Material:
    """Something a build consumed: a purl or URL, its digests by algorithm ("sha256": hex)."""

    uri: str
    digests: Mapping[str, str]
    kind: str = ""  # base | deb | wheel | source | definition | file


@dataclass(frozen=True, slots=True)
class Build:
    """A finished build: the image as stored, what went in, and the parameters that decided it."""

    image: Image
    materials: tuple[Material, ...]
    parameters: Mapping[str, Any]
    builder: str
    started: str = ""
    finished: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Envelope:
    """A DSSE envelope (dsse v1): base64 is undone here, `payload` holds the bytes."""

    payload_type: str
    payload: bytes
    signatures: tuple[tuple[str, bytes], ...] = ()
