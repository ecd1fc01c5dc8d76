"""Predicates of Docker Hardened Images: FIPS modules, STIG scans (docs.docker.com/dhi)."""

from __future__ import annotations

from typing import Any

from ironhull.predicates._shape import count, items, mapping, missing, text

__all__ = ["check_fips", "check_stig", "sum_up_fips", "sum_up_stig"]


def check_fips(predicate: Any) -> list[str]:
    """A list of cryptographic modules, each with its certification and standard."""
    return _each(predicate, ("certification", "standard", "status"))


def sum_up_fips(predicate: Any) -> str:
    """The modules with the state of their certification."""
    said = (
        f"{text(mapping(item).get('name'))} {text(mapping(item).get('status'))}".strip()
        for item in items(predicate)
    )
    return ", ".join(said) or count(0, "module")


def check_stig(predicate: Any) -> list[str]:
    """A list of scans, each with a name and a summary of scores."""
    wrong = _each(predicate, ("name",))
    for number, item in enumerate(items(predicate)):
        summary = mapping(mapping(item).get("summary"))
        wrong += [
            f"[{number}]: summary.{key} is not a number"
            for key in ("defaultScore", "maxDefaultScore")
            if not isinstance(summary.get(key), int | float)
        ]
    return wrong


def sum_up_stig(predicate: Any) -> str:
    """The score of each scan."""
    said = []
    for item in items(predicate):
        summary = mapping(mapping(item).get("summary"))
        score = f"{summary.get('defaultScore')}/{summary.get('maxDefaultScore')}"
        said.append(f"{text(mapping(item).get('name'))} {score}")
    return ", ".join(said)


def _each(predicate: Any, paths: tuple[str, ...]) -> list[str]:
    if not isinstance(predicate, list):
        return ["not a list"]
    return [
        f"[{number}]: {line}"
        for number, item in enumerate(predicate)
        for line in missing(item, paths)
    ]
