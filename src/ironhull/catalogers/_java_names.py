"""What a jar's file name, bundle name and manifest say of its coordinates.

Sources: Maven's repository layout (ARTIFACT-VERSION[-CLASSIFIER].jar), p2's (NAME_VERSION.jar),
maven-bundle-plugin "Default Behavior" (how Bundle-SymbolicName is made of group and artifact).
"""

from __future__ import annotations

import re

from ironhull.lazy import regex

__all__ = ["bundle_group", "group_like", "split_name", "tidy_version"]

_P2 = regex(r"(.+?)_(v?\d+\.\d+.*)")
_CLOSE = regex(r"([A-Za-z](?:\w*[A-Za-z])?)(\d+(?:\.\d+){2,})", re.ASCII)
_BEGINS = regex(r"v?\d|r\d{2,}$", re.ASCII)
_NUMBERED = regex(r"v?\d+\.\d+", re.ASCII)
_QUALIFIER = regex(
    r"(?:alpha|beta|rc|cr|m|b|ga|sp|snapshot|final|release|pre|preview|ea|build|pfd|dev|incubating"
    r"|milestone|draft|patch|jre|android|v)[\d.]*",
    re.IGNORECASE,
)
_CLASSIFIER = regex(
    r"sources|javadoc|tests?|all|uber|fat|exec|shaded|standalone|bin|dist|bundle|core|nohive|no_?aop"
    r"|nolibs|minimal|repackaged|jakarta|jdk\d+|jdk15on|hadoop\d|spark\d|lib|client|embedded"
    r"|natives|indy|(?:linux|osx|macos|mac|windows|win|freebsd|sunos|aix)(?:[\d_].*)?"
    r"|(?:x86|aarch|arm|amd64|arm64|ppc|s390|i386|riscv).*",
    re.ASCII,
)
_GROUP = regex(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_][a-z0-9_-]*)+", re.ASCII)
_VERSION = regex(r"[A-Za-z0-9._+~-]+", re.ASCII)


def split_name(stem: str) -> tuple[str, str]:
    """(artifact, version) of a file name without its extension; version "" where it has none.

    The version begins at the first part that begins with a digit: "netty-all-4.1.100.Final". A
    later one with a dot begins it if the part before is a word of the name and no qualifier of a
    version: "log4j-1.2-api-2.17.1". What follows and is known as a classifier is left out.
    """
    if (p2 := _P2.fullmatch(stem)) and "-" not in p2[1].rpartition("_")[2] and "." in p2[1]:
        return p2[1], p2[2]
    if close := _CLOSE.fullmatch(stem):  # py4j0.10.9.7
        return close[1], close[2]
    parts = stem.split("-")
    start = next((n for n in range(1, len(parts)) if _BEGINS.match(parts[n])), 0)
    if not start:
        return stem, ""
    for n in range(start + 1, len(parts)):
        before = parts[n - 1]
        word = before[:1].isalpha() and not _QUALIFIER.fullmatch(before)
        again = parts[n].startswith(f"{before}.") and _NUMBERED.match(before)
        if again or (word and _NUMBERED.match(parts[n])):
            start = n
    if parts[-1] == "api":
        return stem, ""  # "log4j-1.2-api" is a name
    end = len(parts)
    while end > start + 1 and _CLASSIFIER.fullmatch(parts[end - 1]):
        end -= 1
    return "-".join(parts[:start]), "-".join(parts[start:end])


def tidy_version(text: str) -> str:
    """The version a manifest gives: its first word, if that holds a digit and is no expression."""
    word = text.split(maxsplit=1)[0] if text.strip() else ""
    known = _VERSION.fullmatch(word) and any(c.isdigit() for c in word)
    return word if known and len(word) <= 100 else ""


def group_like(text: str) -> bool:
    """Whether a text looks like a Maven group: a domain name backwards."""
    return len(text) <= 200 and _GROUP.fullmatch(text) is not None


def bundle_group(bundle: str, artifact: str) -> str:
    """The group whose bundle of `artifact` is called `bundle` by maven-bundle-plugin; "" if none.

    That is GROUP.ARTIFACT, or where the artifact begins with the last part of the group, without it
    ("org.eclipse.jetty" and "jetty-server" give "org.eclipse.jetty.server").
    """
    parts = bundle.split(".")
    for n in range(len(parts) - 1, 1, -1):
        rest = ".".join(parts[n:])
        if artifact in (rest, f"{parts[n - 1]}-{rest}", f"{parts[n - 1]}.{rest}"):
            group = ".".join(parts[:n])
            return group if group_like(group) else ""
    return ""
