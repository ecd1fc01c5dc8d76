"""The version of a Go program's main module where the module list only says "(devel)".

Programs keep their version in a variable that the linker fills: `-ldflags "-X main.version=1.2"`.
`cmd/go` records these flags unless the program was built with -trimpath, and what it knows of the
version control (`vcs.revision`, `vcs.time`). The text itself stays in the program: the linker
(`cmd/link`, addstrdata) makes each a symbol of read-only data that ends in a zero byte and is
aligned by its size, while Go's own strings have no end and C's stand close together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from ironhull.lazy import regex

__all__ = ["agreed", "filled_in", "main_version", "module_of"]

_VARIABLES = frozenset(
    prefix + name
    for prefix in ("", "git", "build", "app", "release", "program", "current")
    for name in ("version", "ver", "tag", "semver")
)
"""Names of variables that hold the version of the program, in lower case, without underlines."""

_COMMON = frozenset({"main", "version", "common", "cmd", "build", "buildinfo", "app", "internal"})
_VERSION = (
    r"v?(\d+\.\d+(?:\.\d+)?(?:-[0-9A-Za-z]+(?:[.-][0-9A-Za-z]+)*)?(?:\+[0-9A-Za-z.-]+)?)(?:~.*)?"
)
_FILLED_IN = regex(rb"v?\d{1,4}\.\d+\.\d+(?:[-+~][0-9A-Za-z][0-9A-Za-z.+~-]*)?")
_LONGEST = 64  # bytes of a version
_WINDOW, _MARGIN = 1 << 20, 128
_SQLITE = b"SQLite format 3\0"
_ZEROS = bytes(0x30 if 0x30 <= byte <= 0x39 else byte for byte in range(256))
_HOSTS = frozenset({"bitbucket.org", "codeberg.org", "github.com", "gitlab.com"})
_MAJOR = r"v[2-9]|v[1-9][0-9]+"
_TIME = r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z"
_REVISION = r"[0-9a-f]{12,64}"


def main_version(module: str, settings: Mapping[str, str]) -> str:
    """`v1.2.3` as the linker was told it, else a pseudo-version of the revision, else "".

    Of variables in the main module's own packages, in packages of a usual name and in others, the
    first kind that has any decides, and only if all of its variables agree.
    """
    ranked: dict[int, set[str]] = {}
    for variable, value in _assignments(settings.get("-ldflags", "")):
        package, _, name = variable.rpartition(".")
        match = re.fullmatch(_VERSION, value)
        if match and name.lower().replace("_", "") in _VARIABLES:
            ranked.setdefault(_rank(module, package), set()).add("v" + match[1])
    if ranked:
        best = ranked[min(ranked)]
        if len(best) == 1:
            return best.pop()
    return _pseudo_version(settings)


def filled_in(read: Callable[[int, int], bytes], size: int, address: int) -> list[str]:
    """Versions the linker was told, from the read-only data of a Go program that is at `address`.

    `read(offset, count)` gives its bytes, `size` in all; a window of them is held at a time. None
    where SQLite's C library is in the program: its version looks the same there.
    """
    found: list[str] = []
    sqlite = False
    for at in range(0, size, _WINDOW):
        before = min(at, _MARGIN)
        data = read(at - before, min(before + _WINDOW + _MARGIN, size - at + before))
        found += _in_window(data, before, address + at - before)
        sqlite = sqlite or _SQLITE in data
    return [] if sqlite else found


def _in_window(data: bytes, begin: int, address: int) -> Iterator[str]:
    """The versions whose first dot lies between `begin` and a window behind it."""
    plain = data.translate(_ZEROS)
    at = plain.find(b"0.0", begin)
    while 0 <= at < begin + _WINDOW:
        end = data.find(b"\0", at, at + _LONGEST)
        start = at
        while start and at - start < 6 and data[start - 1] in b"0123456789v":
            start -= 1
        text = data[start:end] if end > 0 else b""
        if _FILLED_IN.fullmatch(text) and _alone(data, start, len(text) + 1, address):
            yield text.decode("ascii")
        at = plain.find(b"0.0", at + 1)


def agreed(versions: Sequence[str]) -> str:
    """The version all of these tell, as Go writes it; "" where they disagree.

    "1.7.24~ds1" and "1.7.24~ds1-6+deb13u1" agree: packagers have both in their programs.
    """
    shortest = min(versions, key=len, default="").removeprefix("v")
    same = all(version.removeprefix("v").startswith(shortest) for version in versions)
    match = re.fullmatch(_VERSION, shortest) if same else None
    return "v" + match[1] if match else ""


def module_of(package: str) -> str:
    """The module a main package most likely belongs to; "" of the toolchain's own and of none.

    On the hosts that keep repositories as HOST/OWNER/NAME that, with a "v2" behind it.
    """
    parts = package.split("/")
    if "." not in parts[0]:
        return ""
    if parts[0] in _HOSTS:
        major = len(parts) > 3 and re.fullmatch(_MAJOR, parts[3])
        return "/".join(parts[: 4 if major else 3]) if len(parts) > 2 else ""
    return package.partition("/cmd/")[0]


def _alone(data: bytes, start: int, size: int, address: int) -> bool:
    """Whether a text of `size` bytes with its end is a symbol of its own."""
    aligned = 8 if size >= 8 else 4
    before = data[start - 1 : start]
    return (address + start) % aligned == 0 and not (b" " <= before <= b"~")


def _rank(module: str, package: str) -> int:
    if package in ("main", module) or package.startswith(module + "/"):
        return 0
    return 1 if package.rpartition("/")[2] in _COMMON else 2


def _assignments(flags: str) -> Iterator[tuple[str, str]]:
    """The (variable, value) of every -X in linker flags."""
    words = iter(_words(flags))
    for word in words:
        if word in ("-X", "--X"):
            word = next(words, "")  # noqa: PLW2901 - its value is the next word
        elif word.startswith(("-X=", "--X=")):
            word = word.partition("=")[2]  # noqa: PLW2901 - its value is part of the word
        else:
            continue
        variable, equals, value = word.strip("'\"").partition("=")
        if equals:
            yield variable.strip("'\""), value.strip("'\"")


def _words(flags: str) -> list[str]:
    import shlex

    try:
        return shlex.split(flags, posix=True)
    except ValueError:  # a quote that never ends
        return flags.split()


def _pseudo_version(settings: Mapping[str, str]) -> str:
    """As Go writes it for a revision with no tag before it: v0.0.0-20240102030405-0123456789ab."""
    revision, time = settings.get("vcs.revision", ""), re.match(_TIME, settings.get("vcs.time", ""))
    if time is None or not re.fullmatch(_REVISION, revision):
        return ""
    dirty = "+dirty" if settings.get("vcs.modified") == "true" else ""
    return f"v0.0.0-{''.join(time.groups())}-{revision[:12]}{dirty}"
