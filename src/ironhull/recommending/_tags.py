"""What a tag says: release, variant, distribution; and how far one tag is from another.

Tags have no grammar, only habits: `3.13.1-slim-bookworm`, `21-jre-alpine`, `24.04`, `20-debian13`.
What is not understood is never taken for newer.
"""

from __future__ import annotations

from collections.abc import Iterable

from ironhull.lazy import regex
from ironhull.values import dataclass

__all__ = ["Tag", "channel_of", "is_long_term", "parse_tag", "product_of"]

_NUMBERS = regex(
    r"v?(\d{1,9}(?:\.\d{1,9}){0,5})"
    r"(?:[._]?(a|b|c|rc|alpha|beta|pre|preview|ea|m|snapshot)[.]?\d*)?(?:[+_](\d{1,6}))?"
)
_UPDATE = regex(r"(\d{1,2})u(\d{1,4})")  # 8u402
_EARLY = regex(r"(?:rc|alpha|beta|pre|preview|ea|nightly|edge|snapshot|rolling|m)[.\d]*")
_DATE = regex(r"(?:19|20)\d{6}(?:\.\d+)?")
_CODENAMES = {
    "stretch": ("debian", (9,)),
    "buster": ("debian", (10,)),
    "bullseye": ("debian", (11,)),
    "bookworm": ("debian", (12,)),
    "trixie": ("debian", (13,)),
    "forky": ("debian", (14,)),
    "bionic": ("ubuntu", (18, 4)),
    "focal": ("ubuntu", (20, 4)),
    "jammy": ("ubuntu", (22, 4)),
    "noble": ("ubuntu", (24, 4)),
}
_DISTRO = regex(
    r"(debian|ubuntu|alpine|ubi|al|amazonlinux|azurelinux|rockylinux|ol|almalinux|fedora)"
    r"(\d[\d.]*)?"
)
_WINDOWS = ("windowsservercore", "nanoserver", "windows", "ltsc", "1809")
_MOVING = ("", "latest", "stable", "current", "lts", "mainline")
_JAVA = (8, 11, 17, 21, 25, 29)


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag taken apart: `numbers` are () where it tells no release.

    `words` name the variant, sorted; `distro` is the distribution and its release, ("", ()) where
    none is named. `early` marks what is not released yet, `date` a build of one day.
    """

    text: str
    numbers: tuple[int, ...] = ()
    words: tuple[str, ...] = ()
    distro: tuple[str, tuple[int, ...]] = ("", ())
    early: bool = False
    date: str = ""

    @property
    def is_for_windows(self) -> bool:
        """Whether the tag is one of Windows' images."""
        return any(word.startswith(_WINDOWS) for word in self.words)


def parse_tag(text: str, product: str = "") -> Tag:
    """`text` taken apart; for the images of a distribution (`product`) its release is the number.

    Never fails: what is not understood is a word.
    """
    numbers: tuple[int, ...] = ()
    words: list[str] = []
    distro: tuple[str, tuple[int, ...]] = ("", ())
    early, date = False, ""
    for place, token in enumerate(text.lower().split("-")):
        if _DATE.fullmatch(token):
            date = token
        elif place == 0 and (found := _numbers(token)):
            numbers, early = found
        elif known := _distro(token):
            distro = known
            if known[0] == "alpine" and product != "alpine":
                words.append("alpine")
        elif _EARLY.fullmatch(token) and place:
            early = True
        elif token not in _MOVING or place:
            words.append(token)
    if distro[0] == product and distro[0] and not numbers:
        numbers, distro = distro[1], ("", ())
    return Tag(text, numbers, tuple(sorted(words)), distro, early, date)


def product_of(repository: str) -> str:
    """What the images of a repository are of: its last part."""
    return repository.rpartition("/")[2]


def channel_of(base: Tag, other: Tag, product: str) -> str:
    """One of `model.CHANNELS` for what is newer than `base` or differs in one thing from it.

    "" for what is no step: older, of another kind, not released, unlike in more than one thing.
    """
    if (
        other.is_for_windows
        or (other.early and not base.early)
        or bool(other.date) != bool(base.date)
    ):
        return ""
    same_words, same_distro = base.words == other.words, base.distro == other.distro
    if base.numbers != other.numbers:
        if not (same_words and same_distro):
            return ""
        return _newer(base.numbers, other.numbers, product)
    if same_words and same_distro:
        return "same minor" if base.date and other.date > base.date else ""
    if same_words:
        return "newer distribution" if _is_newer_distro(base.distro, other.distro) else ""
    if base.date:
        return ""
    return "variant" if same_distro or not other.distro[1] else ""


def is_long_term(product: str, numbers: tuple[int, ...]) -> bool | None:
    """Whether a release has long-term support; None where the product knows no such thing."""
    if not numbers:
        return None
    if product == "node":
        return numbers[0] % 2 == 0
    if product == "ubuntu":
        return numbers[0] % 2 == 0 and numbers[1:2] in ((), (4,))
    if product in ("aspnet", "runtime", "runtime-deps", "sdk", "dotnet"):
        return numbers[0] % 2 == 0
    if product in ("openjdk", "eclipse-temurin", "amazoncorretto", "java", "jdk", "jre", "temurin"):
        return numbers[0] in _JAVA
    return None


def newest_first(tags: Iterable[Tag]) -> list[Tag]:
    """By release, the highest first; the plainest of one release first."""
    return sorted(tags, key=lambda t: (tuple(-n for n in t.numbers), len(t.text), t.text))


def _newer(base: tuple[int, ...], other: tuple[int, ...], product: str) -> str:
    if not base or len(base) != len(other) or other < base:
        return ""
    place = next(i for i, (a, b) in enumerate(zip(base, other, strict=True)) if a != b)
    if place == 0:
        return "long-term support" if is_long_term(product, other) else "another major"
    return "same major" if place == 1 else "same minor"


def _is_newer_distro(base: tuple[str, tuple[int, ...]], other: tuple[str, tuple[int, ...]]) -> bool:
    return base[0] == other[0] and bool(base[1]) and other[1] > base[1]


def _numbers(token: str) -> tuple[tuple[int, ...], bool] | None:
    if update := _UPDATE.fullmatch(token):
        return (int(update[1]), int(update[2])), False
    found = _NUMBERS.fullmatch(token)
    if found is None:
        return None
    numbers = tuple(int(part) for part in found[1].split("."))
    if found[3]:
        numbers = (*numbers, int(found[3]))
    return numbers, found[2] is not None


def _distro(token: str) -> tuple[str, tuple[int, ...]] | None:
    if token in _CODENAMES:
        return _CODENAMES[token]
    found = _DISTRO.fullmatch(token)
    if found is None or (found[2] is None and found[1] != "alpine"):
        return None
    parts = (found[2] or "").split(".")
    return found[1], tuple(int(part) for part in parts if part.isdigit() and len(part) < 10)
