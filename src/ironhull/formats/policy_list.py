"""The policies there are: text, JSON, and the table of the documentation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ironhull.formats._markdown import cell
from ironhull.formats.json_report import dump
from ironhull.formats.text_table import safe, table
from ironhull.values import dataclass, field

__all__ = ["Listed", "list_json", "list_markdown", "list_text"]


@dataclass(frozen=True, slots=True)
class Listed:
    """A policy that can be evaluated; `settings` are (key, default as it is written in Rego)."""

    name: str
    title: str
    failed_title: str
    description: str
    result_type: str
    weight: float
    where: str
    profiles: tuple[str, ...] = ()
    settings: Sequence[tuple[str, str]] = field(default_factory=tuple)


def list_text(policies: Iterable[Listed]) -> str:
    """Name, title, weight, profiles and where each is from."""
    cells = [
        (safe(p.name), safe(p.title), f"{p.weight:g}", ", ".join(p.profiles), safe(p.where))
        for p in policies
    ]
    header = ("Name", "Title", "Weight", "Profiles", "From")
    return "\n".join(table(cells, header=header)) + "\n"


def list_json(policies: Iterable[Listed]) -> str:
    """The same, with descriptions and settings (docs/schemas/policies.schema.json)."""
    rows = [
        {
            "name": policy.name,
            "title": policy.title,
            "not_compliant_title": policy.failed_title,
            "description": policy.description,
            "result_type": policy.result_type,
            "weight": policy.weight,
            "source": policy.where,
            "profiles": list(policy.profiles),
            "settings": [{"key": key, "default": default} for key, default in policy.settings],
        }
        for policy in policies
    ]
    return dump({"schema": "ironhull/policies", "schema_version": 1, "policies": rows})


def list_markdown(policies: Iterable[Listed]) -> str:
    """A table: what each asks for, its settings with their defaults, its profiles."""
    lines = ["| Policy | What it asks for | Settings | Profiles |", "| --- | --- | --- | --- |"]
    for policy in policies:
        title = f"**{cell(policy.title)}**<br>`{safe(policy.name)}`"
        if policy.failed_title != policy.title:
            title += f"<br>not met: {cell(policy.failed_title)}"
        settings = "<br>".join(f"`{key}`: `{_code(value)}`" for key, value in policy.settings)
        profiles = ", ".join(policy.profiles)
        lines.append(f"| {title} | {_prose(policy.description)} | {settings} | {profiles} |")
    return "\n".join(lines) + "\n"


def _code(text: str) -> str:
    return safe(text).replace("|", "\\|").replace("`", "'")


def _prose(text: str) -> str:
    """A description, whose own `code` stays code."""
    parts = text.split("`")
    return "".join(f"`{_code(p)}`" if at % 2 else cell(p) for at, p in enumerate(parts))
