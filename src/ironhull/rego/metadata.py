"""The annotations of a Rego module (OPA, "Annotations"): what a policy is called and how it shows.

A block of comments that begins with the line `# METADATA` and holds YAML. What is read is the
block above `package`, of the scope "package" (the default there) or "subpackages"; `custom` is the
policy contract of Docker Scout.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ironhull.errors import PolicyError
from ironhull.values import dataclass

__all__ = ["RESULT_TYPES", "Metadata", "read_metadata"]

RESULT_TYPES = ("vulnerability", "license", "boolean", "generic")
"""How the deviations of a policy are counted where they are shown."""

_PACKAGE = re.compile(r"^\s*package\s+([^\s#]+)", re.ASCII)
_WEIGHT = 10
_BIGGEST = 1_000_000


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a module says of itself.

    `package` is its path ("docker.scout"), `title` what it is called where it is met,
    `failed_title` where it is not (`title` unless it says otherwise), `name` its stable identifier,
    `result_type` one of RESULT_TYPES, `weight` its part in the score (0: none), `columns` the keys
    of the details in their order.
    """

    package: str
    name: str
    title: str
    failed_title: str
    description: str = ""
    organizations: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    result_type: str = "generic"
    weight: float = _WEIGHT
    columns: tuple[str, ...] = ()


def read_metadata(source: str, where: str) -> Metadata:
    """The metadata of the module `source`; `where` names it in errors. Raises PolicyError.

    What is not said has the contract's default: the package's path for a name, that for a title.
    """
    said: dict[str, Any] = {}
    package = ""
    for first, text, ends in _blocks(source):
        if ends is None:
            continue
        found = _PACKAGE.match(ends)
        block = _yaml(text, where, first)
        if found and block.get("scope", "package") in ("package", "subpackages"):
            said = {**said, **block}
    package = _package(source, where)
    custom = said.get("custom")
    if custom is None:
        custom = {}
    if not isinstance(custom, dict):
        raise PolicyError(f"{where}: METADATA: custom is not a mapping")
    title = _text(said, "title", where) or _text(custom, "name", where) or package
    return Metadata(
        package=package,
        name=_text(custom, "name", where) or package,
        title=title,
        failed_title=_text(custom, "not_compliant_title", where) or title,
        description=_text(said, "description", where),
        organizations=_texts(said, "organizations", where),
        authors=_people(said, where),
        result_type=_result_type(custom, where),
        weight=_weight(custom, where),
        columns=_texts(custom, "details_order", where),
    )


def _blocks(source: str) -> Iterator[tuple[int, str, str | None]]:
    """(line of its beginning, YAML, the first line of code behind it) of every block."""
    lines = source.splitlines()
    at = 0
    while at < len(lines):
        if not re.fullmatch(r"\s*#\s*METADATA\s*", lines[at]):
            at += 1
            continue
        begin = at
        at += 1
        said = []
        while at < len(lines) and lines[at].lstrip().startswith("#"):
            said.append(lines[at].lstrip()[1:])
            at += 1
        code = next((line for line in lines[at:] if line.strip()), None)
        yield begin + 1, "\n".join(said), code


def _yaml(text: str, where: str, line: int) -> dict[str, Any]:
    import yaml

    try:
        found = yaml.load(text, yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as trouble:
        mark = getattr(trouble, "problem_mark", None)
        place = line + 1 + (mark.line if mark is not None else 0)
        reason = " ".join(str(getattr(trouble, "problem", None) or trouble).split())
        raise PolicyError(f"{where}:{place}: METADATA is not YAML: {reason}") from None
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise PolicyError(f"{where}:{line}: METADATA is not a mapping")
    return found


def _package(source: str, where: str) -> str:
    for line in source.splitlines():
        if found := _PACKAGE.match(line):
            return found[1]
    raise PolicyError(f"{where}: no package: this is not a Rego module")


def _text(said: Mapping[str, Any], key: str, where: str) -> str:
    value = said.get(key)
    if value is None:
        return ""
    if not isinstance(value, (str, int, float)):
        raise PolicyError(f"{where}: METADATA: {key} is not text")
    return " ".join(str(value).split())


def _texts(said: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    value = said.get(key)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise PolicyError(f"{where}: METADATA: {key} is not a list of texts")
    return tuple(value)


def _people(said: Mapping[str, Any], where: str) -> tuple[str, ...]:
    """Authors: "Name <mail>" or a mapping of both."""
    value = said.get("authors")
    if value is None:
        return ()
    if not isinstance(value, list):
        raise PolicyError(f"{where}: METADATA: authors is not a list")
    people = []
    for each in value:
        if isinstance(each, dict):
            mail = f" <{each['email']}>" if each.get("email") else ""
            people.append(f"{each.get('name', '')}{mail}".strip())
        else:
            people.append(str(each))
    return tuple(people)


def _result_type(custom: Mapping[str, Any], where: str) -> str:
    kind = _text(custom, "result_type", where).lower() or "generic"
    if kind not in RESULT_TYPES:
        raise PolicyError(
            f"{where}: METADATA: result_type {kind!r} is not one of {', '.join(RESULT_TYPES)}"
        )
    return kind


def _weight(custom: Mapping[str, Any], where: str) -> float:
    weight = custom.get("weight", _WEIGHT)
    if isinstance(weight, bool) or not isinstance(weight, (int, float)):
        raise PolicyError(f"{where}: METADATA: weight {weight!r} is not a number")
    if not 0 <= weight <= _BIGGEST:
        raise PolicyError(f"{where}: METADATA: weight {weight} is not from 0 to {_BIGGEST}")
    return weight
