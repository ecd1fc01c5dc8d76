"""Images others are built on: which are known, and what to build on instead."""

from __future__ import annotations

from ironhull.model._images import Platform
from ironhull.model._trouble import Problem
from ironhull.values import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ironhull.model._reports import BaseImage, Report

__all__ = ["CERTAINTIES", "CHANNELS", "VERDICTS", "Advice", "KnownImage", "Suggestion"]

CERTAINTIES = ("certain", "likely", "possible", "claimed", "doubtful")
"""How sure it is that an image is the base of another one (docs/recommendations.md).

certain: provenance of this very image names it, and its layers are the lowest of the image;
likely: its layers are the lowest, but an image between the two is not ruled out;
possible: as likely, and other known images have the same layers; claimed: it is named, its layers
are not known; doubtful: it is named by digest, and its layers are not those of the image.
"""

CHANNELS = (
    *("same tag", "same minor", "same major", "long-term support", "another major"),
    *("newer distribution", "variant", "family"),
)
"""How far a suggestion is from the base, nearest first."""

VERDICTS = ("better", "equal", "not known", "worse")
"""How the vulnerabilities of a suggestion compare with those of the base, in the order listed."""


@dataclass(frozen=True, slots=True)
class KnownImage:
    """An image somebody may have built on, for one platform.

    `name` is a familiar name with its tag ("" where it has none), `digest` that of the platform
    manifest, `layers` diff_ids, lowest first, `size` the bytes of the layers as stored. `history`
    are the number of entries of the config's history and a hash of them; `base` the name and the
    digest of its own base as its annotations or labels name it. `origin` says where it was seen
    ("store", "registry", "oci-dir", ...), `seen` when (RFC 3339); `current` whether the name led to
    it when it was last looked up.
    """

    name: str
    digest: str
    config_digest: str
    platform: Platform
    layers: tuple[str, ...]
    index_digest: str = ""
    size: int = 0
    created: str = ""
    history: tuple[int, str] = (0, "")
    base: tuple[str, str] = ("", "")
    origin: str = ""
    seen: str = ""
    current: bool = True

    @property
    def digests(self) -> tuple[str, ...]:
        """The digests it is known by: of the manifest, the index round it, the config."""
        return tuple(filter(None, (self.digest, self.index_digest, self.config_digest)))


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An image to build on instead of the base.

    `channel` is one of CHANNELS, `verdict` one of VERDICTS. `also` are other tags of the same
    image. `report` is None where it was not scanned, `why` then says why. `ends` is the day its
    support ends (YYYY-MM-DD, "" where not known). `benefits` and `drawbacks` are lines to print;
    one suggestion at most is `recommended`.
    """

    name: str
    digest: str
    channel: str
    verdict: str
    size: int = 0
    created: str = ""
    origin: str = ""
    also: tuple[str, ...] = ()
    report: Report | None = None
    why: str = ""
    ends: str = ""
    benefits: tuple[str, ...] = ()
    drawbacks: tuple[str, ...] = ()
    recommended: bool = False


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do about the base image of an image.

    `state` is "current" (the tag still leads to the base), "outdated" (it leads elsewhere: see
    `refresh`) or "not known", and `because` says what that rests on. `updates` are ranked, best
    first; `left_out` counts tags by the reason they are not suggested. `ends` is the day the
    support of the base ends.
    """

    base: BaseImage | None
    state: str = "not known"
    because: str = ""
    refresh: Suggestion | None = None
    updates: tuple[Suggestion, ...] = ()
    left_out: tuple[tuple[str, int], ...] = ()
    ends: str = ""
    problems: tuple[Problem, ...] = ()
