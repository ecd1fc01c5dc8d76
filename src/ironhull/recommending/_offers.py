"""What may be built on instead of a base: its tag as it is now, other tags, relatives elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from ironhull.ecosystems import end_of_support, runtime_end
from ironhull.model import CHANNELS, Distro, KnownImage
from ironhull.oci.names import Reference
from ironhull.recommending._known import Known
from ironhull.recommending._tags import Tag, channel_of, newest_first, parse_tag, product_of
from ironhull.values import dataclass

__all__ = ["Offer", "family_offers", "offers_of", "tag_end"]

_KEPT = {
    "same minor": 1,
    "same major": 2,
    "long-term support": 2,
    "another major": 1,
    "newer distribution": 1,
    "variant": 6,
}
"""How many tags of a channel are looked at, the newest first."""

_LANGUAGES = {"golang": ("golang", "stdlib"), "go": ("golang", "stdlib")}
_FAMILY_LANGUAGES = {"golang": "go", "gcc": "cc"}
_JAVA = ("openjdk", "eclipse-temurin", "amazoncorretto", "java", "jdk", "jre", "temurin")


@dataclass(frozen=True, slots=True)
class Offer:
    """An image that may be suggested: `known` is what its name leads to, `tag` what that says.

    `said` is a line that speaks against it.
    """

    name: str
    tag: Tag
    channel: str
    known: KnownImage
    said: str = ""


def offers_of(
    reference: Reference, known: Known, there: dict[str, KnownImage], day: str
) -> tuple[list[Offer], tuple[tuple[str, int], ...]]:
    """The other tags of the repository of `reference` worth a look, nearest channel first.

    `there` is what is known of its tags, `day` the present one. Beside them how many tags are left
    out, by reason.
    """
    product = product_of(reference.repository)
    base = parse_tag(reference.tag, product)
    names = dict.fromkeys((*known.tag_names(reference), *there))
    tags = [parse_tag(name, product) for name in names if name != reference.tag]
    steps: dict[str, list[Tag]] = {}
    left = Counter[str]()
    late = _is_over(product, base, day)
    for tag in tags:
        channel = channel_of(base, tag, product)
        if not channel:
            left["older, not released, or of another kind"] += 1
        elif not late and _is_over(product, tag, day):
            left["support has ended"] += 1
        else:
            steps.setdefault(channel, []).append(tag)
    chosen: list[tuple[str, Tag]] = []
    for channel in CHANNELS:
        ordered = newest_first(steps.get(channel, ()))
        kept = _KEPT.get(channel, 0)
        chosen += [(channel, tag) for tag in ordered[:kept]]
        left["a newer one of the same kind is suggested"] += len(ordered[kept:])
    found = [
        Offer(_name(reference, tag.text), tag, channel, image)
        for channel, tag in chosen
        if (image := known.remote_tag(reference, tag.text) or there.get(tag.text)) is not None
    ]
    left["what they lead to is not known"] += len(chosen) - len(found)
    found += _relatives(reference, base, product, known.relatives(product))
    return found, tuple((why, number) for why, number in left.items() if number)


def _relatives(
    reference: Reference, base: Tag, product: str, images: Iterable[KnownImage]
) -> list[Offer]:
    """The same software of the same release in known images of other repositories.

    Of each repository the plainest tag that is as much for building, or as little, as the base.
    """
    found: dict[str, list[Offer]] = {}
    for image in images:
        there = Reference.parse(image.name)
        place = f"{there.registry}/{there.repository}"
        if place == f"{reference.registry}/{reference.repository}":
            continue
        tag = parse_tag(there.tag, product)
        if tag.early or tag.date or not _is_same_release(base.numbers, tag.numbers):
            continue
        if ("dev" in tag.words) != ("dev" in base.words):
            continue
        found.setdefault(place, []).append(Offer(image.name, tag, "family", image))
    chosen: list[Offer] = []
    for offers in found.values():
        offers.sort(key=lambda o: (len(o.tag.words), len(o.tag.text), o.name))
        distinct: dict[str, Offer] = {}
        for offer in offers:
            distinct.setdefault(offer.known.digest, offer)
        chosen += list(distinct.values())[:2]
    return chosen


def family_offers(
    families: Sequence[str], reference: Reference, known: Known, there: Sequence[KnownImage]
) -> list[Offer]:
    """The images of base families for the same language: of the store, the index, a registry.

    `there` are relatives that are offered already. What is nowhere to be found has no digest.
    Raises UsageError for a family there is not.
    """
    from ironhull.hardening.families import choose

    product = product_of(reference.repository)
    base = parse_tag(reference.tag, product)
    language = _FAMILY_LANGUAGES.get(product, "java" if product in _JAVA else product)
    found: list[Offer] = []
    for family in families:
        pair = choose(family, language, ".".join(map(str, base.numbers)))
        if pair is None:
            continue
        place = Reference.parse(pair.build if "dev" in base.words and pair.build else pair.run)
        if (place.registry, place.repository) == (reference.registry, reference.repository):
            continue
        here = known.tags(place).get(place.tag) or known.remote_tag(place, place.tag)
        if here is not None and any(here.digest == each.digest for each in there):
            continue
        image = here or KnownImage(place.familiar, "", "", known.platform, ())
        tag = parse_tag(place.tag, product_of(place.repository))
        found.append(Offer(place.familiar, tag, "family", image, pair.said))
    return found


def _is_same_release(one: Sequence[int], other: Sequence[int]) -> bool:
    """Whether the numbers agree as far as both go, and go at all."""
    return bool(one and other) and all(a == b for a, b in zip(one, other, strict=False))


def tag_end(product: str, tag: Tag) -> str:
    """The last day somebody repairs the release a tag names; "" where nobody put that down."""
    release = ".".join(map(str, tag.numbers))
    if not release:
        return ""
    if product in ("debian", "ubuntu", "alpine"):
        return end_of_support(Distro(product, _distro_release(product, tag.numbers)))
    kind = _LANGUAGES.get(product, ("generic", "java" if product in _JAVA else product))
    found = runtime_end(*kind, release)
    return found[2] if found else ""


def _distro_release(product: str, numbers: tuple[int, ...]) -> str:
    if product == "ubuntu" and len(numbers) > 1:
        return f"{numbers[0]}.{numbers[1]:02d}"
    return ".".join(map(str, numbers))


def _is_over(product: str, tag: Tag, day: str) -> bool:
    ends = tag_end(product, tag)
    if not ends and tag.distro[0]:
        name, numbers = tag.distro
        ends = end_of_support(Distro(name, _distro_release(name, numbers))) if numbers else ""
    return bool(ends) and ends < day[:10]


def _name(reference: Reference, tag: str) -> str:
    return Reference(reference.registry, reference.repository, tag).familiar
