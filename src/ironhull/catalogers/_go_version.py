"""The version of a Go program's main module where the module list only says "(devel)".

Programs keep their version in a variable that the linker fills: `-ldflags "-X main.version=1.2"`.
`cmd/go` records these flags unless the program was built with -trimpath, and what it knows of the
version control (`vcs.revision`, `vcs.time`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

__all__ = ["main_version", "module_of"]

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
