"""Conda: the order of conda's VersionOrder. No advisory source speaks of conda packages yet.

Source: conda's `conda.models.version.VersionOrder`: an epoch, components apart by dots and
underscores, each runs of digits and of other characters (without case), a local version behind
"+". A missing component or run is zero; words come before numbers, `dev` before other words,
`post` behind every number. An underscore at the end belongs to the last component, so that
"1.0.1_" comes before "1.0.1a", as OpenSSL's releases want it.
"""

from __future__ import annotations

from ironhull.ecosystems._numbers import bounded, number, padded
from ironhull.ecosystems._plain import named, only
from ironhull.ecosystems._row import Ecosystem
from ironhull.lazy import regex

__all__ = ["ROW", "sort_key"]

_VALID = regex(r"(?:([0-9]+)!)?([*._0-9a-z]+)(?:\+([*._0-9a-z]+))?")
_RUN = regex(r"[0-9]+|[*]+|[^0-9*]+")
_ZERO = (0, "")
_POST = (1, "\x02")


def sort_key(version: str) -> bytes:
    """The key of `version`; raises ValueError for what conda refuses."""
    bounded(version, "a conda version")
    text = version.strip().lower()
    if "-" in text and "_" not in text:
        text = text.replace("-", "_")
    match = _VALID.fullmatch(text)
    if match is None:
        raise ValueError(f"not a conda version: {version!r}")
    epoch, main, local = match.groups()
    last = main.endswith("_") * "_"
    key = number(epoch or "0") + _part(main.removesuffix("_"), last, version)
    key += _part(local, "", version) if local else padded(())
    return key.encode("latin-1")


def _part(text: str, last: str, version: str) -> str:
    components = text.replace("_", ".").split(".")
    components[-1] += last
    if "" in components:
        raise ValueError(f"not a conda version (an empty component): {version!r}")
    return padded(map(_component, components))


def _component(text: str) -> tuple[int, str]:
    runs = [_run(run) for run in _RUN.findall(text)]
    if not text[0].isdigit():
        runs.insert(0, _ZERO)
    return next((sign for sign, _ in runs if sign), 0), padded(runs)


def _run(text: str) -> tuple[int, str]:
    if text[0].isdigit():
        return (1, f"\x01{number(text)}") if text.strip("0") else _ZERO
    if text == "post":
        return _POST
    return (-1, f"{'DEV' if text == 'dev' else text}\x00")


ROW = Ecosystem(
    "conda", (), only("conda"), sort_key, named(str.lower), "conda order", canonical=str.lower
)
