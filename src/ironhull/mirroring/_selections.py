"""What a mirror is to hold: images and repositories, one a line, with filters of tags.

    # comment
    debian                      tags=13*,12-slim
    ghcr.io/owner/app           semver=">=1.4,<3" newest=5 exclude=*-debug
    quay.io/team/tool:2.1       tools/tool            # another name at the destination
    oci-dir:///media/disk       platform=linux/arm64

The first word is the source, a word without "=" after it the repository it becomes, the rest
filters. Words are quoted as in a shell.
"""

from __future__ import annotations

import shlex

from ironhull.errors import FormatError, UsageError
from ironhull.limits import LIMITS
from ironhull.registry.tags import TagFilter
from ironhull.values import dataclass

_KEYS = ("tags", "exclude", "semver", "newest", "platform")
_HINT = f"a line is SOURCE [REPOSITORY] [{'|'.join(_KEYS)}=…]"


@dataclass(frozen=True, slots=True)
class Selection:
    """A source: an image, or the images of a repository, layout, archive or the store.

    `becomes` is the repository at the destination ("": the source's own), `platform` OS/ARCH of the
    one platform to take ("": all).
    """

    source: str
    becomes: str = ""
    tags: TagFilter = TagFilter()
    platform: str = ""


def read_selections(data: bytes, where: str) -> tuple[Selection, ...]:
    """The lines of a list named `where`; raises FormatError with the line at fault."""
    if len(data) > LIMITS.mirror_list_bytes:
        raise FormatError(f"{where}: larger than {LIMITS.mirror_list_bytes} bytes")
    try:
        text = data.decode()
    except UnicodeDecodeError as trouble:
        raise FormatError(f"{where}: byte {trouble.start} is not UTF-8", _HINT) from None
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        if selection := _line(line.rstrip("\r"), f"{where}:{number}"):
            found.append(selection)
    return tuple(found)


def _line(line: str, where: str) -> Selection | None:
    try:
        words = shlex.split(line, comments=True)
    except ValueError as trouble:
        raise FormatError(f"{where}: {trouble}", _HINT) from None
    if not words:
        return None
    source, *rest = words
    becomes = rest.pop(0) if rest and "=" not in rest[0] else ""
    said: dict[str, str] = {}
    for word in rest:
        key, equals, value = word.partition("=")
        if not equals or key not in _KEYS or not value or key in said:
            raise FormatError(f"{where}: {word!r} is not understood", _HINT)
        said[key] = value
    try:
        return selection(source, becomes, said)
    except UsageError as trouble:
        raise FormatError(f"{where}: {trouble.message}", trouble.hint) from None


def selection(source: str, becomes: str, said: dict[str, str]) -> Selection:
    """What the words of a line say; raises UsageError."""
    newest = count_of(said["newest"], "newest=") if "newest" in said else 0
    tags = TagFilter(
        tags=_patterns(said.get("tags", "")),
        exclude=_patterns(said.get("exclude", "")),
        semver=said.get("semver", ""),
        newest=newest,
    )
    platform = said.get("platform", "")
    return Selection(source, becomes, tags, "" if platform == "all" else platform)


def count_of(text: str, option: str) -> int:
    """How many of the newest `text`, given with `option`, asks for; raises UsageError."""
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text)):
        raise UsageError(f"{option}{text} is not a number of tags", f"such as {option}5")
    return int(text)


def _patterns(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(",") if part)
