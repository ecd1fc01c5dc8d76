"""`ironhull base list`: the definitions that come with Ironhull."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from ironhull.commands._context import Context, add_output_arguments

if TYPE_CHECKING:
    from ironhull.builders.debian_base.catalog import CatalogEntry
    from ironhull.store.images import ImageStore

__all__ = ["arguments", "run"]

_COLUMNS = ("NAME", "VARIANT", "DISTRO", "TAGS", "BUILT")
_GAP = "   "


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of list."""
    add_output_arguments(parser, ("text", "json"), "text")


def run(args: argparse.Namespace, context: Context) -> int:
    """List; 0."""
    from ironhull.builders.debian_base.catalog import catalog
    from ironhull.store.images import ImageStore

    entries = catalog()
    built = _built(ImageStore(context.settings.images), entries)
    context.emit(
        args,
        {
            "text": lambda: _text(entries, built),
            "json": lambda: json.dumps(_json(entries, built), indent=2) + "\n",
        },
    )
    return 0


def _built(store: ImageStore, entries: tuple[CatalogEntry, ...]) -> dict[str, str]:
    """The ID in the store of each entry that was built, by the name of the entry."""
    from ironhull.oci.names import Reference

    ids = {stored.name: stored.id for stored in store.list()}
    found = {}
    for entry in entries:
        names = (Reference.parse(name).familiar for name in entry.names)
        if known := next((ids[name] for name in names if name in ids), ""):
            found[entry.name] = known
    return found


def _text(entries: tuple[CatalogEntry, ...], built: dict[str, str]) -> str:
    rows = [_COLUMNS]
    for entry in entries:
        tags = ", ".join(entry.definition.tags)
        known = built.get(entry.name, "-")
        rows.append((entry.name, entry.definition.variant, entry.distro, tags, known))
    widths = [max(len(row[i]) for row in rows) for i in range(len(_COLUMNS))]
    lines = (_GAP.join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in rows)
    return "".join(line.rstrip() + "\n" for line in lines)


def _json(entries: tuple[CatalogEntry, ...], built: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "name": entry.name,
            "title": entry.definition.name,
            "image": entry.definition.image,
            "variant": entry.definition.variant,
            "distro": entry.distro,
            "tags": list(entry.definition.tags),
            "platforms": [str(platform) for platform in entry.definition.platforms],
            "packages": [str(request) for request in entry.definition.packages],
            "excluded": list(entry.definition.excluded),
            "end_of_life": entry.definition.dates.get("end-of-life", ""),
            "digest": entry.definition.digest,
            "built": built.get(entry.name, ""),
        }
        for entry in entries
    ]
