"""Which of the images that may be it is the base image of another one, and how sure that is.

What names a base is told by `base_image`, which images have the lowest layers by whoever knows
images. The rules, in the order in which they count (docs/recommendations.md):

    provenance    of this very image, by its digest; nothing else is as close to the build
    annotation    of its manifest; some tools take them over from the base
    label         of its config; builds inherit them
    dockerfile    what a Dockerfile says that somebody says the image was built from
    layers        the known image that has the most of the lowest layers

What layers prove goes before what is only said, and what layers refute counts last. Only provenance
that layers prove is certain: in every other case an image in between may have brought what is said
and have the same lowest layers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ironhull.base_image import BASE_DIGEST, BASE_NAME, verify
from ironhull.model import BaseImage, Image, KnownImage
from ironhull.values import dataclass, replace

__all__ = ["Chosen", "chain_ids", "choose", "known_image", "possible_bases"]

_RULES = {
    "provenance": "the provenance attestation",
    "annotation": "an annotation of the image",
    "label": "a label of the image",
    "dockerfile": "the Dockerfile",
}
_NAMED = 5  # names of one image that are told


@dataclass(frozen=True, slots=True)
class Chosen:
    """The base and, where its layers are known, the image that has them."""

    base: BaseImage | None
    known: KnownImage | None = None


# ── what is known of an image ────────────────────────────────────────────────────────────────────


def known_image(image: Image, *, seen: str = "") -> KnownImage:
    """What is kept of an image that others may be built on."""
    config = _mapping(image.config.get("config"))
    said = {**_mapping(config.get("Labels")), **_mapping(image.annotations)}
    created = image.config.get("created")
    return KnownImage(
        name=image.name,
        digest=image.digest,
        config_digest=image.config_digest,
        platform=image.platform,
        layers=tuple(layer.diff_id for layer in image.layers),
        index_digest=image.index_digest,
        size=image.content_size,
        created=created if isinstance(created, str) else "",
        history=_history(image, None),
        base=(_text(said.get(BASE_NAME)), _text(said.get(BASE_DIGEST))),
        origin=image.origin,
        seen=seen,
    )


def chain_ids(diff_ids: Sequence[str]) -> tuple[str, ...]:
    """The ChainID of each prefix of `diff_ids` (OCI image-spec, config.md, "Layer ChainID")."""
    from hashlib import sha256

    found: list[str] = []
    for diff_id in diff_ids:
        if found:
            diff_id = "sha256:" + sha256(f"{found[-1]} {diff_id}".encode()).hexdigest()  # noqa: PLW2901 - its chain
        found.append(diff_id)
    return tuple(found)


def _history(image: Image, count: int | None) -> tuple[int, str]:
    """How many of the first `count` (None: all) entries of the history there are, and a hash."""
    from hashlib import sha256

    history = image.config.get("history")
    entries = history[:count] if isinstance(history, list) else []
    told = [
        "\0".join(str(_mapping(entry).get(key, "")) for key in ("created", "created_by", "comment"))
        for entry in entries
    ]
    return (len(told), sha256("\1".join(told).encode("utf-8", "replace")).hexdigest())


def _remembers(image: Image, known: KnownImage) -> bool:
    """Whether the history of `image` begins with that of `known`, which has one."""
    count = known.history[0]
    return count > 0 and _history(image, count) == known.history


# ── the choice ───────────────────────────────────────────────────────────────────────────────────


def possible_bases(image: Image, known: Iterable[KnownImage]) -> list[KnownImage]:
    """Those of `known` that `image` may have been built on as its layers tell, the best first.

    That is: the most layers, then the longest history in common, then the shortest name. An image
    of all the same layers counts where its history is the beginning of that of `image`.
    """
    own = (image.config_digest, image.digest)
    total = _history(image, None)[0]
    found: dict[tuple[str, str], tuple[tuple[Any, ...], KnownImage]] = {}
    for each in known:
        if not verify(image, each.layers) or each.config_digest in own or each.digest in own:
            continue
        told = _remembers(image, each)
        whole = len(each.layers) == len(image.layers)
        if whole and not (told and each.history[0] < total):
            continue
        shared = each.history[0] if told else 0
        rank = (-len(each.layers), -shared, not each.current, *_plainness(each.name))
        found.setdefault((each.name, each.digest), (rank, each))
    return [each for _, each in sorted(found.values(), key=lambda pair: pair[0])]


def _plainness(name: str) -> tuple[Any, ...]:
    """Orders names of one image: a tag that tells a release first, of those the shortest."""
    repository, _, tag = name.rpartition("/")[2].partition(":")
    numbers = tag.split("-")[0].count(".") + 1 if tag[:1].isdigit() else 0
    return (not name, name.count("/"), abs(numbers - 2), len(tag), repository, name)


def choose(
    image: Image,
    claims: Sequence[BaseImage],
    candidates: Sequence[BaseImage],
    known: Callable[[BaseImage], Sequence[KnownImage]],
    similar: Callable[[], Sequence[KnownImage]],
) -> Chosen:
    """The base of `image`.

    `claims` name one, `candidates` are the images of provenance that names several and no base,
    `known` gives what is known under a name and digest, `similar`, which is asked where what is
    said is not enough, what has the lowest layers.
    """
    attested = claims[0] if claims and claims[0].rule == "provenance" else None
    if attested and (first := _weigh(image, attested, known(attested), ())).known is not None:
        return first
    below = possible_bases(image, similar())
    weighed = [_weigh(image, claim, known(claim), below) for claim in claims]
    proven = [each for each in weighed if each.known is not None]
    if proven:
        return _ruled(proven)
    if candidates and (found := _of_several(image, candidates, known)):
        return found
    unproven = [each for each in weighed if each.base and each.base.certainty == "claimed"]
    if unproven:
        return unproven[0]
    if below:
        return _by_layers(image, below, weighed)
    return weighed[0] if weighed else Chosen(None)


def _ruled(proven: Sequence[Chosen]) -> Chosen:
    """Of claims that layers prove: provenance, else what names the most layers."""
    first = proven[0]
    assert first.base is not None
    if first.base.rule == "provenance":
        return first
    return max(proven, key=lambda each: each.base.layers if each.base else 0)


def _weigh(
    image: Image, claim: BaseImage, known: Sequence[KnownImage], below: Sequence[KnownImage]
) -> Chosen:
    """`claim` with how sure it is; `known` in the result where layers prove it."""
    said = f"named by {_RULES[claim.rule]}"
    match = next((each for each in known if verify(image, each.layers)), None)
    inherits = claim.rule in ("annotation", "label")
    if inherits and (between := _inherited_from(claim, match, below)):
        because = f"{_proof(between)}; the {claim.rule} that names {claim.name} came with it"
        return _known_base(between, "layers", "likely", because)
    if match is not None:
        return _proven(claim, match, said)
    if not known:
        because = f"{said}; its layers are not known, so nothing proves it"
        return Chosen(replace(claim, certainty="claimed", because=because))
    exact = claim.digest and any(claim.digest in each.digests for each in known)
    if exact:
        because = (
            f"{said}, but its layers are not the lowest of the image: it was squashed or changed"
            " afterwards, or the claim is wrong"
        )
        return Chosen(replace(claim, certainty="doubtful", because=because))
    because = (
        f"{said}; the image of that name that is known has other layers: the tag was moved since,"
        " or the claim is wrong"
    )
    return Chosen(replace(claim, certainty="claimed", because=because))


def _proven(claim: BaseImage, match: KnownImage, said: str) -> Chosen:
    certainty = "certain" if claim.rule == "provenance" else "likely"
    because = f"{said}, and {_proof(match)}"
    if certainty == "likely":
        because += "; an image in between is not ruled out"
    digest = claim.digest
    if digest and digest not in match.digests:
        certainty, digest = "likely", ""
        because += f"; the digest {claim.digest[7:19]} that is named is that of another image"
    base = replace(
        claim,
        digest=digest or match.index_digest or match.digest,
        verified=True,
        layers=len(match.layers),
        certainty=certainty,
        because=because,
    )
    return Chosen(base, match)


def _inherited_from(
    claim: BaseImage, match: KnownImage | None, below: Sequence[KnownImage]
) -> KnownImage | None:
    """The known image above the one a label names that says the same: who brought the label."""
    lowest = len(match.layers) if match is not None else 0
    for each in below:
        if len(each.layers) > lowest and each.base == (claim.name, claim.digest):
            return each
    return None


def _of_several(
    image: Image,
    candidates: Sequence[BaseImage],
    known: Callable[[BaseImage], Sequence[KnownImage]],
) -> Chosen | None:
    """Of the images that provenance names without saying which is the base: what layers prove."""
    found: list[tuple[BaseImage, KnownImage]] = []
    unknown = 0
    for candidate in candidates:
        there = known(candidate)
        unknown += not there
        found += [(candidate, each) for each in there if verify(image, each.layers)]
    if not found:
        return None
    claim, match = max(found, key=lambda pair: len(pair[1].layers))
    because = f"one of several images that the provenance attestation names, and {_proof(match)}"
    if unknown:
        because += f"; the layers of {unknown} of the others are not known"
    base = replace(
        claim,
        digest=claim.digest or match.index_digest or match.digest,
        verified=True,
        layers=len(match.layers),
        certainty="likely" if unknown else "certain",
        because=because,
    )
    return Chosen(base, match)


def _by_layers(image: Image, below: Sequence[KnownImage], weighed: Sequence[Chosen]) -> Chosen:
    """The known image with the most of the lowest layers; never certain, something may lie between.

    Of claims that layers refute the first is told.
    """
    best = below[0]
    others = [each for each in below[1:] if each.layers == best.layers]
    same = _remembers(image, best)
    rivals = [
        each
        for each in others
        if each.config_digest != best.config_digest
        and (not same or (_remembers(image, each) and each.history[0] == best.history[0]))
    ]
    refuted = weighed[0].base if weighed else None
    begin = "nothing names it"
    if refuted is not None:
        begin = f"{refuted.name}, which {_RULES[refuted.rule]} names, has other layers"
    because = f"{begin}, but {_proof(best)}"
    if same:
        because += ", and its history the beginning of the image's"
    if rivals:
        names = ", ".join(sorted({each.name or each.digest[7:19] for each in rivals})[:_NAMED])
        because += f"; the same layers are in {names}"
    else:
        because += "; an image in between that is not known is not ruled out"
    also = tuple(
        dict.fromkeys(
            each.name
            for each in others
            if each.config_digest == best.config_digest and each.name not in ("", best.name)
        )
    )
    found = _known_base(best, "layers", "possible" if rivals else "likely", because)
    assert found.base is not None
    return Chosen(replace(found.base, also=also), best)


def _known_base(known: KnownImage, rule: str, certainty: str, because: str) -> Chosen:
    base = BaseImage(
        name=known.name or known.digest,
        digest=known.index_digest or known.digest,
        rule=rule,
        verified=True,
        certainty=certainty,
        because=because,
        layers=len(known.layers),
    )
    return Chosen(base, known)


def _proof(known: KnownImage) -> str:
    count = len(known.layers)
    if count == 1:
        return "its only layer is the lowest of the image"
    return f"its {count} layers are the lowest of the image"


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
