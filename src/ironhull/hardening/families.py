"""The base families of families.toml, and which of their images fit a language and version."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ironhull.errors import UsageError
from ironhull.hardening._nouns import Pair
from ironhull.values import dataclass

__all__ = ["FAMILIES", "Family", "choose", "families", "family_of"]

FAMILIES = ("ironhull", "dhi", "chainguard", "distroless")
"""The names of the families, as `--base` takes them."""

_VERSION = re.compile(r"\d+(?:\.\d+)*")
_LATEST = "latest"


@dataclass(frozen=True, slots=True)
class Family:
    """One family: `about` says what it costs, `packages` is "deb" or "apk".

    `pairs` are its images by language, oldest version first.
    """

    name: str
    title: str
    about: str
    packages: str
    pairs: Mapping[str, tuple[Pair, ...]]


def choose(family: str, language: str, version: str) -> Pair | None:
    """The images of `family` for an app; None where it has none for the language.

    `version` is the language's as asked for ("3.12", "3", "3.12.4", "" or "latest"). Where the
    family has not that one it is the next newer one, else its newest, and `said` tells why.
    UsageError for a family there is not.
    """
    found = _family(family).pairs.get(language)
    if not found:
        return None
    wanted = _numbers(version)
    pair = _nearest(found, wanted)
    said = _said(family, language, version, pair) if wanted else ""
    return Pair(
        pair.family,
        pair.language,
        pair.version,
        pair.build,
        pair.run,
        pair.user,
        pair.interpreter,
        said,
    )


def families() -> tuple[Family, ...]:
    """Every family, in the order of FAMILIES."""
    return tuple(_read().values())


def family_of(reference: str) -> Family | None:
    """The family an image is of, by its repository; None where it is of none.

    Images that a family has only to build in, from elsewhere, do not count.
    """
    repository = _repository(reference)
    for family in families():
        for pairs in family.pairs.values():
            if any(_repository(pair.run) == repository for pair in pairs):
                return family
    return None


def _family(name: str) -> Family:
    found = _read().get(name)
    if found is None:
        raise UsageError(f"there is no base family {name!r}", f"one of {', '.join(FAMILIES)}")
    return found


def _nearest(pairs: tuple[Pair, ...], wanted: tuple[int, ...]) -> Pair:
    for pair in reversed(pairs):
        if _same(_numbers(pair.version), wanted):
            return pair
    for pair in pairs:
        if wanted and _numbers(pair.version) > wanted:
            return pair
    return pairs[-1]


def _same(have: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    shorter = min(len(have), len(wanted))
    return have[:shorter] == wanted[:shorter]


def _said(family: str, language: str, version: str, pair: Pair) -> str:
    have, wanted = _numbers(pair.version), _numbers(version)
    if pair.version == _LATEST:
        return f"{family} has one version of {language}, the newest: {version} may differ from it"
    if not have or _same(have, wanted):
        return ""
    which = "next newer" if have > wanted else "newest"
    return f"{family} has no {language} {version}; {pair.version} is its {which} one"


def _numbers(version: str) -> tuple[int, ...]:
    found = _VERSION.match(version[:40])
    return tuple(int(part[:9]) for part in found[0].split(".")) if found else ()


def _repository(reference: str) -> str:
    name = reference.partition("@")[0]
    head, slash, tail = name.rpartition("/")
    name = f"{head}{slash}{tail.partition(':')[0]}"
    return name.removeprefix("docker.io/").removeprefix("index.docker.io/")


@cache
def _read() -> Mapping[str, Family]:
    import tomllib

    text = (Path(__file__).parent / "families.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    return {name: _of(name, table[name]) for name in FAMILIES}


def _of(name: str, table: Mapping[str, Any]) -> Family:
    pairs = {
        language: tuple(_pair(name, language, row, table["user"]) for row in rows)
        for language, rows in table.items()
        if isinstance(rows, list)
    }
    return Family(name, table["title"], table["about"], table["packages"], pairs)


def _pair(family: str, language: str, row: Mapping[str, str], user: str) -> Pair:
    return Pair(
        family,
        language,
        row.get("version", ""),
        row["build"],
        row["run"],
        row.get("user", user),
        row.get("interpreter", ""),
    )
