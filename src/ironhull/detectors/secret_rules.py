"""The rules for secrets: rows of the TOML files in `rules/`.

A `[[rule]]` has: `id`; `title`; `category`; `severity`, one of SEVERITIES; `expression`, or `names`
and `value` where a value is assigned to a name; `look`, a simpler expression that matches within
or near every match, where `expression` takes long to compile; `keywords` in lower case, one of
which is in every match in any case; `entropy`, the least bits a character of the secret has;
`samples` that must be found and `misses` that must not be. In samples `<w:20>` stands for twenty
random characters (tests/detectors/planted.py). The group `secret` of an expression, or `other`, is
what is redacted.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from ironhull.values import dataclass

__all__ = ["Rule", "all_rules", "plain"]

_LINK = (
    r"""["'`]?(?:[ \t]{0,3}(?:=>|:=|==|=|:|,|\()[ \t]{0,3}|[ \t]{1,3})(?:["'`(][ \t]{0,2}){0,2}"""
)
"""What stands between a name and its value in settings, code and command lines."""

_END = r"""(?:["'`;,\s<>\\)\]}&]|$)"""
"""What ends a value."""

_GROUP = re.compile(r"\(\?P<\w+>")


@dataclass(frozen=True, slots=True)
class Rule:
    """How one kind of secret is recognised: fields as in the files, what is left out there made."""

    id: str
    title: str
    category: str
    severity: str
    keywords: tuple[str, ...]
    expression: str
    look: str
    entropy: float
    samples: tuple[str, ...]
    misses: tuple[str, ...]

    @property
    def compiled(self) -> re.Pattern[bytes]:
        """The expression over bytes."""
        return _compiled(self.expression)


@cache
def _compiled(expression: str) -> re.Pattern[bytes]:
    return re.compile(expression.encode("latin-1"))


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule, by file and in its order."""
    import tomllib

    found: list[Rule] = []
    for file in sorted((Path(__file__).parent / "rules").glob("*.toml")):
        rows = tomllib.loads(file.read_text(encoding="utf-8"))["rule"]
        found.extend(_rule(row) for row in rows)
    return tuple(found)


def _rule(row: dict[str, Any]) -> Rule:
    expression = row.get("expression") or _assigned(row["names"], row["value"])
    return Rule(
        id=row["id"],
        title=row["title"],
        category=row["category"],
        severity=row["severity"],
        keywords=tuple(row["keywords"]),
        expression=expression,
        look=row.get("look") or (f"(?i:{row['names']})" if "names" in row else expression),
        entropy=float(row.get("entropy", 0)),
        samples=tuple(row["samples"]),
        misses=tuple(row.get("misses", ())),
    )


def _assigned(names: str, value: str) -> str:
    """An expression for `value` that is assigned to a name which holds one of `names`."""
    return rf"(?i:(?:{names})[\w.\-]{{0,30}}){_LINK}(?P<secret>{value}){_END}"


def plain(expression: str) -> str:
    """An expression without the names of its groups, for engines that know none."""
    return _GROUP.sub("(?:", expression)
