"""Taking values out of documents whose types nobody has checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ironhull.model import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

STAGE = "document"
_NOTHING: Mapping[str, Any] = {}


def text(value: object) -> str:
    """A string as it is; "" for everything else."""
    return value if isinstance(value, str) else ""


def mapping(value: object) -> Mapping[str, Any]:
    """An object as it is; an empty one for everything else."""
    return value if isinstance(value, dict) else _NOTHING


def texts(value: object) -> list[str]:
    """The strings of a list; none where it is no list."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def rows(value: object) -> list[dict[str, Any]]:
    """The objects of a list; none where it is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def listed(
    document: Mapping[str, Any], key: str, problems: list[Problem]
) -> Iterator[dict[str, Any]]:
    """The objects of the list at `key`; a problem where something else is there."""
    value = document.get(key)
    if value is None:
        return
    if not isinstance(value, list):
        problems.append(Problem(STAGE, key, "is not a list: nothing of it was read"))
        return
    wrong = 0
    for item in value:
        if isinstance(item, dict):
            yield item
        else:
            wrong += 1
    if wrong:
        problems.append(Problem(STAGE, key, f"{wrong} entries are no objects and were not read"))


def flatly(component: dict[str, Any], key: str) -> Iterator[dict[str, Any]]:
    """`component` and all below it in lists at `key`, each before what is in it."""
    waiting = [component]
    while waiting:
        item = waiting.pop()
        yield item
        waiting += reversed(rows(item.get(key)))
